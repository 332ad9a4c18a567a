//! How far groups have read, as far as it can be told from a stream's counters.
//!
//! A group's `entries_read` is the number of entries ever added up to its last id. It can be kept
//! up entry by entry while nothing ahead was deleted, and told anew at the ends of the stream.
//! Redis 7.0's rules, to the letter: clients compare the lag.

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
        let none_deleted = self.len == 0 || self.max_deleted_id == StreamId::MIN;
        !none_deleted && self.first_id <= self.max_deleted_id && from <= self.max_deleted_id
    }

    /// How many entries were ever added up to `id`, if that can be told.
    pub fn entries_up_to(&self, id: StreamId) -> Option<u64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if id == self.last_id || (self.len == 0 && id < self.last_id) {
            return Some(self.entries_added);
        }
        let has_gap = self.max_deleted_id != StreamId::MIN && self.max_deleted_id >= self.first_id;
        if id > self.last_id || has_gap {
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
        if self.entries_added == 0 {
            return Some(0);
        }
        let read = match group.entries_read {
            Some(read) if !self.has_gap_from(group.last_id) => Some(read),
            _ => self.entries_up_to(group.last_id),
        };
        read.map(|read| self.entries_added.wrapping_sub(read) as i64)
    }

    /// A group has read the entry `id`: what its `entries_read` is then.
    pub fn entries_read_after(&self, before: Option<u64>, id: StreamId) -> Option<u64> {
        match before {
            Some(read) if !self.has_gap_from(id) => Some(read + 1),
            _ if self.entries_added > 0 => self.entries_up_to(id),
            before => before,
        }
    }
}
