//! Random commands of the geo family.
//!
//! Places are searched for only under keys of their own, where no two lie at the same spot: which
//! of two equally far places comes first, or at all, is left to chance.

use super::Draft;

const MAPS: [&str; 3] = ["geo:1", "geo:2", "geo:3"];
const UNITS: [&str; 5] = ["m", "km", "KM", "ft", "mi"];

impl Draft<'_> {
    pub(super) fn place(&mut self) {
        match self.pick(16) {
            0..5 => self.word("GEOADD").map().times(|draft| draft.spot().place_name()),
            5 => self
                .word("GEOADD")
                .map()
                .some_of(&["NX", "XX", "CH", "ch"])
                .times(|draft| draft.spot().place_name()),
            6 => self.one_of(&["GEOPOS", "GEOHASH"]).map_or_other().times(Self::place_name),
            7 | 8 => self.word("GEODIST").map_or_other().place_name().place_name().unit_maybe(),
            9..12 => self.word("GEOSEARCH").map().around().within().search_options(),
            12 => self
                .word("GEOSEARCHSTORE")
                .one_of(&MAPS)
                .one_of(&MAPS)
                .around()
                .within()
                .search_options(),
            13 => self
                .word("GEOSEARCHSTORE")
                .word("geo:distances")
                .one_of(&MAPS)
                .around()
                .within()
                .word("STOREDIST"),
            14 => self
                .one_of(&["GEORADIUS", "GEORADIUS_RO"])
                .map()
                .spot()
                .distance()
                .unit()
                .search_options(),
            _ => self
                .one_of(&["GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"])
                .map()
                .place_name()
                .distance()
                .unit()
                .search_options(),
        };
    }

    fn map(&mut self) -> &mut Self {
        self.one_of(&MAPS)
    }

    fn map_or_other(&mut self) -> &mut Self {
        if self.pick(8) == 0 { self.key_name() } else { self.map() }
    }

    fn around(&mut self) -> &mut Self {
        match self.pick(2) {
            0 => self.word("FROMLONLAT").spot(),
            _ => self.word("FROMMEMBER").place_name(),
        }
    }

    fn within(&mut self) -> &mut Self {
        match self.pick(2) {
            0 => self.word("BYRADIUS").distance().unit(),
            _ => self.word("BYBOX").distance().distance().unit(),
        }
    }

    fn search_options(&mut self) -> &mut Self {
        self.some_of(&["ASC", "DESC", "WITHDIST", "WITHCOORD", "WITHHASH"]);
        match self.pick(20) {
            0 => self.word("FOO"),
            1 => self.word("COUNT").one_of(&["0", "-1", "x"]),
            2..7 => self.word("COUNT").one_of(&["1", "2", "3", "100"]),
            _ => self,
        }
    }

    /// A spot that no other has, or one that is none.
    fn spot(&mut self) -> &mut Self {
        let random = &mut self.generator.random;
        let (longitude, latitude) = match random.u8(0..40) {
            0 => (200.0, 10.0),
            1 => (10.0, -86.0),
            2..24 => (10.0 + random.f64(), 50.0 + random.f64()),
            _ => (random.f64() * 360.0 - 180.0, random.f64() * 168.0 - 84.0),
        };
        self.word(&format!("{longitude:.7}")).word(&format!("{latitude:.7}"))
    }

    fn distance(&mut self) -> &mut Self {
        match self.pick(30) {
            0 => self.one_of(&["-1", "x"]),
            _ => self.one_of(&["0", "1", "10", "50", "100.5", "1000", "5000", "20000000"]),
        }
    }

    fn unit(&mut self) -> &mut Self {
        if self.pick(30) == 0 { self.word("parsec") } else { self.one_of(&UNITS) }
    }

    fn unit_maybe(&mut self) -> &mut Self {
        if self.pick(2) == 0 { self.unit() } else { self }
    }

    fn place_name(&mut self) -> &mut Self {
        self.one_of(&["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", ""])
    }
}
