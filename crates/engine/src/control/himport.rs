//! HIMPORT: sets of field names that a session keeps, and hashes made from them.
//!
//! Must be true: a set has no name twice. A session keeps its sets until it discards them, is
//! reset, or ends. Not here: making the hash (`commands::hashes::import`), which is logged as the
//! hash it makes.

use commands::context::KeyArg;
use commands::errors::Error;
use commands::hashes;
use protocol::OwnedRequest;

use super::{After, Answer, Call};
use crate::desk::Ran;
use crate::session::FieldSet;

pub(super) fn prepare(call: &mut Call<'_, '_>) -> Answer {
    let fields = call.request.from(3);
    let mut sorted: Vec<&[u8]> = fields.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Error::new("ERR duplicate field name in fieldset"));
    }
    let set =
        FieldSet { name: call.arg(2).into(), fields: fields.iter().map(Into::into).collect() };
    let sets = &mut call.session.field_sets;
    match sets.iter_mut().find(|known| known.name == set.name) {
        Some(known) => *known = set,
        None => sets.push(set),
    }
    call.ok()
}

/// HIMPORT SET key fieldset-name value [value ...]
pub(super) fn set(call: &mut Call<'_, '_>) -> Answer {
    let (key, values) = (call.arg(2), call.request.from(4));
    let mut sets = call.session.field_sets.iter();
    let set = sets.find(|set| *set.name == *call.arg(3));
    let set = set.ok_or(Error::new("ERR no such fieldset"))?;
    if set.fields.len() != values.len() {
        return Err(Error::new("ERR value count does not match"));
    }
    let pairs = set.fields.iter().zip(values.iter()).flat_map(|(field, value)| [field, value]);
    let hset: OwnedRequest = [&b"HSET"[..], key].into_iter().chain(pairs).collect();
    let hasher = call.turn.node.keyspace.hasher();
    let hash = call.keys.first().map_or_else(|| hasher.hash(key), |key| key.hash);
    let keys = [KeyArg { index: 1, hash }];
    let (who, output) = ((&*call.session, call.spec), call.reply.output());
    match call.turn.run_data_for(who, hset.as_request(), &keys, hashes::import, output) {
        Ran::Done | Ran::Said => Ok(After::Done),
        Ran::Busy | Ran::Waiting(_) | Ran::Long => Ok(After::Busy),
        Ran::Failed(error) => Err(error),
    }
}

pub(super) fn discard(call: &mut Call<'_, '_>) -> Answer {
    let name = call.arg(2);
    forget(call, |set| *set.name == *name)
}

pub(super) fn discardall(call: &mut Call<'_, '_>) -> Answer {
    forget(call, |_| true)
}

/// Forgets the sets that are meant and answers how many they were.
fn forget(call: &mut Call<'_, '_>, is_meant: impl Fn(&FieldSet) -> bool) -> Answer {
    let sets = &mut call.session.field_sets;
    let before = sets.len();
    sets.retain(|set| !is_meant(set));
    let gone = before - sets.len();
    call.reply.int(gone as i64);
    Ok(After::Done)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[test]
    fn hashes_are_made_from_prepared_fields() {
        let mut bench = Bench::default();
        bench.check(&[
            ("HIMPORT PREPARE u name age", "+OK"),
            ("HIMPORT SET k u ann 30", "+OK"),
            ("HGETALL k", "*4 $4 name $3 ann $3 age $2 30"),
            ("SET k text EX 100", "+OK"),
            ("HIMPORT SET k u bob 31", "+OK"),
            ("HGETALL k", "*4 $4 name $3 bob $3 age $2 31"),
            ("TTL k", ":-1"),
            ("HIMPORT PREPARE u id", "+OK"),
            ("HIMPORT SET k u 1", "+OK"),
            ("HGETALL k", "*2 $2 id $1 1"),
            ("HIMPORT SET k u 1 2", "-ERR value count does not match"),
            ("HIMPORT PREPARE w a a", "-ERR duplicate field name in fieldset"),
            ("HIMPORT SET k w 1 2", "-ERR no such fieldset"),
            ("HIMPORT PREPARE w a", "+OK"),
            ("HIMPORT DISCARD u", ":1"),
            ("HIMPORT DISCARD u", ":0"),
            ("HIMPORT DISCARDALL", ":1"),
            ("HGETALL k", "*2 $2 id $1 1"),
            ("HIMPORT PREPARE u id", "+OK"),
            ("RESET", "+RESET"),
            ("HIMPORT SET k u 1", "-ERR no such fieldset"),
        ]);
    }

    #[test]
    fn field_sets_belong_to_their_session() {
        let mut bench = Bench::default();
        let other = bench.connect();
        assert_eq!(bench.run("HIMPORT PREPARE u id"), "+OK\r\n");
        assert_eq!(bench.run_as(other, "HIMPORT SET k u 1"), "-ERR no such fieldset\r\n");
    }
}
