//! The named workloads: what each sends, its redis-benchmark title, and what must exist before.
//!
//! Key names and shapes are those of redis-benchmark where it has the workload, so that results
//! and data sets can be compared. `fill` is run before the workload when the user asks for it
//! (`--fill`), and always for lrange, as in redis-benchmark.

use crate::error::BenchError;
use crate::template::{Holes, Template};

/// A row of the table of workloads.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// The name on the command line.
    pub name: &'static str,
    /// What redis-benchmark prints.
    pub title: &'static str,
    /// The command, see `template.rs`.
    pub line: &'static str,
    /// What `--fill` sends, one after the other, and how often.
    pub fill: &'static [Fill],
}

/// A request of the preload, and how often it is sent.
pub type Fill = (&'static str, FillCount);

/// How many requests make up the preload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillCount {
    /// One for each key.
    Keys,
    /// One for each request of the run that follows, so that pops find something.
    Requests,
    /// This many.
    Exactly(u64),
}

const SET: &str = "SET key:__key__ __value__";
const HSET: &str = "HSET myhash element:__key__ __value__";
const LPUSH: &str = "LPUSH mylist __value__";
const SADD: &str = "SADD myset element:__key__";
const ZADD: &str = "ZADD myzset __score__ element:__key__";
const MSET: &str = "MSET key:__key__ __value__ key:__key__ __value__ key:__key__ __value__ \
    key:__key__ __value__ key:__key__ __value__ key:__key__ __value__ key:__key__ __value__ \
    key:__key__ __value__ key:__key__ __value__ key:__key__ __value__";
const MGET: &str = "MGET key:__key__ key:__key__ key:__key__ key:__key__ key:__key__ \
    key:__key__ key:__key__ key:__key__ key:__key__ key:__key__";
/// The script has no blanks, since lines are split at them.
const EVAL: &str = "EVAL return(redis.call('SET',KEYS[1],ARGV[1])) 1 key:__key__ __value__";
/// The hash that HGETALL reads has its own name, so that `hset` does not grow it.
const HASH_50: &str = "HSET myhash50 element:__key__ __value__";

const fn row(name: &'static str, title: &'static str, line: &'static str) -> Workload {
    Workload { name, title, line, fill: &[] }
}

const fn filled(row: Workload, fill: &'static [Fill]) -> Workload {
    Workload { fill, ..row }
}

const fn lrange(name: &'static str, title: &'static str, line: &'static str) -> Workload {
    filled(row(name, title, line), &[(LPUSH, FillCount::Exactly(1000))])
}

/// Every workload, in the order in which redis-benchmark runs them, ours added.
pub const WORKLOADS: &[Workload] = &[
    row("ping_inline", "PING_INLINE", "PING"),
    row("ping_mbulk", "PING_MBULK", "PING"),
    row("set", "SET", SET),
    filled(row("get", "GET", "GET key:__key__"), &[(SET, FillCount::Keys)]),
    row("incr", "INCR", "INCR counter:__key__"),
    row("lpush", "LPUSH", LPUSH),
    row("rpush", "RPUSH", "RPUSH mylist __value__"),
    filled(row("lpop", "LPOP", "LPOP mylist"), &[(LPUSH, FillCount::Requests)]),
    filled(row("rpop", "RPOP", "RPOP mylist"), &[(LPUSH, FillCount::Requests)]),
    row("sadd", "SADD", SADD),
    row("hset", "HSET", HSET),
    filled(row("hget", "HGET", "HGET myhash element:__key__"), &[(HSET, FillCount::Keys)]),
    filled(row("hgetall", "HGETALL", "HGETALL myhash50"), &[(HASH_50, FillCount::Exactly(50))]),
    filled(row("spop", "SPOP", "SPOP myset"), &[(SADD, FillCount::Keys)]),
    row("zadd", "ZADD", ZADD),
    filled(row("zpopmin", "ZPOPMIN", "ZPOPMIN myzset"), &[(ZADD, FillCount::Keys)]),
    lrange("lrange_100", "LRANGE_100 (first 100 elements)", "LRANGE mylist 0 99"),
    lrange("lrange_300", "LRANGE_300 (first 300 elements)", "LRANGE mylist 0 299"),
    lrange("lrange_500", "LRANGE_500 (first 500 elements)", "LRANGE mylist 0 499"),
    lrange("lrange_600", "LRANGE_600 (first 600 elements)", "LRANGE mylist 0 599"),
    row("mset", "MSET (10 keys)", MSET),
    filled(row("mget", "MGET (10 keys)", MGET), &[(SET, FillCount::Keys)]),
    row("xadd", "XADD", "XADD mystream * myfield __value__"),
    row("eval", "EVAL (one SET)", EVAL),
    filled(row("zadd_known", "ZADD (known members)", ZADD), &[(ZADD, FillCount::Keys)]),
    filled(row("zrank", "ZRANK", "ZRANK myzset element:__key__"), &[(ZADD, FillCount::Keys)]),
    filled(
        row("zrange_100", "ZRANGE (100 from the middle)", "ZRANGE myzset 50000 50099"),
        &[(ZADD, FillCount::Keys)],
    ),
    filled(
        row("smembers_100", "SMEMBERS (100 members)", "SMEMBERS myset100"),
        &[("SADD myset100 element:__key__", FillCount::Exactly(100))],
    ),
    filled(
        row("sinter", "SINTER (two sets)", "SINTER myset1 myset2"),
        &[
            ("SADD myset1 element:__key__", FillCount::Keys),
            ("SADD myset2 element:__key__", FillCount::Keys),
        ],
    ),
    filled(
        row("bitcount", "BITCOUNT (10 MB)", "BITCOUNT mybits"),
        &[("SETBIT mybits 83886079 1", FillCount::Exactly(1))],
    ),
    filled(
        row("xreadgroup", "XREADGROUP", "XREADGROUP GROUP mygroup me COUNT 1 STREAMS mystream >"),
        &[
            ("XADD mystream * myfield __value__", FillCount::Requests),
            ("XGROUP CREATE mystream mygroup 0", FillCount::Exactly(1)),
        ],
    ),
];

impl Workload {
    /// The workload of a name; `ping` means the one with an array.
    ///
    /// # Errors
    /// `BenchError::Usage` when there is none.
    pub fn find(name: &str) -> Result<&'static Self, BenchError> {
        let wanted = if name == "ping" { "ping_mbulk" } else { name };
        WORKLOADS.iter().find(|row| row.name.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
            let names: Vec<_> = WORKLOADS.iter().map(|row| row.name).collect();
            BenchError::Usage(format!("no workload {name:?}; there are {}", names.join(", ")))
        })
    }

    /// The workload's request.
    pub fn template(&self, holes: Holes) -> Template {
        let template = compile(self.line, holes);
        if self.name == "ping_inline" { template.inline() } else { template }
    }

    /// The preload's requests and how many of each to send for `requests` over `keys` keys.
    pub fn fill_templates(
        &self,
        keys: u64,
        requests: u64,
    ) -> impl Iterator<Item = (Template, u64)> {
        self.fill.iter().map(move |&(line, count)| {
            let count = match count {
                FillCount::Keys => keys,
                FillCount::Requests => requests,
                FillCount::Exactly(count) => count,
            };
            (compile(line, Holes::Filled), count)
        })
    }
}

/// The lines above have no quotes, so splitting at spaces is all there is to do.
fn compile(line: &str, holes: Holes) -> Template {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    Template::from_words(&words, holes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_in_any_case() {
        for (index, row) in WORKLOADS.iter().enumerate() {
            assert!(WORKLOADS[..index].iter().all(|other| other.name != row.name), "{}", row.name);
            assert_eq!(Workload::find(&row.name.to_uppercase()).unwrap().name, row.name);
        }
        assert_eq!(Workload::find("ping").unwrap().title, "PING_MBULK");
        assert!(Workload::find("nosuch").is_err());
    }

    #[test]
    fn mset_and_mget_carry_ten_keys() {
        let request = Workload::find("mset").unwrap().template(Holes::Filled).render(b"v");
        assert!(
            request.starts_with(b"*21\r\n$4\r\nMSET\r\n$16\r\nkey:000000000000\r\n$1\r\nv\r\n")
        );
        let request = Workload::find("mget").unwrap().template(Holes::Filled).render(b"v");
        assert!(request.starts_with(b"*11\r\n"));
    }
}
