//! A dump loaded by several threads.
//!
//! ```text
//!   loop:  take the input; cut the next piece from it; give the input back     microseconds
//!          make the piece's entries, and store them under their stripes        a millisecond
//! ```
//!
//! Who is free takes the next piece, so nothing queues up: there are never more pieces than
//! threads. The thread that asked for the load is one of them, and the only one where there is one
//! worker.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use ::log::{DumpFault, DumpInput};
use parking_lot::Mutex;
use rdb::{Part, Pieces};

use super::store::Storer;
use super::{Meeting, Rules};
use crate::node::Node;
use crate::snapshot::load::DumpReport;

/// The threads that load one dump, and what they share.
pub(super) struct Crew<'a, 'd, 'i> {
    node: &'a Node,
    rules: Rules,
    input: Mutex<Input<'d, 'i>>,
    /// The fault that comes first in the dump, of those that were found.
    fault: Mutex<Option<(u64, DumpFault)>>,
    /// Nothing more is to be taken from the input.
    is_over: AtomicBool,
}

struct Input<'d, 'i> {
    dump: &'d mut Pieces<DumpInput<'i>>,
    functions: Vec<(u64, Vec<u8>)>,
}

/// What became of a dump.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) report: DumpReport,
    /// The sources of its function libraries, each with its position.
    pub(super) functions: Vec<(u64, Vec<u8>)>,
    /// What was wrong, with the position of the part it was found in.
    pub(super) fault: Option<(u64, DumpFault)>,
}

impl<'a, 'd, 'i> Crew<'a, 'd, 'i> {
    /// Loads a dump, but for its functions, with so many threads.
    pub(super) fn load(
        node: &'a Node,
        dump: &'d mut Pieces<DumpInput<'i>>,
        (rules, threads): (Rules, usize),
    ) -> Outcome {
        let crew = Self {
            node,
            rules,
            input: Mutex::new(Input { dump, functions: Vec::new() }),
            fault: Mutex::default(),
            is_over: AtomicBool::new(false),
        };
        // Of two entries for one key in a dump the later one must win.
        let threads = if rules.meeting == Meeting::Replace { 1 } else { threads };
        let mut report = DumpReport::default();
        thread::scope(|scope| {
            let crew = &crew;
            let spawn = |number| {
                let work = move || crew.work(node.loading_seat(number));
                // Without it, too, everything is loaded.
                let name = format!("loader-{number}");
                thread::Builder::new().name(name).spawn_scoped(scope, work).ok()
            };
            let others: Vec<_> = (1..threads).filter_map(spawn).collect();
            report.add(crew.work(node.loading_seat(0)));
            for other in others {
                match other.join() {
                    Ok(theirs) => report.add(theirs),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        let functions = crew.input.into_inner().functions;
        Outcome { report, functions, fault: crew.fault.into_inner() }
    }

    /// What one thread does.
    fn work(&self, seat: usize) -> DumpReport {
        let limits = self.node.loading_limits();
        let mut storer = Storer::new(self.node, (seat, &limits), self.rules);
        while !self.is_over.load(Relaxed) {
            let mut input = self.input.lock();
            let (from, room) = (input.dump.offset(), storer.take_room());
            let part = match input.dump.next_part(room) {
                Ok(Some(Part::Function(source))) => {
                    input.functions.push((from, source));
                    continue;
                }
                Ok(Some(Part::Expected { database, keys })) => {
                    // With the input in hand: the others would begin with tables that are small.
                    storer.make_room(database, keys);
                    continue;
                }
                Ok(Some(part)) => part,
                Ok(None) => break,
                Err(fault) => {
                    drop(input);
                    self.note_fault(from, fault.into());
                    break;
                }
            };
            let to = input.dump.offset();
            drop(input);
            if let Err(fault) = storer.store(part, from..to) {
                self.note_fault(from, fault);
            }
        }
        storer.finish()
    }

    /// Parts before the one that begins at `at` are in hand already, and may have faults as well.
    fn note_fault(&self, at: u64, fault: DumpFault) {
        self.is_over.store(true, Relaxed);
        let mut first = self.fault.lock();
        if first.as_ref().is_none_or(|(found, _)| at < *found) {
            *first = Some((at, fault));
        }
    }
}

impl Node {
    /// How many threads load a dump: as many as there are workers, which is what the user gives
    /// the server, but no more than the machine has processors for.
    pub(super) fn loading_threads(&self) -> usize {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        self.outside.workers.min(processors)
    }

    /// The seat of such a thread; the first one's is that of whoever replays records.
    fn loading_seat(&self, number: usize) -> usize {
        match number {
            0 => self.outside.workers,
            // Behind those for long requests and for snapshots.
            _ => 2 * self.outside.workers + 1 + number,
        }
    }
}
