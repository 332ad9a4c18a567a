//! The list of tolerated findings, xtask/tidy-exceptions.txt, which may only shrink.
//!
//! A line is `rule path function: reason`, with `-` for the function when the finding is in none.
//! Blank lines and lines beginning with `#` are comments. One line covers the findings of one rule
//! in one function, so a new sin beside an old one is seen. A line that covers nothing any more,
//! one that cannot be read and one without a reason are findings themselves.
//!
//! Not here: edges, unsafe files and headers, which have lists of their own or no excuse.

use super::Finding;
use super::tree::Tree;

const PATH: &str = "xtask/tidy-exceptions.txt";
const RULE: &str = "exception";

/// Rules that may be excepted.
const RULES: &[&str] = &[
    "ascii",
    "commented-out",
    "doc-path",
    "file-length",
    "function-length",
    "glob-import",
    "line-width",
    "no-panic",
    "parameters",
];

struct Exception<'a> {
    rule: &'a str,
    path: &'a str,
    function: &'a str,
}

/// Takes the tolerated findings out and adds findings about the list itself.
pub fn apply(tree: &Tree, mut findings: Vec<Finding>) -> Vec<Finding> {
    let lines = tree.text(PATH).unwrap_or("").lines().enumerate();
    let mut about_list = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let message = match parse(line) {
            Ok(exception) => {
                let before = findings.len();
                findings.retain(|finding| !covers(tree, &exception, finding));
                if findings.len() < before {
                    continue;
                }
                "covers nothing any more: delete the line".to_string()
            }
            Err(reason) => reason,
        };
        about_list.push(Finding { path: PATH.to_string(), line: index + 1, rule: RULE, message });
    }
    findings.extend(about_list);
    findings
}

fn parse(line: &str) -> Result<Exception<'_>, String> {
    let (what, reason) = line.split_once(": ").ok_or("no `: ` before the reason")?;
    let parts: Vec<&str> = what.split_whitespace().collect();
    let [rule, path, function] = parts[..] else {
        return Err("write `rule path function: reason`".to_string());
    };
    if !RULES.contains(&rule) {
        return Err(format!("no exceptions are made from `{rule}`"));
    }
    if reason.trim().is_empty() {
        return Err("no reason".to_string());
    }
    Ok(Exception { rule, path, function })
}

fn covers(tree: &Tree, exception: &Exception<'_>, finding: &Finding) -> bool {
    let source = tree.sources().iter().find(|source| source.path == finding.path);
    let function = source.and_then(|source| source.function_at(finding.line)).unwrap_or("-");
    exception.rule == finding.rule
        && exception.path == finding.path
        && exception.function == function
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(exceptions: &str) -> Vec<String> {
        let code = "fn a() {\n    x\n}\nfn b() {\n    y\n}\nz\n";
        let tree = Tree::new(&[("a.rs", code), (PATH, exceptions)]);
        let finding = |line| Finding {
            path: "a.rs".to_string(),
            line,
            rule: "no-panic",
            message: String::new(),
        };
        let findings = apply(&tree, vec![finding(2), finding(5), finding(7)]);
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_line_covers_one_rule_in_one_function() {
        let all = ["a.rs:2: no-panic: ", "a.rs:5: no-panic: ", "a.rs:7: no-panic: "];
        assert_eq!(left("# nothing\n\n"), all);
        assert_eq!(left("no-panic a.rs a: bounded above\n"), all[1..]);
        assert_eq!(left("no-panic a.rs a: x\nno-panic a.rs b: y\nno-panic a.rs -: z\n"), [""; 0]);
    }

    #[test]
    fn a_line_that_covers_nothing_is_found() {
        for line in ["no-panic a.rs c: x", "ascii a.rs a: x", "no-panic b.rs a: x"] {
            let found = left(line);
            assert_eq!(found.len(), 4);
            assert!(found[3].contains("tidy-exceptions.txt:1: exception: covers nothing"));
        }
    }

    #[test]
    fn a_line_without_reason_or_for_another_rule_is_found() {
        for line in ["no-panic a.rs a", "no-panic a.rs a:  ", "no-panic a.rs: x", "edges a.rs a: x"]
        {
            let found = left(line);
            assert_eq!(found.len(), 4, "{line}");
            assert!(found[3].starts_with("xtask/tidy-exceptions.txt:1: exception: "));
        }
    }
}
