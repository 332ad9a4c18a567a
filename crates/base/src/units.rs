//! Memory sizes: as redis.conf writes them ("100mb"), as INFO prints them ("95.37M").
//!
//! In the configuration `k`, `m`, `g` are powers of 1,000 and `kb`, `mb`, `gb` powers of 1,024;
//! case does not matter. In INFO's `*_human` fields all steps are 1,024.
//!
//! Not here: percentages, which only `maxmemory-clients` knows.

/// Reads a size in bytes: digits, then an optional unit of `b k kb m mb g gb`.
///
/// Refuses signs, spaces, other units and sizes beyond `u64` (which Redis lets wrap). A size
/// without digits is zero, as in Redis ("mb", and the empty text).
pub fn parse_memory(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, unit) = text.split_at(digits);
    let factor: u64 = match unit.to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1_000,
        b"kb" => 1 << 10,
        b"m" => 1_000_000,
        b"mb" => 1 << 20,
        b"g" => 1_000_000_000,
        b"gb" => 1 << 30,
        _ => return None,
    };
    digits
        .iter()
        .try_fold(0u64, |size, digit| size.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?
        .checked_mul(factor)
}

/// Prints a size as INFO's `used_memory_human` does: "512B", "952.16K", "1.05M", up to "P".
pub fn human_memory(bytes: u64) -> String {
    let power = bytes.max(1).ilog2() / 10;
    let unit = match power {
        1 => 'K',
        2 => 'M',
        3 => 'G',
        4 => 'T',
        5 => 'P',
        _ => return format!("{bytes}B"),
    };
    let value = bytes as f64 / (1u64 << (power * 10)) as f64;
    format!("{value:.2}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    // As CONFIG SET maxmemory on Redis 7.0.15 has it, but for the two sizes that overflow.
    #[test]
    fn sizes_of_the_configuration_file() {
        let cases: [(&[u8], Option<u64>); 24] = [
            (b"0", Some(0)),
            (b"1024", Some(1_024)),
            (b"12b", Some(12)),
            (b"1k", Some(1_000)),
            (b"1kb", Some(1_024)),
            (b"1KB", Some(1_024)),
            (b"5m", Some(5_000_000)),
            (b"5Mb", Some(5 << 20)),
            (b"1g", Some(1_000_000_000)),
            (b"1gB", Some(1 << 30)),
            (b"007k", Some(7_000)),
            (b"", Some(0)),
            (b"mb", Some(0)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", None),
            (b"99999999999gb", None),
            (b"-1", None),
            (b"+1", None),
            (b" 1", None),
            (b"1 kb", None),
            (b"1.5gb", None),
            (b"1t", None),
            (b"1kbb", None),
            (b"ten", None),
        ];
        for (text, size) in cases {
            assert_eq!(parse_memory(text), size, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn sizes_as_info_prints_them() {
        let cases = [
            (0, "0B"),
            (512, "512B"),
            (1_023, "1023B"),
            (1_024, "1.00K"),
            (975_012, "952.16K"),
            (1_048_575, "1024.00K"),
            (1_048_576, "1.00M"),
            (1_101_005, "1.05M"),
            (3 << 30, "3.00G"),
            (5 << 40, "5.00T"),
            (7 << 50, "7.00P"),
            (1 << 60, "1152921504606846976B"),
        ];
        for (bytes, text) in cases {
            assert_eq!(human_memory(bytes), text);
        }
    }
}
