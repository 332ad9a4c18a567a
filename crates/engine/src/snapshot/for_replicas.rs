//! The dump that replicas begin with: a file that only they read.
//!
//! It is written whole before the first byte is sent, since its length comes first. So the walk
//! goes as fast as the disk, not as the slowest replica.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rdb::Purpose;

use super::serve::Place;
use super::{Aim, Asker, Cut, Task};
use crate::node::Node;
use crate::replication::DumpFile;

impl Node {
    /// Has a dump made for replicas that wait for one, unless that is going to happen anyway.
    pub(crate) fn request_sync(&self) {
        let mut agenda = self.snapshots.agenda.lock();
        if !agenda.queue.iter().any(|task| task.aim == Aim::Sync) {
            let task = Task { aim: Aim::Sync, cut: None, asker: Asker::Nobody };
            agenda.queue.push_back(task);
            self.snapshots.changed.notify_all();
        }
    }

    /// Writes the dump of a cut for replicas and hands it over.
    pub(super) fn dump_for_replicas(&self, cut: &Cut, place: &Place<'_, '_>) -> bool {
        let Some(from) = cut.fed_from else {
            self.walk_in_vain(cut, place);
            return false;
        };
        // Nothing else tells two dumps apart if nothing was written between their cuts; the first
        // may still be on its way to replicas.
        let number = self.replication.figures.dumps.fetch_add(1, Relaxed);
        let name = format!("temp-repl-{}-{number}.rdb", std::process::id());
        let path = Path::new(&self.settings().process.dir).join(name);
        let files = Arc::clone(&self.outside.files);
        self.journal().notice(format_args!("Starting a dump for replicas, from offset {from}"));
        let outcome = self.write_dump(cut, place, (&path, Purpose::Dump));
        let len = files.len(&path).ok().flatten();
        match (outcome, len) {
            (Ok(()), Some(len)) => {
                self.serve_dump(from, Some(Arc::new(DumpFile { path, len, files })));
                true
            }
            (outcome, _) => {
                let _ = files.remove(&path);
                if let Err(failure) = outcome {
                    self.journal().warning(format_args!("The dump for replicas failed: {failure}"));
                }
                self.serve_dump(from, None);
                false
            }
        }
    }
}
