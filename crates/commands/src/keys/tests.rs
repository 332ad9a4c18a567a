//! Keys of requests, by example, and the quick way against the thorough one.

use proptest::prelude::*;
use protocol::OwnedRequest;

use super::*;
use crate::spec::{Body, DELETE, OW, RM, RO, RW, UPDATE};

const ROW: Spec = Spec::new("X", "a [a ...]", Body::Container);

fn request(line: &str) -> OwnedRequest {
    line.split(' ').map(str::as_bytes).collect()
}

fn found(spec: &Spec, line: &str) -> Result<Vec<usize>, Unfit> {
    let request = request(line);
    let found = find(spec, request.as_request())?.iter().map(|key| key.index).collect();
    let positions: Vec<usize> = positions(spec, request.as_request())?.collect();
    assert_eq!(positions, found, "{line}");
    Ok(found)
}

#[test]
fn ranges_end_at_an_index_or_before_the_end() {
    assert_eq!(found(&ROW.key(1, RO), "x a b"), Ok(vec![1]));
    assert_eq!(found(&ROW.keys(1, -1, 2, OW), "x a 1 b 2"), Ok(vec![1, 3]));
    assert_eq!(found(&ROW.keys(1, -2, 1, OW), "x a b 0"), Ok(vec![1, 2]));
    assert_eq!(found(&ROW.keys(1, 1, 1, OW), "x a b c"), Ok(vec![1, 2]));
    assert_eq!(found(&ROW.key(1, RO).key(2, OW), "x a b"), Ok(vec![1, 2]));
    assert_eq!(found(&ROW, "x a b"), Ok(vec![]));
}

#[test]
fn a_count_says_how_many_keys_follow() {
    let spec = ROW.keys_counted(2, 1, RO);
    assert_eq!(found(&spec, "x s 2 a b c"), Ok(vec![3, 4]));
    for line in ["x s 0 a", "x s -1 a", "x s two a", "x s 2 a", "x s 9223372036854775807 a", "x s"]
    {
        assert_eq!(found(&spec, line), Err(Unfit), "{line}");
    }
    assert_eq!(found(&ROW.keys_counted(1, 2, OW), "x 2 a 1 b 2 EX 9"), Ok(vec![2, 4]));
    let union = ROW.key(1, OW).keys_counted(2, 1, RO);
    assert_eq!(found(&union, "x d 2 a b weights 1 1"), Ok(vec![1, 3, 4]));
}

#[test]
fn keywords_are_searched_from_either_end() {
    let store = ROW.key(1, RO).key_after("STORE", 3, OW);
    assert_eq!(found(&store, "x k 1 store d"), Ok(vec![1, 4]));
    assert_eq!(found(&store, "x k 1 2 d"), Ok(vec![1]));
    assert_eq!(found(&store, "x k 1 2 store"), Ok(vec![1]), "nothing can follow the last argument");
    let half = Find::Range { last: -1, step: 1, limit: 2 };
    let streams = ROW.key_spec(Begin::Keyword("STREAMS", 1), half, RO);
    assert_eq!(found(&streams, "x count 1 streams a b 0 0"), Ok(vec![4, 5]));
    let all = Find::Range { last: -1, step: 1, limit: 0 };
    let keys = ROW.key_spec(Begin::Keyword("KEYS", -2), all, RW);
    assert_eq!(found(&keys, "x h KEYS a KEYS b"), Ok(vec![5]));
    assert_eq!(found(&keys, "x KEYS"), Ok(vec![]));
}

#[test]
fn unknown_and_incomplete_specs_need_a_finder() {
    fn last(request: Request<'_>) -> Vec<FoundKey> {
        vec![FoundKey { index: request.len() - 1, flags: RO }]
    }
    let unknown = ROW.key(1, RO).key_spec(Begin::Unknown, Find::Unknown, RO | INCOMPLETE);
    assert_eq!(found(&unknown, "x a b c"), Err(Unfit));
    assert_eq!(found(&unknown.keys_found_by(last), "x a b c"), Ok(vec![3]));
    let variable = ROW.key(1, RW | VARIABLE_FLAGS).keys_found_by(last);
    let request = request("x a b");
    assert_eq!(find(&variable, request.as_request()), Ok(vec![FoundKey { index: 2, flags: RO }]));
}

#[test]
fn what_is_only_routed_is_no_key() {
    let spec = ROW.keys(1, -1, 1, NOT_KEY);
    let request = request("x a b");
    assert_eq!(find(&spec, request.as_request()), Ok(vec![]));
    assert_eq!(positions(&spec, request.as_request()).map(Iterator::count), Ok(0));
    assert_eq!(of_command(Some(&spec), request.as_request()), Err(KeysError::NoKeys));
}

#[test]
fn getkeys_says_why_there_is_no_answer() {
    let spec = ROW.keys_counted(1, 1, RM | DELETE);
    let answer = |spec: Option<&Spec>, line| {
        of_command(spec, request(line).as_request()).map_err(|error| error.to_string())
    };
    let text = |text: &str| Err(text.to_owned());
    assert_eq!(answer(None, "x 1"), text("Invalid command specified"));
    assert_eq!(answer(Some(&ROW), "x 1"), text("The command has no key arguments"));
    assert_eq!(answer(Some(&spec), "x"), text("Invalid number of arguments specified for command"));
    assert_eq!(answer(Some(&spec), "x 2 a"), text("Invalid arguments specified for command"));
    assert_eq!(answer(Some(&spec.flags(NO_MANDATORY_KEYS)), "x 0 a"), Ok(vec![]));
    let key = FoundKey { index: 2, flags: RM | DELETE };
    assert_eq!(answer(Some(&spec), "x 1 a"), Ok(vec![key]));
}

proptest! {
    #[test]
    fn positions_agree_with_find(
        first in 1_i16..4,
        last in -3_i16..4,
        step in 1_i16..4,
        count in 0_usize..9,
    ) {
        let spec = ROW.keys(first, last, step, RW | UPDATE);
        let request: OwnedRequest = vec![&b"a"[..]; count].into_iter().collect();
        let positions: Vec<usize> =
            positions(&spec, request.as_request()).into_iter().flatten().collect();
        prop_assert!(positions.iter().all(|index| *index < count));
        if let Ok(found) = find(&spec, request.as_request()) {
            let found: Vec<usize> = found.iter().map(|key| key.index).collect();
            prop_assert_eq!(positions, found);
        }
    }
}
