//! Who may do what, and scripts.
//!
//! Rows of the table of directives, sorted by name.

use crate::choices::{AclPubsubDefault, ProtectedAction};
use crate::directive::bounds::LONG_MAX;
use crate::directive::{Directive, accepted, decimals, single};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    single(
        "acl-pubsub-default",
        Shape::Choice(AclPubsubDefault::WORDS),
        field!(acl.pubsub_default),
    )
    .about("Channels a new user may use."),
    single("aclfile", Shape::Text(any), field!(acl.file))
        .immutable()
        .about("File of users; empty keeps them in redis.conf."),
    single("acllog-max-len", decimals(0, LONG_MAX), field!(acl.log_max_len))
        .unit("refusals")
        .about("Refusals that ACL LOG remembers."),
    single("busy-reply-threshold", decimals(0, LONG_MAX), field!(scripts.busy_reply_threshold_ms))
        .unit("ms")
        .alias(&["lua-time-limit"])
        .about("Duration after which other clients are told that a script is busy."),
    single(
        "enable-debug-command",
        Shape::Choice(ProtectedAction::WORDS),
        field!(protected.debug_command),
    )
    .immutable()
    .about("Who may use DEBUG."),
    single(
        "enable-module-command",
        Shape::Choice(ProtectedAction::WORDS),
        field!(protected.module_command),
    )
    .immutable()
    .about("Who may use MODULE."),
    single(
        "enable-protected-configs",
        Shape::Choice(ProtectedAction::WORDS),
        field!(protected.configs),
    )
    .immutable()
    .about("Who may set `dir` and `dbfilename` at run time."),
    accepted(
        "extended-redis-compatibility",
        Shape::Bool,
        "no",
        "the server always presents itself as Redis",
    )
    .about("Let Valkey present itself as Redis."),
    accepted("locale-collate", Shape::Text(any), "", "SORT ALPHA compares bytes")
        .about("Locale by which SORT ALPHA compares."),
    accepted(
        "lua-enable-insecure-api",
        Shape::Bool,
        "no",
        "scripts never have the functions that Redis removed for safety",
    )
    .alias(&["lua-enable-deprecated-api"])
    .immutable()
    .hidden()
    .protected()
    .about("Give scripts outdated functions."),
    single("requirepass", Shape::Text(any), field!(acl.requirepass))
        .sensitive()
        .about("Password of the default user."),
];
