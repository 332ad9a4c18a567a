//! DEBUG subcommands about keys and tables: OBJECT, POPULATE, DIGEST, HTSTATS ...

use std::borrow::Cow;

use base::number::parse_i64;
use commands::errors::Error;
use keyspace::db::Db;
use keyspace::{Entry, Held, Kind, Object};
use rdb::{Value, WriteOptions, Writer};
use structures::list::flat;

use super::super::memory::with_entry;
use super::super::{After, Answer, Call};
use super::digest;
use crate::snapshot::value::value_of;

/// Types and lengths that a dump has beside the value, of an entry with an empty key.
const DUMPED_BESIDE_VALUE: usize = 2;

/// Runs `look` on the entry that argument 2 names.
fn look<R>(call: &mut Call<'_, '_>, look: impl FnOnce(&Entry) -> R) -> Result<Option<R>, Error> {
    match with_entry(call, 2, look) {
        None => Ok(None),
        Some(None) => Err(Error::NoSuchKey),
        Some(Some(result)) => Ok(Some(result)),
    }
}

/// DEBUG OBJECT key
pub(super) fn object(call: &mut Call<'_, '_>) -> Answer {
    let now_s = call.turn.now_ms() as u64 / 1000;
    let fill = call.turn.state.settings.encodings.list_max_listpack_size;
    let limits = call.turn.state.knobs.limits;
    let text = look(call, |entry| {
        let idle_s = entry.stamp().idle_seconds(now_s);
        let encoding = commands::encoding(entry, &limits);
        let figures = match encoding {
            "quicklist" => list_figures(entry, fill, limits.lists.depth),
            _ => String::new(),
        };
        format!(
            "Value at:{:p} refcount:1 encoding:{encoding} serializedlength:{} lru:{} \
             lru_seconds_idle:{idle_s}{figures}",
            entry.payload().as_ptr(),
            dumped_len(entry),
            now_s.wrapping_sub(idle_s) & 0xff_ffff,
        )
    })?;
    let Some(text) = text else { return Ok(After::Busy) };
    call.reply.status(&text);
    Ok(After::Done)
}

/// What is known of a list's chunks, of which a flat list counts as one, in Redis's words.
fn list_figures(entry: &Entry, fill: i32, depth: usize) -> String {
    let (len, chunks, size) = match (entry.kind(), entry.object()) {
        (Kind::FlatList, _) => {
            let run = flat::run(entry.payload());
            (run.count(), 1, entry.payload().len())
        }
        (_, Some(Object::List(list))) => (list.len(), list.chunk_count(), list.size()),
        _ => return String::new(),
    };
    format!(
        " ql_nodes:{chunks} ql_avg_node:{:.2} ql_listpack_max:{fill} ql_compressed:{} \
         ql_uncompressed_size:{size}",
        len as f64 / chunks as f64,
        u8::from(depth > 0),
    )
}

/// Bytes that the value takes in a dump.
fn dumped_len(entry: &Entry) -> usize {
    let value = value_of(entry);
    let dumped = |value: Option<Value<Cow<'_, [u8]>>>| -> Result<usize, rdb::WriteError> {
        let mut writer = Writer::new(
            Vec::new(),
            WriteOptions { version: rdb::Version::V12, ..WriteOptions::default() },
        )?;
        if let Some(value) = value {
            writer.entry(&rdb::Entry::new(Cow::default(), value))?;
        }
        Ok(writer.finish()?.len())
    };
    let with = dumped(Some(value)).unwrap_or(0);
    with.saturating_sub(dumped(None).unwrap_or(0) + DUMPED_BESIDE_VALUE)
}

/// DEBUG LISTPACK key
pub(super) fn listpack(call: &mut Call<'_, '_>) -> Answer {
    let limits = call.turn.state.knobs.limits;
    let encoding = look(call, |entry| commands::encoding(entry, &limits))?;
    let Some(encoding) = encoding else { return Ok(After::Busy) };
    if encoding != "listpack" {
        return Err(Error::new("ERR Not a listpack encoded object."));
    }
    call.reply.status("Packed values have no structure worth printing here");
    Ok(After::Done)
}

/// DEBUG QUICKLIST key [level]
pub(super) fn quicklist(call: &mut Call<'_, '_>) -> Answer {
    let limits = call.turn.state.knobs.limits;
    let encoding = look(call, |entry| commands::encoding(entry, &limits))?;
    let Some(encoding) = encoding else { return Ok(After::Busy) };
    if encoding != "quicklist" {
        return Err(Error::new("ERR Not a quicklist encoded object."));
    }
    call.reply.status("The structure of lists is shown by DEBUG OBJECT");
    Ok(After::Done)
}

/// DEBUG SDSLEN key
pub(super) fn sdslen(call: &mut Call<'_, '_>) -> Answer {
    let text = look(call, |entry| match entry.kind() {
        Kind::Text | Kind::Shared => {
            let len = entry.shared_text().unwrap_or(entry.payload()).len();
            let (key, block) = (entry.key().len(), entry.heap_bytes());
            Some(format!(
                "key_sds_len:{key}, key_sds_avail:0, key_zmalloc: {key}, \
                 val_sds_len:{len}, val_sds_avail:0, val_zmalloc: {}",
                block - key
            ))
        }
        _ => None,
    })?;
    let Some(text) = text else { return Ok(After::Busy) };
    call.reply.status(&text.ok_or(Error::new("ERR Not an sds encoded string."))?);
    Ok(After::Done)
}

/// DEBUG POPULATE count [prefix] [size]. Stores strings where there are no keys yet; neither logged
/// nor counted as changes.
pub(super) fn populate(call: &mut Call<'_, '_>) -> Answer {
    let positive = |text: &[u8]| {
        let number = parse_i64(text).and_then(|number| u64::try_from(number).ok());
        number.ok_or(Error::new("ERR value is out of range, must be positive"))
    };
    let count = positive(call.arg(2))?;
    let prefix = call.request.get(3).unwrap_or(b"key").to_vec();
    let size = call.request.get(4).map_or(Ok(0), positive)? as usize;
    if size > call.turn.state.knobs.limits.string_len_max {
        return Err(Error::TooLong);
    }
    let (database, moment) = (call.session.database, call.turn.moment);
    call.turn.alone(|alone, node, state| {
        let mut held = Held::all(&node.keyspace, alone);
        let mut db = Db::new(&mut held, database, &moment, &mut state.tools);
        for number in 0..count {
            let name = [&prefix[..], b":", number.to_string().as_bytes()].concat();
            let mut value = format!("value:{number}").into_bytes();
            if size > 0 {
                value.resize(size, 0);
            }
            let key = db.key(&name);
            if !db.contains(key) {
                db.store(key, commands::arguments::payload(&value), None);
            }
        }
    });
    call.turn.refresh_time();
    call.ok()
}

/// DEBUG DIGEST
pub(super) fn digest(call: &mut Call<'_, '_>) -> Answer {
    let digest = call.turn.alone(|alone, node, _| digest::of_everything(node, alone));
    call.reply.status(&digest.hex());
    Ok(After::Done)
}

/// DEBUG DIGEST-VALUE [key ...]
pub(super) fn digest_value(call: &mut Call<'_, '_>) -> Answer {
    let argc = call.request.len();
    let mut digests = Vec::with_capacity(argc - 2);
    for index in 2..argc {
        match with_entry(call, index, digest::of_value) {
            None => return Ok(After::Busy),
            Some(digest) => digests.push(digest.unwrap_or_default().hex()),
        }
    }
    call.reply.array(digests.len());
    digests.iter().for_each(|digest| call.reply.status(digest));
    Ok(After::Done)
}

/// DEBUG HTSTATS database
pub(super) fn htstats(call: &mut Call<'_, '_>) -> Answer {
    let number = parse_i64(call.arg(2)).ok_or(Error::NotInteger)?;
    let databases = call.turn.node.keyspace.databases();
    let database = usize::try_from(number).ok().filter(|number| *number < databases);
    let database = database.ok_or(Error::new("ERR Out of range database"))?;
    let text = call.turn.alone(|alone, node, _| {
        let keyspace = &node.keyspace;
        let bytes = keyspace.table_overhead(alone, database);
        let len = Held::all(keyspace, alone).len(database);
        let timed = keyspace.timed_len(database);
        format!(
            "[Dictionary HT]\n{}[Expires HT]\nkept in the entries\n number of elements: {timed}\n",
            table_stats(len, bytes, keyspace.stripe_count())
        )
    });
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

/// DEBUG HTSTATS-KEY key [full]
pub(super) fn htstats_key(call: &mut Call<'_, '_>) -> Answer {
    let figures = look(call, |entry| match entry.object() {
        Some(Object::List(_) | Object::Stream(_)) | None => None,
        Some(object) => Some((object.len(), object.heap_bytes())),
    })?;
    let Some(figures) = figures else { return Ok(After::Busy) };
    let (len, bytes) = figures.ok_or(Error::new(
        "ERR The value stored at the specified key is not represented using an hash table",
    ))?;
    call.reply.verbatim(b"txt", table_stats(len, bytes, 1).as_bytes());
    Ok(After::Done)
}

fn table_stats(len: usize, bytes: usize, tables: usize) -> String {
    if len == 0 {
        return "No stats available for empty dictionaries\n".to_owned();
    }
    format!("tables: {tables}\n number of elements: {len}\n bytes: {bytes}\n")
}
