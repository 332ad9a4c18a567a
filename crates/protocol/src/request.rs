//! One request: its arguments, as spans of the buffer they arrived in.
//!
//! A [`Request`] borrows the receive buffer and copies nothing; an [`OwnedRequest`] is the same
//! with bytes of its own, for what must outlive the buffer (a queued transaction, a parked waiter)
//! or was never in it (inline text with escapes).
//!
//! Must be true: every span lies inside the buffer it is used with. The parser sees to that.
//! Not here: which command it is, and how many arguments that one wants.

use std::ops::Range;

use crate::resp::header;

/// Where one argument lies in a buffer, in bytes. Eight bytes, so a batch of them stays in cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Length in bytes.
    pub len: u32,
}

impl Span {
    /// The same bytes as a range, for indexing.
    #[inline]
    pub fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}

/// A borrowed view of one request. The first argument is the command's name.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    buffer: &'a [u8],
    spans: &'a [Span],
    frame: Option<Span>,
}

impl<'a> Request<'a> {
    /// A request whose arguments are `spans` of `buffer`, with no frame that [`raw`](Self::raw)
    /// could return.
    #[inline]
    pub fn new(buffer: &'a [u8], spans: &'a [Span]) -> Self {
        Request { buffer, spans, frame: None }
    }

    /// A request that arrived as a multibulk occupying the bytes `frame` of `buffer`, which the
    /// parser has accepted. One that arrived in another form has an empty `frame`.
    #[inline]
    pub fn framed(buffer: &'a [u8], spans: &'a [Span], frame: Range<usize>) -> Self {
        let frame = Span { start: frame.start as u32, len: (frame.end - frame.start) as u32 };
        Request { buffer, spans, frame: Some(frame) }
    }

    /// How many arguments there are, the command's name included.
    #[inline]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none; no request that comes from the parser is empty.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Argument `index`, for callers that have checked the arity. Panics beyond it, as indexing
    /// does.
    #[inline]
    pub fn arg(&self, index: usize) -> &'a [u8] {
        &self.buffer[self.spans[index].range()]
    }

    /// Argument `index`, or `None` if there are fewer.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).map(|span| &self.buffer[span.range()])
    }

    /// All arguments in order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + DoubleEndedIterator + use<'a> {
        let buffer = self.buffer;
        self.spans.iter().map(move |span| &buffer[span.range()])
    }

    /// The arguments from `index` on, as a request of its own; empty if there are fewer.
    #[inline]
    pub fn from(&self, index: usize) -> Request<'a> {
        self.range_of(index..self.len())
    }

    /// The arguments of a range, as a request of its own; empty if there are not as many.
    pub fn range_of(&self, range: Range<usize>) -> Request<'a> {
        Request::new(self.buffer, self.spans.get(range).unwrap_or_default())
    }

    /// The exact bytes of the request, if they are what [`write_request`](crate::write_request)
    /// would write for its arguments, so that a log may append them as they are.
    ///
    /// `None` for inline text, and for a frame that the parser let pass although its lines do not
    /// end in CRLF. The check is made here because only writes need it.
    pub fn raw(&self) -> Option<&'a [u8]> {
        let frame = self.buffer.get(self.frame?.range())?;
        let origin = self.frame?.start as usize;
        let first_line = header::len(self.spans.len() as u64);
        if frame.get(first_line - 2..first_line) != Some(b"\r\n") {
            return None;
        }
        let mut canonical = true;
        for span in self.spans {
            let Range { start, end } = span.range();
            let (start, end) = (start - origin, end - origin);
            canonical &= frame[start - 2..start] == *b"\r\n" && frame[end..end + 2] == *b"\r\n";
        }
        canonical.then_some(frame)
    }

    /// A copy that owns its bytes.
    pub fn to_owned_request(&self) -> OwnedRequest {
        if let Some(frame) = self.frame.filter(|frame| frame.len > 0) {
            let shift = |span: &Span| Span { start: span.start - frame.start, len: span.len };
            return OwnedRequest {
                bytes: self.buffer[frame.range()].to_vec(),
                spans: self.spans.iter().map(shift).collect(),
                framed: true,
            };
        }
        self.iter().collect()
    }
}

/// A request that owns its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedRequest {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    framed: bool,
}

impl OwnedRequest {
    /// The borrowed view that commands work on.
    #[inline]
    pub fn as_request(&self) -> Request<'_> {
        let frame = Span { start: 0, len: self.bytes.len() as u32 };
        Request { buffer: &self.bytes, spans: &self.spans, frame: self.framed.then_some(frame) }
    }

    /// Heap bytes held, for memory accounting.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.spans.capacity() * size_of::<Span>()
    }

    /// Starts another, empty argument.
    pub(crate) fn begin_argument(&mut self) {
        self.spans.push(Span { start: self.bytes.len() as u32, len: 0 });
    }

    /// Appends to the argument begun last.
    pub(crate) fn extend_argument(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if let Some(last) = self.spans.last_mut() {
            last.len += bytes.len() as u32;
        }
    }
}

impl<'a> FromIterator<&'a [u8]> for OwnedRequest {
    fn from_iter<T: IntoIterator<Item = &'a [u8]>>(arguments: T) -> Self {
        let mut request = OwnedRequest::default();
        for argument in arguments {
            request.begin_argument();
            request.extend_argument(argument);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Parser, Step};

    fn parsed(bytes: &[u8]) -> (Vec<Span>, usize) {
        let mut spans = Vec::new();
        match Parser::default().next(bytes, 0, &Limits::default(), &mut spans) {
            Ok(Step::Request { end }) => (spans, end),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn arguments_are_slices_of_the_buffer() {
        let bytes = b"xx$3\r\nGET\r\n";
        let spans = [Span { start: 6, len: 3 }, Span { start: 2, len: 0 }];
        let request = Request::new(bytes, &spans);
        assert_eq!((request.len(), request.is_empty()), (2, false));
        assert_eq!(
            (request.arg(0), request.get(1), request.get(2)),
            (&b"GET"[..], Some(&b""[..]), None)
        );
        assert_eq!(request.iter().rev().collect::<Vec<_>>(), [&b""[..], b"GET"]);
        assert_eq!(request.from(1).len(), 1);
        assert!(request.from(2).is_empty() && request.from(9).is_empty());
    }

    #[test]
    fn raw_is_the_frame_if_and_only_if_it_is_canonical() {
        let cases: [(&[u8], bool); 5] = [
            (b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", true),
            (b"*2\rX$3\r\nGET\r\n$1\r\nk\r\n", false),
            (b"*2\r\n$3\rXGET\r\n$1\r\nk\r\n", false),
            (b"*2\r\n$3\r\nGETX\n$1\r\nk\r\n", false),
            (b"*2\r\n$3\r\nGET\r\n$1\r\nk\rX", false),
        ];
        for (bytes, canonical) in cases {
            let (spans, end) = parsed(bytes);
            let request = Request::framed(bytes, &spans, 0..end);
            assert_eq!(request.raw(), canonical.then_some(bytes), "{}", bytes.escape_ascii());
            let owned = request.to_owned_request();
            assert_eq!(owned.as_request().raw(), canonical.then_some(bytes));
            assert!(owned.as_request().iter().eq(request.iter()));
            assert_eq!(Request::new(bytes, &spans).raw(), None);
        }
    }

    #[test]
    fn a_copy_without_a_frame_keeps_the_arguments() {
        let (spans, end) = parsed(b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
        let bytes = &b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n"[..end];
        let owned = Request::new(bytes, &spans).from(0).to_owned_request();
        assert_eq!(owned.as_request().iter().collect::<Vec<_>>(), [&b"GET"[..], b""]);
        assert_eq!(owned.as_request().raw(), None);
    }
}
