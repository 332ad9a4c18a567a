//! Rows of the commands by which the server shows its insides.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, Latency, Slowlog, command, sub};
use crate::spec::{
    ADMIN, LOADING, NOSCRIPT, NO_MULTI, PROTECTED, SENTINEL, STALE, Group, Spec, category,
};

const COMMAND_COUNT: Spec = sub("COMMAND", "COUNT", "", Control::CommandCount)
    .does("Returns the number of commands.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION);

const COMMAND_DOCS: Spec = sub("COMMAND", "DOCS",
    "[command-name [command-name ...]]", Control::CommandDocs)
    .does("Returns the documentation of commands.")
    .since("7.0.0").cost("O(N), N being the number of commands asked for").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION)
    .tips(&["nondeterministic_output_order"]);

const COMMAND_GETKEYS: Spec = sub("COMMAND", "GETKEYS", "", Control::CommandGetkeys)
    .does("Finds the keys in a complete command.")
    .since("2.8.13").cost("O(N), N being the number of arguments").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION).arity(-4);

const COMMAND_GETKEYSANDFLAGS: Spec = sub("COMMAND", "GETKEYSANDFLAGS",
    "", Control::CommandGetkeysandflags)
    .does("Finds the keys in a complete command, and what happens to each.")
    .since("7.0.0").cost("O(N), N being the number of arguments").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION).arity(-4);

const COMMAND_HELP: Spec = sub("COMMAND", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("5.0.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION);

const COMMAND_INFO: Spec = sub("COMMAND", "INFO",
    "[command-name [command-name ...]]", Control::CommandInfo)
    .does("Describes commands.")
    .since("2.8.13").cost("O(N), N being the number of commands asked for").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION)
    .tips(&["nondeterministic_output_order"])
    .history(&[("7.0.0", "Without arguments it describes all commands.")]);

const COMMAND_LIST: Spec = sub("COMMAND", "LIST",
    "[filterby: FILTERBY (MODULE module-name | ACLCAT category | PATTERN pattern)]",
    Control::CommandList)
    .does("Returns the names of commands.")
    .since("7.0.0").cost("O(N), N being the number of commands").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION)
    .tips(&["nondeterministic_output_order"]);

const COMMAND: Spec = command("COMMAND", "", Control::Command)
    .subcommands(&[
        COMMAND_COUNT, COMMAND_DOCS, COMMAND_GETKEYS, COMMAND_GETKEYSANDFLAGS, COMMAND_HELP,
        COMMAND_INFO, COMMAND_LIST,
    ])
    .does("Describes all commands.")
    .since("2.8.13").cost("O(N), N being the number of commands").group(Group::Server)
    .flags(LOADING | STALE | SENTINEL).category(category::CONNECTION).arity(-1)
    .tips(&["nondeterministic_output_order"]);

const DEBUG: Spec = command("DEBUG", "", Control::Debug)
    .does("Helps to test and debug the server.")
    .since("1.0.0").cost("See the subcommands").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED).arity(-2).internal();

const LATENCY_DOCTOR: Spec = sub("LATENCY", "DOCTOR", "", Control::Latency(Latency::Doctor))
    .does("Reports likely causes of delays.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]);

const LATENCY_GRAPH: Spec = sub("LATENCY", "GRAPH", "event", Control::Latency(Latency::Graph))
    .does("Draws the delays of an event as text.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]);

const LATENCY_HELP: Spec = sub("LATENCY", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE);

const LATENCY_HISTOGRAM: Spec = sub("LATENCY", "HISTOGRAM",
    "[command [command ...]]", Control::Latency(Latency::Histogram))
    .does("Returns how the running times of commands are distributed.")
    .since("7.0.0").cost("O(N), N being the number of commands asked for").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]);

const LATENCY_HISTORY: Spec = sub("LATENCY", "HISTORY", "event", Control::Latency(Latency::History))
    .does("Returns the times and lengths of an event's delays.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]);

const LATENCY_LATEST: Spec = sub("LATENCY", "LATEST", "", Control::Latency(Latency::Latest))
    .does("Returns the latest delay of each event.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]);

const LATENCY_RESET: Spec = sub("LATENCY", "RESET", "[event [event ...]]",
    Control::Latency(Latency::Reset))
    .does("Forgets the delays of some or all events.")
    .since("2.8.13").cost("O(1)").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]);

const LATENCY: Spec = Spec::container(
    "LATENCY",
    &[
        LATENCY_DOCTOR, LATENCY_GRAPH, LATENCY_HELP, LATENCY_HISTOGRAM, LATENCY_HISTORY,
        LATENCY_LATEST, LATENCY_RESET,
    ],
)
    .does("Looks at delays that the server noticed.")
    .since("2.8.13").cost("See the subcommands").group(Group::Server);

const SLOWLOG_GET: Spec = sub("SLOWLOG", "GET", "[count]", Control::Slowlog(Slowlog::Get))
    .does("Returns entries of the slow log, newest first.")
    .since("2.2.12").cost("O(N), N being the number of entries returned").group(Group::Server)
    .flags(ADMIN | LOADING | STALE)
    .tips(&["request_policy:all_nodes", "nondeterministic_output"])
    .history(&[("4.0.0", "The client's address and name.")]);

const SLOWLOG_HELP: Spec = sub("SLOWLOG", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("6.2.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE);

const SLOWLOG_LEN: Spec = sub("SLOWLOG", "LEN", "", Control::Slowlog(Slowlog::Len))
    .does("Returns the number of entries in the slow log.")
    .since("2.2.12").cost("O(1)").group(Group::Server)
    .flags(ADMIN | LOADING | STALE)
    .tips(&["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"]);

const SLOWLOG_RESET: Spec = sub("SLOWLOG", "RESET", "", Control::Slowlog(Slowlog::Reset))
    .does("Empties the slow log.")
    .since("2.2.12").cost("O(N), N being the number of entries").group(Group::Server)
    .flags(ADMIN | LOADING | STALE)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]);

const SLOWLOG: Spec = Spec::container(
    "SLOWLOG",
    &[
        SLOWLOG_GET, SLOWLOG_HELP, SLOWLOG_LEN, SLOWLOG_RESET,
    ],
)
    .does("Looks at the log of slow commands.")
    .since("2.2.12").cost("See the subcommands").group(Group::Server);

const TRACE: Spec = command("TRACE",
    "(command<string> [arg<string> [arg<string> ...]] | on: ON [PREFIX prefix<string>] \
     [MINUS microseconds<integer>] | OFF | slow: SLOW [count<integer>])", Control::Trace)
    .does("Carries a command out and returns its way through the server, or shows those of others.")
    .since("7.0.0").cost("That of the command; it looks at the keys too").group(Group::Server)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI)
    .arity(-2).tips(&["nondeterministic_output"]);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[COMMAND, DEBUG, LATENCY, SLOWLOG, TRACE];
