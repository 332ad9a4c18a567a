//! A built value is the value that commands make of the same elements one by one.

use keyspace::ElementTable;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::Bench;

/// Limits that a few elements reach.
fn narrow() -> Limits {
    Limits {
        packed_hash_fields_max: 4,
        packed_hash_bytes_max: 6,
        integer_set_members_max: 3,
        packed_set_members_max: 5,
        packed_set_bytes_max: 6,
        packed_sorted_set_members_max: 4,
        packed_sorted_set_bytes_max: 6,
        ..Bench::default().limits
    }
}

fn hasher() -> KeyHasher {
    KeyHasher::with_key([3; 16])
}

/// Few different texts, some of them integers and some too long to be packed.
fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (-3i64..300).prop_map(|n| n.to_string().into_bytes()),
        vec(b'a'..b'd', 0..3),
        vec(b'a'..b'c', 5..9),
        Just(b"007".to_vec()),
    ]
}

/// The entry as it can be compared: its kind and payload, or what its table holds.
fn shown(entry: &Entry) -> (Kind, Option<i64>, Vec<Vec<u8>>) {
    let of_table = |table: &ElementTable| {
        let mut all = Vec::new();
        table.for_each(|entry| {
            let at = entry.expires_at().unwrap_or(0).to_be_bytes();
            all.push([entry.key(), b"=", entry.payload(), &at].concat());
        });
        all.sort();
        all
    };
    let contents = match entry.object() {
        Some(Object::Hash(table)) => of_table(table),
        Some(Object::Set(set)) => {
            let mut all = Vec::new();
            set.for_each(|it| {
                all.push([it.bytes, &it.expires_at.unwrap_or(0).to_be_bytes()].concat());
            });
            all.sort();
            all
        }
        Some(Object::SortedSet(table)) => {
            let mut all = Vec::new();
            let mut from = Some(0);
            while let Some(at) = from {
                from = table.scan_stored(at, 100, |it| {
                    let at = it.expires_at.unwrap_or(0).to_be_bytes();
                    all.push([it.member, &it.score.to_be_bytes(), &at].concat());
                });
            }
            all.sort();
            all
        }
        Some(_) => vec![b"long".to_vec()],
        None => vec![entry.payload().to_vec()],
    };
    (entry.kind(), entry.expires_at(), contents)
}

fn built(body: impl FnOnce(&mut Builder<'_>)) -> Option<Entry> {
    let (hasher, limits) = (hasher(), narrow());
    let mut builder = Builder::new(&hasher, &limits);
    // Whatever it was used for before does not matter.
    builder.begin(b"other", None, Stamp::default());
    builder.field(b"f", b"v", None);
    builder.begin(b"key", Some(7), Stamp::default());
    body(&mut builder);
    builder.finish().expect("room for all")
}

fn commanded(empty: Payload<'_>, body: impl FnOnce(&mut Entry, Env<'_>)) -> Entry {
    let (hasher, limits) = (hasher(), narrow());
    let mut entry = Entry::new(b"key", empty, Some(7), Stamp::default());
    body(&mut entry, Env { hasher: &hasher, now_ms: 0, limits: &limits });
    entry
}

proptest! {
    #[test]
    fn a_hash(fields in vec((word(), word(), prop::option::weighted(0.05, 1i64..99)), 1..12)) {
        let built = built(|it| {
            fields.iter().for_each(|(name, value, at)| it.field(name, value, *at));
        });
        let commanded = commanded(Payload::PackedHash(&[]), |entry, env| {
            for (name, value, at) in &fields {
                let mut hash = FieldsMut::of(entry, env).expect("a hash");
                hash.set(name, value, ElementExpiry::from(*at));
            }
        });
        prop_assert_eq!(built.as_ref().map(shown), Some(shown(&commanded)));
    }

    #[test]
    fn a_set(members in vec(word(), 1..12), expiring in prop::option::weighted(0.2, word())) {
        let built = built(|it| {
            members.iter().for_each(|member| it.member(member));
            expiring.iter().for_each(|member| it.expire_member(member, 99));
        });
        let commanded = commanded(Payload::IntegerSet(&[]), |entry, env| {
            let mut set = MembersMut::of(entry, env).expect("a set");
            members.iter().for_each(|member| {
                set.insert(member);
            });
            expiring.iter().for_each(|member| expire(&mut set, member, 99));
        });
        prop_assert_eq!(built.as_ref().map(shown), Some(shown(&commanded)));
    }

    #[test]
    fn a_set_of_integers(members in vec(-99i64..99, 1..9)) {
        let built = built(|it| members.iter().for_each(|member| it.integer(*member)));
        let commanded = commanded(Payload::IntegerSet(&[]), |entry, env| {
            let mut set = MembersMut::of(entry, env).expect("a set");
            members.iter().for_each(|member| {
                set.insert(member.to_string().as_bytes());
            });
        });
        prop_assert_eq!(built.as_ref().map(shown), Some(shown(&commanded)));
    }

    #[test]
    fn a_sorted_set(
        mut members in vec((word(), (-3i32..3).prop_map(|n| f64::from(n) / 2.0)), 1..9),
        is_in_order: bool,
        expiring in prop::option::weighted(0.2, word()),
    ) {
        if is_in_order {
            members.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        }
        let built = built(|it| {
            members.iter().for_each(|(member, score)| it.scored(member, *score));
            expiring.iter().for_each(|member| it.expire_member(member, 99));
        });
        let commanded = commanded(Payload::PackedSortedSet(&[]), |entry, env| {
            let mut sorted = ScoresMut::of(entry, env).expect("a sorted set");
            members.iter().for_each(|(member, score)| {
                sorted.set(member, *score).expect("room");
            });
            expiring.iter().for_each(|member| expire(&mut sorted, member, 99));
        });
        prop_assert_eq!(built.as_ref().map(shown), Some(shown(&commanded)));
    }

    #[test]
    fn a_list(elements in vec(vec(any::<u8>(), 0..60), 1..60)) {
        let built = built(|it| elements.iter().for_each(|element| it.element(element)));
        let commanded = commanded(Payload::FlatList(&[]), |entry, env| {
            let mut list = ListMut::of(entry, &env.limits.lists).expect("a list");
            elements.iter().for_each(|element| list.push(End::Back, element));
        });
        let built = built.expect("elements");
        prop_assert_eq!(shown(&built), shown(&commanded));
        prop_assert_eq!(crate::lists::elements_of(&built), Some(elements));
    }

    #[test]
    fn a_string(text in word()) {
        let built = built(|it| it.text(&text));
        let commanded = commanded(payload(&text), |_, _| {});
        prop_assert_eq!(built.as_ref().map(shown), Some(shown(&commanded)));
    }
}

#[test]
fn without_elements_there_is_no_entry() {
    assert!(built(|_| {}).is_none());
    assert!(built(|it| it.expire_member(b"m", 9)).is_none());
}
