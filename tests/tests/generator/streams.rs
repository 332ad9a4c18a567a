//! Random commands of the stream family.
//!
//! No identifier is left to the clock, and nothing depends on how long ago an entry was delivered:
//! a time without a delivery is asked for only as none at all or as more than a run can last.

use super::Draft;

const STREAMS: [&str; 3] = ["x1", "x2", "x3"];
const BOUNDS: [&str; 12] = ["-", "+", "0", "5", "20", "(5", "(20", "3-1", "(3-1", "(", "x", "1-x"];
const GROUPS: [&str; 6] = ["g1", "g1", "g1", "g1", "g2", "g3"];
const CONSUMERS: [&str; 4] = ["c1", "c2", "c3", ""];
const IDLE_TIMES: [&str; 4] = ["0", "0", "0", "100000000"];

impl Draft<'_> {
    pub(super) fn stream(&mut self) {
        match self.pick(40) {
            0..10 => self.word("XADD").stream_key().new_id().times(|d| d.field().text()),
            10 => self
                .word("XADD")
                .stream_key()
                .some_of(&["NOMKSTREAM"])
                .trim_maybe()
                .new_id()
                .times(|draft| draft.field().text()),
            11 => self.word("XLEN").stream_key(),
            12 | 13 => self.one_of(&["XRANGE", "XREVRANGE"]).stream_key().ends().count_maybe(),
            14 => self.word("XDEL").stream_key().times(Self::entry_id),
            15 => self.word("XTRIM").stream_key().trim(),
            16 | 17 => self.word("XREAD").count_maybe().block_maybe().streams(false),
            18..21 => self.stream_group(),
            21..26 => self
                .word("XREADGROUP")
                .word("GROUP")
                .group()
                .consumer()
                .count_maybe()
                .block_maybe()
                .some_of(&["NOACK"])
                .streams(true),
            26..29 => self.word("XACK").stream_key().group().times(Self::entry_id),
            29 => self.word("XPENDING").stream_key().group(),
            30 | 31 => self.pending(),
            32 | 33 => self
                .word("XCLAIM")
                .stream_key()
                .group()
                .consumer()
                .one_of(&IDLE_TIMES)
                .times(Self::entry_id)
                .claim_options(),
            34 | 35 => self
                .word("XAUTOCLAIM")
                .stream_key()
                .group()
                .consumer()
                .one_of(&IDLE_TIMES)
                .one_of(&["-", "0", "0", "5", "(5", "+", "x"])
                .count_maybe()
                .some_of(&["JUSTID"]),
            36 => self.word("XINFO").word("STREAM").stream_key().full_maybe(),
            37 => self.word("XINFO").word("GROUPS").stream_key(),
            38 => self.word("XINFO").word("CONSUMERS").stream_key().group(),
            _ => self.set_id(),
        };
    }

    fn stream_group(&mut self) -> &mut Self {
        self.word("XGROUP");
        match self.pick(20) {
            0..9 => self.word("CREATE").stream_key().group().start().some_of(&["MKSTREAM"]),
            9..15 => self.word("CREATE").stream_key().word("g1").word("0").word("MKSTREAM"),
            15 => self.word("CREATE").stream_key().group().start().word("ENTRIESREAD").count(),
            16 => self.word("SETID").stream_key().group().start(),
            17 => self.word("CREATECONSUMER").stream_key().group().consumer(),
            18 => self.word("DELCONSUMER").stream_key().group().consumer(),
            _ => self.word("DESTROY").stream_key().group(),
        }
    }

    /// XPENDING with a range.
    fn pending(&mut self) -> &mut Self {
        self.word("XPENDING").stream_key().group();
        if self.pick(4) == 0 {
            self.word("IDLE").one_of(&IDLE_TIMES);
        }
        self.ends().count();
        if self.pick(3) == 0 { self.consumer() } else { self }
    }

    fn set_id(&mut self) -> &mut Self {
        self.word("XSETID").stream_key().new_id();
        match self.pick(3) {
            0 => self.word("ENTRIESADDED").count().word("MAXDELETEDID").entry_id(),
            1 => self.word("ENTRIESADDED").count(),
            _ => self,
        }
    }

    fn claim_options(&mut self) -> &mut Self {
        match self.pick(8) {
            0 => self.word("IDLE").one_of(&["0", "-1", "x"]),
            1 => self.word("RETRYCOUNT").one_of(&["0", "1", "7", "-1", "x"]),
            2 => self.word("LASTID").entry_id(),
            3 => self.word("FORCE"),
            4 => self.word("JUSTID"),
            5 => self.word("FORCE").word("JUSTID"),
            _ => self,
        }
    }

    fn streams(&mut self, in_group: bool) -> &mut Self {
        let count = 1 + self.pick(2);
        self.word("STREAMS");
        for _ in 0..count {
            self.stream_key();
        }
        for _ in 0..count {
            match self.pick(6) {
                0 => self.entry_id(),
                1 => self.one_of(&["$", ">", ">", "x"]),
                2 => self.word("0"),
                _ if in_group => self.word(">"),
                _ => self.word("5"),
            };
        }
        self
    }

    fn trim_maybe(&mut self) -> &mut Self {
        if self.pick(2) == 0 { self.trim() } else { self }
    }

    fn trim(&mut self) -> &mut Self {
        match self.pick(2) {
            0 => self.word("MAXLEN").exactness().one_of(&["0", "1", "5", "20", "20", "-1", "x"]),
            _ => self.word("MINID").exactness().entry_id(),
        }
    }

    fn exactness(&mut self) -> &mut Self {
        match self.pick(4) {
            0 => self.word("="),
            1 | 2 => self.word("~"),
            _ => self,
        }
    }

    fn stream_key(&mut self) -> &mut Self {
        if self.pick(15) == 0 { self.key_name() } else { self.one_of(&STREAMS) }
    }

    /// An identifier that mostly comes after all there are.
    fn new_id(&mut self) -> &mut Self {
        if self.pick(12) == 0 {
            return self.one_of(&["0-0", "0", "3-1", "x", "1-x", "18446744073709551616-0", "0-*"]);
        }
        self.generator.entries += u64::from(self.generator.random.u8(0..3));
        let millis = self.generator.entries;
        let id = match self.pick(3) {
            0 => format!("{millis}-*"),
            1 => format!("{millis}-{}", self.pick(4)),
            _ => format!("{}", millis + 1),
        };
        self.word(&id)
    }

    /// An identifier that may be that of an entry.
    fn entry_id(&mut self) -> &mut Self {
        if self.pick(15) == 0 {
            return self.one_of(&["0", "x", "1-x", "99999999-0"]);
        }
        let millis = self.generator.entries.saturating_sub(self.generator.random.u64(0..30));
        let id = format!("{millis}-{}", self.pick(2));
        self.word(&id)
    }

    fn ends(&mut self) -> &mut Self {
        match self.pick(4) {
            0 | 1 => self.word("-").word("+"),
            2 => self.one_of(&BOUNDS).one_of(&BOUNDS),
            _ => self.entry_id().word("+"),
        }
    }

    /// Where a group begins.
    fn start(&mut self) -> &mut Self {
        match self.pick(3) {
            0 => self.one_of(&["$", "$", "0", "x"]),
            1 => self.word("0"),
            _ => self.entry_id(),
        }
    }

    fn count_maybe(&mut self) -> &mut Self {
        if self.pick(3) == 0 {
            self.word("COUNT").one_of(&["1", "2", "3", "10", "100", "1", "2", "0", "-1", "x"]);
        }
        self
    }

    fn block_maybe(&mut self) -> &mut Self {
        if self.pick(6) == 0 { self.word("BLOCK").one_of(&["1", "1", "-1", "x"]) } else { self }
    }

    fn full_maybe(&mut self) -> &mut Self {
        match self.pick(3) {
            0 => self.word("FULL").word("COUNT").one_of(&["0", "1", "3", "x"]),
            1 => self.word("FULL"),
            _ => self,
        }
    }

    fn group(&mut self) -> &mut Self {
        self.one_of(&GROUPS)
    }

    fn consumer(&mut self) -> &mut Self {
        self.one_of(&CONSUMERS)
    }
}
