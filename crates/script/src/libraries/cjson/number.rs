//! Numbers of JSON: printed as C's `%.14g`, read as C's `strtod` reads a beginning.

use base::number::parse_f64;

/// Appends a finite or infinite number with so many significant digits, as `%.Ng` prints it.
pub fn write(out: &mut Vec<u8>, number: f64, precision: usize) {
    let limit = 10f64.powi(precision as i32);
    if number.trunc() == number
        && number.abs() < limit
        && !(number == 0.0 && number.is_sign_negative())
    {
        out.extend_from_slice(itoa::Buffer::new().format(number as i64).as_bytes());
        return;
    }
    if !number.is_finite() {
        let text: &[u8] = match (number.is_nan(), number.is_sign_negative()) {
            (true, true) => b"-nan",
            (true, false) => b"nan",
            (false, true) => b"-inf",
            (false, false) => b"inf",
        };
        out.extend_from_slice(text);
        return;
    }
    // The digits as `d.ddde-5`: rounded right, but in another layout.
    let text = format!("{:.*e}", precision - 1, number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let significant = digits.iter().rposition(|&digit| digit != b'0').map_or(1, |last| last + 1);
    let digits = &digits[..significant];
    if number.is_sign_negative() {
        out.push(b'-');
    }
    if exponent < -4 || exponent >= precision as i32 {
        out.push(digits[0]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        out.extend_from_slice(format!("e{sign}{:02}", exponent.unsigned_abs()).as_bytes());
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-exponent - 1) as usize, b'0');
        out.extend_from_slice(digits);
    } else {
        let whole = exponent as usize + 1;
        out.extend_from_slice(&digits[..whole.min(digits.len())]);
        if digits.len() > whole {
            out.push(b'.');
            out.extend_from_slice(&digits[whole..]);
        } else {
            out.resize(out.len() + whole - digits.len(), b'0');
        }
    }
}

/// Reads the number at the beginning of a text, and how long it is: decimal, hexadecimal,
/// infinity or NaN in any case.
pub fn read(text: &[u8]) -> Option<(f64, usize)> {
    let sign_len = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let is_negative = text.first() == Some(&b'-');
    let rest = &text[sign_len..];
    let signed = |number: f64, len: usize| {
        Some((if is_negative { -number } else { number }, sign_len + len))
    };
    if let Some(len) = decimal_len(rest) {
        if len == 1 && rest[0] == b'0' && matches!(rest.get(1), Some(b'x' | b'X')) {
            let len = hexadecimal_len(rest);
            // Too large or too small for a double is no failure here.
            let number = if len == 1 { 0.0 } else { hexadecimal(&rest[..len]) };
            return signed(number, len);
        }
        let digits = std::str::from_utf8(&rest[..len]).ok()?;
        return signed(digits.parse().ok()?, len);
    }
    let begins =
        |word: &[u8]| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if begins(b"infinity") {
        signed(f64::INFINITY, 8)
    } else if begins(b"inf") {
        signed(f64::INFINITY, 3)
    } else if begins(b"nan") {
        signed(f64::NAN, 3 + nan_payload_len(&rest[3..]))
    } else {
        None
    }
}

fn run(text: &[u8], is_part: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| is_part(byte)).count()
}

/// The length of a decimal number; `None` if there is none.
fn decimal_len(text: &[u8]) -> Option<usize> {
    let mantissa = mantissa_len(text, u8::is_ascii_digit)?;
    Some(mantissa + exponent_len(&text[mantissa..], b'e'))
}

/// The length of a hexadecimal number; 1, the zero, if nothing follows the x.
fn hexadecimal_len(text: &[u8]) -> usize {
    match mantissa_len(&text[2..], u8::is_ascii_hexdigit) {
        None => 1,
        Some(mantissa) => {
            let len = 2 + mantissa;
            len + exponent_len(&text[len..], b'p')
        }
    }
}

fn mantissa_len(text: &[u8], is_digit: impl Fn(&u8) -> bool) -> Option<usize> {
    let whole = run(text, &is_digit);
    if text.get(whole) != Some(&b'.') {
        return (whole > 0).then_some(whole);
    }
    let fraction = run(&text[whole + 1..], &is_digit);
    (whole + fraction > 0).then_some(whole + 1 + fraction)
}

/// The length of an exponent with its letter; 0 if there is none.
fn exponent_len(text: &[u8], letter: u8) -> usize {
    if !text.first().is_some_and(|first| first.eq_ignore_ascii_case(&letter)) {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'+' | b'-')));
    match run(&text[1 + sign..], u8::is_ascii_digit) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

/// Digits and letters in brackets may follow NaN.
fn nan_payload_len(text: &[u8]) -> usize {
    if text.first() != Some(&b'(') {
        return 0;
    }
    let inside = run(&text[1..], |byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if text.get(1 + inside) == Some(&b')') { inside + 2 } else { 0 }
}

fn hexadecimal(text: &[u8]) -> f64 {
    parse_f64(text).unwrap_or_else(|| {
        let is_small = text.contains(&b'-');
        let has_digit = text[2..]
            .iter()
            .take_while(|&&byte| byte | 0x20 != b'p')
            .any(|&byte| byte != b'0' && byte != b'.');
        if has_digit && !is_small { f64::INFINITY } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: f64, precision: usize) -> String {
        let mut out = Vec::new();
        write(&mut out, number, precision);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_printed_as_c_does() {
        // Printed by `printf '%.14g'` and, where another precision is given, `%.3g`.
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (1e13, "10000000000000"),
            (1e14, "1e+14"),
            (123456789012345.0, "1.2345678901234e+14"),
            (99999999999999.0, "99999999999999"),
            (1.23456789012345, "1.2345678901235"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e300, "1e+300"),
            (-2.5e-7, "-2.5e-07"),
            (f64::INFINITY, "inf"),
        ];
        for (number, text) in cases {
            assert_eq!(written(number, 14), text);
        }
        let short = [(1234.5, "1.23e+03"), (999.9, "1e+03"), (12.34, "12.3"), (100.0, "100")];
        for (number, text) in short {
            assert_eq!(written(number, 3), text);
        }
    }

    #[test]
    fn numbers_are_read_as_strtod_does() {
        let cases: [(&str, Option<(f64, usize)>); 20] = [
            ("1", Some((1.0, 1))),
            ("-12.5e2,", Some((-1250.0, 7))),
            ("1e", Some((1.0, 1))),
            ("1e+", Some((1.0, 1))),
            ("1.", Some((1.0, 2))),
            (".5", Some((0.5, 2))),
            (".", None),
            ("-", None),
            ("0x10]", Some((16.0, 4))),
            ("0x", Some((0.0, 1))),
            ("0x.p1", Some((0.0, 1))),
            ("0x1p4", Some((16.0, 5))),
            ("-0x1.8p1", Some((-3.0, 8))),
            ("0xg", Some((0.0, 1))),
            ("INFINITYx", Some((f64::INFINITY, 8))),
            ("-infin", Some((f64::NEG_INFINITY, 4))),
            ("1e999", Some((f64::INFINITY, 5))),
            ("00012", Some((12.0, 5))),
            ("x", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
        let (nan, len) = read(b"nan(12)3").unwrap();
        assert!(nan.is_nan() && len == 7);
    }
}
