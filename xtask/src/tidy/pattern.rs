//! Path patterns with `*`, which stands for any characters except `/`.
//!
//! Used by the list of files that may hold unsafe code and by paths named in documents.

/// Whether `path` matches `pattern` as a whole.
pub fn matches(pattern: &str, path: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == path };
    let Some(rest) = path.strip_prefix(head) else { return false };
    let reach = rest.find('/').unwrap_or(rest.len());
    (0..=reach).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_one_folder() {
        assert!(matches("a/*.rs", "a/b.rs"));
        assert!(matches("a/*/c*.rs", "a/b/cd.rs"));
        assert!(matches("a/b.rs", "a/b.rs"));
        assert!(!matches("a/*.rs", "a/b/c.rs"));
        assert!(!matches("a/*.rs", "a/b.rst"));
        assert!(!matches("a/b.rs", "a/b.rs.txt"));
        assert!(!matches("*.rs", "a/b.rs"));
    }
}
