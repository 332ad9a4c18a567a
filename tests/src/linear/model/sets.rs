//! Sets.

use std::collections::BTreeSet;

use super::{Item, State, Value, WRONGTYPE, bulk, error, int, key};
use crate::linear::Word;
use crate::reply::Reply;

type Outcome = Result<Reply, Reply>;

/// Runs a request; `None`: not one of these.
pub(super) fn execute(state: &mut State, name: &str, arguments: &[Word]) -> Option<Reply> {
    let outcome = match name {
        "SADD" => add(state, arguments),
        "SREM" => remove(state, arguments),
        "SMOVE" => move_one(state, arguments),
        "SMEMBERS" => set(state, key(&arguments[0])).map(members),
        "SINTER" => intersect(state, arguments),
        "SUNIONSTORE" => store_union(state, arguments),
        _ => return None,
    };
    Some(outcome.unwrap_or_else(|reply| reply))
}

fn members(set: BTreeSet<String>) -> Reply {
    Reply::Array(set.iter().map(|member| bulk(member)).collect())
}

/// The members, none if there is no such key.
fn set(state: &State, key: u8) -> Result<BTreeSet<String>, Reply> {
    match state.keys.get(&key).map(|item| &item.value) {
        None => Ok(BTreeSet::new()),
        Some(Value::Set(set)) => Ok(set.clone()),
        Some(_) => Err(error(WRONGTYPE)),
    }
}

/// Puts a changed set in the place of the old one.
fn change(state: &mut State, key: u8, set: BTreeSet<String>) {
    let goes = state.keys.get(&key).and_then(|item| item.goes);
    state.put(key, Item { value: Value::Set(set), goes });
    state.tidy(key);
}

fn add(state: &mut State, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    let mut all = set(state, target)?;
    let before = all.len();
    all.extend(arguments[1..].iter().map(Word::to_string));
    let added = all.len() - before;
    if added > 0 {
        change(state, target, all);
    }
    Ok(int(added))
}

fn remove(state: &mut State, arguments: &[Word]) -> Outcome {
    let target = key(&arguments[0]);
    let mut all = set(state, target)?;
    let removed = arguments[1..].iter().filter(|word| all.remove(&word.to_string())).count();
    if removed > 0 {
        change(state, target, all);
    }
    Ok(int(removed))
}

fn move_one(state: &mut State, arguments: &[Word]) -> Outcome {
    let (from, to) = (key(&arguments[0]), key(&arguments[1]));
    let member = arguments[2].to_string();
    if !state.keys.contains_key(&from) {
        return Ok(int(0));
    }
    let (mut source, mut target) = (set(state, from)?, set(state, to)?);
    if from == to || !source.contains(&member) {
        return Ok(int(usize::from(source.contains(&member))));
    }
    source.remove(&member);
    change(state, from, source);
    if target.insert(member) {
        change(state, to, target);
    }
    Ok(int(1))
}

fn intersect(state: &State, arguments: &[Word]) -> Outcome {
    let sets: Result<Vec<_>, _> = arguments.iter().map(|word| set(state, key(word))).collect();
    let both = sets?.into_iter().reduce(|one, other| &one & &other);
    Ok(members(both.unwrap_or_default()))
}

fn store_union(state: &mut State, arguments: &[Word]) -> Outcome {
    let sources = arguments[1..].iter().map(|word| set(state, key(word)));
    let sets: Result<Vec<_>, _> = sources.collect();
    let all: BTreeSet<String> = sets?.into_iter().flatten().collect();
    let count = all.len();
    let target = key(&arguments[0]);
    if count == 0 {
        state.take(target);
    } else {
        state.put(target, Value::Set(all));
    }
    Ok(int(count))
}
