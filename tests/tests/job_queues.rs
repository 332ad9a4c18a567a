//! Job queues that lean on scripts, blocking pops and transactions, unchanged: BullMQ for Node, RQ
//! and Huey for Python (`clients/bullmq.mjs`, `clients/rq_jobs.py`).
//!
//! Needs the packages where `RUSSET_NODE` and `RUSSET_VENV` say (`./test` puts them there).

use std::ffi::{OsStr, OsString};
use std::path::Path;

use russet_tests::{Options, Server, skip, tool};

fn run(program: &OsStr, script: &str, checks: usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script);
    let server = Server::start(Options::under_test().with("io-threads", "4"));
    let arguments = [script.into_os_string(), server.port().to_string().into()];
    let Some(outcome) = tool::run(program, &arguments, b"") else {
        return skip("the interpreter is not installed");
    };
    println!("{}", outcome.stdout);
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    let passed = outcome.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(passed, checks);
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
    match std::env::var_os("RUSSET_VENV") {
        Some(folder) => {
            let python: OsString = Path::new(&folder).join("bin/python").into_os_string();
            run(&python, "rq_jobs.py", 6);
        }
        None => skip("RUSSET_VENV does not name an environment with rq and huey"),
    }
}
