//! Doubles as C prints them with `%.17g`: 17 significant digits, correctly rounded, without the
//! zeros at the end.
//!
//! Between 1e-4 and 1e17 the digits are computed here, exactly and five times as fast as by the
//! standard library, which does the others.
//!
//! Not here: integers below 1e17, which print as themselves.

use std::io::Write;

use super::decimal::{Append, parse_exponent};

/// Significant digits, enough for any double to be read back exactly.
const DIGITS: usize = 17;

/// From here on, and below `FIXED_MIN`, a number is printed with an exponent.
pub(super) const FIXED_END: f64 = 1e17;
const FIXED_MIN: f64 = 1e-4;

/// Prints a number without its sign: one that is not an integer below `FIXED_END`, or is zero.
#[inline]
pub(super) fn print(out: &mut impl Append, magnitude: f64) {
    if (FIXED_MIN..FIXED_END).contains(&magnitude) {
        fixed(out, magnitude);
    } else if magnitude == 0.0 {
        out.push(b"0");
    } else if magnitude.is_finite() {
        scientific(out, magnitude);
    } else {
        out.push(if magnitude.is_nan() { b"nan" } else { b"inf" });
    }
}

/// A number between the two bounds that is not an integer.
///
/// It is m * 2^-s with m of 53 bits, so its digits are the integer m * 10^k / 2^s for the k that
/// leaves 17 of them. That k is 20 at most: the product has 120 bits, and the result is exact.
fn fixed(out: &mut impl Append, magnitude: f64) {
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = magnitude.to_bits();
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1) | 1 << MANTISSA_BITS;
    // Never below 1, since from 2^52 on all doubles are integers.
    let shift = 1_075 - (bits >> MANTISSA_BITS) as u32;

    // Digits before the point, and zeros behind it before the first other digit.
    let whole = if magnitude < 1.0 { 0 } else { (magnitude as u64).ilog10() as usize + 1 };
    let zeros = [0.1, 0.01, 0.001].iter().filter(|&&bound| magnitude < bound).count();

    let scaled = u128::from(mantissa) * 10u128.pow((DIGITS - whole + zeros) as u32);
    let (digits, rest) = (scaled >> shift, scaled & ((1 << shift) - 1));
    let half = 1 << (shift - 1);
    let rounds_up = rest > half || rest == half && digits % 2 == 1;
    let digits = digits as u64 + u64::from(rounds_up);

    let mut text = itoa::Buffer::new();
    let (whole, fraction) = text.format(digits).as_bytes().split_at(whole);
    out.push(if whole.is_empty() { b"0" } else { whole });
    out.push(b".");
    out.push(&b"000"[..zeros]);
    out.push(without_zeros(fraction));
}

/// A positive number as `d.ddde+XX`.
fn scientific(out: &mut impl Append, magnitude: f64) {
    // As `d.dddddddddddddddde-308`: the right digits, but zeros at the end and the exponent bare.
    let mut buffer = [0; 32];
    let mut free = &mut buffer[..];
    // It takes 24 bytes at most, so this cannot fail.
    let _ = write!(free, "{magnitude:.*e}", DIGITS - 1);
    let free = free.len();
    let text = &buffer[..buffer.len() - free];
    let (mantissa, exponent) = text.split_at(DIGITS + 1);
    let mantissa = without_zeros(mantissa);
    out.push(mantissa.strip_suffix(b".").unwrap_or(mantissa));
    let exponent = parse_exponent(&exponent[1..]);
    out.push(if exponent < 0 { b"e-" } else { b"e+" });
    let exponent = exponent.unsigned_abs();
    out.push(if exponent < 10 { b"0" } else { b"" });
    out.push(itoa::Buffer::new().format(exponent).as_bytes());
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    &digits[..digits.len() - zeros]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{NumberBuffer, append_f64_17g, format_f64_17g};
    use proptest::prelude::*;

    fn text(number: f64) -> String {
        let mut buffer = NumberBuffer::new();
        let mut appended = b"x".to_vec();
        append_f64_17g(&mut appended, number);
        let printed = format_f64_17g(number, &mut buffer);
        assert_eq!(&appended[1..], printed);
        String::from_utf8(printed.to_vec()).unwrap_or_default()
    }

    #[test]
    fn doubles_are_printed_as_redis_7_0_replies_with_them() {
        // What Redis 7.0.15 replied, asked with ZSCORE or with a script returning {double=...}.
        let replies = [
            (0.0, "0"),
            (-0.0, "-0"),
            (-1.0, "-1"),
            (10.0, "10"),
            (0.1, "0.10000000000000001"),
            (0.25, "0.25"),
            (-1.5, "-1.5"),
            (std::f64::consts::PI, "3.1415926535897931"),
            (1e5, "100000"),
            (1e16, "10000000000000000"),
            (99999999999999984.0, "99999999999999984"),
            (1e17, "1e+17"),
            (-1e17, "-1e+17"),
            (1.1e17, "1.1e+17"),
            (123456789012345678.0, "1.2345678901234568e+17"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (1e300, "1.0000000000000001e+300"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "4.9406564584124654e-324"),
            (-2.5e-300, "-2.5e-300"),
            (0.001, "0.001"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012344999999999999"),
            (9.999999999999999e-5, "9.9999999999999991e-05"),
            (1e-5, "1.0000000000000001e-05"),
            (1e-6, "9.9999999999999995e-07"),
            (-1e-10, "-1e-10"),
            (9007199254740993.0, "9007199254740992"),
            (1234567.891, "1234567.8910000001"),
            (2f64.powi(50) + 0.25, "1125899906842624.2"),
            (2f64.powi(50) + 0.75, "1125899906842624.8"),
            (12345678901234.567, "12345678901234.566"),
            (0.9999999999999999, "0.99999999999999989"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "-nan"),
        ];
        for (number, reply) in replies {
            assert_eq!(text(number), reply);
        }
    }

    /// The digits that the standard library finds, put in their place one by one.
    fn naive_fixed(number: f64) -> String {
        let text = format!("{number:.16e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or_default();
        let digits = mantissa.replace('.', "");
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let text = if exponent < 0 {
            format!("0.{}{digits}", "0".repeat(-exponent as usize - 1))
        } else {
            let (whole, fraction) = digits.split_at(exponent as usize + 1);
            format!("{whole}.{fraction}")
        };
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    #[test]
    fn powers_of_ten_and_their_neighbours_are_exact() {
        for exponent in -4..17 {
            let power: f64 = format!("1e{exponent}").parse().unwrap_or_default();
            for number in [power.next_down(), power, power.next_up(), power * 1.5, power * 0.75] {
                if (FIXED_MIN..FIXED_END).contains(&number) {
                    assert_eq!(text(number), naive_fixed(number));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn fixed_digits_are_those_of_the_standard_library(
            exponent in -4..17i32, mantissa in 1.0..10.0f64, few in 1..100_000u32,
        ) {
            for number in [mantissa * 10f64.powi(exponent), f64::from(few) / 1_000.0,
                f64::from(few) / 64.0, 2f64.powi(50) + f64::from(few) / 4.0]
            {
                if (FIXED_MIN..FIXED_END).contains(&number) {
                    prop_assert_eq!(text(number), naive_fixed(number));
                    prop_assert_eq!(text(-number), format!("-{}", naive_fixed(number)));
                }
            }
        }
    }
}
