//! MEMORY: what memory is used for. Also the figures behind INFO's section of that name.

use std::sync::atomic::Ordering::Relaxed;

use base::number::parse_i64;
use commands::arguments::is_word;
use commands::control::Memory;
use commands::errors::Error;
use keyspace::{Entry, Held};

use super::info::process::resident_bytes;
use super::{After, Answer, Call};
use crate::allocator::Figures;
use crate::worker::Turn;

/// What a table takes for an entry beside it: a word, its share of the bucket's bookkeeping, and of
/// the room to grow.
const TABLE_SHARE: usize = 12;

/// What memory is used for, in bytes.
pub(super) struct Overview {
    /// Handed out to the program.
    pub(super) used: u64,
    pub(super) peak: u64,
    /// In use when the server had just started.
    pub(super) startup: u64,
    /// Of the process, as the system sees it.
    pub(super) resident: u64,
    pub(super) allocator: Figures,
    /// Sessions and what they wait to read or send.
    pub(super) clients: u64,
    /// Records on their way to the log's file.
    pub(super) log_buffer: u64,
    pub(super) keys: u64,
    /// Bytes of tables, of each database that holds keys.
    pub(super) tables: Vec<(usize, u64)>,
}

/// How much greater one figure is than another, and under which names INFO and MEMORY STATS show
/// it: (ratio, difference).
pub(super) struct Gap {
    pub(super) info_names: (&'static str, &'static str),
    pub(super) stats_names: (&'static str, &'static str),
    greater: u64,
    lesser: u64,
}

pub(super) fn memory(which: Memory, call: &mut Call<'_, '_>) -> Answer {
    match which {
        Memory::Doctor => doctor(call),
        Memory::MallocStats => malloc_stats(call),
        Memory::Purge => purge(call),
        Memory::Stats => stats(call),
        Memory::Usage => usage(call),
    }
}

impl Gap {
    /// 0 if there is nothing to compare with.
    pub(super) fn ratio(&self) -> f64 {
        if self.lesser == 0 { 0.0 } else { self.greater as f64 / self.lesser as f64 }
    }

    pub(super) fn bytes(&self) -> i64 {
        self.greater as i64 - self.lesser as i64
    }
}

impl Overview {
    pub(super) fn of(turn: &mut Turn<'_>) -> Self {
        let used = turn.used_memory();
        let node = turn.node;
        let keyspace = &node.keyspace;
        let lens = (0..keyspace.databases()).map(|number| keyspace.len(&turn.inside, number));
        let lens: Vec<usize> = lens.collect();
        let held = lens.iter().enumerate().filter(|(_, len)| **len > 0);
        let tables = held.map(|(number, _)| (number, table_bytes(turn, number))).collect();
        Self {
            used,
            peak: node.memory.peak.fetch_max(used, Relaxed).max(used),
            startup: node.memory.startup.load(Relaxed),
            resident: resident_bytes(),
            allocator: (node.outside.allocator.figures)(),
            clients: node.clients.all().iter().map(|client| client.memory()).sum(),
            log_buffer: node.log.pending_bytes(),
            keys: lens.iter().map(|len| *len as u64).sum(),
            tables,
        }
    }

    /// What is not data.
    pub(super) fn overhead(&self) -> u64 {
        let tables: u64 = self.tables.iter().map(|(_, bytes)| bytes).sum();
        self.startup + self.clients + self.log_buffer + tables
    }

    /// Keys and values.
    pub(super) fn dataset(&self) -> u64 {
        self.used.saturating_sub(self.overhead())
    }

    fn since_startup(&self) -> u64 {
        self.used.saturating_sub(self.startup)
    }

    pub(super) fn dataset_percent(&self) -> f64 {
        percent(self.dataset(), self.since_startup())
    }

    pub(super) fn peak_percent(&self) -> f64 {
        percent(self.used, self.peak)
    }

    /// Where memory is lost on the way from the program's demand to the system's supply.
    pub(super) fn gaps(&self) -> [Gap; 4] {
        let gap = |info_names, stats_names, (greater, lesser)| Gap {
            info_names,
            stats_names,
            greater,
            lesser,
        };
        let it = &self.allocator;
        [
            gap(
                ("allocator_frag_ratio", "allocator_frag_bytes"),
                ("allocator-fragmentation.ratio", "allocator-fragmentation.bytes"),
                (it.active, it.allocated),
            ),
            gap(
                ("allocator_rss_ratio", "allocator_rss_bytes"),
                ("allocator-rss.ratio", "allocator-rss.bytes"),
                (it.resident, it.active),
            ),
            gap(
                ("rss_overhead_ratio", "rss_overhead_bytes"),
                ("rss-overhead.ratio", "rss-overhead.bytes"),
                (self.resident, it.resident),
            ),
            gap(
                ("mem_fragmentation_ratio", "mem_fragmentation_bytes"),
                ("fragmentation", "fragmentation.bytes"),
                (self.resident, self.used),
            ),
        ]
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// Bytes of a database's tables; stripes that are taken are reckoned to be like the others.
fn table_bytes(turn: &Turn<'_>, database: usize) -> u64 {
    let keyspace = &turn.node.keyspace;
    let (mut bytes, mut seen) = (0, 0u64);
    for stripe in 0..keyspace.stripe_count() {
        if let Ok(mut held) = Held::stripe(keyspace, &turn.inside, stripe) {
            bytes += held.table(database, stripe).overhead() as u64;
            seen += 1;
        }
    }
    bytes * keyspace.stripe_count() as u64 / seen.max(1)
}

/// MEMORY USAGE key [SAMPLES count]. How many elements are looked at is our own choice.
fn usage(call: &mut Call<'_, '_>) -> Answer {
    let mut words = call.request.iter().skip(3);
    while let Some(word) = words.next() {
        let value = words.next().filter(|_| is_word(word, "SAMPLES")).ok_or(Error::Syntax)?;
        if parse_i64(value).ok_or(Error::NotInteger)? < 0 {
            return Err(Error::Syntax);
        }
    }
    match with_entry(call, 2, |entry| entry.heap_bytes() + TABLE_SHARE) {
        None => Ok(After::Busy),
        Some(None) => {
            call.reply.nil();
            Ok(After::Done)
        }
        Some(Some(bytes)) => {
            call.reply.int(bytes as i64);
            Ok(After::Done)
        }
    }
}

/// Looks at the entry of the key that argument `index` names, without using it and though it may
/// have expired. `None`: its stripe is taken; `Some(None)`: there is no such key.
pub(super) fn with_entry<R>(
    call: &mut Call<'_, '_>,
    index: usize,
    look: impl FnOnce(&Entry) -> R,
) -> Option<Option<R>> {
    let bytes = call.arg(index);
    let turn = &mut *call.turn;
    let keyspace = &turn.node.keyspace;
    let hashed = call.keys.iter().find(|key| key.index as usize == index);
    let hash = hashed.map_or_else(|| keyspace.hasher().hash(bytes), |key| key.hash);
    let mut held = Held::one(keyspace, &turn.inside, hash).ok()?;
    let table = held.table(call.session.database, keyspace.stripe_of(hash));
    let found = table.find(keyspace.position_of(hash), |entry| entry.key() == bytes);
    Some(found.map(|entry| look(&entry)))
}

fn stats(call: &mut Call<'_, '_>) -> Answer {
    let it = Overview::of(call.turn);
    let begun = call.reply.deferred();
    let mut count = 0;
    let mut int = |call: &mut Call<'_, '_>, name: &str, value: i64| {
        call.reply.bulk(name.as_bytes());
        call.reply.int(value);
        count += 1;
    };
    int(call, "peak.allocated", it.peak as i64);
    int(call, "total.allocated", it.used as i64);
    int(call, "startup.allocated", it.startup as i64);
    int(call, "replication.backlog", 0);
    int(call, "clients.slaves", 0);
    int(call, "clients.normal", it.clients as i64);
    int(call, "cluster.links", 0);
    int(call, "aof.buffer", it.log_buffer as i64);
    int(call, "lua.caches", 0);
    int(call, "functions.caches", 0);
    for (database, bytes) in &it.tables {
        call.reply.bulk(format!("db.{database}").as_bytes());
        call.reply.map(3);
        // Expiries lie in the entries, and slots are ranges of the one order that all keys are in.
        for (name, value) in [("main", *bytes), ("expires", 0), ("slot-to-keys", 0)] {
            call.reply.bulk(format!("overhead.hashtable.{name}").as_bytes());
            call.reply.int(value as i64);
        }
    }
    int(call, "overhead.total", it.overhead() as i64);
    int(call, "keys.count", it.keys as i64);
    int(call, "keys.bytes-per-key", (it.since_startup() / it.keys.max(1)) as i64);
    int(call, "dataset.bytes", it.dataset() as i64);
    double(call, "dataset.percentage", it.dataset_percent());
    double(call, "peak.percentage", it.peak_percent());
    int(call, "allocator.allocated", it.allocator.allocated as i64);
    int(call, "allocator.active", it.allocator.active as i64);
    int(call, "allocator.resident", it.allocator.resident as i64);
    for gap in it.gaps() {
        double(call, gap.stats_names.0, gap.ratio());
        int(call, gap.stats_names.1, gap.bytes());
    }
    // Two percentages, four ratios, and a line for each database.
    call.reply.finish_map(begun, count + 6 + it.tables.len());
    Ok(After::Done)
}

fn double(call: &mut Call<'_, '_>, name: &str, value: f64) {
    call.reply.bulk(name.as_bytes());
    call.reply.double(value);
}

fn purge(call: &mut Call<'_, '_>) -> Answer {
    (call.turn.node.outside.allocator.purge)();
    call.ok()
}

fn malloc_stats(call: &mut Call<'_, '_>) -> Answer {
    let report = (call.turn.node.outside.allocator.report)();
    if report.is_empty() {
        call.reply.bulk(b"Stats not supported for the current allocator");
    } else {
        call.reply.verbatim(b"txt", report.as_bytes());
    }
    Ok(After::Done)
}

/// Below this, memory lost or once used is no matter.
const WORTH_TELLING: u64 = 5 << 20;

fn doctor(call: &mut Call<'_, '_>) -> Answer {
    let findings = findings(&Overview::of(call.turn));
    let text = if findings.is_empty() {
        "No problem found in the use of memory.\n".to_owned()
    } else {
        let lines: Vec<String> = findings.iter().map(|finding| format!("- {finding}\n")).collect();
        format!("Found in the use of memory:\n\n{}", lines.concat())
    };
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

fn findings(it: &Overview) -> Vec<String> {
    let mut findings = Vec::new();
    if it.used < WORTH_TELLING {
        return findings;
    }
    if it.peak > it.used + it.used / 2 {
        findings.push(format!(
            "At its peak the server used {} bytes, now it uses {}: the allocator may keep what is \
             free. MEMORY PURGE gives it back.",
            it.peak, it.used
        ));
    }
    for (gap, what) in it.gaps().iter().zip([
        "the allocator's pages are only partly filled",
        "the allocator keeps free pages (MEMORY PURGE gives them back)",
        "the process has memory that the allocator does not know of",
    ]) {
        if gap.ratio() > 1.2 && gap.bytes() > WORTH_TELLING as i64 {
            findings.push(format!("{} bytes more than needed: {what}.", gap.bytes()));
        }
    }
    if it.clients > it.used / 2 {
        findings.push(format!(
            "Clients take {} bytes: see CLIENT LIST for those with much unread or unsent.",
            it.clients
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use protocol::resp::decode::{Value, decode};

    #[test]
    fn usage_grows_with_the_value() {
        let mut bench = Bench::default();
        bench.check(&[
            ("SET k 1234567890123456", "+OK"),
            ("MEMORY USAGE nokey", "$-1"),
            ("MEMORY USAGE k SAMPLES", "-ERR syntax error"),
            ("MEMORY USAGE k SAMPLES x", "-ERR value is not an integer or out of range"),
            ("MEMORY USAGE k SAMPLES -1", "-ERR syntax error"),
            ("MEMORY USAGE k SAMPLE 1", "-ERR syntax error"),
        ]);
        let mut usage = |request: &str| -> usize {
            bench.run(request).trim_matches([':', '\r', '\n']).parse().expect("a number")
        };
        let small = usage("MEMORY USAGE k SAMPLES 0");
        assert!((17..60).contains(&small), "{small}");
        usage(&format!("APPEND k {}", "x".repeat(100_000)));
        assert!((100_000..140_000).contains(&usage("MEMORY USAGE k")));
    }

    #[test]
    fn an_expired_key_that_nobody_has_met_takes_memory() {
        let mut bench = Bench::default();
        bench.check(&[("DEBUG SET-ACTIVE-EXPIRE 0", "+OK"), ("SET k v PX 10", "+OK")]);
        let usage = bench.run("MEMORY USAGE k");
        bench.advance_ms(20);
        bench.check(&[("DBSIZE", ":1")]);
        assert_eq!(bench.run("MEMORY USAGE k"), usage);
        bench.check(&[("GET k", "$-1"), ("MEMORY USAGE k", "$-1"), ("DBSIZE", ":0")]);
    }

    #[test]
    fn stats_are_a_map_of_as_many_pairs_as_it_says() {
        let mut bench = Bench::default();
        bench.run("SET k v");
        let reply = bench.run("MEMORY STATS");
        let (value, len) = decode(reply.as_bytes()).expect("a reply").expect("whole");
        let Value::Array(items) = value else { panic!("{reply}") };
        assert_eq!((len, items.len()), (reply.len(), 2 * (27 + 1)));
        assert!(items.contains(&Value::Bulk(b"db.0".to_vec())));
        assert!(items.contains(&Value::Bulk(b"fragmentation.bytes".to_vec())));
    }

    #[test]
    fn the_doctor_speaks_of_what_is_worth_it() {
        let mut it = Overview {
            used: 10 << 20,
            peak: 12 << 20,
            startup: 1 << 20,
            resident: 12 << 20,
            allocator: Figures { allocated: 10 << 20, active: 11 << 20, ..Figures::default() },
            clients: 1000,
            log_buffer: 0,
            keys: 1,
            tables: vec![(0, 100)],
        };
        assert!(findings(&it).is_empty());
        it.peak = 40 << 20;
        it.allocator.active = 30 << 20;
        assert_eq!(findings(&it).len(), 2);
        assert_eq!(it.dataset(), (9 << 20) - 1100);
    }
}
