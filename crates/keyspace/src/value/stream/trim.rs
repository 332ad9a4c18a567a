//! Entries go from the front of a stream, and what becomes of groups that still refer to them.
//!
//! Must be true: what is exact depends on the entries and the groups alone, not on the blocks, so
//! that who replays the log removes the same entries.

use super::id::StreamId;
use super::{Group, Stream};

/// What remains of a stream that is trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// So many of the newest entries.
    Newest(u64),
    /// Entries from this id on.
    From(StreamId),
}

/// How exactly a stream is trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// To the entry.
    Exact,
    /// Only whole blocks go, and no more entries than this (0: no limit).
    Blocks(u64),
}

/// What becomes of pending entries when their entries go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum References {
    /// They stay pending.
    #[default]
    Keep,
    /// They go as well.
    Remove,
    /// Only entries go that every group has read and acknowledged.
    Respect,
}

impl Stream {
    /// Removes entries from the front. Gives how many, and a stream of the blocks that went, which
    /// may be costly to free.
    pub fn trim(&mut self, keep: Keep, cut: Cut) -> (u64, Stream) {
        let mut gone = Stream::default();
        let mut count = 0;
        while let Some(head) = self.blocks.first_entry() {
            let live = head.get().live();
            if matches!(keep, Keep::Newest(newest) if self.len <= newest) {
                break;
            }
            if matches!(cut, Cut::Blocks(limit) if limit > 0 && count + live > limit) {
                break;
            }
            let goes = match keep {
                Keep::Newest(newest) => self.len - live >= newest,
                Keep::From(id) => head.get().last() < id,
            };
            if !goes {
                break;
            }
            let (first, block) = head.remove_entry();
            gone.blocks.insert(first, block);
            self.len -= live;
            count += live;
        }
        if cut == Cut::Exact {
            count += self.trim_first_block(keep);
        }
        (count, gone)
    }

    /// Removes entries from within the first block.
    fn trim_first_block(&mut self, keep: Keep) -> u64 {
        let len = self.len;
        let Some(mut head) = self.blocks.first_entry() else { return 0 };
        let first = *head.key();
        let mut excess = match keep {
            Keep::Newest(newest) => len.saturating_sub(newest),
            Keep::From(_) => 0,
        };
        let count = head.get_mut().remove_front(first, |id| match keep {
            Keep::From(from) => id < from,
            Keep::Newest(_) if excess > 0 => {
                excess -= 1;
                true
            }
            Keep::Newest(_) => false,
        });
        self.len -= count;
        count
    }

    /// As [`trim`](Self::trim), but looks at what groups refer to. Gives the ids that went.
    pub fn trim_with(&mut self, keep: Keep, cut: Cut, references: References) -> Vec<StreamId> {
        let mut gone = Vec::new();
        let Some(end) = self.end_of_trim(keep, references) else { return gone };
        let mut from = StreamId::MIN;
        while from <= end {
            let Some((_, block)) = self.blocks.range(from..=end).next() else { break };
            let (live, last) = (block.live(), block.last());
            if let Cut::Blocks(limit) = cut {
                let goes = match keep {
                    Keep::Newest(newest) => self.len - live >= newest,
                    Keep::From(id) => last < id,
                };
                if !goes || limit > 0 && gone.len() as u64 + live > limit {
                    break;
                }
            }
            let ids: Vec<StreamId> =
                self.range(from, last.min(end)).map(|entry| entry.id).collect();
            for id in ids {
                if matches!(keep, Keep::Newest(newest) if self.len <= newest) {
                    return gone;
                }
                if self.remove_with(id, references) == Some(true) {
                    gone.push(id);
                }
            }
            let Some(next) = last.next() else { break };
            from = next;
        }
        gone
    }

    /// The last id that may go.
    fn end_of_trim(&self, keep: Keep, references: References) -> Option<StreamId> {
        let end = match keep {
            Keep::Newest(_) => StreamId::MAX,
            Keep::From(id) => id.previous()?,
        };
        // What a group has not read stays.
        let read = self.groups.values().map(|group| group.last_id).min();
        Some(read.filter(|_| references == References::Respect).map_or(end, |id| id.min(end)))
    }

    /// Removes the entry with this id as far as what groups refer to allows; `None`: it stays,
    /// false: there is none. `max_deleted_id` is the caller's.
    pub fn remove_with(&mut self, id: StreamId, references: References) -> Option<bool> {
        match references {
            References::Keep => {}
            References::Remove => _ = self.acknowledge_everywhere(id),
            References::Respect if self.is_referred_to(id) => return None,
            References::Respect => {}
        }
        Some(self.remove(id))
    }

    /// Whether a group has yet to read or to acknowledge the entry with this id.
    pub fn is_referred_to(&self, id: StreamId) -> bool {
        let mut groups = self.groups.values();
        groups.any(|group| group.last_id < id || group.pending().contains_key(&id))
    }

    /// No group has the entry pending any more; how many had.
    pub fn acknowledge_everywhere(&mut self, id: StreamId) -> usize {
        let acknowledge = |group: &mut Group| group.acknowledge(id);
        self.groups.values_mut().map(acknowledge).filter(|was_pending| *was_pending).count()
    }
}
