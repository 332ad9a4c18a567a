//! Rows of HIMPORT: many hashes with the same fields, whose names are sent once.
//!
//! The sets of field names belong to the session, which only the engine knows. The hash itself is
//! made by `hashes::import`.

use super::{Control, sub};
use crate::spec::{DENYOOM, Group, OW, Spec, UPDATE, WRITE, category};

const HIMPORT_DISCARD: Spec =
    sub("HIMPORT", "DISCARD", "fieldset-name", Control::HimportDiscard)
    .does("Forgets one of the session's sets of field names.")
    .since("8.10.0").cost("O(N), N being the number of sets").group(Group::Hash)
    .tips(&["request_policy:all_shards"]);

const HIMPORT_DISCARDALL: Spec = sub("HIMPORT", "DISCARDALL", "", Control::HimportDiscardall)
    .does("Forgets all of the session's sets of field names.")
    .since("8.10.0").cost("O(N), N being the number of sets").group(Group::Hash)
    .tips(&["request_policy:all_shards"]);

const HIMPORT_PREPARE: Spec =
    sub("HIMPORT", "PREPARE", "fieldset-name field [field ...]", Control::HimportPrepare)
    .does("Gives the session a named set of field names.")
    .since("8.10.0").cost("O(N*log(N)), N being the number of fields").group(Group::Hash)
    .flags(DENYOOM)
    .tips(&["request_policy:all_shards"]);

const HIMPORT_SET: Spec =
    sub("HIMPORT", "SET", "key fieldset-name value [value ...]", Control::HimportSet)
    .does("Creates a hash from a prepared set of field names and a value for each.")
    .since("8.10.0").cost("O(N), N being the number of fields").group(Group::Hash)
    .flags(WRITE | DENYOOM).key(2, OW | UPDATE);

const HIMPORT: Spec = Spec::container(
    "HIMPORT",
    &[HIMPORT_DISCARD, HIMPORT_DISCARDALL, HIMPORT_PREPARE, HIMPORT_SET],
)
    .does("Creates many hashes that share their field names, which are sent once.")
    .since("8.10.0").cost("See the subcommands").group(Group::Hash)
    .category(category::HASH);

/// The rows; subcommands hang from their container.
pub const COMMANDS: &[Spec] = &[HIMPORT];
