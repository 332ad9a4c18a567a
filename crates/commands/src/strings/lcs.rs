//! LCS: the longest common subsequence of two strings, and where its runs lie.
//!
//! Bit-parallel, one row of bits for each byte of the first string ("Bit-Parallel LCS-length
//! Computation Revisited", 2004). In row `i`, bit `j` is 0 exactly if L(i, j + 1) = L(i, j) + 1,
//! where L(i, j) is the length for the first `i` and `j` bytes. That bit is all that the way back
//! needs:
//!
//! ```text
//!   bytes i, j differ:  L(i-1, j) > L(i, j-1)  <=>  bit j-1 of row i is 0
//! ```
//!
//! because L(i, j) is the greater of the two, and L(i, j-1) = L(i, j) - 1 there. So the way back,
//! and with it the choice among several longest subsequences, is that of the textbook table, which
//! Redis fills: for 32 bits a cell where we need one.
//! The limit on the size counts Redis's cells all the same, so that the same requests are refused.

use protocol::Reply;

use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};

use super::with_text;

#[rustfmt::skip]
pub(super) const LCS: Spec = Spec::new(
    "LCS",
    "key1 key2 [LEN] [IDX] [MINMATCHLEN len<integer>] [WITHMATCHLEN]",
    Body::Data(lcs),
)
    .does("Finds the longest subsequence that two strings share.")
    .since("7.0.0").cost("O(N*M), N and M being the lengths of the strings").group(Group::String)
    .flags(READONLY).keys(1, 1, 1, RO | ACCESS);

fn lcs(ctx: &mut Ctx) -> Result {
    let (a, b) = (text(ctx, 1)?, text(ctx, 2)?);
    let options = Options::parse(ctx)?;
    check_size(a.len(), b.len(), ctx.limits.string_len_max)?;
    match options.answer {
        Answer::Len => {
            let len = Rows::new(&a, &b, Keep::Last).len();
            ctx.reply.int(len as i64);
        }
        Answer::Text => {
            let rows = Rows::new(&a, &b, Keep::All);
            let mut common = Vec::with_capacity(rows.len());
            rows.matches_backwards(&a, &b, |i, _| common.push(a[i]));
            common.reverse();
            ctx.reply.bulk(&common);
        }
        Answer::Runs => {
            let rows = Rows::new(&a, &b, Keep::All);
            write_runs(&mut ctx.reply, &runs(&rows, &a, &b), &options);
            ctx.reply.bulk(b"len");
            ctx.reply.int(rows.len() as i64);
        }
    }
    Ok(Outcome::Done)
}

/// A copy of the string under a key; empty if there is none.
fn text(ctx: &mut Ctx, argument: usize) -> Result<Vec<u8>> {
    let text = ctx.read(argument, |entry| {
        entry.map_or(Ok(Vec::new()), |entry| with_text(entry, <[u8]>::to_vec))
    });
    text.map_err(|_| Error::new("ERR The specified keys must contain string values"))
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Text,
    Len,
    Runs,
}

struct Options {
    answer: Answer,
    /// Shorter runs are left out.
    run_len_min: usize,
    /// WITHMATCHLEN
    run_lens: bool,
}

impl Options {
    fn parse(ctx: &Ctx) -> Result<Self> {
        let (mut len, mut runs, mut run_lens, mut run_len_min) = (false, false, false, 0);
        let mut words = ctx.request.iter().skip(3);
        while let Some(word) = words.next() {
            if is_word(word, "IDX") {
                runs = true;
            } else if is_word(word, "LEN") {
                len = true;
            } else if is_word(word, "WITHMATCHLEN") {
                run_lens = true;
            } else if is_word(word, "MINMATCHLEN") {
                run_len_min = integer(words.next().ok_or(Error::Syntax)?)?;
            } else {
                return Err(Error::Syntax);
            }
        }
        let answer = match (len, runs) {
            (true, true) => {
                let text = "ERR If you want both the length and indexes, please just use IDX.";
                return Err(Error::new(text));
            }
            (true, false) => Answer::Len,
            (false, true) => Answer::Runs,
            (false, false) => Answer::Text,
        };
        Ok(Self { answer, run_len_min: run_len_min.max(0) as usize, run_lens })
    }
}

/// Refuses what Redis has no memory for: a table of 4 bytes for each pair of prefixes.
fn check_size(a: usize, b: usize, max: usize) -> Result<()> {
    const LEN_MAX: usize = u32::MAX as usize - 1;
    const CELL: usize = 4;
    if a >= LEN_MAX || b >= LEN_MAX {
        return Err(Error::new("ERR String too long for LCS"));
    }
    let table = (a + 1).checked_mul(b + 1).and_then(|cells| cells.checked_mul(CELL));
    match table {
        None => {
            Err(Error::new("ERR Insufficient memory, failed allocating transient memory for LCS"))
        }
        Some(bytes) if bytes > max => Err(Error::new(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        )),
        Some(_) => Ok(()),
    }
}

/// Which rows are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// The last one: enough for the length.
    Last,
    /// All, for the way back.
    All,
}

/// The rows of bits, for the prefixes of the first string.
struct Rows {
    /// Words in a row.
    width: usize,
    /// Row 0 (all ones) first, if all are kept.
    words: Vec<u64>,
    /// Bits in a row: bytes of the second string.
    bits: usize,
}

impl Rows {
    fn new(a: &[u8], b: &[u8], keep: Keep) -> Self {
        let width = b.len().div_ceil(64);
        let masks = Masks::new(a, b, width);
        let rows = if keep == Keep::All { a.len() + 1 } else { 1 };
        let mut words = vec![u64::MAX; width];
        words.reserve_exact(width * (rows - 1));
        for &byte in a {
            let mask = masks.of(byte);
            if keep == Keep::All {
                words.extend_from_within(words.len() - width..);
            }
            let start = words.len() - width;
            step(&mut words[start..], mask);
        }
        Self { width, words, bits: b.len() }
    }

    fn last(&self) -> &[u64] {
        &self.words[self.words.len() - self.width..]
    }

    /// The length of the longest common subsequence: the zeros of the last row.
    fn len(&self) -> usize {
        let ones: u32 = self.last().iter().map(|word| word.count_ones()).sum();
        // Bits beyond the end of the second string stay ones.
        self.width * 64 - ones as usize
    }

    fn bit(&self, row: usize, column: usize) -> bool {
        self.words[row * self.width + column / 64] >> (column % 64) & 1 != 0
    }

    /// Goes the way back from the ends of both strings, handing over the offsets of each match.
    fn matches_backwards(&self, a: &[u8], b: &[u8], mut found: impl FnMut(usize, usize)) {
        let (mut i, mut j) = (a.len(), self.bits);
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                (i, j) = (i - 1, j - 1);
                found(i, j);
            } else if self.bit(i, j - 1) {
                j -= 1;
            } else {
                i -= 1;
            }
        }
    }
}

/// The next row: `v` becomes `(v + (v & mask)) | (v & !mask)`, over all words with carry.
fn step(row: &mut [u64], mask: &[u64]) {
    let mut carry = false;
    for (v, &mask) in row.iter_mut().zip(mask) {
        let (sum, over) = v.overflowing_add(*v & mask);
        let (sum, over_carry) = sum.overflowing_add(carry.into());
        carry = over | over_carry;
        *v = sum | (*v & !mask);
    }
}

/// For each byte of the first string: where it stands in the second one.
struct Masks {
    width: usize,
    /// Position of a byte's mask in `words`, in masks; the first one is empty.
    position: [u16; 256],
    words: Vec<u64>,
}

impl Masks {
    fn new(a: &[u8], b: &[u8], width: usize) -> Self {
        let mut position = [0; 256];
        let mut count = 1;
        for &byte in a {
            let position = &mut position[usize::from(byte)];
            if *position == 0 {
                *position = count;
                count += 1;
            }
        }
        let mut words = vec![0; usize::from(count) * width];
        for (at, &byte) in b.iter().enumerate() {
            let position = usize::from(position[usize::from(byte)]);
            if position != 0 {
                words[position * width + at / 64] |= 1 << (at % 64);
            }
        }
        Self { width, position, words }
    }

    fn of(&self, byte: u8) -> &[u64] {
        let start = usize::from(self.position[usize::from(byte)]) * self.width;
        &self.words[start..start + self.width]
    }
}

/// A run of matches: offsets of the first ones, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    a: usize,
    b: usize,
    len: usize,
}

/// The runs of the longest common subsequence, the last one first.
fn runs(rows: &Rows, a: &[u8], b: &[u8]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    rows.matches_backwards(a, b, |i, j| match runs.last_mut() {
        Some(run) if run.a == i + 1 && run.b == j + 1 => {
            *run = Run { a: i, b: j, len: run.len + 1 };
        }
        _ => runs.push(Run { a: i, b: j, len: 1 }),
    });
    runs
}

/// Answers with the runs, up to the value of "len".
fn write_runs(reply: &mut Reply<'_>, runs: &[Run], options: &Options) {
    reply.map(2);
    reply.bulk(b"matches");
    let runs = || runs.iter().filter(|run| run.len >= options.run_len_min);
    reply.array(runs().count());
    for run in runs() {
        reply.array(if options.run_lens { 3 } else { 2 });
        for start in [run.a, run.b] {
            reply.array(2);
            reply.int(start as i64);
            reply.int((start + run.len - 1) as i64);
        }
        if options.run_lens {
            reply.int(run.len as i64);
        }
    }
}

#[cfg(test)]
mod tests;
