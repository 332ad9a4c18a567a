//! Rule `dependencies`: docs/dependencies.md gives the reason for each crate that we use.
//!
//! The table there and `[workspace.dependencies]` of the root manifest list the same crates from
//! outside, and versions are written in the root manifest only. A package that is a workspace of
//! its own (`fuzz`) cannot inherit; it writes its versions, and its crates have rows as well. Not
//! here: crates of this workspace (`edges.rs`), licences and advisories.

use super::Finding;
use super::manifest::{self, Dependency};
use super::tree::Tree;

const RULE: &str = "dependencies";
const MANIFEST: &str = "Cargo.toml";
const TABLE: &str = "docs/dependencies.md";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(manifest) = tree.text(MANIFEST) else { return Vec::new() };
    let mut used = from_outside(MANIFEST, manifest, |table| table == "workspace.dependencies");
    for (path, text) in manifests(tree).filter(|(_, text)| is_workspace(text)) {
        used.extend(from_outside(path, text, |table| table.ends_with("dependencies")));
    }
    let explained = explained(tree.text(TABLE).unwrap_or(""));
    let mut findings = versions(tree);
    for (path, dependency) in &used {
        if !explained.iter().any(|(_, name)| *name == dependency.name) {
            let message = format!("`{}` has no row in {TABLE}", dependency.name);
            findings.push(finding(path, dependency.line, message));
        }
    }
    for (line, name) in explained {
        if !used.iter().any(|(_, dependency)| dependency.name == name) {
            let message = format!("`{name}` is not in [workspace.dependencies] of {MANIFEST}");
            findings.push(finding(TABLE, line, message));
        }
    }
    findings
}

fn finding(path: &str, line: usize, message: String) -> Finding {
    Finding { path: path.to_string(), line, rule: RULE, message }
}

/// The manifests below the root's.
fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.texts().filter(|(path, _)| path.ends_with("/Cargo.toml"))
}

/// A manifest outside the workspace of the root.
fn is_workspace(text: &str) -> bool {
    text.lines().any(|line| line.trim() == "[workspace]")
}

/// The crates that are not folders here, each with the manifest's path.
fn from_outside<'a>(
    path: &'a str,
    text: &str,
    wanted: fn(&str) -> bool,
) -> Vec<(&'a str, Dependency)> {
    let dependencies = manifest::dependencies(text, wanted).into_iter();
    let outside = dependencies.filter(|dependency| dependency.field("path").is_none());
    outside.map(|dependency| (path, dependency)).collect()
}

/// Line and name of each table row whose first cell is a code span.
fn explained(text: &str) -> Vec<(usize, &str)> {
    let name = |line: &'_ str| -> Option<(usize, usize)> {
        let start = line.strip_prefix("| `").map(|_| 3)?;
        Some((start, start + line[start..].find('`')?))
    };
    let rows = text.lines().enumerate();
    rows.filter_map(|(index, line)| name(line).map(|(from, to)| (index + 1, &line[from..to])))
        .collect()
}

/// Member manifests that write a version of their own.
fn versions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in manifests(tree).filter(|(_, text)| !is_workspace(text)) {
        for dependency in manifest::dependencies(text, |table| table.ends_with("dependencies")) {
            if dependency.value.starts_with('"') || dependency.field("version").is_some() {
                let message = format!("write the version of `{}` in {MANIFEST}", dependency.name);
                findings.push(finding(path, dependency.line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(manifest: &str, table: &str) -> Vec<String> {
        let tree = Tree::new(&[(MANIFEST, manifest), (TABLE, table)]);
        check(&tree).iter().map(Finding::to_string).collect()
    }

    const MINE: &str = "[workspace.dependencies]\nbase = { path = \"crates/base\" }\nmio = \"1\"\n";

    #[test]
    fn table_and_manifest_list_the_same_crates() {
        assert_eq!(lines(MINE, "| crate | for |\n|---|---|\n| `mio` | `epoll` |\n"), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let expected = ["Cargo.toml:3: dependencies: `mio` has no row in docs/dependencies.md"];
        assert_eq!(lines(MINE, ""), expected);
        let found = lines(MINE, "| `mio` | x |\n| `tokio` | y |\n");
        let expected = "docs/dependencies.md:2: dependencies: `tokio` is not in \
                        [workspace.dependencies] of Cargo.toml";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn members_write_no_versions() {
        let member = "[dependencies]\na = \"1\"\nb = { version = \"2\" }\nc.workspace = true\n\
                      d = { workspace = true, features = [\"x\"] }\n";
        let tree = Tree::new(&[(MANIFEST, ""), ("crates/a/Cargo.toml", member)]);
        let found: Vec<usize> = check(&tree).iter().map(|finding| finding.line).collect();
        assert_eq!(found, [2, 3]);
    }

    #[test]
    fn a_workspace_of_its_own_writes_versions_that_have_rows() {
        let fuzz = "[workspace]\n[dependencies]\na = { path = \"../a\" }\nb = \"1\"\n";
        let check =
            |table| check(&Tree::new(&[(MANIFEST, ""), ("fuzz/Cargo.toml", fuzz), (TABLE, table)]));
        assert_eq!(check("| `b` | x |\n"), []);
        let found: Vec<String> = check("").iter().map(Finding::to_string).collect();
        let expected = "fuzz/Cargo.toml:4: dependencies: `b` has no row in docs/dependencies.md";
        assert_eq!(found, [expected]);
    }
}
