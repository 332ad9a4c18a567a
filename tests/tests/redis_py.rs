//! redis-py as a client, unchanged, over RESP2 and RESP3: `clients/redis_py.py`.
//!
//! Needs a virtual environment with the package `redis`, named by `RUSSET_VENV` (`./test` makes
//! one).

use russet_tests::{Options, Server, scripts, skip};

#[test]
fn redis_py_works() {
    match scripts::python() {
        Some(python) => {
            let server = Server::start(Options::under_test());
            scripts::run(&python, "redis_py.py", &server, 24);
        }
        None => skip("RUSSET_VENV does not name a virtual environment"),
    }
}
