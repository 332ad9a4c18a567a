//! Scripts in `clients/` that use a client library or a framework against a server: they print a
//! line that begins with `ok ` for each check, and end with status 1 if one failed.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use tempfile::TempDir;

use crate::{Server, skip, tool};

/// Runs a script with the server's port and a folder of its own as arguments; fails the test
/// unless as many checks have passed as it has.
#[track_caller]
pub fn run(program: &OsStr, script: &str, server: &Server, checks: usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script);
    let folder = TempDir::with_prefix("russet-").expect("a temporary directory");
    let port: OsString = server.port().to_string().into();
    let arguments = [script.into_os_string(), port, folder.path().as_os_str().into()];
    let Some(outcome) = tool::run(program, &arguments, b"") else {
        return skip(&format!("there is no {}", program.display()));
    };
    println!("{}", outcome.stdout);
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    let passed = outcome.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(passed, checks);
}

/// The Python of the environment that `RUSSET_VENV` names, if it does.
pub fn python() -> Option<OsString> {
    let folder = std::env::var_os("RUSSET_VENV")?;
    Some(Path::new(&folder).join("bin/python").into_os_string())
}
