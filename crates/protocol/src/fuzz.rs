//! Entry points for fuzzing: each takes any bytes and panics if a promise is broken.
//!
//! The property tests call them too. Not here: a fuzzer.

use crate::{
    Limits, Output, OwnedRequest, Parser, ProtocolError, Reply, Request, Span, Step, Value,
    Version, binary, decode, skip, write_request,
};

/// Everything a stream of bytes asks for, and the error that ended it, if one did.
type Requests = (Vec<Vec<Vec<u8>>>, Option<ProtocolError>);

/// Any bytes mean the same whole, byte by byte, and in chunks whose lengths the bytes themselves
/// choose; and what they mean survives being written out and read again.
#[doc(hidden)]
pub fn fuzz_parse(bytes: &[u8]) {
    for limits in [Limits::default(), Limits::unauthenticated()] {
        let whole = requests_in_chunks(bytes, &limits, [usize::MAX].into_iter());
        assert_eq!(requests_in_chunks(bytes, &limits, std::iter::repeat(1)), whole);
        let lens = bytes.iter().cycle().map(|&byte| usize::from(byte) + 1);
        assert_eq!(requests_in_chunks(bytes, &limits, lens), whole);
    }
    let (requests, _) = requests_in_chunks(bytes, &Limits::default(), [usize::MAX].into_iter());
    let mut written = Vec::new();
    for request in &requests {
        write_request(&mut written, &request.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    let again = requests_in_chunks(&written, &Limits::default(), [usize::MAX].into_iter());
    assert_eq!(again, (requests, None));
}

/// Any bytes are a reply, no reply, or the beginning of one; `decode` and `skip` agree.
#[doc(hidden)]
pub fn fuzz_decode(bytes: &[u8]) {
    let decoded = decode(bytes);
    let skipped = skip(bytes);
    if let Ok(Some((_, len))) = decoded {
        assert_eq!(skipped, Ok(Some(len)));
        assert!((1..=bytes.len()).contains(&len));
        assert!(matches!(decode(&bytes[..len]), Ok(Some((_, again))) if again == len));
        for cut in 0..len.min(512) {
            assert_eq!(decode(&bytes[..cut]), Ok(None::<(Value, usize)>));
            assert_eq!(skip(&bytes[..cut]), Ok(None));
        }
    } else if decoded == Ok(None) {
        assert_eq!(skipped, Ok(None));
    }
}

/// As [`fuzz_parse`], for the binary form.
#[doc(hidden)]
pub fn fuzz_binary_parse(bytes: &[u8]) {
    for limits in [Limits::default(), Limits::unauthenticated()] {
        let whole = binary_in_chunks(bytes, &limits, [usize::MAX].into_iter());
        assert_eq!(binary_in_chunks(bytes, &limits, std::iter::repeat(1)), whole);
        let lens = bytes.iter().cycle().map(|&byte| usize::from(byte) + 1);
        assert_eq!(binary_in_chunks(bytes, &limits, lens), whole);
    }
    let (requests, _) = binary_in_chunks(bytes, &Limits::default(), [usize::MAX].into_iter());
    let mut written = Vec::new();
    for request in &requests {
        let words: Vec<&[u8]> = request.iter().map(Vec::as_slice).collect();
        binary::decode::write_request(&mut written, &words);
    }
    let again = binary_in_chunks(&written, &Limits::default(), [usize::MAX].into_iter());
    assert_eq!(again, (requests, None));
}

/// Any bytes are a binary reply, no reply, or the beginning of one; a reply that is read is written
/// as it was, but for the codes of its errors.
#[doc(hidden)]
pub fn fuzz_binary_decode(bytes: &[u8]) {
    let Ok(Some((value, len))) = binary::decode::decode(bytes) else { return };
    assert_eq!(binary::decode::skip(bytes), Ok(Some(len)));
    for cut in 0..len.min(512) {
        assert_eq!(binary::decode::decode(&bytes[..cut]), Ok(None));
    }
    let mut output = Output::new();
    Reply::new(&mut output, Version::Binary3).value(&value);
    let written: Vec<u8> = output.pieces().collect::<Vec<_>>().concat();
    assert_eq!(written.len(), len);
    let again = binary::decode::decode(&written);
    assert!(matches!(again, Ok(Some((_, again))) if again == len));
}

/// As [`requests_in_chunks`], for the binary form.
pub(crate) fn binary_in_chunks(
    bytes: &[u8],
    limits: &Limits,
    mut chunk_lens: impl Iterator<Item = usize>,
) -> Requests {
    let mut requests = Vec::new();
    let mut buffer = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let len = chunk_lens.next().unwrap_or(usize::MAX).min(rest.len());
        let (chunk, later) = rest.split_at(len);
        buffer.extend_from_slice(chunk);
        rest = later;
        let mut from = 0;
        let mut spans = vec![Span { start: 0, len: 0 }];
        loop {
            let first = spans.len();
            let end = match binary::parse::next(&buffer, from, limits, &mut spans) {
                Ok(Step::Incomplete { needed }) => {
                    assert!(needed > 0 && spans.len() == first);
                    break;
                }
                Ok(Step::Request { end }) => {
                    let request = Request::framed(&buffer, &spans[first..], end..end);
                    check_raw(request);
                    assert_eq!(request.raw(), None);
                    requests.push(request.iter().map(<[u8]>::to_vec).collect());
                    end
                }
                Ok(Step::Skip { end }) => end,
                Ok(step @ Step::Inline { .. }) => {
                    assert_eq!(step, Step::Skip { end: from }, "there is no inline form");
                    break;
                }
                Err(error) => return (requests, Some(error)),
            };
            assert!(end > from && end <= buffer.len());
            from = end;
        }
        buffer.drain(..from);
    }
    (requests, None)
}

/// Feeds `bytes` to a parser in chunks of the given lengths (none left: all the rest), dropping
/// what is done from the buffer's front as a connection does.
pub(crate) fn requests_in_chunks(
    bytes: &[u8],
    limits: &Limits,
    mut chunk_lens: impl Iterator<Item = usize>,
) -> Requests {
    let mut parser = Parser::default();
    let mut requests = Vec::new();
    let mut buffer = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let len = chunk_lens.next().unwrap_or(usize::MAX).min(rest.len());
        let (chunk, later) = rest.split_at(len);
        buffer.extend_from_slice(chunk);
        rest = later;
        match take_requests(&mut parser, &buffer, limits, &mut requests) {
            Ok(done) => drop(buffer.drain(..done)),
            Err(error) => return (requests, Some(error)),
        }
    }
    (requests, None)
}

/// Takes every whole request of `buffer`; returns the offset of the first that is not whole.
fn take_requests(
    parser: &mut Parser,
    buffer: &[u8],
    limits: &Limits,
    requests: &mut Vec<Vec<Vec<u8>>>,
) -> Result<usize, ProtocolError> {
    let mut spans = vec![Span { start: 0, len: 0 }];
    let mut from = 0;
    loop {
        let first = spans.len();
        let step = parser.next(buffer, from, limits, &mut spans)?;
        let end = match &step {
            Step::Request { end } => {
                let request = Request::framed(buffer, &spans[first..], from..*end);
                check_raw(request);
                requests.push(request.iter().map(<[u8]>::to_vec).collect());
                *end
            }
            Step::Inline { end, request } => {
                requests.push(request.as_request().iter().map(<[u8]>::to_vec).collect());
                *end
            }
            Step::Skip { end } => *end,
            Step::Incomplete { needed } => {
                assert!(*needed > 0 && spans.len() == first);
                return Ok(from);
            }
        };
        assert!(end > from && end <= buffer.len());
        from = end;
    }
}

/// The raw bytes of a request are what its arguments would be written as.
fn check_raw(request: Request<'_>) {
    if let Some(raw) = request.raw() {
        let mut written = Vec::new();
        write_request(&mut written, &request.iter().collect::<Vec<_>>());
        assert_eq!(raw, written);
    }
    let owned: OwnedRequest = request.to_owned_request();
    assert_eq!(owned.as_request().raw(), request.raw());
    assert!(owned.as_request().iter().eq(request.iter()));
}
