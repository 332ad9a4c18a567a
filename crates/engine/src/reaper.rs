//! The reaper: a thread that frees what is too big to free on a worker.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// How far the thread stands back, 0 to 19.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Hands things over for freeing. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reaper {
    queue: Sender<(u64, Box<dyn Any + Send>)>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    pending: AtomicU64,
    freed: AtomicU64,
}

impl Reaper {
    /// Starts the thread; it ends when the last handle is gone. `after` runs on it after each
    /// thing freed (the memory accounting of that thread).
    pub(crate) fn start(mut after: impl FnMut() + Send + 'static) -> std::io::Result<Self> {
        let (queue, things) = channel::<(u64, Box<dyn Any + Send>)>();
        let counts = Arc::new(Counts::default());
        let seen = Arc::clone(&counts);
        thread::Builder::new().name("reaper".into()).spawn(move || {
            give_way();
            for (objects, thing) in things {
                drop(thing);
                seen.pending.fetch_sub(objects, Relaxed);
                seen.freed.fetch_add(objects, Relaxed);
                after();
            }
        })?;
        Ok(Self { queue, counts })
    }

    /// Frees a thing that stands for `objects` keys, some time.
    pub(crate) fn free(&self, objects: u64, thing: impl Send + 'static) {
        self.counts.pending.fetch_add(objects, Relaxed);
        // If the thread is gone the thing is dropped here, with the error.
        let _ = self.queue.send((objects, Box::new(thing)));
    }

    /// (waiting, freed so far), in keys.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.counts.pending.load(Relaxed), self.counts.freed.load(Relaxed))
    }

    /// CONFIG RESETSTAT.
    pub(crate) fn reset(&self) {
        self.counts.freed.store(0, Relaxed);
    }
}

/// Lets workers have the processor that this thread is on: where there are no more processors than
/// busy threads, freeing a collection of millions made them wait for milliseconds.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // On Linux this is a thread's own. If it is refused nothing is lost but that.
        let _ = rustix::process::nice(NICENESS);
    }
}
