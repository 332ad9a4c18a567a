//! Entries against a plain record of what they should hold.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Entry, Kind, Payload, SHARED_MIN, Stamp};
use crate::value::Object;

#[derive(Clone, Debug)]
enum Step {
    Text(Vec<u8>),
    Integer(i64),
    Shared(usize),
    Object,
    Splice(usize, usize, Vec<u8>),
    Expiry(Option<i64>),
    Rename(Vec<u8>),
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..max)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        bytes(300).prop_map(Step::Text),
        any::<i64>().prop_map(Step::Integer),
        (1usize..3).prop_map(|n| Step::Shared(SHARED_MIN * n)),
        Just(Step::Object),
        (0usize..400, 0usize..300, bytes(300)).prop_map(|(a, r, i)| Step::Splice(a, r, i)),
        any::<Option<i64>>().prop_map(Step::Expiry),
        bytes(200).prop_map(Step::Rename),
    ]
}

/// The value as bytes, whatever its kind.
fn text_of(entry: &Entry) -> Vec<u8> {
    match entry.kind() {
        Kind::Text | Kind::PackedHash | Kind::FlatList => entry.payload().to_vec(),
        Kind::Integer => entry.integer().to_string().into_bytes(),
        Kind::Shared => entry.shared_text().expect("shared").to_vec(),
        _ => b"object".to_vec(),
    }
}

proptest! {
    #[test]
    fn an_entry_keeps_what_it_was_given(
        key in bytes(200),
        steps in proptest::collection::vec(step(), 0..30),
    ) {
        let stamp = Stamp::of_seconds(1_234_567);
        let mut entry = Entry::new(&key, Payload::Text(b"first"), None, stamp);
        let (mut key, mut text, mut expiry) = (key, b"first".to_vec(), None);
        for step in steps {
            match step {
                Step::Text(new) => { entry.set_payload(Payload::Text(&new)); text = new; }
                Step::Integer(n) => { entry.set_integer(n); text = n.to_string().into_bytes(); }
                Step::Shared(len) => {
                    text = vec![7; len];
                    entry.set_shared(Arc::new(text.clone()));
                }
                Step::Object => {
                    entry.set_object(Box::new(Object::Hash(Default::default())));
                    text = b"object".to_vec();
                }
                Step::Splice(at, remove, insert) if entry.kind() == Kind::Text => {
                    let at = at.min(text.len());
                    let remove = remove.min(text.len() - at);
                    entry.splice(at, remove, &[&insert, b"+"]);
                    let mut insert = insert;
                    insert.push(b'+');
                    text.splice(at..at + remove, insert);
                }
                Step::Splice(..) => {}
                Step::Expiry(at) => { entry.set_expires_at(at); expiry = at; }
                Step::Rename(new) => { entry = entry.renamed(&new); key = new; }
            }
            prop_assert_eq!(entry.key(), &key);
            prop_assert_eq!(text_of(&entry), text.clone());
            prop_assert_eq!(entry.expires_at(), expiry);
            prop_assert_eq!(entry.stamp(), stamp);
        }
    }
}

#[test]
fn a_small_string_takes_56_bytes() {
    let entry = Entry::new(&[b'k'; 16], Payload::Text(&[b'v'; 32]), None, Stamp::default());
    assert_eq!(entry.block_bytes(), 56);
    let mut entry = entry;
    entry.set_expires_at(Some(1 << 40));
    assert_eq!(entry.block_bytes(), 64);
}

#[test]
fn shared_text_is_copied_only_while_a_reply_uses_it() {
    let mut entry = Entry::with_shared(b"k", Arc::new(vec![1; 100_000]), None, Stamp::default());
    entry.shared_text_mut().expect("shared").push(2);
    assert_eq!(entry.shared_text().expect("shared").len(), 100_001);
    let reply = entry.shared().expect("shared");
    entry.shared_text_mut().expect("shared")[0] = 9;
    assert_eq!((reply[0], entry.shared_text().expect("shared")[0]), (1, 9));
}
