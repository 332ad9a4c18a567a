//! What an entry holds, whatever it is kept as: for digests and dumped lengths.

use std::borrow::Cow;
use std::ops::ControlFlow;

use base::number::{NumberBuffer, format_i64};
use keyspace::value::Stored;
use keyspace::value::stream::Stream;
use keyspace::{Entry, Kind, Object};
use structures::list::{Direction, Run, flat};
use structures::{integers, ordered, packed, scored};

/// A string value, or the value of a field.
pub(crate) fn text(entry: &Entry) -> Cow<'_, [u8]> {
    match entry.kind() {
        Kind::Integer => {
            let mut buffer = NumberBuffer::new();
            Cow::Owned(format_i64(entry.integer(), &mut buffer).to_vec())
        }
        Kind::Shared => Cow::Borrowed(entry.shared_text().unwrap_or_default()),
        _ => Cow::Borrowed(entry.payload()),
    }
}

/// A field of a hash: name, value, expiry in unix ms.
pub(crate) type Field<'a> = (&'a [u8], &'a [u8], Option<i64>);

/// What a value is, type by type.
pub(crate) enum Shape<'a> {
    String(Cow<'a, [u8]>),
    Hash(&'a Entry),
    List(&'a Entry),
    Set(&'a Entry),
    SortedSet(&'a Entry),
    Stream(&'a Stream),
}

pub(crate) fn shape(entry: &Entry) -> Shape<'_> {
    match entry.kind() {
        Kind::Text | Kind::Integer | Kind::Shared => Shape::String(text(entry)),
        Kind::PackedHash => Shape::Hash(entry),
        Kind::FlatList => Shape::List(entry),
        Kind::IntegerSet | Kind::PackedSet => Shape::Set(entry),
        Kind::PackedSortedSet => Shape::SortedSet(entry),
        Kind::Object => match entry.object() {
            Some(Object::List(_)) => Shape::List(entry),
            Some(Object::Stream(stream)) => Shape::Stream(stream),
            Some(Object::Hash(_)) | None => Shape::Hash(entry),
            Some(Object::Set(_)) => Shape::Set(entry),
            Some(Object::SortedSet(_)) => Shape::SortedSet(entry),
        },
    }
}

/// Visits the fields of a hash in no particular order.
pub(crate) fn for_each_field(entry: &Entry, mut visit: impl FnMut(Field<'_>)) {
    match entry.object() {
        Some(Object::Hash(hash)) => {
            hash.for_each(|field| visit((field.key(), &text(field), field.expires_at())));
        }
        _ => {
            let bytes = entry.payload();
            for (field, value) in packed::pairs(bytes) {
                visit((field.bytes(bytes), value.bytes(bytes), None));
            }
        }
    }
}

/// Visits the elements of a list in order.
pub(crate) fn for_each_element(entry: &Entry, mut visit: impl FnMut(&[u8])) {
    let mut visit_run = |run: Run<'_>| {
        run.try_for_each::<()>(Direction::Forward, |element| {
            visit(element);
            ControlFlow::Continue(())
        })
    };
    let _ = match entry.object() {
        Some(Object::List(list)) => {
            list.try_for_each_run(0..list.len(), Direction::Forward, visit_run)
        }
        _ => visit_run(flat::run(entry.payload())),
    };
}

/// Visits the members of a set in no particular order, with their expiry in unix ms.
pub(crate) fn for_each_member(entry: &Entry, mut visit: impl FnMut(&[u8], Option<i64>)) {
    let bytes = entry.payload();
    match (entry.kind(), entry.object()) {
        (_, Some(Object::Set(set))) => set.for_each(|it| visit(it.bytes, it.expires_at)),
        (Kind::IntegerSet, _) => {
            for integer in integers::iter(bytes) {
                visit(format_i64(integer, &mut NumberBuffer::new()), None);
            }
        }
        _ => packed::elements(bytes).for_each(|member| visit(member.bytes(bytes), None)),
    }
}

/// Visits the members of a sorted set in ascending order.
pub(crate) fn for_each_scored(entry: &Entry, mut visit: impl FnMut(Stored<'_>)) {
    match entry.object() {
        Some(Object::SortedSet(sorted)) => {
            sorted.iter(0..sorted.len(), ordered::Direction::Ascending).for_each(visit);
        }
        _ => scored::items(entry.payload()).for_each(|item| {
            visit(Stored { member: item.member, score: item.score, expires_at: None });
        }),
    }
}

/// The members of a set or a sorted set that expire, with the time in unix ms.
pub(crate) fn timed_members(entry: &Entry) -> Vec<(Vec<u8>, i64)> {
    let mut timed = Vec::new();
    let mut note = |member: &[u8], expires_at: Option<i64>| {
        timed.extend(expires_at.map(|at| (member.to_vec(), at)));
    };
    match entry.object() {
        Some(object) if object.expiring() == 0 => {}
        Some(Object::Set(_)) => for_each_member(entry, note),
        Some(Object::SortedSet(_)) => for_each_scored(entry, |it| note(it.member, it.expires_at)),
        _ => {}
    }
    timed
}
