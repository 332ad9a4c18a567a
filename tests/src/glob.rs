//! `*` and `?` over bytes: enough to describe an answer that varies.

/// Whether the whole of `text` has the form of `pattern`; `*` is any run, `?` any one byte.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                retry = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_question_marks() {
        assert!(matches(b"a*c?", b"abbcd"));
        assert!(matches(b"*", b""));
        assert!(matches(b"*x*x*", b"axbxc"));
        assert!(!matches(b"a*c", b"abcd"));
        assert!(!matches(b"", b"a"));
    }
}
