//! COPY.

use base::hash::KeyHasher;
use keyspace::value::Full;
use keyspace::{ElementTable, Entry, Kind, Object, Payload, SetTable, SortedSetTable, Stamp};
use structures::ordered::Direction;

use crate::arguments::{database, is_word};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::generic;
use crate::spec::{ACCESS, Body, DENYOOM, Group, OW, RO, Spec, UPDATE, WRITE};

use super::SAME_KEY;

#[rustfmt::skip]
pub(super) const COPY: Spec = Spec::new(
    "COPY",
    "source destination [DB destination-db] [REPLACE]",
    Body::Data(copy),
)
    .does("Copies a key's value and expiry to another key.")
    .since("6.2.0").cost("O(N), N being the number of elements; O(1) for a string")
    .group(Group::Generic)
    .flags(WRITE | DENYOOM).key(1, RO | ACCESS).key(2, OW | UPDATE);

fn copy(ctx: &mut Ctx) -> Result {
    let options = Options::parse(ctx)?;
    let (source, target) = (ctx.key(1), ctx.key(2));
    if options.database == ctx.db.number && source.bytes == target.bytes {
        return Err(SAME_KEY);
    }
    let hasher = *ctx.db.keyspace().hasher();
    let stamp = ctx.db.fresh_stamp();
    if ctx.db.used(source).is_none() {
        ctx.missed(1);
        return ctx.int(0);
    }
    ctx.effects.hits += 1;
    if ctx.db.other(options.database).contains(target) && !options.replace {
        return ctx.int(0);
    }
    let copied =
        ctx.db.slot(source).map(|slot| duplicate_as(&slot.get(), target.bytes, stamp, &hasher));
    let Some(copied) = copied else { return ctx.int(0) };
    ctx.db.other(options.database).put(target, copied);
    ctx.effects.changes += 1;
    ctx.note_in(options.database, 2, &generic::COPY_TO);
    ctx.int(1)
}

struct Options {
    database: usize,
    replace: bool,
}

impl Options {
    fn parse(ctx: &Ctx) -> Result<Self> {
        let mut options = Self { database: ctx.db.number, replace: false };
        let mut words = ctx.request.iter().skip(3);
        while let Some(word) = words.next() {
            if is_word(word, "REPLACE") {
                options.replace = true;
            } else if is_word(word, "DB") {
                let number = words.next().ok_or(Error::Syntax)?;
                options.database = database(number, ctx.db.keyspace().databases())?;
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }
}

/// The same key, value and expiry once more.
pub fn duplicate(entry: &Entry, hasher: &KeyHasher) -> Entry {
    duplicate_as(entry, entry.key(), entry.stamp(), hasher)
}

/// The same value and expiry under another key. A long text is shared until one of the two changes.
fn duplicate_as(entry: &Entry, key: &[u8], stamp: Stamp, hasher: &KeyHasher) -> Entry {
    let expires_at = entry.expires_at();
    let mut copy = match entry.kind() {
        Kind::Text => Entry::new(key, Payload::Text(entry.payload()), expires_at, stamp),
        Kind::Integer => Entry::new(key, Payload::Integer(entry.integer()), expires_at, stamp),
        Kind::PackedHash => {
            Entry::new(key, Payload::PackedHash(entry.payload()), expires_at, stamp)
        }
        Kind::FlatList => Entry::new(key, Payload::FlatList(entry.payload()), expires_at, stamp),
        Kind::IntegerSet => {
            Entry::new(key, Payload::IntegerSet(entry.payload()), expires_at, stamp)
        }
        Kind::PackedSet => Entry::new(key, Payload::PackedSet(entry.payload()), expires_at, stamp),
        Kind::PackedSortedSet => {
            Entry::new(key, Payload::PackedSortedSet(entry.payload()), expires_at, stamp)
        }
        Kind::Shared => {
            Entry::with_shared(key, entry.shared().unwrap_or_default(), expires_at, stamp)
        }
        Kind::Object => {
            let object = match entry.object() {
                Some(Object::Hash(hash)) => Object::Hash(duplicate_elements(hash, hasher)),
                Some(Object::List(list)) => Object::List(list.clone()),
                Some(Object::Set(set)) => Object::Set(Box::new(duplicate_set(set, hasher))),
                Some(Object::SortedSet(sorted)) => {
                    Object::SortedSet(Box::new(duplicate_sorted_set(sorted, hasher)))
                }
                Some(Object::Stream(stream)) => Object::Stream(stream.clone()),
                None => Object::Hash(ElementTable::default()),
            };
            Entry::with_object(key, Box::new(object), expires_at, stamp)
        }
    };
    if entry.is_edited() {
        copy.set_edited();
    }
    copy
}

fn duplicate_elements(table: &ElementTable, hasher: &KeyHasher) -> ElementTable {
    let mut copy = ElementTable::new(table.size());
    table.for_each(|element| {
        let payload = match element.kind() {
            Kind::Integer => Payload::Integer(element.integer()),
            Kind::Shared => Payload::Text(element.shared_text().unwrap_or_default()),
            _ => Payload::Text(element.payload()),
        };
        copy.set(hasher, element.key(), payload, element.expires_at());
    });
    copy
}

fn duplicate_set(set: &SetTable, hasher: &KeyHasher) -> SetTable {
    let mut copy = SetTable::new(set.size());
    set.for_each(|member| {
        copy.add(hasher, member.bytes);
        if member.expires_at.is_some() {
            copy.set_expiry(hasher, member.bytes, member.expires_at);
        }
    });
    copy
}

fn duplicate_sorted_set(sorted: &SortedSetTable, hasher: &KeyHasher) -> SortedSetTable {
    let mut copy = SortedSetTable::default();
    // In order, which fills the copy's leaves to the brim. It has room for what the original had.
    let mut members = sorted.iter(0..sorted.len(), Direction::Ascending);
    let copied: std::result::Result<(), Full> = members.try_for_each(|it| {
        copy.set(hasher, it.member, it.score)?;
        match it.expires_at {
            Some(_) => copy.set_expiry(hasher, it.member, it.expires_at).map(|_| ()),
            None => Ok(()),
        }
    });
    debug_assert!(copied.is_ok(), "as much room as in the original");
    copy
}
