//! Rows of scripts: EVAL and its like, SCRIPT, FUNCTION.

use super::{Control, Function, command, sub};
use crate::spec::{
    ACCESS, ALLOW_BUSY, Class, DENYOOM, Group, LOADING, MAY_REPLICATE, NO_MANDATORY_KEYS, NOSCRIPT,
    READONLY, RO, RW, SKIP_MONITOR, STALE, Spec, UPDATE, WRITE,
};

const BY_TEXT: &str = "script numkeys<integer> [key ...] [arg ...]";
const BY_NAME: &str = "sha1 numkeys<integer> [key ...] [arg ...]";

/// What all commands that run scripts have in common.
const fn runs_script(spec: Spec) -> Spec {
    spec.cost("Depends on the script").group(Group::Scripting)
        .flags(NOSCRIPT | SKIP_MONITOR | NO_MANDATORY_KEYS | STALE)
}

const EVAL: Spec = runs_script(command("EVAL", BY_TEXT, Control::Eval))
    .does("Runs a Lua script.")
    .since("2.6.0").flags(MAY_REPLICATE).keys_counted(2, 1, RW | ACCESS | UPDATE)
    .key_note(
        "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE",
    );

const EVAL_RO: Spec = runs_script(command("EVAL_RO", BY_TEXT, Control::EvalRo))
    .does("Runs a Lua script that only reads.")
    .since("7.0.0").flags(READONLY).keys_counted(2, 1, RO | ACCESS)
    .key_note(
        "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS",
    );

const EVALSHA: Spec = runs_script(command("EVALSHA", BY_NAME, Control::Evalsha))
    .does("Runs a cached Lua script.")
    .since("2.6.0").flags(MAY_REPLICATE).keys_counted(2, 1, RW | ACCESS | UPDATE);

const EVALSHA_RO: Spec = runs_script(command("EVALSHA_RO", BY_NAME, Control::EvalshaRo))
    .does("Runs a cached Lua script that only reads.")
    .since("7.0.0").flags(READONLY).keys_counted(2, 1, RO | ACCESS);

const FCALL: Spec = runs_script(command(
    "FCALL",
    "function numkeys<integer> [key ...] [arg ...]",
    Control::Fcall,
))
.does("Calls a function of a library.")
.since("7.0.0").cost("Depends on the function").keys_counted(2, 1, RW | ACCESS | UPDATE)
.key_note("We cannot tell how the keys will be used so we assume the worst, RW and UPDATE");

const FCALL_RO: Spec = runs_script(command(
    "FCALL_RO",
    "function numkeys<integer> [key ...] [arg ...]",
    Control::FcallRo,
))
.does("Calls a function of a library that only reads.")
.since("7.0.0").cost("Depends on the function").flags(READONLY).keys_counted(2, 1, RO | ACCESS)
.key_note("We cannot tell how the keys will be used so we assume the worst, RO and ACCESS");

const FUNCTION_DELETE: Spec =
    sub("FUNCTION", "DELETE", "library-name", Control::Function(Function::Delete))
    .does("Removes a library and its functions.")
    .since("7.0.0").cost("O(1)").group(Group::Scripting)
    .flags(WRITE | NOSCRIPT).class(Class::Gate)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const FUNCTION_DUMP: Spec = sub("FUNCTION", "DUMP", "", Control::Function(Function::Dump))
    .does("All libraries as one payload for FUNCTION RESTORE.")
    .since("7.0.0").cost("O(N), N being the number of functions").group(Group::Scripting)
    .flags(NOSCRIPT);

const FUNCTION_FLUSH: Spec =
    sub("FUNCTION", "FLUSH", "[async: ASYNC | SYNC]", Control::Function(Function::Flush))
    .does("Removes all libraries.")
    .since("7.0.0").cost("O(N), N being the number of functions").group(Group::Scripting)
    .flags(WRITE | NOSCRIPT).class(Class::Gate)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const FUNCTION_HELP: Spec = sub("FUNCTION", "HELP", "", Control::Help)
    .does("Lists the subcommands.")
    .since("7.0.0").cost("O(1)").group(Group::Scripting).flags(LOADING | STALE);

const FUNCTION_KILL: Spec = sub("FUNCTION", "KILL", "", Control::Function(Function::Kill))
    .does("Ends the function that has run for too long, unless it has written.")
    .since("7.0.0").cost("O(1)").group(Group::Scripting).flags(NOSCRIPT | ALLOW_BUSY)
    .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]);

const FUNCTION_LIST: Spec = sub(
    "FUNCTION",
    "LIST",
    "[LIBRARYNAME library-name-pattern] [WITHCODE]",
    Control::Function(Function::List),
)
.does("Lists libraries and their functions.")
.since("7.0.0").cost("O(N), N being the number of functions").group(Group::Scripting)
.flags(NOSCRIPT).tips(&["nondeterministic_output_order"]);

const FUNCTION_LOAD: Spec =
    sub("FUNCTION", "LOAD", "[REPLACE] function-code", Control::Function(Function::Load))
    .does("Adds a library.")
    .since("7.0.0").cost("O(1), besides compiling").group(Group::Scripting)
    .flags(WRITE | DENYOOM | NOSCRIPT).class(Class::Gate)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const FUNCTION_RESTORE: Spec = sub(
    "FUNCTION",
    "RESTORE",
    "serialized-value [policy: FLUSH | APPEND | REPLACE]",
    Control::Function(Function::Restore),
)
.does("Adds the libraries of a payload.")
.since("7.0.0").cost("O(N), N being the number of functions").group(Group::Scripting)
.flags(WRITE | DENYOOM | NOSCRIPT).class(Class::Gate)
.tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const FUNCTION_STATS: Spec = sub("FUNCTION", "STATS", "", Control::Function(Function::Stats))
    .does("What function runs, and how many there are.")
    .since("7.0.0").cost("O(1)").group(Group::Scripting).flags(NOSCRIPT | ALLOW_BUSY)
    .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]);

const FUNCTION: Spec = Spec::container(
    "FUNCTION",
    &[
        FUNCTION_DELETE,
        FUNCTION_DUMP,
        FUNCTION_FLUSH,
        FUNCTION_HELP,
        FUNCTION_KILL,
        FUNCTION_LIST,
        FUNCTION_LOAD,
        FUNCTION_RESTORE,
        FUNCTION_STATS,
    ],
)
.does("Manages function libraries.")
.since("7.0.0").cost("See the subcommands").group(Group::Scripting);

const SCRIPT_DEBUG: Spec =
    sub("SCRIPT", "DEBUG", "mode: (YES | SYNC | NO)", Control::ScriptDebug)
    .does("Would switch the debugger of scripts on or off; there is none.")
    .since("3.2.0").cost("O(1)").group(Group::Scripting).flags(NOSCRIPT);

const SCRIPT_EXISTS: Spec = sub("SCRIPT", "EXISTS", "sha1 [sha1 ...]", Control::ScriptExists)
    .does("Whether scripts are cached.")
    .since("2.6.0").cost("O(N), N being the number of names").group(Group::Scripting)
    .flags(NOSCRIPT)
    .tips(&["request_policy:all_shards", "response_policy:agg_logical_and"]);

const SCRIPT_FLUSH: Spec =
    sub("SCRIPT", "FLUSH", "[async: ASYNC | SYNC] @6.2.0", Control::ScriptFlush)
    .does("Forgets all cached scripts.")
    .since("2.6.0").cost("O(N), N being the number of scripts").group(Group::Scripting)
    .flags(NOSCRIPT)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
    .history(&[("6.2.0", "The choice between `ASYNC` and `SYNC`.")]);

const SCRIPT_HELP: Spec = sub("SCRIPT", "HELP", "", Control::Help)
    .does("Lists the subcommands.")
    .since("5.0.0").cost("O(1)").group(Group::Scripting).flags(LOADING | STALE);

const SCRIPT_KILL: Spec = sub("SCRIPT", "KILL", "", Control::ScriptKill)
    .does("Ends the script that has run for too long, unless it has written.")
    .since("2.6.0").cost("O(1)").group(Group::Scripting).flags(NOSCRIPT | ALLOW_BUSY)
    .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]);

const SCRIPT_LOAD: Spec = sub("SCRIPT", "LOAD", "script", Control::ScriptLoad)
    .does("Caches a script without running it.")
    .since("2.6.0").cost("O(N), N being the length of the script").group(Group::Scripting)
    .flags(NOSCRIPT | STALE)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]);

const SCRIPT: Spec = Spec::container(
    "SCRIPT",
    &[SCRIPT_DEBUG, SCRIPT_EXISTS, SCRIPT_FLUSH, SCRIPT_HELP, SCRIPT_KILL, SCRIPT_LOAD],
)
.does("Manages the cache of scripts.")
.since("2.6.0").cost("See the subcommands").group(Group::Scripting);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] =
    &[EVAL, EVAL_RO, EVALSHA, EVALSHA_RO, FCALL, FCALL_RO, FUNCTION, SCRIPT];
