//! What a snapshot has to remember about an entry: two bits of its first byte.
//!
//! ```text
//!   00   not saved yet; also the state of every entry while no snapshot runs
//!   01   saved: its state at the cut was handed over, or it came after the cut
//!   10   owed: the snapshot is writing it piece by piece
//! ```
//!
//! An entry keeps the bits whatever becomes of its value. What they mean to writers and to the walk
//! is in `snapshot`; a copy of an entry has none.

use super::{Entry, Kind};

const SHIFT: u32 = 6;
const MASK: u8 = 0b11 << SHIFT;

/// What the running snapshot has of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Saving {
    /// Nothing.
    Unsaved = 0,
    /// All that it wants.
    Saved = 1,
    /// It has begun to write the value, which must not change.
    Owed = 2,
}

impl Entry {
    /// What the running snapshot has of it.
    #[inline(always)]
    pub fn saving(&self) -> Saving {
        match self.bytes(0, 1)[0] >> SHIFT {
            0 => Saving::Unsaved,
            1 => Saving::Saved,
            _ => Saving::Owed,
        }
    }

    /// Notes what the running snapshot has of it; the caller holds the stripe.
    #[inline(always)]
    pub fn set_saving(&self, saving: Saving) {
        // SAFETY: byte 0 of our block, which is lent to nobody; the caller holds the stripe (see
        // `Sync`).
        unsafe { *self.at(0) = *self.at(0) & !MASK | (saving as u8) << SHIFT };
    }

    /// The same key and value once more, unless the value is a big collection. Text in a block of
    /// its own is shared, the rest copied.
    pub fn copied(&self) -> Option<Self> {
        let header = self.header();
        let flags = header.flags & !MASK;
        match self.kind() {
            Kind::Object => None,
            Kind::Shared => {
                let text = self.shared()?;
                Some(Self::with_shared(self.key(), text, self.expires_at(), self.stamp()))
            }
            _ => Some(Self::build(
                flags,
                self.key(),
                self.payload(),
                self.expires_at(),
                self.stamp(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Payload, Stamp};

    #[test]
    fn the_bits_survive_changes_of_the_value_and_stay_behind_when_it_is_copied() {
        let text = vec![b'x'; 40_000];
        let payloads = [Payload::Text(b"v"), Payload::Integer(7), Payload::Text(&text)];
        for saving in [Saving::Unsaved, Saving::Saved, Saving::Owed] {
            let mut entry = Entry::new(b"k", Payload::Text(b"before"), None, Stamp::default());
            entry.set_saving(saving);
            for payload in payloads {
                entry.set_payload(payload);
                entry.set_expires_at(Some(9));
                entry.set_expires_at(None);
                assert_eq!(entry.saving(), saving);
                let copy = entry.copied().expect("no collection");
                assert_eq!(copy.saving(), Saving::Unsaved);
                assert_eq!((copy.kind(), copy.key()), (entry.kind(), b"k".as_slice()));
                assert_eq!(copy.shared_text(), entry.shared_text());
            }
            assert_eq!(entry.renamed(b"other").saving(), saving);
        }
    }
}
