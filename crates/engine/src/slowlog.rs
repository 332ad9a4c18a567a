//! The slow log: the last requests that ran longer than `slowlog-log-slower-than`.
//!
//! Long requests are shortened as Redis does: at most 32 arguments of at most 128 bytes, the rest
//! told by number.

use std::collections::VecDeque;

use parking_lot::Mutex;
use protocol::Request;

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
    /// Enters a request (its id is set here), and forgets the oldest beyond `max_len`.
    pub(crate) fn enter(&self, mut slow: Slow, max_len: usize) {
        let mut entries = self.0.lock();
        slow.id = entries.next_id;
        entries.next_id += 1;
        entries.list.push_front(slow);
        entries.list.truncate(max_len);
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
