//! Text to number and back, exactly as Redis reads and prints them.
//!
//! Integers are strict: one spelling per value, so that a string which parses can be stored as the
//! integer and printed back unchanged. Doubles are as lenient as C's `strtod` (hexadecimal,
//! "infinity", exponents) but must fill the whole text and may be neither NaN nor out of range.
//!
//! Two layouts of doubles exist because Redis changed its mind: up to 7.0 replies carry `%.17g`
//! (0.1 is "0.10000000000000001"); from 7.2 the shortest text that reads back the same ("0.1").
//!
//! Not here: the 80-bit numbers of INCRBYFLOAT (`extended`), and error texts.

mod decimal;
mod literal;
mod seventeen;

use rustc_apfloat::Float;
use rustc_apfloat::ieee::Double;

use decimal::{Append, Decimal, Output};
pub(crate) use literal::{FloatText, finite_from_text};

/// Longest text `parse_i64` can accept: "-9223372036854775808".
const I64_TEXT_MAX: usize = 20;

/// Digits that cannot overflow 64 bits, whatever they are.
const DIGITS_SAFE: usize = 18;

/// Room for one printed number, on the stack. Reuse it: making one is nearly free.
#[derive(Default)]
pub struct NumberBuffer {
    integer: itoa::Buffer,
    // The longest is "-1.2345678901234567e-308" (24); a negative fixed layout takes 24 too.
    text: [u8; 32],
}

impl NumberBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Reads a signed integer in its only spelling: digits, with '-' in front if negative.
///
/// Refuses empty text, '+', spaces, leading zeros, "-0" and anything outside `i64`.
#[inline]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    if text == b"0" {
        return Some(0);
    }
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // Nineteen digits cannot overflow 64 bits without sign.
    if !matches!(digits.first(), Some(b'1'..=b'9')) || digits.len() > 19 {
        return None;
    }
    let mut magnitude = 0u64;
    for &byte in digits {
        magnitude = magnitude * 10 + u64::from(digit(byte)?);
    }
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Reads an unsigned integer in its only spelling; refusals as in [`parse_i64`].
#[inline]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    let &first = text.first()?;
    if first == b'0' {
        return (text.len() == 1).then_some(0);
    }
    if text.len() > I64_TEXT_MAX {
        return None;
    }
    let (head, tail) = text.split_at(text.len().min(DIGITS_SAFE));
    let mut value = 0u64;
    for &byte in head {
        value = value * 10 + u64::from(digit(byte)?);
    }
    for &byte in tail {
        value = value.checked_mul(10)?.checked_add(u64::from(digit(byte)?))?;
    }
    Some(value)
}

/// Reads an unsigned integer as C's `strtoull` does, the whole text: leading white space, a sign
/// and leading zeros are welcome, and "-1" wraps to `u64::MAX`. Stream IDs are read this way.
pub fn parse_u64_lenient(text: &[u8]) -> Option<u64> {
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let (negative, digits) = split_sign(&text[start..]);
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for &byte in digits {
        value = value.checked_mul(10)?.checked_add(u64::from(digit(byte)?))?;
    }
    Some(if negative { value.wrapping_neg() } else { value })
}

/// The integer a text stands for, if printing that integer gives the same text back; such strings
/// may be stored as integers.
#[inline]
pub fn is_canonical_integer(text: &[u8]) -> Option<i64> {
    if text.len() > I64_TEXT_MAX { None } else { parse_i64(text) }
}

/// Prints a signed integer.
#[inline]
pub fn format_i64(value: i64, buffer: &mut NumberBuffer) -> &[u8] {
    buffer.integer.format(value).as_bytes()
}

/// Prints an unsigned integer.
#[inline]
pub fn format_u64(value: u64, buffer: &mut NumberBuffer) -> &[u8] {
    buffer.integer.format(value).as_bytes()
}

/// Reads a double as ZADD and friends do: what C's `strtod` reads, filling the whole text.
///
/// Refuses white space, NaN, values that overflow and non-zero values that round to zero.
/// Infinities written as such are accepted: "inf", "-Infinity".
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    if let Some(integer) = is_canonical_integer(text) {
        return Some(integer as f64);
    }
    match FloatText::scan(text)? {
        FloatText::Infinity { negative } if negative => Some(f64::NEG_INFINITY),
        FloatText::Infinity { .. } => Some(f64::INFINITY),
        FloatText::Decimal { text, zero } => {
            let value: f64 = text.parse().ok()?;
            (value.is_finite() && (value != 0.0 || zero)).then_some(value)
        }
        FloatText::Hexadecimal(text) => {
            let value: Double = finite_from_text(&text)?;
            Some(f64::from_bits(value.to_bits() as u64))
        }
    }
}

/// Reads a double as the bounds of ZRANGEBYSCORE are read, what C's `strtod` makes of the text up
/// to a zero byte: leading white space is welcome, empty text is 0, and what is out of range
/// becomes an infinity or zero. Refuses NaN.
pub fn parse_f64_lenient(text: &[u8]) -> Option<f64> {
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let start = text.iter().position(|&byte| !is_space(byte))?;
    match FloatText::scan(&text[start..])? {
        FloatText::Infinity { negative } if negative => Some(f64::NEG_INFINITY),
        FloatText::Infinity { .. } => Some(f64::INFINITY),
        FloatText::Decimal { text, .. } => text.parse().ok(),
        FloatText::Hexadecimal(text) => {
            let value: Double = finite_from_text(&text)?;
            Some(f64::from_bits(value.to_bits() as u64))
        }
    }
}

/// Prints a double as C's `%.17g`, the layout of Redis up to 7.0 (what is no number as "inf",
/// "-inf", "nan", "-nan").
pub fn format_f64_17g(value: f64, buffer: &mut NumberBuffer) -> &[u8] {
    // Integers of at most 17 digits print as themselves: the common case, and much quicker.
    if value.abs() < seventeen::FIXED_END && value.trunc() == value && !is_negative_zero(value) {
        return format_i64(value as i64, buffer);
    }
    let mut out = Output::new(&mut buffer.text);
    if value.is_sign_negative() {
        out.push(b"-");
    }
    seventeen::print(&mut out, value.abs());
    out.finish()
}

/// Appends a double as [`format_f64_17g`] prints it.
pub fn append_f64_17g(out: &mut Vec<u8>, value: f64) {
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let magnitude = value.abs();
    if magnitude < seventeen::FIXED_END && magnitude.trunc() == magnitude {
        out.extend_from_slice(itoa::Buffer::new().format(magnitude as u64).as_bytes());
    } else {
        seventeen::print(out, magnitude);
    }
}

/// Prints a double as Redis 7.0 stores it: integers in full where they fit 63 bits, otherwise
/// `%.17g`. Differs from [`format_f64_17g`] only for integers of 18 and 19 digits.
pub fn format_f64_stored(value: f64, buffer: &mut NumberBuffer) -> &[u8] {
    match as_printed_integer(value) {
        Some(integer) => format_i64(integer, buffer),
        None => format_f64_17g(value, buffer),
    }
}

/// Prints a double as Redis from 7.2 does: integers in full where they fit 63 bits, otherwise the
/// shortest text that reads back as the same double ("0.1", "1.5e-7", "1e+21", "inf", "-0").
///
/// The layout is Redis's, the digits are always the shortest and then the closest. Redis's own
/// digits (Grisu2) now and then are neither: its last digit of 16 or 17 may differ from ours.
pub fn format_f64_shortest(value: f64, buffer: &mut NumberBuffer) -> &[u8] {
    if let Some(integer) = as_printed_integer(value) {
        return format_i64(integer, buffer);
    }
    if let Some(text) = special(value) {
        return text;
    }
    let decimal = Decimal::shortest(value);
    // How far the last digit stands from the decimal point: value = digits * 10^scale.
    let scale = decimal.exponent - (decimal.count as i32 - 1);
    let magnitude = decimal.exponent.abs();
    let mut out = Output::new(&mut buffer.text);
    let plain =
        if scale >= 0 { magnitude < decimal.count as i32 + 7 } else { scale > -7 || magnitude < 4 };
    if plain {
        out.fixed(&decimal);
    } else {
        out.scientific(&decimal);
    }
    out.finish()
}

#[inline]
fn digit(byte: u8) -> Option<u8> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(value)
}

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Takes an optional sign off; true means '-'.
fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn is_negative_zero(value: f64) -> bool {
    value == 0.0 && value.is_sign_negative()
}

/// The integer to print in place of a double: within half the range of `i64`, as in Redis.
fn as_printed_integer(value: f64) -> Option<i64> {
    const LIMIT: f64 = (i64::MAX / 2) as f64;
    let whole = value.abs() <= LIMIT && value.trunc() == value;
    (whole && !is_negative_zero(value)).then_some(value as i64)
}

/// The texts that have no digits, and negative zero.
fn special(value: f64) -> Option<&'static [u8]> {
    if value.is_nan() {
        Some(b"nan")
    } else if value == f64::INFINITY {
        Some(b"inf")
    } else if value == f64::NEG_INFINITY {
        Some(b"-inf")
    } else if is_negative_zero(value) {
        Some(b"-0")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Format = fn(f64, &mut NumberBuffer) -> &[u8];

    fn print(format: Format, value: f64) -> String {
        String::from_utf8(format(value, &mut NumberBuffer::new()).to_vec()).unwrap()
    }

    #[test]
    fn integers_have_one_spelling() {
        let refused = [
            "",
            "-",
            "+1",
            "-0",
            "00",
            "01",
            "-01",
            " 1",
            "1 ",
            "1a",
            "a",
            "--1",
            "1.0",
            "1e3",
            "0x1",
            "9223372036854775808",
            "-9223372036854775809",
            "\0 1",
        ];
        for text in refused {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
            assert_eq!(is_canonical_integer(text.as_bytes()), None);
        }
        assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_i64(b"999999999999999999"), Some(999_999_999_999_999_999));
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        for text in ["18446744073709551616", "99999999999999999999", "100000000000000000000", "-1"]
        {
            assert_eq!(parse_u64(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn lenient_integers_are_those_of_strtoull() {
        let cases: [(&[u8], Option<u64>); 11] = [
            (b"007", Some(7)),
            (b"+7", Some(7)),
            (b" \t\x0b7", Some(7)),
            (b"-1", Some(u64::MAX)),
            (b"00000000000000000000000018446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"7 ", None),
            (b"+-7", None),
            (b"", None),
            (b"  ", None),
            (b" +", None),
        ];
        for (text, value) in cases {
            assert_eq!(parse_u64_lenient(text), value, "{}", text.escape_ascii());
        }
    }

    // From ZADD and ZSCORE on Redis 7.0.15.
    #[test]
    fn doubles_that_redis_accepts_and_its_layout() {
        let cases = [
            ("inf", "inf"),
            ("+inf", "inf"),
            ("-inf", "-inf"),
            ("INFINITY", "inf"),
            ("-Infinity", "-inf"),
            ("0x10", "16"),
            ("0x1.8p1", "3"),
            ("0X.8P-1", "0.25"),
            ("1.", "1"),
            (".5", "0.5"),
            ("+0", "0"),
            ("0", "0"),
            ("3.14", "3.1400000000000001"),
            ("0.1", "0.10000000000000001"),
            ("1e21", "1e+21"),
            ("1e20", "1e+20"),
            ("1e17", "1e+17"),
            ("1e16", "10000000000000000"),
            ("123456789012345678", "1.2345678901234568e+17"),
            ("99999999999999999", "1e+17"),
            ("1e-5", "1.0000000000000001e-05"),
            ("0.0001", "0.0001"),
            ("0.00001234", "1.234e-05"),
            ("1e308", "1e+308"),
            ("1e-320", "9.9998886718268301e-321"),
            ("0e-400", "0"),
            ("4.9e-324", "4.9406564584124654e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("+5", "5"),
            ("1e5", "100000"),
            ("-1.5e-7", "-1.4999999999999999e-07"),
            ("12345.678", "12345.678"),
            ("1000000000000000.25", "1000000000000000.2"),
            ("1000000000000000.75", "1000000000000000.8"),
            ("9007199254740993", "9007199254740992"),
            ("0x1p-1074", "4.9406564584124654e-324"),
            ("0x1.8p-1075", "4.9406564584124654e-324"),
            ("000012", "12"),
            ("1e0005", "100000"),
        ];
        for (text, printed) in cases {
            let value = parse_f64(text.as_bytes());
            assert_eq!(value.map(|value| print(format_f64_17g, value)).as_deref(), Some(printed));
        }
    }

    // From ZADD on Redis 7.0.15: "value is not a valid float".
    #[test]
    fn doubles_that_redis_refuses() {
        let cases = [
            "nan",
            "-nan",
            "nan(1)",
            "0x",
            "0x.",
            "0xp1",
            "0x1p",
            "1e",
            "1e+",
            ".",
            "",
            " 1",
            "1 ",
            "\t1",
            "1\n",
            "1e309",
            "-1e309",
            "1e-400",
            "--5",
            "+-5",
            "1_000",
            "1.2.3",
            "0x1.2.3",
            "1,5",
            "infinit",
            "infx",
            "0x1.fffffffffffff8p1023",
            "0x1p-1075",
            "1d",
        ];
        for text in cases {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_f64(b"1\x00"), None);
        assert_eq!(parse_f64(b"\xff"), None);
    }

    #[test]
    fn negative_zero_keeps_its_sign() {
        let zero = parse_f64(b"-0").unwrap();
        assert!(zero == 0.0 && zero.is_sign_negative());
        for format in [format_f64_17g as Format, format_f64_stored, format_f64_shortest] {
            assert_eq!((print(format, zero), print(format, 0.0)), ("-0".into(), "0".into()));
            assert_eq!(print(format, f64::NAN), "nan");
        }
    }

    #[test]
    fn stored_doubles_print_long_integers_in_full() {
        let cases = [
            (1e17, "100000000000000000"),
            (-4e18, "-4000000000000000000"),
            (4.7e18, "4.7e+18"),
            (0.1, "0.10000000000000001"),
        ];
        for (value, text) in cases {
            assert_eq!(print(format_f64_stored, value), text);
        }
    }

    // The layout of Redis 7.2 and later.
    #[test]
    fn shortest_doubles() {
        let cases = [
            (0.1, "0.1"),
            (-0.1, "-0.1"),
            (2.5, "2.5"),
            (1e16, "10000000000000000"),
            (1e17, "100000000000000000"),
            (4e18, "4000000000000000000"),
            (5e18, "5e+18"),
            (1e19, "1e+19"),
            (1e20, "1e+20"),
            (1e21, "1e+21"),
            (1e22, "1e+22"),
            (-1.5e21, "-1.5e+21"),
            (1.2345678901234567e20, "123456789012345670000"),
            (1.2345678901234e20, "123456789012340000000"),
            (1.234567890123e20, "1.234567890123e+20"),
            (123456789e12, "1.23456789e+20"),
            (1234567e13, "1.234567e+19"),
            (1e100, "1e+100"),
            (1.5e300, "1.5e+300"),
            (0.001, "0.001"),
            (0.0001, "0.0001"),
            (0.000012, "0.000012"),
            (1e-5, "0.00001"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (1.25e-9, "1.25e-9"),
            (123.456e-9, "1.23456e-7"),
            (0.00000123456789, "1.23456789e-6"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (-2.2250738585072014e-308, "-2.2250738585072014e-308"),
            (12345.678, "12345.678"),
            (-0.30000000000000004, "-0.30000000000000004"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(print(format_f64_shortest, value), text);
        }
    }

    proptest! {
        #[test]
        fn integers_round_trip(value: i64, shift in 0u32..64) {
            let value = value >> shift;
            let mut buffer = NumberBuffer::new();
            prop_assert_eq!(parse_i64(format_i64(value, &mut buffer)), Some(value));
            let unsigned = value as u64;
            prop_assert_eq!(parse_u64(format_u64(unsigned, &mut buffer)), Some(unsigned));
        }

        #[test]
        fn what_parses_as_an_integer_prints_the_same(text in "-?[0-9]{1,21}") {
            let standard = text.parse::<i64>().ok().filter(|value| value.to_string() == text);
            prop_assert_eq!(parse_i64(text.as_bytes()), standard);
        }

        #[test]
        fn doubles_round_trip_in_every_layout(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            for format in [format_f64_17g as Format, format_f64_stored, format_f64_shortest] {
                let text = print(format, value);
                prop_assert_eq!(parse_f64(text.as_bytes()), Some(value), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "[-+0-9a-fxpinft. ]{0,12}") {
            let _ = (parse_f64(text.as_bytes()), parse_u64_lenient(text.as_bytes()));
        }
    }
}
