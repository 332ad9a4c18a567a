//! Walking the keyspace with SCAN, and --scan, which prints what it finds.

use base::bytes::quoted;
use protocol::Value;

use super::call;
use crate::docs::text;
use crate::options::{Options, Output};
use crate::screen::print;
use crate::session::{Said, Session};
use crate::text::lossy;

/// A walk over all keys.
pub(super) struct Walk {
    cursor: Vec<u8>,
    done: bool,
}

impl Walk {
    pub(super) fn new(options: &Options) -> Self {
        let cursor = options.scan_cursor.clone().unwrap_or_else(|| b"0".to_vec());
        Self { cursor, done: false }
    }

    /// The keys of the next step; `None` at the end, or when Ctrl-C was pressed.
    pub(super) fn next(&mut self, session: &mut Session) -> Result<Option<Vec<Vec<u8>>>, Said> {
        if self.done || session.stop.is_set() {
            return Ok(None);
        }
        let options = &session.options;
        let mut words = vec![b"SCAN".to_vec(), self.cursor.clone()];
        if let Some(pattern) = &options.pattern {
            words.extend([b"MATCH".to_vec(), pattern.clone()]);
        }
        if let Some(count) = options.scan_count {
            words.extend([b"COUNT".to_vec(), count.to_string().into_bytes()]);
        }
        if let Some(kind) = &options.scan_type {
            words.extend([b"TYPE".to_vec(), kind.clone()]);
        }
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let reply = match call(session, &words) {
            Err(Said) if session.stop.is_set() => return Ok(None),
            reply => reply?,
        };
        match reply {
            Value::Array(parts) => match parts.as_slice() {
                [cursor, Value::Array(keys)] => {
                    self.cursor = text(cursor);
                    self.done = self.cursor == b"0";
                    return Ok(Some(keys.iter().map(text).collect()));
                }
                _ => eprintln!("Invalid element count from SCAN!"),
            },
            Value::Error(text) => eprintln!("SCAN error: {}", lossy(&text)),
            _ => eprintln!("Non ARRAY response from SCAN!"),
        }
        Err(Said)
    }
}

/// Prints all keys.
pub(super) fn list(session: &mut Session) -> Result<(), Said> {
    let mut walk = Walk::new(&session.options);
    while let Some(keys) = walk.next(session)? {
        let mut out = Vec::new();
        for key in keys {
            if session.options.output == Output::Standard {
                out.extend_from_slice(quoted(&key).as_bytes());
            } else {
                out.extend_from_slice(&key);
            }
            out.push(b'\n');
        }
        print(&out);
        if !session.options.interval.is_zero() {
            session.stop.sleep(session.options.interval);
        }
    }
    Ok(())
}
