//! Patterns: `base::glob` agrees with a model that keeps all ways to match at once.
//!
//! The model first turns the pattern into a list of sets of bytes and stars, then walks the text
//! with the set of places in that list where a match may stand: no resuming, no shortcuts.
//! Input: the pattern up to the first line break, then the text.
#![no_main]

use base::glob::{matches, matches_ignore_case};

/// Longest pattern and text, in bytes; the model takes their product.
const LEN_MAX: usize = 512;

enum Item {
    Star,
    Set(Box<[bool; 256]>),
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let split = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let (pattern, text) = (&bytes[..split], bytes.get(split + 1..).unwrap_or_default());
    let pattern = &pattern[..pattern.len().min(LEN_MAX)];
    let text = &text[..text.len().min(LEN_MAX)];
    for ignores_case in [false, true] {
        let got = if ignores_case { matches_ignore_case } else { matches }(pattern, text);
        let shown = (pattern.escape_ascii(), text.escape_ascii());
        let expected = model(&compile(pattern, ignores_case), pattern, text);
        assert_eq!(got, expected, "{} {} {ignores_case}", shown.0, shown.1);
    }
});

fn model(items: &[Item], pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let mut places = vec![false; items.len() + 1];
    places[0] = true;
    pass_stars(items, &mut places);
    for &byte in text {
        let mut next = vec![false; items.len() + 1];
        for (at, item) in items.iter().enumerate().filter(|(at, _)| places[*at]) {
            match item {
                Item::Star => next[at] = true,
                Item::Set(set) => next[at + 1] |= set[usize::from(byte)],
            }
        }
        pass_stars(items, &mut next);
        places = next;
    }
    places[items.len()]
}

/// A star also stands for nothing.
fn pass_stars(items: &[Item], places: &mut [bool]) {
    for (at, item) in items.iter().enumerate() {
        if places[at] && matches!(item, Item::Star) {
            places[at + 1] = true;
        }
    }
}

fn compile(mut rest: &[u8], ignores_case: bool) -> Vec<Item> {
    let mut items = Vec::new();
    while let [first, tail @ ..] = rest {
        let mut set = Box::new([false; 256]);
        match (first, tail) {
            (b'*', _) => {
                items.push(Item::Star);
                rest = tail;
                continue;
            }
            (b'?', _) => (*set, rest) = ([true; 256], tail),
            (b'[', _) => rest = class(&mut set, tail, ignores_case),
            (b'\\', [escaped, tail @ ..]) => {
                add(&mut set, *escaped, ignores_case);
                rest = tail;
            }
            (literal, _) => {
                add(&mut set, *literal, ignores_case);
                rest = tail;
            }
        }
        items.push(Item::Set(set));
    }
    items
}

fn add(set: &mut [bool; 256], byte: u8, ignores_case: bool) {
    set[usize::from(byte)] = true;
    if ignores_case {
        set[usize::from(byte.to_ascii_lowercase())] = true;
        set[usize::from(byte.to_ascii_uppercase())] = true;
    }
}

/// Fills in the class that `rest` begins with, and returns what comes behind it.
fn class<'a>(set: &mut [bool; 256], mut rest: &'a [u8], ignores_case: bool) -> &'a [u8] {
    let inverted = rest.first() == Some(&b'^');
    rest = &rest[usize::from(inverted)..];
    loop {
        rest = match rest {
            [] => break,
            [b']', tail @ ..] => {
                rest = tail;
                break;
            }
            [b'\\', escaped, tail @ ..] => {
                set[usize::from(*escaped)] = true;
                tail
            }
            [first, b'-', last, tail @ ..] => {
                range(set, *first, *last, ignores_case);
                tail
            }
            [literal, tail @ ..] => {
                add(set, *literal, ignores_case);
                tail
            }
        };
    }
    if inverted {
        set.iter_mut().for_each(|is_in| *is_in = !*is_in);
    }
    rest
}

/// Bytes are signed when they are put in order, and when they are compared with case.
fn range(set: &mut [bool; 256], first: u8, last: u8, ignores_case: bool) {
    let signed = |byte: u8| i16::from(byte as i8);
    let (low, high) = if signed(first) <= signed(last) { (first, last) } else { (last, first) };
    for byte in 0..=255_u8 {
        set[usize::from(byte)] |= if ignores_case {
            let lower = byte.to_ascii_lowercase();
            low.to_ascii_lowercase() <= lower && lower <= high.to_ascii_lowercase()
        } else {
            signed(low) <= signed(byte) && signed(byte) <= signed(high)
        };
    }
}
