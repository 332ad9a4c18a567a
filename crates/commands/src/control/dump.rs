//! Rows of DUMP and RESTORE: values as bytes, and back.
//!
//! Their bodies are the engine's, since it knows Redis's dump format.

use super::{Control, command};
use crate::spec::{ACCESS, DENYOOM, Group, OW, READONLY, RO, Spec, UPDATE, WRITE, category};

const DUMP: Spec = command("DUMP", "key", Control::Dump)
    .does("Returns a value as bytes that RESTORE takes.")
    .since("2.6.0")
    .cost("O(1) to find the key and O(N*M) to write its value, N being the number of elements and \
           M their size").group(Group::Generic)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

const RESTORE: Spec = command(
    "RESTORE",
    "key ttl<integer> serialized-value [replace: REPLACE @3.0.0] [absttl: ABSTTL @5.0.0] \
     [IDLETIME seconds @5.0.0] [FREQ frequency<integer> @5.0.0]",
    Control::Restore,
)
    .does("Stores a value that DUMP gave.")
    .since("2.6.0")
    .cost("O(1) to store the key and O(N*M) to read its value, N being the number of elements and \
           M their size; O(N*M*log(N)) for sorted sets").group(Group::Generic)
    .category(category::DANGEROUS)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE)
    .history(&[("3.0.0", "`REPLACE`."), ("5.0.0", "`ABSTTL`, `IDLETIME` and `FREQ`.")]);

/// The rows.
pub const COMMANDS: &[Spec] = &[DUMP, RESTORE];
