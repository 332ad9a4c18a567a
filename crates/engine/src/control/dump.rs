//! DUMP and RESTORE: values in Redis's dump format.
//!
//! RESTORE reads the whole payload before it touches anything, and then makes the value as a load
//! does (`commands::build`), so that it gets the form that the limits ask for.
//!
//! Must be true: what a payload says is refused as a whole or stored as a whole; an element that
//! comes twice is refused.

use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;

use base::number::{NumberBuffer, format_i64};
use commands::arguments::{integer, is_word};
use commands::build::Builder;
use commands::context::{Ctx, Effects, KeyArg, Limits, Outcome, Result};
use commands::elements::words;
use commands::errors::Error;
use commands::events::generic;
use commands::spec::Body;
use commands::table;
use keyspace::Stamp;
use keyspace::db::Key;
use keyspace::eviction::{LfuSettings, stamp_told};
use keyspace::value::Family;
use protocol::{Output, OwnedRequest, Reply, Request, Version};
use rdb::dump::{DumpError, Dumped, decode, encode};
use rdb::{ChecksumCheck, ReadError, Value, WriteOptions};

use super::{After, Answer, Call};
use crate::desk::{DataBody, Ran};
use crate::snapshot::streams::object_of;
use crate::snapshot::value::{member_expiries, value_of};

fn run(call: &mut Call<'_, '_>, body: DataBody) -> Answer {
    let (who, output) = ((&*call.session, call.spec), call.reply.output());
    match call.turn.run_data_for(who, call.request, call.keys, body, output) {
        Ran::Done | Ran::Said => Ok(After::Done),
        Ran::Busy | Ran::Waiting(_) | Ran::Long => Ok(After::Busy),
        Ran::Failed(error) => Err(error),
    }
}

/// DUMP key
pub(super) fn dump(call: &mut Call<'_, '_>) -> Answer {
    run(call, dump_body)
}

fn dump_body(ctx: &mut Ctx<'_, '_>) -> Result {
    let options = options_of(ctx.limits);
    let found = ctx.look(1, |entry| {
        entry.map(|entry| encode(&value_of(entry), member_expiries(entry), &options))
    });
    match found {
        None => ctx.nil(),
        Some(Ok(bytes)) => ctx.bulk(&bytes),
        Some(Err(error)) => Err(Error::text(format!("ERR {error}"))),
    }
}

fn options_of(limits: &Limits) -> WriteOptions {
    WriteOptions {
        hash_listpack_entries: limits.packed_hash_fields_max,
        hash_listpack_value_bytes: limits.packed_hash_bytes_max,
        set_intset_entries: limits.integer_set_members_max,
        zset_listpack_entries: limits.packed_sorted_set_members_max,
        zset_listpack_value_bytes: limits.packed_sorted_set_bytes_max,
        ..WriteOptions::default()
    }
}

/// RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
pub(super) fn restore(call: &mut Call<'_, '_>) -> Answer {
    let is_unchecked = call.turn.node.lifecycle.rehearsal.unchecked_dumps.load(Relaxed);
    let answer = run(call, if is_unchecked { restore_unchecked } else { restore_checked });
    if answer.as_ref().is_err_and(|error| *error == BAD_DATA) {
        // The client is told no more, as with Redis; the operator is.
        let payload = call.request.get(3).unwrap_or_default();
        call.turn.node.journal().warning(format_args!("{}", complaint(payload)));
    }
    answer
}

/// What is wrong with a payload, in words that begin as Redis's do.
fn complaint(payload: &[u8]) -> String {
    let kind = match payload.first() {
        Some(9) => "Zipmap",
        Some(10 | 14) => "List ziplist",
        Some(11) => "Set intset",
        Some(12) => "Zset ziplist",
        Some(13) => "Hash ziplist",
        Some(15 | 19 | 21) => "Stream listpack",
        Some(16 | 23 | 25) => "Hash listpack",
        Some(17) => "Zset listpack",
        Some(18) => "List listpack",
        Some(20) => "Set listpack",
        _ => "Value",
    };
    match decode(payload, ChecksumCheck::Off) {
        Err(DumpError::Value(Some(ReadError::Packed { cause, .. }))) => {
            format!("{kind} integrity check failed. (byte {}: {})", cause.at, cause.reason)
        }
        Err(DumpError::Value(Some(error))) => format!("RESTORE of bad data: {error}"),
        Err(_) => format!("{kind} integrity check failed. (more, or less, than one value)"),
        Ok(_) => format!("{kind} with dup elements, integrity check failed."),
    }
}

fn restore_checked(ctx: &mut Ctx<'_, '_>) -> Result {
    restore_body(ctx, ChecksumCheck::On)
}

fn restore_unchecked(ctx: &mut Ctx<'_, '_>) -> Result {
    restore_body(ctx, ChecksumCheck::Off)
}

#[derive(Clone, Copy, Debug, Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle_s: Option<u64>,
    frequency: Option<u8>,
}

impl Options {
    fn parse(request: Request<'_>) -> Result<Self> {
        let mut options = Self::default();
        let mut words = request.iter().skip(4);
        while let Some(word) = words.next() {
            let has_more = words.len() > 0;
            if is_word(word, "REPLACE") {
                options.replace = true;
            } else if is_word(word, "ABSTTL") {
                options.absolute = true;
            } else if is_word(word, "IDLETIME") && has_more && options.frequency.is_none() {
                let seconds = integer(words.next().unwrap_or_default())?;
                let refusal = Error::new("ERR Invalid IDLETIME value, must be >= 0");
                options.idle_s = Some(u64::try_from(seconds).map_err(|_| refusal)?);
            } else if is_word(word, "FREQ") && has_more && options.idle_s.is_none() {
                let frequency = integer(words.next().unwrap_or_default())?;
                let refusal = Error::new("ERR Invalid FREQ value, must be >= 0 and <= 255");
                options.frequency = Some(u8::try_from(frequency).map_err(|_| refusal)?);
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }

    /// The stamp of the key, under the policy that is in force.
    fn stamp(self, now_ms: i64, lfu: Option<LfuSettings>) -> Option<Stamp> {
        stamp_told(lfu, now_ms, self.idle_s, self.frequency)
    }
}

const BAD_DATA: Error = Error::new("ERR Bad data format");

fn restore_body(ctx: &mut Ctx<'_, '_>, check: ChecksumCheck) -> Result {
    let options = Options::parse(ctx.request)?;
    let key = ctx.key(1);
    if !options.replace && ctx.db.contains(key) {
        return Err(Error::new("BUSYKEY Target key name already exists."));
    }
    let ttl = integer(ctx.arg(2))?;
    if ttl < 0 {
        return Err(Error::new("ERR Invalid TTL value, must be >= 0"));
    }
    let dumped = decode(ctx.arg(3), check).map_err(|error| match error {
        DumpError::Footer => Error::new("ERR DUMP payload version or checksum are wrong"),
        DumpError::Value(_) => BAD_DATA,
    })?;
    if has_repetition(&dumped.value) {
        return Err(BAD_DATA);
    }
    let now_ms = ctx.db.moment.now_ms;
    let expires_at = match ttl {
        0 => None,
        ttl if options.absolute => Some(ttl),
        ttl => Some(ttl.checked_add(now_ms).ok_or(Error::InvalidExpire("restore"))?),
    };
    let was_there = ctx.db.remove(key);
    if expires_at.is_some_and(|at| at <= now_ms) {
        if was_there {
            ctx.effects.log(&[b"DEL", key.bytes]);
            ctx.touched(1, &generic::DEL);
        }
        return ctx.ok();
    }
    store(ctx, key, &dumped)?;
    if expires_at.is_some() {
        ctx.db.set_expiry(key, expires_at);
    }
    if let Some(stamp) = options.stamp(now_ms, ctx.limits.lfu)
        && let Some(slot) = ctx.db.slot(key)
    {
        slot.get().set_stamp(stamp);
    }
    log(ctx, options, expires_at);
    ctx.touched(1, &generic::RESTORE);
    ctx.ok()
}

/// Logs the request with the time it means.
fn log(ctx: &mut Ctx<'_, '_>, options: Options, expires_at: Option<i64>) {
    let Some(expires_at) = expires_at.filter(|_| !options.absolute) else { return };
    let mut buffer = NumberBuffer::new();
    let at = format_i64(expires_at, &mut buffer);
    let mut words: Vec<&[u8]> = ctx.request.iter().collect();
    words[2] = at;
    words.push(b"ABSTTL");
    ctx.effects.log(&words);
}

/// Whether an element that may be there once comes twice.
fn has_repetition(value: &Value) -> bool {
    fn repeats<'v>(elements: impl ExactSizeIterator<Item = &'v [u8]>) -> bool {
        let mut seen = HashSet::with_capacity(elements.len());
        !elements.into_iter().all(|element| seen.insert(element))
    }
    match value {
        Value::Hash(fields) => repeats(fields.iter().map(|field| field.field.as_slice())),
        Value::Set(members) => repeats(members.iter().map(Vec::as_slice)),
        Value::SortedSet(members) => repeats(members.iter().map(|it| it.member.as_slice())),
        _ => false,
    }
}

/// Stores a value under a key that is not there.
fn store(ctx: &mut Ctx<'_, '_>, key: Key<'_>, dumped: &Dumped) -> Result<()> {
    store_value(ctx, key, &dumped.value)?;
    let family = match dumped.value {
        Value::SortedSet(_) => Family::SortedSet,
        _ => Family::Set,
    };
    let timed = dumped.expiries.iter().map(|(member, at)| (member.as_slice(), *at));
    expire(ctx, key, family, timed)
}

/// Gives elements the expiries they had.
fn expire<'v>(
    ctx: &mut Ctx<'_, '_>,
    key: Key<'_>,
    family: Family,
    timed: impl Iterator<Item = (&'v [u8], u64)>,
) -> Result<()> {
    let words = words(family);
    for (element, at) in timed {
        let at = at.to_string();
        let words = [words.expiry, key.bytes, at.as_bytes(), words.elements, b"1", element];
        carry_out(ctx, key, &words)?;
    }
    Ok(())
}

fn store_value(ctx: &mut Ctx<'_, '_>, key: Key<'_>, value: &Value) -> Result<()> {
    let mut builder = Builder::new(ctx.db.keyspace().hasher(), ctx.limits);
    builder.begin(key.bytes, None, ctx.db.fresh_stamp());
    match value {
        Value::String(text) => builder.text(text),
        Value::Stream(stream) => builder.object(Box::new(object_of(stream))),
        Value::List(elements) => elements.iter().for_each(|element| builder.element(element)),
        Value::Set(members) => members.iter().for_each(|member| builder.member(member)),
        Value::SortedSet(members) => {
            members.iter().for_each(|it| builder.scored(&it.member, it.score));
        }
        Value::Hash(fields) => {
            fields.iter().for_each(|it| builder.field(&it.field, &it.value, None));
        }
        _ => return Err(BAD_DATA),
    }
    ctx.db.put(key, builder.finish()?.ok_or(BAD_DATA)?);
    if let Value::Hash(fields) = value {
        let timed = fields.iter().filter_map(|it| Some((&it.field[..], it.expires_at_ms?)));
        expire(ctx, key, Family::Hash, timed)?;
    }
    Ok(())
}

/// Carries out a request for the key that is held; neither its reply nor its effects count.
fn carry_out(ctx: &mut Ctx<'_, '_>, key: Key<'_>, words: &[&[u8]]) -> Result<()> {
    let request: OwnedRequest = words.iter().copied().collect();
    let spec = table::find(request.as_request()).map_err(|_| BAD_DATA)?;
    let Body::Data(body) = spec.body else { return Err(BAD_DATA) };
    let (mut effects, mut output) = (Effects::default(), Output::new());
    let database = ctx.db.number;
    let mut step = Ctx {
        request: request.as_request(),
        reply: Reply::new(&mut output, Version::Resp2),
        db: ctx.db.other(database),
        effects: &mut effects,
        limits: ctx.limits,
        random: ctx.random,
        keys: &[KeyArg { index: 1, hash: key.hash }],
        woken: None,
        may_defer: false,
        in_script: false,
    };
    match body(&mut step)? {
        Outcome::Done => Ok(()),
        _ => Err(BAD_DATA),
    }
}

#[cfg(test)]
mod tests;
