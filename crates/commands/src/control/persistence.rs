//! Rows of the commands that bring the keyspace to disk as a whole.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, command};
use crate::spec::{
    ADMIN, FAST, LOADING, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI, STALE, Class, Group, Spec, category,
};

const BGREWRITEAOF: Spec = command("BGREWRITEAOF", "", Control::Bgrewriteaof)
    .does("Rewrites the log as short as it can be, in the background.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING);

const BGSAVE: Spec = command("BGSAVE", "[SCHEDULE @3.2.2 | CANCEL @8.1.0]", Control::Bgsave)
    .does("Writes the keyspace as it is now to the dump file, in the background.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING)
    .history(&[("3.2.2", "`SCHEDULE`."), ("8.1.0", "`CANCEL`.")]).class(Class::Gate);

const LASTSAVE: Spec = command("LASTSAVE", "", Control::Lastsave)
    .does("Returns the Unix time of the last successful save.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE | FAST).category(category::ADMIN | category::DANGEROUS)
    .tips(&["nondeterministic_output"]);

const SAVE: Spec = command("SAVE", "", Control::Save)
    .does("Writes the keyspace as it is now to the dump file, and answers when that is done.")
    .since("1.0.0").cost("O(N), N being the number of keys").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI).class(Class::Gate);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[BGREWRITEAOF, BGSAVE, LASTSAVE, SAVE];
