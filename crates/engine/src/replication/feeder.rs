//! The thread that feeds replicas: it takes what was fed, and mails dumps and feed to each as fast
//! as its connection takes them.
//!
//! Must be true: it never holds more than a window's worth in the mail of one replica; what a slow
//! one still needs stays in the history, once for all of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use protocol::{Output, SHARED_MIN};

use super::{Replica, Stage, output_of};
use crate::lifecycle::condition;
use crate::node::Node;

/// Bytes that may be on their way to one replica.
const WINDOW: u64 = 1 << 20;
/// Bytes of a dump sent at once.
const PIECE: usize = 128 << 10;
/// How often the feeder looks round without being told to, with replicas and without.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const IDLE_EVERY: Duration = Duration::from_secs(1);
/// And while somebody waits for the disk.
const LOOK_AT_DISK_EVERY: Duration = Duration::from_millis(10);
const SECOND_MS: i64 = 1000;

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

/// What the feeder keeps for itself.
#[derive(Default)]
struct Desk {
    /// Dumps being read, by the id of the replica's client, and bytes of them still to come.
    dumps: HashMap<u64, (Box<dyn Read + Send>, u64)>,
    pinged_ms: i64,
    greeted_ms: i64,
    /// When the last replica left.
    deserted_ms: Option<i64>,
}

impl Node {
    /// Feeds replicas until the server ends.
    pub fn serve_replicas(&self) {
        let mut desk = Desk::default();
        let mut reported = 0;
        while !self.lifecycle.is_over() {
            let now_ms = self.outside.clock.unix_ms() as i64;
            self.take_feed();
            for replica in self.replication.all() {
                self.advance(&mut desk, &replica, now_ms);
            }
            self.keep_contact(&mut desk, now_ms);
            self.end_waits_for_replicas(now_ms);
            self.tidy(&mut desk, now_ms);
            self.memory.report((self.outside.allocator.thread_net)(), &mut reported);
            let time = self.time_to_sleep(now_ms);
            let taken = || self.replication.history.lock().end();
            self.replication.sleep(time, || self.log.feeds() && self.log.feed_end() > taken());
        }
    }

    fn time_to_sleep(&self, now_ms: i64) -> Duration {
        let replication = &self.replication;
        if replication.waits_for_disk() {
            return LOOK_AT_DISK_EVERY;
        }
        if let Some(ms) = replication.next_end_ms(now_ms) {
            return Duration::from_millis(ms.max(1)).min(LOOK_EVERY);
        }
        let is_idle = replication.len() == 0 && !self.log.feeds() && !replication.has_waits();
        if is_idle { IDLE_EVERY } else { LOOK_EVERY }
    }

    fn take_feed(&self) {
        let mut bytes = Vec::new();
        // Under the history's lock, so that nobody finds the feed's end beyond what is kept.
        let mut history = self.replication.history.lock();
        self.log.take_feed(&mut bytes);
        history.push(bytes);
    }

    /// Mails to a replica what there is for it and it has room for.
    fn advance(&self, desk: &mut Desk, replica: &Arc<Replica>, now_ms: i64) {
        loop {
            let stage = replica.stage.lock().clone();
            match stage {
                Stage::Waiting | Stage::Saving { .. } => return,
                Stage::Sending { from, dump } => {
                    if replica.in_flight() >= WINDOW {
                        return;
                    }
                    let id = replica.client.id;
                    if let Entry::Vacant(place) = desk.dumps.entry(id) {
                        match self.outside.files.read(&dump.path) {
                            Ok(file) => {
                                place.insert((file, dump.len));
                                let head = format!("${}\r\n", dump.len);
                                self.mail_to(replica, output_of(head.as_bytes()));
                            }
                            Err(error) => return self.drop_replica(replica, &error.to_string()),
                        }
                    }
                    match self.send_piece(desk, replica) {
                        Err(why) => return self.drop_replica(replica, &why),
                        Ok(true) => {}
                        Ok(false) => {
                            desk.dumps.remove(&id);
                            replica.acked_at_ms.store(now_ms, Relaxed);
                            *replica.stage.lock() = Stage::Online { next: from };
                            self.journal().notice(format_args!(
                                "Synchronization with replica client id #{id} succeeded"
                            ));
                        }
                    }
                }
                Stage::Online { next } => {
                    if replica.introduction.dump_only {
                        if replica.in_flight() == 0 {
                            self.drop_replica(replica, "it wanted the dump only");
                        }
                        return;
                    }
                    if replica.in_flight() >= WINDOW || !self.send_history(replica, next) {
                        return self.check_lag(replica, next, now_ms);
                    }
                }
            }
        }
    }

    /// The next piece of a dump. False: that was all.
    fn send_piece(&self, desk: &mut Desk, replica: &Replica) -> Result<bool, String> {
        let Some((file, left)) = desk.dumps.get_mut(&replica.client.id) else { return Ok(false) };
        let mut piece = Vec::with_capacity(PIECE);
        let wanted = (PIECE as u64).min(*left);
        file.take(wanted).read_to_end(&mut piece).map_err(|error| error.to_string())?;
        if (piece.len() as u64) < wanted {
            return Err("its dump has become shorter".to_owned());
        }
        *left -= wanted;
        let left = *left;
        let mut output = Output::new();
        output.push_shared(&Arc::new(piece));
        self.mail_to(replica, output);
        Ok(left > 0)
    }

    /// One chunk of history. False: there is none.
    fn send_history(&self, replica: &Replica, next: u64) -> bool {
        let found = self.replication.history.lock().at(next);
        let Some((bytes, skipped)) = found else { return false };
        let mut output = Output::new();
        if skipped == 0 && bytes.len() >= SHARED_MIN {
            output.push_shared(&bytes);
        } else {
            output.push_bytes(&bytes[skipped..]);
        }
        self.mail_to(replica, output);
        *replica.stage.lock() = Stage::Online { next: next + (bytes.len() - skipped) as u64 };
        true
    }

    /// Drops a replica that is too far behind.
    fn check_lag(&self, replica: &Replica, next: u64, now_ms: i64) {
        let limit = self.settings().clients.output_buffer_limits.replica;
        let lag = self.log.feed_end().saturating_sub(next) + replica.in_flight();
        let over_hard = limit.hard_bytes > 0 && lag > limit.hard_bytes;
        let over_soft = limit.soft_bytes > 0 && lag > limit.soft_bytes;
        let since = &replica.over_soft_limit_since;
        if !over_soft {
            since.store(0, Relaxed);
        } else if since.load(Relaxed) == 0 {
            since.store(now_ms, Relaxed);
        }
        let over_ms = now_ms - since.load(Relaxed);
        if over_hard || over_soft && over_ms > limit.soft_s as i64 * SECOND_MS {
            self.drop_replica(replica, "it is too far behind (client-output-buffer-limit)");
        }
    }

    /// Pings, signs of life for those who wait for a dump, and the end of those who are silent.
    fn keep_contact(&self, desk: &mut Desk, now_ms: i64) {
        let settings = self.settings();
        let replicas = self.replication.all();
        if !replicas.iter().any(|it| it.is_online()) {
            // The first is pinged when it has been there for a while.
            desk.pinged_ms = now_ms;
        } else if now_ms - desk.pinged_ms >= i64::from(settings.link.ping_period_s) * SECOND_MS {
            desk.pinged_ms = now_ms;
            self.log.append_to_feed(None, PING);
            self.replication.wake();
        }
        if now_ms - desk.greeted_ms < SECOND_MS {
            return;
        }
        desk.greeted_ms = now_ms;
        let timeout_ms = i64::from(settings.link.timeout_s) * SECOND_MS;
        for replica in &replicas {
            let stage = replica.stage.lock().clone();
            match stage {
                Stage::Waiting | Stage::Saving { .. } => self.mail_to(replica, output_of(b"\n")),
                Stage::Online { .. } if replica.acknowledges => {
                    if now_ms - replica.acked_at_ms.load(Relaxed) > timeout_ms {
                        self.drop_replica(replica, "it is silent (repl-timeout)");
                    }
                }
                Stage::Sending { .. } | Stage::Online { .. } => {}
            }
        }
        let replicas = &settings.replicas;
        let wanted = replicas.min_to_write as usize;
        let too_few = wanted > 0
            && replicas.min_max_lag_s > 0
            && self.replication.good_count(now_ms, replicas.min_max_lag_s.into()) < wanted;
        self.lifecycle.set(condition::TOO_FEW_REPLICAS, too_few);
    }

    /// Forgets what nobody needs: dumps of those who left, history, and in time the feed itself.
    fn tidy(&self, desk: &mut Desk, now_ms: i64) {
        let settings = self.settings();
        let replicas = self.replication.all();
        desk.dumps.retain(|id, _| replicas.iter().any(|it| it.client.id == *id));
        let end = self.log.feed_end();
        let needed = replicas.iter().filter_map(|replica| match *replica.stage.lock() {
            Stage::Waiting => None,
            Stage::Saving { from } | Stage::Sending { from, .. } => Some(from),
            Stage::Online { next } => Some(next),
        });
        let needed = needed.min().unwrap_or(end);
        self.replication.history.lock().trim(needed, settings.replicas.backlog_size_bytes);
        if !replicas.is_empty() || !self.log.feeds() {
            desk.deserted_ms = None;
            return;
        }
        let deserted_ms = *desk.deserted_ms.get_or_insert(now_ms);
        let kept_s = settings.replicas.backlog_ttl_s as i64;
        if kept_s > 0 && (now_ms - deserted_ms) / SECOND_MS >= kept_s {
            self.end_feed();
        }
    }

    /// Nobody is fed any more: from now on records of a replica's past cannot be told apart.
    fn end_feed(&self) {
        let mut history = self.replication.history.lock();
        if self.replication.len() > 0 {
            return;
        }
        self.log.end_feed();
        history.end_feed();
        // Without random numbers the old id stays, and with it the history is refused by offset.
        if let Ok(id) = base::random::random_hex(40) {
            *self.reports.birth.replication_id.lock() = id;
        }
        self.journal().notice(format_args!("Replication backlog freed: no replica has come back"));
    }
}
