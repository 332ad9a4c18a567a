//! Replicas of this node: who they are, how far they have come, what they are still to get.
//!
//! ```text
//!   SYNC    waiting --cut--> saving --dump written--> sending --all sent--> online
//!   PSYNC   likewise, or at once online if the backlog still has what it lacks
//! ```
//!
//! A replica is an ordinary session that has asked to be fed. It gets a dump of the keyspace at a
//! cut and then, from exactly that cut on, the log's records (the feed). One thread takes what was
//! fed, keeps it as history, and mails it to the replicas, as much as each takes (`feeder.rs`).
//!
//! Must be true
//! 1. The feed begins, with a record that names its database, while whoever cuts is alone. So the
//!    dump and the feed behind the cut's offset are together the whole.
//! 2. History is kept from the first byte that some replica still needs, and `repl-backlog-size`
//!    of it in any case; who needs more than its output may hold is dropped.
//! 3. A replica's stage is locked after the list of replicas, never before it.
//! 4. When the feed has ended, offsets name nothing any more, and the replication id changes.
//!
//! Not here: the walk and the file (`snapshot`), following another master.

mod feeder;
mod history;
pub(crate) mod waits;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed, Ordering::SeqCst, fence,
};
use std::time::Duration;

use log::aof::files::Files;
use parking_lot::{Condvar, Mutex};
use protocol::Output;

use crate::clients::{Client, flag};
use crate::mail::Mail;
use crate::node::Node;
use crate::session::Session;
use crate::snapshot::Parts;

use history::History;
use waits::Wait;

/// What a replica said about itself before it asked to be fed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Introduction {
    pub(crate) ip: Option<String>,
    pub(crate) port: u16,
    /// It knows what a partial resynchronisation under another id is.
    pub(crate) psync2: bool,
    /// It wants the dump and nothing else.
    pub(crate) dump_only: bool,
    /// What it wants to be in the dump.
    pub(crate) parts: Parts,
}

/// A session's part in replication.
#[derive(Default)]
pub(crate) struct Following {
    pub(crate) introduction: Introduction,
    /// Once it is fed.
    pub(crate) replica: Option<Arc<Replica>>,
}

/// Somebody who is fed.
pub(crate) struct Replica {
    pub(crate) client: Arc<Client>,
    pub(crate) introduction: Introduction,
    /// It asked by PSYNC, so it understands offsets and acknowledges them.
    pub(crate) acknowledges: bool,
    stage: Mutex<Stage>,
    /// Bytes mailed to it, and bytes of them that its worker has taken.
    posted: AtomicU64,
    taken: AtomicU64,
    pub(crate) acked: AtomicU64,
    /// What it says is on its disk.
    pub(crate) synced: AtomicU64,
    pub(crate) acked_at_ms: AtomicI64,
    over_soft_limit_since: AtomicI64,
}

/// How far a replica has come.
#[derive(Clone)]
enum Stage {
    /// For a cut.
    Waiting,
    /// The dump of its cut is being written; the feed goes on at this offset.
    Saving { from: u64 },
    /// The dump is being sent.
    Sending { from: u64, dump: Arc<DumpFile> },
    /// It gets the feed; from this offset on it has not been mailed to it.
    Online { next: u64 },
}

/// A dump made for replicas; the file goes with the last of them.
pub(crate) struct DumpFile {
    pub(crate) path: PathBuf,
    pub(crate) len: u64,
    pub(crate) files: Arc<dyn Files>,
}

impl Drop for DumpFile {
    fn drop(&mut self) {
        // Whoever looks finds out; there is nobody to tell.
        let _ = self.files.remove(&self.path);
    }
}

/// What INFO tells of a replica.
pub(crate) struct Shown {
    pub(crate) ip: String,
    pub(crate) port: u16,
    pub(crate) state: &'static str,
    pub(crate) offset: u64,
    pub(crate) lag_s: i64,
}

/// How often replicas came, and how they were served.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) full: AtomicU64,
    pub(crate) partial: AtomicU64,
    pub(crate) partial_refused: AtomicU64,
    /// Dumps begun for replicas.
    pub(crate) dumps: AtomicU64,
}

/// The node's replicas.
#[derive(Default)]
pub(crate) struct Replication {
    replicas: Mutex<Vec<Arc<Replica>>>,
    history: Mutex<History>,
    waits: Mutex<VecDeque<Wait>>,
    pub(crate) figures: Figures,
    is_asleep: AtomicBool,
    rung: Mutex<bool>,
    bell: Condvar,
}

impl Replica {
    fn new(client: Arc<Client>, introduction: Introduction, acknowledges: bool) -> Self {
        Self {
            client,
            introduction,
            acknowledges,
            stage: Mutex::new(Stage::Waiting),
            posted: 0.into(),
            taken: 0.into(),
            acked: 0.into(),
            synced: 0.into(),
            acked_at_ms: 0.into(),
            over_soft_limit_since: 0.into(),
        }
    }

    /// Its worker has taken mail of so many bytes.
    pub(crate) fn note_taken(&self, bytes: usize) {
        self.taken.fetch_add(bytes as u64, Relaxed);
    }

    /// Bytes mailed to it that have not gone out.
    fn in_flight(&self) -> u64 {
        let mailed = self.posted.load(Relaxed).saturating_sub(self.taken.load(Relaxed));
        mailed + self.client.output_bytes.load(Relaxed)
    }

    fn is_online(&self) -> bool {
        matches!(*self.stage.lock(), Stage::Online { .. })
    }

    /// Whether it has confirmed something within so many seconds.
    fn is_good(&self, now_ms: i64, lag_max_s: i64) -> bool {
        self.is_online() && (now_ms - self.acked_at_ms.load(Relaxed)) / 1000 <= lag_max_s
    }

    pub(crate) fn shown(&self, now_ms: i64) -> Shown {
        let state = match *self.stage.lock() {
            Stage::Waiting | Stage::Saving { .. } => "wait_bgsave",
            Stage::Sending { .. } => "send_bulk",
            Stage::Online { .. } => "online",
        };
        let acked_at_ms = self.acked_at_ms.load(Relaxed);
        let lag_s = if state == "online" { (now_ms - acked_at_ms) / 1000 } else { 0 };
        let address = &self.client.visitor.address;
        let own_ip = address.rsplit_once(':').map_or(address.as_str(), |(ip, _)| ip);
        let ip = self.introduction.ip.as_deref().unwrap_or(own_ip).to_owned();
        Shown { ip, port: self.introduction.port, state, offset: self.acked.load(Relaxed), lag_s }
    }
}

impl Replication {
    /// All replicas, in the order they came.
    pub(crate) fn all(&self) -> Vec<Arc<Replica>> {
        self.replicas.lock().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.replicas.lock().len()
    }

    /// Those that get the feed and have confirmed something lately.
    pub(crate) fn good_count(&self, now_ms: i64, lag_max_s: i64) -> usize {
        self.replicas.lock().iter().filter(|it| it.is_good(now_ms, lag_max_s)).count()
    }

    /// Online replicas that have confirmed this offset.
    pub(crate) fn acked_count(&self, offset: u64) -> usize {
        let has = |it: &&Arc<Replica>| it.is_online() && it.acked.load(Relaxed) >= offset;
        self.replicas.lock().iter().filter(has).count()
    }

    /// Replicas on whose disks the feed is up to an offset.
    pub(crate) fn synced_count(&self, offset: u64) -> usize {
        let has = |it: &&Arc<Replica>| it.is_online() && it.synced.load(Relaxed) >= offset;
        self.replicas.lock().iter().filter(has).count()
    }

    pub(crate) fn online(&self) -> Vec<Arc<Replica>> {
        self.replicas.lock().iter().filter(|it| it.is_online()).cloned().collect()
    }

    /// Tells the feeder that there is something for it, if it sleeps.
    #[inline]
    pub(crate) fn ring(&self) {
        fence(SeqCst);
        if self.is_asleep.load(Relaxed) {
            self.wake();
        }
    }

    /// Wakes the feeder.
    #[cold]
    pub(crate) fn wake(&self) {
        *self.rung.lock() = true;
        self.bell.notify_one();
    }

    fn sleep(&self, time: Duration, has_work: impl Fn() -> bool) {
        self.is_asleep.store(true, Relaxed);
        fence(SeqCst);
        let mut rung = self.rung.lock();
        if !*rung && !has_work() {
            self.bell.wait_for(&mut rung, time);
        }
        *rung = false;
        self.is_asleep.store(false, Relaxed);
    }

    /// (is kept, first offset, bytes): what could be sent to a replica that comes back.
    pub(crate) fn backlog(&self) -> (bool, u64, u64) {
        let history = self.history.lock();
        (history.is_kept(), history.start(), history.end() - history.start())
    }

    /// The replica is gone.
    pub(crate) fn remove(&self, client_id: u64) {
        self.replicas.lock().retain(|replica| replica.client.id != client_id);
        self.wake();
    }
}

impl Node {
    /// A session asks to be fed from the beginning. It hears of it when the cut is taken.
    pub(crate) fn enter_replica(&self, session: &mut Session, acknowledges: bool) {
        let following = session.following.get_or_insert_default();
        let introduction = following.introduction.clone();
        let replica = Replica::new(Arc::clone(&session.client), introduction, acknowledges);
        let replica = Arc::new(replica);
        following.replica = Some(Arc::clone(&replica));
        session.client.set(flag::REPLICA, true);
        self.replication.figures.full.fetch_add(1, Relaxed);
        self.replication.replicas.lock().push(replica);
        self.request_sync();
    }

    /// A session asks to be fed from an offset on. False: the history does not reach back to it.
    pub(crate) fn resume_replica(&self, session: &mut Session, id: &[u8], next: u64) -> bool {
        let figures = &self.replication.figures;
        let is_known = {
            let history = self.replication.history.lock();
            let same = id == self.reports.birth.replication_id.lock().as_bytes();
            same && history.is_kept() && (history.start()..=self.log.feed_end()).contains(&next)
        };
        if !is_known {
            figures.partial_refused.fetch_add(1, Relaxed);
            return false;
        }
        figures.partial.fetch_add(1, Relaxed);
        let following = session.following.get_or_insert_default();
        let replica =
            Replica::new(Arc::clone(&session.client), following.introduction.clone(), true);
        *replica.stage.lock() = Stage::Online { next };
        replica.acked_at_ms.store(self.outside.clock.unix_ms() as i64, Relaxed);
        let replica = Arc::new(replica);
        following.replica = Some(Arc::clone(&replica));
        session.client.set(flag::REPLICA, true);
        self.replication.replicas.lock().push(replica);
        self.replication.wake();
        true
    }

    /// What the next dump has to tell of: what the first who waits for one wants.
    pub(crate) fn parts_for_replicas(&self) -> Parts {
        let replicas = self.replication.replicas.lock();
        let first = replicas.iter().find(|it| matches!(*it.stage.lock(), Stage::Waiting));
        first.map_or_else(Parts::default, |replica| replica.introduction.parts)
    }

    /// The cut for those who wait for these parts; others wait for the next. The caller is alone.
    pub(crate) fn cut_for_replicas(&self, parts: Parts) -> u64 {
        let from = self.log.begin_feed();
        let mut history = self.replication.history.lock();
        history.begin(from);
        drop(history);
        let id = self.reports.birth.replication_id.lock().clone();
        let announcement = format!("+FULLRESYNC {id} {from}\r\n");
        for replica in self.replication.all() {
            let mut stage = replica.stage.lock();
            if matches!(*stage, Stage::Waiting) && replica.introduction.parts == parts {
                *stage = Stage::Saving { from };
                drop(stage);
                if replica.acknowledges {
                    self.mail_to(&replica, output_of(announcement.as_bytes()));
                }
            }
        }
        from
    }

    /// The dump for those whose cut was at `from` is written, or could not be.
    pub(crate) fn serve_dump(&self, from: u64, dump: Option<Arc<DumpFile>>) {
        let mut dropped = Vec::new();
        for replica in self.replication.all() {
            let mut stage = replica.stage.lock();
            if !matches!(*stage, Stage::Saving { from: cut } if cut == from) {
                continue;
            }
            match &dump {
                Some(dump) => *stage = Stage::Sending { from, dump: Arc::clone(dump) },
                None => dropped.push(Arc::clone(&replica)),
            }
        }
        for replica in dropped {
            self.drop_replica(&replica, "its dump could not be written");
        }
        self.replication.wake();
        if self.replication.all().iter().any(|it| matches!(*it.stage.lock(), Stage::Waiting)) {
            self.request_sync();
        }
    }

    fn drop_replica(&self, replica: &Replica, why: &str) {
        let client = &replica.client;
        self.journal()
            .warning(format_args!("Connection with replica client id #{} lost: {why}", client.id));
        self.outside.post.post(client.visitor.at, Mail::Kill { id: client.id });
        self.outside.post.wake(client.visitor.at.worker);
        self.replication.replicas.lock().retain(|other| other.client.id != client.id);
    }

    /// Mails bytes to a replica.
    fn mail_to(&self, replica: &Replica, output: Output) {
        let client = &replica.client;
        replica.posted.fetch_add(output.len() as u64, Relaxed);
        let mail = Mail::Output { id: client.id, output, release_at: None };
        self.outside.post.post(client.visitor.at, mail);
        self.outside.post.wake(client.visitor.at.worker);
    }
}

fn output_of(bytes: &[u8]) -> Output {
    let mut output = Output::new();
    output.push_bytes(bytes);
    output
}
