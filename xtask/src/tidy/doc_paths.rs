//! Rule `doc-path`: a path that a document names exists.
//!
//! Read are the Markdown files of the root (the changelog apart: it speaks of the past) and those
//! below docs/. A path is a code span without spaces that has a slash and a known extension, read
//! from the root or from the document's own folder; `*` stands for anything within one folder, and
//! a line number after a colon is ignored. Fenced blocks and absolute paths are left alone.

use super::tree::Tree;
use super::{Finding, pattern};

const EXTENSIONS: &[&str] = &[
    "rs", "md", "toml", "txt", "sh", "t", "yml", "yaml", "json", "conf", "html", "css", "js",
    "tcl", "py", "csv", "svg", "rdb", "aof", "service", "c", "h",
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| is_read(path)) {
        for (line, name) in named_paths(text) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let beside = format!("{folder}/{name}");
            let exists = |wanted: &str| tree.paths().any(|path| pattern::matches(wanted, path));
            if !exists(name) && !exists(&beside) {
                let message = format!("`{name}` does not exist");
                findings.push(Finding { path: path.to_string(), line, rule: "doc-path", message });
            }
        }
    }
    findings
}

fn is_read(path: &str) -> bool {
    path.ends_with(".md")
        && path != "CHANGELOG.md"
        && (!path.contains('/') || path.starts_with("docs/"))
}

/// Every path in a code span, with its line.
fn named_paths(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.filter_map(as_path).map(|name| (index + 1, name)));
        }
    }
    found
}

fn as_path(span: &str) -> Option<&str> {
    let name = span.split_once(':').map_or(span, |(name, line)| {
        if line.bytes().all(|byte| byte.is_ascii_digit()) { name } else { "" }
    });
    let name = name.strip_prefix("./").unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./*".contains(c);
    let (folder, file) = name.rsplit_once('/')?;
    let (_, extension) = file.rsplit_once('.')?;
    let relative = !folder.is_empty() && !name.starts_with('/');
    (relative && name.chars().all(plain) && EXTENSIONS.contains(&extension)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(path: &str, text: &str) -> Vec<String> {
        let tree = Tree::new(&[
            (path, text),
            ("crates/base/src/clock.rs", ""),
            ("docs/formats/resp.md", ""),
            ("docs/a.png", ""),
        ]);
        check(&tree).iter().map(|f| format!("{}:{}", f.line, f.message)).collect()
    }

    #[test]
    fn a_path_that_does_not_exist_is_found() {
        let text = "see `crates/base/src/clock.rs`,\n`crates/base/src/gone.rs` and `a/b.md:12`";
        let expected = ["2:`crates/base/src/gone.rs` does not exist", "2:`a/b.md` does not exist"];
        for path in ["ARCHITECTURE.md", "docs/decisions/0001-x.md"] {
            assert_eq!(missing(path, text), expected);
        }
    }

    #[test]
    fn existing_paths_in_all_forms_are_fine() {
        let text = "`crates/*/src/clock.rs` `./crates/base/src/clock.rs` `docs/formats/resp.md:3`";
        assert_eq!(missing("README.md", text), [""; 0]);
        assert_eq!(missing("docs/x.md", "`formats/resp.md`"), [""; 0]);
    }

    #[test]
    fn what_is_no_path_is_left_alone() {
        let text = "`clock.rs` `/etc/a.conf` `a/b` `text/plain` `cat a/b.md` `http://a/b.md`\n\
                    `1/2.5`\n```\n`a/b.rs`\n```\na/b.rs";
        assert_eq!(missing("README.md", text), [""; 0]);
        assert_eq!(missing("CHANGELOG.md", "`a/b.rs`"), [""; 0]);
        assert_eq!(missing("crates/a/notes.md", "`a/b.rs`"), [""; 0]);
    }
}
