//! Finds requests in what a client has sent.
//!
//! ```text
//! *2\r\n $3\r\nGET\r\n $5\r\nhello\r\n      a multibulk request; [Span]s point at GET and hello
//! GET hello\r\n                             the same as inline text
//! ```
//!
//! The usual request lies in the buffer whole and costs one pass and nothing else. A cut one is
//! parsed anew when more has come, as long as that is cheaper than remembering; past
//! `RESTART_LEN_MAX` bytes its `Progress` is kept, so that a request of a million arguments
//! arriving byte by byte takes linear time.
//!
//! What is accepted is what Redis 7.0 accepts, and so are the texts of the errors. Notably the byte
//! after a CR, and the two after a bulk, are skipped unseen; numbers have no `+` and no needless
//! zeros; counts of zero and less are requests without a request. One difference: a NUL byte is a
//! byte like any other here, while there it hides the end of its line.
//!
//! Must be true: spans are pushed only once their request is whole; offsets in `Progress` count
//! from the request's first byte, because the caller may move the buffer's contents between calls.

use memchr::memchr;

use crate::request::{OwnedRequest, Span};
use crate::resp::{header, inline};
use base::number::parse_i64;

/// Up to here a cut request is simply parsed anew: at most some 80 arguments, less than the system
/// call that brought the rest.
const RESTART_LEN_MAX: usize = 512;

/// The longest request, in bytes: spans have 32 bits.
pub(crate) const REQUEST_LEN_MAX: u64 = u32::MAX as u64;

/// How much one request may claim.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest argument, in bytes (`proto-max-bulk-len`).
    pub bulk_len_max: u64,
    /// Most arguments.
    pub multibulk_len_max: u64,
    /// Longest line, in bytes, be it inline text or a length that never ends.
    pub inline_len_max: usize,
    /// Before that, a client may send only small requests: 10 arguments of 16 KB.
    pub authenticated: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bulk_len_max: 512 << 20,
            multibulk_len_max: i32::MAX as u64,
            inline_len_max: 64 << 10,
            authenticated: true,
        }
    }
}

impl Limits {
    /// Most arguments, and longest argument, that a client may send before it has authenticated.
    const UNAUTHENTICATED: (u64, u64) = (10, 16_384);

    /// The defaults, for a client that must authenticate first.
    pub fn unauthenticated() -> Self {
        Limits { authenticated: false, ..Limits::default() }
    }

    #[inline]
    pub(crate) fn check_count(&self, count: u64) -> Result<(), ProtocolError> {
        if count > self.multibulk_len_max {
            return Err(ProtocolError::InvalidMultibulkLength);
        }
        if !self.authenticated && count > Self::UNAUTHENTICATED.0 {
            return Err(ProtocolError::UnauthenticatedMultibulkLength);
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn check_bulk(&self, len: u64) -> Result<(), ProtocolError> {
        if len > self.bulk_len_max {
            return Err(ProtocolError::InvalidBulkLength);
        }
        if !self.authenticated && len > Self::UNAUTHENTICATED.1 {
            return Err(ProtocolError::UnauthenticatedBulkLength);
        }
        Ok(())
    }

    /// Whether a binary request of `len` bytes may be waited for.
    pub(crate) fn check_request(&self, len: u64) -> Result<(), ProtocolError> {
        let (strings, string_len) = Self::UNAUTHENTICATED;
        // With the lengths of each, and what is in front of them in the longer form.
        if !self.authenticated && len > strings * (string_len + 4) + 9 {
            return Err(ProtocolError::UnauthenticatedBulkLength);
        }
        Ok(())
    }
}

/// What a client has done wrong; the text is what follows `-ERR `. The connection ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The count after `*` is no number, or too big.
    #[error("Protocol error: invalid multibulk length")]
    InvalidMultibulkLength,
    /// The length after `$` is no number, negative, or too big.
    #[error("Protocol error: invalid bulk length")]
    InvalidBulkLength,
    /// An argument does not begin with `$` but with this byte. (Use
    /// [`text`](ProtocolError::text) to get it to the client unchanged.)
    #[error("Protocol error: expected '$', got '{}'", char::from(*.0))]
    ExpectedBulk(u8),
    /// An inline request that is too long.
    #[error("Protocol error: too big inline request")]
    TooBigInline,
    /// A line that begins with `*` and does not end.
    #[error("Protocol error: too big mbulk count string")]
    TooBigCount,
    /// A line where `$` is due and that does not end.
    #[error("Protocol error: too big bulk count string")]
    TooBigLength,
    /// An inline request with quotes that do not close, or close amid a word.
    #[error("Protocol error: unbalanced quotes in request")]
    UnbalancedQuotes,
    /// Too many arguments from a client that has not authenticated.
    #[error("Protocol error: unauthenticated multibulk length")]
    UnauthenticatedMultibulkLength,
    /// Too long an argument from a client that has not authenticated.
    #[error("Protocol error: unauthenticated bulk length")]
    UnauthenticatedBulkLength,
    /// The length in front of a binary request is not that of what it holds.
    #[error("Protocol error: invalid request length")]
    InvalidRequestLength,
    /// The request as a whole would pass 4 GB, which Redis would try to hold and we do not.
    #[error("Protocol error: too big request")]
    TooBigRequest,
}

impl ProtocolError {
    /// The text after `-ERR ` byte for byte: the one Display gives, but with an offending byte
    /// beyond ASCII as it came.
    pub fn text(self) -> Vec<u8> {
        let text = self.to_string();
        match self {
            ProtocolError::ExpectedBulk(byte) if !byte.is_ascii() => {
                text.chars().map(|c| c as u8).collect()
            }
            _ => text.into_bytes(),
        }
    }
}

/// What was found at the front of the buffer.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A multibulk request; its spans have been pushed.
    Request {
        /// Offset in the buffer just behind it.
        end: usize,
    },
    /// An inline request. Its arguments may hold bytes that are not in the buffer.
    Inline {
        /// Offset in the buffer just behind it.
        end: usize,
        /// The arguments.
        request: Box<OwnedRequest>,
    },
    /// Bytes that ask for nothing: `*0`, `*-1`, an empty line.
    Skip {
        /// Offset in the buffer just behind them.
        end: usize,
    },
    /// The request has not arrived whole.
    Incomplete {
        /// At least so many more bytes, one or more, must come before there can be progress. The
        /// sender claims it: reserve no more than is reasonable.
        needed: usize,
    },
}

/// Finds one client's requests. Eight bytes unless in the middle of a big one.
#[derive(Debug, Default)]
pub struct Parser {
    progress: Option<Box<Progress>>,
}

const _: () = assert!(size_of::<Parser>() == size_of::<usize>());

/// A multibulk request that has arrived in part. Offsets count from its first byte.
#[derive(Debug)]
struct Progress {
    cursor: Cursor,
    spans: Vec<Span>,
}

/// Where parsing stands: at the header of the next bulk.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    position: usize,
    /// Bulks still to come.
    remaining: u64,
}

impl Parser {
    /// Looks at the request that begins at `buffer[from]`, under 4 GB of buffer.
    ///
    /// A whole one is appended to `spans` (absolute in `buffer`), behind what is there already;
    /// otherwise `spans` stays as it is. After [`Step::Incomplete`] call again with the same
    /// request, wherever in a buffer it now begins, and more bytes behind it. After an error the
    /// stream has no meaning any more.
    #[inline(always)]
    pub fn next(
        &mut self,
        buffer: &[u8],
        from: usize,
        limits: &Limits,
        spans: &mut Vec<Span>,
    ) -> Result<Step, ProtocolError> {
        if self.progress.is_some() || buffer.len() as u64 > REQUEST_LEN_MAX {
            return self.resume(buffer, from, limits, spans);
        }
        match buffer.get(from) {
            Some(b'*') => self.start(buffer, from, limits, spans),
            Some(_) => inline::parse(buffer, from, limits),
            None => Ok(Step::Incomplete { needed: 1 }),
        }
    }

    /// Heap bytes held for a request that has arrived in part.
    pub fn heap_bytes(&self) -> usize {
        self.progress.as_ref().map_or(0, |progress| {
            size_of::<Progress>() + progress.spans.capacity() * size_of::<Span>()
        })
    }

    #[inline(always)]
    fn start(
        &mut self,
        buffer: &[u8],
        from: usize,
        limits: &Limits,
        spans: &mut Vec<Span>,
    ) -> Result<Step, ProtocolError> {
        let Some((count, position)) = read_count(buffer, from, limits)? else {
            return Ok(Step::Incomplete { needed: 1 });
        };
        if count == 0 {
            return Ok(Step::Skip { end: position });
        }
        let first = spans.len();
        let mut cursor = Cursor { position, remaining: count };
        let outcome = take_bulks(buffer, &mut cursor, limits, spans);
        if outcome == Ok(0) {
            return Ok(Step::Request { end: cursor.position });
        }
        if outcome.is_ok() {
            self.remember(from, cursor, &spans[first..]);
        }
        spans.truncate(first);
        outcome.map(|needed| Step::Incomplete { needed })
    }

    /// Keeps what is known of a cut request, if finding it out again would cost more.
    #[cold]
    fn remember(&mut self, from: usize, cursor: Cursor, spans: &[Span]) {
        let position = cursor.position - from;
        if position > RESTART_LEN_MAX {
            let shift = |span: &Span| Span { start: span.start - from as u32, len: span.len };
            self.progress = Some(Box::new(Progress {
                cursor: Cursor { position, ..cursor },
                spans: spans.iter().map(shift).collect(),
            }));
        }
    }

    #[cold]
    fn resume(
        &mut self,
        buffer: &[u8],
        from: usize,
        limits: &Limits,
        spans: &mut Vec<Span>,
    ) -> Result<Step, ProtocolError> {
        if buffer.len() as u64 > REQUEST_LEN_MAX {
            return Err(ProtocolError::TooBigRequest);
        }
        let (Some(progress), Some(request)) = (&mut self.progress, buffer.get(from..)) else {
            return Ok(Step::Incomplete { needed: 1 });
        };
        let needed = take_bulks(request, &mut progress.cursor, limits, &mut progress.spans)?;
        if needed > 0 {
            return Ok(Step::Incomplete { needed });
        }
        let shift = |span: &Span| Span { start: span.start + from as u32, len: span.len };
        spans.extend(progress.spans.iter().map(shift));
        let end = from + progress.cursor.position;
        self.progress = None;
        Ok(Step::Request { end })
    }
}

/// Takes whole bulks until none remains, and returns 0; or as many as there are, and returns how
/// many bytes the next one lacks at least.
#[inline(always)]
fn take_bulks(
    bytes: &[u8],
    cursor: &mut Cursor,
    limits: &Limits,
    spans: &mut Vec<Span>,
) -> Result<usize, ProtocolError> {
    let Cursor { mut position, mut remaining } = *cursor;
    let result = loop {
        let (len, start) = match read_bulk_len(bytes, position, limits) {
            Ok(Some(found)) => found,
            Ok(None) => break Ok(1),
            Err(error) => break Err(error),
        };
        let end = start + len + 2;
        if end > bytes.len() {
            break lacking(bytes, end);
        }
        spans.push(Span { start: start as u32, len: len as u32 });
        position = end;
        remaining -= 1;
        if remaining == 0 {
            break Ok(0);
        }
    };
    *cursor = Cursor { position, remaining };
    result
}

/// How many bytes are missing up to `end`.
#[cold]
fn lacking(bytes: &[u8], end: usize) -> Result<usize, ProtocolError> {
    if end as u64 > REQUEST_LEN_MAX {
        return Err(ProtocolError::TooBigRequest);
    }
    Ok(end - bytes.len())
}

/// The count in the line at `at`, with what is below zero as zero, and the offset behind the line;
/// `None` if the line has not ended.
#[inline(always)]
fn read_count(
    bytes: &[u8],
    at: usize,
    limits: &Limits,
) -> Result<Option<(u64, usize)>, ProtocolError> {
    match header::read_short(bytes, at, b'*') {
        Some((count, end)) if limits.check_count(count as u64).is_ok() => {
            Ok(Some((count as u64, end)))
        }
        _ => read_any_count(bytes, at, limits),
    }
}

#[cold]
fn read_any_count(
    bytes: &[u8],
    at: usize,
    limits: &Limits,
) -> Result<Option<(u64, usize)>, ProtocolError> {
    let Some((text, end)) = read_line(bytes, at, limits, ProtocolError::TooBigCount)? else {
        return Ok(None);
    };
    let count = parse_i64(&text[1..]).ok_or(ProtocolError::InvalidMultibulkLength)?;
    let count = count.max(0) as u64;
    limits.check_count(count)?;
    Ok(Some((count, end)))
}

/// The length in the line at `at` and the offset behind the line; `None` if it has not ended.
#[inline(always)]
fn read_bulk_len(
    bytes: &[u8],
    at: usize,
    limits: &Limits,
) -> Result<Option<(usize, usize)>, ProtocolError> {
    match header::read_short(bytes, at, b'$') {
        Some((len, end)) if len as u64 <= limits.bulk_len_max => Ok(Some((len, end))),
        _ => read_any_bulk_len(bytes, at, limits),
    }
}

#[cold]
fn read_any_bulk_len(
    bytes: &[u8],
    at: usize,
    limits: &Limits,
) -> Result<Option<(usize, usize)>, ProtocolError> {
    let Some((text, end)) = read_line(bytes, at, limits, ProtocolError::TooBigLength)? else {
        return Ok(None);
    };
    match text.first() {
        Some(b'$') => {}
        // A CR (the line is empty) or LF where `$` is due would break the reply: shown as a space.
        None | Some(b'\n') => return Err(ProtocolError::ExpectedBulk(b' ')),
        Some(&byte) => return Err(ProtocolError::ExpectedBulk(byte)),
    }
    let len = parse_i64(&text[1..]).ok_or(ProtocolError::InvalidBulkLength)?;
    let len = u64::try_from(len).map_err(|_| ProtocolError::InvalidBulkLength)?;
    limits.check_bulk(len)?;
    let len = usize::try_from(len).map_err(|_| ProtocolError::TooBigRequest)?;
    Ok(Some((len, end)))
}

/// The line at `at` up to its CR, and the offset behind the byte after that; `None` if either has
/// not come, and `too_big` if that is so although more than a line's worth is there.
fn read_line<'a>(
    bytes: &'a [u8],
    at: usize,
    limits: &Limits,
    too_big: ProtocolError,
) -> Result<Option<(&'a [u8], usize)>, ProtocolError> {
    let rest = bytes.get(at..).unwrap_or_default();
    let window = &rest[..rest.len().min(limits.inline_len_max.saturating_add(1))];
    match memchr(b'\r', window) {
        Some(len) if len + 1 < rest.len() => Ok(Some((&rest[..len], at + len + 2))),
        None if rest.len() > limits.inline_len_max => Err(too_big),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests;
