//! What a session has asked for with CLIENT TRACKING.

use std::collections::BTreeSet;

/// Which of the keys that it reads are remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// All.
    #[default]
    All,
    /// Those of a command that CLIENT CACHING YES came before (OPTIN).
    Asked,
    /// Those of a command that CLIENT CACHING NO did not come before (OPTOUT).
    NotRefused,
}

/// How a session tracks keys.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) choice: Choice,
    /// CLIENT CACHING was given for the next command.
    pub(crate) caching: bool,
    /// Prefixes of the keys it is told of whether it has read them or not; `None`: it is told of
    /// those it has read.
    pub(crate) prefixes: Option<BTreeSet<Box<[u8]>>>,
}

impl Own {
    /// Heap bytes, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        let prefixes = self.prefixes.as_ref().map_or(0, BTreeSet::len);
        // A prefix here, and the same with a list of sessions among those of the node.
        size_of::<Self>() + prefixes * 128
    }

    /// Whether the keys that a command reads are remembered.
    pub(crate) fn remembers(&self) -> bool {
        let chosen = match self.choice {
            Choice::All => true,
            Choice::Asked => self.caching,
            Choice::NotRefused => !self.caching,
        };
        chosen && self.prefixes.is_none()
    }
}
