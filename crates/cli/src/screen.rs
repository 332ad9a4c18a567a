//! Writing to standard output. A reader that has gone away ends the program quietly.

use std::io::{Write, stdout};

/// Prints bytes now.
pub(crate) fn print(bytes: &[u8]) {
    let mut out = stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        // `russet cli --scan | head` has seen enough.
        std::process::exit(1);
    }
}

/// Prints a text now.
pub(crate) fn say(text: &str) {
    print(text.as_bytes());
}
