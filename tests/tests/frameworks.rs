//! Frameworks that keep tasks, caches, sessions, messages and counts in Redis, unchanged: Celery
//! and Django for Python (`clients/frameworks.py`); Socket.IO, Bull and Express for Node
//! (`clients/frameworks.mjs`).
//!
//! Needs the packages where `RUSSET_VENV` and `RUSSET_NODE` say (`./test` puts them there).

use std::ffi::{OsStr, OsString};
use std::path::Path;

use russet_tests::{Options, Server, scripts, skip, tool};

fn run(program: &OsStr, script: &str, checks: usize) {
    let server = Server::start(Options::under_test().with("io-threads", "4"));
    scripts::run(program, script, &server, checks);
}

#[test]
fn celery_django_and_limits_work() {
    let missing = "RUSSET_VENV does not name an environment with celery and django";
    let Some(python) = scripts::python() else { return skip(missing) };
    let imports = ["-c", "import celery, django_redis, limits"].map(OsString::from);
    match tool::run(&python, &imports, b"") {
        Some(outcome) if outcome.success => run(&python, "frameworks.py", 9),
        _ => skip(missing),
    }
}

#[test]
fn socket_io_bull_and_express_work() {
    let missing = "RUSSET_NODE does not name a folder with socket.io and bull";
    match std::env::var_os("RUSSET_NODE") {
        Some(folder) if Path::new(&folder).join("node_modules/bull").is_dir() => {
            run(OsStr::new("node"), "frameworks.mjs", 8);
        }
        _ => skip(missing),
    }
}
