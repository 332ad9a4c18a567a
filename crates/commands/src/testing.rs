//! Runs data commands in memory, without an engine: for unit tests of bodies.
//!
//! No gate checks, no log: a request's keys are locked, its body runs, its reply and effects are
//! kept.

use base::hash::KeyHasher;
use keyspace::db::{Cause, Moment, Noted, Overdue, Settled, Tools, Touch};
use keyspace::value::stream::Memory;
use keyspace::{Db, Entry, Held, Keyspace, Stamp};
use protocol::{Output, Reply, Request, Span, Value, Version, decode};
use structures::list::Sizing;

use crate::context::{Ctx, Effects, KeyArg, Limits, Outcome, Record};
use crate::elements::words;
use crate::follows::Follows;
use crate::keys;
use crate::spec::{Body, Class};
use crate::table;

/// A keyspace with one client, and a clock that the test turns.
pub struct Bench {
    keyspace: Keyspace,
    tools: Tools,
    random: fastrand::Rng,
    /// What the last request did.
    pub effects: Effects,
    /// What went by itself in its course.
    pub noted: Vec<Noted>,
    /// The words of the last request.
    words: Vec<Vec<u8>>,
    /// Unix time in ms.
    pub now_ms: i64,
    /// The selected database.
    pub database: usize,
    /// Which replies to write.
    pub version: Version,
    /// Settings.
    pub limits: Limits,
    /// The argument whose key woke the requests that follow.
    pub woken: Option<u32>,
    /// Whether requests may be left for later.
    pub may_defer: bool,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            keyspace: Keyspace::new(16, 1, KeyHasher::with_key([3; 16])),
            tools: Tools::default(),
            random: fastrand::Rng::with_seed(1),
            effects: Effects::default(),
            noted: Vec::new(),
            words: Vec::new(),
            now_ms: 1_795_000_000_000,
            database: 0,
            version: Version::Resp2,
            limits: Limits {
                draws_max: i64::MAX,
                string_len_max: 512 << 20,
                packed_hash_fields_max: 128,
                packed_hash_bytes_max: 64,
                lists: Sizing::new(-2, 0),
                integer_set_members_max: 512,
                packed_set_members_max: 128,
                packed_set_bytes_max: 64,
                packed_sorted_set_members_max: 128,
                packed_sorted_set_bytes_max: 64,
                stream_block_bytes_max: 4096,
                stream_block_entries_max: 100,
                stream_names: Memory { duration_s: 100, names_max: 100 },
                sparse_sketch_bytes_max: 3000,
                lfu: None,
                follows: Follows::default(),
            },
            woken: None,
            may_defer: false,
        }
    }
}

impl Bench {
    /// Runs a request given as words separated by single spaces; the reply as RESP text.
    pub fn run(&mut self, line: &str) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        String::from_utf8_lossy(&self.run_words(&words)).into_owned()
    }

    /// Runs a request; the reply's bytes.
    pub fn run_words(&mut self, words: &[&[u8]]) -> Vec<u8> {
        let mut buffer = Vec::new();
        let mut spans = Vec::new();
        for word in words {
            spans.push(Span { start: buffer.len() as u32, len: word.len() as u32 });
            buffer.extend_from_slice(word);
        }
        let request = Request::new(&buffer, &spans);
        let spec = table::find(request).expect("a known command");
        if !spec.accepts(request.len()) {
            return b"-ERR wrong number of arguments\r\n".to_vec();
        }
        let hasher = *self.keyspace.hasher();
        let keys: Vec<KeyArg> = keys::positions(spec, request)
            .map(|p| {
                p.map(|i| KeyArg { index: i as u32, hash: hasher.hash(request.arg(i)) }).collect()
            })
            .unwrap_or_default();
        let Body::Data(body) = spec.body else { panic!("not a data command") };
        let mut output = Output::new();
        let mut inside = self.keyspace.gate().enter(0);
        let moment = Moment {
            now_ms: self.now_ms,
            stamp: Stamp::of_seconds(self.now_ms as u64 / 1000),
            touch: Touch::Recency,
        };
        self.effects.clear();
        self.words = words.iter().map(|word| word.to_vec()).collect();
        let mut run = |held: &mut Held<'_>| {
            let mut ctx = Ctx {
                request,
                reply: Reply::new(&mut output, self.version),
                db: Db::new(held, self.database, &moment, &mut self.tools),
                effects: &mut self.effects,
                limits: &self.limits,
                random: &mut self.random,
                keys: &keys,
                woken: self.woken,
                may_defer: self.may_defer,
                in_script: false,
            };
            body(&mut ctx)
        };
        let result = match spec.class_of(request) {
            Class::Gate => inside.alone(|alone| run(&mut Held::all(&self.keyspace, alone))),
            Class::Walk | Class::Local => run(&mut Held::roaming(&self.keyspace, &inside)),
            Class::Keys | Class::Varies => {
                let hashes = keys.iter().map(|k| k.hash);
                run(&mut Held::several(&self.keyspace, &inside, hashes).expect("nobody else"))
            }
        };
        self.tools.graveyard.tend(self.keyspace.gate(), 0);
        self.noted = self.tools.removals.drain().collect();
        match result {
            Ok(Outcome::Wait(wait)) => {
                wait.lapse.write(&mut Reply::new(&mut output, self.version));
                output.pieces().collect::<Vec<_>>().concat()
            }
            Ok(_) => output.pieces().collect::<Vec<_>>().concat(),
            Err(error) => format!("-{error}\r\n").into_bytes(),
        }
    }
}

impl Bench {
    /// Whether nothing may go by itself from now on ([`Overdue`]).
    pub fn freeze(&mut self, overdue: Overdue) {
        self.tools.overdue = overdue;
    }

    /// Removes elements of a key's collection whose time is up, as a sweep does: about `budget` of
    /// them. True if none is left.
    pub fn settle(&mut self, key: &str, budget: usize) -> bool {
        self.effects.clear();
        let moment = Moment { now_ms: self.now_ms, stamp: Stamp::default(), touch: Touch::Nothing };
        let hash = self.keyspace.hasher().hash(key.as_bytes());
        let inside = self.keyspace.gate().enter(0);
        let mut held = Held::several(&self.keyspace, &inside, [hash].into_iter()).expect("free");
        let mut db = Db::new(&mut held, self.database, &moment, &mut self.tools);
        let settled = db.settle(db.key(key.as_bytes()), budget);
        self.noted = self.tools.removals.drain().collect();
        settled == Settled::All
    }

    /// How many elements the last request met whose time was up, and removed.
    pub fn lost(&self) -> usize {
        self.noted.iter().map(|noted| noted.elements.len()).sum()
    }

    /// How many entries were put aside to be freed elsewhere.
    pub fn discarded(&self) -> usize {
        self.tools.discarded.len()
    }

    /// Looks at the entry of a key that is there, and at the least deadline of the key's table.
    pub fn with_entry<R>(&mut self, key: &str, body: impl FnOnce(&Entry, u32) -> R) -> R {
        let hash = self.keyspace.hasher().hash(key.as_bytes());
        let inside = self.keyspace.gate().enter(0);
        let mut held = Held::several(&self.keyspace, &inside, [hash].into_iter()).expect("free");
        let position = self.keyspace.position_of(hash);
        let view = held.table(self.database, self.keyspace.stripe_of(hash));
        let entry = view.find(position, |entry| entry.key() == key.as_bytes()).expect("the key");
        body(&entry, view.least_deadline())
    }

    /// What the log gets of the last request: `-` for nothing, `=` for the request as it came, or
    /// else the words of what it gets instead, requests separated by `; `. In front stands the
    /// removal of elements that went by themselves.
    pub fn logged(&self) -> String {
        let mut shown = Vec::new();
        for noted in &self.noted {
            if let Cause::Lost(family) = noted.cause {
                let head = [words(family).removal, &noted.key];
                let words = head.into_iter().chain(noted.elements.iter().map(Vec::as_slice));
                shown.push(shown_words(words));
            }
        }
        let own = match self.effects.record {
            Record::AsRequested if self.effects.changes == 0 => None,
            Record::AsRequested if shown.is_empty() => Some("=".to_owned()),
            Record::AsRequested => Some(shown_words(self.words.iter().map(Vec::as_slice))),
            Record::Instead if self.effects.records.is_empty() => None,
            Record::Instead => Some(shown_requests(&self.effects.records)),
        };
        shown.extend(own);
        if shown.is_empty() { "-".to_owned() } else { shown.join("; ") }
    }

    /// Runs requests one after the other and compares, for each, the reply on one line, what is
    /// [`logged`](Self::logged) and the [`events`](Self::events).
    pub fn check(&mut self, rows: &[(&str, &str, &str, &str)]) {
        for (request, reply, logged, events) in rows {
            let answer = self.run(request).trim_end().replace("\r\n", " ");
            let found = (answer.as_str(), self.logged(), self.events());
            assert_eq!(found, (*reply, (*logged).to_owned(), (*events).to_owned()), "{request}");
            let quiet = *logged == "-" || !self.noted.is_empty();
            assert!(quiet || self.effects.changes > 0, "{request}: changes");
        }
    }

    /// As `check`, for requests that change nothing.
    pub fn check_reads(&mut self, rows: &[(&str, &str)]) {
        for (request, reply) in rows {
            self.check(&[(*request, *reply, "-", "")]);
        }
    }

    /// The events of the last request, as `event argument`, with `@database` if it is another one.
    pub fn events(&self) -> String {
        let noted = self.noted.iter().filter_map(|noted| {
            let name = match noted.cause {
                Cause::Lost(family) => words(family).expired.name,
                Cause::Emptied => "del",
                _ => return None,
            };
            let argument = self.words.iter().position(|word| *word == noted.key)?;
            Some(format!("{name} {argument}"))
        });
        let shown = self.effects.touched.iter().map(|touched| {
            let database = touched.database as usize;
            let other =
                if database == self.database { String::new() } else { format!("@{database}") };
            format!("{} {}{other}", touched.event.name, touched.argument)
        });
        noted.chain(shown).collect::<Vec<_>>().join(", ")
    }
}

fn shown_words<'w>(words: impl Iterator<Item = &'w [u8]>) -> String {
    let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
    words.collect::<Vec<_>>().join(" ")
}

fn shown_requests(mut records: &[u8]) -> String {
    let mut shown = Vec::new();
    while let Ok(Some((Value::Array(words), len))) = decode(records) {
        let words = words.iter().map(|word| match word {
            Value::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        });
        shown.push(words.collect::<Vec<_>>().join(" "));
        records = &records[len..];
    }
    assert!(records.is_empty(), "records are requests");
    shown.join("; ")
}

#[cfg(test)]
mod tests {
    use super::Bench;

    #[test]
    fn what_is_set_is_got() {
        let mut bench = Bench::default();
        assert_eq!(bench.run("SET k v"), "+OK\r\n");
        assert_eq!(bench.effects.changes, 1);
        assert_eq!(bench.run("get k"), "$1\r\nv\r\n");
        assert_eq!(bench.run("GET other"), "$-1\r\n");
    }
}
