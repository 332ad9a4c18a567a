//! SCRIPT FLUSH and FUNCTION FLUSH, true of a server that has no scripts: there is nothing to forget.

use commands::arguments::is_word;
use commands::errors::Error;

use super::{Answer, Call};

pub(super) fn flush(call: &mut Call<'_, '_>, name: &str) -> Answer {
    match call.request.get(2) {
        None => call.ok(),
        Some(mode)
            if call.request.len() == 3 && (is_word(mode, "ASYNC") || is_word(mode, "SYNC")) =>
        {
            call.ok()
        }
        Some(_) => Err(Error::text(format!("ERR {name} only supports SYNC|ASYNC option"))),
    }
}
