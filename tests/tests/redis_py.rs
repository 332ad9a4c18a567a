//! redis-py as a client, unchanged, over RESP2 and RESP3: `clients/redis_py.py`.
//!
//! Needs a virtual environment with the package `redis`, named by `RUSSET_VENV` (`./test` makes
//! one).

use std::path::{Path, PathBuf};

use russet_tests::{Options, Server, skip, tool};

#[test]
fn redis_py_works() {
    let Some(environment) = std::env::var_os("RUSSET_VENV").map(PathBuf::from) else {
        return skip("RUSSET_VENV does not name a virtual environment");
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/redis_py.py");
    let server = Server::start(Options::under_test());
    let arguments = [script.into_os_string(), server.port().to_string().into()];
    let python = environment.join("bin/python");
    let Some(outcome) = tool::run(python.as_os_str(), &arguments, b"") else {
        return skip(&format!("there is no {}", python.display()));
    };
    println!("{}", outcome.stdout);
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    let checks = outcome.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(checks >= 24, "only {checks} checks ran");
}
