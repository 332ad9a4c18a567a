//! Finds binary requests in what a client has sent.
//!
//! ```text
//! length     4  of all that follows in this request
//! count      1  of strings, 1 to 255
//! (length 4, bytes) for each string
//!
//! count 0 and nothing more      a request without a request
//! count 0, count 4, strings     the extended form
//! ```
//!
//! The length in front says when the request is whole, so nothing is remembered about one that is
//! cut. What has arrived of it is looked at once all the same: who speaks something else at this
//! door is told so, instead of being waited for.
//!
//! Must be true: spans are pushed only once their request is whole.

use crate::request::Span;
use crate::resp::parse::{Limits, ProtocolError, REQUEST_LEN_MAX, Step};

/// Bytes of the length in front, and of every other length.
const WORD: usize = 4;

/// Looks at the request that begins at `buffer[from]`, as [`Parser::next`](crate::Parser::next)
/// does for RESP.
#[inline(always)]
pub fn next(
    buffer: &[u8],
    from: usize,
    limits: &Limits,
    spans: &mut Vec<Span>,
) -> Result<Step, ProtocolError> {
    let first = spans.len();
    if let Some(len) = word(buffer, from)
        && let Some(whole) = buffer.get(..from + WORD + len)
        && len as u64 <= limits.bulk_len_max
        && limits.authenticated
        && take_usual(whole, from + WORD, spans)
    {
        return Ok(Step::Request { end: whole.len() });
    }
    spans.truncate(first);
    next_unusual(buffer, from, limits, spans)
}

/// Takes the strings of a whole request that is not too long for one of them to be. False: there is
/// something about it, and what was taken means nothing.
#[inline(always)]
fn take_usual(whole: &[u8], at: usize, spans: &mut Vec<Span>) -> bool {
    let Some(&count) = whole.get(at) else { return false };
    let mut left = count;
    let mut at = at + 1;
    while left > 0 {
        let Some(len) = word(whole, at) else { return false };
        let start = at + WORD;
        at = start + len;
        if at > whole.len() {
            return false;
        }
        spans.push(Span { start: start as u32, len: len as u32 });
        left -= 1;
    }
    count > 0 && at == whole.len() && at as u64 <= REQUEST_LEN_MAX
}

#[cold]
fn next_unusual(
    buffer: &[u8],
    from: usize,
    limits: &Limits,
    spans: &mut Vec<Span>,
) -> Result<Step, ProtocolError> {
    let Some(len) = word(buffer, from) else {
        let there = buffer.len().saturating_sub(from);
        return Ok(Step::Incomplete { needed: WORD - there.min(WORD - 1) });
    };
    let end = from + WORD + len;
    let first = spans.len();
    let taken = take_strings(buffer, (from, end), limits, spans);
    if let Ok(Taken::All) = taken {
        return Ok(Step::Request { end });
    }
    spans.truncate(first);
    Ok(match taken? {
        Taken::Cut => Step::Incomplete { needed: end.saturating_sub(buffer.len()).max(1) },
        Taken::All | Taken::None => Step::Skip { end },
    })
}

/// How far the strings of a request could be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    All,
    /// There are none, and none are wanted.
    None,
    /// The rest has not come.
    Cut,
}

/// Takes the strings of the request from `from` to `end`, as far as they are there.
fn take_strings(
    buffer: &[u8],
    (from, end): (usize, usize),
    limits: &Limits,
    spans: &mut Vec<Span>,
) -> Result<Taken, ProtocolError> {
    if (end - from).max(buffer.len()) as u64 > REQUEST_LEN_MAX {
        return Err(ProtocolError::TooBigRequest);
    }
    limits.check_request((end - from) as u64)?;
    let bytes = buffer.get(..end).unwrap_or(buffer);
    let at = from + WORD;
    let (mut left, mut at) = match bytes.get(at) {
        None if at < end => return Ok(Taken::Cut),
        None => return Err(ProtocolError::InvalidRequestLength),
        Some(0) if at + 1 == end => return Ok(Taken::None),
        Some(0) if at + 1 + WORD > end => return Err(ProtocolError::InvalidRequestLength),
        Some(0) => match word(bytes, at + 1) {
            Some(count) => (count as u64, at + 1 + WORD),
            None => return Ok(Taken::Cut),
        },
        Some(&count) => (u64::from(count), at + 1),
    };
    limits.check_count(left)?;
    let is_empty = left == 0;
    while left > 0 {
        let start = at + WORD;
        if start > end {
            return Err(ProtocolError::InvalidRequestLength);
        }
        let Some(len) = word(bytes, at) else { return Ok(Taken::Cut) };
        limits.check_bulk(len as u64)?;
        at = start + len;
        if at > end {
            return Err(ProtocolError::InvalidRequestLength);
        }
        if at > bytes.len() {
            return Ok(Taken::Cut);
        }
        spans.push(Span { start: start as u32, len: len as u32 });
        left -= 1;
    }
    match at == end {
        true if is_empty => Ok(Taken::None),
        true => Ok(Taken::All),
        false => Err(ProtocolError::InvalidRequestLength),
    }
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*word) as usize)
}

#[cfg(test)]
mod tests;
