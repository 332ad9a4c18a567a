//! DEBUG DIGEST: one number for the whole keyspace, DIGEST-VALUE: one for a value.
//!
//! The digest of a whole is the sum of its parts' digests, so it does not depend on order or on how
//! things are kept: the same keys, values and expiries have the same digest in every process. A
//! part's digest is SipHash-1-3 under three fixed keys; this finds differences, it does not
//! withstand an attack.
//!
//! Keys whose time is up count as long as they are there.

use base::hash::KeyHasher;
use keyspace::value::stream::{Group, Idempotency, Stream, StreamId};
use keyspace::{Alone, Entry, Held};

use super::contents::{
    Shape, for_each_element, for_each_field, for_each_member, for_each_scored, shape,
};
use crate::node::Node;

/// A sum of digests, of which 160 bits are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest([u64; 3]);

impl Digest {
    /// The digest of a list of byte strings.
    fn of(parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        Self([1, 2, 3].map(|lane| KeyHasher::with_key([lane; 16]).hash(&bytes)))
    }

    fn add(&mut self, other: Self) {
        for (sum, lane) in self.0.iter_mut().zip(other.0) {
            *sum = sum.wrapping_add(lane);
        }
    }

    fn bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        for (chunk, lane) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&lane.to_be_bytes());
        }
        bytes
    }

    /// 40 hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        let [a, b, c] = self.0;
        format!("{a:016x}{b:016x}{:08x}", c >> 32)
    }
}

/// The digest of a value and its expiry, whatever its key.
pub(super) fn of_value(entry: &Entry) -> Digest {
    let expiry = expiry_bytes(entry.expires_at());
    match shape(entry) {
        Shape::String(text) => Digest::of(&[b"string", &text, &expiry]),
        Shape::Hash(hash) => {
            let mut fields = Digest::default();
            for_each_field(hash, |(field, value, expires_at)| {
                fields.add(Digest::of(&[field, value, &expiry_bytes(expires_at)]));
            });
            Digest::of(&[b"hash", &fields.bytes(), &expiry])
        }
        Shape::List(list) => {
            let (mut elements, mut index) = (Digest::default(), 0u64);
            for_each_element(list, |element| {
                elements.add(Digest::of(&[&index.to_le_bytes(), element]));
                index += 1;
            });
            Digest::of(&[b"list", &elements.bytes(), &expiry])
        }
        Shape::Set(set) => {
            let mut members = Digest::default();
            for_each_member(set, |member, at| members.add(of_member(&[member], at)));
            Digest::of(&[b"set", &members.bytes(), &expiry])
        }
        Shape::SortedSet(sorted) => {
            let mut members = Digest::default();
            for_each_scored(sorted, |it| {
                // Packed sorted sets do not tell -0 from 0.
                let score = (it.score + 0.0).to_le_bytes();
                members.add(of_member(&[it.member, &score], it.expires_at));
            });
            Digest::of(&[b"zset", &members.bytes(), &expiry])
        }
        Shape::Stream(stream) => Digest::of(&[b"stream", &of_stream(stream).bytes(), &expiry]),
    }
}

/// The digest of a member, whose expiry counts if it has one.
fn of_member(parts: &[&[u8]], expires_at: Option<i64>) -> Digest {
    match expires_at {
        None => Digest::of(parts),
        Some(at) => Digest::of(&[parts, &[&at.to_le_bytes()[..]]].concat()),
    }
}

/// Entries, ids and counters of a stream, and its groups.
fn of_stream(stream: &Stream) -> Digest {
    let mut sum = Digest::default();
    for entry in stream.range(StreamId::MIN, StreamId::MAX) {
        let mut parts = vec![entry.id.text().as_bytes().to_vec()];
        parts.extend(entry.pairs().flat_map(|(name, value)| [name.to_vec(), value.to_vec()]));
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        sum.add(Digest::of(&parts));
    }
    let (last, deleted) = (stream.last_id.text(), stream.max_deleted_id.text());
    let added = stream.entries_added.to_le_bytes();
    sum.add(Digest::of(&[b"ids", last.as_bytes(), deleted.as_bytes(), &added]));
    for (name, group) in stream.groups() {
        sum.add(Digest::of(&[b"group", name, &of_group(group).bytes()]));
    }
    if let Some(names) = &stream.idempotency {
        sum.add(of_names(names));
    }
    sum
}

/// The names that producers have given entries.
fn of_names(names: &Idempotency) -> Digest {
    let memory = names.memory();
    let numbers = [memory.duration_s, memory.names_max, names.added, names.duplicates];
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let mut sum = Digest::of(&[b"names", &numbers]);
    for (producer, entries) in names.producers() {
        for (name, id) in entries {
            sum.add(Digest::of(&[b"name", producer, name, id.text().as_bytes()]));
        }
    }
    sum
}

/// What a consumer group has read and has pending. When a consumer was last seen does not count.
fn of_group(group: &Group) -> Digest {
    let read = group.entries_read.unwrap_or(u64::MAX).to_le_bytes();
    let mut sum = Digest::of(&[group.last_id.text().as_bytes(), &read]);
    for consumer in group.consumers() {
        sum.add(Digest::of(&[b"consumer", consumer.name()]));
    }
    for (id, pending) in group.pending() {
        let owner = group.consumer(pending.consumer).map_or(&b""[..], |owner| owner.name());
        let (at, times) = (pending.delivered_ms.to_le_bytes(), pending.deliveries.to_le_bytes());
        sum.add(Digest::of(&[id.text().as_bytes(), owner, &at, &times]));
    }
    for (turn, id) in group.given_back().enumerate() {
        let turn = (turn as u64).to_le_bytes();
        sum.add(Digest::of(&[b"given back", id.text().as_bytes(), &turn]));
    }
    sum
}

fn expiry_bytes(expires_at: Option<i64>) -> Vec<u8> {
    expires_at.map_or_else(Vec::new, |at| at.to_le_bytes().to_vec())
}

/// The digest of all databases; zero if they are empty.
pub(super) fn of_everything(node: &Node, alone: &Alone<'_>) -> Digest {
    let keyspace = &node.keyspace;
    let mut held = Held::all(keyspace, alone);
    let mut sum = Digest::default();
    for database in 0..keyspace.databases() {
        if held.len(database) == 0 {
            continue;
        }
        let number = (database as u64).to_le_bytes();
        for stripe in 0..keyspace.stripe_count() {
            held.table(database, stripe).for_each(|entry| {
                sum.add(Digest::of(&[&number, entry.key(), &of_value(entry).bytes()]));
            });
        }
    }
    sum
}
