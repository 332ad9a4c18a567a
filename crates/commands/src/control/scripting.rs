//! Rows of SCRIPT and FUNCTION: what there is of them while no script can be loaded.
//!
//! Forgetting all scripts is true of a server that has none, and tools send it before they begin.

use super::{Control, sub};
use crate::spec::{Class, Group, NOSCRIPT, Spec, WRITE};

const FUNCTION_FLUSH: Spec =
    sub("FUNCTION", "FLUSH", "[async: ASYNC | SYNC]", Control::FunctionFlush)
    .does("Forgets all function libraries.")
    .since("7.0.0").cost("O(N), N being the number of functions").group(Group::Scripting)
    .flags(WRITE | NOSCRIPT).class(Class::Gate)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const FUNCTION: Spec = Spec::container("FUNCTION", &[FUNCTION_FLUSH])
    .does("Manages function libraries.")
    .since("7.0.0").cost("See the subcommands").group(Group::Scripting);

const SCRIPT_FLUSH: Spec =
    sub("SCRIPT", "FLUSH", "[async: ASYNC | SYNC] @6.2.0", Control::ScriptFlush)
    .does("Forgets all cached scripts.")
    .since("2.6.0").cost("O(N), N being the number of scripts").group(Group::Scripting)
    .flags(NOSCRIPT)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
    .history(&[("6.2.0", "The choice between `ASYNC` and `SYNC`.")]);

const SCRIPT: Spec = Spec::container("SCRIPT", &[SCRIPT_FLUSH])
    .does("Manages the cache of scripts.")
    .since("2.6.0").cost("See the subcommands").group(Group::Scripting);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[FUNCTION, SCRIPT];
