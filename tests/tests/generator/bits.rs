//! Random commands of the bitmap and HyperLogLog families.

use super::Draft;

const COUNTERS: [&str; 4] = ["hll:1", "hll:2", "hll:3", "hll:4"];
const OFFSETS: [&str; 10] = ["0", "1", "7", "8", "31", "100", "1000", "-1", "x", "4294967296"];
const PLACES: [&str; 12] =
    ["0", "1", "-1", "-2", "2", "5", "100", "-100", "7", "8", "x", "9223372036854775807"];
const TYPES: [&str; 8] = ["u8", "i8", "u1", "i5", "u16", "i64", "u63", "i16"];
const OFFSETS_OF_FIELDS: [&str; 8] = ["0", "1", "8", "#0", "#1", "#3", "100", "31"];
/// Not the least number of 64 bits: Redis 7.0 takes it for too large.
const STEPS: [&str; 8] =
    ["0", "1", "-1", "100", "-100", "255", "9223372036854775807", "-9223372036854"];

impl Draft<'_> {
    pub(super) fn bitmap(&mut self) {
        match self.pick(16) {
            0..3 => self.word("SETBIT").key_name().bit_offset().one_of(&["0", "1", "1", "1", "2"]),
            3 | 4 => self.word("GETBIT").key_name().bit_offset(),
            5 | 6 => self.word("BITCOUNT").key_name().bit_range(),
            7 | 8 => self.word("BITPOS").key_name().one_of(&["0", "1", "1", "2", "x"]).bit_range(),
            9 | 10 => self
                .word("BITOP")
                .one_of(&["AND", "OR", "xor", "XOR", "FOO"])
                .key_name()
                .times(Self::key_name),
            11 => self.word("BITOP").word("NOT").key_name().key_name(),
            12 => self.word("BITFIELD_RO").key_name().times(Self::bits_read),
            _ => self.word("BITFIELD").key_name().times(Self::bits_done),
        };
    }

    pub(super) fn counter(&mut self) {
        match self.pick(8) {
            0..4 => self.word("PFADD").counter_key().times(Self::observed),
            4 | 5 => self.word("PFCOUNT").times(Self::counter_key),
            6 => self.word("PFMERGE").counter_key().times(Self::counter_key),
            _ => self.one_of(&["PFADD", "STRLEN", "GET"]).counter_key(),
        };
    }

    fn bits_done(&mut self) -> &mut Self {
        match self.pick(8) {
            0 => self.word("OVERFLOW").one_of(&["WRAP", "SAT", "SAT", "fail", "FAIL", "FOO"]),
            1..4 => self.word("SET").bits().one_of(&STEPS),
            4..7 => self.word("INCRBY").bits().one_of(&STEPS),
            _ => self.bits_read(),
        }
    }

    fn bits_read(&mut self) -> &mut Self {
        let name = if self.pick(40) == 0 { "FOO" } else { "GET" };
        self.word(name).bits()
    }

    /// A type and an offset.
    fn bits(&mut self) -> &mut Self {
        match self.pick(40) {
            0 => self.one_of(&["u64", "i65", "x", ""]).word("0"),
            1 => self.word("u8").one_of(&["-1", "#x", "x", "#-1", "4294967296"]),
            _ => self.one_of(&TYPES).one_of(&OFFSETS_OF_FIELDS),
        }
    }

    fn bit_offset(&mut self) -> &mut Self {
        self.one_of(&OFFSETS)
    }

    fn bit_range(&mut self) -> &mut Self {
        match self.pick(5) {
            0 => self,
            1 => self.one_of(&PLACES),
            2 => self.one_of(&PLACES).one_of(&PLACES).one_of(&["BYTE", "bit", "BIT", "FOO"]),
            _ => self.one_of(&PLACES).one_of(&PLACES),
        }
    }

    fn counter_key(&mut self) -> &mut Self {
        if self.pick(20) == 0 { self.key_name() } else { self.one_of(&COUNTERS) }
    }

    /// One of a few, or of so many that the dense form is reached.
    fn observed(&mut self) -> &mut Self {
        if self.pick(3) == 0 {
            return self.member();
        }
        let observed = self.generator.random.u32(..).to_string();
        self.word(&observed)
    }
}
