//! An item that is a number: for tables of what lies somewhere else.
#![allow(unsafe_code)]

use super::Word;

/// A 32-bit number that a table can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(pub u32);

// SAFETY: one more than the number, times 8, is neither zero nor above 2^36, and the number can be
// had back from it. Nothing is owned.
unsafe impl Word for Handle {
    fn into_word(self) -> u64 {
        (u64::from(self.0) + 1) << 3
    }

    unsafe fn from_word(word: u64) -> Self {
        Self(((word >> 3) - 1) as u32)
    }
}
