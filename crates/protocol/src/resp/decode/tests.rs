//! What is a reply, what is the beginning of one, and what is none.

use super::*;
use crate::fuzz::fuzz_decode;
use proptest::prelude::*;

fn bulk(text: &str) -> Value {
    Value::Bulk(text.as_bytes().to_vec())
}

#[test]
fn every_type_is_read() {
    let cases = [
        ("+OK\r\n", Value::Status(b"OK".to_vec())),
        ("-ERR x\r\n", Value::Error(b"ERR x".to_vec())),
        ("!5\r\nERR x\r\n", Value::Error(b"ERR x".to_vec())),
        (":-5\r\n", Value::Int(-5)),
        ("$0\r\n\r\n", bulk("")),
        ("$3\r\n\r\na\r\n", bulk("\r\na")),
        ("$-1\r\n", Value::Null),
        ("*-1\r\n", Value::Null),
        ("_\r\n", Value::Null),
        ("*0\r\n", Value::Array(vec![])),
        (
            "*2\r\n:1\r\n*1\r\n$1\r\na\r\n",
            Value::Array(vec![Value::Int(1), Value::Array(vec![bulk("a")])]),
        ),
        ("%1\r\n+a\r\n:1\r\n", Value::Map(vec![(Value::Status(b"a".to_vec()), Value::Int(1))])),
        ("~1\r\n:1\r\n", Value::Set(vec![Value::Int(1)])),
        (">1\r\n:1\r\n", Value::Push(vec![Value::Int(1)])),
        (",1.5\r\n", Value::Double(1.5)),
        (",-inf\r\n", Value::Double(f64::NEG_INFINITY)),
        ("#t\r\n", Value::Boolean(true)),
        ("#f\r\n", Value::Boolean(false)),
        ("(123\r\n", Value::BigNumber(b"123".to_vec())),
        ("=6\r\nmkd:hi\r\n", Value::Verbatim(*b"mkd", b"hi".to_vec())),
        (
            "|1\r\n:1\r\n:2\r\n:3\r\n",
            Value::Attribute(vec![(Value::Int(1), Value::Int(2))], Box::new(Value::Int(3))),
        ),
    ];
    for (text, value) in cases {
        assert_eq!(decode(text.as_bytes()), Ok(Some((value, text.len()))), "{text}");
        let followed = [text.as_bytes(), b"+more\r\n"].concat();
        assert_eq!(skip(&followed), Ok(Some(text.len())), "{text}");
        fuzz_decode(&followed);
    }
}

#[test]
fn what_is_no_reply_is_refused() {
    let cases = [
        ("x\r\n", DecodeError::UnknownType(b'x')),
        ("$1\r\nabc", DecodeError::Malformed),
        ("+a\n", DecodeError::Malformed),
        ("~0\r%2\n", DecodeError::Malformed),
        ("#x\r\n", DecodeError::Malformed),
        ("_x\r\n", DecodeError::Malformed),
        ("=2\r\nab\r\n", DecodeError::Malformed),
        (":x\r\n", DecodeError::InvalidNumber),
        (",x\r\n", DecodeError::InvalidNumber),
        ("$-2\r\n", DecodeError::InvalidNumber),
        ("%-1\r\n", DecodeError::InvalidNumber),
        ("*x\r\n", DecodeError::InvalidNumber),
    ];
    for (text, error) in cases {
        assert_eq!(decode(text.as_bytes()), Err(error), "{text}");
    }
    assert_eq!(DecodeError::UnknownType(7).to_string(), r"unknown reply type '\u{7}'");
}

#[test]
fn nesting_and_claims_are_bounded() {
    let deep = b"*1\r\n".repeat(1_000_000);
    assert_eq!(decode(&deep), Err(DecodeError::TooDeep));
    assert_eq!(skip(&deep), Ok(None));
    let fits = [&b"*1\r\n".repeat(DEPTH_MAX)[..], b":1\r\n"].concat();
    assert!(matches!(decode(&fits), Ok(Some(_))));
    for claim in [
        "*9223372036854775807\r\n:1\r\n",
        "%9223372036854775807\r\n",
        "$9223372036854775807\r\nabc",
    ] {
        assert_eq!(decode(claim.as_bytes()), Ok(None));
        assert_eq!(skip(claim.as_bytes()), Ok(None));
    }
}

#[test]
fn a_request_is_an_array_of_strings() {
    let mut bytes = Vec::new();
    write_request(&mut bytes, &[b"GET", b""]);
    assert_eq!(bytes, b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

proptest! {
    #[test]
    fn garbage_is_never_misread(
        pieces in prop::collection::vec(
            prop_oneof![
                "[-+:$*%~>|,#_(=!]", "[0-9]", "\r\n", "[ab]{1,3}",
                ":1\r\n", "[$]1\r\na\r\n", "%1\r\n",
            ], 0..12),
        noise in prop::collection::vec(any::<u8>(), 0..6),
    ) {
        fuzz_decode(&[pieces.concat().as_bytes(), &noise].concat());
    }
}
