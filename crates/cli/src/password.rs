//! Asking for a password: what is typed is not shown.

use std::io::{BufRead, IsTerminal, stdin};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::session::Said;

/// Reads a line from standard input; from a terminal without echo, after `question`.
pub(crate) fn ask(question: &str) -> Result<Vec<u8>, Said> {
    let input = stdin();
    let saved = if input.is_terminal() { tcgetattr(&input).ok() } else { None };
    if let Some(saved) = &saved {
        let mut silent = saved.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // A terminal that cannot be silenced must not get the password.
        if tcsetattr(&input, OptionalActions::Flush, &silent).is_err() {
            eprintln!("\nthe terminal's echo cannot be turned off");
            return Err(Said);
        }
        // Only now: who answers at once must not be heard by others either.
        eprint!("{question}");
    }
    let mut line = Vec::new();
    let read = input.lock().read_until(b'\n', &mut line);
    if let Some(saved) = &saved {
        let _ = tcsetattr(&input, OptionalActions::Flush, saved);
        eprintln!();
    }
    if read.is_err() {
        eprintln!("no password could be read");
        return Err(Said);
    }
    Ok(line.strip_suffix(b"\n").unwrap_or(&line).to_vec())
}
