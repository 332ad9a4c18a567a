//! Rule `edges`: which crate may use which.
//!
//! The layers are crates so that a wrong use cannot compile; this list keeps a manifest from
//! quietly allowing one. An edge points down or does not exist. A new edge is a decision: change
//! the list, and say why in docs/decisions. Development dependencies count as well.
//!
//! Not here: dependencies from outside the workspace (`dependencies.rs`).

use super::Finding;
use super::manifest::{self, Dependency};
use super::tree::Tree;

const RULE: &str = "edges";

/// A crate, by the name of its folder, and the crates it may use.
type Edges = (&'static str, &'static [&'static str]);

const ALLOWED: &[Edges] = &[
    ("base", &[]),
    ("protocol", &["base"]),
    ("structures", &["base"]),
    ("config", &["base"]),
    ("keyspace", &["structures", "base"]),
    ("rdb", &["base"]),
    ("commands", &["keyspace", "structures", "protocol", "config", "base"]),
    ("log", &["rdb", "keyspace", "protocol", "base"]),
    (
        "engine",
        &[
            "commands",
            "log",
            "rdb",
            "script",
            "keyspace",
            "structures",
            "config",
            "protocol",
            "base",
        ],
    ),
    ("embed", &["engine", "log", "config", "protocol", "base"]),
    ("check", &["log", "rdb"]),
    ("net", &["protocol", "base"]),
    ("script", &["protocol", "base"]),
    (
        "server",
        &[
            "check",
            "net",
            "engine",
            "commands",
            "log",
            "keyspace",
            "structures",
            "config",
            "protocol",
            "bench",
            "cli",
            "base",
        ],
    ),
    ("bench", &["protocol", "base"]),
    ("cli", &["protocol", "base"]),
    ("tests", &["protocol", "base"]),
    ("fuzz", &["engine", "log", "rdb", "structures", "config", "protocol", "base"]),
    ("xtask", &["bench", "config", "base"]),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = check_against(tree, ALLOWED);
    if tree.text("Cargo.toml").is_none() {
        findings.clear(); // a tree without a workspace, as other rules' tests make them
    }
    findings
}

fn check_against(tree: &Tree, allowed: &[Edges]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let crates: Vec<(&str, &str, &str)> =
        tree.texts().filter_map(|(path, text)| Some((folder_name(path)?, path, text))).collect();
    for (name, _) in allowed {
        if !crates.iter().any(|(folder, ..)| folder == name) {
            let message = format!("crate `{name}` is listed here but does not exist");
            findings.push(finding("xtask/src/tidy/edges.rs", 1, message));
        }
    }
    for (name, path, text) in &crates {
        let Some((_, uses)) = allowed.iter().find(|(crate_name, _)| crate_name == name) else {
            let message = format!("crate `{name}` has no row in xtask/src/tidy/edges.rs");
            findings.push(finding(path, 1, message));
            continue;
        };
        for dependency in manifest::dependencies(text, |table| table.ends_with("dependencies")) {
            let Some(used) = workspace_crate(&dependency, &crates) else { continue };
            if !uses.contains(&used) {
                let message = format!("`{name}` may not use `{used}`");
                findings.push(finding(path, dependency.line, message));
            }
        }
    }
    findings
}

fn finding(path: &str, line: usize, message: String) -> Finding {
    Finding { path: path.to_string(), line, rule: RULE, message }
}

/// The crate's folder name, if this is the path of a workspace crate's manifest.
fn folder_name(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let name = folder.strip_prefix("crates/").unwrap_or(folder);
    (!name.contains('/')).then_some(name)
}

/// The folder name of the workspace crate that a dependency means, if it means one.
fn workspace_crate<'a>(
    dependency: &Dependency,
    crates: &[(&'a str, &'a str, &'a str)],
) -> Option<&'a str> {
    let package = dependency.field("package").unwrap_or(&dependency.name);
    let known = |name: &str| crates.iter().map(|(folder, ..)| *folder).find(|f| *f == name);
    match dependency.field("path") {
        Some(path) => known(path.rsplit('/').next().unwrap_or(path)),
        None if package == "russet" => known("server"),
        None => known(package.strip_prefix("russet-").unwrap_or(package)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[Edges] = &[("base", &[]), ("net", &["base"]), ("server", &["net"])];

    fn check_manifests(net: &str, server: &str) -> Vec<String> {
        let tree = Tree::new(&[
            ("Cargo.toml", "[workspace]"),
            ("crates/base/Cargo.toml", ""),
            ("crates/net/Cargo.toml", net),
            ("crates/server/Cargo.toml", server),
        ]);
        check_against(&tree, LIST).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn listed_edges_and_outside_crates_are_fine() {
        let net = "[dependencies]\nbase.workspace = true\nmio.workspace = true\n";
        let server = "[dependencies]\nrusset-net = { path = \"../net\" }\n";
        assert_eq!(check_manifests(net, server), [""; 0]);
    }

    #[test]
    fn an_edge_that_is_not_listed_is_a_finding_in_any_table() {
        for table in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.dependencies"] {
            let net =
                format!("[{table}]\nserver = {{ package = \"russet\", path = \"../server\" }}\n");
            let expected = "crates/net/Cargo.toml:2: edges: `net` may not use `server`";
            assert_eq!(check_manifests(&net, ""), [expected]);
        }
        let found = check_manifests("", "[dependencies]\nrusset-base.workspace = true\n");
        assert_eq!(found, ["crates/server/Cargo.toml:2: edges: `server` may not use `base`"]);
    }

    #[test]
    fn the_list_and_the_crates_must_be_the_same() {
        let tree = Tree::new(&[("crates/base/Cargo.toml", ""), ("extra/Cargo.toml", "")]);
        let found = check_against(&tree, &[("base", &[]), ("gone", &[])]);
        let lines: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(
            lines,
            [
                "crate `gone` is listed here but does not exist",
                "crate `extra` has no row in xtask/src/tidy/edges.rs",
            ]
        );
    }

    #[test]
    fn every_edge_points_down() {
        // A crate may only use crates whose own rows never lead back to it.
        fn reaches(from: &str, to: &str) -> bool {
            let uses = ALLOWED.iter().find(|(name, _)| *name == from).map_or(&[][..], |row| row.1);
            uses.iter().any(|used| *used == to || reaches(used, to))
        }
        for (name, _) in ALLOWED {
            assert!(!reaches(name, name), "{name}");
        }
    }
}
