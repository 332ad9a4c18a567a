//! Rule `commented-out`: a comment is prose; code that is not wanted is deleted.
//!
//! A heuristic, made to stay quiet: a plain `//` line counts as code only if it ends in `;`, `{`
//! or `}` and also begins the way a statement or an item begins. Doc comments and block comments
//! may hold examples and are not read. History keeps what was deleted.

use super::tree::Tree;
use super::{Finding, items};

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.sources() {
        let code = source.comments.iter().filter(|comment| {
            let text = comment.text.strip_prefix("//").filter(|text| !text.starts_with(['/', '!']));
            text.is_some_and(|text| is_code(text.trim()))
        });
        findings.extend(code.map(|comment| Finding {
            path: source.path.clone(),
            line: source.line(comment.start),
            rule: "commented-out",
            message: "delete it; history keeps it".to_string(),
        }));
    }
    findings
}

fn is_code(text: &str) -> bool {
    let first = items::words(text).next().map_or("", |(_, word)| word);
    match text.chars().last() {
        Some('{') => match first {
            "if" | "for" | "while" | "match" => !text.contains(". "),
            "fn" | "pub" | "impl" | "struct" | "enum" | "mod" | "trait" | "loop" | "unsafe" => true,
            _ => text.contains("=>") || text.starts_with('}'),
        },
        Some('}') => text == "}" || text.starts_with("} else"),
        Some(';') => match first {
            "let" | "const" | "static" => text.contains(" = "),
            "use" => text.contains("::") && !text.contains(", "),
            "mod" | "pub" => items::words(text).count() <= 3 || text.contains("::"),
            "return" | "break" | "continue" => items::words(text).count() <= 2,
            "self" => text.starts_with("self."),
            _ => text == "};" || text == "});" || is_call(text),
        },
        _ => false,
    }
}

/// `a.b::c(...)...;` with nothing but a path before the first bracket, as no sentence has it.
fn is_call(text: &str) -> bool {
    let Some((path, _)) = text.split_once(['(', '[']) else { return false };
    let is_path = |c: char| c.is_ascii_alphanumeric() || "_.:!&*?".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || c == '&');
    let ends = text.ends_with(");") || text.ends_with(")?;") || text.ends_with("];");
    starts && ends && path.chars().all(is_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found() {
        let samples = [
            "let x = 3;",
            "use a::b;",
            "mod list;",
            "pub mod list;",
            "if x.is_empty() {",
            "fn f(x: u8) -> u8 {",
            "pub fn f() {",
            "} else {",
            "}",
            "return x;",
            "self.count += 1;",
            "println!(\"{x}\");",
            "a.b(c)?;",
            "Some(x) => {",
        ];
        for text in samples {
            assert!(is_code(text), "{text}");
        }
    }

    #[test]
    fn prose_is_not() {
        let samples = [
            "let the reader go first;",
            "use the caller's lock, or take one;",
            "the stripe is held (see D2);",
            "return early when nothing changed;",
            "a bucket is {fingerprints, slots}",
            "if the key is gone. Then {",
            "GET k answers nil;",
            "1. lock; 2. apply; 3. log;",
            "const data has no owner;",
            "x = y",
        ];
        for text in samples {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    fn only_plain_line_comments_are_read() {
        let text =
            "//! let x = 1;\n/// let x = 1;\n// let x = 1;\n/* let x = 1; */\nlet s = \"// }\";";
        let findings = check(&Tree::new(&[("a.rs", text)]));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [3]);
    }
}
