//! INFO as tools read it.

use std::collections::BTreeMap;

use crate::testing::{Bench, START_MS};

/// The fields of each section, as a client's parser takes them apart.
fn parsed(text: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut sections = BTreeMap::new();
    let mut title = String::new();
    for line in text.split("\r\n").skip(1).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("# ") {
            title = name.to_owned();
            assert!(sections.insert(title.clone(), Vec::new()).is_none(), "{name} comes twice");
            continue;
        }
        let (name, value) = line.split_once(':').expect("name:value");
        let fields: &mut Vec<_> = sections.get_mut(&title).expect("a section before fields");
        assert!(fields.iter().all(|(known, _)| known != name), "{name} comes twice");
        fields.push((name.to_owned(), value.to_owned()));
    }
    sections
}

fn field(bench: &mut Bench, section: &str, name: &str) -> String {
    let text = bench.run(&format!("INFO {section}"));
    let fields = parsed(&text).into_values().next().expect("a section");
    let found = fields.into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name} in {text}")).1
}

#[test]
fn sections_come_as_asked_for() {
    let mut bench = Bench::default();
    let mut titles = |request: &str| -> Vec<String> {
        let text = bench.run(request);
        text.lines().filter_map(|line| line.strip_prefix("# ")).map(str::to_owned).collect()
    };
    let usual = [
        "Server",
        "Clients",
        "Memory",
        "Persistence",
        "Stats",
        "Replication",
        "CPU",
        "Modules",
        "Errorstats",
        "Cluster",
        "Keyspace",
    ];
    assert_eq!(titles("INFO"), usual);
    assert_eq!(titles("INFO default"), usual);
    assert_eq!(titles("INFO all").len(), 13);
    assert_eq!(titles("info EVERYTHING").len(), 13);
    assert_eq!(titles("INFO cpu Server cpu nosuch"), ["Server", "CPU"]);
    assert_eq!(titles("INFO default commandstats").len(), 12);
    assert!(titles("INFO nosuch").is_empty());
    assert_eq!(bench.run("INFO nosuch"), "$0\r\n\r\n");
}

#[test]
fn every_line_can_be_parsed() {
    let mut bench = Bench::default();
    bench.run("SET k v EX 10");
    bench.run("NOSUCH");
    let sections = parsed(&bench.run("INFO all"));
    assert_eq!(sections["Server"][0], ("redis_version".into(), "7.0.15".into()));
    assert_eq!(sections["Errorstats"], [("errorstat_ERR".into(), "count=1".into())]);
    assert!(sections["Commandstats"][0].1.starts_with("calls=1,usec="));
    assert!(sections["Latencystats"][0].0.starts_with("latency_percentiles_usec_"));
}

#[test]
fn keys_with_an_expiry_are_counted_however_they_come_and_go() {
    let mut bench = Bench::default();
    for (request, expected) in [
        ("SET a 1 PX 10000", "keys=1,expires=1,avg_ttl=10000"),
        ("SET a 2 PX 20000", "keys=1,expires=1,avg_ttl=20000"),
        ("SET a 2", "keys=1,expires=0,avg_ttl=0"),
        ("PEXPIRE a 5000", "keys=1,expires=1,avg_ttl=5000"),
        ("HSET h f v", "keys=2,expires=1,avg_ttl=5000"),
        ("PEXPIRE h 5000", "keys=2,expires=2,avg_ttl=5000"),
        ("RENAME a b", "keys=2,expires=2,avg_ttl=5000"),
        ("COPY b c", "keys=3,expires=3,avg_ttl=5000"),
        ("GETEX b PERSIST", "keys=3,expires=2,avg_ttl=5000"),
        ("PERSIST h", "keys=3,expires=1,avg_ttl=5000"),
        ("GETDEL c", "keys=2,expires=0,avg_ttl=0"),
        ("GETEX b PX 7000", "keys=2,expires=1,avg_ttl=7000"),
        ("MSET b 1 c 2", "keys=3,expires=0,avg_ttl=0"),
        ("PEXPIRE b 7000", "keys=3,expires=1,avg_ttl=7000"),
        ("SET b x KEEPTTL", "keys=3,expires=1,avg_ttl=7000"),
        ("PEXPIRE b -1", "keys=2,expires=0,avg_ttl=0"),
        ("PEXPIRE c 7000", "keys=2,expires=1,avg_ttl=7000"),
        ("DEL c", "keys=1,expires=0,avg_ttl=0"),
        ("PEXPIRE h 10", "keys=1,expires=1,avg_ttl=10"),
    ] {
        bench.run(request);
        assert_eq!(field(&mut bench, "keyspace", "db0"), expected, "{request}");
    }
    bench.run("MOVE h 5");
    assert_eq!(field(&mut bench, "keyspace", "db5"), "keys=1,expires=1,avg_ttl=10");
    bench.advance_ms(1000);
    assert_eq!(bench.run("INFO keyspace"), "$12\r\n# Keyspace\r\n\r\n");
}

#[test]
fn counters_are_of_what_happened() {
    let mut bench = Bench::default();
    bench.run("SET k v PX 500");
    bench.run("GET k");
    bench.run("GET nosuch");
    let mut stat = |name: &str| field(&mut bench, "stats", name);
    assert_eq!((stat("keyspace_hits"), stat("keyspace_misses")), ("1".into(), "1".into()));
    assert_eq!(stat("total_connections_received"), "1");
    assert_eq!(stat("total_commands_processed"), "6");
    assert_eq!(stat("total_reads_processed"), "8");
    bench.advance_ms(2000);
    assert_eq!(field(&mut bench, "stats", "expired_keys"), "1");
    assert_eq!(field(&mut bench, "stats", "expire_lag_ms"), "1488");
    assert_eq!(field(&mut bench, "persistence", "rdb_changes_since_last_save"), "1");
    assert_eq!(field(&mut bench, "server", "uptime_in_seconds"), "2");
    let now_us = (START_MS + 2000) * 1000;
    assert_eq!(field(&mut bench, "server", "server_time_usec"), now_us.to_string());
    bench.connect();
    assert_eq!(field(&mut bench, "clients", "connected_clients"), "2");
    bench.run("CONFIG RESETSTAT");
    assert_eq!(field(&mut bench, "stats", "expired_keys"), "0");
    assert_eq!(field(&mut bench, "persistence", "rdb_changes_since_last_save"), "1");
}
