//! The parser against exact cases (each seen on Redis 7.0.15) and against itself in pieces.

use super::*;
use crate::fuzz::{fuzz_parse, requests_in_chunks};
use crate::resp::decode::write_request;
use proptest::prelude::*;

/// What the bytes ask for: requests joined by spaces, then the error's text.
fn check_with(limits: &Limits, bytes: &[u8], expected: &[&str]) {
    let whole = requests_in_chunks(bytes, limits, [usize::MAX].into_iter());
    let single = requests_in_chunks(bytes, limits, std::iter::repeat(1));
    assert_eq!(whole, single, "{}", bytes.escape_ascii());
    // One character per byte, so that any byte can be written in the expected texts.
    let text = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect::<String>();
    let mut found: Vec<_> = whole.0.iter().map(|request| text(&request.join(&b' '))).collect();
    found.extend(whole.1.map(|error| text(&error.text())));
    assert_eq!(found, expected, "{}", bytes[..bytes.len().min(99)].escape_ascii());
}

fn check(bytes: &[u8], expected: &[&str]) {
    check_with(&Limits::default(), bytes, expected);
}

const BAD_COUNT: &[&str] = &["Protocol error: invalid multibulk length"];
const BAD_LENGTH: &[&str] = &["Protocol error: invalid bulk length"];

#[test]
fn requests_of_both_forms_follow_each_other() {
    check(
        b"*1\r\n$4\r\nPING\r\nPING\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\nGET 'a b'\n",
        &["PING", "PING", "GET ", "GET a b"],
    );
    check(b"PING\nPING\r\nPING\r\r\n +PING\r\n$4\r\n", &["PING", "PING", "PING", "+PING", "$4"]);
}

#[test]
fn what_asks_for_nothing_is_skipped() {
    let bytes = b"*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n\n  \t\r\n*1\r\n$4\r\nPING\r\n";
    check(bytes, &["PING"]);
    let mut spans = Vec::new();
    let step = Parser::default().next(bytes, 4, &Limits::default(), &mut spans);
    assert_eq!((step, spans.len()), (Ok(Step::Skip { end: 9 }), 0));
}

#[test]
fn bytes_where_line_ends_belong_are_skipped_unseen() {
    check(b"*1\rX$4\rYPINGzzPING\r\n", &["PING", "PING"]);
    check(b"*1\r\n$4\r\n\r\n\r\n\r\nPING\r\n", &["\r\n\r\n", "PING"]);
}

#[test]
fn counts_have_one_form_and_a_limit() {
    for count in ["", "-", "+1", "01", "00", "-0", "1a", " 1", "2147483648", "9223372036854775808"]
    {
        check(format!("*{count}\r\n").as_bytes(), BAD_COUNT);
        check(format!("*{count}\r").as_bytes(), &[]);
    }
    check(b"*-9223372036854775809\r\n", BAD_COUNT);
    check(b"*2147483647\r\n$1\r\na\r\n", &[]);
}

#[test]
fn lengths_have_one_form_and_a_limit() {
    for len in ["", "-", "-1", "-0", "+1", "01", "00", "1a", " 4", "536870913", "9999999999"] {
        check(format!("*2\r\n$1\r\na\r\n${len}\r\n").as_bytes(), BAD_LENGTH);
    }
    check(b"*1\r\n$536870912\r\nabc", &[]);
    let limits = Limits { bulk_len_max: 10, ..Limits::default() };
    check_with(
        &limits,
        b"*1\r\n$10\r\n0123456789\r\n*1\r\n$11\r\n",
        &["0123456789", BAD_LENGTH[0]],
    );
    let limits = Limits { bulk_len_max: u64::MAX, ..Limits::default() };
    check_with(&limits, b"*1\r\n$4294967295\r\n", &["Protocol error: too big request"]);
    check_with(&limits, b"*1\r\n$9223372036854775807\r\n", &["Protocol error: too big request"]);
    check_with(&limits, b"*1\r\n$4294967000\r\n", &[]);
}

#[test]
fn a_bulk_must_begin_with_a_dollar() {
    check(b"*1\r\nX4\r\n", &["Protocol error: expected '$', got 'X'"]);
    check(b"*2\r\n$1\r\na\r\n:1\r\n", &["Protocol error: expected '$', got ':'"]);
    check(b"*1\r\n\r\n", &["Protocol error: expected '$', got ' '"]);
    check(b"*1\r\n\n\r\n", &["Protocol error: expected '$', got ' '"]);
    check(b"*1\r\n\xff4\r\n", &["Protocol error: expected '$', got '\u{ff}'"]);
    check(b"*1\r\nX4\r", &[]);
}

#[test]
fn lines_have_a_limit() {
    let max = Limits::default().inline_len_max;
    let too_big_length = "Protocol error: too big bulk count string";
    let cases: [(&str, &str, &str, Option<&str>, &str); 4] = [
        ("", "PING ", "\n", None, "Protocol error: too big inline request"),
        ("", "*", "\r\n", Some(BAD_COUNT[0]), "Protocol error: too big mbulk count string"),
        ("*1\r\n", "$", "\r\n", Some(BAD_LENGTH[0]), too_big_length),
        ("*1\r\n", "x", "\r\n", Some("Protocol error: expected '$', got 'x'"), too_big_length),
    ];
    for (before, start, end, error_within, error_beyond) in cases {
        let error = |len: usize, end: &str| {
            let line = [before, start, &"1".repeat(len - start.len()), end].concat();
            let lens = [9, max].into_iter();
            let (_, error) = requests_in_chunks(line.as_bytes(), &Limits::default(), lens);
            error.map(|error| error.to_string())
        };
        assert_eq!(error(max, ""), None);
        assert_eq!(error(max, end).as_deref(), error_within);
        assert_eq!(error(max + 1, "").as_deref(), Some(error_beyond));
        assert_eq!(error(max + 1, end).as_deref(), Some(error_beyond));
    }
}

#[test]
fn who_has_not_authenticated_may_ask_for_little() {
    let limits = Limits::unauthenticated();
    check_with(&limits, b"*10\r\n$16384\r\n", &[]);
    check_with(&limits, b"*11\r\n", &["Protocol error: unauthenticated multibulk length"]);
    check_with(&limits, b"*1\r\n$16385\r\n", &["Protocol error: unauthenticated bulk length"]);
    check_with(&limits, b"*2147483648\r\n", BAD_COUNT);
    check_with(&limits, b"*1\r\n$536870913\r\n", BAD_LENGTH);
}

#[test]
fn quotes_must_balance() {
    check(b"PING\r\nECHO \"a\r\n", &["PING", "Protocol error: unbalanced quotes in request"]);
}

#[test]
fn an_incomplete_request_says_what_it_lacks() {
    let cases: [(&[u8], usize); 7] = [
        (b"", 1),
        (b"PIN", 1),
        (b"*1", 1),
        (b"*1\r\n$4\r", 1),
        (b"*1\r\n$4\r\n", 6),
        (b"*2\r\n$4\r\nPING\r", 1),
        (b"*2\r\n$100000\r\nabc", 99_999),
    ];
    for (bytes, needed) in cases {
        let mut spans = Vec::new();
        let mut parser = Parser::default();
        let step = parser.next(bytes, 0, &Limits::default(), &mut spans);
        assert_eq!(step, Ok(Step::Incomplete { needed }), "{}", bytes.escape_ascii());
        assert!(spans.is_empty() && parser.heap_bytes() == 0);
    }
}

#[test]
fn a_claim_reserves_nothing() {
    let mut parser = Parser::default();
    let bytes = [&b"*2147483647\r\n"[..], &b"$0\r\n\r\n".repeat(1_000)].concat();
    let mut spans = Vec::new();
    let step = parser.next(&bytes, 0, &Limits::default(), &mut spans);
    assert_eq!(step, Ok(Step::Incomplete { needed: 1 }));
    assert!((1..20_000).contains(&parser.heap_bytes()));
    assert_eq!(spans.capacity() * size_of::<Span>() / 16_384, 0);
}

#[test]
fn a_big_request_is_resumed_where_it_was_left_even_if_the_buffer_moves() {
    const ARGUMENTS: usize = 200_000;
    let request = [&b"*200000\r\n"[..], &b"$1\r\na\r\n".repeat(ARGUMENTS)].concat();
    let mut parser = Parser::default();
    let mut spans = Vec::new();
    for end in (0..request.len()).step_by(2) {
        let step = parser.next(&request[..end], 0, &Limits::default(), &mut spans);
        assert!(matches!(step, Ok(Step::Incomplete { .. })) && spans.is_empty());
    }
    let moved = [&b"moved"[..], &request, b"*1\r\n$4\r\nPING\r\n"].concat();
    let end = 5 + request.len();
    let step = parser.next(&moved, 5, &Limits::default(), &mut spans);
    assert_eq!(step, Ok(Step::Request { end }));
    assert_eq!((spans.len(), parser.heap_bytes()), (ARGUMENTS, 0));
    assert!(spans.iter().all(|span| moved[span.range()] == *b"a"));
    let step = parser.next(&moved, end, &Limits::default(), &mut spans);
    assert_eq!(step, Ok(Step::Request { end: moved.len() }));
}

/// Pieces of protocol, so that random sequences get past the first line.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"*",
        b"$",
        b"\r\n",
        b"\r",
        b"\n",
        b"1",
        b"2",
        b"0",
        b"-1",
        b"*1\r\n",
        b"*2\r\n$3\r\nGET\r\n",
        b"$4\r\nPING\r\n",
        b"$0\r\n\r\n",
        b"PING",
        b" ",
        b"\"",
        b"'",
        b"\\x41",
        b"\\",
        b"a\x00\xff",
        b"*11\r\n",
        b"$16385\r\n",
        b"*90\r\n",
        b"$10\r\n0123456789\r\n",
    ];
    prop_oneof![
        8 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        1 => (80..300usize).prop_map(|count| {
            [format!("*{count}\r\n").as_bytes(), &b"$2\r\nab\r\n".repeat(count)].concat()
        }),
    ]
}

proptest! {
    #[test]
    fn requests_survive_any_cutting(
        requests in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20), 0..8),
        lens in prop::collection::vec(1..700usize, 1..20),
    ) {
        let mut bytes = Vec::new();
        for request in &requests {
            write_request(&mut bytes, &request.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        for lens in [vec![usize::MAX], vec![1], lens] {
            let lens = lens.into_iter().cycle();
            let found = requests_in_chunks(&bytes, &Limits::default(), lens);
            prop_assert_eq!(&found, &(requests.clone(), None));
        }
    }

    #[test]
    fn garbage_means_the_same_in_any_pieces(fragments in prop::collection::vec(fragment(), 0..30)) {
        fuzz_parse(&fragments.concat());
    }

    #[test]
    fn noise_means_the_same_in_any_pieces(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz_parse(&bytes);
    }
}
