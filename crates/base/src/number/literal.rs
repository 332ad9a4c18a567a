//! Floating-point literals: the grammar of C's `strtod`, checked before anything is converted.
//!
//! The libraries that convert accept less here (hexadecimal without exponent) and more there
//! ("nan", stray spellings), so the text is recognised first and the library only does arithmetic.
//! Serves both doubles and the 80-bit `Extended`.

use rustc_apfloat::{Float, Round, Status, StatusAnd};

use super::split_sign;

/// A floating-point literal, checked against the grammar of C's `strtod` but not yet converted.
pub(crate) enum FloatText<'a> {
    /// "inf" or "infinity" in any case.
    Infinity {
        /// Whether a '-' stood in front.
        negative: bool,
    },
    /// Decimal digits with an optional sign, point and exponent.
    Decimal {
        /// The literal as given.
        text: &'a str,
        /// Whether all digits are zero, so that a result of zero is not an underflow.
        zero: bool,
    },
    /// A hexadecimal literal, rewritten so that an exponent is always present.
    Hexadecimal(String),
}

impl<'a> FloatText<'a> {
    /// Recognises a literal that fills `text`. `None` for NaN and for whatever C would not read
    /// to the end, leading white space included.
    pub(crate) fn scan(text: &'a [u8]) -> Option<Self> {
        let (negative, body) = split_sign(text);
        if body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity") {
            return Some(Self::Infinity { negative });
        }
        if let [b'0', b'x' | b'X', rest @ ..] = body {
            let (mantissa, exponent) = split_exponent(rest, b'p')?;
            check_mantissa(mantissa, u8::is_ascii_hexdigit)?;
            let sign = if negative { "-" } else { "" };
            let mantissa = std::str::from_utf8(mantissa).ok()?;
            let exponent = match exponent {
                Some(exponent) => std::str::from_utf8(exponent).ok()?,
                None => "0",
            };
            return Some(Self::Hexadecimal(format!("{sign}0x{mantissa}p{exponent}")));
        }
        let (mantissa, _) = split_exponent(body, b'e')?;
        check_mantissa(mantissa, u8::is_ascii_digit)?;
        let zero = mantissa.iter().all(|byte| matches!(byte, b'0' | b'.'));
        Some(Self::Decimal { text: std::str::from_utf8(text).ok()?, zero })
    }
}

/// Converts a literal to nearest-even, refusing overflow and non-zero values that become zero.
pub(crate) fn finite_from_text<F: Float>(text: &str) -> Option<F> {
    let parsed = F::from_str_r(text, Round::NearestTiesToEven).ok()?;
    let StatusAnd { status, value } = parsed;
    let vanished = value.is_zero() && status.contains(Status::UNDERFLOW);
    (value.is_finite() && !vanished).then_some(value)
}

/// Splits "mantissa[mark[sign]digits]"; `None` if a mark is not followed by an exponent.
fn split_exponent(text: &[u8], mark: u8) -> Option<(&[u8], Option<&[u8]>)> {
    let Some(at) = text.iter().position(|byte| byte.to_ascii_lowercase() == mark) else {
        return Some((text, None));
    };
    let exponent = &text[at + 1..];
    let (_, digits) = split_sign(exponent);
    let valid = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    valid.then_some((&text[..at], Some(exponent)))
}

/// At least one digit, at most one point, nothing else.
fn check_mantissa(text: &[u8], is_digit: fn(&u8) -> bool) -> Option<()> {
    let digits = text.iter().filter(|&byte| is_digit(byte)).count();
    let points = text.iter().filter(|&&byte| byte == b'.').count();
    (digits > 0 && points <= 1 && digits + points == text.len()).then_some(())
}
