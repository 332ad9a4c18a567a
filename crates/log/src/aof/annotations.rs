//! The lines between records: checksums, and the times at which records were written.
//!
//! ```text
//!   *3\r\n$3\r\nSET\r\n ...               records of a batch
//!   #SUM:1049:9f8e7d6c5b4a3921\r\n        closes it: 0x1049 bytes stand before this line, since
//!                                           the last such line or the file's beginning
//!   #SUM:0:0\r\n                          a batch begins here; what stands before it, since the
//!                                           last line, is covered by none
//!   #TS:1700000000\r\n                    what follows was written in this second, or later
//! ```
//!
//! Redis passes over lines that begin with `#`, so the files stay exchangeable. A batch begins with
//! the line before it: so each line is covered by the next, and one that was changed or lost is
//! missed. What Redis appended to our file is covered by no line, which the zero line tells.
//!
//! A batch is closed when it has `batch_bytes`, when it has been open for [`BATCH_AGE`], and when
//! the file is closed. One line for each write would nearly double a log of small records.
//!
//! Not here: when to write (`writer.rs`), and what a wrong sum means (`replay.rs`, `load.rs`).

use std::time::Duration;

use crc_fast::{CrcAlgorithm, Digest};

/// Bytes of records after which a batch is closed.
pub const BATCH_BYTES: u64 = 4 << 10;

/// How long a batch may be open.
pub(crate) const BATCH_AGE: Duration = Duration::from_secs(5);

const SUM: &[u8] = b"#SUM:";
const TIME: &[u8] = b"#TS:";

/// The sum of the batch that is open.
#[derive(Clone)]
pub struct Sums {
    digest: Digest,
    /// Bytes since the last line began, or since the beginning.
    covered: u64,
    /// How many of them are that line.
    line: u64,
}

impl Default for Sums {
    fn default() -> Self {
        Sums::new()
    }
}

impl Sums {
    /// At the beginning of a file.
    pub fn new() -> Sums {
        Sums { digest: Digest::new(CrcAlgorithm::Crc64Redis), covered: 0, line: 0 }
    }

    /// Takes note of what comes next in the file.
    pub fn add(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.covered += bytes.len() as u64;
    }

    /// Bytes in the batch that is open, without the line before it.
    pub(crate) fn open_bytes(&self) -> u64 {
        self.covered - self.line
    }

    /// Closes the batch: puts its line behind `bytes`.
    pub fn close(&mut self, bytes: &mut Vec<u8>) {
        let line = sum_line(self.covered, self.digest.finalize());
        bytes.extend_from_slice(line.as_bytes());
        self.begin_with(line.as_bytes());
    }

    /// Begins anew, behind bytes that are covered by no line.
    fn begin(&mut self, bytes: &mut Vec<u8>) {
        let line = sum_line(0, 0);
        bytes.extend_from_slice(line.as_bytes());
        self.begin_with(line.as_bytes());
    }

    fn begin_with(&mut self, line: &[u8]) {
        *self = Sums::new();
        self.add(line);
        self.line = self.covered;
    }

    /// Compares a line with what stood before it, and begins the next batch with it.
    ///
    /// # Errors
    /// What does not match.
    pub fn check(&mut self, line: &[u8]) -> Result<(), String> {
        let (len, sum) = read_sum(line).ok_or("an unreadable checksum line")?;
        let (covered, found) = (self.covered, self.digest.finalize());
        if len != 0 && len != covered {
            return Err(format!("a checksum of {len} bytes where {covered} stand before it"));
        }
        if len != 0 && sum != found {
            return Err(format!(
                "the checksum of {len} bytes does not match: {sum:016x} was written, they have \
                 {found:016x}"
            ));
        }
        self.begin_with(line);
        Ok(())
    }
}

fn sum_line(len: u64, sum: u64) -> SmallLine {
    let mut line = SmallLine { bytes: [0; 40], len: 0 };
    line.put(SUM);
    line.put_hex(len);
    line.put(b":");
    line.put_hex(sum);
    line.put(b"\r\n");
    line
}

/// A line while it is being made: by hand, as formatting costs more than the sum itself.
struct SmallLine {
    bytes: [u8; 40],
    len: usize,
}

impl SmallLine {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn put_hex(&mut self, number: u64) {
        let digits = (64 - number.leading_zeros() as usize).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            let digit = (number >> (4 * place)) as usize & 15;
            self.put(&b"0123456789abcdef"[digit..=digit]);
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Whether this line is a checksum.
pub fn is_sum(line: &[u8]) -> bool {
    line.starts_with(SUM)
}

/// The second that a line names.
pub fn read_time(line: &[u8]) -> Option<u64> {
    let digits = line.strip_prefix(TIME)?.strip_suffix(b"\r\n")?;
    base::number::parse_u64(digits)
}

/// Length and sum; only as they are written, so that no two lines mean the same.
fn read_sum(line: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(line.strip_prefix(SUM)?.strip_suffix(b"\r\n")?).ok()?;
    let (len, sum) = text.split_once(':')?;
    let (len, sum) = (u64::from_str_radix(len, 16).ok()?, u64::from_str_radix(sum, 16).ok()?);
    (sum_line(len, sum).as_bytes() == line).then_some((len, sum))
}

/// Where the annotations of a file that is appended to have got to.
#[derive(Clone)]
pub(crate) struct Annotations {
    sums: Sums,
    /// The file has bytes from before it was opened.
    continued: bool,
    stamped_s: u64,
    /// When the open batch began, on the monotonic clock.
    opened_ns: u64,
}

/// Bytes with the lines around them.
pub(crate) struct Framed {
    head: usize,
    end: usize,
    /// What holds once they are in the file.
    pub(crate) after: Annotations,
}

/// The moment of a write.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) monotonic_ns: u64,
    /// The second to note in the file, if times are wanted.
    pub(crate) stamp_s: Option<u64>,
}

impl Annotations {
    /// Of a file with this many bytes.
    pub(crate) fn behind(len: u64) -> Annotations {
        Annotations { sums: Sums::new(), continued: len > 0, stamped_s: 0, opened_ns: 0 }
    }

    /// Puts the lines that are due before and behind records.
    pub(crate) fn frame(&self, records: &mut Vec<u8>, moment: Moment, batch_bytes: u64) -> Framed {
        let mut after = self.clone();
        let mut head = Vec::new();
        if std::mem::take(&mut after.continued) {
            after.sums.begin(&mut head);
        }
        let begun = head.len();
        if let Some(second) = moment.stamp_s.filter(|second| *second != after.stamped_s) {
            head.extend_from_slice(format!("#TS:{second}\r\n").as_bytes());
            after.stamped_s = second;
        }
        if after.sums.open_bytes() == 0 {
            after.opened_ns = moment.monotonic_ns;
        }
        after.sums.add(&head[begun..]);
        after.sums.add(records);
        let head_len = head.len();
        if head_len > 0 {
            records.splice(0..0, head);
        }
        let end = records.len();
        if after.sums.open_bytes() >= batch_bytes {
            after.sums.close(records);
        }
        Framed { head: head_len, end, after }
    }

    /// Whether records wait for a line, for so long at least.
    pub(crate) fn is_open_for(&self, age: Duration, monotonic_ns: u64) -> bool {
        let since = monotonic_ns.saturating_sub(self.opened_ns);
        self.sums.open_bytes() > 0 && u128::from(since) >= age.as_nanos()
    }

    /// The line that closes the open batch, and what holds once it is in the file.
    pub(crate) fn closed(&self) -> (Vec<u8>, Annotations) {
        let (mut line, mut after) = (Vec::new(), self.clone());
        after.sums.close(&mut line);
        (line, after)
    }
}

impl Framed {
    /// Takes the lines away again.
    pub(crate) fn strip(&self, records: &mut Vec<u8>) {
        records.truncate(self.end);
        records.drain(..self.head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLY: Moment = Moment { monotonic_ns: 0, stamp_s: None };

    #[test]
    fn lines_byte_by_byte() {
        let mut sums = Sums::new();
        sums.add(b"123456789");
        let mut bytes = Vec::new();
        sums.close(&mut bytes);
        sums.add(b"x");
        sums.close(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        // Nine bytes with the check value of CRC-64/REDIS; then the line's 25 bytes and one more.
        assert!(text.starts_with("#SUM:9:e9c6d914c4b8d9ca\r\n#SUM:1a:"), "{text}");
    }

    #[test]
    fn records_are_framed_and_freed_again() {
        let mut bytes = b"records".to_vec();
        let moment = Moment { stamp_s: Some(17), ..EARLY };
        let framed = Annotations::behind(5).frame(&mut bytes, moment, 100);
        assert_eq!(bytes, b"#SUM:0:0\r\n#TS:17\r\nrecords");
        framed.strip(&mut bytes);
        assert_eq!(bytes, b"records");
        let next = framed.after.frame(&mut bytes, moment, 1);
        assert!(bytes.starts_with(b"records#SUM:20:"), "{}", bytes.escape_ascii());
        next.strip(&mut bytes);
        assert_eq!(bytes, b"records");
        assert!(!next.after.is_open_for(Duration::ZERO, 9));
        assert!(framed.after.is_open_for(Duration::from_nanos(9), 9));
        assert!(!framed.after.is_open_for(Duration::from_nanos(9), 8));
    }

    #[test]
    fn only_a_line_as_it_was_written_is_read() {
        assert_eq!(read_sum(b"#SUM:1a:ff\r\n"), Some((26, 255)));
        for wrong in
            ["#SUM:1A:ff\r\n", "#SUM:01:ff\r\n", "#SUM:1:ff\n", "#SUM:1\r\n", "#SUM:+1:f\r\n"]
        {
            assert_eq!(read_sum(wrong.as_bytes()), None, "{wrong:?}");
        }
        assert_eq!(read_time(b"#TS:1700000000\r\n"), Some(1_700_000_000));
        assert_eq!(read_time(b"#TS:x\r\n"), None);
    }
}
