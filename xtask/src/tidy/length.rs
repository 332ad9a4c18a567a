//! Rules `file-length` and `function-length`: what is too long to be understood at once.
//!
//! A file has at most 800 lines of code; inline test modules are counted apart and may bring the
//! whole to 1,000. A function has at most 70 lines from its head to its closing brace, or 100 if
//! it is a flat match (at least half of its lines are match arms). Test code obeys as well.

use super::Finding;
use super::tree::{Source, Tree};

const FILE_LINES_MAX: usize = 800;
const FILE_WITH_TESTS_LINES_MAX: usize = 1_000;
const FUNCTION_LINES_MAX: usize = 70;
const FLAT_MATCH_LINES_MAX: usize = 100;

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources().iter().flat_map(|source| [file(source), functions(source)].concat()).collect()
}

fn file(source: &Source) -> Vec<Finding> {
    let total = source.text.lines().count();
    let modules = source.tests.iter().filter(|item| item.inline && item.module.is_some());
    let code = total - modules.map(|item| source.line_count(&item.range)).sum::<usize>().min(total);
    let message = if code > FILE_LINES_MAX {
        format!("{code} lines of code, at most {FILE_LINES_MAX}: split by what it owns")
    } else if total > FILE_WITH_TESTS_LINES_MAX {
        format!("{total} lines with tests, at most {FILE_WITH_TESTS_LINES_MAX}: move the tests out")
    } else {
        return Vec::new();
    };
    vec![Finding { path: source.path.clone(), line: 1, rule: "file-length", message }]
}

fn functions(source: &Source) -> Vec<Finding> {
    let long = source.functions.iter().filter_map(|function| {
        let lines = source.line_count(&function.range);
        let max = if function.flat_match { FLAT_MATCH_LINES_MAX } else { FUNCTION_LINES_MAX };
        (lines > max).then(|| Finding {
            path: source.path.clone(),
            line: source.line(function.range.start),
            rule: "function-length",
            message: format!("`{}` has {lines} lines, at most {max}", function.name),
        })
    });
    long.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, usize)> {
        let tree = Tree::new(&[("a.rs", text)]);
        check(&tree).into_iter().map(|finding| (finding.rule, finding.line)).collect()
    }

    #[test]
    fn a_file_may_have_800_lines_of_code() {
        assert_eq!(found(&"\n".repeat(800)), []);
        assert_eq!(found(&"\n".repeat(801)), [("file-length", 1)]);
    }

    #[test]
    fn inline_tests_are_counted_apart_up_to_1000() {
        let with_tests = |code: usize, tests: usize| {
            let code = "\n".repeat(code);
            format!("{code}#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(tests - 3))
        };
        assert_eq!(found(&with_tests(800, 200)), []);
        assert_eq!(found(&with_tests(800, 201)), [("file-length", 1)]);
        assert_eq!(found(&with_tests(801, 10)), [("file-length", 1)]);
    }

    #[test]
    fn a_function_may_have_70_lines() {
        let function = |lines: usize| format!("\nfn f() {{\n{}}}\n", "x;\n".repeat(lines - 2));
        assert_eq!(found(&function(70)), []);
        assert_eq!(found(&function(71)), [("function-length", 2)]);
    }

    #[test]
    fn a_flat_match_may_have_100_lines() {
        let function = |lines: usize| {
            format!("fn f() {{\nmatch x {{\n{}}}\n}}\n", "1 => 2,\n".repeat(lines - 4))
        };
        assert_eq!(found(&function(100)), []);
        assert_eq!(found(&function(101)), [("function-length", 1)]);
    }
}
