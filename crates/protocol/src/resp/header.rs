//! The line that begins almost everything in RESP: a type byte, a decimal number, CRLF.
//!
//! Nearly all numbers here are lengths and counts below 10,000. Those are read and written without
//! a loop: read by looking at six bytes (the shortest whole bulk string, `$0\r\n\r\n`, has as
//! many), written as one eight-byte store. Anything else takes the general way.

/// Longest header: type byte, 20 digits, CRLF.
pub(crate) const LEN_MAX: usize = 23;

/// The number in the header at `at`, if its type is `kind` and it has at most four digits and no
/// needless zeros, with the offset just behind the line. `None` means "look closer", not "wrong".
///
/// The byte after the CR is taken for the LF unseen, as Redis does.
#[inline(always)]
pub(crate) fn read_short(bytes: &[u8], at: usize, kind: u8) -> Option<(usize, usize)> {
    let &[first, a, b, c, d, e] = bytes.get(at..)?.first_chunk()?;
    let a = a.wrapping_sub(b'0') as usize;
    if first != kind || a > 9 {
        return None;
    }
    if b == b'\r' {
        return Some((a, at + 4));
    }
    let b = b.wrapping_sub(b'0') as usize;
    if b > 9 || a == 0 {
        return None;
    }
    let number = a * 10 + b;
    if c == b'\r' {
        return Some((number, at + 5));
    }
    let c = c.wrapping_sub(b'0') as usize;
    if c > 9 {
        return None;
    }
    let number = number * 10 + c;
    if d == b'\r' {
        return Some((number, at + 6));
    }
    let d = d.wrapping_sub(b'0') as usize;
    if d > 9 || e != b'\r' {
        return None;
    }
    Some((number * 10 + d, at + 7))
}

/// Appends the header `kind`, `number`, CRLF.
#[inline(always)]
pub(crate) fn write(bytes: &mut Vec<u8>, kind: u8, number: u64) {
    if let Some((header, len)) = short(kind, number) {
        // Eight bytes and then fewer: one store beats a copy of a length known only at run time.
        let end = bytes.len() + len;
        bytes.extend_from_slice(&header);
        bytes.truncate(end);
    } else {
        write_long(bytes, kind, number);
    }
}

/// How many bytes the header for `number` has.
pub(crate) fn len(number: u64) -> usize {
    3 + number.checked_ilog10().unwrap_or(0) as usize + 1
}

#[inline(never)]
fn write_long(bytes: &mut Vec<u8>, kind: u8, number: u64) {
    if let Some((head, len)) = short(kind, number / 10_000) {
        // Lengths of long lists and the like: four digits more behind the first ones.
        let digit = |unit: u64| b'0' + (number / unit % 10) as u8;
        let tail = [digit(1_000), digit(100), digit(10), digit(1), b'\r', b'\n'];
        let mut line = [0; 16];
        line[..8].copy_from_slice(&head);
        line[len - 2..len + 4].copy_from_slice(&tail);
        let end = bytes.len() + len + 4;
        bytes.extend_from_slice(&line);
        return bytes.truncate(end);
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    let mut line = [kind; LEN_MAX];
    let end = digits.len() + 1;
    line[1..end].copy_from_slice(digits);
    line[end..end + 2].copy_from_slice(b"\r\n");
    bytes.extend_from_slice(&line[..end + 2]);
}

/// The header for a number below 10,000, and how many of the bytes it takes.
#[inline(always)]
pub(crate) fn short(kind: u8, number: u64) -> Option<([u8; 8], usize)> {
    let digit = |unit: u64| b'0' + (number / unit % 10) as u8;
    Some(match number {
        0..10 => ([kind, digit(1), b'\r', b'\n', 0, 0, 0, 0], 4),
        10..100 => ([kind, digit(10), digit(1), b'\r', b'\n', 0, 0, 0], 5),
        100..1_000 => ([kind, digit(100), digit(10), digit(1), b'\r', b'\n', 0, 0], 6),
        1_000..10_000 => {
            ([kind, digit(1_000), digit(100), digit(10), digit(1), b'\r', b'\n', 0], 7)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_format_prints_and_reads_back() {
        let edges = [99_999, 100_000, 12_345_678, 99_999_999, 100_000_000, u64::MAX];
        for number in (0..=10_100).chain(edges) {
            let mut bytes = b"ab".to_vec();
            write(&mut bytes, b'$', number);
            let expected = format!("ab${number}\r\n");
            assert_eq!(bytes, expected.as_bytes());
            assert_eq!(len(number), expected.len() - 2);
            bytes.extend_from_slice(b"\r\n");
            let short = (number < 10_000).then_some((number as usize, expected.len()));
            assert_eq!(read_short(&bytes, 2, b'$'), short);
            assert_eq!(read_short(&bytes, 2, b'*'), None);
        }
    }

    #[test]
    fn what_is_not_a_plain_short_number_is_left_to_the_general_way() {
        let lines: [&[u8]; 12] = [
            b"$\r\n\r\n\r\n",
            b"$-1\r\n\r\n",
            b"$+1\r\n\r\n",
            b"$01\r\n\r\n",
            b"$00\r\n\r\n",
            b"$1:\r\n\r\n",
            b"$12/\r\n\r\n",
            b"$123a\r\n",
            b"$12345\r\n",
            b"$1\r\nx",
            b"",
            b"$1\n\n\n\n",
        ];
        for line in lines {
            assert_eq!(read_short(line, 0, b'$'), None, "{}", line.escape_ascii());
        }
        assert_eq!(read_short(b"$1\r\n\r\n", 9, b'$'), None);
    }
}
