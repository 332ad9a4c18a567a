//! Where versions of Redis contradict one another, and which of them is followed.
//!
//! The one place that compares versions: a body asks a named question (`ctx.limits.follows`), so
//! that what differs can be read here as a list, each with the version that brought it. Additions
//! of newer versions that contradict no older answer are no questions: all are given them.
//!
//! Not here: which version that is (the setting `redis-version`), what is stored or written to
//! files, which is the same whoever is followed.

use config::settings::RedisVersion;

/// The Redis that is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Follows(RedisVersion);

impl Follows {
    /// Who is followed when records of a log are replayed: the oldest, since newer versions refuse
    /// what older ones accepted, and not the other way round.
    pub const OF_RECORDS: Self = Self(RedisVersion::OLDEST);

    /// Follows this version.
    pub const fn of(version: RedisVersion) -> Self {
        Self(version)
    }

    /// 7.2: OBJECT ENCODING has the name `listpack` for small sets that are not all integers, and
    /// for lists of one listpack. Before, such sets are named `hashtable`, lists `quicklist`.
    pub fn names_listpacks(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.2: BITCOUNT and BITPOS refuse a range that makes no sense whatever the key holds. Before,
    /// they say nothing of it if there is no such key, and of WRONGTYPE first.
    pub fn checks_bit_ranges_first(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.2: a request for streams that waits is run again when something happens to a key: one that
    /// lost its group or its stream is told what one that came just now would be, and one without
    /// COUNT gets all there is. Before, it has words of its own for that, and gets 1000 entries.
    pub fn reruns_waiting_reads(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.2: XREADGROUP, XCLAIM and XAUTOCLAIM make their consumer, and note that it was seen, even
    /// if there is nothing for it. Before, they do so when they give it something.
    pub fn makes_idle_consumers(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.2: what says that a key or an id is missing behind STREAMS names the command.
    pub fn names_readers_of_streams(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.4: of XREAD it says that the id may be `+`.
    pub fn names_the_last_id(self) -> bool {
        self.0 >= V7_4
    }

    /// 7.2: XSETID refuses an id below that of an entry that was deleted.
    pub fn keeps_last_ids_above_deleted_ones(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.2: scripts may call commands that wait, which find nothing at once there, as in a
    /// transaction. Before, such commands are not for scripts.
    pub fn lets_scripts_ask_to_wait(self) -> bool {
        self.0 >= V7_2
    }

    /// 7.2: TIME stands still while a script or a transaction runs, as the time of expiry does in
    /// all versions.
    pub fn stops_time_in_scripts(self) -> bool {
        self.0 >= V7_2
    }

    /// Up to 7.0: a client with tracking that runs a script which reads anything tracks all keys
    /// that the script declares. Since 7.2, those that the script reads.
    pub fn tracks_declared_keys(self) -> bool {
        self.0 < V7_2
    }

    /// 7.4: CLIENT LIST and CLIENT INFO show how many keys a client watches.
    pub fn shows_watched_keys(self) -> bool {
        self.0 >= V7_4
    }

    /// 8.0: GETRANGE has nothing between a start and an end that lies before the first byte.
    /// Before, such an end is the first byte.
    pub fn ranges_may_end_before_the_start(self) -> bool {
        self.0 >= V8_0
    }

    /// 8.0: SCAN with TYPE refuses a type that there is not, and passes over keys of other types
    /// before it asks whether they have expired. Before, it finds no key of such a type, and
    /// removes expired keys of any.
    pub fn scans_one_type(self) -> bool {
        self.0 >= V8_0
    }
}

const V7_2: RedisVersion = RedisVersion::new(7, 2, 0);
const V7_4: RedisVersion = RedisVersion::new(7, 4, 0);
const V8_0: RedisVersion = RedisVersion::new(8, 0, 0);
