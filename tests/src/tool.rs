//! Programs of others, run against a server: redis-cli, Python, Node.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a program did.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it ended with status 0.
    pub success: bool,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// Runs a program to its end with `input` on its standard input. `None` if there is no such program.
///
/// Fails the test on any other error in starting it.
pub fn run<A: AsRef<OsStr>>(program: &OsStr, arguments: &[A], input: &[u8]) -> Option<Outcome> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("cannot run {}: {error}", program.display()),
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that does not read its input closes the pipe.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("a child process");
    writer.join().expect("a thread");
    Some(Outcome {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
