//! The repository as the rules see it: paths and texts, in memory.
//!
//! `Tree::read` loads a checkout once; `Tree::new` builds one from pairs, which is how the rules
//! are tested. Rust files are lexed once and shared by all rules.
//!
//! Must be true: paths use `/`, are relative to the root and sorted, so findings have a stable
//! order. Build output and `.git` are never read; symbolic links are not followed.
//! Not here: any rule.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::items::{self, Function, TestItem};
use super::lexer::{self, Comment};

/// All files below one root.
pub struct Tree {
    /// Path to text; `None` for a file that is not UTF-8.
    files: BTreeMap<String, Option<String>>,
    sources: Vec<Source>,
}

/// One Rust file, taken apart.
pub struct Source {
    /// Path from the root.
    pub path: String,
    /// The file as it is.
    pub text: String,
    /// The file with comments and literals blanked (see `lexer`).
    pub code: String,
    /// Its comments in order.
    pub comments: Vec<Comment>,
    /// Its functions, outer before inner.
    pub functions: Vec<Function>,
    /// Its items that exist for tests only.
    pub tests: Vec<TestItem>,
    /// The whole file is compiled for tests only.
    pub only_tests: bool,
    /// Offsets of the line breaks, ascending.
    breaks: Vec<usize>,
}

impl Tree {
    /// Loads everything below `root`. Fails only if a folder or file cannot be read.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let mut files = BTreeMap::new();
        collect(root, "", &mut files)?;
        Ok(Tree::from_files(files))
    }

    /// A tree of the given paths and texts.
    #[cfg(test)]
    pub fn new(files: &[(&str, &str)]) -> Tree {
        let own = |(path, text): &(&str, &str)| (path.to_string(), Some(text.to_string()));
        Tree::from_files(files.iter().map(own).collect())
    }

    fn from_files(files: BTreeMap<String, Option<String>>) -> Tree {
        let rust = files.iter().filter(|(path, _)| path.ends_with(".rs"));
        let mut sources: Vec<Source> =
            rust.filter_map(|(path, text)| Some(Source::new(path, text.as_deref()?))).collect();
        let modules: Vec<String> = sources.iter().flat_map(Source::outside_test_modules).collect();
        for source in &mut sources {
            source.only_tests |= modules.iter().any(|module| is_in_module(&source.path, module));
        }
        Tree { files, sources }
    }

    /// All Rust files, by path.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// All files that are text, by path.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The text of one file, if it exists and is text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Paths of all files, text or not.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        let lexed = lexer::lex(text);
        Source {
            path: path.to_string(),
            text: text.to_string(),
            functions: items::functions(&lexed.code),
            tests: items::test_items(&lexed.code),
            only_tests: is_test_path(path) || items::is_test_file(&lexed.code),
            code: lexed.code,
            comments: lexed.comments,
            breaks: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    /// The line of a byte offset, counted from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.breaks.partition_point(|at| *at < offset) + 1
    }

    /// How many lines a range of bytes touches.
    pub fn line_count(&self, range: &Range<usize>) -> usize {
        self.line(range.end.saturating_sub(1).max(range.start)) - self.line(range.start) + 1
    }

    /// Whether the code at this offset is compiled for tests only.
    pub fn is_test(&self, offset: usize) -> bool {
        self.only_tests || self.tests.iter().any(|item| item.range.contains(&offset))
    }

    /// The name of the innermost function around a line, if any.
    pub fn function_at(&self, line: usize) -> Option<&str> {
        let around = |f: &&Function| {
            self.line(f.range.start) <= line && line <= self.line(f.range.end.saturating_sub(1))
        };
        self.functions.iter().rfind(around).map(|function| function.name.as_str())
    }

    /// Paths, without `.rs`, of the test modules that this file declares but does not contain.
    fn outside_test_modules(&self) -> Vec<String> {
        let (folder, file) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let folder = match file {
            "lib.rs" | "main.rs" | "mod.rs" => folder.to_string(),
            _ => self.path.trim_end_matches(".rs").to_string(),
        };
        let outside = self.tests.iter().filter(|item| !item.inline);
        outside.filter_map(|item| Some(format!("{folder}/{}", item.module.as_ref()?))).collect()
    }
}

/// The line of a byte offset in a text, counted from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn is_test_path(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|folder| matches!(folder, "tests" | "benches" | "fuzz"))
}

fn is_in_module(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Option<String>>,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        // In a further work tree `.git` is a file.
        if matches!(name.as_str(), "target" | ".git" | "node_modules" | "__pycache__") {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else if kind.is_file() {
            let text = String::from_utf8(std::fs::read(entry.path())?).ok();
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_module_in_another_file_is_test_code_with_all_below_it() {
        let tree = Tree::new(&[
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod model;"),
            ("crates/a/src/list.rs", "#[cfg(test)]\nmod tests;"),
            ("crates/a/src/list/tests.rs", ""),
            ("crates/a/src/list/other.rs", ""),
            ("crates/a/src/model/mod.rs", ""),
            ("crates/a/src/models.rs", ""),
            ("crates/a/tests/it.rs", ""),
            ("tests/src/lib.rs", ""),
        ]);
        let tests = tree.sources().iter().filter(|s| s.only_tests).map(|s| s.path.as_str());
        let expected = [
            "crates/a/src/list/tests.rs",
            "crates/a/src/model/mod.rs",
            "crates/a/tests/it.rs",
            "tests/src/lib.rs",
        ];
        assert_eq!(tests.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_functions_and_test_code_by_position() {
        let text = "//! x\nfn a() {\n    fn b() {}\n}\n#[cfg(test)]\nmod tests {\n}\n";
        let tree = Tree::new(&[("a.rs", text)]);
        let source = &tree.sources()[0];
        assert_eq!(source.line(0), 1);
        assert_eq!(source.line(text.len()), 8);
        assert_eq!(source.line_count(&source.functions[0].range), 3);
        assert_eq!(source.function_at(1), None);
        assert_eq!(source.function_at(2), Some("a"));
        assert_eq!(source.function_at(3), Some("b"));
        assert_eq!(source.function_at(4), Some("a"));
        assert!(!source.is_test(10));
        assert!(source.is_test(text.find("mod").unwrap_or(0)));
    }
}
