//! Random commands of all families of data types, of keys and of expiry, over a few keys.
//!
//! Most commands are sensible; some have a wrong type, number, option or count of words. Only what
//! the oracle knows is made, and nothing whose reply is left to chance: no DBSIZE either, which
//! counts a key that was stored with a moment in the past until somebody looks at it.

mod bits;
mod places;
mod sets;
mod streams;

use fastrand::Rng;

const KEYS: [&str; 15] =
    ["a", "b", "c", "d", "e", "f", "g", "h", "key:1", "key:2", "", "k\r\n\u{e9}", "l1", "l2", "l3"];
/// Keys that mostly hold what the commands of one family are for.
const STRINGS: [&str; 5] = ["a", "b", "key:1", "key:2", ""];
const BITMAPS: [&str; 2] = ["b", "key:2"];
const HASHES: [&str; 3] = ["c", "d", "h"];
const LISTS: [&str; 3] = ["l1", "l2", "l3"];
const SETS: [&str; 2] = ["e", "k\r\n\u{e9}"];
const SORTED_SETS: [&str; 2] = ["f", "g"];
/// Keys that are sorted.
const SORTED: [&str; 5] = ["l4", "l5", "s1", "s2", "lex:1"];
const FIELDS: [&str; 12] = ["f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "10", "", "f\n"];
const TEXTS: [&str; 14] = [
    "",
    "a",
    "hello",
    "Hello World",
    "0",
    "1",
    "-1",
    "42",
    "3.5",
    "1e3",
    " 1",
    "007",
    "9223372036854775807",
    "-9223372036854775808",
];
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "-1",
    "2",
    "5",
    "10",
    "100",
    "-100",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "abc",
    "",
    " 1",
    "1.5",
    "+1",
];
const FLOATS: [&str; 12] =
    ["0", "1.5", "-0.25", "1e2", "3.0", "0.1", "10000000", "nan", "inf", "abc", "", "-1e-3"];
/// Far in the future, in seconds.
const FAR: i64 = 33_177_117_420;

pub struct Generator {
    random: Rng,
    /// Makes every relative expiry a different one.
    expiries: i64,
    /// The time of the entry last added to a stream, about.
    entries: u64,
}

/// A command being put together.
struct Draft<'a> {
    generator: &'a mut Generator,
    /// The keys that mostly are taken.
    keys: &'static [&'static str],
    words: Vec<Vec<u8>>,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { random: Rng::with_seed(seed), expiries: 0, entries: 0 }
    }

    pub fn command(&mut self) -> Vec<Vec<u8>> {
        let family = self.random.u8(0..100);
        const FAMILIES: [&[&str]; 6] = [&STRINGS, &HASHES, &LISTS, &SETS, &SORTED_SETS, &KEYS];
        let any = FAMILIES[self.random.usize(..FAMILIES.len())];
        let mut draft = Draft { generator: self, keys: any, words: Vec::new() };
        match family {
            0..14 => draft.on(&STRINGS).string(),
            14..20 => draft.on(&BITMAPS).bitmap(),
            20..24 => draft.on(&STRINGS).counter(),
            24..34 => draft.on(&HASHES).hash(),
            34..46 => draft.on(&LISTS).list(),
            46..56 => draft.on(&SETS).set(),
            56..70 => draft.on(&SORTED_SETS).sorted_set(),
            70..85 => draft.stream(),
            85..89 => draft.place(),
            89..95 => draft.key(),
            _ => draft.expiry(),
        }
        draft.spoil();
        draft.words
    }
}

impl Draft<'_> {
    fn on(&mut self, keys: &'static [&'static str]) -> &mut Self {
        self.keys = keys;
        self
    }

    fn string(&mut self) {
        match self.pick(24) {
            0..5 => self.word("SET").key_name().text().set_options(),
            5..8 => self.word("GET").key_name(),
            8 => self.one_of(&["INCR", "DECR", "STRLEN", "GETDEL"]).key_name(),
            9 => self.one_of(&["INCRBY", "DECRBY"]).key_name().number(),
            10 => self.word("INCRBYFLOAT").key_name().float(),
            11 => self.word("APPEND").key_name().text(),
            12 => self.one_of(&["GETSET", "SETNX"]).key_name().text(),
            13 => self.word("SETRANGE").key_name().small().text(),
            14 => self.one_of(&["GETRANGE", "SUBSTR"]).key_name().number().number(),
            15 => self.word("GETEX").key_name().getex_options(),
            16 => self.one_of(&["SETEX", "PSETEX"]).key_name().lifetime().text(),
            17 | 18 => self.word("MGET").times(Self::key_name),
            19 => self.one_of(&["MSET", "MSETNX"]).times(|draft| draft.key_name().text()),
            20 => self.word("LCS").key_name().key_name().some_of(&["LEN", "IDX", "WITHMATCHLEN"]),
            21 => self.word("STRLEN").key_name(),
            _ => self.word("SET").key_name().text(),
        };
    }

    fn hash(&mut self) {
        match self.pick(22) {
            0..5 => self.one_of(&["HSET", "HSET", "HMSET"]).key_name().times(|d| d.field().text()),
            5 | 6 => self.one_of(&["HGET", "HEXISTS", "HSTRLEN"]).key_name().field(),
            7 | 8 => self.one_of(&["HMGET", "HDEL"]).key_name().times(Self::field),
            9..12 => self.one_of(&["HGETALL", "HKEYS", "HVALS", "HLEN"]).key_name(),
            12 | 13 => self.word("HINCRBY").key_name().field().number(),
            14 => self.word("HINCRBYFLOAT").key_name().field().float(),
            15 => self.word("HSETNX").key_name().field().text(),
            16 => self.word("HSCAN").key_name().word("0").word("COUNT").word("1000"),
            17 => self.word("HRANDFIELD").key_name().word("0"),
            18 => self
                .word("HSCAN")
                .key_name()
                .one_of(&["0", "x"])
                .one_of(&["COUNT", "FOO"])
                .one_of(&["0", "-1", "x", "", "1000"]),
            _ => self.word("HSET").key_name().times(|draft| draft.field().text()),
        };
    }

    fn list(&mut self) {
        match self.pick(24) {
            0..6 => self
                .one_of(&["LPUSH", "RPUSH", "RPUSH", "LPUSHX", "RPUSHX"])
                .key_name()
                .times(Self::text),
            6 | 7 => self.one_of(&["LPOP", "RPOP"]).key_name(),
            8 => self.one_of(&["LPOP", "RPOP"]).key_name().number(),
            9 => self.word("LLEN").key_name(),
            10 => self.word("LINDEX").key_name().number(),
            11 | 12 => self.word("LRANGE").key_name().number().number(),
            13 => self.word("LINSERT").key_name().one_of(&["BEFORE", "after"]).text().text(),
            14 => self.word("LREM").key_name().number().text(),
            15 => self.word("LSET").key_name().number().text(),
            16 => self.word("LTRIM").key_name().one_of(&["0", "1", "-9"]).number(),
            17 => self.word("LPOS").key_name().text().places(),
            18 => self.one_of(&["RPOPLPUSH", "rpoplpush"]).key_name().key_name(),
            19 => self.word("LMOVE").key_name().key_name().side().side(),
            20 => self.word("LMPOP").word("2").key_name().key_name().side().some_of(&["COUNT"]),
            21 => self.word("LMPOP").word("1").key_name().side().word("COUNT").number(),
            22 => self.one_of(&["BLPOP", "BRPOP"]).key_name().key_name().word("0.001"),
            _ => self.word("BLMOVE").key_name().key_name().side().side().word("0.001"),
        };
    }

    fn side(&mut self) -> &mut Self {
        self.one_of(&["LEFT", "RIGHT", "left", "RIGHT", "LEFT", "up"])
    }

    fn places(&mut self) -> &mut Self {
        for _ in 0..self.pick(3) {
            self.one_of(&["RANK", "COUNT", "MAXLEN"]).one_of(&["0", "1", "-1", "2", "-2", "x"]);
        }
        self
    }

    fn key(&mut self) {
        match self.pick(18) {
            0 | 1 => self.one_of(&["DEL", "UNLINK", "EXISTS", "TOUCH"]).times(Self::key_name),
            2 => self.one_of(&["RENAME", "RENAMENX"]).key_name().key_name(),
            3 | 4 => self.word("COPY").key_name().key_name().some_of(&["REPLACE", "FOO"]),
            5 => self.word("TYPE").key_name(),
            6 => self.word("OBJECT").word("ENCODING").key_name(),
            7 => self.word("KEYS").one_of(&["*", "key:*", "?", "[a-d]", "[^a-d]", "\\a", "x*"]),
            8 => self.word("SCAN").word("0").word("COUNT").word("1000"),
            9 => self
                .word("SCAN")
                .word("0")
                .word("COUNT")
                .word("1000")
                .word("TYPE")
                .one_of(&["string", "hash", "list", "HASH", "set", "zset", "stream"]),
            10 => self.one_of(&["EXISTS", "TYPE", "OBJECT"]),
            11 => self.word("MOVE").key_name().one_of(&["1", "2", "0", "16", "x"]),
            12 => self.word("SELECT").one_of(&["0", "0", "0", "1", "16", "x"]),
            13..17 => self.sort(),
            _ => self.word("EXISTS").key_name(),
        };
    }

    /// SORT, of keys of its own: it turns sorted sets into their large form, which we do not.
    fn sort(&mut self) -> &mut Self {
        match self.pick(10) {
            0 => self.word("RPUSH").one_of(&["l4", "l5"]).times(Self::text),
            1 => self.word("RPUSH").one_of(&["l4", "l5"]).times(Self::digit),
            2 => self.word("SADD").word("s1").times(Self::text),
            3 => self.word("DEL").one_of(&SORTED),
            _ => self.sort_command(),
        }
    }

    /// What has no order is left to chance: so are members of sets that are not to be sorted, and
    /// those of equal weight if weights are compared as text.
    fn sort_command(&mut self) -> &mut Self {
        match self.pick(6) {
            0 => {
                self.word("SORT").one_of(&["l4", "l5", "lex:1"]).word("BY").one_of(&["nosort", "x"])
            }
            1 | 2 => {
                self.word("SORT").one_of(&SORTED).word("BY").one_of(&["key:*", "*->f1", "*->"])
            }
            3 => self.word("SORT").one_of(&SORTED),
            _ => self.one_of(&["SORT", "SORT_RO"]).one_of(&SORTED).word("ALPHA"),
        };
        if self.pick(4) == 0 {
            self.word("LIMIT").one_of(&["0", "1", "-1", "x"]).number();
        }
        for _ in 0..self.pick(3) {
            self.word("GET").one_of(&["#", "key:*", "*->f1", "*", "*->", "a"]);
        }
        let is_by_text = self.words.iter().any(|word| word == b"ALPHA");
        self.some_of(&["ASC", "DESC", "desc", "FOO"]);
        if is_by_text && self.pick(4) == 0 {
            self.word("STORE").one_of(&["l1", "l5"])
        } else {
            self
        }
    }

    fn digit(&mut self) -> &mut Self {
        self.one_of(&["1", "2", "3", "-1.5", "10", "01", "f1"])
    }

    fn expiry(&mut self) {
        match self.pick(12) {
            0..4 => self.one_of(&["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]).key_name(),
            4 | 5 => self.one_of(&["EXPIRE", "PEXPIRE"]).key_name().lifetime().conditions(),
            6..10 => {
                let seconds = FAR + self.generator.random.i64(0..5);
                if self.generator.random.bool() {
                    self.word("EXPIREAT").key_name().word(&seconds.to_string()).conditions()
                } else {
                    self.word("PEXPIREAT").key_name().word(&format!("{seconds}123")).conditions()
                }
            }
            10 => self.word("PERSIST").key_name(),
            _ => self.one_of(&["EXPIRE", "EXPIREAT", "PEXPIREAT"]).key_name().number_of_expiry(),
        };
    }

    fn set_options(&mut self) -> &mut Self {
        for _ in 0..self.pick(4) {
            match self.pick(9) {
                0 => self.word("NX"),
                1 => self.word("XX"),
                2 => self.word("GET"),
                3 => self.word("KEEPTTL"),
                4 => self.word("ex").lifetime(),
                5 => self.word("PX").lifetime(),
                6 => self.word("EXAT").word(&FAR.to_string()),
                7 => self.word("PXAT").word("1"),
                _ => self.word("EX").number_of_expiry(),
            };
        }
        self
    }

    fn getex_options(&mut self) -> &mut Self {
        match self.pick(7) {
            0 => self.word("PERSIST"),
            1 => self.word("EX").lifetime(),
            2 => self.word("PXAT").word(&format!("{FAR}000")),
            3 => self.word("EX").number_of_expiry(),
            4 => self.word("FOO"),
            5 => self.word("PERSIST").word("PX").lifetime(),
            _ => self,
        }
    }

    fn conditions(&mut self) -> &mut Self {
        self.some_of(&["NX", "XX", "GT", "LT"])
    }

    /// Breaks one command in twenty: a word too few or too many. Not those that it would leave to
    /// chance or make wait for long, or that know an option which the oracle does not.
    fn spoil(&mut self) {
        let name = self.words[0].clone();
        let kept: [&[u8]; 3] = [b"SPOP", b"ZRANK", b"ZREVRANK"];
        let waits = [b"BL".as_slice(), b"BR", b"BZ"].iter().any(|it| name.starts_with(it));
        if waits || kept.contains(&name.as_slice()) {
            return;
        }
        match self.pick(40) {
            0 => {
                self.words.pop();
                if self.words.is_empty() {
                    self.word("PING");
                }
            }
            1 => {
                self.text();
            }
            _ => {}
        }
    }

    fn word(&mut self, word: &str) -> &mut Self {
        self.words.push(word.as_bytes().to_vec());
        self
    }

    fn one_of(&mut self, words: &[&str]) -> &mut Self {
        let at = self.generator.random.usize(..words.len());
        self.word(words[at])
    }

    /// None of the words mostly, or one, or two.
    fn some_of(&mut self, words: &[&str]) -> &mut Self {
        for _ in 0..[0, 0, 0, 1, 1, 2][self.pick(6)] {
            self.one_of(words);
        }
        self
    }

    fn times(&mut self, each: impl Fn(&mut Self) -> &mut Self) -> &mut Self {
        for _ in 0..=self.pick(4) {
            each(self);
        }
        self
    }

    fn key_name(&mut self) -> &mut Self {
        let keys: &[&str] = if self.pick(25) == 0 { &KEYS } else { self.keys };
        self.one_of(keys)
    }

    fn field(&mut self) -> &mut Self {
        self.one_of(&FIELDS)
    }

    fn text(&mut self) -> &mut Self {
        if self.pick(20) == 0 {
            let long = "x".repeat(self.generator.random.usize(40..300));
            return self.word(&long);
        }
        self.one_of(&TEXTS)
    }

    fn number(&mut self) -> &mut Self {
        self.one_of(&NUMBERS)
    }

    fn small(&mut self) -> &mut Self {
        self.one_of(&["0", "1", "5", "30", "-1", "x"])
    }

    fn float(&mut self) -> &mut Self {
        self.one_of(&FLOATS)
    }

    /// A number that is refused as an expiry, or lies in the past, or is a day and more.
    fn number_of_expiry(&mut self) -> &mut Self {
        self.one_of(&["0", "-1", "abc", "", "9223372036854775807", "1.5"])
    }

    /// A lifetime of a day and more whether read as seconds or as milliseconds, never the same
    /// twice.
    fn lifetime(&mut self) -> &mut Self {
        self.generator.expiries += 1;
        let lifetime = 100_000_000 + self.generator.expiries * 1_000_000;
        self.word(&lifetime.to_string())
    }

    fn pick(&mut self, below: usize) -> usize {
        self.generator.random.usize(..below)
    }
}
