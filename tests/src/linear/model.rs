//! What requests do when each is alone: a sequential Redis of a handful of keys.
//!
//! Where more than one thing may happen there are several states after a step. A key with an expiry
//! has a window in which it may go: from its setting's call, to its setting's return, plus the time
//! set, with some slack since a server's clock counts milliseconds and is read before it is used.
//! A blocking request may be served from any of its keys that has something: which of several
//! became ready first is not to be seen from outside.

mod collections;
mod sets;
mod sorted_sets;
mod texts;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Act, Operation, Request, Word};
use crate::reply::Reply;

/// How far a server's idea of now may be from ours while it works.
const SLACK_NS: u64 = 25_000_000;

const WRONGTYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

/// What a key holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value {
    Text(String),
    List(VecDeque<String>),
    Hash(BTreeMap<String, String>),
    Set(BTreeSet<String>),
    SortedSet(BTreeMap<String, i64>),
}

/// A value, and between which moments it goes, if it does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Item {
    value: Value,
    goes: Option<(u64, u64)>,
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        Self { value, goes: None }
    }
}

/// All keys, and who watches which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct State {
    keys: BTreeMap<u8, Item>,
    watches: BTreeMap<u8, Watch>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Watch {
    keys: u64,
    is_touched: bool,
}

impl State {
    /// Notes that a key was changed.
    fn touch(&mut self, key: u8) {
        for watch in self.watches.values_mut() {
            watch.is_touched |= watch.keys & 1 << key != 0;
        }
    }

    fn put(&mut self, key: u8, item: impl Into<Item>) {
        self.keys.insert(key, item.into());
        self.touch(key);
    }

    fn take(&mut self, key: u8) -> Option<Item> {
        let item = self.keys.remove(&key)?;
        self.touch(key);
        Some(item)
    }

    /// Removes a collection that has become empty.
    fn tidy(&mut self, key: u8) {
        let is_empty = self.keys.get(&key).is_some_and(|item| match &item.value {
            Value::Text(_) => false,
            Value::List(list) => list.is_empty(),
            Value::Hash(hash) => hash.is_empty(),
            Value::Set(set) => set.is_empty(),
            Value::SortedSet(set) => set.is_empty(),
        });
        if is_empty {
            self.keys.remove(&key);
        }
    }
}

/// When and for whom a request runs.
#[derive(Clone, Copy)]
struct Env {
    client: u8,
    call: u64,
    ret: u64,
    /// Blocking requests take from this key.
    serve: Option<u8>,
    /// In a transaction nobody waits.
    may_wait: bool,
}

impl Env {
    /// The window of a time set now.
    fn window(&self, ms: u64) -> (u64, u64) {
        let at = |moment: u64| moment.saturating_add(ms * 1_000_000);
        (at(self.call).saturating_sub(SLACK_NS), at(self.ret).saturating_add(SLACK_NS))
    }
}

fn int(number: usize) -> Reply {
    Reply::Integer(number as i64)
}

fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

fn ok() -> Reply {
    Reply::Simple(b"OK".to_vec())
}

fn error(text: &str) -> Reply {
    Reply::Error(text.as_bytes().to_vec())
}

/// The states in which an operation can have left things that were in `state`, if it was answered
/// as it was.
pub fn after(state: &State, operation: &Operation) -> Vec<State> {
    let mut found = Vec::new();
    for begun in gone(state, operation) {
        for serve in servings(operation) {
            let mut next = begun.clone();
            let may_wait = matches!(operation.act, Act::One(_));
            let (call, ret) = (operation.call, operation.ret);
            let env = Env { client: operation.client, call, ret, serve, may_wait };
            let reply = match &operation.act {
                Act::One(request) => execute(&mut next, request, &env),
                Act::Exec(requests) => Some(transact(&mut next, requests, &env)),
                Act::Script(script) => Some(run_script(&mut next, &script.requests, &env)),
            };
            let fits = match (&reply, &operation.reply) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(reply), Some(given)) => reply == given,
            };
            if fits && !found.contains(&next) {
                found.push(next);
            }
        }
    }
    found
}

/// From which key a blocking request may be served, or that it is not.
fn servings(operation: &Operation) -> Vec<Option<u8>> {
    let Act::One(request) = &operation.act else { return vec![None] };
    if !super::is_waiting(request) {
        return vec![None];
    }
    keys_of(request).map(Some).chain([None]).collect()
}

fn keys_of(request: &Request) -> impl Iterator<Item = u8> + '_ {
    request.iter().filter_map(|word| if let Word::Key(key) = word { Some(*key) } else { None })
}

/// The state with those keys gone whose time may be up, in all combinations.
fn gone(state: &State, operation: &Operation) -> Vec<State> {
    let requests = operation.act.requests();
    let looks_at_all =
        |request: &Request| ["KEYS", "FLUSHDB"].contains(&request[0].to_string().as_str());
    let is_exec = matches!(operation.act, Act::Exec(_));
    let watched = state.watches.get(&operation.client).map_or(0, |watch| watch.keys);
    let is_seen = |key: u8| {
        requests.iter().any(|request| looks_at_all(request) || keys_of(request).any(|k| k == key))
            || is_exec && watched & 1 << key != 0
    };
    let mut states = vec![state.clone()];
    for (&key, item) in &state.keys {
        let Some((from, to)) = item.goes else { continue };
        if !is_seen(key) || operation.ret < from {
            continue;
        }
        let mut without = states.clone();
        for state in &mut without {
            state.take(key);
        }
        if operation.call > to {
            states.clear();
        }
        states.append(&mut without);
    }
    states
}

fn transact(state: &mut State, requests: &[Request], env: &Env) -> Reply {
    let watch = state.watches.remove(&env.client);
    if watch.is_some_and(|watch| watch.is_touched) {
        return Reply::NilArray;
    }
    let replies = requests.iter().filter_map(|request| execute(state, request, env));
    Reply::Array(replies.collect())
}

/// What a script answers: in Lua there is one kind of nothing, and numbers are doubles.
fn run_script(state: &mut State, requests: &[Request], env: &Env) -> Reply {
    let plain = |reply| match reply {
        Reply::NilArray => Reply::Nil,
        Reply::Integer(number) => Reply::Integer(number as f64 as i64),
        reply => reply,
    };
    let replies = requests.iter().filter_map(|request| execute(state, request, env));
    Reply::Array(replies.map(plain).collect())
}

/// Runs a request. `None`: it would wait, or be served in another way than `env` says.
fn execute(state: &mut State, request: &Request, env: &Env) -> Option<Reply> {
    let Word::Text(name) = &request[0] else { panic!("a key for a command") };
    let arguments = &request[1..];
    match name.as_str() {
        "WATCH" => {
            let keys = keys_of(request).fold(0, |keys, key| keys | 1 << key);
            state.watches.entry(env.client).or_default().keys |= keys;
            Some(ok())
        }
        "UNWATCH" => {
            state.watches.remove(&env.client);
            Some(ok())
        }
        "KEYS" => {
            let names = state.keys.keys().map(|&key| bulk(&super::letter(key).to_string()));
            Some(Reply::Array(names.collect()))
        }
        "FLUSHDB" => {
            let keys: Vec<u8> = state.keys.keys().copied().collect();
            for key in keys {
                state.take(key);
            }
            Some(ok())
        }
        _ => texts::execute(state, name, arguments, env)
            .map(Some)
            .or_else(|| sets::execute(state, name, arguments).map(Some))
            .or_else(|| sorted_sets::execute(state, name, arguments, env))
            .or_else(|| collections::execute(state, name, arguments, env))
            .unwrap_or_else(|| panic!("the model does not know {name}")),
    }
}

/// The numbers of key arguments.
fn keys(arguments: &[Word]) -> Vec<u8> {
    arguments.iter().map(key).collect()
}

fn key(word: &Word) -> u8 {
    match word {
        Word::Key(key) => *key,
        Word::Text(text) => panic!("{text} for a key"),
    }
}
