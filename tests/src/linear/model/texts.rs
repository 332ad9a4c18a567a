//! Texts, and what concerns keys of any type: the part of the model that never waits.
//!
//! Changing a text in place keeps when it goes, storing one does not. Requests that change nothing
//! touch nothing: that is what transactions that watch a key go by.

use super::{Env, Item, State, Value, WRONGTYPE, bulk, error, int, key, keys, ok};
use crate::linear::Word;
use crate::reply::Reply;

const NOT_INTEGER: &str = "ERR value is not an integer or out of range";
const NO_KEY: &str = "ERR no such key";

/// Runs a request. `None`: not one of these.
pub(super) fn execute(
    state: &mut State,
    name: &str,
    arguments: &[Word],
    env: &Env,
) -> Option<Reply> {
    let reply = match name {
        "SET" => set(state, arguments, env),
        "GET" => match texts(state, key(&arguments[0])) {
            Ok(found) => found.map_or(Reply::Nil, |text| bulk(&text)),
            Err(reply) => reply,
        },
        "GETDEL" => match texts(state, key(&arguments[0])) {
            Ok(found) => {
                state.take(key(&arguments[0]));
                found.map_or(Reply::Nil, |text| bulk(&text))
            }
            Err(reply) => reply,
        },
        "APPEND" => change(state, key(&arguments[0]), |old| {
            let new = old.unwrap_or_default() + &arguments[1].to_string();
            Ok((int(new.len()), new))
        }),
        "INCR" => change(state, key(&arguments[0]), |old| {
            let old = old.unwrap_or("0".to_owned());
            let number = old.parse::<i64>().map_err(|_| error(NOT_INTEGER))? + 1;
            Ok((Reply::Integer(number), number.to_string()))
        }),
        "MGET" => {
            let found = keys(arguments).into_iter().map(|key| match texts(state, key) {
                Ok(Some(text)) => bulk(&text),
                _ => Reply::Nil,
            });
            Reply::Array(found.collect())
        }
        "MSET" | "MSETNX" => {
            let mut pairs = arguments.chunks(2);
            if name == "MSETNX" && pairs.any(|pair| state.keys.contains_key(&key(&pair[0]))) {
                return Some(int(0));
            }
            for pair in arguments.chunks(2) {
                state.put(key(&pair[0]), Value::Text(pair[1].to_string()));
            }
            if name == "MSET" { ok() } else { int(1) }
        }
        "DEL" => int(keys(arguments).into_iter().filter_map(|key| state.take(key)).count()),
        "EXISTS" => int(keys(arguments).iter().filter(|key| state.keys.contains_key(key)).count()),
        "PERSIST" => persist(state, key(&arguments[0])),
        "RENAME" | "RENAMENX" | "COPY" => move_or_copy(state, name, arguments),
        _ => return None,
    };
    Some(reply)
}

fn set(state: &mut State, arguments: &[Word], env: &Env) -> Reply {
    let target = key(&arguments[0]);
    let options: Vec<String> = arguments[2..].iter().map(Word::to_string).collect();
    if options.first().is_some_and(|it| it == "NX") && state.keys.contains_key(&target) {
        return Reply::Nil;
    }
    let ms = match options.as_slice() {
        [px, ms] if px == "PX" => ms.parse().ok(),
        _ => None,
    };
    let goes = ms.map(|ms| env.window(ms));
    state.put(target, Item { value: Value::Text(arguments[1].to_string()), goes });
    ok()
}

fn texts(state: &State, key: u8) -> Result<Option<String>, Reply> {
    match state.keys.get(&key).map(|item| &item.value) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(error(WRONGTYPE)),
    }
}

/// Changes a text, keeping when it goes.
fn change(
    state: &mut State,
    key: u8,
    change: impl FnOnce(Option<String>) -> Result<(Reply, String), Reply>,
) -> Reply {
    let changed = texts(state, key).and_then(change);
    match changed {
        Ok((reply, new)) => {
            let goes = state.keys.get(&key).and_then(|item| item.goes);
            state.put(key, Item { value: Value::Text(new), goes });
            reply
        }
        Err(reply) => reply,
    }
}

fn persist(state: &mut State, key: u8) -> Reply {
    match state.keys.get_mut(&key) {
        Some(item) if item.goes.is_some() => {
            item.goes = None;
            state.touch(key);
            int(1)
        }
        _ => int(0),
    }
}

fn move_or_copy(state: &mut State, name: &str, arguments: &[Word]) -> Reply {
    let (from, to) = (key(&arguments[0]), key(&arguments[1]));
    if name == "COPY" && from == to {
        return error("ERR source and destination objects are the same");
    }
    let Some(item) = state.keys.get(&from).cloned() else {
        return if name == "COPY" { int(0) } else { error(NO_KEY) };
    };
    let is_there = state.keys.contains_key(&to);
    match name {
        "COPY" if is_there && arguments.len() == 2 => int(0),
        "COPY" => {
            state.put(to, item);
            int(1)
        }
        "RENAMENX" if is_there => int(0),
        _ => {
            if from != to {
                state.take(from);
                state.put(to, item);
            }
            if name == "RENAME" { ok() } else { int(1) }
        }
    }
}
