//! The ids of stream entries: two numbers, of which the first is mostly a time.

use base::number::{NumberBuffer, format_u64};

/// The id of an entry. Ids order by time, then by sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// Unix time in ms, or whatever the client likes to count.
    pub ms: u64,
    /// Tells entries of one millisecond apart.
    pub seq: u64,
}

/// Longest text of an id: two times twenty digits and a dash.
const TEXT_MAX: usize = 41;

/// The text of an id, `ms-seq`.
#[derive(Clone, Copy)]
pub struct IdText {
    bytes: [u8; TEXT_MAX],
    len: usize,
}

impl IdText {
    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl StreamId {
    /// The least id, which no entry has.
    pub const MIN: Self = Self { ms: 0, seq: 0 };
    /// The greatest id.
    pub const MAX: Self = Self { ms: u64::MAX, seq: u64::MAX };

    /// An id of its parts.
    pub const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// The id that comes right after.
    pub fn next(self) -> Option<Self> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => Some(Self { ms: self.ms.checked_add(1)?, seq: 0 }),
        }
    }

    /// The id that comes right before.
    pub fn previous(self) -> Option<Self> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => Some(Self { ms: self.ms.checked_sub(1)?, seq: u64::MAX }),
        }
    }

    /// The id as text.
    pub fn text(self) -> IdText {
        let mut text = IdText { bytes: [0; TEXT_MAX], len: 0 };
        let mut buffer = NumberBuffer::new();
        let mut push = |part: &[u8]| {
            text.bytes[text.len..text.len + part.len()].copy_from_slice(part);
            text.len += part.len();
        };
        push(format_u64(self.ms, &mut buffer));
        push(b"-");
        push(format_u64(self.seq, &mut buffer));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_cross_milliseconds_and_stop_at_the_ends() {
        let id = StreamId::new;
        assert_eq!(id(1, u64::MAX).next(), Some(id(2, 0)));
        assert_eq!(id(2, 0).previous(), Some(id(1, u64::MAX)));
        assert_eq!(id(7, 4).next(), Some(id(7, 5)));
        assert_eq!(id(7, 5).previous(), Some(id(7, 4)));
        assert_eq!(StreamId::MAX.next(), None);
        assert_eq!(StreamId::MIN.previous(), None);
        assert!(id(1, 9) < id(2, 0));
    }

    #[test]
    fn the_longest_text_fits() {
        let expected = "18446744073709551615-18446744073709551615";
        assert_eq!(StreamId::MAX.text().as_bytes(), expected.as_bytes());
        assert_eq!(StreamId::new(5, 0).text().as_bytes(), b"5-0");
    }
}
