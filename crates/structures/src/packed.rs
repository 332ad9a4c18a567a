//! Packed strings: the flat form of small collections.
//!
//! ```text
//!   element:  length (varint, 1..=5 bytes) | bytes
//!   pairs:    field element | value element | field element | ...
//! ```
//!
//! Functions over byte slices; the owner of the bytes splices them. A packed
//! sequence has no header and no terminator: its owner knows its length in bytes.

use base::bytes::{read_varint, varint_len, write_varint};

/// Where an element lies, as offsets into the packed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Of its length prefix.
    pub start: usize,
    /// Of its first byte.
    pub data: usize,
    /// One past its last byte, where the next element starts.
    pub end: usize,
}

impl Element {
    /// The element that begins at `start`, or `None` at the end and where the bytes break off.
    #[inline]
    pub fn at(packed: &[u8], start: usize) -> Option<Self> {
        let (len, width) = read_varint(packed.get(start..)?)?;
        let data = start + width;
        // Compared before it is added: a length out of bad bytes may be anything.
        let fits = len <= (packed.len() - data) as u64;
        fits.then(|| Self { start, data, end: data + len as usize })
    }

    /// Its bytes.
    #[inline]
    pub fn bytes<'a>(&self, packed: &'a [u8]) -> &'a [u8] {
        packed.get(self.data..self.end).unwrap_or_default()
    }
}

/// Where the element lies that comes `count` elements after the one that begins at `start`; the end
/// of the bytes if there are fewer.
#[inline]
pub fn skip(packed: &[u8], start: usize, count: usize) -> usize {
    let mut at = start;
    for _ in 0..count {
        at = match packed.get(at) {
            Some(&len) if len < 0x80 => at + 1 + usize::from(len),
            Some(_) => Element::at(packed, at).map_or(packed.len(), |element| element.end),
            None => return packed.len(),
        };
    }
    at.min(packed.len())
}

/// Bytes that an element of `len` bytes takes.
pub fn element_len(len: usize) -> usize {
    varint_len(len as u64) + len
}

/// Appends an element.
pub fn push(packed: &mut Vec<u8>, bytes: &[u8]) {
    let mut prefix = [0; 10];
    let width = write_varint(&mut prefix, bytes.len() as u64);
    packed.extend_from_slice(&prefix[..width]);
    packed.extend_from_slice(bytes);
}

/// The elements in order.
pub fn elements(packed: &[u8]) -> impl Iterator<Item = Element> + '_ {
    let mut next = 0;
    std::iter::from_fn(move || {
        let element = Element::at(packed, next)?;
        next = element.end;
        Some(element)
    })
}

/// The (field, value) elements in order.
pub fn pairs(packed: &[u8]) -> impl Iterator<Item = (Element, Element)> + '_ {
    let mut elements = elements(packed);
    std::iter::from_fn(move || Some((elements.next()?, elements.next()?)))
}

/// The pair whose field equals `field`. O(n).
pub fn find_pair(packed: &[u8], field: &[u8]) -> Option<(Element, Element)> {
    pairs(packed).find(|(name, _)| name.bytes(packed) == field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_beyond_the_bytes_ends_the_elements() {
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        for packed in [&[2, b'a'][..], &[0x80], &huge] {
            assert_eq!(elements(packed).next(), None);
        }
        assert_eq!(elements(&[1, b'a', 9]).count(), 1);
    }

    proptest! {
        #[test]
        fn elements_come_back_in_order(items: Vec<Vec<u8>>) {
            let mut packed = Vec::new();
            for item in &items {
                push(&mut packed, item);
            }
            let back: Vec<&[u8]> = elements(&packed).map(|e| e.bytes(&packed)).collect();
            prop_assert_eq!(&back, &items);
            let lens = items.iter().map(|item| element_len(item.len()));
            prop_assert_eq!(packed.len(), lens.sum::<usize>());
            let mut starts: Vec<usize> = elements(&packed).map(|element| element.start).collect();
            starts.extend([packed.len(), packed.len()]);
            for (first, start) in starts.iter().enumerate() {
                for (count, end) in starts[first..].iter().enumerate() {
                    prop_assert_eq!(skip(&packed, *start, count), *end);
                }
            }
        }

        #[test]
        fn the_first_equal_field_is_found(items: Vec<(Vec<u8>, Vec<u8>)>, wanted in 0usize..8) {
            let mut packed = Vec::new();
            for (field, value) in &items {
                push(&mut packed, field);
                push(&mut packed, value);
            }
            if let Some((field, _)) = items.get(wanted) {
                let (_, value) = find_pair(&packed, field).expect("it is there");
                let expected = items.iter().find(|(f, _)| f == field).map(|(_, v)| v.as_slice());
                prop_assert_eq!(Some(value.bytes(&packed)), expected);
            }
        }
    }
}
