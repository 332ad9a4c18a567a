//! Sorted sets with whole scores, and waiting for them.

use std::collections::BTreeMap;

use super::{Env, Item, State, Value, WRONGTYPE, bulk, error, int, key, keys};
use crate::linear::{Word, letter};
use crate::reply::Reply;

type Outcome = Result<Reply, Reply>;
type Members = BTreeMap<String, i64>;

/// Runs a request. The outer `None`: not one of these; the inner: not so as `env` says.
pub(super) fn execute(
    state: &mut State,
    name: &str,
    arguments: &[Word],
    env: &Env,
) -> Option<Option<Reply>> {
    let outcome = match name {
        "BZPOPMIN" => return Some(pop_waiting(state, arguments, env)),
        "ZADD" => add(state, arguments),
        "ZINCRBY" => increase(state, arguments),
        "ZREM" => remove(state, arguments),
        "ZPOPMIN" => {
            pop(state, key(&arguments[0])).map(|popped| Reply::Array(popped.unwrap_or_default()))
        }
        "ZRANGE" => members(state, key(&arguments[0])).map(|all| {
            Reply::Array(in_order(&all).into_iter().map(|(_, member)| bulk(member)).collect())
        }),
        _ => return None,
    };
    Some(Some(outcome.unwrap_or_else(|reply| reply)))
}

fn in_order(all: &Members) -> Vec<(i64, &String)> {
    let mut pairs: Vec<_> = all.iter().map(|(member, score)| (*score, member)).collect();
    pairs.sort();
    pairs
}

/// The members with their scores, none if there is no such key.
fn members(state: &State, key: u8) -> Result<Members, Reply> {
    match state.keys.get(&key).map(|item| &item.value) {
        None => Ok(Members::new()),
        Some(Value::SortedSet(set)) => Ok(set.clone()),
        Some(_) => Err(error(WRONGTYPE)),
    }
}

fn change(state: &mut State, key: u8, all: Members) {
    let goes = state.keys.get(&key).and_then(|item| item.goes);
    state.put(key, Item { value: Value::SortedSet(all), goes });
    state.tidy(key);
}

fn number(word: &Word) -> i64 {
    word.to_string().parse().expect("a whole score")
}

fn add(state: &mut State, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    let mut all = members(state, target)?;
    let before = all.len();
    // A score that changes and changes back is a change.
    let mut has_changed = false;
    for pair in arguments[1..].chunks(2) {
        let score = number(&pair[0]);
        has_changed |= all.insert(pair[1].to_string(), score) != Some(score);
    }
    let added = all.len() - before;
    if has_changed {
        change(state, target, all);
    }
    Ok(int(added))
}

fn increase(state: &mut State, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    let mut all = members(state, target)?;
    let score = all.entry(arguments[2].to_string()).or_default();
    *score += number(&arguments[1]);
    let reply = bulk(&score.to_string());
    change(state, target, all);
    Ok(reply)
}

fn remove(state: &mut State, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    let mut all = members(state, target)?;
    if all.remove(&arguments[1].to_string()).is_none() {
        return Ok(int(0));
    }
    change(state, target, all);
    Ok(int(1))
}

/// The member with the least score and that score, taken away.
fn pop(state: &mut State, key: u8) -> Result<Option<Vec<Reply>>, Reply> {
    let mut all = members(state, key)?;
    let Some((score, member)) =
        in_order(&all).first().map(|&(score, member)| (score, member.clone()))
    else {
        return Ok(None);
    };
    all.remove(&member);
    change(state, key, all);
    Ok(Some(vec![bulk(&member), bulk(&score.to_string())]))
}

/// BZPOPMIN.
fn pop_waiting(state: &mut State, arguments: &[Word], env: &Env) -> Option<Reply> {
    let sources = keys(&arguments[..arguments.len() - 1]);
    let first = sources.iter().copied().find(|key| state.keys.contains_key(key));
    let serve = if env.may_wait { env.serve } else { first };
    let Some(source) = serve else {
        let is_ready = |&key: &u8| members(state, key).is_ok_and(|all| !all.is_empty());
        return (!sources.iter().any(is_ready)).then_some(Reply::NilArray);
    };
    match pop(state, source) {
        Ok(Some(popped)) => {
            let named = std::iter::once(bulk(&letter(source).to_string())).chain(popped);
            Some(Reply::Array(named.collect()))
        }
        Ok(None) => None,
        Err(reply) => (first == Some(source)).then_some(reply),
    }
}
