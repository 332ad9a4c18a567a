//! Records, one after the other: each is a request of a client that nobody sees; they run in
//! batches like any pipeline, on the engine's seat for loading.
//!
//! They are not spread over threads: which of two records came first is what they say
//! (`docs/decisions/0017-loading-on-all-workers.md`).

use ::log::{DumpFault, DumpInput, Visitor};
use keyspace::db::{Moment, Touch};
use protocol::resp::decode::write_request;
use protocol::{Output, Request, Version};
use rdb::Pieces;

use super::crew::Crew;
use super::{Meeting, Rules};
use crate::clients::{Address, Visitor as ClientVisitor};
use crate::node::Node;
use crate::session::Session;
use crate::snapshot::load::DumpReport;
use crate::worker::{Next, WorkerState};

/// Requests are gathered up to so many bytes before they run.
const GATHER: usize = 64 << 10;

/// Puts what a log's files hold into the keyspace.
pub struct Loader<'n> {
    node: &'n Node,
    state: WorkerState,
    session: Session,
    gathered: Vec<u8>,
    output: Output,
    /// For dumps.
    pub(crate) rules: Rules,
    pub(super) threads: usize,
    pub(crate) report: DumpReport,
    /// Bytes of the files before the present one, and of that one.
    before: u64,
    file: u64,
}

impl<'n> Loader<'n> {
    /// A loader on the engine's last seat; there must be one at a time.
    pub fn new(node: &'n Node) -> Self {
        let visitor = ClientVisitor {
            address: String::new(),
            local: String::new(),
            is_unix: false,
            is_loopback: true,
            speaks: Version::Resp2,
            descriptor: -1,
            at: Address { worker: usize::MAX, slot: usize::MAX },
        };
        let client = node.clients.enter(visitor, node.outside.clock.unix_ms() as i64);
        node.clients.leave(client.id);
        let mut session = Session::new(client, true);
        session.version = Version::Resp2;
        session.is_loader = true;
        let mut state = WorkerState {
            is_replaying: true,
            reported_memory: (node.outside.allocator.thread_net)(),
            ..WorkerState::new(node, node.outside.workers)
        };
        state.accept_records();
        Self {
            node,
            state,
            session,
            gathered: Vec::with_capacity(GATHER * 2),
            output: Output::new(),
            // Of the base of a log, as Redis has it: what had expired goes by its record.
            rules: Rules {
                meeting: Meeting::Refuse,
                libraries: Meeting::Replace,
                drop_expired_at: None,
            },
            threads: node.loading_threads(),
            report: DumpReport::default(),
            before: 0,
            file: 0,
        }
    }

    /// Carries out what is gathered. Call at the end too.
    ///
    /// # Errors
    /// A request was refused: its error text. Or the server is to end.
    pub fn flush(&mut self) -> Result<(), String> {
        self.node.check_load_wanted()?;
        let gathered = std::mem::take(&mut self.gathered);
        let mut at = 0;
        while at < gathered.len() {
            let mut turn = self.node.begin(&mut self.state);
            turn.moment = Moment { now_ms: 0, stamp: turn.moment.stamp, touch: Touch::Nothing };
            let errors = turn.errors();
            let progress = turn.on_bytes(&mut self.session, &gathered[at..], &mut self.output);
            let failed = turn.errors() > errors || progress.next == Next::Close;
            turn.commit();
            at += progress.consumed;
            drop(turn);
            if failed {
                return Err(self.first_error());
            }
            self.output.clear();
        }
        self.gathered = gathered;
        self.gathered.clear();
        Ok(())
    }

    fn first_error(&self) -> String {
        let replies: Vec<u8> = self.output.pieces().collect::<Vec<_>>().concat();
        let mut lines = replies.split(|&b| b == b'\n');
        let error = lines.find(|line| line.starts_with(b"-")).unwrap_or_default();
        let error = String::from_utf8_lossy(error);
        // In Redis's words, for those who look for them.
        match error.strip_prefix("-ERR unknown command '").and_then(|rest| rest.split_once('\'')) {
            Some((name, _)) => format!("Unknown command '{name}'"),
            None => error.trim_end().to_owned(),
        }
    }

    fn select(&mut self, database: u32) -> Result<(), String> {
        if self.session.database != database as usize {
            self.flush()?;
            if database as usize >= self.node.keyspace.databases() {
                return Err(format!("database {database} is beyond the configured 'databases'"));
            }
            self.session.database = database as usize;
        }
        Ok(())
    }

    fn gather(&mut self, database: u32, words: &[&[u8]]) -> Result<(), String> {
        self.select(database)?;
        write_request(&mut self.gathered, words);
        if self.gathered.len() >= GATHER { self.flush() } else { Ok(()) }
    }

    fn report_memory(&mut self) {
        let net = (self.node.outside.allocator.thread_net)();
        self.node.memory.report(net, &mut self.state.reported_memory);
    }

    /// Loads a function library of a dump.
    fn load_function(&mut self, source: &[u8]) -> Result<(), String> {
        let words: &[&[u8]] = match self.rules.libraries {
            Meeting::Refuse => &[b"FUNCTION", b"LOAD", source],
            Meeting::Replace => &[b"FUNCTION", b"LOAD", b"REPLACE", source],
        };
        self.gather(0, words)?;
        self.flush()
    }
}

impl Drop for Loader<'_> {
    fn drop(&mut self) {
        self.report_memory();
        self.node.free_retired(self.state.index, &mut self.state.tools);
    }
}

impl Visitor for Loader<'_> {
    fn on_total(&mut self, bytes: u64) {
        self.node.note_load_begun(bytes);
        (self.before, self.file) = (0, 0);
    }

    fn on_file(&mut self, bytes: u64) {
        self.before += self.file;
        self.file = bytes;
    }

    fn on_progress(&mut self, bytes: u64) {
        self.node.note_loaded_to(self.before + bytes);
    }

    fn on_dump(&mut self, dump: &mut Pieces<DumpInput<'_>>) -> Result<u64, DumpFault> {
        // A dump may stand behind records.
        self.flush().map_err(|reason| DumpFault::Refused { offset: dump.offset(), reason })?;
        self.report_memory();
        let outcome = Crew::load(self.node, dump, (self.rules, self.threads));
        // The crew has reported what it took on this thread.
        self.state.reported_memory = (self.node.outside.allocator.thread_net)();
        let fault_at = outcome.fault.as_ref().map_or(u64::MAX, |(at, _)| *at);
        for (offset, source) in outcome.functions.iter().filter(|(at, _)| *at < fault_at) {
            let loaded = self.load_function(source);
            loaded.map_err(|reason| DumpFault::Refused { offset: *offset, reason })?;
        }
        if let Some((_, fault)) = outcome.fault {
            return Err(fault);
        }
        self.report.add(outcome.report);
        Ok(outcome.report.keys + outcome.report.expired)
    }

    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String> {
        let words: Vec<&[u8]> = request.iter().collect();
        self.gather(database, &words)
    }
}
