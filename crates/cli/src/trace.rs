//! `:trace`: carries a command out through TRACE and draws where its time went.

use protocol::Value;

use crate::pretty::{self, Looks};
use crate::screen::say;
use crate::session::Session;

/// Traces a command and draws what comes back.
pub(crate) fn run(session: &mut Session, words: &[Vec<u8>], looks: Looks) {
    let Ok(connection) = session.connected() else { return };
    let mut request: Vec<&[u8]> = vec![b"TRACE"];
    request.extend(words.iter().map(Vec::as_slice));
    match connection.call(&request) {
        Ok(value) => say(&draw(&value, looks)),
        Err(error) => {
            eprintln!("Error: {error}");
            session.leave();
        }
    }
}

fn draw(value: &Value, looks: Looks) -> String {
    pretty::format(value, looks)
}
