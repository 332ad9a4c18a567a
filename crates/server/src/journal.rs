//! The log file: lines in Redis's form, `PID:ROLE DATE LEVEL text`, to standard output or a file.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use engine::{Journal, Level};
use parking_lot::Mutex;

/// The open log file. Cheap to clone.
#[derive(Clone)]
pub struct LogFile(Arc<Shared>);

struct Shared {
    least: AtomicU8,
    /// `None`: standard output.
    file: Mutex<Option<File>>,
}

impl LogFile {
    /// A log on standard output.
    pub fn stdout() -> Self {
        Self(Arc::new(Shared { least: AtomicU8::new(Level::Notice as u8), file: Mutex::new(None) }))
    }

    /// Writes to a file from now on; an empty path means standard output.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn redirect(&self, path: &str) -> io::Result<()> {
        let file = match path {
            "" => None,
            path => Some(OpenOptions::new().append(true).create(true).open(path)?),
        };
        *self.0.file.lock() = file;
        Ok(())
    }

    /// Leaves out less important lines.
    pub fn set_least(&self, level: Level) {
        self.0.least.store(level as u8, Relaxed);
    }

    /// The file as the engine's journal.
    pub fn journal(&self) -> Journal {
        let file = self.clone();
        Journal::new(move |level, line| file.write(level, line))
    }

    /// Writes a line. A log that cannot be written is no reason to stop.
    pub fn write(&self, level: Level, line: fmt::Arguments<'_>) {
        if (level as u8) < self.0.least.load(Relaxed) {
            return;
        }
        let mark = [".", "-", "*", "#"][level as usize];
        let mut text = String::new();
        let _ = writeln!(text, "{}:M {} {mark} {line}", std::process::id(), date_now());
        let _ = match &mut *self.0.file.lock() {
            Some(file) => file.write_all(text.as_bytes()),
            None => io::stdout().write_all(text.as_bytes()),
        };
    }
}

/// `21 Nov 2026 01:02:03.456`, in UTC.
fn date_now() -> String {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    date(now.as_millis() as i64)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days to a civil date after Howard Hinnant's `civil_from_days`.
fn date(unix_ms: i64) -> String {
    let (days, ms) = (unix_ms.div_euclid(86_400_000), unix_ms.rem_euclid(86_400_000));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let month = MONTHS[(month - 1) as usize];
    format!("{day:02} {month} {year} {hour:02}:{minute:02}:{second:02}.{:03}", ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_civil() {
        assert_eq!(date(0), "01 Jan 1970 00:00:00.000");
        assert_eq!(date(1_709_210_096_789), "29 Feb 2024 12:34:56.789");
        assert_eq!(date(1_795_223_045_006), "21 Nov 2026 01:04:05.006");
    }
}
