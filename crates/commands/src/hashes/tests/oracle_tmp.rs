//! temp
use crate::testing::Bench;
#[test]
fn oracle() {
    let Ok(path) = std::env::var("HCMDS") else { return };
    let text = std::fs::read(path).unwrap();
    let mut bench = Bench::default();
    bench.limits.packed_hash_fields_max = 8;
    bench.limits.packed_hash_bytes_max = 20;
    if std::env::var("R3").is_ok() { bench.version = protocol::Version::Resp3; }
    let mut out = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        if line.is_empty() { continue; }
        let words: Vec<&[u8]> = line.split(|b| *b == b'\t').collect();
        bench.now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
        let spec = crate::table::lookup(words[0]).unwrap();
        let reply = if !spec.accepts(words.len()) { format!("-{}\r\n", crate::table::wrong_arity(spec)).into_bytes() } else {bench.run_words(&words)};
        if std::env::var("EV").is_ok() {
            for t in &bench.effects.touched { out.extend_from_slice(t.event.name.as_bytes()); out.push(b' '); }
            if bench.effects.touched.is_empty() { out.push(b' '); }
            out.extend_from_slice(format!("{}\n", bench.effects.changes).as_bytes());
            continue;
        }
        out.extend_from_slice(format!("{:?}\n", String::from_utf8_lossy(&reply)).as_bytes());
    }
    std::fs::write(std::env::var("HOUT").unwrap(), out).unwrap();
}
