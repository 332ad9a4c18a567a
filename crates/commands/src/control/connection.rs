//! Rows of the commands about the session itself.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, command};
use crate::spec::{
    ALLOW_BUSY, FAST, LOADING, NOSCRIPT, NO_AUTH, SENTINEL, STALE, Group, Spec,
};

const AUTH: Spec = command("AUTH", "[username @6.0.0] password", Control::Auth)
    .does("Proves who the session's user is.")
    .since("1.0.0").cost("O(N), N being the number of the user's passwords")
    .group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | SENTINEL | ALLOW_BUSY)
    .history(&[("6.0.0", "A user name beside the password.")]);

const ECHO: Spec = command("ECHO", "message", Control::Echo)
    .does("Returns its argument.")
    .since("1.0.0").cost("O(1)").group(Group::Connection)
    .flags(LOADING | STALE | FAST);

const HELLO: Spec = command("HELLO",
    "[arguments: protover<integer> [AUTH (username password)] [SETNAME clientname]]",
    Control::Hello)
    .does("Chooses the protocol, describes the server; may authenticate and name the session.")
    .since("6.0.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | SENTINEL | ALLOW_BUSY)
    .history(&[("6.2.0", "Without arguments it describes the session as it is.")]);

const PING: Spec = command("PING", "[message]", Control::Ping)
    .does("Returns PONG, or its argument.")
    .since("1.0.0").cost("O(1)").group(Group::Connection)
    .flags(FAST | SENTINEL)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const QUIT: Spec = command("QUIT", "", Control::Quit)
    .does("Closes the connection.")
    .since("1.0.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY).arity(-1);

const RESET: Spec = command("RESET", "", Control::Reset)
    .does("Puts the session back into the state of a new one.")
    .since("6.2.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY);

const SELECT: Spec = command("SELECT", "index", Control::Select)
    .does("Chooses the database that the session's commands work on.")
    .since("1.0.0").cost("O(1)").group(Group::Connection)
    .flags(LOADING | STALE | FAST);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[AUTH, ECHO, HELLO, PING, QUIT, RESET, SELECT];
