//! What was fed lately: chunks in order, from the first that somebody may still need.

use std::collections::VecDeque;
use std::sync::Arc;

/// The history of the feed.
#[derive(Default)]
pub(super) struct History {
    chunks: VecDeque<Chunk>,
    /// Offset of the first byte that is kept, and behind the last.
    start: u64,
    end: u64,
    is_kept: bool,
}

struct Chunk {
    start: u64,
    bytes: Arc<Vec<u8>>,
}

impl History {
    /// The feed begins at this offset, unless it has begun already.
    pub(super) fn begin(&mut self, offset: u64) {
        if !self.is_kept {
            *self = Self { start: offset, end: offset, is_kept: true, ..Self::default() };
        }
    }

    /// The feed has ended.
    pub(super) fn end_feed(&mut self) {
        *self = Self { start: self.end, end: self.end, ..Self::default() };
    }

    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Adds what was fed.
    pub(super) fn push(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() || !self.is_kept {
            return;
        }
        let start = self.end;
        self.end += bytes.len() as u64;
        self.chunks.push_back(Chunk { start, bytes: Arc::new(bytes) });
    }

    /// The chunk that holds the byte at an offset, and how much of it lies before that.
    pub(super) fn at(&self, offset: u64) -> Option<(Arc<Vec<u8>>, usize)> {
        let index = self.chunks.partition_point(|chunk| chunk.start <= offset).checked_sub(1)?;
        let chunk = &self.chunks[index];
        let skipped = (offset - chunk.start) as usize;
        (skipped < chunk.bytes.len()).then(|| (Arc::clone(&chunk.bytes), skipped))
    }

    /// Forgets what nobody needs: everything before `needed` but for the last `kept` bytes.
    pub(super) fn trim(&mut self, needed: u64, kept: u64) {
        let limit = needed.min(self.end.saturating_sub(kept));
        while let Some(chunk) = self.chunks.front() {
            let end = chunk.start + chunk.bytes.len() as u64;
            if end > limit {
                return;
            }
            self.start = end;
            self.chunks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(history: &History, offset: u64) -> Option<String> {
        let (bytes, skipped) = history.at(offset)?;
        Some(String::from_utf8_lossy(&bytes[skipped..]).into_owned())
    }

    #[test]
    fn what_was_fed_is_found_by_offset_until_it_is_forgotten() {
        let mut history = History::default();
        history.push(b"lost".to_vec());
        history.begin(100);
        history.begin(7);
        history.push(b"abc".to_vec());
        history.push(b"defg".to_vec());
        assert_eq!((history.start(), history.end()), (100, 107));
        for (offset, found) in
            [(99, None), (100, Some("abc")), (102, Some("c")), (103, Some("defg")), (107, None)]
        {
            assert_eq!(at(&history, offset).as_deref(), found, "{offset}");
        }
        history.trim(102, 1);
        assert_eq!(history.start(), 100);
        history.trim(105, 5);
        assert_eq!(history.start(), 100);
        history.trim(105, 4);
        assert_eq!((history.start(), at(&history, 101)), (103, None));
        history.end_feed();
        assert_eq!((history.is_kept(), history.start(), history.end()), (false, 107, 107));
    }
}
