use crate::testing::Bench;
use std::io::{Read, Write};
use std::net::TcpStream;

struct Oracle { conn: TcpStream, sub: TcpStream, buf: Vec<u8>, sbuf: Vec<u8> }
fn req(words: &[Vec<u8>]) -> Vec<u8> {
    let w: Vec<&[u8]> = words.iter().map(|w| &w[..]).collect();
    let mut b = Vec::new();
    protocol::resp::decode::write_request(&mut b, &w);
    b
}
fn read_one(c: &mut TcpStream, buf: &mut Vec<u8>) -> (protocol::Value, Vec<u8>) {
    loop {
        if let Ok(Some((v, n))) = protocol::decode(buf) {
            let raw = buf[..n].to_vec();
            buf.drain(..n);
            return (v, raw);
        }
        let mut tmp = [0; 65536];
        let n = c.read(&mut tmp).unwrap();
        assert!(n > 0);
        buf.extend_from_slice(&tmp[..n]);
    }
}
impl Oracle {
    fn new() -> Self {
        let mut o = Oracle { conn: TcpStream::connect("127.0.0.1:20500").unwrap(), sub: TcpStream::connect("127.0.0.1:20500").unwrap(), buf: vec![], sbuf: vec![] };
        o.run("FLUSHALL"); o.run("CONFIG SET notify-keyspace-events KEA");
        o.run("CONFIG SET proto-max-bulk-len 1048576");
        o.sub.write_all(b"PSUBSCRIBE __keyevent@*__:*\r\n").unwrap();
        read_one(&mut o.sub, &mut o.sbuf);
        o
    }
    fn run(&mut self, l: &str) -> Vec<u8> { self.words(&l.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>()) }
    fn words(&mut self, w: &[Vec<u8>]) -> Vec<u8> {
        self.conn.write_all(&req(w)).unwrap();
        read_one(&mut self.conn, &mut self.buf).1
    }
    fn dirty(&mut self) -> i64 {
        let i = String::from_utf8_lossy(&self.run("INFO persistence")).into_owned();
        i.lines().find_map(|l| l.strip_prefix("rdb_changes_since_last_save:")).unwrap().trim().parse().unwrap()
    }
    fn events(&mut self) -> Vec<(String, String)> {
        self.sub.write_all(b"PING\r\n").unwrap();
        let mut out = vec![];
        loop {
            let (v, raw) = read_one(&mut self.sub, &mut self.sbuf);
            let protocol::Value::Array(a) = v else { panic!() };
            if raw.windows(4).any(|w| w == b"pong") { return out; }
            let s = |v: &protocol::Value| match v { protocol::Value::Bulk(b) => String::from_utf8_lossy(b).into_owned(), _ => panic!() };
            out.push((s(&a[2]), s(&a[3])));
        }
    }
}
fn gen_cmd(r: &mut fastrand::Rng) -> Vec<Vec<u8>> {
    let keys = ["a", "b", "c", "d", "h"];
    let vals = ["", "1", "10", "-5", "9223372036854775807", "3.5", "hello", "ohmytext", "mynewtext", "0123456789012345678901234567890123456789012345678901234567890123456789", "01", " 1", "1e3", "inf", "abcabc", "99", "-9223372036854775808"];
    let ints = ["0", "1", "-1", "3", "7", "-3", "1000", "x", "9223372036854775807", "-9223372036854775808", "100000", "", "2000000"];
    let times = ["100", "5000", "0", "-1", "9223372036854775807", "x", "1000000"];
    let abs = ["4000000000", "1", "9223372036854775807", "x", "-5"];
    let absms = ["4000000000000", "1", "9223372036854775807", "-5"];
    macro_rules! p { ($x:expr) => { $x[r.usize(..$x.len())].to_string() } }
    let opt = |r: &mut fastrand::Rng| -> Vec<String> {
        let mut v = vec![];
        for _ in 0..r.usize(..4) {
            match r.usize(..10) {
                0 => v.push("NX".into()), 1 => v.push("xx".into()), 2 => v.push("GET".into()), 3 => v.push("KEEPTTL".into()),
                4 => { v.push("EX".into()); v.push(times[r.usize(..times.len())].into()) }
                5 => { v.push("px".into()); v.push(["100000","5000000","0","x"][r.usize(..4)].into()) }
                6 => { v.push("EXAT".into()); v.push(abs[r.usize(..abs.len())].into()) }
                7 => { v.push("PXAT".into()); v.push(absms[r.usize(..absms.len())].into()) }
                8 => v.push("PERSIST".into()),
                _ => v.push(["foo","EX","GET","NX"][r.usize(..4)].into()),
            }
        }
        v
    };
    let mut v: Vec<String> = match r.usize(..44) {
        0..=2 => vec!["SET".into(), p!(keys), p!(vals)],
        3..=5 => { let mut v = vec!["SET".into(), p!(keys), p!(vals)]; v.extend(opt(r)); v }
        6 => vec!["GET".into(), p!(keys)],
        7 => { let mut v = vec!["GETEX".into(), p!(keys)]; v.extend(opt(r)); v }
        8 => vec!["GETDEL".into(), p!(keys)],
        9 => vec!["GETSET".into(), p!(keys), p!(vals)],
        10 => vec!["APPEND".into(), p!(keys), p!(vals)],
        11 => vec!["STRLEN".into(), p!(keys)],
        12 => vec!["INCR".into(), p!(keys)],
        13 => vec!["DECR".into(), p!(keys)],
        14 => vec!["INCRBY".into(), p!(keys), p!(ints)],
        15 => vec!["DECRBY".into(), p!(keys), p!(ints)],
        16 => vec!["INCRBYFLOAT".into(), p!(keys), p!(vals)],
        17 => vec![p!(["GETRANGE", "SUBSTR"]), p!(keys), p!(ints), p!(ints)],
        18 | 19 => vec!["SETRANGE".into(), p!(keys), p!(ints), p!(vals)],
        20 => vec!["SETNX".into(), p!(keys), p!(vals)],
        21 => vec![p!(["SETEX", "PSETEX"]), p!(keys), p!(["10000","0","x","-1","9223372036854775807"]), p!(vals)],
        22 => { let mut v = vec![p!(["MSET", "MSETNX"])]; for _ in 0..r.usize(1..6) { v.push(p!(keys)); } v }
        23 => { let mut v: Vec<String> = vec!["MGET".into()]; for _ in 0..r.usize(1..4) { v.push(p!(keys)); } v }
        24 | 25 => { let mut v: Vec<String> = vec!["LCS".into(), p!(keys), p!(keys)]; for _ in 0..r.usize(..4) { v.push(p!(["LEN","IDX","WITHMATCHLEN","MINMATCHLEN","2","IDX"])); } v }
        26 => { let mut v = vec![p!(["DEL", "UNLINK", "EXISTS", "TOUCH"])]; for _ in 0..r.usize(1..4) { v.push(p!(keys)); } v }
        27..=29 => { let mut v = vec![p!(["EXPIRE", "PEXPIRE"]), p!(keys), p!(["100000","2000000","3000000","0","-1","x","9223372036854775807","-9223372036854775808"])]; for _ in 0..r.usize(..3) { v.push(p!(["NX","xx","GT","lt","foo"])); } v }
        30 => { let mut v = vec!["EXPIREAT".into(), p!(keys), p!(abs)]; for _ in 0..r.usize(..3) { v.push(p!(["NX","xx","GT","lt","foo"])); } v }
        31 => { let mut v = vec!["PEXPIREAT".into(), p!(keys), p!(absms)]; for _ in 0..r.usize(..3) { v.push(p!(["NX","xx","GT","lt"])); } v }
        32 => vec![p!(["TTL", "EXPIRETIME_"]), p!(keys)],
        33 => vec!["PERSIST".into(), p!(keys)],
        34 => vec!["TYPE".into(), p!(keys)],
        35 => vec!["OBJECT".into(), p!(["ENCODING", "IDLETIME", "FREQ"]), p!(keys)],
        36 | 37 => vec![p!(["RENAME", "RENAMENX"]), p!(keys), p!(keys)],
        38 => vec!["MOVE".into(), p!(keys), p!(["0","1","1","16","x","99999999999"])],
        39 | 40 => { let mut v: Vec<String> = vec!["COPY".into(), p!(keys), p!(keys)]; for _ in 0..r.usize(..3) { v.push(p!(["REPLACE","DB","1","foo","0","99"])); } v }
        41 => vec!["SCAN".into(), p!(["0","-1"," 1","x",""]), p!(["COUNT","MATCH","TYPE","foo"]), p!(["0","x"])],
        42 => vec!["OBJECT".into(), p!(["ENCODING","FOO"])],
        _ => vec!["STRLEN".into(), p!(keys)],
    };
    if v[0] == "EXPIRETIME_" { v[0] = "TTL".into(); }
    v.into_iter().map(String::into_bytes).collect()
}
#[test]
#[ignore]
fn oracle() {
    let mut o = Oracle::new();
    let seed: u64 = std::env::var("SEED").ok().map_or(1, |s| s.parse().unwrap());
    let steps: usize = std::env::var("STEPS").ok().map_or(20000, |s| s.parse().unwrap());
    let mut r = fastrand::Rng::with_seed(seed);
    let mut b = Bench::default();
    b.limits.string_len_max = 1 << 20;
    let mut hist: Vec<String> = vec![];
    let mut bad = 0;
    let mut dirty = o.dirty();
    for step in 0..steps {
        if step % 50 == 0 { b = Bench::default(); b.limits.string_len_max = 1 << 20; o.run("FLUSHALL"); o.run("HSET h f v"); o.events(); dirty = o.dirty(); hist.clear();
          b.now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
          b.run("HSET h f v"); }
        b.now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
        let w = gen_cmd(&mut r);
        let shown = w.iter().map(|w| format!("{:?}", String::from_utf8_lossy(w))).collect::<Vec<_>>().join(" ");
        hist.push(shown.clone());
        let theirs = o.words(&w);
        let ev: Vec<(String,String)> = o.events().into_iter().filter(|(c, _)| !["new", "keymiss", "expired"].contains(&c.rsplit(':').next().unwrap())).collect();
        let d = o.dirty();
        let dd = d - dirty; dirty = d;
        let refs: Vec<&[u8]> = w.iter().map(|w| &w[..]).collect();
        let word0 = w[0].clone();
        let is_container_bad = word0 == b"OBJECT" && (w[1] == b"FOO" || w.len() < 3);
        if is_container_bad { continue; }
        let mut ours = b.run_words(&refs);
        if ours == b"-ERR wrong number of arguments\r\n" { assert!(theirs.starts_with(b"-ERR wrong number")); continue; } let _ = &mut ours;
        let mine: Vec<(String,String)> = b.effects.touched.iter().map(|t| (format!("__keyevent@{}__:{}", t.database, t.event.name), String::from_utf8_lossy(refs[t.argument as usize]).into_owned())).collect();
        let expired = b.effects.changes as i64;
        let log_ok = (expired == 0) == (b.logged() == "-");
        let dd_ok = dd == expired || dd == expired + 1 && false;
        if ours != theirs || mine != ev || !dd_ok || !log_ok {
            bad += 1;
            println!("step {step} {shown}\n  theirs {:?} {:?} {}\n  ours   {:?} {:?} {} log {}", String::from_utf8_lossy(&theirs), ev, dd, String::from_utf8_lossy(&ours), mine, expired, b.logged());
            if bad > 25 { panic!("hist {:#?}", hist); }
            // resync
            b = Bench::default(); b.limits.string_len_max = 1 << 20; o.run("FLUSHALL"); o.events(); dirty = o.dirty();
        }
    }
    assert_eq!(bad, 0);
}
