//! Every command the server offers is shown at work in a transcript, or in a test named here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use russet_tests::{Options, Program, Reply, Server, skip};

/// Commands that a transcript cannot show, and the file that does.
const ELSEWHERE: [(&str, &str); 3] =
    [("shutdown", "restart.rs"), ("sync", "snapshots.rs"), ("psync", "snapshots.rs")];

/// Words that follow a prompt in any transcript: commands, and `command|subcommand`. Blocks that
/// the server cannot run yet show nothing.
fn shown() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let mut shown = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder of transcripts") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a transcript");
        let blocks = text.split("\n# ").filter(|block| !block.contains("\n@ later: "));
        let lines = blocks.flat_map(str::lines);
        for (_, command) in lines.filter_map(|line| line.split_once("> ")) {
            let mut words = command.split(' ').map(str::to_lowercase);
            let name = words.next().unwrap_or_default();
            if let Some(next) = words.next() {
                shown.insert(format!("{name}|{next}"));
            }
            shown.insert(name);
        }
    }
    shown
}

#[test]
fn every_command_has_a_transcript() {
    if !Program::UnderTest.is_russet() {
        return skip(
            "the server under test is a Redis, which knows more than the transcripts show",
        );
    }
    let server = Server::start(Options::under_test());
    let list = server.client().run("COMMAND LIST");
    let offered = list.items().unwrap_or_else(|| panic!("COMMAND LIST: {list}"));
    assert!(offered.len() > 50, "only {} commands are offered", offered.len());
    let shown = shown();
    for (command, file) in ELSEWHERE {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
        let text = fs::read_to_string(path).expect(file).to_lowercase();
        assert!(text.contains(&format!("\"{command}")), "{file} does not show {command}");
    }
    let missing: Vec<String> = offered
        .iter()
        .filter_map(Reply::text)
        .map(|name| String::from_utf8_lossy(name).to_lowercase())
        .filter(|name| !shown.contains(name) && !ELSEWHERE.iter().any(|(it, _)| it == name))
        .collect();
    assert!(missing.is_empty(), "without a transcript: {}", missing.join(" "));
}
