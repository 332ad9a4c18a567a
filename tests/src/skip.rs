//! Skipped tests, made visible.
//!
//! Rust's test harness knows no "cannot run here". A test that cannot run calls `skip`, which
//! writes one `SKIPPED` line past the harness's capture; `./test` counts these lines, shows
//! their reasons and takes them off the number of passed tests.

use std::io::Write;

/// Reports that the running test does nothing here, and why. The caller returns afterwards.
pub fn skip(reason: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("?");
    // A failed write to standard error cannot be reported anywhere.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {reason}");
}
