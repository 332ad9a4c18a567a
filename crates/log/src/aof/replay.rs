//! Reading records: bytes in, requests out, and where the last whole record ends.
//!
//! The file is read in pieces of about a megabyte and parsed in place. The buffer grows only when a
//! record has filled half of it, so a corrupt length costs no more memory than the file has bytes.
//!
//! What counts as torn is an end of file inside a record or a group, or zeros up to the end (a
//! power cut can leave a file longer than what was written). Anything else that is not a record is
//! damage. A length made too big by damage also looks like an end inside a record; it gives itself
//! away by the whole records it swallows, and is reported as damage, where Redis would cut them.
//! A checksum line that does not match what stands before it is damage too; its place is where its
//! batch begins. The sums are taken of whole windows, not record by record.
//!
//! Must be true: nothing of a group is handed over before its EXEC was read; nothing behind damage
//! is handed over at all.
//! Not here: which file, and what to do about a torn end (`load.rs`).

use std::io::{self, Read};

use protocol::{Limits, Parser, Request, Span, Step};

use crate::aof::annotations::{Sums, is_sum, read_time};
use crate::aof::load::Visitor;

const CHUNK_BYTES: usize = 1 << 20;

/// How reading ended, unless it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Behind a whole record.
    Clean,
    /// Inside a record or group that begins at this offset.
    Torn { whole: u64 },
    /// Before an annotation, at this offset, of a later time than was asked for.
    Later { offset: u64 },
}

/// Why reading failed, with the offset of the record concerned.
#[derive(Debug)]
pub(crate) enum ReplayError {
    Damaged { offset: u64, reason: String },
    Refused { offset: u64, reason: String },
    Io { offset: u64, cause: io::Error },
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) end: End,
    pub(crate) records: u64,
    /// Length of the file.
    pub(crate) len: u64,
    /// The line that would give the records behind the last checksum theirs, if it can be known.
    pub(crate) closing: Option<Vec<u8>>,
    /// Checksums that matched.
    pub(crate) sums: u64,
}

/// Where and how far to read.
#[derive(Clone, Copy)]
pub(crate) struct Range<'a> {
    /// The offset of the input's first byte in its file.
    pub(crate) from: u64,
    /// Annotations of later seconds end it.
    pub(crate) until_s: Option<u64>,
    pub(crate) limits: &'a Limits,
}

/// Reads records up to the end of `input`.
pub(crate) fn replay(
    input: &mut dyn Read,
    range: Range<'_>,
    visitor: &mut dyn Visitor,
) -> Result<Replayed, ReplayError> {
    let source = Source {
        input,
        buffer: Vec::new(),
        start: 0,
        end: 0,
        offset: range.from,
        ended: false,
        summed: 0,
        sums: Sums::new(),
    };
    let mut replay = Replay {
        source,
        limits: range.limits,
        until_s: range.until_s,
        batch: range.from,
        sums: 0,
        closing: None,
        visitor,
        parser: Parser::default(),
        spans: Vec::new(),
        database: 0,
        group: None,
        records: 0,
    };
    let end = replay.run()?;
    let Replay { source, records, closing, sums, .. } = replay;
    Ok(Replayed { end, records, len: source.offset + source.end as u64, closing, sums })
}

/// The file through a window: `buffer[start..end]` has been read and not yet used.
struct Source<'a> {
    input: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `buffer[0]` in the file.
    offset: u64,
    ended: bool,
    /// What has been used up to `buffer[summed]` is in `sums`.
    summed: usize,
    sums: Sums,
}

impl Source<'_> {
    /// Adds what has been used to the sums.
    fn sum_up(&mut self) {
        self.sums.add(&self.buffer[self.summed..self.start]);
        self.summed = self.start;
    }

    fn position(&self) -> u64 {
        self.offset + self.start as u64
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads more behind what is there; `false` at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        self.sum_up();
        self.summed = 0;
        let rest = self.end - self.start;
        if self.buffer.len() < rest + CHUNK_BYTES / 2 {
            // Zeroed by the system, for nothing.
            let mut larger = vec![0; (self.buffer.len() * 2).max(CHUNK_BYTES)];
            larger[..rest].copy_from_slice(self.rest());
            self.buffer = larger;
        } else {
            self.buffer.copy_within(self.start..self.end, 0);
        }
        self.offset += self.start as u64;
        self.end = rest;
        self.start = 0;
        while !self.ended {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

struct Replay<'a> {
    source: Source<'a>,
    limits: &'a Limits,
    until_s: Option<u64>,
    /// Where the batch began whose checksum comes next.
    batch: u64,
    sums: u64,
    closing: Option<Vec<u8>>,
    visitor: &'a mut dyn Visitor,
    parser: Parser,
    spans: Vec<Span>,
    database: u32,
    group: Option<OpenGroup>,
    records: u64,
}

/// A group whose EXEC has not come: its requests, copied behind each other.
struct OpenGroup {
    /// Where MULTI stands in the file.
    offset: u64,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    requests: Vec<Queued>,
}

/// One request of a group, by where it ends.
struct Queued {
    database: u32,
    bytes_end: usize,
    spans_end: usize,
}

/// What stands at the beginning of the window.
enum Found {
    Request { end: usize },
    Annotation { end: usize },
    Unfinished,
    Nonsense(String),
}

impl Replay<'_> {
    fn run(&mut self) -> Result<End, ReplayError> {
        loop {
            match self.find() {
                Found::Request { end } => {
                    self.take(end)?;
                    self.source.start = end;
                }
                Found::Annotation { end } => {
                    if let Some(end) = self.annotation(end)? {
                        return Ok(end);
                    }
                }
                Found::Unfinished => {
                    let more = self.source.fill();
                    let offset = self.source.position();
                    self.visitor.on_progress(self.source.offset + self.source.end as u64);
                    if !more.map_err(|cause| ReplayError::Io { offset, cause })? {
                        return self.end();
                    }
                }
                Found::Nonsense(reason) => return self.nonsense(reason),
            }
        }
    }

    #[inline]
    fn find(&mut self) -> Found {
        let Source { buffer, start, end, .. } = &self.source;
        let (bytes, start) = (&buffer[..*end], *start);
        match bytes.get(start) {
            None => Found::Unfinished,
            Some(b'*') => {
                self.spans.clear();
                match self.parser.next(bytes, start, self.limits, &mut self.spans) {
                    Ok(Step::Request { end }) => {
                        match Request::framed(bytes, &self.spans, start..end).raw() {
                            Some(_) => Found::Request { end },
                            None => Found::Nonsense("a line without CRLF at its end".to_owned()),
                        }
                    }
                    Ok(Step::Incomplete { .. }) => Found::Unfinished,
                    Ok(Step::Inline { .. } | Step::Skip { .. }) => {
                        Found::Nonsense("a record without arguments".to_owned())
                    }
                    Err(error) => Found::Nonsense(error.to_string()),
                }
            }
            Some(b'#') => match bytes[start..].iter().position(|&byte| byte == b'\n') {
                Some(len) => Found::Annotation { end: start + len + 1 },
                None => Found::Unfinished,
            },
            Some(&byte) => Found::Nonsense(format!("expected '*', got '{}'", byte.escape_ascii())),
        }
    }

    /// Handles the annotation between the window's start and `end`. Returns whether that ends it.
    fn annotation(&mut self, end: usize) -> Result<Option<End>, ReplayError> {
        let offset = self.source.position();
        let line = self.source.start..end;
        if is_sum(&self.source.buffer[line.clone()]) {
            self.source.sum_up();
            let Source { buffer, sums, .. } = &mut self.source;
            let checked = sums.check(&buffer[line]);
            let batch = std::mem::replace(&mut self.batch, offset);
            checked.map_err(|reason| ReplayError::Damaged { offset: batch, reason })?;
            self.sums += 1;
            self.source.summed = end;
        } else if let (Some(until_s), Some(second)) =
            (self.until_s, read_time(&self.source.buffer[line]))
            && second > until_s
        {
            let offset = self.group.as_ref().map_or(offset, |group| group.offset);
            return Ok(Some(End::Later { offset }));
        }
        self.source.start = end;
        Ok(None)
    }

    /// Handles the request between the window's start and `end`.
    #[inline]
    fn take(&mut self, end: usize) -> Result<(), ReplayError> {
        let (start, offset) = (self.source.start, self.source.position());
        let request = Request::framed(&self.source.buffer, &self.spans, start..end);
        let name = request.arg(0);
        match name.len() {
            6 if name.eq_ignore_ascii_case(b"SELECT") && request.len() == 2 => {
                self.database = database(request.arg(1)).ok_or_else(|| ReplayError::Damaged {
                    offset,
                    reason: "SELECT without a database number".to_owned(),
                })?;
            }
            5 if name.eq_ignore_ascii_case(b"MULTI") && request.len() == 1 => {
                let opened = OpenGroup::new(offset);
                if self.group.replace(opened).is_some() {
                    let reason = "MULTI inside a group".to_owned();
                    return Err(ReplayError::Damaged { offset, reason });
                }
            }
            4 if name.eq_ignore_ascii_case(b"EXEC") && request.len() == 1 => {
                let Some(group) = self.group.take() else {
                    let reason = "EXEC without a group".to_owned();
                    return Err(ReplayError::Damaged { offset, reason });
                };
                self.records += group.requests.len() as u64;
                group.visit(self.visitor)?;
            }
            _ => match &mut self.group {
                Some(group) => {
                    let bytes = &self.source.buffer[start..end];
                    group.push(self.database, bytes, &self.spans, start)?;
                }
                None => {
                    self.records += 1;
                    let visited = self.visitor.on_request(self.database, request);
                    visited.map_err(|reason| ReplayError::Refused { offset, reason })?;
                }
            },
        }
        Ok(())
    }

    /// The end of the file, inside a record unless the window is empty.
    fn end(&mut self) -> Result<End, ReplayError> {
        let offset = self.source.position();
        if swallows_records(self.source.rest(), self.limits) {
            let reason = "a length that reaches over whole records to the end".to_owned();
            return Err(ReplayError::Damaged { offset, reason });
        }
        self.note_closing();
        match &self.group {
            Some(group) => Ok(End::Torn { whole: group.offset }),
            None if self.source.rest().is_empty() => Ok(End::Clean),
            None => Ok(End::Torn { whole: offset }),
        }
    }

    /// What is not a record: torn if it, or the end of it, is zeros up to the end of the file.
    #[cold]
    fn nonsense(&mut self, reason: String) -> Result<End, ReplayError> {
        let offset = self.source.position();
        self.note_closing();
        let last = self.source.rest().iter().rposition(|&byte| byte != 0);
        let solid = last.map_or(0, |last| last + 1);
        let zeros = solid < self.source.rest().len() && self.zeros_to_the_end(solid)?;
        let rest = &self.source.rest()[..solid];
        let unfinished = rest.is_empty()
            || matches!(
                Parser::default().next(rest, 0, self.limits, &mut Vec::new()),
                Ok(Step::Incomplete { .. })
            );
        if !zeros || !unfinished {
            return Err(ReplayError::Damaged { offset, reason });
        }
        let whole = self.group.as_ref().map_or(offset, |group| group.offset);
        Ok(End::Torn { whole })
    }

    /// What is used is what is whole, unless a group is open.
    fn note_closing(&mut self) {
        self.source.sum_up();
        if self.group.is_none() && self.source.sums.open_bytes() > 0 {
            let mut line = Vec::new();
            self.source.sums.close(&mut line);
            self.closing = Some(line);
        }
    }

    /// Whether there is nothing but zeros behind the first `solid` bytes of the window. Keeps
    /// those, and reads the file to its end.
    fn zeros_to_the_end(&mut self, solid: usize) -> Result<bool, ReplayError> {
        let mut zeros = true;
        let mut scratch = vec![0; CHUNK_BYTES];
        while zeros && !self.source.ended {
            match self.source.input.read(&mut scratch) {
                Ok(0) => self.source.ended = true,
                Ok(count) => {
                    zeros = scratch[..count].iter().all(|&byte| byte == 0);
                    // Only the length of the file is still of interest.
                    self.source.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => {
                    return Err(ReplayError::Io { offset: self.source.position(), cause });
                }
            }
        }
        debug_assert!(solid <= self.source.rest().len());
        Ok(zeros)
    }
}

impl OpenGroup {
    fn new(offset: u64) -> OpenGroup {
        OpenGroup { offset, bytes: Vec::new(), spans: Vec::new(), requests: Vec::new() }
    }

    /// Adds a request whose bytes began at `origin` in the buffer that `spans` point into.
    fn push(
        &mut self,
        database: u32,
        bytes: &[u8],
        spans: &[Span],
        origin: usize,
    ) -> Result<(), ReplayError> {
        let base = self.bytes.len();
        if base + bytes.len() > u32::MAX as usize {
            let reason = "a group of more than 4 GB".to_owned();
            return Err(ReplayError::Damaged { offset: self.offset, reason });
        }
        self.bytes.extend_from_slice(bytes);
        let shift =
            |span: &Span| Span { start: (span.start as usize - origin + base) as u32, ..*span };
        self.spans.extend(spans.iter().map(shift));
        let (bytes_end, spans_end) = (self.bytes.len(), self.spans.len());
        self.requests.push(Queued { database, bytes_end, spans_end });
        Ok(())
    }

    fn visit(&self, visitor: &mut dyn Visitor) -> Result<(), ReplayError> {
        let (mut byte, mut span) = (0, 0);
        for queued in &self.requests {
            let frame = byte..queued.bytes_end;
            let request = Request::framed(&self.bytes, &self.spans[span..queued.spans_end], frame);
            visitor
                .on_request(queued.database, request)
                .map_err(|reason| ReplayError::Refused { offset: self.offset, reason })?;
            (byte, span) = (queued.bytes_end, queued.spans_end);
        }
        Ok(())
    }
}

fn database(text: &[u8]) -> Option<u32> {
    base::number::parse_u64(text).and_then(|number| u32::try_from(number).ok())
}

/// Whether an unfinished record has a whole one inside it, where a line may begin.
fn swallows_records(rest: &[u8], limits: &Limits) -> bool {
    let mut spans = Vec::new();
    let starts = rest.windows(3).enumerate().filter(|(_, three)| *three == b"\r\n*");
    for (at, _) in starts {
        spans.clear();
        let inner = &rest[at + 2..];
        if let Ok(Step::Request { end }) = Parser::default().next(inner, 0, limits, &mut spans)
            && Request::framed(inner, &spans, 0..end).raw().is_some()
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
