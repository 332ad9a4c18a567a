//! The guided tour cannot go stale: every command block of `docs/tour/*.md` is carried out and its
//! output compared, every excerpt of code is looked for in the file it names.
//!
//! ```text
//!   ```console           lines that begin with "$ " are given to bash, the others must be printed
//!   ```console figures   the same, but numbers and bars may differ
//!   ```rust PATH         each line must stand in the file, in this order
//!   ```text              a drawing; nothing is done with it
//! ```
//!
//! A line `...` stands for any lines. A chapter is one bash session in an empty folder with a
//! server of its own, as `docs/tour/README.md` tells the reader to start one. The reader's port
//! 6379 is a free one here, and `russet` prints as it does at a terminal.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use russet_tests::{Options, Program, Server, skip, tool};

/// Stands between the outputs of two commands.
const MARK: &str = "--- the next command ---";

/// One fenced block.
struct Block {
    info: String,
    lines: Vec<String>,
    /// Number of its first line in the file.
    line: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The chapters in order of their names.
fn chapters() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("docs/tour")).expect("the tour");
    let mut chapters: Vec<(String, String)> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("text"))
        })
        .collect();
    chapters.sort();
    chapters
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                open = Some(Block { info: info.into(), lines: Vec::new(), line: index + 2 });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// A command and the lines that it must print.
struct Step {
    command: String,
    expected: Vec<String>,
    figures: bool,
    line: usize,
}

fn steps(blocks: &[Block]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks.iter().filter(|block| block.info.starts_with("console")) {
        let figures = block.info == "console figures";
        assert!(figures || block.info == "console", "line {}: {}", block.line, block.info);
        assert!(block.lines[0].starts_with("$ "), "line {}: no command", block.line);
        for (index, line) in block.lines.iter().enumerate() {
            let line_number = block.line + index;
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    command: command.into(),
                    expected: Vec::new(),
                    figures,
                    line: line_number,
                }),
                (None, Some(step)) => step.expected.push(line.clone()),
                (None, None) => unreachable!("a block begins with a command"),
            }
        }
    }
    steps
}

/// Runs all commands in one session; what each printed.
fn carry_out(steps: &[Step], server: &Server, bin: &Path) -> Option<Vec<String>> {
    let port = server.port().to_string();
    let mut script = String::from("exec 2>&1\n");
    for step in steps {
        script.push_str(&format!("echo '{MARK}'\n{}\n", step.command.replace("6379", &port)));
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let environment = format!("PATH={}:{path}", bin.display());
    let words: Vec<OsString> = vec![
        "-C".into(),
        server.dir().into(),
        environment.into(),
        "bash".into(),
        "-c".into(),
        script.into(),
    ];
    let outcome = tool::run(OsStr::new("env"), &words, b"")?;
    let printed = without_colors(&outcome.stdout).replace(&port, "6379");
    Some(printed.split(&format!("{MARK}\n")).skip(1).map(str::to_owned).collect())
}

/// Text without the sequences that colour it.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// `russet` as the reader calls it: it finds the server, and prints as at a terminal.
fn wrapper(dir: &Path, port: u16) {
    let (program, _) = Program::UnderTest.command();
    let program = fs::canonicalize(program).expect("russet");
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = cli ]; then shift; exec env FAKETTY=1 {program} cli -p {port} \
         \"$@\"; fi\nexec {program} \"$@\"\n",
        program = program.display()
    );
    let path = dir.join("russet");
    fs::write(&path, script).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a file of ours");
}

/// What must be equal: numbers and bars are not, where `figures` may differ.
fn view(line: &str, figures: bool) -> String {
    let line = line.trim_end();
    if !figures {
        return line.to_owned();
    }
    let is_hash = |word: &str| word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words = line.split([' ', '\u{2588}']).filter(|word| !word.is_empty());
    let words = words.map(|word| if is_hash(word.trim_end_matches(',')) { "HASH" } else { word });
    let mut text = words.collect::<Vec<_>>().join(" ");
    text = text.replace("not known", "0 ns");
    let mut seen = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if seen.ends_with('#') => {}
            '0'..='9' => seen.push('#'),
            ',' | '.' if seen.ends_with('#') => {}
            c => seen.push(c),
        }
    }
    seen
}

/// Whether lines match, `...` being any number of them.
fn matches(expected: &[String], found: &[String]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((dots, rest)), _) if dots == "..." => {
            (0..=found.len()).any(|skip| matches(rest, &found[skip..]))
        }
        (Some((line, expected)), Some((other, found))) => line == other && matches(expected, found),
        _ => false,
    }
}

#[test]
fn every_command_does_what_the_tour_shows() {
    for (name, text) in chapters() {
        let steps = steps(&blocks(&text));
        if steps.is_empty() {
            continue;
        }
        let server = Server::start(Options::under_test().with("appendonly", "yes"));
        let bin = tempfile::tempdir().expect("a directory");
        wrapper(bin.path(), server.port());
        let Some(outputs) = carry_out(&steps, &server, bin.path()) else {
            return skip("env and bash are not there");
        };
        assert_eq!(outputs.len(), steps.len(), "{name}: a command ended the session");
        for (step, output) in steps.iter().zip(&outputs) {
            let lines = |text: &mut dyn Iterator<Item = &str>| {
                text.map(|line| view(line, step.figures)).collect::<Vec<String>>()
            };
            let expected = lines(&mut step.expected.iter().map(String::as_str));
            let found = lines(&mut output.lines());
            assert!(
                matches(&expected, &found),
                "docs/tour/{name}:{}: $ {}\nshown:\n{}\nprinted:\n{output}",
                step.line,
                step.command,
                step.expected.join("\n"),
            );
        }
    }
}

#[test]
fn every_excerpt_stands_in_its_file() {
    for (name, text) in chapters() {
        for block in blocks(&text) {
            let Some(path) = block.info.strip_prefix("rust ") else {
                let known = ["console", "console figures", "text"];
                assert!(known.contains(&block.info.as_str()), "{name}:{}", block.line);
                continue;
            };
            let code = fs::read_to_string(root().join(path)).expect(path);
            let mut code = code.lines().map(str::trim);
            for line in block.lines.iter().map(|line| line.trim()) {
                if line == "..." || line.is_empty() {
                    continue;
                }
                assert!(code.any(|other| other == line), "{name}: not in {path}: {line}");
            }
        }
    }
}

#[test]
fn the_chapters_lead_through_the_tour() {
    let chapters = chapters();
    let names: BTreeSet<&str> = chapters.iter().map(|(name, _)| name.as_str()).collect();
    let (_, readme) = chapters.iter().find(|(name, _)| name == "README.md").expect("a first page");
    for name in names.iter().filter(|name| **name != "README.md") {
        assert!(readme.contains(name), "README.md does not name {name}");
    }
    for (name, text) in chapters.iter().filter(|(name, _)| name != "README.md") {
        for part in ["## Read", "## Try"] {
            assert!(text.contains(part), "{name} has no '{part}'");
        }
        let commands = blocks(text).iter().filter(|b| b.info.starts_with("console")).count();
        assert!(commands >= 2, "{name} shows too little");
    }
    assert_eq!(names.len(), 11, "ten chapters and a first page");
}

#[test]
fn figures_are_recognised() {
    let one = "  run      \u{2502}  \u{2588}\u{2588}   \u{2502}     1,250 ns";
    let other = "  run      \u{2502}\u{2588}    \u{2502}  98 ns";
    assert_eq!(view(one, true), view(other, true));
    assert_ne!(view(one, false), view(other, false));
    assert_ne!(view("run 5 ns", true), view("lock 5 ns", true));
    let hash = "key \"a\", hash 0123456789abcdef, stripe 7";
    assert_eq!(view(hash, true), view("key \"a\", hash ffffffffffffffff, stripe 12", true));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&lines("a\n...\nd"), &lines("a\nb\nc\nd")));
    assert!(!matches(&lines("a\n...\nd"), &lines("a\nb\nc")));
}
