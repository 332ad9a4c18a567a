//! Glob-style patterns as KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET understand them.
//!
//! Byte-wise: `*` any run, `?` any byte, `[abc]`, `[a-z]`, `[^a]`, and `\` takes the next byte
//! literally. No nesting and no recursion: on a mismatch only the last `*` is widened, which finds
//! every match because each other element takes exactly one byte. Time is at most
//! pattern x text and linear for patterns like `a*a*a*b` (compare CVE-2022-36021), stack use is
//! constant (CVE-2024-31228).
//!
//! Odd corners are Redis's, on purpose (the tests list them): an unterminated class ends with the
//! pattern; `[]` matches nothing and `[^]` any byte; a reversed range is turned round; ranges
//! compare signed bytes (unless case is ignored); an escaped byte in a class keeps its case; an
//! empty text matches only an empty pattern, not even `*` (KEYS and SCAN never ask when the
//! pattern is a lone star).

/// Whether the whole of `text` matches `pattern`.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    run(pattern, text, Case::Exact)
}

/// As [`matches`], taking ASCII letters of either case as equal.
pub fn matches_ignore_case(pattern: &[u8], text: &[u8]) -> bool {
    run(pattern, text, Case::Ignore)
}

#[derive(Clone, Copy)]
enum Case {
    Exact,
    Ignore,
}

impl Case {
    #[inline]
    fn fold(self, byte: u8) -> u8 {
        match self {
            Case::Exact => byte,
            Case::Ignore => byte.to_ascii_lowercase(),
        }
    }
}

#[inline]
fn run(pattern: &[u8], text: &[u8], case: Case) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where to go on after a mismatch: just behind the last star, and the text it has to skip to.
    let mut resume: Option<(usize, usize)> = None;
    while at_text < text.len() {
        if pattern.get(at_pattern) == Some(&b'*') {
            at_pattern = skip_stars(pattern, at_pattern);
            if at_pattern == pattern.len() {
                return true;
            }
            resume = Some((at_pattern, at_text + 1));
        }
        match element(pattern, at_pattern, text[at_text], case) {
            Some(next) => {
                at_pattern = next;
                at_text += 1;
            }
            None => {
                let Some((behind_star, next_text)) = resume else { return false };
                (at_pattern, at_text) = (behind_star, next_text);
                resume = Some((behind_star, next_text + 1));
            }
        }
    }
    skip_stars(pattern, at_pattern) == pattern.len()
}

fn skip_stars(pattern: &[u8], at: usize) -> usize {
    at + pattern[at..].iter().take_while(|&&byte| byte == b'*').count()
}

/// Matches one byte against the element at `at` (not a star); `Some` is where the next one starts.
#[inline]
fn element(pattern: &[u8], at: usize, byte: u8, case: Case) -> Option<usize> {
    match *pattern.get(at)? {
        b'?' => Some(at + 1),
        b'[' => class(pattern, at + 1, byte, case),
        b'\\' if at + 1 < pattern.len() => {
            (case.fold(pattern[at + 1]) == case.fold(byte)).then_some(at + 2)
        }
        literal => (case.fold(literal) == case.fold(byte)).then_some(at + 1),
    }
}

/// Matches one byte against the class whose `[` is just before `at`.
fn class(pattern: &[u8], mut at: usize, byte: u8, case: Case) -> Option<usize> {
    let inverted = pattern.get(at) == Some(&b'^');
    at += usize::from(inverted);
    let mut found = false;
    loop {
        match pattern[at..] {
            [] => break,
            [b'\\', escaped, ..] => {
                found |= escaped == byte;
                at += 2;
            }
            [b']', ..] => {
                at += 1;
                break;
            }
            [first, b'-', last, ..] => {
                found |= in_range(first, last, byte, case);
                at += 3;
            }
            [literal, ..] => {
                found |= case.fold(literal) == case.fold(byte);
                at += 1;
            }
        }
    }
    (found != inverted).then_some(at)
}

/// A range is turned round before its letters lose their case, as in Redis.
fn in_range(first: u8, last: u8, byte: u8, case: Case) -> bool {
    let (low, high) = if (first as i8) <= (last as i8) { (first, last) } else { (last, first) };
    let (low, high, byte) = (case.fold(low), case.fold(high), case.fold(byte));
    match case {
        // C's plain char, signed on x86-64.
        Case::Exact => (low as i8..=high as i8).contains(&(byte as i8)),
        // C's `tolower` has made the bytes unsigned.
        Case::Ignore => (low..=high).contains(&byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, tried in all ways: exponential, but obviously right.
    fn naive(pattern: &[u8], text: &[u8], case: Case) -> bool {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|n| naive(rest, &text[n..], case)),
            ([], _) => text.is_empty(),
            (_, []) => false,
            (_, [byte, text @ ..]) => element(pattern, 0, *byte, case)
                .is_some_and(|next| naive(&pattern[next..], text, case)),
        }
    }

    fn check(pattern: &[u8], text: &[u8], expected: bool) {
        let shown = (pattern.escape_ascii(), text.escape_ascii());
        assert_eq!(matches(pattern, text), expected, "{} {}", shown.0, shown.1);
    }

    // From KEYS on Redis 7.0.15 with the text as the only key.
    #[test]
    fn odd_patterns_mean_what_they_mean_in_redis() {
        let cases: [(&[u8], &[u8], bool); 46] = [
            (b"**", b"", false),
            (b"", b"", true),
            (b"a", b"", false),
            (b"[", b"a", false),
            (b"[", b"[", false),
            (b"[^", b"a", true),
            (b"[a", b"a", true),
            (b"[a", b"b", false),
            (b"[^a", b"b", true),
            (b"[^a", b"a", false),
            (b"[]", b"a", false),
            (b"[]a]", b"a]", false),
            (b"[]a]", b"a", false),
            (b"[^]", b"a", true),
            (b"[^]a", b"xa", true),
            (b"[z-a]", b"m", true),
            (b"[a-]", b"a", true),
            (b"[a-]", b"-", false),
            (b"[a-]", b"^", true),
            (b"[a-]", b"]", true),
            (b"[a-]]", b"^", true),
            (b"[a-]]", b"b", false),
            (b"[-a]", b"-", true),
            (b"a\\", b"a\\", true),
            (b"\\", b"\\", true),
            (b"\\", b"a", false),
            (b"\\*", b"*", true),
            (b"\\*", b"a", false),
            (b"[\\]]", b"]", true),
            (b"[\\", b"\\", true),
            (b"[\\a-c]", b"b", false),
            (b"[\\a-c]", b"-", true),
            (b"[a-\\]]", b"^", false),
            (b"[\x80-\xff]", b"\x90", true),
            (b"[a-\xff]", b"\x05", true),
            (b"[a-\xff]", b"\xfe", false),
            (b"a*", b"a", true),
            (b"a**", b"a", true),
            (b"*a", b"a", true),
            (b"*?", b"a", true),
            (b"**?**", b"a", true),
            (b"h*llo", b"heello", true),
            (b"h[^e]llo", b"hallo", true),
            (b"?", b"\xff", true),
            (b"[[]", b"[", true),
            (b"[[][]]", b"[", false),
        ];
        for (pattern, text, expected) in cases {
            check(pattern, text, expected);
        }
    }

    #[test]
    fn a_star_alone_does_not_match_the_empty_text() {
        check(b"*", b"", false);
    }

    #[test]
    fn ignoring_case_folds_letters_and_ranges_but_not_escapes_in_classes() {
        let cases: [(&[u8], &[u8], bool); 10] = [
            (b"maxMEM*", b"MaxMemory", true),
            (b"\\A", b"a", true),
            (b"[A-C]", b"b", true),
            (b"[a-c]", b"B", true),
            (b"[^a-c]", b"B", false),
            // Turned round first ('Z' < 'a'), then folded to the empty range 'z'..='a'.
            (b"[Z-a]", b"m", false),
            (b"[\\A]", b"a", false),
            (b"[\\A]", b"A", true),
            (b"[B]", b"b", true),
            (b"k\xc4", b"K\xe4", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches_ignore_case(pattern, text), expected, "{}", pattern.escape_ascii());
        }
    }

    // Each would take years, or overflow the stack, if stars multiplied or nested.
    #[test]
    fn hostile_patterns_end_soon() {
        let text = vec![b'a'; 100_000];
        check(&[b"a*".repeat(50_000), b"b".to_vec()].concat(), &text, false);
        check(&[b"*a".repeat(50_000), b"*".to_vec()].concat(), &text, true);
        check(&b"*?".repeat(100_000), &text, true);
        check(&b"*?".repeat(100_001), &text, false);
        check(&vec![b'['; 100_000], b"[", true);
        check(&vec![b'['; 100_000], &text, false);
        check(&b"[a]*".repeat(1_000), &text, true);
        check(&vec![b'\\'; 100_000], &text, false);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn agrees_with_the_naive_matcher(
            pattern in "[ab*?\\\\\\[\\]^-]{0,8}",
            text in "[abB^-]{1,7}",
        ) {
            let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
            let expected = naive(pattern, text, Case::Exact);
            prop_assert_eq!(matches(pattern, text), expected);
            let expected = naive(pattern, text, Case::Ignore);
            prop_assert_eq!(matches_ignore_case(pattern, text), expected);
        }

        #[test]
        fn an_escaped_text_matches_itself_only(text: Vec<u8>, other: Vec<u8>) {
            let pattern: Vec<u8> = text.iter().flat_map(|&byte| [b'\\', byte]).collect();
            prop_assert!(matches(&pattern, &text));
            prop_assert_eq!(matches(&pattern, &other), text == other);
        }
    }
}
