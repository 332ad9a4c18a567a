//! Walking over records: how far a file of them is good, and what is wrong there.
//!
//! Texts, the line that is counted and the offset that is named are those of redis-check-aof, as
//! scripts read them. Beyond it, checksums are compared; a batch that does not match is bad from
//! its beginning.
//!
//! Must be true: `ok_up_to` is behind a whole record, not inside a group, not behind a bad batch;
//! memory does not grow with what a damaged length claims.
//! Not here: dumps (`dump.rs`), and what is done about it (`aof.rs`).

use std::io::{self, BufRead, BufReader, Read};

use log::aof::annotations::{Sums, is_sum, read_time};

/// A line with a count or a length is looked for in so many bytes.
const LINE_BYTES: u64 = 127;
/// A first word longer than this is neither MULTI nor EXEC.
const WORD_BYTES: i64 = 16;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// Where what is good ends.
    pub(crate) ok_up_to: u64,
    /// Lines up to what is bad, counted from 1.
    pub(crate) line: u64,
    /// What is wrong, with its offset.
    pub(crate) error: Option<String>,
    /// Checksums that matched.
    pub(crate) sums: u64,
    /// Where the first annotation of a later time stands.
    pub(crate) later: Option<u64>,
}

/// Why a walk ended before the end of the file.
enum Bad {
    /// A count or length is cut off.
    End,
    /// With the offset and words of the message.
    Said(u64, String),
    Io(io::Error),
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        Bad::Io(error)
    }
}

struct Scan<R> {
    input: BufReader<R>,
    position: u64,
    /// Where the last line or string began.
    last: u64,
    line: u64,
    sums: Sums,
    /// Where the batch began whose checksum comes next.
    batch: u64,
    matched: u64,
    until: Option<i64>,
    later: Option<u64>,
    in_group: bool,
}

/// Walks to the end of `input`, whose first byte has the offset `from`, or to an annotation of a
/// time after `until`.
pub(crate) fn scan(input: impl Read, from: u64, until: Option<i64>) -> io::Result<Scanned> {
    let mut scan = Scan {
        input: BufReader::with_capacity(1 << 17, input),
        position: from,
        last: from,
        line: 1,
        sums: Sums::new(),
        batch: from,
        matched: 0,
        until,
        later: None,
        in_group: false,
    };
    let mut scanned = Scanned::default();
    let outcome = scan.run(&mut scanned.ok_up_to);
    scanned.error = match outcome {
        Ok(()) if scan.in_group && scan.later.is_none() => {
            Some(message(scan.last, "Reached EOF before reading EXEC for MULTI"))
        }
        Ok(()) | Err(Bad::End) => None,
        Err(Bad::Said(at, text)) => Some(message(at, &text)),
        Err(Bad::Io(error)) => return Err(error),
    };
    (scanned.line, scanned.sums, scanned.later) = (scan.line, scan.matched, scan.later);
    Ok(scanned)
}

fn message(offset: u64, text: &str) -> String {
    format!("0x{offset:>16x}: {text}")
}

impl<R: Read> Scan<R> {
    fn run(&mut self, ok_up_to: &mut u64) -> Result<(), Bad> {
        loop {
            if !self.in_group {
                *ok_up_to = self.position;
            }
            match self.input.fill_buf()?.first() {
                None => return Ok(()),
                Some(b'#') => {
                    let batch = self.batch;
                    let checked = self.annotation();
                    if checked.is_err() {
                        *ok_up_to = batch.min(*ok_up_to);
                    }
                    checked?;
                    if self.later.is_some() {
                        return Ok(());
                    }
                }
                Some(b'*') => self.record()?,
                Some(_) => {
                    return Err(Bad::Said(self.position, "AOF format error".to_owned()));
                }
            }
        }
    }

    fn annotation(&mut self) -> Result<(), Bad> {
        let (offset, mut line) = (self.position, Vec::new());
        self.last = offset;
        self.input.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(Bad::Said(offset, "Reached EOF inside an annotation".to_owned()));
        }
        if is_sum(&line) {
            let batch = std::mem::replace(&mut self.batch, offset);
            self.sums.check(&line).map_err(|reason| Bad::Said(batch, reason))?;
            self.matched += 1;
        } else {
            self.sums.add(&line);
            let second = read_time(&line).and_then(|second| i64::try_from(second).ok());
            if self.until.is_some_and(|until| second.is_some_and(|second| second > until)) {
                self.later = Some(offset);
            }
        }
        self.position += line.len() as u64;
        Ok(())
    }

    fn record(&mut self) -> Result<(), Bad> {
        let (_, count) = self.number(b'*')?;
        for index in 0..count {
            let (at, len) = self.number(b'$')?;
            if !(0..=i64::MAX - 2).contains(&len) {
                let text = format!(
                    "Expected to read string of {len} bytes, which is not in the suitable range"
                );
                return Err(Bad::Said(at, text));
            }
            let keep = index == 0 && len <= WORD_BYTES;
            let word = self.string(len as u64 + 2, keep)?;
            if index == 0 {
                self.note(&word)?;
            }
        }
        Ok(())
    }

    /// Groups do not nest.
    fn note(&mut self, word: &[u8]) -> Result<(), Bad> {
        let (is_multi, is_exec) =
            (word.eq_ignore_ascii_case(b"multi"), word.eq_ignore_ascii_case(b"exec"));
        if is_multi && self.in_group || is_exec && !self.in_group {
            let name = if is_multi { "MULTI" } else { "EXEC" };
            return Err(Bad::Said(self.last, format!("Unexpected {name} in AOF")));
        }
        self.in_group = (self.in_group || is_multi) && !is_exec;
        Ok(())
    }

    /// A line with a number behind a mark; with the line's offset.
    fn number(&mut self, mark: u8) -> Result<(u64, i64), Bad> {
        let (offset, mut line) = (self.position, Vec::new());
        self.last = offset;
        self.input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)?;
        self.used(&line);
        match line.first() {
            None => return Err(Bad::End),
            Some(&first) if first != mark => {
                let text = format!(
                    "Expected prefix '{}', got: '{}'",
                    mark.escape_ascii(),
                    first.escape_ascii()
                );
                return Err(Bad::Said(offset, text));
            }
            Some(_) => {}
        }
        let text = &line[1..];
        let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
        let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&text[..sign + digits]).unwrap_or_default();
        self.newline(offset, &text[sign + digits..])?;
        Ok((offset, number.parse().unwrap_or(if number.is_empty() { 0 } else { -1 })))
    }

    /// Passes over a string and the end of its line; returns the string if it is to be kept.
    fn string(&mut self, len: u64, keep: bool) -> Result<Vec<u8>, Bad> {
        let (offset, mut kept, mut end) = (self.position, Vec::new(), [0; 2]);
        self.last = offset;
        let mut missing = len;
        while missing > 0 {
            let there = self.input.fill_buf()?;
            if there.is_empty() {
                let text = format!("Expected to read {len} bytes, got {} bytes", len - missing);
                return Err(Bad::Said(offset, text));
            }
            let here = there.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
            let piece = &there[..here];
            self.sums.add(piece);
            if keep {
                kept.extend_from_slice(piece);
            }
            if let [.., last] = *piece {
                end = [if here > 1 { piece[here - 2] } else { end[1] }, last];
            }
            self.input.consume(here);
            self.position += here as u64;
            missing -= here as u64;
        }
        self.newline(offset, &end)?;
        kept.truncate(kept.len().saturating_sub(2));
        Ok(kept)
    }

    fn newline(&mut self, offset: u64, rest: &[u8]) -> Result<(), Bad> {
        if rest.starts_with(b"\r\n") {
            self.line += 1;
            return Ok(());
        }
        let byte = |at: usize| rest.get(at).copied().unwrap_or(0);
        Err(Bad::Said(offset, format!("Expected \\r\\n, got: {:02x}{:02x}", byte(0), byte(1))))
    }

    fn used(&mut self, bytes: &[u8]) {
        self.sums.add(bytes);
        self.position += bytes.len() as u64;
    }
}
