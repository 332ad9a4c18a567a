//! MODULE. Modules of Redis are libraries made for its inside and cannot be loaded here: the list
//! is empty, and loading fails as Redis says it when a file is no module.

use commands::control::Module;
use commands::errors::Error;
use config::ProtectedAction;

use super::{After, Answer, Call};

const NOT_ALLOWED: Error = Error::new(
    "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you \
     can run it from a local connection, otherwise you need to set this option in the \
     configuration file, and then restart the server.",
);

pub(super) fn module(which: Module, call: &mut Call<'_, '_>) -> Answer {
    if which == Module::List {
        call.reply.array(0);
        return Ok(After::Done);
    }
    let visitor = &call.session.client.visitor;
    let is_allowed = match call.turn.state.settings.protected.module_command {
        ProtectedAction::Yes => true,
        ProtectedAction::Local => visitor.is_loopback || visitor.is_unix,
        ProtectedAction::No => false,
    };
    if !is_allowed {
        return Err(NOT_ALLOWED);
    }
    if which == Module::Unload {
        return Err(Error::new("ERR Error unloading module: no such module with that name"));
    }
    let path = String::from_utf8_lossy(call.arg(2));
    call.turn.node.journal().warning(format_args!(
        "Module {path} failed to load: this server cannot load modules of Redis"
    ));
    Err(Error::new("ERR Error loading the extension. Please check the server logs."))
}
