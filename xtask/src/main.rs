//! `cargo xtask <verb>`: finds the verb in one list and hands it the remaining arguments.
//!
//! To add a verb: a module in `lib.rs` with `run(&[String]) -> ExitCode`, and one row in `VERBS`.
//! Not here: what a verb does.

use std::process::ExitCode;

/// A verb: its name, the line `help` prints for it, and what it runs.
type Verb = (&'static str, &'static str, fn(&[String]) -> ExitCode);

const VERBS: &[Verb] = &[
    ("bench-compare", "measure our server beside others", xtask::bench_compare::run),
    ("help", "list the verbs", help),
    ("manual", "write the manual pages that are derived from tables", xtask::manual::run),
    ("tidy", "check the house rules (STYLE.md); exit 1 if one is broken", xtask::tidy::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", &[][..]),
    };
    match VERBS.iter().find(|(verb, ..)| *verb == name) {
        Some((.., run)) => run(rest),
        None => {
            eprintln!("xtask: no verb named '{name}'; try 'cargo xtask help'");
            ExitCode::from(2)
        }
    }
}

fn help(_arguments: &[String]) -> ExitCode {
    println!("usage: cargo xtask <verb> [arguments]\n");
    for (name, text, _) in VERBS {
        println!("  {name:<16}{text}");
    }
    ExitCode::SUCCESS
}
