//! How far groups have read, as far as it can be told from a stream's counters.
//!
//! A group's `entries_read` is the number of entries ever added up to its last id. It can be kept
//! up entry by entry while nothing ahead was deleted, and told anew at the ends of the stream.
//! Redis 8's rules, to the letter: clients compare the lag. (Redis 7.0's told wrong numbers after
//! some deletions.)

use super::group::Group;
use super::id::StreamId;

/// A stream's counters at one time.
#[derive(Clone, Copy, Debug)]
pub struct Counters {
    pub(super) len: u64,
    pub(super) first_id: StreamId,
    pub(super) last_id: StreamId,
    pub(super) max_deleted_id: StreamId,
    pub(super) entries_added: u64,
}

impl Counters {
    /// Whether an entry from `from` on may have been deleted from between others.
    pub fn has_gap_from(&self, from: StreamId) -> bool {
        self.len > 0 && self.max_deleted_id != StreamId::MIN && from <= self.max_deleted_id
    }

    /// How many entries were ever added up to `id`, if that can be told.
    pub fn entries_up_to(&self, id: StreamId) -> Option<u64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if self.len == 0 && id <= self.last_id {
            return Some(self.entries_added);
        }
        let is_before_gap = id != StreamId::MIN && id < self.max_deleted_id;
        if is_before_gap || id > self.last_id {
            return None;
        }
        if id == self.last_id {
            return Some(self.entries_added);
        }
        if self.max_deleted_id != StreamId::MIN && self.max_deleted_id >= self.first_id {
            return None;
        }
        let before_first = self.entries_added.wrapping_sub(self.len);
        match id.cmp(&self.first_id) {
            std::cmp::Ordering::Less => Some(before_first),
            std::cmp::Ordering::Equal => Some(before_first.wrapping_add(1)),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// How many entries a group has not read yet, if that can be told.
    pub fn lag(&self, group: &Group) -> Option<i64> {
        if self.entries_added == 0 || self.len == 0 {
            return Some(0);
        }
        if group.last_id < self.first_id && self.max_deleted_id < self.first_id {
            return Some(self.len as i64);
        }
        let read = match group.entries_read {
            Some(read) if !self.has_gap_from(group.last_id) => Some(read),
            _ => self.entries_up_to(group.last_id),
        };
        read.map(|read| self.entries_added.wrapping_sub(read) as i64)
    }

    /// A group whose last entry was `last` has read the entry `id`: what its `entries_read` is
    /// then, if it was `before`. What was trimmed meanwhile it did not read.
    pub fn entries_read_after(
        &self,
        before: Option<u64>,
        last: StreamId,
        id: StreamId,
    ) -> Option<u64> {
        match before {
            Some(read) if last >= self.first_id && !self.has_gap_from(last) => Some(read + 1),
            _ if self.entries_added > 0 => self.entries_up_to(id),
            before => before,
        }
    }
}
