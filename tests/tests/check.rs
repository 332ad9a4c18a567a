//! `russet check`, and its links that stand in for redis-check-aof and redis-check-rdb: they say
//! what those say, and beyond that know checksums, directories and how to repair a dump.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use russet_tests::tool::{Outcome, run};
use russet_tests::{Options, Program, Server, aof, skip};
use tempfile::TempDir;

fn records(lines: &[&str]) -> Vec<u8> {
    let record = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text += &format!("${}\r\n{word}\r\n", word.len());
        }
        text
    };
    lines.iter().map(record).collect::<String>().into_bytes()
}

/// A link to the program under test.
fn link(home: &TempDir, name: &str) -> PathBuf {
    let path = home.path().join(name);
    if !path.exists() {
        let (program, _) = Program::UnderTest.command();
        symlink(fs::canonicalize(program).expect("the program"), &path).expect("a link");
    }
    path
}

fn check(arguments: &[&str], input: &str) -> Outcome {
    let (program, _) = Program::UnderTest.command();
    let words: Vec<&OsStr> =
        ["check"].iter().chain(arguments).map(|word| OsStr::new(*word)).collect();
    run(program.as_os_str(), &words, input.as_bytes()).expect("the program under test")
}

/// Runs both programs on copies of a file; what they print and leave must be the same.
fn compare(home: &TempDir, name: &str, (words, answer): (&[&str], &str), content: &[u8]) {
    let ours = link(home, name);
    let mut seen = Vec::new();
    for program in [OsStr::new(name), ours.as_os_str()] {
        let place = TempDir::new().expect("a directory");
        let file = place.path().join("file.aof");
        fs::write(&file, content).expect("a file");
        let mut arguments: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        arguments.push(file.as_os_str());
        let Some(outcome) = run(program, &arguments, answer.as_bytes()) else {
            return skip(&format!("there is no {name}"));
        };
        let said = outcome.stdout.replace(&place.path().display().to_string(), "");
        // Where a line is cut off Redis prints what its buffer held before.
        let said: Vec<&str> = said.lines().filter(|it| !it.contains("Expected \\r\\n")).collect();
        let said = said.join("\n");
        seen.push((said, outcome.success, fs::read(&file).expect("the file")));
    }
    assert_eq!(seen[1], seen[0], "{}", content.escape_ascii());
}

const LINES: &[&str] = &["SET first 1", "MULTI", "SET second 2", "DEL third", "EXEC", "SET last 9"];

#[test]
fn append_only_files_are_judged_as_redis_judges_them() {
    let home = TempDir::new().expect("a directory");
    let whole = records(LINES);
    let mut contents = vec![whole.clone(), Vec::new(), b"nonsense\r\n".to_vec()];
    contents.extend((0..whole.len()).step_by(3).map(|at| whole[..at].to_vec()));
    for bad in ["*x\r\n", "GET a\r\n", "*1\r\n+OK\r\n", "*1\r\n$-3\r\n", "*1\r\n$2\r\nabc\r\n"] {
        contents.push([&whole, bad.as_bytes(), &whole].concat());
    }
    contents.push(records(&["SET a 1", "EXEC", "SET b 1"]));
    contents.push(records(&["MULTI", "SET a 1", "MULTI", "SET b 1", "EXEC"]));
    for content in &contents {
        for (words, answer) in
            [(&[][..], ""), (&["--fix"], "y\n"), (&["--fix"], "n\n"), (&["--fix"], "")]
        {
            compare(&home, "redis-check-aof", (words, answer), content);
        }
    }
}

#[test]
fn times_cut_where_redis_cuts() {
    let home = TempDir::new().expect("a directory");
    let stamped: Vec<u8> = (10..15)
        .flat_map(|second| {
            [format!("#TS:{second}\r\n").into_bytes(), records(&["INCR k"])].concat()
        })
        .collect();
    for second in ["9", "10", "12", "14", "99", "x"] {
        compare(&home, "redis-check-aof", (&["--truncate-to-timestamp", second], ""), &stamped);
    }
    let file = home.path().join("log");
    fs::write(&file, &stamped).expect("a file");
    let path = file.to_str().expect("text");
    let outcome = check(&["aof", "--until", "1970-01-01T00:00:12", path], "");
    assert!(outcome.success, "{}", outcome.stdout);
    assert_eq!(fs::read(&file).expect("the file").len(), stamped.len() * 3 / 5);
    let outcome = check(&["aof", "--until", "yesterday", path], "");
    assert!(!outcome.success && outcome.stderr.contains("neither seconds"), "{}", outcome.stderr);
}

/// A server's directory with a base and an increment of many batches.
fn directory() -> TempDir {
    let dir = TempDir::new().expect("a directory");
    let options = Options::under_test().with("appendonly", "yes").in_dir(dir.path());
    let mut server = Server::start(options.with("aof-timestamp-enabled", "yes"));
    let mut client = server.client();
    client.run_all((0..2000).map(|n| format!("SET key:{n} value:{n}")));
    assert!(server.terminate().success(), "its log:\n{}", server.log());
    dir
}

#[test]
fn a_directory_is_checked_and_a_changed_byte_is_cut() {
    let dir = directory();
    let path = dir.path().to_str().expect("text");
    let outcome = check(&["aof", path], "");
    assert!(outcome.success, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("checksums match"), "{}", outcome.stdout);
    assert!(outcome.stdout.ends_with("All AOF files and manifest are valid\n"));

    let file = aof::incremental(dir.path());
    let mut bytes = fs::read(&file).expect("an increment");
    let at = bytes.windows(10).position(|ten| ten == b"value:1000").expect("a value");
    bytes[at] = b'V';
    fs::write(&file, &bytes).expect("damage");
    let options = || Options::under_test().with("appendonly", "yes").in_dir(dir.path());
    let refused = options().start().err().expect("a server that does not start").to_string();
    assert!(refused.contains("appendonly.aof.1.incr.aof"), "{refused}");
    assert!(refused.contains("the checksum of "), "{refused}");
    let outcome = check(&["aof", path], "");
    assert!(!outcome.success, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("the checksum of "), "{}", outcome.stdout);
    let outcome = check(&["aof", "--fix", path], "y\n");
    assert!(outcome.success, "{}", outcome.stdout);
    let left = fs::metadata(&file).expect("the increment").len();
    assert!(left < at as u64 && left + 5000 > at as u64, "{left}, damaged at {at}");
    let mut server = Server::start(options());
    assert_eq!(server.client().run("GET key:900").text(), Some(&b"value:900"[..]));
    assert!(server.terminate().success());
}

#[test]
fn what_cannot_be_checked_is_named() {
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().to_str().expect("text");
    for (word, expected) in [("", "no AOF manifest"), ("/none", "No such file")] {
        let outcome = check(&["aof", &format!("{path}{word}")], "");
        assert!(!outcome.success && outcome.stdout.contains(expected), "{}", outcome.stdout);
    }
    let manifest = dir.path().join("log.manifest");
    for (text, expected) in [
        ("file gone seq 1 type i\n", "No such file"),
        ("file a seq 1 type q\n", "Unknown AOF file type"),
        ("file a seq x type b\n", "at line 1"),
    ] {
        fs::write(&manifest, text).expect("a manifest");
        let outcome = check(&["aof", path], "");
        assert!(!outcome.success && outcome.stdout.contains(expected), "{}", outcome.stdout);
    }
}

fn dump_of(dir: &Path) -> PathBuf {
    let mut server = Server::start(Options::under_test().with("appendonly", "no").in_dir(dir));
    let mut client = server.client();
    client.run_all((0..100).map(|n| format!("SET key:{n} value:{n}")));
    client.run("SET short v EX 1000");
    client.run("RPUSH list a b c");
    client.run("SAVE");
    server.kill9();
    dir.join("dump.rdb")
}

#[test]
fn dumps_are_judged_as_redis_judges_them() {
    let home = TempDir::new().expect("a directory");
    let whole = fs::read(dump_of(home.path())).expect("a dump");
    compare(&home, "redis-check-rdb", (&[], ""), &whole);
    for change in [0, 7, whole.len() / 2, whole.len() - 4] {
        let mut damaged = whole.clone();
        damaged[change] ^= 0x11;
        let file = home.path().join("damaged.rdb");
        fs::write(&file, damaged).expect("a file");
        for program in [OsStr::new("redis-check-rdb"), link(&home, "redis-check-rdb").as_os_str()] {
            if let Some(outcome) = run(program, &[&file], b"") {
                let said = &outcome.stdout;
                assert!(!outcome.success && said.contains("--- RDB ERROR DETECTED ---"), "{said}");
            }
        }
    }
}

#[test]
fn a_damaged_dump_is_cut_behind_its_last_whole_key() {
    let home = TempDir::new().expect("a directory");
    let file = dump_of(home.path());
    let whole = fs::read(&file).expect("a dump");
    fs::write(&file, &whole[..whole.len() / 2]).expect("damage");
    let path = file.to_str().expect("text");
    assert!(!check(&["rdb", path], "").success);
    assert!(!check(&["rdb", "--fix", path], "n\n").success);
    let outcome = check(&["rdb", "--fix", path], "y\n");
    assert!(outcome.success, "{}", outcome.stdout);
    assert!(check(&["rdb", path], "").success);
    let kept = fs::read(file.with_extension("rdb.damaged")).expect("the damaged one");
    assert_eq!(kept, whole[..whole.len() / 2]);
    for program in [Program::UnderTest, Program::Oracle] {
        let options = Options::of(program).with("appendonly", "no").in_dir(home.path());
        let mut server = Server::start(options);
        let keys = server.client().run("DBSIZE").integer().expect("a count");
        assert!((20..90).contains(&keys), "{keys}");
        server.kill9();
    }
}
