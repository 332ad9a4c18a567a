//! Packed forms: any bytes are a run of elements that lie behind one another and within them; or
//! scored members; or sorted integers.
//!
//! Must be true: what is pushed comes back, and a field that is there is found.
//! Input: taken once as packed bytes, once as the lines to push.
#![no_main]

use structures::integers;
use structures::packed::{element_len, elements, find_pair, pairs, push};
use structures::scored::{items, push_item};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_bytes(bytes);
    any_integers(bytes);
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let (mut packed, mut scored) = (Vec::new(), Vec::new());
    for line in &lines {
        push(&mut packed, line);
        push_item(&mut scored, line, score(line));
    }
    assert_eq!(packed.len(), lines.iter().map(|line| element_len(line.len())).sum::<usize>());
    assert!(elements(&packed).map(|element| element.bytes(&packed)).eq(lines.iter().copied()));
    let back = items(&scored).map(|item| (item.member, item.score.to_bits()));
    assert!(back.eq(lines.iter().map(|line| (*line, (score(line) + 0.0).to_bits()))));
    any_bytes(&packed);
    any_bytes(&scored);
});

/// Any double, from the first bytes of a line.
fn score(line: &[u8]) -> f64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(line).for_each(|(to, from)| *to = *from);
    let score = f64::from_le_bytes(bytes);
    if score.is_nan() { line.len() as f64 } else { score }
}

fn any_bytes(packed: &[u8]) {
    let mut end = 0;
    for element in elements(packed) {
        assert_eq!(element.start, end);
        assert!(element.start < element.data && element.data <= element.end);
        assert_eq!(element.bytes(packed).len(), element.end - element.data);
        end = element.end;
    }
    assert!(end <= packed.len());
    for (index, (field, _)) in pairs(packed).enumerate().take(64) {
        let first = pairs(packed).position(|(f, _)| f.bytes(packed) == field.bytes(packed));
        let found = find_pair(packed, field.bytes(packed)).map(|(f, _)| f);
        assert_eq!(found, first.and_then(|first| pairs(packed).nth(first)).map(|(f, _)| f));
        assert!(first <= Some(index));
    }
    let mut end = 0;
    for item in items(packed) {
        assert_eq!(item.start, end);
        assert!(item.start + item.member.len() < item.end);
        end = item.end;
    }
    assert!(end <= packed.len());
}

fn any_integers(bytes: &[u8]) {
    assert_eq!(integers::iter(bytes).count(), integers::len(bytes));
    assert_eq!(integers::get(bytes, integers::len(bytes)), None);
    for integer in integers::iter(bytes).take(16) {
        let (Ok(index) | Err(index)) = integers::find(bytes, integer);
        assert!(index <= integers::len(bytes));
    }
    let sorted = std::collections::BTreeSet::from_iter(integers::iter(bytes));
    let packed = integers::pack(sorted.iter().copied());
    assert!(sorted.iter().enumerate().all(|(at, it)| integers::find(&packed, *it) == Ok(at)));
}
