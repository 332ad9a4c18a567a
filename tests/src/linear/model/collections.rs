//! Lists and hashes, and waiting for lists.
//!
//! A request that waits is placed where it was served or where its time was up. By then the keys it
//! did not wait for may have become of any type; one that finds a wrong type says so only at once,
//! when all keys named before were absent.

use std::collections::{BTreeMap, VecDeque};

use super::{Env, Item, State, Value, WRONGTYPE, bulk, error, int, key, keys};
use crate::linear::{Word, letter};
use crate::reply::Reply;

type Outcome = Result<Reply, Reply>;

/// Runs a request. The outer `None`: not one of these; the inner: not so as `env` says.
pub(super) fn execute(
    state: &mut State,
    name: &str,
    arguments: &[Word],
    env: &Env,
) -> Option<Option<Reply>> {
    let outcome = match name {
        "BLPOP" | "BRPOP" => return Some(pop_waiting(state, name, arguments, env)),
        "BLMOVE" => return Some(move_waiting(state, arguments, env)),
        "LPUSH" | "RPUSH" => push(state, name, arguments),
        "LPOP" | "RPOP" => pop(state, key(&arguments[0]), name == "LPOP")
            .map(|popped| popped.map_or(Reply::Nil, |element| bulk(&element))),
        "LLEN" => list(state, key(&arguments[0])).map(|list| int(list.map_or(0, VecDeque::len))),
        "LRANGE" => list(state, key(&arguments[0]))
            .map(|list| Reply::Array(list.into_iter().flatten().map(|it| bulk(it)).collect())),
        "LMOVE" => move_one(state, arguments),
        "HSET" | "HDEL" | "HINCRBY" => change_hash(state, name, arguments),
        "HGET" => hash(state, key(&arguments[0])).map(|hash| {
            let found = hash.and_then(|hash| hash.get(&arguments[1].to_string()));
            found.map_or(Reply::Nil, |text| bulk(text))
        }),
        "HGETALL" => hash(state, key(&arguments[0])).map(|hash| {
            let pairs = hash.into_iter().flatten();
            Reply::Array(pairs.flat_map(|(name, text)| [bulk(name), bulk(text)]).collect())
        }),
        _ => return None,
    };
    Some(Some(outcome.unwrap_or_else(|reply| reply)))
}

fn list(state: &State, key: u8) -> Result<Option<&VecDeque<String>>, Reply> {
    match state.keys.get(&key).map(|item| &item.value) {
        None => Ok(None),
        Some(Value::List(list)) => Ok(Some(list)),
        Some(_) => Err(error(WRONGTYPE)),
    }
}

fn hash(state: &State, key: u8) -> Result<Option<&BTreeMap<String, String>>, Reply> {
    match state.keys.get(&key).map(|item| &item.value) {
        None => Ok(None),
        Some(Value::Hash(hash)) => Ok(Some(hash)),
        Some(_) => Err(error(WRONGTYPE)),
    }
}

fn push(state: &mut State, name: &str, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    for word in &arguments[1..] {
        push_one(state, target, word.to_string(), name == "LPUSH")?;
    }
    Ok(int(list(state, target)?.map_or(0, VecDeque::len)))
}

fn push_one(state: &mut State, key: u8, element: String, left: bool) -> Result<(), Reply> {
    list(state, key)?;
    let fresh = || Item::from(Value::List(VecDeque::new()));
    let item = state.keys.entry(key).or_insert_with(fresh);
    if let Value::List(list) = &mut item.value {
        if left { list.push_front(element) } else { list.push_back(element) }
    }
    state.touch(key);
    Ok(())
}

fn pop(state: &mut State, key: u8, left: bool) -> Result<Option<String>, Reply> {
    list(state, key)?;
    let Some(Item { value: Value::List(list), .. }) = state.keys.get_mut(&key) else {
        return Ok(None);
    };
    let element = if left { list.pop_front() } else { list.pop_back() };
    state.touch(key);
    state.tidy(key);
    Ok(element)
}

fn move_one(state: &mut State, arguments: &[Word]) -> Outcome {
    let (from, to) = (key(&arguments[0]), key(&arguments[1]));
    let is_left = |word: &Word| word.to_string() == "LEFT";
    if list(state, from)?.is_none() {
        return Ok(Reply::Nil);
    }
    list(state, to)?;
    // Into its own place nothing may be tidied away in between.
    let goes = state.keys.get(&from).and_then(|item| item.goes);
    let Some(element) = pop(state, from, is_left(&arguments[2]))? else { return Ok(Reply::Nil) };
    push_one(state, to, element.clone(), is_left(&arguments[3]))?;
    if from == to
        && let Some(item) = state.keys.get_mut(&to)
    {
        item.goes = goes;
    }
    Ok(bulk(&element))
}

fn change_hash(state: &mut State, name: &str, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    let field = arguments[1].to_string();
    let mut all = hash(state, target)?.cloned().unwrap_or_default();
    let old = all.get(&field).cloned();
    let reply = match name {
        "HDEL" if old.is_none() => return Ok(int(0)),
        "HDEL" => {
            all.remove(&field);
            int(1)
        }
        "HSET" => {
            all.insert(field, arguments[2].to_string());
            int(usize::from(old.is_none()))
        }
        _ => {
            let not_integer = |_| error("ERR hash value is not an integer");
            let old: i64 = old.unwrap_or("0".to_owned()).parse().map_err(not_integer)?;
            let number = old + arguments[2].to_string().parse::<i64>().unwrap_or(0);
            all.insert(field, number.to_string());
            Reply::Integer(number)
        }
    };
    let goes = state.keys.get(&target).and_then(|item| item.goes);
    state.put(target, Item { value: Value::Hash(all), goes });
    state.tidy(target);
    Ok(reply)
}

/// Whether a key has something to take.
fn is_ready(state: &State, key: u8) -> bool {
    matches!(list(state, key), Ok(Some(_)))
}

/// BLPOP and BRPOP.
fn pop_waiting(state: &mut State, name: &str, arguments: &[Word], env: &Env) -> Option<Reply> {
    let sources = keys(&arguments[..arguments.len() - 1]);
    let first = sources.iter().copied().find(|key| state.keys.contains_key(key));
    let serve = if env.may_wait { env.serve } else { first };
    let Some(source) = serve else {
        let is_any_ready = sources.iter().any(|&key| is_ready(state, key));
        return (!is_any_ready).then_some(Reply::NilArray);
    };
    match pop(state, source, name == "BLPOP") {
        Ok(Some(element)) => {
            Some(Reply::Array(vec![bulk(&letter(source).to_string()), bulk(&element)]))
        }
        Ok(None) => None,
        Err(reply) => (first == Some(source)).then_some(reply),
    }
}

/// BLMOVE.
fn move_waiting(state: &mut State, arguments: &[Word], env: &Env) -> Option<Reply> {
    let source = key(&arguments[0]);
    let is_there = state.keys.contains_key(&source);
    match (env.may_wait, env.serve) {
        (true, None) => (!is_ready(state, source)).then_some(Reply::NilArray),
        (true, Some(serve)) if serve != source || !is_there => None,
        _ => Some(move_one(state, &arguments[..4]).unwrap_or_else(|reply| reply)),
    }
}
