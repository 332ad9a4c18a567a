//! What happened to a key, as keyspace notifications name it.

/// An event: its name and the class that `notify-keyspace-events` selects it by.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// The name that subscribers see.
    pub name: &'static str,
    /// The letter of its class.
    pub class: u8,
}

impl Event {
    const fn new(name: &'static str, class: u8) -> Self {
        Self { name, class }
    }
}

const GENERIC: u8 = b'g';
const STRING: u8 = b'$';
const HASH: u8 = b'h';
const LIST: u8 = b'l';
const SET: u8 = b's';
const SORTED_SET: u8 = b'z';
const STREAM: u8 = b't';

/// The events of keys whatever their type.
#[expect(missing_docs, reason = "the names say it all")]
pub mod generic {
    use super::{Event, GENERIC};
    pub static DEL: Event = Event::new("del", GENERIC);
    pub static EXPIRE: Event = Event::new("expire", GENERIC);
    pub static PERSIST: Event = Event::new("persist", GENERIC);
    pub static RENAME_FROM: Event = Event::new("rename_from", GENERIC);
    pub static RENAME_TO: Event = Event::new("rename_to", GENERIC);
    pub static MOVE_FROM: Event = Event::new("move_from", GENERIC);
    pub static MOVE_TO: Event = Event::new("move_to", GENERIC);
    pub static COPY_TO: Event = Event::new("copy_to", GENERIC);
    pub static RESTORE: Event = Event::new("restore", GENERIC);
    pub static EXPIRED: Event = Event::new("expired", b'x');
    pub static EVICTED: Event = Event::new("evicted", b'e');
    pub static NEW: Event = Event::new("new", b'n');
    pub static KEYMISS: Event = Event::new("keymiss", b'm');
}

/// The events of strings.
#[expect(missing_docs, reason = "the names say it all")]
pub mod string {
    use super::{Event, STRING};
    pub static SET: Event = Event::new("set", STRING);
    pub static APPEND: Event = Event::new("append", STRING);
    pub static PFADD: Event = Event::new("pfadd", STRING);
    pub static SETBIT: Event = Event::new("setbit", STRING);
    pub static SETRANGE: Event = Event::new("setrange", STRING);
    pub static INCRBY: Event = Event::new("incrby", STRING);
    pub static INCRBYFLOAT: Event = Event::new("incrbyfloat", STRING);
}

/// The events of hashes.
#[expect(missing_docs, reason = "the names say it all")]
pub mod hash {
    use super::{Event, HASH};
    pub static HSET: Event = Event::new("hset", HASH);
    pub static HDEL: Event = Event::new("hdel", HASH);
    pub static HINCRBY: Event = Event::new("hincrby", HASH);
    pub static HINCRBYFLOAT: Event = Event::new("hincrbyfloat", HASH);
    pub static HEXPIRE: Event = Event::new("hexpire", HASH);
    pub static HEXPIRED: Event = Event::new("hexpired", HASH);
    pub static HPERSIST: Event = Event::new("hpersist", HASH);
}

/// The events of lists.
#[expect(missing_docs, reason = "the names say it all")]
pub mod list {
    use super::{Event, LIST};
    pub static LPUSH: Event = Event::new("lpush", LIST);
    pub static RPUSH: Event = Event::new("rpush", LIST);
    pub static LPOP: Event = Event::new("lpop", LIST);
    pub static RPOP: Event = Event::new("rpop", LIST);
    pub static LINSERT: Event = Event::new("linsert", LIST);
    pub static LSET: Event = Event::new("lset", LIST);
    pub static LTRIM: Event = Event::new("ltrim", LIST);
    pub static LREM: Event = Event::new("lrem", LIST);
    pub static SORTSTORE: Event = Event::new("sortstore", LIST);
}

/// The events of sets.
#[expect(missing_docs, reason = "the names say it all")]
pub mod set {
    use super::{Event, SET};
    pub static SADD: Event = Event::new("sadd", SET);
    pub static SREM: Event = Event::new("srem", SET);
    pub static SPOP: Event = Event::new("spop", SET);
    pub static SINTERSTORE: Event = Event::new("sinterstore", SET);
    pub static SUNIONSTORE: Event = Event::new("sunionstore", SET);
    pub static SDIFFSTORE: Event = Event::new("sdiffstore", SET);
    pub static SEXPIRE: Event = Event::new("sexpire", SET);
    pub static SEXPIRED: Event = Event::new("sexpired", SET);
    pub static SPERSIST: Event = Event::new("spersist", SET);
}

/// The events of sorted sets.
#[expect(missing_docs, reason = "the names say it all")]
pub mod sorted_set {
    use super::{Event, SORTED_SET};
    pub static ZADD: Event = Event::new("zadd", SORTED_SET);
    pub static ZINCR: Event = Event::new("zincr", SORTED_SET);
    pub static ZREM: Event = Event::new("zrem", SORTED_SET);
    pub static ZREMRANGEBYRANK: Event = Event::new("zremrangebyrank", SORTED_SET);
    pub static ZREMRANGEBYSCORE: Event = Event::new("zremrangebyscore", SORTED_SET);
    pub static ZREMRANGEBYLEX: Event = Event::new("zremrangebylex", SORTED_SET);
    pub static ZPOPMIN: Event = Event::new("zpopmin", SORTED_SET);
    pub static ZPOPMAX: Event = Event::new("zpopmax", SORTED_SET);
    pub static ZRANGESTORE: Event = Event::new("zrangestore", SORTED_SET);
    pub static ZUNIONSTORE: Event = Event::new("zunionstore", SORTED_SET);
    pub static ZINTERSTORE: Event = Event::new("zinterstore", SORTED_SET);
    pub static ZDIFFSTORE: Event = Event::new("zdiffstore", SORTED_SET);
    pub static ZEXPIRE: Event = Event::new("zexpire", SORTED_SET);
    pub static ZEXPIRED: Event = Event::new("zexpired", SORTED_SET);
    pub static ZPERSIST: Event = Event::new("zpersist", SORTED_SET);
    pub static GEOSEARCHSTORE: Event = Event::new("geosearchstore", SORTED_SET);
    pub static GEORADIUSSTORE: Event = Event::new("georadiusstore", SORTED_SET);
}

/// The events of streams.
#[expect(missing_docs, reason = "the names say it all")]
pub mod stream {
    use super::{Event, STREAM};
    pub static XADD: Event = Event::new("xadd", STREAM);
    pub static XTRIM: Event = Event::new("xtrim", STREAM);
    pub static XDEL: Event = Event::new("xdel", STREAM);
    pub static XSETID: Event = Event::new("xsetid", STREAM);
    /// Only who waits is told.
    pub static XNACK: Event = Event::new("xnack", 0);
    pub static XGROUP_CREATE: Event = Event::new("xgroup-create", STREAM);
    pub static XGROUP_SETID: Event = Event::new("xgroup-setid", STREAM);
    pub static XGROUP_DESTROY: Event = Event::new("xgroup-destroy", STREAM);
    pub static XGROUP_CREATECONSUMER: Event = Event::new("xgroup-createconsumer", STREAM);
    pub static XGROUP_DELCONSUMER: Event = Event::new("xgroup-delconsumer", STREAM);
}
