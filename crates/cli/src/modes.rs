//! What the tool does besides carrying out commands: one file for each family.
//!
//! Output is redis-cli's. Where people wait and standard error is a terminal, there is a bar as
//! well; it never touches standard output.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use protocol::Value;

use crate::connection::Broken;
use crate::options::Mode;
use crate::screen::say;
use crate::session::{Loud, Said, Session};

mod cache;
mod dump;
mod intrinsic;
mod keys;
mod latency;
mod pipe;
mod scan;
mod stat;

/// Runs the mode that the options name.
pub(crate) fn run(session: &mut Session) -> Result<(), Said> {
    let mode = session.options.mode;
    if mode != Mode::IntrinsicLatency {
        session.connect(Loud::Yes)?;
    }
    if matches!(
        mode,
        Mode::BigKeys | Mode::MemKeys | Mode::HotKeys | Mode::Scan | Mode::IntrinsicLatency
    ) {
        // Ctrl-C ends the search, not the summary.
        let flag = session.stop.0.clone();
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, flag);
    }
    match mode {
        Mode::Latency => latency::measure(session),
        Mode::LatencyDist => latency::spectrum(session),
        Mode::Replica => replica(session),
        Mode::Dump => dump::fetch(session),
        Mode::Pipe => pipe::transfer(session),
        Mode::BigKeys | Mode::MemKeys => keys::biggest(session),
        Mode::HotKeys => keys::hottest(session),
        Mode::Stat => stat::watch(session),
        Mode::Scan => scan::list(session),
        Mode::CacheTest => cache::test(session),
        Mode::IntrinsicLatency => intrinsic::measure(session),
        Mode::Command => Ok(()),
    }
}

fn replica(session: &mut Session) -> Result<(), Said> {
    use crate::session::Answer;
    session.replconf(b"capa", b"eof", Answer::Wanted)?;
    session.replconf(b"rdb-filter-only", b"", Answer::Wanted)?;
    session.follow()
}

/// One request; what goes wrong ends the mode.
fn call(session: &mut Session, words: &[&[u8]]) -> Result<Value, Said> {
    match session.connected()?.call(words) {
        Ok(value) => Ok(value),
        Err(Broken::Stopped) => Err(Said),
        Err(_) => {
            eprintln!("\nI/O error");
            Err(Said)
        }
    }
}

/// One request, sent again over a new connection as often as it takes.
fn call_again(session: &mut Session, words: &[&[u8]]) -> Result<Value, Said> {
    let mut tries = 0;
    loop {
        if let Ok(connection) = session.connected_quietly()
            && let Ok(value) = connection.call(words)
        {
            if tries > 0 {
                say("\r\x1b[0K");
            }
            return Ok(value);
        }
        session.leave();
        tries += 1;
        say(&format!("\r\x1b[0KReconnecting... {tries}\r"));
        session.stop.sleep(Duration::from_secs(1));
        if session.stop.is_set() {
            return Err(Said);
        }
    }
}

/// A bar over `total` keys on standard error; hidden where that is no terminal.
fn key_bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} keys, {eta} left");
    // A template with a fault in it shows as the default bar.
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// A bar over bytes, of which the number may be unknown.
fn byte_bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{bar:40} {bytes} of {total_bytes}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
