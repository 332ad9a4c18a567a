//! Eviction: under each policy the memory in use stays at the limit, and only allowed keys go.

use russet_tests::{Options, Server};

const LIMIT_BYTES: i64 = 24 << 20;
/// Loose, since clients' buffers and unreported allocations count too.
const SLACK_BYTES: i64 = 2 << 20;
const KEYS: usize = 200_000;

fn used_memory(client: &mut russet_tests::Client) -> i64 {
    let info = client.run("INFO memory").to_string().replace("\\r\\n", "\n");
    let line = info.split('\n').find_map(|line| line.strip_prefix("used_memory:"));
    line.and_then(|number| number.trim().parse().ok()).expect("used_memory in INFO")
}

fn fill(policy: &str, expiry: &str) -> (i64, i64, bool) {
    let options = Options::under_test()
        .with("appendonly", "no")
        .with("maxmemory", &LIMIT_BYTES.to_string())
        .with("maxmemory-policy", policy);
    let server = Server::start(options);
    let mut client = server.client();
    client.run("SET lasting value");
    let text = "x".repeat(100);
    client.run_all((0..KEYS).map(|number| format!("SET key:{number} {text}{expiry}")));
    let keys = client.run("DBSIZE").to_string().parse().expect("a number");
    let lasting = client.run("EXISTS lasting").to_string() == "1";
    (used_memory(&mut client), keys, lasting)
}

#[test]
fn each_policy_keeps_to_the_limit() {
    for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random"] {
        let (used, keys, _) = fill(policy, "");
        assert!(used < LIMIT_BYTES + SLACK_BYTES, "{policy}: {used} bytes");
        assert!(keys > 50_000 && keys < KEYS as i64, "{policy}: {keys} keys left");
    }
    for policy in ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"] {
        let (used, keys, lasting) = fill(policy, " EX 10000");
        assert!(used < LIMIT_BYTES + SLACK_BYTES, "{policy}: {used} bytes");
        assert!(keys > 50_000 && keys < KEYS as i64, "{policy}: {keys} keys left");
        assert!(lasting, "{policy} took a key without an expiry");
    }
}
