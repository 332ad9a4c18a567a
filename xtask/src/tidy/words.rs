//! Rules `machine-path` and `unfinished`: what must not be written down, in any text file.
//!
//! A path of one developer's machine is wrong everywhere else. A note about work not done belongs
//! in an issue, with somebody to answer it. In Markdown a word right after a backtick is being
//! talked about and is let through.

use super::Finding;
use super::lexer::is_word;
use super::tree::{self, Tree};

// In two pieces each, so that this file does not break its own rules.
const PATHS: &[&str] = &[concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/")];
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts().flat_map(|(path, text)| check_text(path, text)).collect()
}

fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |at, rule, message| {
        let line = tree::line_of(text, at);
        findings.push(Finding { path: path.to_string(), line, rule, message });
    };
    let bytes = text.as_bytes();
    let before = |at: usize| at.checked_sub(1).map_or(b' ', |at| bytes[at]);
    for name in PATHS {
        // After a word it is part of an address or of a longer path.
        let starts = text.match_indices(name).filter(|(at, _)| {
            let byte = before(*at);
            !is_word(byte) && !matches!(byte, b'.' | b'-' | b'/' | b'}')
        });
        for (at, _) in starts {
            add(at, "machine-path", format!("`{name}` exists on one machine only"));
        }
    }
    for note in NOTES {
        let alone = text.match_indices(note).filter(|(at, _)| {
            let after = bytes.get(at + note.len()).copied().unwrap_or(b' ');
            let quoted = path.ends_with(".md") && before(*at) == b'`';
            !is_word(before(*at)) && !is_word(after) && !quoted
        });
        for (at, _) in alone {
            add(at, "unfinished", format!("`{note}`: finish it, or say what is missing and why"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: String) -> Vec<(&'static str, usize)> {
        let tree = Tree::new(&[(path, &text)]);
        check(&tree).into_iter().map(|finding| (finding.rule, finding.line)).collect()
    }

    #[test]
    fn machine_paths_are_found_in_any_text() {
        for path in ["a.rs", "a.md", "Cargo.toml", "test"] {
            for name in PATHS {
                assert_eq!(found(path, format!("\nsee {name}x")), [("machine-path", 2)]);
            }
        }
    }

    #[test]
    fn longer_paths_and_addresses_are_not() {
        for name in PATHS {
            assert_eq!(found("a.md", format!("example.org{name} ./a{name} ${{x}}{name}")), []);
        }
    }

    #[test]
    fn notes_about_work_not_done_are_found() {
        for note in NOTES {
            assert_eq!(found("a.rs", format!("// {note}: x")), [("unfinished", 1)]);
            assert_eq!(found("a.rs", format!("// `{note}`")), [("unfinished", 1)]);
            assert_eq!(found("a.md", format!("no `{note}` here")), []);
            assert_eq!(found("a.rs", format!("{note}S a{note} {note}_X {note}X")), []);
        }
    }
}
