//! Variable-length integers, and the escaped text that logs and CLIENT LIST print.
//!
//! A varint is seven bits a byte, lowest group first, the high bit set on all but the last byte:
//! 300 is AC 02. Packed values use it for lengths, most of which fit one byte. It is our own
//! format, unrelated to the lengths in Redis's dump files.
//!
//! Escaping is Redis's: printable ASCII as it is, `\\ \" \n \r \t \a \b`, everything else as
//! `\x` and two lower-case digits.

use std::fmt::Write;

/// The most bytes a varint can take.
pub const VARINT_LEN_MAX: usize = 10;

/// How many bytes `n` takes as a varint, 1 to 10.
#[inline]
pub const fn varint_len(n: u64) -> usize {
    (n | 1).ilog2() as usize / 7 + 1
}

/// Writes `n` at the start of `out` and returns how many bytes it took.
///
/// Panics if `out` is shorter than [`varint_len`]: sizing it is the caller's duty.
#[inline]
pub fn write_varint(out: &mut [u8], n: u64) -> usize {
    if n < 0x80 {
        out[0] = n as u8;
        return 1;
    }
    let mut rest = n;
    let mut at = 0;
    while rest >= 0x80 {
        out[at] = rest as u8 | 0x80;
        rest >>= 7;
        at += 1;
    }
    out[at] = rest as u8;
    at + 1
}

/// Reads a varint at the start of `bytes`: the number and how many bytes it took. `None` if the
/// bytes end within it or it does not fit 64 bits.
#[inline]
pub fn read_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let &first = bytes.first()?;
    if first < 0x80 { Some((u64::from(first), 1)) } else { read_long_varint(bytes) }
}

fn read_long_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (at, &byte) in bytes.iter().take(VARINT_LEN_MAX).enumerate() {
        let group = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit.
        if at == VARINT_LEN_MAX - 1 && group > 1 {
            return None;
        }
        value |= group << (7 * at);
        if byte < 0x80 {
            return Some((value, at + 1));
        }
    }
    None
}

/// Whether two byte strings are equal, for the lengths of keys: up to 32 bytes by two comparisons
/// of the first and the last bytes, which may overlap. The library's comparison is a call, about
/// forty instructions for a key of 16 bytes; this is ten in place.
#[inline(always)]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        17..=32 => {
            a.first_chunk::<16>() == b.first_chunk() && a.last_chunk::<16>() == b.last_chunk()
        }
        _ => a == b,
    }
}

/// `bytes` as printable ASCII, without quotes around them.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    append_escaped(&mut text, bytes);
    text
}

/// As [`escape`], in double quotes.
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    append_escaped(&mut text, bytes);
    text.push('"');
    text
}

fn append_escaped(text: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'"' => text.push_str("\\\""),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x07 => text.push_str("\\a"),
            0x08 => text.push_str("\\b"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn varints_byte_for_byte() {
        let cases: [(u64, &[u8]); 6] = [
            (0, &[0]),
            (127, &[0x7f]),
            (128, &[0x80, 0x01]),
            (300, &[0xac, 0x02]),
            (16_384, &[0x80, 0x80, 0x01]),
            (u64::MAX, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ];
        for (n, bytes) in cases {
            let mut out = [0xee; VARINT_LEN_MAX];
            let len = write_varint(&mut out, n);
            assert_eq!((&out[..len], varint_len(n)), (bytes, bytes.len()));
            assert_eq!(read_varint(bytes), Some((n, bytes.len())));
        }
    }

    #[test]
    fn broken_varints_are_refused() {
        assert_eq!(read_varint(&[]), None);
        assert_eq!(read_varint(&[0x80]), None);
        assert_eq!(read_varint(&[0xff; 9]), None);
        assert_eq!(read_varint(&[0xff; 11]), None);
        let mut too_big = [0xff; 10];
        too_big[9] = 0x02;
        assert_eq!(read_varint(&too_big), None);
    }

    #[test]
    fn same_bytes_are_equal_and_every_other_byte_tells() {
        let bytes: Vec<u8> = (0..70).collect();
        for len in 0..=70 {
            let a = &bytes[..len];
            assert!(same(a, &Vec::from(a)));
            for at in 0..len {
                let mut b = a.to_vec();
                b[at] ^= 0x80;
                assert!(!same(a, &b), "{at} of {len}");
            }
            assert!(len == 0 || !same(a, &a[1..]));
        }
    }

    #[test]
    fn escapes_of_redis() {
        let bytes = b"a \"b\"\\\n\r\t\x07\x08\x00\x1f\x7f\x80\xff~";
        let text = r#"a \"b\"\\\n\r\t\a\b\x00\x1f\x7f\x80\xff~"#;
        assert_eq!(escape(bytes), text);
        assert_eq!(quoted(bytes), format!("\"{text}\""));
        assert_eq!(quoted(b""), "\"\"");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(n: u64, shift in 0u32..64, tail: Vec<u8>) {
            let n = n >> shift;
            let mut bytes = vec![0; varint_len(n)];
            prop_assert_eq!(write_varint(&mut bytes, n), bytes.len());
            let len = bytes.len();
            prop_assert_eq!(read_varint(&bytes[..len - 1]), None);
            bytes.extend(tail);
            prop_assert_eq!(read_varint(&bytes), Some((n, len)));
        }

        #[test]
        fn escaped_text_is_printable_ascii(bytes: Vec<u8>) {
            prop_assert!(escape(&bytes).bytes().all(|byte| matches!(byte, b' '..=b'~')));
        }
    }
}
