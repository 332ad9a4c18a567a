//! Fields as they are set, read and deleted.

use keyspace::value::ElementExpiry;
use keyspace::{Entry, Payload};
use protocol::Request;
use smallvec::SmallVec;
use structures::packed::{find_pair, push};

use super::fields::{Part, write_value};
use super::{change, read, read_all, read_named};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{Env, Missing, note};
use crate::errors::Error;
use crate::events::hash;
use crate::spec::{
    ACCESS, Body, DELETE, DENYOOM, FAST, Group, INSERT, READONLY, RO, RW, Spec, UPDATE, WRITE,
};

#[rustfmt::skip]
pub(super) const HDEL: Spec = Spec::new("HDEL", "key field [field ...]", Body::Data(hdel))
    .does("Deletes fields of a hash, and the hash if none are left.")
    .since("2.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | FAST).key(1, RW | DELETE).element(2)
    .history(&[("2.4.0", "More than one field.")]);

fn hdel(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    let done = change(ctx, Missing::Leave, |fields, _| {
        // As in Redis, expired fields count if they are still there.
        Ok(names.iter().filter(|name| fields.delete(name)).count())
    })?;
    let Some(done) = done.filter(|done| done.result > 0) else { return ctx.int(0) };
    note(ctx, 1, &hash::HDEL, done.result);
    done.note_emptied(ctx, 1);
    ctx.int(done.result as i64)
}

#[rustfmt::skip]
pub(super) const HEXISTS: Spec = Spec::new("HEXISTS", "key field", Body::Data(hexists))
    .does("Tells whether a hash has a field.")
    .since("2.0.0").cost("O(1)").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO).element(2);

fn hexists(ctx: &mut Ctx) -> Result {
    let name = ctx.arg(2);
    let exists = read_named(ctx, |fields, _| fields.get(name, |value| value.is_some()))?;
    ctx.int(exists.into())
}

#[rustfmt::skip]
pub(super) const HGET: Spec = Spec::new("HGET", "key field", Body::Data(hget))
    .does("Returns the value of a field of a hash.")
    .since("2.0.0").cost("O(1)").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO | ACCESS).element(2);

fn hget(ctx: &mut Ctx) -> Result {
    let name = ctx.arg(2);
    read_named(ctx, |fields, reply| fields.get(name, |value| write_value(value, reply)))?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const HGETALL: Spec = Spec::new("HGETALL", "key", Body::Data(hgetall))
    .does("Returns all fields of a hash with their values.")
    .since("2.0.0").cost("O(N), N being the number of fields").group(Group::Hash)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn hgetall(ctx: &mut Ctx) -> Result {
    read_all(ctx, |fields, reply| fields.write(Part::Both, reply))
}

#[rustfmt::skip]
pub(super) const HKEYS: Spec = Spec::new("HKEYS", "key", Body::Data(hkeys))
    .does("Returns the names of all fields of a hash.")
    .since("2.0.0").cost("O(N), N being the number of fields").group(Group::Hash)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn hkeys(ctx: &mut Ctx) -> Result {
    read_all(ctx, |fields, reply| fields.write(Part::Names, reply))
}

#[rustfmt::skip]
pub(super) const HLEN: Spec = Spec::new("HLEN", "key", Body::Data(hlen))
    .does("Returns the number of fields of a hash.")
    .since("2.0.0").cost("O(1)").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO);

fn hlen(ctx: &mut Ctx) -> Result {
    let len = read(ctx, |fields, _| fields.stored())?;
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const HMGET: Spec = Spec::new("HMGET", "key field [field ...]", Body::Data(hmget))
    .does("Returns the values of several fields of a hash.")
    .since("2.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn hmget(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    read_named(ctx, |fields, reply| {
        reply.array(names.len());
        for name in names.iter() {
            fields.get(name, |value| write_value(value, reply));
        }
    })?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const HMSET: Spec = Spec::new(
    "HMSET",
    "key field value [field value ...]",
    Body::Data(hmset),
)
    .does("Sets fields of a hash.")
    .since("2.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE).element(2)
    .deprecated("4.0.0", "`HSET`, which takes any number of pairs");

fn hmset(ctx: &mut Ctx) -> Result {
    set_pairs(ctx, "hmset")?;
    ctx.ok()
}

#[rustfmt::skip]
pub(super) const HSET: Spec = Spec::new(
    "HSET",
    "key field value [field value ...]",
    Body::Data(hset),
)
    .does("Sets fields of a hash and counts those that are new.")
    .since("2.0.0").cost("O(N), N being the number of fields named").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE).element(2)
    .history(&[("4.0.0", "More than one field and value.")]);

fn hset(ctx: &mut Ctx) -> Result {
    let created = set_pairs(ctx, "hset")?;
    ctx.int(created as i64)
}

/// Sets the fields and values from argument 2 on; gives the number of new fields.
#[inline]
fn set_pairs(ctx: &mut Ctx, command: &'static str) -> Result<usize> {
    if ctx.argc() % 2 == 1 {
        return Err(Error::Arity(command.into()));
    }
    let pairs = ctx.request.from(2);
    let done = change(ctx, Missing::Leave, |fields, _| {
        let mut created = 0;
        for at in (0..pairs.len()).step_by(2) {
            let is_new = fields.set(pairs.arg(at), pairs.arg(at + 1), ElementExpiry::None);
            created += usize::from(is_new);
        }
        Ok(created)
    })?;
    let created = match done {
        Some(done) => done.result,
        None => create(ctx, pairs)?,
    };
    note(ctx, 1, &hash::HSET, pairs.len() / 2);
    Ok(created)
}

/// The body of HIMPORT SET: makes a hash of the fields and values from argument 2 on, whatever
/// argument 1 was the key of before. The engine, which knows the names of the fields, gives it an
/// HSET.
pub fn import(ctx: &mut Ctx) -> Result {
    let (key, pairs) = (ctx.key(1), ctx.request.from(2));
    if ctx.db.remove(key) {
        ctx.effects.log(&[b"DEL", key.bytes]);
        let words: SmallVec<[&[u8]; 16]> = ctx.request.iter().collect();
        ctx.effects.log(&words);
    }
    create(ctx, pairs)?;
    note(ctx, 1, &hash::HSET, pairs.len() / 2);
    ctx.ok()
}

/// Stores a new hash, in one step if it can be packed and no field comes twice.
fn create(ctx: &mut Ctx, pairs: Request<'_>) -> Result<usize> {
    let Some(packed) = packed(ctx, pairs) else {
        let request = ctx.request.from(2);
        let done = change(ctx, Missing::Create, |fields, _| {
            let set = |at: &usize| {
                fields.set(request.arg(*at), request.arg(*at + 1), ElementExpiry::None)
            };
            Ok((0..request.len()).step_by(2).filter(set).count())
        })?;
        return Ok(done.map_or(0, |done| done.result));
    };
    let (key, stamp) = (ctx.key(1), ctx.db.fresh_stamp());
    ctx.db.put(key, Entry::new(key.bytes, Payload::PackedHash(&packed), None, stamp));
    Ok(pairs.len() / 2)
}

fn packed(ctx: &Ctx, pairs: Request<'_>) -> Option<Vec<u8>> {
    let limits = Env::of(ctx).limits;
    let fits = |element: &[u8]| element.len() <= limits.packed_hash_bytes_max;
    if pairs.len() / 2 > limits.packed_hash_fields_max || !pairs.iter().all(fits) {
        return None;
    }
    let mut packed = Vec::with_capacity(pairs.iter().map(|element| element.len() + 2).sum());
    for at in (0..pairs.len()).step_by(2) {
        if at > 0 && find_pair(&packed, pairs.arg(at)).is_some() {
            return None;
        }
        push(&mut packed, pairs.arg(at));
        push(&mut packed, pairs.arg(at + 1));
    }
    Some(packed)
}

#[rustfmt::skip]
pub(super) const HSETNX: Spec = Spec::new("HSETNX", "key field value", Body::Data(hsetnx))
    .does("Sets a field of a hash if it does not exist.")
    .since("2.0.0").cost("O(1)").group(Group::Hash)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | INSERT).element(2);

fn hsetnx(ctx: &mut Ctx) -> Result {
    let (name, value) = (ctx.arg(2), ctx.arg(3));
    let done = change(ctx, Missing::Create, |fields, _| {
        let is_new = !fields.contains(name);
        if is_new {
            fields.set(name, value, ElementExpiry::None);
        }
        Ok(is_new)
    })?;
    if !done.is_some_and(|done| done.result) {
        return ctx.int(0);
    }
    note(ctx, 1, &hash::HSET, 1);
    ctx.int(1)
}

#[rustfmt::skip]
pub(super) const HSTRLEN: Spec = Spec::new("HSTRLEN", "key field", Body::Data(hstrlen))
    .does("Returns the length of a field's value.")
    .since("3.2.0").cost("O(1)").group(Group::Hash)
    .flags(READONLY | FAST).key(1, RO).element(2);

fn hstrlen(ctx: &mut Ctx) -> Result {
    let name = ctx.arg(2);
    let len = read_named(ctx, |fields, _| {
        fields.get(name, |value| value.map_or(0, |value| value.with_text(<[u8]>::len)))
    })?;
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const HVALS: Spec = Spec::new("HVALS", "key", Body::Data(hvals))
    .does("Returns the values of all fields of a hash.")
    .since("2.0.0").cost("O(N), N being the number of fields").group(Group::Hash)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output_order"]);

fn hvals(ctx: &mut Ctx) -> Result {
    read_all(ctx, |fields, reply| fields.write(Part::Values, reply))
}
