//! What the packed encodings (listpack, ziplist, zipmap) have in common.
//!
//! A packed value is one byte string that holds a whole small collection. Its decoders borrow the
//! string, check every length and back-length against it, and yield elements one by one; none of
//! them allocates. An element is either a run of bytes or an integer standing for its decimal
//! text.

use base::number::{NumberBuffer, format_i64};

/// One element of a packed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element<'a> {
    /// A byte string.
    Bytes(&'a [u8]),
    /// The integer whose decimal text is the string.
    Integer(i64),
}

impl<'a> Element<'a> {
    /// The element as the string it stands for, which may be made in `buffer`.
    #[inline]
    pub fn text<'b>(self, buffer: &'b mut NumberBuffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Element::Bytes(bytes) => bytes,
            Element::Integer(value) => format_i64(value, buffer),
        }
    }

    /// The element as the string it stands for.
    pub fn to_vec(self) -> Vec<u8> {
        match self {
            Element::Bytes(bytes) => bytes.to_vec(),
            Element::Integer(value) => decimal(value),
        }
    }
}

/// The decimal text of `value`, exactly allocated.
pub(crate) fn decimal(value: i64) -> Vec<u8> {
    format_i64(value, &mut NumberBuffer::new()).to_vec()
}

/// What is wrong with a packed value, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {reason}")]
pub struct PackedError {
    /// Bytes from the start of the packed string.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// The `N` bytes at `at`, or an error if the packed string ends before.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], PackedError> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().ok_or(PackedError { at, reason: "reaches past the end" })
}

/// The `len` bytes at `at`, or an error if the packed string ends before.
pub(crate) fn slice_at(bytes: &[u8], at: usize, len: usize) -> Result<&[u8], PackedError> {
    let found = at.checked_add(len).and_then(|end| bytes.get(at..end));
    found.ok_or(PackedError { at, reason: "reaches past the end" })
}

/// A signed little-endian integer of `N` bytes (at most 8).
pub(crate) fn signed<const N: usize>(bytes: [u8; N]) -> i64 {
    let mut wide = [0u8; 8];
    wide[8 - N..].copy_from_slice(&bytes);
    // The value sits in the high bytes, so shifting down extends its sign.
    i64::from_le_bytes(wide) >> (64 - 8 * N)
}
