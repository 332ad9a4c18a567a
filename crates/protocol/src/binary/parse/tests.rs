//! Exact bytes of requests, whole, cut and wrong.

use super::*;
use crate::binary::decode::write_request;
use crate::fuzz::{binary_in_chunks, fuzz_binary_parse};
use proptest::prelude::*;

fn step(bytes: &[u8], limits: &Limits) -> (Result<Step, ProtocolError>, Vec<Vec<u8>>) {
    let mut spans = Vec::new();
    let step = next(bytes, 0, limits, &mut spans);
    (step, spans.iter().map(|span| bytes[span.range()].to_vec()).collect())
}

fn check(bytes: &[u8], expected: Result<Step, ProtocolError>, words: &[&[u8]]) {
    let (step, found) = step(bytes, &Limits::default());
    assert_eq!(step, expected, "{}", bytes.escape_ascii());
    assert_eq!(found, words);
}

const GET: &[u8] = b"\x0d\0\0\0\x02\x03\0\0\0GET\x01\0\0\0k";

#[test]
fn strings_are_counted_in_one_byte_or_in_four() {
    check(GET, Ok(Step::Request { end: 17 }), &[b"GET", b"k"]);
    let long = b"\x11\0\0\0\0\x02\0\0\0\x03\0\0\0GET\x01\0\0\0k*";
    check(long, Ok(Step::Request { end: 21 }), &[b"GET", b"k"]);
    check(b"\x01\0\0\0\0x", Ok(Step::Skip { end: 5 }), &[]);
    check(b"\x05\0\0\0\0\0\0\0\0", Ok(Step::Skip { end: 9 }), &[]);
    check(b"\x05\0\0\0\x01\0\0\0\0", Ok(Step::Request { end: 9 }), &[b""]);
}

#[test]
fn a_cut_request_says_what_it_lacks() {
    for (len, needed) in [(0, 4), (1, 3), (4, 13), (5, 12), (8, 9), (12, 5), (16, 1)] {
        check(&GET[..len], Ok(Step::Incomplete { needed }), &[]);
    }
}

#[test]
fn what_cannot_be_a_request_is_told_as_soon_as_it_shows() {
    let wrong = || Err(ProtocolError::InvalidRequestLength);
    check(b"\0\0\0\0", wrong(), &[]);
    // A string beyond the end, too few bytes for the count, too many.
    for bytes in [
        &b"\x0c\0\0\0\x02\x03\0\0\0GET\x01\0\0\0k"[..],
        b"\x0e\0\0\0\x02\x03\0\0\0GET\x01\0\0\0kk",
        b"\x0d\0\0\0\x01\x03\0\0\0GET\x01\0\0\0k",
        b"\x0d\0\0\0\x01\x0c\0\0\0",
        b"\x03\0\0\0\0\0\0",
        b"\x05\0\0\0\0\x01\0\0\0",
        b"\x06\0\0\0\0\0\0\0\0k",
    ] {
        assert!(matches!(step(bytes, &Limits::default()).0, Ok(Step::Incomplete { .. }) | Err(_)));
        let whole = [bytes, &[0; 20]].concat();
        check(&whole, wrong(), &[]);
    }
    // RESP: the first string would be of 1.3 GB, in a request of 168 MB.
    check(b"*1\r\n$4\r\nPING\r\n", Err(ProtocolError::InvalidBulkLength), &[]);
    let announced = b"\xff\xff\xff\xff\x01";
    check(announced, Err(ProtocolError::TooBigRequest), &[]);
}

#[test]
fn before_authentication_requests_are_small() {
    let limits = Limits::unauthenticated();
    let long = [&b"\x01\x00\x00\x10\x0a"[..], &[0; 8]].concat();
    assert_eq!(step(&long, &limits).0, Err(ProtocolError::UnauthenticatedBulkLength));
    let mut many = Vec::new();
    write_request(&mut many, &[&b"x"[..]; 11]);
    assert_eq!(step(&many, &limits).0, Err(ProtocolError::UnauthenticatedMultibulkLength));
    let mut most = Vec::new();
    write_request(&mut most, &[&[b'x'; 16_384][..]; 10]);
    assert!(matches!(step(&most, &limits).0, Ok(Step::Request { .. })));
}

proptest! {
    #[test]
    fn what_is_written_is_what_arrives_in_whatever_pieces(
        requests in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..300), 0..4),
        lens in prop::collection::vec(1usize..400, 1..20),
    ) {
        let mut bytes = Vec::new();
        for request in &requests {
            write_request(&mut bytes, &request.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        let chunks = lens.into_iter().cycle();
        prop_assert_eq!(binary_in_chunks(&bytes, &Limits::default(), chunks), (requests, None));
    }

    #[test]
    fn any_bytes_mean_the_same_in_whatever_pieces(
        bytes in prop::collection::vec(prop_oneof![Just(0u8), 0u8..20, any::<u8>()], 0..80),
    ) {
        fuzz_binary_parse(&bytes);
    }
}
