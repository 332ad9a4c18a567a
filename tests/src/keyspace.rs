//! The whole content of a server, read through commands, so that two servers can be compared.
//!
//! Must be true: reading changes nothing that is compared. Moments of expiry are read absolutely
//! and compared exactly; a test that sets relative expiries rounds them away itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::Client;
use crate::reply::Reply;
use crate::words::quote;

/// One key's type, content and moment of expiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What TYPE says.
    pub kind: String,
    /// The value; fields of hashes and members of sets are sorted.
    pub content: Vec<Reply>,
    /// Unix time in milliseconds, -1 for never.
    pub expires_ms: i64,
}

/// All names that SCAN gives, from the selected database.
pub fn names(client: &mut Client) -> BTreeSet<Vec<u8>> {
    let mut names = BTreeSet::new();
    let mut cursor = b"0".to_vec();
    loop {
        let reply = client.call(&[b"SCAN".as_slice(), &cursor, b"COUNT", b"1000"]);
        let Some([next, found]) = reply.items() else { panic!("SCAN: {reply}") };
        names.extend(texts(found));
        cursor = next.text().unwrap_or_default().to_vec();
        if cursor == b"0" {
            return names;
        }
    }
}

/// Everything in the selected database.
pub fn read(client: &mut Client) -> BTreeMap<Vec<u8>, Entry> {
    let mut keyspace = BTreeMap::new();
    for name in names(client) {
        let kind = client.call(&[b"TYPE".as_slice(), &name]).to_string();
        let content = match kind.as_str() {
            "string" => vec![client.call(&[b"GET".as_slice(), &name])],
            "hash" => hash(client, &name),
            "list" => vec![client.call(&[b"LRANGE".as_slice(), &name, b"0", b"-1"])],
            "set" => {
                let members = client.call(&[b"SMEMBERS".as_slice(), &name]);
                let mut members = members.items().unwrap_or_default().to_vec();
                members.sort();
                members
            }
            "zset" => vec![client.call(&[b"ZRANGE".as_slice(), &name, b"0", b"-1", b"WITHSCORES"])],
            "stream" => vec![client.call(&[b"XRANGE".as_slice(), &name, b"-", b"+"])],
            // It expired between SCAN and TYPE.
            _ => continue,
        };
        let expires = client.call(&[b"PEXPIRETIME".as_slice(), &name]);
        let expires_ms = expires.integer().unwrap_or_else(|| panic!("PEXPIRETIME: {expires}"));
        keyspace.insert(name, Entry { kind, content, expires_ms });
    }
    keyspace
}

/// The differences of two keyspaces, one line each; empty when they are equal.
pub fn differences(
    left: &BTreeMap<Vec<u8>, Entry>,
    right: &BTreeMap<Vec<u8>, Entry>,
    tolerance_ms: i64,
) -> Vec<String> {
    let equal = |a: &Entry, b: &Entry| {
        a.kind == b.kind
            && a.content == b.content
            && (a.expires_ms < 0) == (b.expires_ms < 0)
            && (a.expires_ms - b.expires_ms).abs() <= tolerance_ms
    };
    let all: BTreeSet<&Vec<u8>> = left.keys().chain(right.keys()).collect();
    all.into_iter()
        .filter_map(|name| match (left.get(name), right.get(name)) {
            (Some(a), Some(b)) if equal(a, b) => None,
            (a, b) => Some(format!("{}: {} / {}", quote(name), describe(a), describe(b))),
        })
        .collect()
}

fn describe(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return "missing".into() };
    let content: Vec<String> = entry.content.iter().map(Reply::to_string).collect();
    format!("{} {} expires {}", entry.kind, content.join(" "), entry.expires_ms)
}

fn hash(client: &mut Client, name: &[u8]) -> Vec<Reply> {
    let all = client.call(&[b"HGETALL".as_slice(), name]);
    let items = all.items().unwrap_or_default();
    let mut pairs: Vec<Reply> = items.chunks(2).map(|pair| Reply::Array(pair.to_vec())).collect();
    pairs.sort();
    pairs
}

fn texts(reply: &Reply) -> impl Iterator<Item = Vec<u8>> {
    reply.items().unwrap_or_default().iter().filter_map(Reply::text).map(<[u8]>::to_vec)
}
