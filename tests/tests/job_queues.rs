//! Job queues that lean on scripts, blocking pops and transactions, unchanged: BullMQ for Node, RQ
//! and Huey for Python (`clients/bullmq.mjs`, `clients/rq_jobs.py`).
//!
//! Needs the packages where `RUSSET_NODE` and `RUSSET_VENV` say (`./test` puts them there).

use std::ffi::OsStr;

use russet_tests::{Options, Server, scripts, skip};

fn run(program: &OsStr, script: &str, checks: usize) {
    let server = Server::start(Options::under_test().with("io-threads", "4"));
    scripts::run(program, script, &server, checks);
}

#[test]
fn bullmq_works() {
    match std::env::var_os("RUSSET_NODE") {
        Some(_) => run(OsStr::new("node"), "bullmq.mjs", 7),
        None => skip("RUSSET_NODE does not name a folder with bullmq"),
    }
}

#[test]
fn rq_and_huey_work() {
    match scripts::python() {
        Some(python) => run(&python, "rq_jobs.py", 6),
        None => skip("RUSSET_VENV does not name an environment with rq and huey"),
    }
}
