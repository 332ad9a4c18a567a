//! Rows of MODULE: libraries that add commands.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, Module, sub};
use crate::spec::{
    ADMIN, LOADING, NOSCRIPT, NO_ASYNC_LOADING, STALE, Group, Spec,
};

const MODULE_HELP: Spec = sub("MODULE", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("5.0.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE);

const MODULE_LIST: Spec = sub("MODULE", "LIST", "", Control::Module(Module::List))
    .does("Lists the loaded modules.")
    .since("4.0.0").cost("O(N), N being the number of modules").group(Group::Server)
    .flags(ADMIN | NOSCRIPT)
    .tips(&["nondeterministic_output_order"]);

const MODULE_LOAD: Spec = sub("MODULE", "LOAD", "path [arg ...]", Control::Module(Module::Load))
    .does("Loads a module.")
    .since("4.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING);

const MODULE_LOADEX: Spec = sub("MODULE", "LOADEX",
    "path [configs: CONFIG (name value) [CONFIG (name value) ...]] \
     [args: ARGS {arg} [{arg} ...]]",
    Control::Module(Module::Loadex))
    .does("Loads a module, with settings of its own.")
    .since("7.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING);

const MODULE_UNLOAD: Spec = sub("MODULE", "UNLOAD", "name", Control::Module(Module::Unload))
    .does("Unloads a module.")
    .since("4.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | NO_ASYNC_LOADING);

const MODULE: Spec = Spec::container(
    "MODULE",
    &[MODULE_HELP, MODULE_LIST, MODULE_LOAD, MODULE_LOADEX, MODULE_UNLOAD],
)
    .does("Libraries that add commands.")
    .since("4.0.0").cost("See the subcommands").group(Group::Server);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[MODULE];
