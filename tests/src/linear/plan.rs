//! What clients do, drawn from a seed: short, on few keys, so that they meet.
//!
//! Values are never repeated, so that a reply tells whose write it saw. Must be true: the same seed
//! and number give the same plan, so that a failure can be run again.

use fastrand::Rng;

use super::{Act, Request, Script, Word, is_waiting, request};

/// Keys that a history has.
pub const KEYS: usize = 5;

/// What is sent at once.
pub type Pipeline = Vec<Act>;

/// What a client does: one pipeline after the other, each once the one before is answered.
pub type Program = Vec<Pipeline>;

/// Requests with places to fill in: `k` a key, `v` a new value, `f` a field, `m` a member, `s` a
/// side, `t` a timeout, `p` a time to live. Each is as likely as the others.
const SHAPES: &[&str] = &[
    "GET k",
    "GET k",
    "SET k v",
    "SET k v",
    "SET k v PX p",
    "SET k v NX",
    "GETDEL k",
    "APPEND k v",
    "INCR k",
    "INCR k",
    "MGET k k k",
    "MSET k v k v",
    "MSETNX k v k v",
    "DEL k k",
    "EXISTS k k k",
    "PERSIST k",
    "RENAME k k",
    "RENAMENX k k",
    "COPY k k",
    "COPY k k REPLACE",
    "RPUSH k v",
    "RPUSH k v v",
    "LPUSH k v",
    "LPOP k",
    "RPOP k",
    "LLEN k",
    "LRANGE k 0 -1",
    "LMOVE k k s s",
    "BLPOP k k t",
    "BRPOP k t",
    "BLMOVE k k s s t",
    "HSET k f v",
    "HGET k f",
    "HDEL k f",
    "HINCRBY k f 1",
    "HGETALL k",
    "SADD k m m",
    "SADD k m",
    "SREM k m m",
    "SMOVE k k m",
    "SMEMBERS k",
    "SINTER k k",
    "SUNIONSTORE k k k",
    "ZADD k 1 m 2 m",
    "ZADD k 3 m",
    "ZINCRBY k 1 m",
    "ZREM k m",
    "ZPOPMIN k",
    "ZRANGE k 0 -1",
    "BZPOPMIN k k t",
    "KEYS pattern",
    "FLUSHDB",
];

/// Draws plans.
pub struct Planner {
    random: Rng,
    values: usize,
    /// Shapes of this history: few, so that its requests have to do with one another.
    shapes: Vec<&'static str>,
    keys: usize,
}

impl Planner {
    /// For history `number` of a run.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut random = Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let keys = random.usize(1..=KEYS);
        let count = random.usize(4..=12);
        let shapes = (0..count).map(|_| SHAPES[random.usize(..SHAPES.len())]).collect();
        Self { random, values: 0, shapes, keys }
    }

    /// What so many clients do, with at most so many requests each.
    pub fn programs(&mut self, clients: usize, acts_max: usize) -> Vec<Program> {
        (0..clients).map(|_| self.program(acts_max)).collect()
    }

    fn program(&mut self, acts_max: usize) -> Program {
        let mut program = Program::new();
        let mut left = self.random.usize(2..=acts_max);
        while left > 0 {
            if self.random.u8(..) < 40 && left >= 3 {
                program.extend(self.optimistic());
                left -= 3;
                continue;
            }
            let depth =
                if self.random.u8(..) < 60 { self.random.usize(1..=left.min(3)) } else { 1 };
            program.push((0..depth).map(|_| self.act()).collect());
            left -= depth;
        }
        program
    }

    /// Looks at keys and changes something if nobody has changed them since.
    fn optimistic(&mut self) -> Program {
        let keys = (0..self.random.usize(1..=2)).map(|_| self.word("k"));
        let watch: Request = [Word::Text("WATCH".into())].into_iter().chain(keys).collect();
        let look = self.request();
        vec![vec![Act::One(watch)], vec![Act::One(look)], vec![self.exec()]]
    }

    fn act(&mut self) -> Act {
        match self.random.u8(..) {
            0..30 => self.exec(),
            30..60 => self.script(),
            _ => Act::One(self.request()),
        }
    }

    fn exec(&mut self) -> Act {
        Act::Exec(self.requests())
    }

    /// A script that declares all its keys, some or none.
    fn script(&mut self) -> Act {
        let mut requests = self.requests();
        // They may not wait.
        requests.retain(|request| !is_waiting(request));
        if requests.is_empty() {
            requests.push(request("GET a"));
        }
        let declared = [0, 1, 2, usize::MAX][self.random.usize(..4)];
        Act::Script(Script { requests, declared })
    }

    fn requests(&mut self) -> Vec<Request> {
        let count = self.random.usize(1..=4);
        (0..count).map(|_| self.request()).collect()
    }

    fn request(&mut self) -> Request {
        let shape = self.shapes[self.random.usize(..self.shapes.len())];
        shape.split(' ').map(|word| self.word(word)).collect()
    }

    fn word(&mut self, place: &str) -> Word {
        match place {
            "k" => Word::Key(self.random.u8(..self.keys as u8)),
            "v" => {
                self.values += 1;
                Word::Text(self.values.to_string())
            }
            "f" => Word::Text(["name", "size"][self.random.usize(..2)].to_owned()),
            "m" => Word::Text(["x", "y", "z"][self.random.usize(..3)].to_owned()),
            "s" => Word::Text(["LEFT", "RIGHT"][self.random.usize(..2)].to_owned()),
            "t" => Word::Text(["0.005", "0.02"][self.random.usize(..2)].to_owned()),
            "p" => Word::Text(["1", "2", "30", "100000"][self.random.usize(..4)].to_owned()),
            text => request(text).remove(0),
        }
    }
}
