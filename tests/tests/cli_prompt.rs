//! The prompt of `russet cli` as a person sees it, through a pseudo-terminal: `clients/prompt.py`.

use std::ffi::OsStr;
use std::path::Path;

use russet_tests::{Options, Program, Server, skip, tool};

#[test]
fn the_prompt_helps_and_survives() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/prompt.py");
    let server = Server::start(Options::under_test());
    let secret = Server::start(Options::under_test().with("requirepass", "secret"));
    let (program, _) = Program::UnderTest.command();
    let ports = [&server, &secret].map(|server| server.port().to_string());
    let mut arguments = vec![script.into_os_string(), program.into_os_string()];
    arguments.extend(ports.map(Into::into));
    let Some(outcome) = tool::run(OsStr::new("python3"), &arguments, b"") else {
        return skip("python3 is not installed");
    };
    println!("{}", outcome.stdout);
    assert!(outcome.success, "{}\n{}", outcome.stdout, outcome.stderr);
    let checks = outcome.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(checks, 27, "{}", outcome.stdout);
}
