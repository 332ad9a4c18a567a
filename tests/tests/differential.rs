//! Random commands against the server under test and the oracle: every reply must be the same,
//! and so must the keyspace in the end.
//!
//! `DIFFERENTIAL_COMMANDS` sets the number of commands (5,000), `DIFFERENTIAL_SEED` repeats a run.
//! Nothing depends on the clock: relative expiries are a day or more and all different, and what is
//! read of them is compared with a tolerance. A failure is replayed with as few commands as
//! possible.

mod generator;

use generator::Generator;
use russet_tests::words::quote;
use russet_tests::{Client, Options, Reply, Server, keyspace};

/// How far apart the clocks of two servers may be when a relative expiry is set.
const TOLERANCE_MS: i64 = 60_000;
const BATCH: usize = 50;

type Command = Vec<Vec<u8>>;

struct Pair {
    _servers: [Server; 2],
    clients: [Client; 2],
}

#[test]
fn random_commands_get_the_replies_of_the_oracle() {
    let count = setting("DIFFERENTIAL_COMMANDS").unwrap_or(5_000);
    let seed = setting("DIFFERENTIAL_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("DIFFERENTIAL_SEED={seed} DIFFERENTIAL_COMMANDS={count}");
    let mut generator = Generator::new(seed);
    let mut pair = Pair::start();
    let mut history: Vec<Command> = Vec::new();
    while (history.len() as u64) < count {
        let batch: Vec<Command> = (0..BATCH).map(|_| generator.command()).collect();
        let first = history.len();
        history.extend(batch.iter().cloned());
        if let Some((at, replies)) = pair.run(&batch) {
            history.truncate(first + at + 1);
            let short = pair.shrink(history);
            panic!("seed {seed}: {}\nreplay:\n{}", replies, listing(&short));
        }
    }
    let [left, right] = pair.clients.each_mut().map(keyspace::read);
    let differences = keyspace::differences(&left, &right, TOLERANCE_MS);
    assert!(differences.is_empty(), "seed {seed}, keyspaces differ:\n{}", differences.join("\n"));
    assert!(left.len() > 5, "seed {seed}: too few keys to mean anything: {}", left.len());
}

impl Pair {
    fn start() -> Self {
        let servers = [Options::under_test(), Options::oracle()]
            .map(|options| options.with("hash-max-listpack-entries", "8"))
            .map(|options| options.with("list-max-listpack-size", "4"))
            .map(|options| options.with("set-max-intset-entries", "5"))
            .map(|options| options.with("zset-max-listpack-entries", "6"))
            .map(|options| options.with("stream-node-max-entries", "4"))
            .map(|options| options.with("hll-sparse-max-bytes", "300"))
            .map(Server::start);
        let clients = [servers[0].client(), servers[1].client()];
        Self { _servers: servers, clients }
    }

    /// Runs commands on both; the first one that was answered differently, and how.
    fn run(&mut self, commands: &[Command]) -> Option<(usize, String)> {
        for client in &mut self.clients {
            for command in commands {
                client.send(command).expect("a connection");
            }
        }
        let mut found = None;
        for (at, command) in commands.iter().enumerate() {
            let [ours, theirs] = self.clients.each_mut().map(|client| match client.read() {
                Ok(reply) => reply,
                Err(error) => panic!("{}: {error}", text(command)),
            });
            if found.is_none() && !same(command, &ours, &theirs) {
                let command = text(command);
                found = Some((at, format!("{command}\n  got:      {ours}\n  expected: {theirs}")));
            }
        }
        found
    }

    fn fails(&mut self, commands: &[Command]) -> bool {
        for client in &mut self.clients {
            client.run("FLUSHALL");
            client.run("SELECT 0");
        }
        self.run(commands).is_some_and(|(at, _)| at + 1 == commands.len())
    }

    /// Leaves out what the last command does not need to fail, larger pieces first.
    fn shrink(&mut self, mut commands: Vec<Command>) -> Vec<Command> {
        if !self.fails(&commands) {
            return commands;
        }
        let mut piece = commands.len() / 2;
        while piece > 0 {
            let mut at = 0;
            while at + piece < commands.len() {
                let mut shorter = commands.clone();
                shorter.drain(at..at + piece);
                if self.fails(&shorter) {
                    commands = shorter;
                } else {
                    at += piece;
                }
            }
            piece /= 2;
        }
        commands
    }
}

/// Whether two replies to one command mean the same.
fn same(command: &Command, ours: &Reply, theirs: &Reply) -> bool {
    let name = String::from_utf8_lossy(&command[0]).to_ascii_uppercase();
    match name.as_str() {
        "HGETALL" => sorted(ours, 2) == sorted(theirs, 2),
        "HKEYS" | "HVALS" | "KEYS" | "SMEMBERS" | "SINTER" | "SUNION" | "SDIFF" | "SPOP" => {
            sorted(ours, 1) == sorted(theirs, 1) && kind(ours) == kind(theirs)
        }
        "GEOSEARCH"
        | "GEORADIUS"
        | "GEORADIUS_RO"
        | "GEORADIUSBYMEMBER"
        | "GEORADIUSBYMEMBER_RO" => {
            sorted(ours, 1) == sorted(theirs, 1) && kind(ours) == kind(theirs)
        }
        "XPENDING" | "XINFO" => same_but_for_times(ours, theirs),
        "HSCAN" | "SCAN" | "SSCAN" | "ZSCAN" => scanned(ours) == scanned(theirs),
        "TTL" | "PTTL" | "EXPIRETIME" | "PEXPIRETIME" => match (ours, theirs) {
            (Reply::Integer(a), Reply::Integer(b)) if *a > 0 && *b > 0 => {
                (a - b).abs() < TOLERANCE_MS
            }
            _ => ours == theirs,
        },
        // A timeout beyond 64 bits is called out of range by us, negative by Redis 7.0.
        "BLPOP" | "BRPOP" | "BLMOVE" => ours == theirs || (is_timeout(ours) && is_timeout(theirs)),
        // Redis 7.0 refuses any text as a number if one before, of whatever command, was too large.
        "SORT" | "SORT_RO" => ours == theirs || theirs.to_string().contains("into double"),
        "HRANDFIELD" | "SRANDMEMBER" | "ZRANDMEMBER" => {
            let chosen = ours.text().is_some() && theirs.text().is_some();
            chosen || (sorted(ours, 1) == sorted(theirs, 1) && kind(ours) == kind(theirs))
        }
        _ => ours == theirs,
    }
}

/// Whether two replies mean the same when the clocks are not quite the same: of moments, which are
/// large, and of the times since something.
fn same_but_for_times(ours: &Reply, theirs: &Reply) -> bool {
    const LONG_AGO_MS: i64 = 1 << 40;
    let near = |a: i64, b: i64| (a - b).abs() < TOLERANCE_MS;
    let (Some(left), Some(right)) = (ours.items().map(without_newer), theirs.items()) else {
        return match (ours, theirs) {
            (Reply::Integer(a), Reply::Integer(b)) if a.min(b) > &LONG_AGO_MS => near(*a, *b),
            _ => ours == theirs,
        };
    };
    let is_time_since = |at: usize| match left[..] {
        [_, ref consumer, Reply::Integer(_), Reply::Integer(_)] if at == 2 => {
            consumer.text().is_some()
        }
        _ => at > 0 && left[at - 1].text() == Some(b"idle"),
    };
    // What Redis's tree is made of inside we have not; how far a group has read we tell as Redis 8
    // does, which knows it where Redis 7.0 does not, or has it wrong.
    const INSIDE: [&[u8]; 3] = [b"radix-tree-nodes", b"entries-read", b"lag"];
    let is_inside =
        |at: usize| at > 0 && left[at - 1].text().is_some_and(|name| INSIDE.contains(&name));
    left.len() == right.len()
        && left.iter().zip(right).enumerate().all(|(at, pair)| match pair {
            (Reply::Integer(a), Reply::Integer(b)) if is_time_since(at) => near(*a, *b),
            _ if is_inside(at) => true,
            (a, b) => same_but_for_times(a, b),
        })
}

/// The items but for fields that Redis 7.0 does not have, with their values.
fn without_newer(items: &[Reply]) -> Vec<Reply> {
    const NEWER: [&[u8]; 2] = [b"inactive", b"active-time"];
    let is_newer = |item: &Reply| item.text().is_some_and(|name| NEWER.contains(&name));
    let is_left = |at: &usize| !is_newer(&items[*at]) && (*at == 0 || !is_newer(&items[*at - 1]));
    (0..items.len()).filter(is_left).map(|at| items[at].clone()).collect()
}

fn is_timeout(reply: &Reply) -> bool {
    reply.to_string().contains("ERR timeout is ")
}

/// What is left of a reply when the items are left out.
fn kind(reply: &Reply) -> Option<&Reply> {
    if reply.items().is_some() { None } else { Some(reply) }
}

fn sorted(reply: &Reply, group: usize) -> Option<Vec<Vec<Reply>>> {
    let mut groups: Vec<_> = reply.items()?.chunks(group).map(<[Reply]>::to_vec).collect();
    groups.sort();
    Some(groups)
}

/// A scan that ends in one step: cursor and what was found. Else the error.
fn scanned(reply: &Reply) -> (Option<Vec<Reply>>, Option<String>) {
    let Some([_, found]) = reply.items() else { return (None, Some(reply.to_string())) };
    let mut found = found.items().unwrap_or_default().to_vec();
    found.sort();
    (Some(found), None)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn text(command: &Command) -> String {
    command.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

fn listing(commands: &[Command]) -> String {
    let skipped = commands.len().saturating_sub(60);
    let lines: Vec<String> = commands[skipped..].iter().map(text).collect();
    if skipped > 0 { format!("... {skipped} more\n{}", lines.join("\n")) } else { lines.join("\n") }
}
