//! What a worker does before a request changes keys while a snapshot is under way.
//!
//! Must be true: nothing of the request has been done yet, so that it can be tried again; or it
//! cannot be tried again, and then it copies what others would wait for.

use commands::context::KeyArg;
use commands::spec::{Spec, WRITE};
use keyspace::Held;
use keyspace::db::Key;
use keyspace::snapshot::{Snapshot, Unsaved};
use protocol::Request;

use crate::desk::{Desk, Job};

/// The keys that a request names.
pub(crate) struct Names<'n> {
    pub(crate) spec: &'static Spec,
    pub(crate) database: usize,
    pub(crate) request: Request<'n>,
    pub(crate) keys: &'n [KeyArg],
}

impl Names<'_> {
    /// The databases in which the command may change them.
    fn databases(&self, held: &Held<'_>) -> std::ops::Range<usize> {
        if self.spec.container.is_empty() && matches!(self.spec.name, "MOVE" | "COPY") {
            0..held.keyspace().databases()
        } else {
            self.database..self.database + 1
        }
    }
}

impl Desk<'_> {
    /// Before a request runs: sees to it that the snapshot has what its keys hold.
    #[cold]
    pub(crate) fn preserve_for(
        &self,
        snapshot: &Snapshot,
        job: &Job<'_>,
        held: &mut Held<'_>,
    ) -> Result<(), Unsaved> {
        let Job { spec, caller, request, keys, .. } = *job;
        let names = Names { spec, database: caller.database, request, keys };
        // In the midst of a transaction or a script, or for one that waited, there is no other try.
        let can_wait = self.state.group.is_none() && job.woken.is_none();
        preserve(snapshot, &names, held, can_wait)
    }

    /// Before a transaction begins: as for one request of it.
    pub(crate) fn preserve(
        &self,
        snapshot: &Snapshot,
        names: &Names<'_>,
        held: &mut Held<'_>,
    ) -> Result<(), Unsaved> {
        preserve(snapshot, names, held, true)
    }
}

fn preserve(
    snapshot: &Snapshot,
    names: &Names<'_>,
    held: &mut Held<'_>,
    can_wait: bool,
) -> Result<(), Unsaved> {
    if names.spec.flags & WRITE == 0 {
        return Ok(());
    }
    for arg in names.keys {
        let key = Key { bytes: names.request.arg(arg.index as usize), hash: arg.hash };
        for database in names.databases(held) {
            if can_wait {
                snapshot.preserve(held, database, key)?;
            } else {
                snapshot.preserve_now(held, database, key);
            }
        }
    }
    Ok(())
}
