//! The snapshot is exactly the state at the cut, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use base::hash::KeyHasher;
use fastrand::Rng;

use super::{Options, Visitor, Walk, Walked};
use crate::access::{Held, Inside};
use crate::db::{Cause, Db, Moment, Tools, Touch};
use crate::entry::{Entry, Kind, Payload, Saving, Stamp};
use crate::keyspace::Keyspace;
use crate::value::{ElementTable, Object, Size};

const DATABASES: usize = 3;
/// Stripes that the keys of a test fall to, so that each has many.
const STRIPES: usize = 3;

fn moment() -> Moment {
    Moment { now_ms: 100, stamp: Stamp::default(), touch: Touch::Nothing }
}

type Contents = BTreeMap<(usize, Vec<u8>), String>;

fn duplicate(entry: &Entry, hasher: &KeyHasher) -> Entry {
    let mut copy = ElementTable::new(Size::Big);
    if let Some(Object::Hash(hash)) = entry.object() {
        hash.for_each(|field| {
            copy.set(hasher, field.key(), Payload::Text(field.payload()), None);
        });
    }
    let object = Box::new(Object::Hash(copy));
    Entry::with_object(entry.key(), object, entry.expires_at(), entry.stamp())
}

fn hash_text(hash: &ElementTable) -> Vec<String> {
    let mut fields = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    hash.for_each(|f| fields.push(format!("{}={}", text(f.key()), text(f.payload()))));
    fields.sort();
    fields
}

fn describe(entry: &Entry) -> String {
    let value = match entry.object() {
        Some(Object::Hash(hash)) => hash_text(hash).join(","),
        _ => match entry.kind() {
            Kind::Shared => format!("{:?}", entry.shared_text().map(<[u8]>::len)),
            _ => format!("{:?}", entry.payload()),
        },
    };
    format!("{value} {:?}", entry.expires_at())
}

/// Gathers what it is given, and fails on anything given twice.
#[derive(Default)]
struct Gatherer {
    contents: Contents,
    fields: Vec<String>,
}

impl Gatherer {
    fn add(&mut self, number: usize, key: &[u8], text: String) {
        let before = self.contents.insert((number, key.to_vec()), text);
        assert_eq!(before, None, "{number} {}", String::from_utf8_lossy(key));
    }
}

impl Visitor for Gatherer {
    fn entry(&mut self, number: usize, entry: &Entry) {
        assert!(self.fields.is_empty(), "in the midst of a big value");
        self.add(number, entry.key(), describe(entry));
    }

    fn piece(&mut self, number: usize, entry: &Entry, from: Option<u64>) -> ControlFlow<(), u64> {
        let Some(Object::Hash(hash)) = entry.object() else {
            self.add(number, entry.key(), describe(entry));
            return ControlFlow::Break(());
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = &mut self.fields;
        let next = hash.scan(from.unwrap_or(0), 10, |field| {
            fields.push(format!("{}={}", text(field.key()), text(field.payload())));
        });
        if let Some(next) = next {
            return ControlFlow::Continue(next);
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.sort();
        let value = fields.join(",");
        self.add(number, entry.key(), format!("{value} {:?}", entry.expires_at()));
        ControlFlow::Break(())
    }
}

fn everything(keyspace: &Keyspace, inside: &mut Inside<'_>) -> Contents {
    let mut gatherer = Gatherer::default();
    inside.alone(|alone| {
        let mut held = Held::all(keyspace, alone);
        for database in 0..DATABASES {
            for stripe in 0..keyspace.stripe_count() {
                held.table(database, stripe).for_each(|entry| {
                    assert_eq!(entry.saving(), Saving::Unsaved);
                    gatherer.add(database, entry.key(), describe(entry));
                });
            }
        }
    });
    gatherer.contents
}

/// Names that fall to the first few stripes.
fn names(keyspace: &Keyspace, count: usize) -> Vec<Vec<u8>> {
    let all = (0..).map(|n: u32| n.to_string().into_bytes());
    let near = |name: &Vec<u8>| keyspace.stripe_of(keyspace.hasher().hash(name)) < STRIPES;
    all.filter(near).take(count).collect()
}

/// Somebody who changes things at random.
struct Writer<'k> {
    keyspace: &'k Keyspace,
    names: &'k [Vec<u8>],
    random: Rng,
    tools: Tools,
    moment: Moment,
}

impl Writer<'_> {
    fn db<'a, 'h>(&'a mut self, held: &'a mut Held<'h>, database: usize) -> Db<'a, 'h> {
        Db::new(held, database, &self.moment, &mut self.tools)
    }

    /// One request. False if it has to be tried again.
    fn request(&mut self, inside: &Inside<'_>) -> bool {
        let database = self.random.usize(..DATABASES);
        let pick = |random: &mut Rng| random.usize(..self.names.len());
        let (one, other) = (pick(&mut self.random), pick(&mut self.random));
        let (one, other) = (&self.names[one][..], &self.names[other][..]);
        let hashes = [one, other].map(|name| self.keyspace.hasher().hash(name));
        let held = Held::several(self.keyspace, inside, hashes.into_iter());
        let Ok(mut held) = held else { return false };
        let writes = self.random.u32(..10) > 0;
        if let Some(snapshot) = self.keyspace.snapshot().filter(|_| writes) {
            let mut db = self.db(&mut held, database);
            let keys = [db.key(one), db.key(other)];
            for key in keys {
                for number in 0..DATABASES {
                    if snapshot.preserve(db.held(), number, key).is_err() {
                        return false;
                    }
                }
            }
        }
        if writes {
            self.write(&mut held, database, one, other);
        } else {
            // Who meets a key whose time is up removes it; so does an eviction.
            let evicts = self.random.bool();
            let mut db = self.db(&mut held, database);
            let key = db.key(one);
            db.contains(key);
            if evicts && db.remove(key) {
                self.tools.removals.note(Cause::Evicted, database, one);
            }
        }
        self.tools.removals.drain().for_each(drop);
        true
    }

    fn write(&mut self, held: &mut Held<'_>, database: usize, one: &[u8], other: &[u8]) {
        let (what, n) = (self.random.u32(..10), self.random.i64(0..1_000_000));
        let expires_at = (self.random.u32(..4) == 0).then(|| self.moment.now_ms + n % 50);
        let hasher = self.keyspace.hasher();
        let mut db = self.db(held, database);
        let (key, other_key) = (db.key(one), db.key(other));
        match what {
            0..3 => db.store(key, Payload::Text(n.to_string().as_bytes()), expires_at),
            3 => {
                if let Some(mut slot) = db.slot(key)
                    && slot.get().kind() == Kind::Text
                {
                    slot.get_mut().splice(0, 0, &[b"more"]);
                }
            }
            4 => drop(db.remove(key)),
            5 => {
                if let Some(entry) = db.take(key) {
                    db.put(other_key, entry.renamed(other));
                }
            }
            6 => {
                if let Some(entry) = db.take(key) {
                    db.other((database + 1) % DATABASES).put(key, entry);
                }
            }
            7 => drop(db.set_expiry(key, expires_at)),
            8 => {
                let mut hash = ElementTable::new(Size::Big);
                for field in 0..n % 150 + 1 {
                    hash.set(hasher, field.to_string().as_bytes(), Payload::Text(b"v"), None);
                }
                let object = Box::new(Object::Hash(hash));
                db.put(key, Entry::with_object(one, object, None, Stamp::default()));
            }
            _ => {
                if let Some(mut slot) = db.slot(key)
                    && let Some(Object::Hash(hash)) = slot.get_mut().object_mut()
                {
                    let name = (n % 300).to_string();
                    hash.set(hasher, name.as_bytes(), Payload::Text(other), None);
                }
            }
        }
    }

    /// Something that is done alone.
    fn rule(&mut self, inside: &mut Inside<'_>) {
        let [one, other] = [(); 2].map(|()| self.random.usize(..DATABASES));
        let keyspace = self.keyspace;
        if self.random.bool() {
            inside.alone(|alone| drop(keyspace.detach(alone, one)));
        } else {
            inside.alone(|alone| keyspace.swap(alone, one, other));
        }
    }
}

fn options(copies_bytes_max: usize) -> Options {
    Options { copies_bytes_max, duplicate }
}

fn run_from_seed(seed: u64) {
    let keyspace = Keyspace::new(DATABASES, 2, KeyHasher::with_key([seed as u8; 16]));
    let names = names(&keyspace, 150);
    let mut inside = keyspace.gate().enter(0);
    let (random, tools) = (Rng::with_seed(seed), Tools::default());
    let mut writer = Writer { keyspace: &keyspace, names: &names, random, tools, moment: moment() };
    for _ in 0..500 {
        writer.request(&inside);
    }
    for round in 0..3 {
        let expected = everything(&keyspace, &mut inside);
        let limit = if round == 0 { 1 << 20 } else { 2000 };
        let snapshot = inside.alone(|alone| keyspace.begin_snapshot(alone, options(limit)));
        let mut walk = Walk::new(&keyspace, Arc::clone(&snapshot));
        let mut gatherer = Gatherer::default();
        let writes_per_step = [0, 1, 5, 20][writer.random.usize(..4)];
        loop {
            match walk.step(&inside, &mut gatherer) {
                Ok(Walked::Over) => break,
                Ok(Walked::On) => {}
                Err(busy) => panic!("{busy:?}"),
            }
            for _ in 0..writes_per_step {
                writer.request(&inside);
            }
            if writes_per_step > 0 && writer.random.u32(..60) == 0 {
                writer.rule(&mut inside);
            }
            writer.moment.now_ms += i64::from(writer.random.u32(..50) == 0);
        }
        assert_eq!(gatherer.contents.len(), expected.len(), "seed {seed}, round {round}");
        assert_eq!(gatherer.contents, expected, "seed {seed}, round {round}");
        assert_eq!(snapshot.copies_bytes(), 0);
        keyspace.end_snapshot();
        everything(&keyspace, &mut inside);
    }
    writer.tools.graveyard.tend(keyspace.gate(), 0);
}

#[test]
fn the_snapshot_is_the_state_at_the_cut() {
    for seed in 0..16 {
        run_from_seed(seed);
    }
}

#[test]
fn nothing_is_marked_after_a_snapshot_that_was_given_up() {
    struct Nobody;
    impl Visitor for Nobody {
        fn entry(&mut self, _number: usize, _entry: &Entry) {}
        fn piece(&mut self, _: usize, _: &Entry, _: Option<u64>) -> ControlFlow<(), u64> {
            ControlFlow::Break(())
        }
    }
    for seed in 0..16 {
        let keyspace = Keyspace::new(DATABASES, 2, KeyHasher::with_key([seed as u8; 16]));
        let names = names(&keyspace, 150);
        let mut inside = keyspace.gate().enter(0);
        let (random, tools) = (Rng::with_seed(seed), Tools::default());
        let mut writer =
            Writer { keyspace: &keyspace, names: &names, random, tools, moment: moment() };
        for _ in 0..500 {
            writer.request(&inside);
        }
        let snapshot = inside.alone(|alone| keyspace.begin_snapshot(alone, options(1 << 20)));
        let mut walk = Walk::new(&keyspace, Arc::clone(&snapshot));
        for step in 0.. {
            if step == 5 {
                snapshot.give_up();
            }
            if walk.step(&inside, &mut Nobody) == Ok(Walked::Over) {
                break;
            }
            for _ in 0..20 {
                writer.request(&inside);
            }
        }
        everything(&keyspace, &mut inside);
        writer.tools.graveyard.tend(keyspace.gate(), 0);
    }
}

/// Ends the writers, also when a check fails.
struct Ender<'o>(&'o AtomicBool);

impl Drop for Ender<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[test]
fn threads_write_while_the_snapshot_is_taken() {
    for seed in 0..4 {
        let keyspace = Keyspace::new(DATABASES, 4, KeyHasher::with_key([seed as u8; 16]));
        let names = names(&keyspace, 150);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let _ender = Ender(&over);
            for index in 1..4 {
                let (keyspace, names, over) = (&keyspace, &names, &over);
                scope.spawn(move || {
                    let random = Rng::with_seed(seed * 10 + index as u64);
                    let tools = Tools::default();
                    let mut writer = Writer { keyspace, names, random, tools, moment: moment() };
                    while !over.load(Relaxed) {
                        let mut inside = keyspace.gate().enter(index);
                        for _ in 0..20 {
                            writer.request(&inside);
                        }
                        if writer.random.u32(..40) == 0 {
                            writer.rule(&mut inside);
                        }
                        writer.tools.graveyard.tend(keyspace.gate(), index);
                    }
                    let mut inside = keyspace.gate().enter(index);
                    inside.alone(|alone| writer.tools.graveyard.clear(alone));
                });
            }
            for _ in 0..4 {
                let mut inside = keyspace.gate().enter(0);
                let mut expected = Contents::new();
                let snapshot = inside.alone(|alone| {
                    let mut held = Held::all(&keyspace, alone);
                    for database in 0..DATABASES {
                        for stripe in 0..STRIPES {
                            held.table(database, stripe).for_each(|entry| {
                                let at = (database, entry.key().to_vec());
                                expected.insert(at, describe(entry));
                            });
                        }
                    }
                    keyspace.begin_snapshot(alone, options(100_000))
                });
                drop(inside);
                let mut walk = Walk::new(&keyspace, Arc::clone(&snapshot));
                let mut gatherer = Gatherer::default();
                loop {
                    let inside = keyspace.gate().enter(0);
                    if walk.step(&inside, &mut gatherer) == Ok(Walked::Over) {
                        break;
                    }
                }
                keyspace.end_snapshot();
                assert_eq!(gatherer.contents, expected, "seed {seed}");
            }
        });
    }
}
