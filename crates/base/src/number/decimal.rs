//! Doubles as decimal digits and an exponent, and the two layouts of them.
//!
//! The digits are the fewest that identify the double, from `zmij`, and are laid out here, because
//! it does not print as Redis does.

use super::split_sign;

/// No shortest form needs more digits.
const DIGITS_MAX: usize = 17;

/// A finite non-zero double as d.ddd * 10^exponent, without trailing zeros.
pub(super) struct Decimal {
    negative: bool,
    digits: [u8; DIGITS_MAX],
    /// How many of the digits count; at least one.
    pub(super) count: usize,
    /// The power of ten of the first digit.
    pub(super) exponent: i32,
}

impl Decimal {
    /// The fewest digits that identify the value.
    pub(super) fn shortest(value: f64) -> Self {
        Self::from_text(zmij::Buffer::new().format_finite(value).as_bytes())
    }

    /// From "[-]digits[.digits][e[-]digits]", the only shapes that printer produces.
    fn from_text(text: &[u8]) -> Self {
        let (negative, body) = split_sign(text);
        let mut decimal = Self { negative, digits: [b'0'; DIGITS_MAX], count: 0, exponent: -1 };
        let mut seen_point = false;
        let mut significant = 0;
        for (at, &byte) in body.iter().enumerate() {
            match byte {
                b'.' => seen_point = true,
                b'e' => {
                    let written = parse_exponent(&body[at + 1..]);
                    decimal.exponent += written;
                    break;
                }
                b'0' if decimal.count == 0 && significant == 0 => {
                    // A leading zero: it only moves the exponent, and only after the point.
                    decimal.exponent -= i32::from(seen_point);
                }
                _ => {
                    decimal.exponent += i32::from(!seen_point);
                    if significant < DIGITS_MAX {
                        decimal.digits[significant] = byte;
                    }
                    significant += 1;
                    if byte != b'0' {
                        decimal.count = significant;
                    }
                }
            }
        }
        decimal
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }
}

/// The exponent of a printer we call: an optional sign and up to three digits.
pub(super) fn parse_exponent(text: &[u8]) -> i32 {
    let (negative, digits) = split_sign(text);
    let value = digits.iter().fold(0, |value, &byte| value * 10 + i32::from(byte - b'0'));
    if negative { -value } else { value }
}

/// Fills a buffer from the left.
pub(super) struct Output<'a> {
    bytes: &'a mut [u8; 32],
    len: usize,
}

/// What text can be put behind.
pub(super) trait Append {
    fn push(&mut self, bytes: &[u8]);
}

impl Append for Vec<u8> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Append for Output<'_> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

impl<'a> Output<'a> {
    pub(super) fn new(bytes: &'a mut [u8; 32]) -> Self {
        Self { bytes, len: 0 }
    }

    fn zeros(&mut self, count: usize) {
        self.bytes[self.len..self.len + count].fill(b'0');
        self.len += count;
    }

    /// "123.45", "0.00012", "1200".
    pub(super) fn fixed(&mut self, decimal: &Decimal) {
        self.sign(decimal);
        let digits = decimal.digits();
        if decimal.exponent < 0 {
            self.push(b"0.");
            self.zeros((-decimal.exponent - 1) as usize);
            return self.push(digits);
        }
        let whole = decimal.exponent as usize + 1;
        if digits.len() <= whole {
            self.push(digits);
            self.zeros(whole - digits.len());
        } else {
            self.push(&digits[..whole]);
            self.push(b".");
            self.push(&digits[whole..]);
        }
    }

    /// "1.2345e+21", "1e-7".
    pub(super) fn scientific(&mut self, decimal: &Decimal) {
        self.sign(decimal);
        let (first, rest) = decimal.digits().split_at(1);
        self.push(first);
        if !rest.is_empty() {
            self.push(b".");
            self.push(rest);
        }
        self.push(if decimal.exponent < 0 { b"e-" } else { b"e+" });
        let magnitude = decimal.exponent.unsigned_abs();
        self.push(itoa::Buffer::new().format(magnitude).as_bytes());
    }

    fn sign(&mut self, decimal: &Decimal) {
        if decimal.negative {
            self.push(b"-");
        }
    }

    pub(super) fn finish(self) -> &'a [u8] {
        &self.bytes[..self.len]
    }
}
