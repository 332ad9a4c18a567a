//! Rule `no-panic`: nothing on a request's way may end the process by surprise.
//!
//! In the crates listed below, code outside tests has no `unwrap`, `expect`, `panic!` and kin. An
//! invariant of our own is stated with `assert!` or `debug_assert!`, which are allowed: a database
//! that goes on with a broken invariant writes the damage down.
//!
//! Not here: indexing and arithmetic, which cannot be told from text.

use super::Finding;
use super::items;
use super::tree::{Source, Tree};

const CRATES: &[&str] =
    &["protocol", "structures", "keyspace", "commands", "log", "engine", "net", "rdb", "config"];

const METHODS: &[&str] = &["unwrap", "expect", "unwrap_err", "expect_err"];
const MACROS: &[&str] = &["panic", "unreachable", "todo", "unimplemented"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources().iter().filter(|source| is_covered(&source.path)).flat_map(check_source).collect()
}

fn is_covered(path: &str) -> bool {
    let rest = path.strip_prefix("crates/").unwrap_or("");
    rest.split_once('/').is_some_and(|(name, _)| CRATES.contains(&name))
}

fn check_source(source: &Source) -> Vec<Finding> {
    let outside_tests = items::words(&source.code).filter(|(at, _)| !source.is_test(*at));
    let panicking = outside_tests.filter(|(at, word)| {
        let next = source.code.as_bytes().get(at + word.len());
        let method = METHODS.contains(word) && next == Some(&b'(');
        let called = source.code[..*at].trim_end().ends_with(['.', ':']);
        (method && called) || (MACROS.contains(word) && next == Some(&b'!'))
    });
    let finding = |(at, word)| Finding {
        path: source.path.clone(),
        line: source.line(at),
        rule: "no-panic",
        message: format!("`{word}` outside tests: return an error, or assert an invariant"),
    };
    panicking.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::new(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn each_way_to_panic_is_found() {
        let text = "a.unwrap();\nb\n    .expect(\"x\");\npanic!();\nstd::unreachable!();\ntodo!()\n\
                    c.unwrap_err();\nunimplemented!()\nx.map(Option::unwrap)\nOption::unwrap(x)";
        assert_eq!(lines("crates/log/src/a.rs", text), [1, 3, 4, 5, 6, 7, 8, 10]);
    }

    #[test]
    fn assertions_and_look_alikes_are_not() {
        let text = "a.unwrap_or(0); assert!(x); debug_assert!(y); fn expect(x: u8) {} // unwrap()\n\
                    \"panic!\"; use std::panic; a.unwrap_or_default();";
        assert_eq!(lines("crates/log/src/a.rs", text), [0; 0]);
    }

    #[test]
    fn tests_and_other_crates_may_panic() {
        assert_eq!(lines("crates/log/src/a.rs", "#[cfg(test)]\nmod tests { a.unwrap() }"), [0; 0]);
        assert_eq!(lines("crates/log/tests/a.rs", "a.unwrap()"), [0; 0]);
        assert_eq!(lines("crates/server/src/a.rs", "a.unwrap()"), [0; 0]);
        assert_eq!(lines("xtask/src/a.rs", "a.unwrap()"), [0; 0]);
    }
}
