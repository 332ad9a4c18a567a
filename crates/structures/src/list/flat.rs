//! A short list as bytes inside of something else, such as a key's entry.
//!
//! ```text
//!   |3|a b c|d e f|                      all elements have 3 bytes: 1 to 254
//!   |255|2|5|h e l l o|2|h i|            mixed: how many, then each behind its length
//! ```
//!
//! An empty list has no bytes.
//!
//! Must be true: at most `FLAT_COUNT_MAX` elements in at most `FLAT_SIZE_MAX` bytes. Popping from
//! the back of a mixed list looks at all elements, and changes in the middle write the whole list
//! anew; the limits keep that short.

use std::ops::{ControlFlow, Range};

use base::bytes::{VARINT_LEN_MAX, write_varint};

use super::Sizing;
use super::buffer::End;
use super::run::{Direction, Run};
use crate::packed::{element_len, push as push_packed};

/// The most elements of a flat list.
pub const FLAT_COUNT_MAX: usize = 128;
/// The most bytes of a flat list.
pub const FLAT_SIZE_MAX: usize = 1024;

const MIXED: u8 = 255;
const SAME_LEN_MAX: u8 = MIXED - 1;
/// Bytes before the elements.
const SAME_HEADER: usize = 1;
const MIXED_HEADER: usize = 2;

/// Whoever owns the bytes of a flat list.
pub trait FlatOwner {
    /// The bytes.
    fn bytes(&self) -> &[u8];
    /// The bytes, for changing some.
    fn bytes_mut(&mut self) -> &mut [u8];
    /// Replaces `remove` bytes at `at` by the pieces.
    fn splice(&mut self, at: usize, remove: usize, pieces: &[&[u8]]);
}

/// The elements.
#[inline(always)]
pub fn run(bytes: &[u8]) -> Run<'_> {
    match bytes {
        [MIXED, count, elements @ ..] => {
            Run::Prefixed { bytes: elements, count: usize::from(*count) }
        }
        [len @ 1..=SAME_LEN_MAX, elements @ ..] => {
            let len = usize::from(*len);
            Run::Same { bytes: elements, len, count: elements.len() / len }
        }
        _ => Run::Same { bytes: &[], len: 1, count: 0 },
    }
}

/// Adds an element at an end. False, and nothing done, if it does not fit.
#[inline]
pub fn push(owner: &mut impl FlatOwner, end: End, element: &[u8], sizing: &Sizing) -> bool {
    let bytes = owner.bytes();
    let (size, run) = (bytes.len(), run(bytes));
    let count_max = FLAT_COUNT_MAX.min(sizing.count_max);
    if run.count() >= count_max || element.len() > sizing.flat_element_max {
        return false;
    }
    match run {
        Run::Same { len, .. } if len == element.len() && size > 0 => {
            if size + len > FLAT_SIZE_MAX {
                return false;
            }
            let at = if end == End::Front { SAME_HEADER } else { size };
            owner.splice(at, 0, &[element]);
            true
        }
        Run::Prefixed { count, .. } => {
            if size + element_len(element.len()) > FLAT_SIZE_MAX {
                return false;
            }
            let mut prefix = [0; VARINT_LEN_MAX];
            let width = write_varint(&mut prefix, element.len() as u64);
            let (prefix, count) = (&prefix[..width], count as u8 + 1);
            match end {
                End::Front => owner.splice(1, 1, &[&[count], prefix, element]),
                End::Back => {
                    owner.splice(size, 0, &[prefix, element]);
                    set_count(owner, count);
                }
            }
            true
        }
        _ => {
            let index = if end == End::Front { 0 } else { run.count() };
            insert(owner, index, element, sizing)
        }
    }
}

fn set_count(owner: &mut impl FlatOwner, count: u8) {
    if let Some(place) = owner.bytes_mut().get_mut(1) {
        *place = count;
    }
}

/// Removes the `count` elements at an end, at most all.
#[inline]
pub fn pop(owner: &mut impl FlatOwner, end: End, count: usize) {
    let bytes = owner.bytes();
    let (size, run) = (bytes.len(), run(bytes));
    let kept = run.count().saturating_sub(count);
    if kept == 0 {
        return owner.splice(0, size, &[]);
    }
    match (run, end) {
        (Run::Prefixed { .. }, End::Front) => {
            let removed = run.slice(0..count).size();
            owner.splice(1, 1 + removed, &[&[kept as u8]]);
        }
        (Run::Prefixed { .. }, End::Back) => {
            let at = MIXED_HEADER + run.slice(0..kept).size();
            owner.splice(at, size - at, &[]);
            set_count(owner, kept as u8);
        }
        (_, End::Front) => owner.splice(SAME_HEADER, run.slice(0..count).size(), &[]),
        (_, End::Back) => {
            let removed = run.slice(kept..run.count()).size();
            owner.splice(size - removed, removed, &[]);
        }
    }
}

/// Inserts an element before the one at `index`, which is at most the length. False, and nothing
/// done, if it does not fit.
pub fn insert(owner: &mut impl FlatOwner, index: usize, element: &[u8], sizing: &Sizing) -> bool {
    edit(owner, index..index, element, sizing)
}

/// Replaces the element at `index`, below the length. False, and nothing done, if that does not
/// fit.
pub fn set(owner: &mut impl FlatOwner, index: usize, element: &[u8], sizing: &Sizing) -> bool {
    edit(owner, index..index + 1, element, sizing)
}

/// Removes up to `limit` elements that equal `element`, the first or the last ones. Returns how
/// many.
pub fn remove_equal(
    owner: &mut impl FlatOwner,
    element: &[u8],
    limit: usize,
    direction: Direction,
) -> usize {
    let all = run(owner.bytes());
    let (mut kept, mut removed) = (Vec::with_capacity(all.count()), 0);
    let _ = all.try_for_each::<()>(direction, |each| {
        if removed < limit && each == element {
            removed += 1;
        } else {
            kept.push(each);
        }
        ControlFlow::Continue(())
    });
    if removed > 0 {
        if direction == Direction::Backward {
            kept.reverse();
        }
        let bytes = pack(&kept);
        replace(owner, &bytes);
    }
    removed
}

/// Replaces the elements `range` by one.
fn edit(owner: &mut impl FlatOwner, range: Range<usize>, element: &[u8], sizing: &Sizing) -> bool {
    let all = run(owner.bytes());
    let count_max = FLAT_COUNT_MAX.min(sizing.count_max);
    if all.count() - range.len() >= count_max || element.len() > sizing.flat_element_max {
        return false;
    }
    let mut list = Vec::with_capacity(all.count() + 1);
    let _ = all.try_for_each::<()>(Direction::Forward, |each| {
        list.push(each);
        ControlFlow::Continue(())
    });
    list.splice(range, [element]);
    let bytes = pack(&list);
    if bytes.len() > FLAT_SIZE_MAX {
        return false;
    }
    replace(owner, &bytes);
    true
}

fn replace(owner: &mut impl FlatOwner, bytes: &[u8]) {
    let size = owner.bytes().len();
    owner.splice(0, size, &[bytes]);
}

/// The bytes of a flat list of at most 255 elements.
fn pack(list: &[&[u8]]) -> Vec<u8> {
    let Some(first) = list.first() else { return Vec::new() };
    let mut bytes =
        Vec::with_capacity(MIXED_HEADER + list.iter().map(|it| it.len() + 2).sum::<usize>());
    let is_same = list.iter().all(|each| each.len() == first.len());
    match u8::try_from(first.len()) {
        Ok(len @ 1..=SAME_LEN_MAX) if is_same => {
            bytes.push(len);
            list.iter().for_each(|each| bytes.extend_from_slice(each));
        }
        _ => {
            bytes.extend([MIXED, list.len() as u8]);
            list.iter().for_each(|each| push_packed(&mut bytes, each));
        }
    }
    bytes
}

impl FlatOwner for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }

    fn splice(&mut self, at: usize, remove: usize, pieces: &[&[u8]]) {
        if at == self.len() {
            return pieces.iter().for_each(|piece| self.extend_from_slice(piece));
        }
        Vec::splice(self, at..at + remove, pieces.concat());
    }
}
