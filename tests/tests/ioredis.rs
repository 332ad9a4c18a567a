//! ioredis and node-redis as clients, unchanged: `clients/ioredis.mjs`.
//!
//! Needs Node and a folder with both packages, named by `RUSSET_NODE` (`./test` makes one).

use std::ffi::OsStr;

use russet_tests::{Options, Server, scripts, skip};

#[test]
fn node_clients_work() {
    match std::env::var_os("RUSSET_NODE") {
        Some(_) => {
            let server = Server::start(Options::under_test());
            scripts::run(OsStr::new("node"), "ioredis.mjs", &server, 19);
        }
        None => skip("RUSSET_NODE does not name a folder with ioredis and redis"),
    }
}
