//! ioredis and node-redis as clients, unchanged: `clients/ioredis.mjs`.
//!
//! Needs Node and a folder with both packages, named by `RUSSET_NODE` (`./test` makes one).

use std::ffi::OsStr;
use std::path::Path;

use russet_tests::{Options, Server, skip, tool};

#[test]
fn node_clients_work() {
    if std::env::var_os("RUSSET_NODE").is_none() {
        return skip("RUSSET_NODE does not name a folder with ioredis and redis");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/ioredis.mjs");
    let server = Server::start(Options::under_test());
    let arguments = [script.into_os_string(), server.port().to_string().into()];
    let Some(outcome) = tool::run(OsStr::new("node"), &arguments, b"") else {
        return skip("node is not installed");
    };
    println!("{}", outcome.stdout);
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    let checks = outcome.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(checks >= 19, "only {checks} checks ran");
}
