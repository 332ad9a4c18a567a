//! Programs of others, run against a server: redis-cli, Python, Node.
//!
//! A program that does not end in time is ended and fails the test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::server::POLL;

/// How long a program may run.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a program did.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it ended with status 0.
    pub success: bool,
    /// Its status; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// Runs a program to its end with `input` on its standard input; `None` if there is no such
/// program.
#[track_caller]
pub fn run<A: AsRef<OsStr>>(program: &OsStr, arguments: &[A], input: &[u8]) -> Option<Outcome> {
    let mut child = spawn(program, arguments)?;
    let (mut stdin, input) = (child.stdin.take().expect("a pipe"), input.to_vec());
    let writer = std::thread::spawn(move || {
        // A program that does not read its input closes the pipe.
        let _ = stdin.write_all(&input);
    });
    let stdout = collect(child.stdout.take().expect("a pipe"));
    let stderr = collect(child.stderr.take().expect("a pipe"));
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().expect("a child process") {
            Some(status) => break status,
            None if Instant::now() > end => {
                // It may end in this very moment.
                let _ = child.kill();
                panic!("{} did not end", program.display());
            }
            None => std::thread::sleep(POLL),
        }
    };
    writer.join().expect("a thread");
    let [stdout, stderr] = [stdout, stderr].map(|reader| reader.join().expect("a thread"));
    Some(Outcome { success: status.success(), code: status.code(), stdout, stderr })
}

/// The first lines that a program without an end prints; it is ended then.
#[track_caller]
pub fn first_lines<A: AsRef<OsStr>>(
    program: &OsStr,
    arguments: &[A],
    count: usize,
) -> Option<Vec<String>> {
    let mut child = spawn(program, arguments)?;
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let lines = stdout.lines().take(count).map_while(Result::ok).collect();
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    Some(lines)
}

fn spawn<A: AsRef<OsStr>>(program: &OsStr, arguments: &[A]) -> Option<Child> {
    let mut command = Command::new(program);
    command.args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("cannot run {}: {error}", program.display()),
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
