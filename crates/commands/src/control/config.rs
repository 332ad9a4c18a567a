//! Rows of CONFIG: reading and changing settings.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, sub};
use crate::spec::{
    ADMIN, LOADING, NOSCRIPT, STALE, Class, Group, Spec,
};

const CONFIG_GET: Spec = sub("CONFIG", "GET", "{parameter} [{parameter} ...]", Control::ConfigGet)
    .does("Returns the settings whose names match.")
    .since("2.0.0").cost("O(N), N being the number of settings asked for").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .history(&[("7.0.0", "More than one pattern.")]);

const CONFIG_HELP: Spec = sub("CONFIG", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("5.0.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE);

const CONFIG_RESETSTAT: Spec = sub("CONFIG", "RESETSTAT", "", Control::ConfigResetstat)
    .does("Sets the statistics of INFO back to zero.")
    .since("2.0.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE);

const CONFIG_REWRITE: Spec = sub("CONFIG", "REWRITE", "", Control::ConfigRewrite)
    .does("Writes the settings in force into the configuration file.")
    .since("2.8.0").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE);

const CONFIG_SET: Spec = sub("CONFIG", "SET",
    "parameter value [parameter value ...]", Control::ConfigSet)
    .does("Changes settings while the server runs.")
    .since("2.0.0").cost("O(N), N being the number of settings").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE).class(Class::Gate)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
    .history(&[("7.0.0", "More than one setting.")]);

const CONFIG: Spec = Spec::container(
    "CONFIG",
    &[
        CONFIG_GET, CONFIG_HELP, CONFIG_RESETSTAT, CONFIG_REWRITE, CONFIG_SET,
    ],
)
    .does("Reads and changes settings.")
    .since("2.0.0").cost("See the subcommands").group(Group::Server);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[CONFIG];
