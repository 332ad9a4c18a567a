//! Rules `unsafe-file` and `safety-comment`: where unsafe code lives, and that it says why.
//!
//! The word may stand only in the files that `unsafe_files.rs` lists, in tests too. Each unsafe
//! block, implementation and extern block has a `// SAFETY:` comment right above the statement it
//! is in. Unsafe functions say `# Safety` in their doc comment, which clippy checks.

use super::tree::{Source, Tree};
use super::{Finding, items, pattern, unsafe_files};

pub fn check(tree: &Tree) -> Vec<Finding> {
    check_against(tree, unsafe_files::ALLOWED)
}

fn check_against(tree: &Tree, allowed: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.sources() {
        if !allowed.iter().any(|entry| pattern::matches(entry, &source.path)) {
            let message = "unsafe code in a file that xtask/src/tidy/unsafe_files.rs does not list";
            let first = uses(source).take(1);
            findings.extend(first.map(|at| finding(source, at, "unsafe-file", message)));
        }
        let bare =
            uses(source).filter(|at| needs_comment(source, *at) && !has_comment(source, *at));
        let message = "no `// SAFETY:` comment right above";
        findings.extend(bare.map(|at| finding(source, at, "safety-comment", message)));
    }
    findings.extend(allowed.iter().filter_map(|entry| unused(tree, entry)));
    findings
}

fn finding(source: &Source, at: usize, rule: &'static str, message: &str) -> Finding {
    let (path, line) = (source.path.clone(), source.line(at));
    Finding { path, line, rule, message: message.to_string() }
}

fn uses(source: &Source) -> impl Iterator<Item = usize> {
    items::words(&source.code).filter(|(_, word)| *word == "unsafe").map(|(at, _)| at)
}

fn needs_comment(source: &Source, at: usize) -> bool {
    let rest = source.code[at + "unsafe".len()..].trim_start();
    let first = items::words(rest).next().map_or("", |(_, word)| word);
    let is_extern_block = || {
        let head = rest.split(['{', '(', ';']).next().unwrap_or("");
        first == "extern" && !items::words(head).any(|(_, word)| word == "fn")
    };
    rest.starts_with('{') || (rest.starts_with("impl") && first == "impl") || is_extern_block()
}

/// Looks upwards from the line of the use, over attributes and the lines of the same statement.
fn has_comment(source: &Source, at: usize) -> bool {
    let line = source.line(at);
    let lines: Vec<&str> = source.text.lines().take(line).map(str::trim).collect();
    let is_comment = |text: &str| text.starts_with("//");
    if lines[line - 1].split_once("//").is_some_and(|(_, note)| note.contains("SAFETY:")) {
        return true;
    }
    for (index, text) in lines[..line - 1].iter().enumerate().rev() {
        if is_comment(text) {
            let block = lines[..=index].iter().rev().take_while(|text| is_comment(text));
            return block.into_iter().any(|text| text.contains("SAFETY:"));
        }
        let attribute = text.starts_with("#[");
        if !attribute && (text.is_empty() || text.ends_with([';', '{', '}', ','])) {
            return false;
        }
    }
    false
}

fn unused(tree: &Tree, entry: &str) -> Option<Finding> {
    let mut files = tree.sources().iter().filter(|s| pattern::matches(entry, &s.path)).peekable();
    let first = files.peek()?.path.clone();
    if files.any(|source| uses(source).next().is_some()) {
        return None;
    }
    let message =
        format!("no unsafe code left: take `{entry}` from xtask/src/tidy/unsafe_files.rs");
    Some(Finding { path: first, line: 1, rule: "unsafe-file", message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, usize)> {
        let tree = Tree::new(&[("a/b.rs", text)]);
        let findings = check_against(&tree, &["a/*.rs"]);
        findings.into_iter().map(|finding| (finding.rule, finding.line)).collect()
    }

    #[test]
    fn unlisted_files_with_unsafe_code_are_found() {
        let tree = Tree::new(&[
            ("crates/net/src/a.rs", "\n// SAFETY: x\nunsafe { a() }\n"),
            ("crates/net/src/b.rs", "#![allow(unsafe_code)]\n// unsafe\nlet x = \"unsafe\";\n"),
            ("crates/net/src/c.rs", "#[cfg(test)]\nmod tests { unsafe fn f() {} }"),
        ]);
        let lines: Vec<String> = check(&tree).iter().map(Finding::to_string).collect();
        let why =
            "unsafe-file: unsafe code in a file that xtask/src/tidy/unsafe_files.rs does not list";
        let expected =
            [format!("crates/net/src/a.rs:3: {why}"), format!("crates/net/src/c.rs:2: {why}")];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_block_needs_its_reason_right_above() {
        assert_eq!(found("// SAFETY: held.\nunsafe { a() }"), []);
        assert_eq!(found("// SAFETY: held,\n// and so on.\nlet x =\n    unsafe { a() };"), []);
        assert_eq!(found("unsafe { a() } // SAFETY: held."), []);
        assert_eq!(found("// Why.\nunsafe { a() }"), [("safety-comment", 2)]);
        assert_eq!(found("// SAFETY: held.\nb();\nunsafe { a() }"), [("safety-comment", 3)]);
        assert_eq!(found("// SAFETY: held.\n\nunsafe { a() }"), [("safety-comment", 3)]);
    }

    #[test]
    fn implementations_and_extern_blocks_need_one_and_functions_do_not() {
        assert_eq!(found("unsafe impl Send for A {}"), [("safety-comment", 1)]);
        assert_eq!(found("// SAFETY: plain data.\n#[cfg(unix)]\nunsafe impl Send for A {}"), []);
        assert_eq!(found("unsafe extern \"C\" { fn f(); }"), [("safety-comment", 1)]);
        assert_eq!(found("unsafe fn f() {}\nunsafe extern \"C\" fn g() {}\n"), []);
    }

    #[test]
    fn a_listed_file_without_unsafe_code_is_found_once_it_exists() {
        let allowed = ["a/b.rs", "a/c*.rs", "a/gone.rs"];
        let tree =
            Tree::new(&[("a/b.rs", "safe"), ("a/c1.rs", ""), ("a/c2.rs", "unsafe fn f() {}")]);
        let findings = check_against(&tree, &allowed);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].to_string().starts_with("a/b.rs:1: unsafe-file: no unsafe code left"));
    }
}
