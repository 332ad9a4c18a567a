//! Packed strings: any bytes are a run of elements that lie behind one another and within them.
//!
//! Must be true: what is pushed comes back, and a field that is there is found.
//! Input: taken once as packed bytes, once as the lines to push.
#![no_main]

use structures::packed::{element_len, elements, find_pair, pairs, push};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    any_bytes(bytes);
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let mut packed = Vec::new();
    for line in &lines {
        push(&mut packed, line);
    }
    assert_eq!(packed.len(), lines.iter().map(|line| element_len(line.len())).sum::<usize>());
    assert!(elements(&packed).map(|element| element.bytes(&packed)).eq(lines.iter().copied()));
    any_bytes(&packed);
});

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
}
