//! `cargo xtask tidy`: the house rules of STYLE.md, checked.
//!
//! Each rule is one small file with a function from the tree to findings, and its own tests on
//! trees made in memory. All rules run every time and all findings are printed at once. The same
//! check is an ordinary test of this crate, so that one green light covers code and style.
//!
//! Must be true: a rule reads the tree and nothing else, so its answer depends on the files only.
//! Not here: what rustfmt and clippy already check.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod comments;
mod dependencies;
mod doc_paths;
mod edges;
mod exceptions;
mod imports;
mod items;
mod layout;
mod length;
mod lexer;
mod manifest;
mod panics;
mod parameters;
mod pattern;
mod tree;
mod unsafe_code;
mod unsafe_files;
mod words;

use tree::Tree;

/// One place where the tree breaks one rule. Displayed as `path:line: rule: message`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the repository root.
    pub path: String,
    /// Line, counted from 1.
    pub line: usize,
    /// The rule's name as it stands in STYLE.md.
    pub rule: &'static str,
    /// What is wrong and what to do instead.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.message)
    }
}

/// The names under which a check reports, and the check.
type Rules = (&'static [&'static str], fn(&Tree) -> Vec<Finding>);

const RULES: &[Rules] = &[
    (&["commented-out"], comments::check),
    (&["dependencies"], dependencies::check),
    (&["doc-path"], doc_paths::check),
    (&["edges"], edges::check),
    (&["glob-import"], imports::check),
    (&["ascii", "header", "line-width"], layout::check),
    (&["file-length", "function-length"], length::check),
    (&["no-panic"], panics::check),
    (&["parameters"], parameters::check),
    (&["safety-comment", "unsafe-file"], unsafe_code::check),
    (&["machine-path", "unfinished"], words::check),
];

/// Runs every rule over the repository at `root`; findings come sorted by path and line.
///
/// # Errors
/// If a file or folder below `root` cannot be read.
pub fn check(root: &Path) -> io::Result<Vec<Finding>> {
    Ok(check_tree(&Tree::read(root)?))
}

fn check_tree(tree: &Tree) -> Vec<Finding> {
    let all = RULES.iter().flat_map(|(_, check)| check(tree)).collect();
    let mut findings = exceptions::apply(tree, all);
    findings.sort();
    findings
}

/// Prints all findings. Exit code 1 if there are any, 2 if the repository could not be read.
pub fn run(_arguments: &[String]) -> ExitCode {
    match repository_root().and_then(|root| check(&root)) {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            for finding in &findings {
                println!("{finding}");
            }
            eprintln!("tidy: {} findings; the rules and their reasons: STYLE.md", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("tidy: {error}");
            ExitCode::from(2)
        }
    }
}

/// The nearest folder, from the current one upwards, whose Cargo.toml has a `[workspace]`.
///
/// # Errors
/// `NotFound` outside a workspace; otherwise what the file system said.
pub fn repository_root() -> io::Result<PathBuf> {
    let current = std::env::current_dir()?;
    let is_root = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "[workspace]")
    };
    let root = current.ancestors().find(is_root).map(Path::to_path_buf);
    root.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "not inside the workspace"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_repository_is_tidy() -> io::Result<()> {
        let findings = check(&repository_root()?)?;
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        assert!(lines.is_empty(), "{} findings:\n{}", lines.len(), lines.join("\n"));
        Ok(())
    }

    #[test]
    fn the_style_page_names_every_rule_and_no_other() -> io::Result<()> {
        let page = std::fs::read_to_string(repository_root()?.join("STYLE.md"))?;
        let page = page.replace('\n', " ");
        let notes = page.split("[tidy: ").skip(1).filter_map(|rest| rest.split([';', ']']).next());
        let words = notes.flat_map(|note| note.split([',', ' '])).filter(|word| word.len() > 3);
        let named: BTreeSet<&str> =
            words.filter(|word| word.contains('-') || is_rule(word)).collect();
        let all: BTreeSet<&str> = RULES.iter().flat_map(|(names, _)| *names).copied().collect();
        assert_eq!(named, all);
        Ok(())
    }

    fn is_rule(word: &str) -> bool {
        RULES.iter().any(|(names, _)| names.contains(&word))
    }

    #[test]
    fn findings_are_printed_as_path_line_rule_message_and_sorted() {
        let tree = Tree::new(&[("b.rs", "//! b\n\nfn f() {}\t\n// \u{e9}\n"), ("a.rs", "\n")]);
        let lines: Vec<String> = check_tree(&tree).iter().map(Finding::to_string).collect();
        assert!(
            lines.contains(&"a.rs:1: header: the first line must begin with `//!`".to_string())
        );
        let positions: Vec<_> = lines.iter().map(|l| l.starts_with("b.rs:")).collect();
        assert!(positions.is_sorted(), "{lines:?}");
    }
}
