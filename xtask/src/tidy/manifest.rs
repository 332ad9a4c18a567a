//! Just enough of Cargo.toml: the names under its dependency tables.
//!
//! Understands `name = "1"`, `name = { .. }`, `name.workspace = true` and `[dependencies.name]`,
//! one entry per line, as this workspace writes them. Not here: TOML in general.

/// One dependency as a manifest names it.
#[derive(Debug, PartialEq)]
pub struct Dependency {
    /// The name on the left of the equals sign.
    pub name: String,
    /// Line in the manifest, counted from 1.
    pub line: usize,
    /// What is on the right of the equals sign; empty for a `[dependencies.name]` table.
    pub value: String,
}

impl Dependency {
    /// The quoted value of a key inside `{ .. }`, such as `path`.
    pub fn field(&self, key: &str) -> Option<&str> {
        let start = self.value.find(&format!("{key} = \""))? + key.len() + 4;
        self.value[start..].split('"').next()
    }
}

/// Every entry of every table that `wanted` accepts by name, such as `dev-dependencies`.
pub fn dependencies(text: &str, wanted: fn(&str) -> bool) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or("").trim();
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            inside = wanted(table);
            if let Some((parent, name)) = table.rsplit_once('.')
                && wanted(parent)
            {
                found.push(Dependency {
                    name: unquote(name),
                    line: index + 1,
                    value: String::new(),
                });
            }
        } else if let Some((key, value)) = line.split_once('=')
            && inside
            && !line.starts_with('#')
        {
            let name = unquote(key.split('.').next().unwrap_or(key));
            found.push(Dependency { name, line: index + 1, value: value.trim().to_string() });
        }
    }
    found
}

fn unquote(name: &str) -> String {
    name.trim().trim_matches('"').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_four_ways_of_naming_a_dependency() {
        let text = "[package]\nname = \"x\"\n[dependencies]\na = \"1\" # note\nb.workspace = true\n\
                    # c = \"1\"\nd = { package = \"e\", path = \"../e\" }\n[dependencies.f]\n\
                    path = \"g\"\n[lints]\nworkspace = true\n";
        let found = dependencies(text, |table| table == "dependencies");
        let names: Vec<(&str, usize)> = found.iter().map(|d| (d.name.as_str(), d.line)).collect();
        assert_eq!(names, [("a", 4), ("b", 5), ("d", 7), ("f", 8)]);
        assert_eq!(found[2].field("path"), Some("../e"));
        assert_eq!(found[2].field("package"), Some("e"));
        assert_eq!(found[0].field("path"), None);
    }

    #[test]
    fn target_tables_are_tables_too() {
        let text = "[target.'cfg(unix)'.dependencies]\na = \"1\"\n[dev-dependencies]\nb = \"1\"\n";
        assert_eq!(dependencies(text, |table| table.ends_with("dependencies")).len(), 2);
    }
}
