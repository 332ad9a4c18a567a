//! Rows of MEMORY: what memory is used for.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, Memory, sub};
use crate::spec::{
    LOADING, READONLY, RO, STALE, Group, Spec,
};

const MEMORY_DOCTOR: Spec = sub("MEMORY", "DOCTOR", "", Control::Memory(Memory::Doctor))
    .does("Reports problems with memory.")
    .since("4.0.0").cost("O(1)").group(Group::Server)
    .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]);

const MEMORY_HELP: Spec = sub("MEMORY", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("4.0.0").cost("O(1)").group(Group::Server)
    .flags(LOADING | STALE);

const MEMORY_MALLOC_STATS: Spec = sub("MEMORY", "MALLOC-STATS", "",
    Control::Memory(Memory::MallocStats))
    .does("Returns the allocator's own statistics.")
    .since("4.0.0").cost("O(N), N being the allocator's amount of bookkeeping")
    .group(Group::Server)
    .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]);

const MEMORY_PURGE: Spec = sub("MEMORY", "PURGE", "", Control::Memory(Memory::Purge))
    .does("Asks the allocator to give memory back to the system.")
    .since("4.0.0").cost("O(N), N being the amount of memory held").group(Group::Server)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]);

const MEMORY_STATS: Spec = sub("MEMORY", "STATS", "", Control::Memory(Memory::Stats))
    .does("Returns what memory is used for.")
    .since("4.0.0").cost("O(1)").group(Group::Server)
    .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]);

const MEMORY_USAGE: Spec = sub("MEMORY", "USAGE", "key [SAMPLES count]",
    Control::Memory(Memory::Usage))
    .does("Returns or estimates how many bytes a key and its value take.")
    .since("4.0.0").cost("O(N), N being the number of samples").group(Group::Server)
    .flags(READONLY).key(2, RO);

const MEMORY: Spec = Spec::container(
    "MEMORY",
    &[
        MEMORY_DOCTOR, MEMORY_HELP, MEMORY_MALLOC_STATS, MEMORY_PURGE, MEMORY_STATS, MEMORY_USAGE,
    ],
)
    .does("Looks at the use of memory.")
    .since("4.0.0").cost("See the subcommands").group(Group::Server);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[MEMORY];
