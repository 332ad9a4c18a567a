//! Rules `line-width`, `ascii` and `header`: what a Rust file looks like from outside.
//!
//! Lines have at most 100 characters (rustfmt leaves long strings and comments alone), every byte
//! is ASCII, and the first line begins the header that says what the file is for.

use super::Finding;
use super::tree::{Source, Tree};

const LINE_WIDTH_MAX: usize = 100;

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources().iter().flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Finding> {
    let finding = |line, rule, message| Finding { path: source.path.clone(), line, rule, message };
    let mut findings = Vec::new();
    if !source.text.starts_with("//!") {
        let message = "the first line must begin with `//!`".to_string();
        findings.push(finding(1, "header", message));
    }
    for (index, line) in source.text.lines().enumerate() {
        let width = line.chars().count();
        if width > LINE_WIDTH_MAX {
            let message = format!("{width} characters, at most {LINE_WIDTH_MAX}");
            findings.push(finding(index + 1, "line-width", message));
        }
        if let Some(character) = line.chars().find(|character| !character.is_ascii()) {
            let message = format!("write `{}` instead", character.escape_unicode());
            findings.push(finding(index + 1, "ascii", message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, usize)> {
        let tree = Tree::new(&[("a.rs", text), ("a.md", "\u{e9}")]);
        check(&tree).into_iter().map(|finding| (finding.rule, finding.line)).collect()
    }

    #[test]
    fn the_first_line_is_the_header() {
        assert_eq!(found("//! What.\n"), []);
        assert_eq!(found("\n//! What.\n"), [("header", 1)]);
        assert_eq!(found("// What.\n"), [("header", 1)]);
        assert_eq!(found(""), [("header", 1)]);
    }

    #[test]
    fn lines_have_at_most_100_characters() {
        assert_eq!(found(&format!("//! {}\n", "x".repeat(96))), []);
        assert_eq!(found(&format!("//! x\n{}\n", "x".repeat(101))), [("line-width", 2)]);
    }

    #[test]
    fn every_character_is_ascii() {
        assert_eq!(found("//! a\n// na\u{ef}ve\n"), [("ascii", 2)]);
    }
}
