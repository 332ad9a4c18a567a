//! Several clients at once, thousands of short histories: each must be explained by some order of
//! its requests, and what the log says must give the same keyspace in the end.
//!
//! ```text
//!   HISTORIES=100000 SEED=1 cargo test -p russet-tests --test linearizability
//!   HISTORY=417 SEED=1 ...      history 417 of that seed, again and again
//! ```
//! A failure prints its seed and number, and a smaller history that has no order either.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use russet_tests::linear::check::{OPERATIONS_MAX, Verdict, check};
use russet_tests::linear::plan::{Planner, Program};
use russet_tests::linear::shrink::shrink;
use russet_tests::linear::{Act, Operation, Request, Script, Word, declared_keys, letter, table};
use russet_tests::{Client, Options, Reply, Server};

const CLIENTS: usize = 5;
const ACTS_MAX: usize = OPERATIONS_MAX / CLIENTS;
/// Histories after which the log is looked at.
const BATCH: u64 = 1_000;

/// A script that may do anything: carries out requests, each a count of words and the words, and
/// answers with all replies.
const CODE: &str = "
    local replies, at = {}, 1
    while at <= #ARGV do
        local count, words = tonumber(ARGV[at]), {}
        for i = 1, count do words[i] = ARGV[at + i] end
        replies[#replies + 1] = redis.pcall(unpack(words))
        at = at + count + 1
    end
    return replies";

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn every_history_has_an_order_and_the_log_tells_the_same() {
    let seed = setting("SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    let count = setting("HISTORIES").unwrap_or(2_000);
    println!("SEED={seed} HISTORIES={count}");
    let options = || {
        Options::under_test()
            .with("io-threads", "4")
            .with("appendonly", "yes")
            .with("appendfsync", "no")
    };
    let mut begun = 0;
    while begun < count {
        let server = Server::start(options());
        let numbers = begun..count.min(begun + BATCH);
        begun = numbers.end;
        run(&server, seed, numbers);
        let live = digest(&server);
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(&server.dir(), copy.path());
        let second = Server::start(options().in_dir(copy.path()));
        assert_eq!(digest(&second), live, "SEED={seed}: the log tells something else");
    }
}

/// The digest of a keyspace from which everything has gone that goes soon.
fn digest(server: &Server) -> String {
    let mut client = server.client();
    let end = Instant::now() + Duration::from_secs(20);
    // What was set to go after 100 s is made to stay.
    let has_timed = |client: &mut Client| {
        let info = client.run("INFO keyspace").to_string();
        info.contains("expires=") && !info.contains("expires=0")
    };
    for name in russet_tests::keyspace::names(&mut client) {
        client.call(&[b"PERSIST".as_slice(), &name]);
    }
    while has_timed(&mut client) {
        assert!(Instant::now() < end, "keys do not go");
        thread::sleep(Duration::from_millis(10));
    }
    client.run("DEBUG DIGEST").to_string()
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&target).expect("a new folder");
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Runs histories and looks for an order in each.
fn run(server: &Server, seed: u64, numbers: std::ops::Range<u64>) {
    let (sender, histories) = channel();
    let (barrier, stop) = (Barrier::new(CLIENTS), AtomicBool::new(false));
    let epoch = Instant::now();
    let only = setting("HISTORY");
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (barrier, stop, numbers) = (&barrier, &stop, numbers.clone());
            let sender: Sender<(u64, Vec<Operation>)> = sender.clone();
            let client = server.client();
            scope.spawn(move || {
                let mut person =
                    Person { number: number as u8, client, epoch, prefix: String::new() };
                for history in numbers {
                    let planned = only.unwrap_or(history);
                    let mut planner = Planner::new(seed, planned);
                    let program = planner.programs(CLIENTS, ACTS_MAX).swap_remove(number);
                    person.prefix = format!("{history}:");
                    person.client.run("UNWATCH");
                    barrier.wait();
                    let done = person.carry_out(&program);
                    if sender.send((history, done)).is_err() || stop.load(Relaxed) {
                        // Somebody else may still be waiting for us.
                    }
                    barrier.wait();
                    if stop.load(Relaxed) {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut parts: Vec<Operation> = Vec::new();
        let mut received = 0;
        for (history, mut part) in histories {
            parts.append(&mut part);
            received += 1;
            if received == CLIENTS {
                received = 0;
                let whole = std::mem::take(&mut parts);
                if let Verdict::None(longest) = check(&whole) {
                    stop.store(true, Relaxed);
                    report(seed, only.unwrap_or(history), &whole, longest.len());
                }
            }
        }
    });
}

fn report(seed: u64, history: u64, whole: &[Operation], longest: usize) {
    let small = shrink(whole);
    panic!(
        "no order (times in us: call, return):\n{}\n\nof these, {longest} operations at most can \
         be put in order:\n{}\n\nagain: SEED={seed} HISTORY={history} HISTORIES=10000\n",
        table(&small),
        table(whole)
    );
}

/// A client of a history.
struct Person {
    number: u8,
    client: Client,
    epoch: Instant,
    /// What the names of this history's keys begin with.
    prefix: String,
}

impl Person {
    fn now(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    fn carry_out(&mut self, program: &Program) -> Vec<Operation> {
        let mut done = Vec::new();
        for pipeline in program {
            let bytes: Vec<u8> = pipeline.iter().flat_map(|act| self.bytes(act)).collect();
            let call = self.now();
            self.client.send_raw(&bytes).expect("a connection");
            for act in pipeline {
                let reply = self.reply(act);
                let (client, ret) = (self.number, self.now());
                let act = act.clone();
                done.push(Operation { client, call, ret, act, reply: Some(reply) });
            }
        }
        done
    }

    fn bytes(&self, act: &Act) -> Vec<u8> {
        let one = |request: &Request| {
            let words: Vec<String> = request.iter().map(|word| self.name(word)).collect();
            russet_tests::client::encode(&words)
        };
        match act {
            Act::One(request) => one(request),
            Act::Exec(requests) => {
                let mut bytes = russet_tests::client::encode(&["MULTI"]);
                bytes.extend(requests.iter().flat_map(one));
                bytes.extend(russet_tests::client::encode(&["EXEC"]));
                bytes
            }
            Act::Script(script) => self.script(script),
        }
    }

    fn script(&self, script: &Script) -> Vec<u8> {
        let keys = declared_keys(script);
        if script.declared == usize::MAX {
            return self.open_script(script, &keys);
        }
        let mut words = vec!["EVAL".to_owned(), CODE.to_owned(), keys.len().to_string()];
        words.extend(keys.into_iter().map(|key| self.name(&Word::Key(key))));
        for request in &script.requests {
            words.push(request.len().to_string());
            words.extend(request.iter().map(|word| self.name(word)));
        }
        russet_tests::client::encode(&words)
    }

    /// EVAL of a text that shows which keys it uses: all of them are declared.
    fn open_script(&self, script: &Script, keys: &[u8]) -> Vec<u8> {
        let mut arguments = Vec::new();
        let mut word = |word: &Word| match word {
            Word::Key(key) => {
                let place = keys.iter().position(|known| known == key).expect("declared");
                format!("KEYS[{}]", place + 1)
            }
            Word::Text(_) => {
                arguments.push(self.name(word));
                format!("ARGV[{}]", arguments.len())
            }
        };
        let calls = script.requests.iter().map(|request| {
            let rest: Vec<String> =
                request[1..].iter().map(|it| format!(", {}", word(it))).collect();
            format!("redis.pcall('{}'{})", request[0], rest.concat())
        });
        let code = format!("return {{{}}}", calls.collect::<Vec<_>>().join(", "));
        let names = keys.iter().map(|key| self.name(&Word::Key(*key)));
        let mut words = vec!["EVAL".to_owned(), code, keys.len().to_string()];
        words.extend(names);
        words.append(&mut arguments);
        russet_tests::client::encode(&words)
    }

    fn name(&self, word: &Word) -> String {
        match word {
            Word::Key(key) => format!("{}{}", self.prefix, letter(*key)),
            Word::Text(text) if text == "pattern" => format!("{}*", self.prefix),
            Word::Text(text) => text.clone(),
        }
    }

    fn reply(&mut self, act: &Act) -> Reply {
        match act {
            Act::One(request) => {
                let reply = self.client.read().expect("a reply");
                self.plain(request, reply)
            }
            Act::Exec(requests) => {
                for expected in std::iter::once("OK").chain(requests.iter().map(|_| "QUEUED")) {
                    assert_eq!(self.client.read().expect("a reply").to_string(), expected);
                }
                self.all_plain(requests)
            }
            Act::Script(script) => self.all_plain(&script.requests),
        }
    }

    /// The reply to requests that are answered together.
    fn all_plain(&mut self, requests: &[Request]) -> Reply {
        match self.client.read().expect("a reply") {
            Reply::Array(replies) => {
                let pairs = requests.iter().zip(replies);
                Reply::Array(pairs.map(|(it, reply)| self.plain(it, reply)).collect())
            }
            reply => reply,
        }
    }

    /// A reply as the model has it: keys by their letters, in order what has none.
    fn plain(&self, request: &Request, reply: Reply) -> Reply {
        let Reply::Array(items) = reply else { return reply };
        let short = |item: Reply| match &item {
            Reply::Bulk(text) => match text.strip_prefix(self.prefix.as_bytes()) {
                Some(rest) => Reply::Bulk(rest.to_vec()),
                None => item,
            },
            _ => item,
        };
        let mut items: Vec<Reply> = items.into_iter().map(short).collect();
        match &request[0] {
            Word::Text(name) if ["KEYS", "SMEMBERS", "SINTER"].contains(&&name[..]) => {
                items.sort();
            }
            Word::Text(name) if name == "HGETALL" => {
                let mut pairs: Vec<Vec<Reply>> = items.chunks(2).map(<[Reply]>::to_vec).collect();
                pairs.sort();
                items = pairs.concat();
            }
            _ => {}
        }
        Reply::Array(items)
    }
}
