//! The files that an `include` names.
//!
//! A name without wildcards is that file, present or not. A pattern (`*`, `?`, `[...]`) is
//! every file it matches, in the order of names; none is fine, so that a directory of
//! fragments may be empty. Wildcards do not match a leading dot, nor a slash.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// The files, relative ones starting at `base`.
pub(crate) fn expand(base: &Path, pattern: &str) -> Vec<PathBuf> {
    // "./x" would only make messages longer.
    let base = if base == Path::new(".") { Path::new("") } else { base };
    let whole = base.join(pattern);
    if !is_pattern(pattern) {
        return vec![whole];
    }
    let mut found = vec![PathBuf::new()];
    // The base itself is a name even if it looks like a pattern.
    let literal = if Path::new(pattern).is_absolute() { 0 } else { base.components().count() };
    for (depth, component) in whole.components().enumerate() {
        let name = component.as_os_str().to_str();
        match (component, name) {
            (Component::Normal(_), Some(name)) if depth >= literal && is_pattern(name) => {
                found = found.iter().flat_map(|parent| matching(parent, name)).collect();
            }
            _ => found.iter_mut().for_each(|path| path.push(component)),
        }
    }
    found.retain(|path| path.exists());
    found.sort();
    found
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Entries of a directory that match; none if it cannot be read.
fn matching(parent: &Path, pattern: &str) -> Vec<PathBuf> {
    let directory = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let fits = |name: &[u8]| {
        base::glob::matches(pattern.as_bytes(), name)
            && (!name.starts_with(b".") || pattern.starts_with('.'))
    };
    entries
        .map(|entry| entry.file_name())
        .filter(|name| fits(name.as_encoded_bytes()))
        .map(|name| parent.join(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_in_any_component() {
        let dir = tempfile::tempdir().expect("temporary directory");
        for name in ["b/1.conf", "a/2.conf", "a/.hidden.conf", "a/x.txt"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("parent")).expect("made");
            fs::write(path, "").expect("written");
        }
        let expanded = |pattern: &str| {
            let found = expand(dir.path(), pattern);
            let strip = |path: &PathBuf| path.strip_prefix(dir.path()).expect("inside").to_owned();
            found.iter().map(strip).collect::<Vec<_>>()
        };
        assert_eq!(expanded("*/*.conf"), [Path::new("a/2.conf"), Path::new("b/1.conf")]);
        assert_eq!(expanded("a/[x].txt"), [Path::new("a/x.txt")]);
        assert!(expanded("c/*.conf").is_empty());
        assert_eq!(expanded("missing"), [Path::new("missing")]);
    }
}
