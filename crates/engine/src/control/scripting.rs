//! SCRIPT FLUSH and FUNCTION FLUSH, true of a server that has no scripts: there is nothing to
//! forget.

use commands::arguments::is_word;
use commands::errors::Error;

use super::{Answer, Call};

pub(super) fn function_flush(call: &mut Call<'_, '_>) -> Answer {
    if call.request.len() > 3 {
        let shown = String::from_utf8_lossy(call.arg(1));
        return Err(Error::text(format!(
            "ERR unknown subcommand or wrong number of arguments for '{shown}'. Try FUNCTION HELP."
        )));
    }
    flush(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
}

pub(super) fn script_flush(call: &mut Call<'_, '_>) -> Answer {
    flush(call, "ERR SCRIPT FLUSH only support SYNC|ASYNC option")
}

fn flush(call: &mut Call<'_, '_>, misused: &'static str) -> Answer {
    match (call.request.len(), call.request.get(2)) {
        (2, _) => call.ok(),
        (3, Some(mode)) if is_word(mode, "ASYNC") || is_word(mode, "SYNC") => call.ok(),
        _ => Err(Error::new(misused)),
    }
}
