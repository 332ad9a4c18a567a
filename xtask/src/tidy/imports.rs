//! Rule `glob-import`: outside tests a reader can see where each name comes from.
//!
//! `use a::*` and `use a::{b::*, c}` are findings, re-exports included. A test module may import
//! everything from the module it tests.

use super::tree::{Source, Tree};
use super::{Finding, items};

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources().iter().flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Finding> {
    let uses =
        items::words(&source.code).filter(|(at, word)| *word == "use" && !source.is_test(*at));
    let globs = uses.filter(|(at, _)| {
        let import = source.code[*at..].split(';').next().unwrap_or("");
        let mut stars = import.match_indices('*');
        // `impl Trait + use<'a>` also has the word; a star there would be a pointer.
        stars.any(|(star, _)| import[..star].trim_end().ends_with(['{', ',', ':']))
    });
    let finding = |(at, _)| Finding {
        path: source.path.clone(),
        line: source.line(at),
        rule: "glob-import",
        message: "name what is imported".to_string(),
    };
    globs.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::new(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn globs_are_found_in_every_form() {
        let text = "use a::*;\nuse b::{c::*, d};\npub use e::{\n    f, *\n};\nuse g::{h, i};\n";
        assert_eq!(lines("a.rs", text), [1, 2, 3]);
    }

    #[test]
    fn plain_imports_and_products_are_fine() {
        assert_eq!(lines("a.rs", "use a::b;\nlet c = d * e; // use f::*;\n"), [0; 0]);
    }

    #[test]
    fn tests_may_import_everything() {
        assert_eq!(lines("a.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n}\n"), [0; 0]);
        assert_eq!(lines("tests/src/a.rs", "use super::*;"), [0; 0]);
    }
}
