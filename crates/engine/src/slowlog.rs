//! The slow log: the last requests that ran longer than `slowlog-log-slower-than`.
//!
//! Long requests are shortened as Redis does: at most 32 arguments of at most 128 bytes, the rest
//! told by number.

use std::collections::VecDeque;

use parking_lot::Mutex;
use protocol::Request;

use crate::trace::Stages;

const ARGUMENTS_MAX: usize = 32;
const ARGUMENT_BYTES_MAX: usize = 128;

/// A slow request.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    pub(crate) id: u64,
    pub(crate) unix_s: i64,
    pub(crate) microseconds: u64,
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) stages: Stages,
}

#[derive(Default)]
struct Entries {
    list: VecDeque<Slow>,
    next_id: u64,
}

/// The slow log, newest first.
#[derive(Default)]
pub(crate) struct Slowlog(Mutex<Entries>);

impl Slowlog {
    /// Enters a request, and forgets the oldest beyond `max_len`. Returns its id, set here.
    pub(crate) fn enter(&self, mut slow: Slow, max_len: usize) -> u64 {
        let mut entries = self.0.lock();
        let id = entries.next_id;
        slow.id = id;
        entries.next_id += 1;
        entries.list.push_front(slow);
        entries.list.truncate(max_len);
        id
    }

    /// The output of a request is sent: what came after it took so many nanoseconds.
    pub(crate) fn complete(&self, id: u64, fsync: u64, write: u64) {
        let mut entries = self.0.lock();
        // The newest is in front, and ids have no gaps.
        let newest = entries.next_id.wrapping_sub(1);
        let at = usize::try_from(newest.wrapping_sub(id)).unwrap_or(usize::MAX);
        if let Some(slow) = entries.list.get_mut(at).filter(|slow| slow.id == id) {
            slow.stages.fsync = Some(fsync);
            slow.stages.write = Some(write);
        }
    }

    /// The newest `count`.
    pub(crate) fn newest(&self, count: usize) -> Vec<Slow> {
        self.0.lock().list.iter().take(count).cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().list.len()
    }

    pub(crate) fn reset(&self) {
        self.0.lock().list.clear();
    }
}

/// The arguments of a request, shortened.
pub(crate) fn shortened(request: Request<'_>) -> Vec<Vec<u8>> {
    let kept = if request.len() > ARGUMENTS_MAX { ARGUMENTS_MAX - 1 } else { request.len() };
    let mut arguments: Vec<Vec<u8>> = request.iter().take(kept).map(shortened_argument).collect();
    if kept < request.len() {
        arguments.push(format!("... ({} more arguments)", request.len() - kept).into_bytes());
    }
    arguments
}

fn shortened_argument(argument: &[u8]) -> Vec<u8> {
    if argument.len() <= ARGUMENT_BYTES_MAX {
        return argument.to_vec();
    }
    let mut text = argument[..ARGUMENT_BYTES_MAX].to_vec();
    let more = argument.len() - ARGUMENT_BYTES_MAX;
    text.extend_from_slice(format!("... ({more} more bytes)").as_bytes());
    text
}
