//! A hash as it is read: the same calls for packed pairs and for a table.
//!
//! Must be true: expired fields are absent, but for `stored`. A missing key is a hash without
//! fields.
//! Not here: changing anything (`edit.rs`).

use std::collections::HashSet;

use base::number::{NumberBuffer, format_i64};
use fastrand::Rng;
use keyspace::scan::table_cursor;
use keyspace::{ElementTable, Entry, Kind, Object};
use protocol::Reply;
use smallvec::SmallVec;
use structures::packed::{Element, elements, find_pair, pairs};

use crate::elements::{Env, Expiry};
use crate::errors::Error;

/// Draws that may hit expired fields before a field is looked for in a slower way.
const MISSES_MAX: usize = 100;

/// A field's value.
#[derive(Clone, Copy)]
pub(super) enum Value<'v> {
    /// Its text.
    Text(&'v [u8]),
    /// The entry of the field.
    Entry(&'v Entry),
}

impl Value<'_> {
    /// Answers with the value.
    #[inline]
    pub(super) fn write(self, reply: &mut Reply<'_>) {
        match self {
            Self::Text(text) => reply.bulk(text),
            Self::Entry(entry) => match (entry.kind(), entry.shared()) {
                (Kind::Integer, _) => reply.bulk_int(entry.integer()),
                (_, Some(text)) => reply.bulk_shared(&text),
                (_, None) => reply.bulk(entry.payload()),
            },
        }
    }

    /// Runs `body` on the value's text.
    pub(super) fn with_text<R>(self, body: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Text(text) => body(text),
            Self::Entry(entry) => match entry.kind() {
                Kind::Integer => body(format_i64(entry.integer(), &mut NumberBuffer::new())),
                Kind::Shared => body(entry.shared_text().unwrap_or_default()),
                _ => body(entry.payload()),
            },
        }
    }
}

/// Answers with a field's value, or nil if it has none.
#[inline]
pub(super) fn write_value(value: Option<Value<'_>>, reply: &mut Reply<'_>) {
    match value {
        Some(value) => value.write(reply),
        None => reply.nil(),
    }
}

/// What is wanted of each field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Its name and its value.
    Both,
    Names,
    Values,
}

impl Part {
    fn begin(self, fields: usize, reply: &mut Reply<'_>) {
        if self == Self::Both { reply.map(fields) } else { reply.array(fields) }
    }
}

/// Answers with a packed hash: finds out where everything lies, then copies it.
fn write_packed(packed: &[u8], part: Part, reply: &mut Reply<'_>) {
    let place = |element: Element| (element.data, element.end - element.data);
    let places: SmallVec<[(usize, usize); 256]> = elements(packed).map(place).collect();
    let fields = places.len() / 2;
    part.begin(fields, reply);
    let places = places.into_iter();
    match part {
        Part::Both => reply.bulks(packed, 2 * fields, places),
        Part::Names => reply.bulks(packed, fields, places.step_by(2)),
        Part::Values => reply.bulks(packed, fields, places.skip(1).step_by(2)),
    }
}

/// A hash, for reading.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'e> {
    form: Form<'e>,
    env: Env<'e>,
}

#[derive(Clone, Copy)]
enum Form<'e> {
    Packed(&'e [u8]),
    Table(&'e ElementTable),
}

impl<'e> Fields<'e> {
    /// The hash in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    #[inline]
    pub(crate) fn of(entry: &'e Entry, env: Env<'e>) -> Result<Self, Error> {
        if entry.kind() == Kind::PackedHash {
            return Ok(Self { form: Form::Packed(entry.payload()), env });
        }
        match entry.object() {
            Some(Object::Hash(table)) => Ok(Self { form: Form::Table(table), env }),
            _ => Err(Error::WrongType),
        }
    }

    /// No fields.
    pub(super) fn none(env: Env<'e>) -> Self {
        Self { form: Form::Packed(&[]), env }
    }

    /// Number of fields that are stored, those included that expired and were not yet removed.
    pub(super) fn stored(&self) -> usize {
        match self.form {
            Form::Packed(packed) => pairs(packed).count(),
            Form::Table(table) => table.len(),
        }
    }

    /// True if more than `count` fields are stored. O(1) but for a packed hash that is as large.
    pub(super) fn has_more_than(&self, count: usize) -> bool {
        match self.form {
            // A field takes two bytes at least.
            Form::Packed(packed) if packed.len() / 2 <= count => false,
            _ => self.stored() > count,
        }
    }

    /// Number of fields. O(1) for a table, unless some field may have expired just now.
    pub(super) fn len(&self) -> usize {
        match self.form {
            Form::Table(_) if self.may_have_expired() => {
                let mut count = 0;
                self.for_each(|_, _| count += 1);
                count
            }
            _ => self.stored(),
        }
    }

    /// False only if no field has expired; O(1).
    #[inline]
    pub(super) fn may_have_expired(&self) -> bool {
        match self.form {
            Form::Packed(_) => false,
            Form::Table(table) => table.may_have_expired(self.env.now_ms),
        }
    }

    #[inline]
    fn is_live(&self, entry: &Entry) -> bool {
        entry.expires_at().is_none_or(|at| at > self.env.now_ms)
    }

    /// Runs `body` on the value of `field`, or on `None` if there is no such field.
    #[inline]
    pub(super) fn get<R>(&self, field: &[u8], body: impl FnOnce(Option<Value<'_>>) -> R) -> R {
        match self.form {
            Form::Packed(packed) => {
                let found = find_pair(packed, field);
                body(found.map(|(_, value)| Value::Text(value.bytes(packed))))
            }
            Form::Table(table) => {
                let found = table.get(self.env.hasher, field).filter(|entry| self.is_live(entry));
                body(found.as_deref().map(Value::Entry))
            }
        }
    }

    /// When `field` expires.
    pub(super) fn expiry(&self, field: &[u8]) -> Expiry {
        self.get(field, |value| match value {
            None => Expiry::Absent,
            Some(Value::Text(_)) => Expiry::Never,
            Some(Value::Entry(entry)) => entry.expires_at().map_or(Expiry::Never, Expiry::At),
        })
    }

    /// Visits every field.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&[u8], Value<'_>)) {
        match self.form {
            Form::Packed(packed) => pairs(packed).for_each(|(field, value)| {
                visit(field.bytes(packed), Value::Text(value.bytes(packed)));
            }),
            Form::Table(table) => table.for_each(|entry| {
                if self.is_live(entry) {
                    visit(entry.key(), Value::Entry(entry));
                }
            }),
        }
    }

    /// Answers with all fields, or one part of each.
    pub(super) fn write(&self, part: Part, reply: &mut Reply<'_>) {
        match self.form {
            Form::Packed(packed) => write_packed(packed, part, reply),
            Form::Table(_) => {
                part.begin(self.len(), reply);
                self.for_each(|name, value| {
                    if part != Part::Values {
                        reply.bulk(name);
                    }
                    if part != Part::Names {
                        value.write(reply);
                    }
                });
            }
        }
    }

    /// Visits about `count` fields from the cursor on, all of a packed hash. Gives the cursor to go
    /// on from, 0 at the end.
    pub(super) fn scan(
        &self,
        cursor: u64,
        count: usize,
        mut visit: impl FnMut(&[u8], Value<'_>),
    ) -> u64 {
        match self.form {
            Form::Packed(_) => {
                self.for_each(visit);
                0
            }
            Form::Table(table) => {
                let next = table.scan(table_cursor::position(cursor), count, |entry| {
                    if self.is_live(entry) {
                        visit(entry.key(), Value::Entry(entry));
                    }
                });
                table_cursor::number(next)
            }
        }
    }

    /// Visits `count` fields, each drawn from all fields, equally likely. There must be a field.
    pub(super) fn draw(
        &self,
        count: usize,
        random: &mut Rng,
        mut visit: impl FnMut(&[u8], Value<'_>),
    ) {
        match self.form {
            Form::Packed(packed) => {
                let all: Vec<_> = pairs(packed).collect();
                for _ in 0..count {
                    let (field, value) = all[random.usize(..all.len())];
                    visit(field.bytes(packed), Value::Text(value.bytes(packed)));
                }
            }
            Form::Table(table) => {
                for _ in 0..count {
                    self.draw_from(table, random, &mut visit);
                }
            }
        }
    }

    /// Visits one field drawn from a table that has a live one.
    fn draw_from(
        &self,
        table: &ElementTable,
        random: &mut Rng,
        visit: &mut impl FnMut(&[u8], Value<'_>),
    ) {
        for _ in 0..MISSES_MAX {
            if let Some(entry) = table.random(random).filter(|entry| self.is_live(entry)) {
                return visit(entry.key(), Value::Entry(&entry));
            }
        }
        self.select(1, random, visit);
    }

    /// Visits `count` different fields, every set of as many equally likely. There are more.
    pub(super) fn sample(
        &self,
        count: usize,
        random: &mut Rng,
        mut visit: impl FnMut(&[u8], Value<'_>),
    ) {
        match self.form {
            // As Redis: with a third of the fields or more, going through all is quicker.
            Form::Table(table) if count.saturating_mul(3) <= self.len() => {
                // Entries stay where they are, so a field's address stands for it.
                let mut seen = HashSet::with_capacity(count);
                while seen.len() < count {
                    self.draw_from(table, random, &mut |field, value| {
                        if seen.insert(field.as_ptr()) {
                            visit(field, value);
                        }
                    });
                }
            }
            _ => self.select(count, random, &mut visit),
        }
    }

    /// Visits `count` different fields in the order of the hash (selection sampling: "The Art
    /// of Computer Programming", 3.4.2, algorithm S).
    fn select(&self, count: usize, random: &mut Rng, visit: &mut impl FnMut(&[u8], Value<'_>)) {
        let (mut wanted, mut left) = (count, self.len());
        self.for_each(|field, value| {
            if wanted > 0 && random.usize(..left) < wanted {
                wanted -= 1;
                visit(field, value);
            }
            left -= 1;
        });
    }
}
