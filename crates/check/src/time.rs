//! Moments on a command line: seconds since 1970, or a date with a time, in UTC.
//!
//! ```text
//!   1795225778    2026-11-20T20:29:38    2026-11-20 20:29:38Z    2026-11-20
//! ```
//!
//! Not here: time zones, fractions of seconds.

/// The second that `text` names.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    read(text).ok_or_else(|| {
        format!("'{text}' is neither seconds since 1970 nor a time like 2026-11-20T20:29:38 (UTC)")
    })
}

fn read(text: &str) -> Option<i64> {
    let text = text.trim_end_matches('Z');
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let is_time = hour < 24 && minute < 60 && second < 60;
    if !is_time || !(1970..10_000).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    if !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    Some((years + months + day - 1) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let numbers: Option<Vec<i64>> = text.split(between).map(|word| word.parse().ok()).collect();
    numbers?.try_into().ok()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_name_the_same_moments() {
        for (text, second) in [
            ("0", 0),
            ("1970-01-01", 0),
            ("1970-01-01T00:00:01", 1),
            ("2000-02-29 12:00:00Z", 951_825_600),
            ("2026-11-20T20:29:38", 1_795_206_578),
            ("1795206578", 1_795_206_578),
        ] {
            assert_eq!(parse(text), Ok(second), "{text}");
        }
        for wrong in ["", "2026-13-01", "2026-02-29", "2026-11-20T24:00:00", "yesterday", "1-2"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
