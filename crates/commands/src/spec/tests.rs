//! What follows from a row: categories, key triple, class.

use super::*;
use std::mem::offset_of;

const BODY: Body = Body::Container;

#[test]
fn what_every_request_reads_is_in_one_cache_line() {
    assert_eq!(align_of::<Spec>(), 64);
    assert!(offset_of!(Spec, categories) + size_of::<u64>() <= 64);
    assert!(offset_of!(Spec, subcommand_range) < offset_of!(Spec, categories));
}

#[test]
fn categories_follow_from_flags_and_group() {
    let spec = Spec::new("A", "", BODY).group(Group::String).flags(WRITE | FAST);
    assert_eq!(spec.categories, category::STRING | category::WRITE | category::FAST);
    let spec = Spec::new("A", "", BODY).flags(ADMIN | PUBSUB | BLOCKING);
    let expected = category::ADMIN | category::DANGEROUS | category::PUBSUB;
    assert_eq!(spec.categories, expected | category::BLOCKING | category::SLOW);
    let script = Spec::new("A", "", BODY).group(Group::Scripting).flags(READONLY);
    assert_eq!(script.categories, category::SCRIPTING | category::SLOW);
    let instead = Spec::new("A", "", BODY).group(Group::Generic).categories(category::LIST);
    assert_eq!(instead.categories, category::LIST | category::SLOW);
}

#[test]
fn one_range_gives_the_triple() {
    let spec = Spec::new("A", "", BODY).keys(1, -1, 2, RO);
    assert_eq!((spec.first_key, spec.last_key, spec.key_step), (1, -1, 2));
    assert_eq!((spec.flags & MOVABLE_KEYS, spec.class), (0, Class::Keys));
}

#[test]
fn consecutive_specs_join_and_others_move() {
    let triple = |spec: &Spec| {
        ((spec.first_key, spec.last_key, spec.key_step), spec.flags & MOVABLE_KEYS != 0)
    };
    let row = Spec::new("A", "", BODY);
    assert_eq!(triple(&row.key(1, RO).key(2, OW)), ((1, 2, 1), false));
    assert_eq!(triple(&row.key(2, RO).keys(3, -1, 1, OW)), ((2, -1, 1), false));
    assert_eq!(triple(&row.key(1, RO).key(3, OW)), ((1, 1, 1), true));
    assert_eq!(triple(&row.key(1, RO).key_after("STORE", 3, OW)), ((1, 1, 1), true));
    assert_eq!(triple(&row.keys_counted(1, 1, RO)), ((0, 0, 0), true));
    assert_eq!(triple(&row.key(1, RO | INCOMPLETE)), ((1, 1, 1), true));
}

#[test]
fn routing_alone_locks_nothing() {
    let spec = Spec::new("A", "channel", BODY).key(1, NOT_KEY);
    assert_eq!((spec.has_keys(), spec.class), (false, Class::Local));
    assert_eq!(Spec::new("A", "", BODY).class, Class::Local);
    assert_eq!(Spec::new("A", "", BODY).class(Class::Gate).key(1, RO).class, Class::Gate);
}

#[test]
fn arity_comes_from_the_syntax_unless_said() {
    assert_eq!(Spec::sub("A", "B", "key [x]", BODY).arity, -3);
    assert_eq!(Spec::new("A", "key", BODY).arity(-1).arity, -1);
    let spec = Spec::new("A", "key", BODY);
    assert_eq!([1, 2, 3].map(|count| spec.accepts(count)), [false, true, false]);
    let spec = Spec::new("A", "key [x]", BODY);
    assert_eq!([1, 2, 3].map(|count| spec.accepts(count)), [false, true, true]);
}
