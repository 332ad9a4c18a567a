//! Scripts and the replies that Redis 7.0.15 gave to them.
//!
//! ```text
//! # a note
//! @3                 the next script is run for a client of RESP3
//! > first line of a script
//! | further lines
//! the reply: line ends as spaces, other bytes escaped; the name of the script in an error, as in
//! " script: SHA, on @user_script:1.", is left out: " @1."
//! ```
//!
//! Each is run in a fresh interpreter with the key "key" and the arguments "arg1" and "arg2". A
//! note that begins with "differs" says why a reply is not Redis's.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::Runner;
use protocol::Version;

struct Case<'a> {
    line: usize,
    version: Version,
    script: String,
    reply: &'a str,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut version = Version::Resp2;
    let mut script: Option<String> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(first) = line.strip_prefix("> ") {
            assert!(script.is_none(), "line {number}: no reply before this");
            script = Some(first.to_owned());
        } else if let (Some(rest), Some(script)) = (line.strip_prefix('|'), &mut script) {
            script.push('\n');
            script.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        } else if let Some(script) = script.take() {
            cases.push(Case { line: number, version, script, reply: line });
            version = Version::Resp2;
        } else if line == "@3" {
            version = Version::Resp3;
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "line {number}: what is this?");
        }
    }
    cases
}

fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let cases = cases(&text);
    assert!(cases.len() > 10, "too few cases");
    let mut failures = Vec::new();
    for case in &cases {
        let mut runner = Runner::new();
        runner.version = case.version;
        let reply = runner.eval(&case.script, &[b"key"], &[b"arg1", b"arg2"]);
        if reply != case.reply {
            let Case { line, script, reply: expected, .. } = case;
            failures
                .push(format!("{name}:{line}: {script}\n  redis: {expected}\n  here:  {reply}"));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn bit_is_that_of_redis() {
    check("bit.txt");
}

#[test]
fn struct_is_that_of_redis() {
    check("struct.txt");
}

#[test]
fn cmsgpack_is_that_of_redis() {
    check("cmsgpack.txt");
}

#[test]
fn cjson_is_that_of_redis() {
    check("cjson.txt");
}

#[test]
fn results_become_replies_as_in_redis() {
    check("conversion.txt");
}

#[test]
fn errors_are_those_of_redis() {
    check("errors.txt");
}

#[test]
fn scripts_reach_what_they_reach_in_redis() {
    check("sandbox.txt");
}

#[test]
fn the_language_is_that_of_redis() {
    check("language.txt");
}
