//! The names of encodings, which clients ask for with OBJECT ENCODING.
//!
//! How values are kept here has more forms, and sometimes fewer; the name is the one that Redis
//! would have for a value of these elements under the same settings. From Redis 7.2 on, small sets
//! and lists have the name `listpack` (`Follows::names_listpacks`).
//!
//! Not here: how values are kept (`keyspace`, `structures`).

use std::ops::ControlFlow;

use base::number::parse_i64;
use keyspace::{Entry, Kind, Object};
use structures::list::{Direction, List, Sizing};

use crate::context::Limits;
use crate::hashes;

/// Text up to this length shows as `embstr` unless it was changed in place.
const EMBEDDED_MAX: usize = 44;
/// Bytes of an empty listpack: its size, its count, its end.
const LISTPACK_EMPTY: usize = 7;
/// Once longer than a listpack may be, a list has to shrink to this share of it to be one again.
const SHRUNK_SHARE: usize = 2;

/// The encoding in Redis's words; those of strings say less about ours.
pub fn encoding(entry: &Entry, limits: &Limits) -> &'static str {
    let names_listpacks = limits.follows.names_listpacks();
    match entry.kind() {
        Kind::Integer => "int",
        Kind::Text if entry.payload().len() <= EMBEDDED_MAX && !entry.is_edited() => "embstr",
        Kind::Text | Kind::Shared => "raw",
        Kind::PackedSortedSet => "listpack",
        Kind::IntegerSet => "intset",
        Kind::FlatList | Kind::PackedSet if names_listpacks => "listpack",
        Kind::FlatList => "quicklist",
        // Redis 7.0 does not pack sets of anything but integers.
        Kind::PackedSet => "hashtable",
        Kind::Object => match entry.object() {
            Some(Object::List(list)) if names_listpacks && is_listpack(list, &limits.lists) => {
                "listpack"
            }
            Some(Object::List(_)) => "quicklist",
            Some(Object::SortedSet(_)) => "skiplist",
            Some(Object::Stream(_)) => "stream",
            Some(Object::Set(_)) => "hashtable",
            Some(Object::Hash(_)) | None => hashes::encoding_name(entry).unwrap_or("hashtable"),
        },
        Kind::PackedHash => hashes::encoding_name(entry).unwrap_or("listpack"),
    }
}

/// Whether Redis would have this list in one listpack.
fn is_listpack(list: &List, sizing: &Sizing) -> bool {
    let share = if list.has_outgrown_one_chunk() { SHRUNK_SHARE } else { 1 };
    list.is_one_chunk()
        && list.len() <= sizing.count_max / share
        && listpack_size(list) <= sizing.size_max / share
}

/// Bytes of a listpack of these elements.
fn listpack_size(list: &List) -> usize {
    let mut size = LISTPACK_EMPTY;
    let _ = list.try_for_each_run::<()>(0..list.len(), Direction::Forward, |run| {
        run.try_for_each(Direction::Forward, |element| {
            size += listpack_element_size(element);
            ControlFlow::Continue(())
        })
    });
    size
}

/// Bytes of an element: its head, what follows that, and its length for walking backward.
fn listpack_element_size(element: &[u8]) -> usize {
    let size = match (parse_i64(element), element.len()) {
        (Some(0..=127), _) => 1,
        (Some(-4096..=4095), _) => 2,
        (Some(-0x8000..=0x7fff), _) => 3,
        (Some(-0x80_0000..=0x7f_ffff), _) => 4,
        (Some(-0x8000_0000..=0x7fff_ffff), _) => 5,
        (Some(_), _) => 9,
        (None, len @ ..64) => 1 + len,
        (None, len @ ..4096) => 2 + len,
        (None, len) => 5 + len,
    };
    size + match size {
        0..128 => 1,
        128..16_384 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_take_what_a_listpack_gives_them() {
        for (element, size) in
            [("0", 2), ("127", 2), ("128", 3), ("-4096", 3), ("4096", 4), ("-8388608", 5)]
        {
            assert_eq!(listpack_element_size(element.as_bytes()), size, "{element}");
        }
        for (element, size) in [("2147483647", 6), ("2147483648", 10), ("", 2), ("01", 4)] {
            assert_eq!(listpack_element_size(element.as_bytes()), size, "{element}");
        }
        assert_eq!(listpack_element_size(&[b'x'; 63]), 1 + 63 + 1);
        assert_eq!(listpack_element_size(&[b'x'; 64]), 2 + 64 + 1);
        assert_eq!(listpack_element_size(&[b'x'; 5000]), 5 + 5000 + 2);
    }
}
