//! A hash as it is changed: packed pairs in the key's entry that become a table when they must.
//!
//! A packed hash becomes a table when it gets more fields, or a longer field or value, than the
//! limits allow, and when a field gets an expiry. It never becomes packed again.
//!
//! Must be true: a field that had expired is absent to the caller; if it was removed for that, the
//! aftermath tells, and if a value was set over it, it does not.
//! Not here: taking an emptied hash away, and noting what happened (`elements::change`).

use base::bytes::write_varint;
use keyspace::deadline::deadline_of;
use keyspace::value::{Before, ElementExpiry, Size};
use keyspace::{ElementTable, Entry, Kind, Object, Payload};
use structures::packed::{Element, pairs};

use super::fields::{Fields, Value};
use crate::elements::{Aftermath, ElementsMut, Env, Expiry};
use crate::errors::Error;

/// A hash, for changing it.
pub(crate) struct FieldsMut<'e> {
    entry: &'e mut Entry,
    env: Env<'e>,
    aftermath: Aftermath,
}

/// The length of an element, as it stands before its bytes.
struct Prefix {
    bytes: [u8; 10],
    width: usize,
}

impl Prefix {
    fn of(element: &[u8]) -> Self {
        let mut bytes = [0; 10];
        let width = write_varint(&mut bytes, element.len() as u64);
        Self { bytes, width }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.width]
    }
}

/// Where a field is among packed pairs.
enum Place {
    At(Element, Element),
    /// Not there; how many fields there are.
    Nowhere(usize),
}

fn find(packed: &[u8], field: &[u8]) -> Place {
    let mut count = 0;
    for (name, value) in pairs(packed) {
        if name.bytes(packed) == field {
            return Place::At(name, value);
        }
        count += 1;
    }
    Place::Nowhere(count)
}

impl<'e> ElementsMut<'e> for FieldsMut<'e> {
    #[inline]
    fn of(entry: &'e mut Entry, env: Env<'e>) -> Result<Self, Error> {
        Fields::of(entry, env)?;
        Ok(Self { entry, env, aftermath: Aftermath::default() })
    }

    #[inline]
    fn is_empty(&self) -> bool {
        match self.entry.object() {
            Some(object) => object.is_empty(),
            None => self.entry.payload().is_empty(),
        }
    }

    fn expiry(&mut self, field: &[u8]) -> Expiry {
        self.remove_expired(field);
        self.fields().map_or(Expiry::Absent, |fields| fields.expiry(field))
    }

    fn reserve_expiries(&mut self, _count: usize) -> Result<(), Error> {
        Ok(())
    }

    fn set_expiry(&mut self, field: &[u8], expires_at: Option<i64>) {
        if let Some(at) = expires_at {
            self.aftermath.deadline = self.aftermath.deadline.min(deadline_of(at));
            if self.entry.kind() == Kind::PackedHash {
                self.become_table(Size::Small);
            }
        }
        let env = self.env;
        if let Some(table) = self.table() {
            table.set_expiry(env.hasher, field, expires_at);
        }
    }

    fn remove(&mut self, field: &[u8]) -> bool {
        self.remove_expired(field);
        self.delete(field)
    }

    #[inline]
    fn into_aftermath(self) -> Aftermath {
        self.aftermath
    }
}

impl<'e> FieldsMut<'e> {
    fn fields(&self) -> Result<Fields<'_>, Error> {
        Fields::of(self.entry, self.env)
    }

    fn table(&mut self) -> Option<&mut ElementTable> {
        match self.entry.object_mut() {
            Some(Object::Hash(table)) => Some(table),
            _ => None,
        }
    }

    /// Runs `body` on the value of `field`, or on `None` if there is no such field.
    pub(super) fn get<R>(&self, field: &[u8], body: impl FnOnce(Option<Value<'_>>) -> R) -> R {
        match self.fields() {
            Ok(fields) => fields.get(field, body),
            Err(_) => body(None),
        }
    }

    /// True if there is such a field. Removes it if it has expired.
    pub(super) fn contains(&mut self, field: &[u8]) -> bool {
        self.expiry(field) != Expiry::Absent
    }

    /// Sets the value of `field`. True if it is new.
    #[inline]
    pub(crate) fn set(&mut self, field: &[u8], value: &[u8], expiry: ElementExpiry) -> bool {
        if expiry == ElementExpiry::Keep {
            self.remove_expired(field);
        }
        let small = field.len().max(value.len()) <= self.env.limits.packed_hash_bytes_max;
        if self.entry.kind() == Kind::PackedHash {
            if small && !matches!(expiry, ElementExpiry::At(_)) {
                if let Some(is_new) = self.set_packed(field, value) {
                    return is_new;
                }
                self.become_table(Size::Big);
            } else {
                self.become_table(if small { Size::Small } else { Size::Big });
            }
        }
        self.set_in_table(field, value, expiry, small)
    }

    /// Sets a value among packed pairs. Tells whether the field is new; `None` if that makes too
    /// many, which changes nothing.
    fn set_packed(&mut self, field: &[u8], value: &[u8]) -> Option<bool> {
        let packed = self.entry.payload();
        let (prefix, end) = (Prefix::of(value), packed.len());
        match find(packed, field) {
            Place::At(_, old) => {
                let pieces = [prefix.bytes(), value];
                self.entry.splice(old.start, old.end - old.start, &pieces);
                Some(false)
            }
            Place::Nowhere(count) if count >= self.env.limits.packed_hash_fields_max => None,
            Place::Nowhere(_) => {
                let name_prefix = Prefix::of(field);
                let pieces = [name_prefix.bytes(), field, prefix.bytes(), value];
                self.entry.splice(end, 0, &pieces);
                Some(true)
            }
        }
    }

    #[inline]
    fn set_in_table(
        &mut self,
        field: &[u8],
        value: &[u8],
        expiry: ElementExpiry,
        small: bool,
    ) -> bool {
        if let ElementExpiry::At(at) = expiry {
            self.aftermath.deadline = self.aftermath.deadline.min(deadline_of(at));
        }
        let env = self.env;
        let Some(table) = self.table() else { return false };
        let before = table.set(env.hasher, field, Payload::Text(value), expiry);
        if table.size() == Size::Small
            && !(small && table.len() <= env.limits.packed_hash_fields_max)
        {
            table.outgrow();
        }
        match before {
            Before::Absent => true,
            Before::Lasting => false,
            Before::Expiring(at) => at <= env.now_ms,
        }
    }

    #[cold]
    fn become_table(&mut self, size: Size) {
        let mut table = ElementTable::new(size);
        let packed = self.entry.payload();
        for (field, value) in pairs(packed) {
            let payload = Payload::Text(value.bytes(packed));
            table.set(self.env.hasher, field.bytes(packed), payload, ElementExpiry::None);
        }
        self.entry.set_object(Box::new(Object::Hash(table)));
    }

    /// Removes `field`, expired or not. False if it was not stored.
    pub(super) fn delete(&mut self, field: &[u8]) -> bool {
        let env = self.env;
        if let Some(table) = self.table() {
            return table.remove(env.hasher, field).is_some();
        }
        match find(self.entry.payload(), field) {
            Place::At(name, value) => {
                self.entry.splice(name.start, value.end - name.start, &[]);
                true
            }
            Place::Nowhere(_) => false,
        }
    }

    /// Removes `field` if it has expired.
    pub(super) fn remove_expired(&mut self, field: &[u8]) {
        let env = self.env;
        if let Some(table) = self.table()
            && table.may_have_expired(env.now_ms)
            && table.get(env.hasher, field).is_some_and(|entry| is_expired(&entry, env.now_ms))
        {
            table.remove(env.hasher, field);
            self.aftermath.lose(field);
        }
    }
}

fn is_expired(entry: &Entry, now_ms: i64) -> bool {
    entry.expires_at().is_some_and(|at| at <= now_ms)
}
