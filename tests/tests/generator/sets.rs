//! Random commands of the set and sorted set families.

use super::Draft;

const MEMBERS: [&str; 20] = [
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "1",
    "2",
    "3",
    "4",
    "5",
    "-7",
    "300",
    "70000",
    "5000000000",
    "01",
    "",
    "x\n",
    "member:1",
    "member:2",
];
/// Not -0, nor weights that make one: whether a set shows it so depends on how it was built.
const SCORES: [&str; 25] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "1.5",
    "-2.25",
    "0.1",
    "1e3",
    "1e17",
    "123456789012345678",
    "1700000000123",
    "inf",
    "-inf",
    "+inf",
    "3.0",
    "1e-7",
    "0x10",
    "1e300",
    "nan",
    "abc",
    "",
    " 1",
    "1e999",
    "(1",
];
const BOUNDS: [&str; 16] = [
    "-inf", "+inf", "0", "1", "(1", "(0", "3", "(3", "1.5", "", "(", " 2", "abc", "nan", "1e999",
    "(inf",
];
const LEX_BOUNDS: [&str; 12] =
    ["-", "+", "[a", "(a", "[c", "(c", "[", "(", "(member", "a", "", "++"];
const INDEXES: [&str; 10] = ["0", "1", "-1", "-2", "2", "5", "100", "-100", "x", ""];
const COUNTS: [&str; 9] = ["0", "1", "2", "3", "100", "-1", "x", "", "9223372036854775808"];

impl Draft<'_> {
    pub(super) fn set(&mut self) {
        match self.pick(22) {
            0..6 => self.word("SADD").key_name().times(Self::member),
            6 => self.word("SREM").key_name().times(Self::member),
            7 => self.word("SISMEMBER").key_name().member(),
            8 => self.word("SMISMEMBER").key_name().times(Self::member),
            9 => self.one_of(&["SMEMBERS", "SCARD"]).key_name(),
            10 => self.word("SMOVE").key_name().key_name().member(),
            11 => self.one_of(&["SINTER", "SUNION", "SDIFF"]).times(Self::key_name),
            12 | 13 => self
                .one_of(&["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"])
                .key_name()
                .times(Self::key_name),
            14 => self.word("SINTERCARD").counted_keys().set_limit(),
            15 => self.word("SSCAN").key_name().word("0").word("COUNT").word("1000"),
            16 => self.one_of(&["SPOP", "SRANDMEMBER"]).key_name().one_of(&["0", "x", "1000"]),
            17 => self.word("SPOP").key_name().word("1000"),
            18 => self
                .word("SSCAN")
                .key_name()
                .one_of(&["0", "x"])
                .one_of(&["COUNT", "FOO"])
                .one_of(&["0", "-1", "x", "", "1000"]),
            _ => self.word("SADD").key_name().times(Self::member),
        };
    }

    pub(super) fn sorted_set(&mut self) {
        match self.pick(30) {
            0..7 => self.word("ZADD").key_name().times(|draft| draft.score().member()),
            7 | 8 => self.word("ZADD").key_name().add_options().times(|it| it.score().member()),
            9 => self.word("ZINCRBY").key_name().score().member(),
            10 => self.word("ZREM").key_name().times(Self::member),
            11 => self.one_of(&["ZSCORE", "ZRANK", "ZREVRANK"]).key_name().member(),
            12 => self.word("ZMSCORE").key_name().times(Self::member),
            13 => self.word("ZCARD").key_name(),
            14 => self.word("ZCOUNT").key_name().bound().bound(),
            15 => self.on_one_score(),
            16 | 17 => self.one_of(&["ZRANGE", "ZREVRANGE"]).key_name().index().index().some_of(&[
                "WITHSCORES",
                "REV",
                "FOO",
            ]),
            18 => self
                .one_of(&["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"])
                .key_name()
                .bound()
                .bound()
                .some_of(&["WITHSCORES"])
                .limits(),
            19 => self.on_one_score(),
            20 | 21 => self.range_command(),
            22 => match self.pick(2) {
                0 => self.word("ZREMRANGEBYRANK").key_name().index().index(),
                _ => self.word("ZREMRANGEBYSCORE").key_name().bound().bound(),
            },
            23 => self.one_of(&["ZPOPMIN", "ZPOPMAX"]).key_name(),
            24 => self.one_of(&["ZPOPMIN", "ZPOPMAX"]).key_name().count(),
            25 => self.pop_of_several(),
            26 | 27 => self.algebra_of_sorted_sets(),
            28 => self.word("ZSCAN").key_name().word("0").word("COUNT").word("1000"),
            _ => self.word("ZRANDMEMBER").key_name().one_of(&["0", "x"]),
        };
    }

    /// Commands about the order of bytes, on keys whose members all have the score 0: with others
    /// there is no such order, and anything may be answered.
    fn on_one_score(&mut self) -> &mut Self {
        let key = ["lex:1", "lex:2"][self.pick(2)];
        match self.pick(7) {
            0 | 1 => self.word("ZADD").word(key).times(|draft| draft.word("0").member()),
            2 => self.word("ZLEXCOUNT").word(key).lex_bound().lex_bound(),
            3 => self
                .one_of(&["ZRANGEBYLEX", "ZREVRANGEBYLEX"])
                .word(key)
                .lex_bound()
                .lex_bound()
                .limits(),
            4 => self.word("ZREMRANGEBYLEX").word(key).lex_bound().lex_bound(),
            5 => self
                .word("ZRANGE")
                .word(key)
                .lex_bound()
                .lex_bound()
                .word("BYLEX")
                .some_of(&["REV", "WITHSCORES"])
                .limits(),
            _ => self
                .word("ZRANGESTORE")
                .word("lex:2")
                .word(key)
                .lex_bound()
                .lex_bound()
                .word("BYLEX")
                .some_of(&["REV"])
                .limits(),
        }
    }

    /// ZRANGE and ZRANGESTORE with all that they may be given.
    fn range_command(&mut self) -> &mut Self {
        match self.pick(2) {
            0 => self.word("ZRANGE").key_name(),
            _ => self.word("ZRANGESTORE").key_name().key_name(),
        };
        match self.pick(2) {
            0 => self.index().index(),
            _ => self.bound().bound().word("BYSCORE"),
        };
        self.some_of(&["REV", "WITHSCORES"]).limits()
    }

    fn pop_of_several(&mut self) -> &mut Self {
        match self.pick(3) {
            0 => self.word("ZMPOP").counted_keys().one_of(&["MIN", "MAX", "MAX", "FOO"]),
            1 => self.word("ZMPOP").counted_keys().one_of(&["MIN", "MAX"]).word("COUNT").count(),
            _ => self
                .one_of(&["BZPOPMIN", "BZPOPMAX"])
                .times(Self::key_name)
                .one_of(&["0.001", "0.001", "x", "-1"]),
        }
    }

    fn algebra_of_sorted_sets(&mut self) -> &mut Self {
        match self.pick(5) {
            0 => self.one_of(&["ZUNION", "ZINTER"]).counted_keys().weights().aggregate(),
            1 => self
                .one_of(&["ZUNIONSTORE", "ZINTERSTORE"])
                .key_name()
                .counted_keys()
                .weights()
                .aggregate(),
            2 => self.word("ZDIFF").counted_keys().some_of(&["WITHSCORES", "FOO"]),
            3 => self.word("ZDIFFSTORE").key_name().counted_keys(),
            _ => self.word("ZINTERCARD").counted_keys().set_limit(),
        }
    }

    fn add_options(&mut self) -> &mut Self {
        self.some_of(&["NX", "XX", "GT", "LT"]).some_of(&["CH", "INCR", "ch"])
    }

    /// A number of keys, mostly right, and keys.
    fn counted_keys(&mut self) -> &mut Self {
        let count = 1 + self.pick(3);
        match self.pick(15) {
            0 => self.one_of(&["0", "-1", "x", "7"]),
            _ => self.word(&count.to_string()),
        };
        for _ in 0..count {
            self.key_name();
        }
        self
    }

    fn weights(&mut self) -> &mut Self {
        if self.pick(3) > 0 {
            return self;
        }
        self.word("WEIGHTS");
        for _ in 0..=self.pick(3) {
            self.one_of(&["1", "2", "0.5", "3", "1e2", "inf", "x"]);
        }
        self
    }

    fn aggregate(&mut self) -> &mut Self {
        if self.pick(3) == 0 {
            self.word("AGGREGATE").one_of(&["SUM", "MIN", "max", "AVG"]);
        }
        self.some_of(&["WITHSCORES"])
    }

    fn limits(&mut self) -> &mut Self {
        if self.pick(3) == 0 {
            self.word("LIMIT").one_of(&["0", "1", "2", "-1", "x"]).count();
        }
        self
    }

    fn set_limit(&mut self) -> &mut Self {
        if self.pick(3) == 0 {
            self.word("LIMIT").count();
        }
        self
    }

    pub(super) fn member(&mut self) -> &mut Self {
        if self.pick(40) == 0 {
            let long = "y".repeat(60 + self.pick(10));
            return self.word(&long);
        }
        self.one_of(&MEMBERS)
    }

    fn score(&mut self) -> &mut Self {
        self.one_of(&SCORES)
    }

    fn bound(&mut self) -> &mut Self {
        self.one_of(&BOUNDS)
    }

    fn lex_bound(&mut self) -> &mut Self {
        self.one_of(&LEX_BOUNDS)
    }

    fn index(&mut self) -> &mut Self {
        self.one_of(&INDEXES)
    }

    pub(super) fn count(&mut self) -> &mut Self {
        self.one_of(&COUNTS)
    }
}
