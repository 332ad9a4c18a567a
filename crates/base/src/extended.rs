//! The 80-bit floating point number (x87 `long double`) behind INCRBYFLOAT and HINCRBYFLOAT.
//!
//! Redis adds in C's `long double`, whose 64-bit significand is visible in replies, so a double
//! will not do. Arithmetic and reading are a port of LLVM's APFloat; printing is exact, from the
//! bits. Results are those of x86-64 on every machine.
//!
//! Not here: refusing NaN and infinite results, which is the command's business (`is_nan`,
//! `is_infinite`), and error texts.

use std::ops::{Add, Sub};

use rustc_apfloat::ieee::X87DoubleExtended;
use rustc_apfloat::{Float, Round};

use crate::number::{FloatText, finite_from_text, is_canonical_integer};

/// Redis reads long doubles from a buffer of 5 KiB; longer texts are refused.
const TEXT_LEN_MAX: usize = 5 * 1024 - 1;

/// Digits after the point before trimming.
const FRACTION_DIGITS: usize = 17;

/// The weight of the lowest significand bit when the exponent field is zero: 2^-16445.
const EXPONENT_OFFSET: i32 = 16383 + 63;

/// One 80-bit extended precision number.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Extended(X87DoubleExtended);

impl Extended {
    /// Zero, the value of a key that does not exist.
    pub const ZERO: Self = Self(X87DoubleExtended::ZERO);

    /// Reads what C's `strtold` reads (decimal, hexadecimal, "inf"), if it fills the whole text.
    ///
    /// Refuses white space, NaN, texts of 5 KiB and more, values that overflow and non-zero
    /// values that round to zero. "inf" is accepted, as in Redis: the sum is what gets refused.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if let Some(integer) = is_canonical_integer(text) {
            return Some(Self::from_i64(integer));
        }
        if text.len() > TEXT_LEN_MAX {
            return None;
        }
        match FloatText::scan(text)? {
            FloatText::Infinity { negative } => {
                let infinity = X87DoubleExtended::INFINITY;
                Some(Self(if negative { -infinity } else { infinity }))
            }
            FloatText::Decimal { text, .. } => finite_from_text(text).map(Self),
            FloatText::Hexadecimal(text) => finite_from_text(&text).map(Self),
        }
    }

    /// The largest finite number.
    pub fn largest() -> Self {
        Self(X87DoubleExtended::largest())
    }

    /// The lowest finite number.
    pub fn lowest() -> Self {
        Self(-X87DoubleExtended::largest())
    }

    /// Converts an integer; always exact.
    pub fn from_i64(value: i64) -> Self {
        Self(X87DoubleExtended::from_i128(value.into()).value)
    }

    /// Whether this is not a number.
    pub fn is_nan(self) -> bool {
        self.0.is_nan()
    }

    /// Whether this is positive or negative infinity.
    pub fn is_infinite(self) -> bool {
        self.0.is_infinite()
    }

    /// Prints as Redis replies to INCRBYFLOAT: `%.17Lf` (half to even), then trailing zeros, a
    /// trailing point and the sign of a bare zero removed. At most 4,951 bytes.
    pub fn to_human(self) -> String {
        let negative = self.0.is_negative();
        let sign = if negative { "-" } else { "" };
        if self.is_nan() {
            return format!("{sign}nan");
        }
        if self.is_infinite() {
            return format!("{sign}inf");
        }
        let bits = self.0.to_bits();
        let significand = bits as u64;
        // Denormals (field 0) have the same scale as field 1.
        let field = ((bits >> 64) & 0x7fff).max(1) as i32;
        let text = digits_of(significand, field - EXPONENT_OFFSET);
        if text == "0" { text } else { format!("{sign}{text}") }
    }
}

impl Add for Extended {
    type Output = Self;

    /// The sum, rounded to nearest-even; `inf + -inf` is NaN.
    fn add(self, other: Self) -> Self {
        Self(self.0.add_r(other.0, Round::NearestTiesToEven).value)
    }
}

impl Sub for Extended {
    type Output = Self;

    /// The difference, rounded to nearest-even; `inf - inf` is NaN.
    fn sub(self, other: Self) -> Self {
        Self(self.0.sub_r(other.0, Round::NearestTiesToEven).value)
    }
}

/// Prints `significand * 2^scale` with up to 17 fractional digits.
fn digits_of(significand: u64, scale: i32) -> String {
    if scale >= 0 {
        return shifted_left(significand, scale as u32);
    }
    let (whole, fraction) = fixed_point(significand, scale.unsigned_abs());
    let text = format!("{whole}.{fraction:0FRACTION_DIGITS$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `significand / 2^shift` as whole and 10^-17 parts, half to even.
fn fixed_point(significand: u64, shift: u32) -> (u128, u128) {
    const ONE: u128 = 10u128.pow(FRACTION_DIGITS as u32);
    // Below 2^64 * 2^57, so a shift of 122 or more leaves less than one half.
    let scaled = u128::from(significand) * ONE;
    if shift >= 122 {
        return (0, 0);
    }
    let floor = scaled >> shift;
    let rest = scaled - (floor << shift);
    let half = 1u128 << (shift - 1);
    let round_up = rest > half || (rest == half && floor & 1 == 1);
    let rounded = floor + u128::from(round_up);
    (rounded / ONE, rounded % ONE)
}

/// Prints the integer `significand * 2^shift`, by doubling in base 10^18.
fn shifted_left(significand: u64, shift: u32) -> String {
    const BASE: u128 = 10u128.pow(18);
    const STEP: u32 = 60;
    if shift <= 64 {
        return (u128::from(significand) << shift).to_string();
    }
    // Lowest limb first. A product plus carry stays below 10^18 * 2^60 + 2^61 < 2^120.
    let mut limbs = vec![u128::from(significand) % BASE, u128::from(significand) / BASE];
    let mut left = shift;
    while left > 0 {
        let step = left.min(STEP);
        let mut carry = 0;
        for limb in &mut limbs {
            let product = (*limb << step) + carry;
            *limb = product % BASE;
            carry = product / BASE;
        }
        while carry > 0 {
            limbs.push(carry % BASE);
            carry /= BASE;
        }
        left -= step;
    }
    while limbs.len() > 1 && limbs.last() == Some(&0) {
        limbs.pop();
    }
    let mut text = String::with_capacity(limbs.len() * 18);
    for (at, limb) in limbs.iter().rev().enumerate() {
        if at == 0 {
            text.push_str(&limb.to_string());
        } else {
            text.push_str(&format!("{limb:018}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn differences_and_limits() {
        let number = |text: &str| Extended::parse(text.as_bytes()).unwrap();
        assert_eq!((number("0.3") - number("0.1")).to_human(), "0.2");
        assert!((number("inf") - number("inf")).is_nan());
        let (lowest, largest) = (Extended::lowest(), Extended::largest());
        assert_eq!(largest, number("0x1.fffffffffffffffep16383"));
        assert!(lowest < number("-1") && number("-1") < largest && !largest.is_infinite());
        assert!((largest + largest).is_infinite() && (lowest - largest).is_infinite());
    }

    /// SET k `left`, INCRBYFLOAT k `right`; "invalid" and "infinite" stand for the two errors.
    fn increment(left: &str, right: &str) -> String {
        let parse = |text: &str| Extended::parse(text.as_bytes());
        let (Some(left), Some(right)) = (parse(left), parse(right)) else {
            return "invalid".to_owned();
        };
        let sum = left + right;
        if sum.is_nan() || sum.is_infinite() { "infinite".to_owned() } else { sum.to_human() }
    }

    // Every answer is that of Redis 7.0.15 on x86-64.
    #[test]
    fn sums_are_those_of_redis() {
        let cases = [
            ("0.1", "0.2", "0.3"),
            ("3.0", "1.1", "4.1"),
            ("10.5", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("-5", "5", "0"),
            ("-0", "0", "0"),
            ("0", "-0.0", "0"),
            ("1e-18", "0", "0"),
            ("-1e-18", "0", "0"),
            ("5e-18", "0", "0"),
            ("1.5e-17", "0", "0.00000000000000002"),
            ("2.5e-17", "0", "0.00000000000000002"),
            ("0.5e-17", "1", "1"),
            // Exact ties at the last digit go to the even one.
            ("0x1p-18", "0", "0.00000381469726562"),
            ("0x3p-18", "0", "0.00001144409179688"),
            ("-0x5p-18", "0", "-0.00001907348632812"),
            ("1", "1e-17", "1.00000000000000001"),
            ("9007199254740993", "0", "9007199254740993"),
            ("18446744073709551615", "1", "18446744073709551616"),
            ("18446744073709551615", "0", "18446744073709551615"),
            ("18446744073709551616", "1", "18446744073709551616"),
            ("9223372036854775807", "9223372036854775807", "18446744073709551614"),
            ("-9223372036854775808", "0.5", "-9223372036854775807.5"),
            ("1e20", "1", "100000000000000000000"),
            ("1e30", "1e10", "1000000000000000000024696061952"),
            ("123456789.123456789", "987654321.987654321", "1111111111.11111110995989293"),
            ("0x10", "0x.8", "16.5"),
            ("0x1.8p-3", "-0x1p4", "-15.8125"),
            ("0X1FP+2", "1.", "125"),
            (".5", "+.25", "0.75"),
            ("1e-4950", "1e-4950", "0"),
            ("3.6e-4951", "0", "0"),
            ("1e-5000", "0", "invalid"),
            ("1e5000", "0", "invalid"),
            ("inf", "1", "infinite"),
            ("1", "-inf", "infinite"),
            ("inf", "-inf", "infinite"),
            ("nan", "1", "invalid"),
            (" 1", "1", "invalid"),
            ("1 ", "1", "invalid"),
            ("1e", "1", "invalid"),
            ("0x", "1", "invalid"),
            ("0x1p", "1", "invalid"),
            ("", "1", "invalid"),
            ("1.18973149535723176502e+4932", "1e4932", "infinite"),
            ("3.14159265358979323846", "0", "3.14159265358979324"),
            ("2.71828182845904523536", "3.14159265358979323846", "5.85987448204883847"),
            ("1e25", "-1e25", "0"),
            ("99999999999999999999", "0.00000000000000001", "100000000000000000000"),
            ("1e17", "0.1", "100000000000000000.1015625"),
            ("-1234.5678", "0.0001", "-1234.56769999999999998"),
            ("1000000000000.123456789", "0", "1000000000000.12345677614212036"),
            ("0.3", "-0.1", "0.2"),
            ("1e40", "0", "9999999999999999999783686092270256259072"),
            ("1.1", "2.2", "3.3"),
        ];
        for (left, right, expected) in cases {
            assert_eq!(increment(left, right), expected, "{left:?} + {right:?}");
        }
    }

    #[test]
    fn huge_values_print_every_digit() {
        let text = increment("1e4000", "0");
        assert_eq!(text.len(), 4_000);
        assert!(text.starts_with("9999999999999999999965463873099623784932"));
        assert!(text.ends_with("1956972190272729951206648276349901340672"));
        let weighed =
            text.bytes().zip(0..).map(|(digit, at)| u32::from(digit - b'0') * (at % 97 + 1));
        assert_eq!(weighed.sum::<u32>(), 886_253);
        let largest = increment("-1.18973149535723176502e+4932", "0");
        assert_eq!(largest.len(), 4_934);
        assert!(largest.starts_with("-1189731495357231765021263853030970205169"));
        assert!(largest.ends_with("8849149662444156604419552086811989770240"));
    }

    #[test]
    fn texts_of_five_kibibytes_are_refused() {
        let zeros = vec![b'0'; TEXT_LEN_MAX + 1];
        assert_eq!(Extended::parse(&zeros[1..]), Some(Extended::ZERO));
        assert_eq!(Extended::parse(&zeros), None);
    }

    #[test]
    fn special_values_have_names() {
        let infinity = Extended::parse(b"Infinity").unwrap();
        let negative = Extended::parse(b"-inf").unwrap();
        assert!(infinity.is_infinite() && !infinity.is_nan());
        assert!((infinity + negative).is_nan());
        assert_eq!((infinity.to_human(), negative.to_human()), ("inf".into(), "-inf".into()));
    }

    proptest! {
        #[test]
        fn integers_are_exact(left: i64, right: i64) {
            let sum = Extended::from_i64(left) + Extended::from_i64(right);
            let exact = i128::from(left) + i128::from(right);
            prop_assert_eq!(sum.to_human(), exact.to_string());
            let parsed = Extended::parse(left.to_string().as_bytes());
            prop_assert_eq!(parsed, Some(Extended::from_i64(left)));
        }

        #[test]
        fn shifting_by_limbs_agrees_with_machine_integers(significand: u64, shift in 0u32..=64) {
            let short = (u128::from(significand) << shift).to_string();
            prop_assert_eq!(shifted_left(significand, shift), short);
            // Past 64 the limbs take over.
            let long = shifted_left(significand >> 8, 72);
            prop_assert_eq!(long, (u128::from(significand >> 8) << 72).to_string());
        }

        #[test]
        fn any_text_is_read_without_panic(text in "[-+0-9a-fA-FxXpP.einINF ]{0,12}") {
            let _ = Extended::parse(text.as_bytes());
        }
    }
}
