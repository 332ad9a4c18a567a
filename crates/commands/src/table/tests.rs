//! The table about itself, and the errors for requests that have no row.

use std::collections::HashSet;

use protocol::OwnedRequest;

use super::*;
use crate::control::Control;
use crate::spec::{Class, Group, TOUCHES_ARBITRARY_KEYS, WRITE, category};
use crate::syntax;

fn request(words: &[&str]) -> OwnedRequest {
    words.iter().map(|word| word.as_bytes()).collect()
}

#[test]
fn every_row_is_complete_and_readable() {
    for spec in &ALL {
        let name = spec.full_name();
        assert!(spec.docs.summary.ends_with('.'), "{name}: summary");
        assert!(
            spec.docs.since.split('.').all(|part| part.parse::<u32>().is_ok()),
            "{name}: since"
        );
        assert!(!spec.docs.cost.is_empty(), "{name}: cost");
        syntax::parse(spec.syntax, spec.key_specs().len())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(spec.name, spec.name.to_uppercase());
        assert!(spec.docs.history.is_sorted_by_key(|(version, _)| {
            let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
            parts
        }));
    }
}

#[test]
fn names_and_ids_are_unique() {
    let names: HashSet<String> = ALL.iter().map(Spec::full_name).collect();
    assert_eq!(names.len(), COUNT);
    for (index, spec) in ALL.iter().enumerate() {
        assert_eq!(usize::from(spec.id), index);
    }
}

#[test]
fn every_row_is_found_in_any_case() {
    for spec in &ALL {
        let name = spec.full_name();
        for name in [name.to_uppercase(), name.clone()] {
            let found = by_full_name(name.as_bytes()).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(found.id, spec.id);
        }
    }
}

#[test]
fn near_misses_are_not_found() {
    for spec in commands() {
        let name = spec.name.as_bytes();
        for at in 0..name.len() {
            for bit in [1, 2, 4, 8, 16, 32, 64, 128] {
                let mut other = name.to_vec();
                other[at] ^= bit;
                if !other.eq_ignore_ascii_case(name) {
                    assert!(lookup(&other).is_none_or(|found| found.id != spec.id), "{other:?}");
                }
            }
        }
        assert!(lookup(&name[1..]).is_none_or(|found| found.id != spec.id));
    }
    assert!(lookup(b"").is_none());
    assert!(lookup(&[b'x'; 300]).is_none());
    assert!(by_full_name(b"client|id|x").is_none() && by_full_name(b"ping|x").is_none());
}

#[test]
fn subcommands_hang_from_their_container() {
    for container in commands() {
        for each in subcommands(container) {
            assert_eq!(each.container, container.name);
            assert!(subcommands(each).is_empty());
        }
        let is_container = matches!(container.body, Body::Container);
        assert!(!is_container || !subcommands(container).is_empty());
        assert!(is_container != container.accepts(1) || subcommands(container).is_empty());
    }
    assert!(ALL.iter().any(|spec| spec.container == "CLIENT" && spec.name == "ID"));
}

#[test]
fn control_bodies_name_one_row_each() {
    let bodies: Vec<Control> = ALL
        .iter()
        .filter_map(|spec| match spec.body {
            // All containers are described by one body; REPLICAOF is SLAVEOF too.
            Body::Control(Control::Help | Control::Replicaof) => None,
            Body::Control(control) => Some(control),
            _ => None,
        })
        .collect();
    let unique: HashSet<_> = bodies.iter().collect();
    assert_eq!(unique.len(), bodies.len());
}

#[test]
fn a_write_names_its_keys_or_runs_alone() {
    for spec in ALL.iter().filter(|spec| spec.flags & WRITE != 0) {
        let alone = spec.class == Class::Gate || spec.flags & TOUCHES_ARBITRARY_KEYS != 0;
        assert!(spec.has_keys() || alone, "{}", spec.full_name());
    }
}

/// Rows whose arity Redis gives otherwise than their arguments say.
const ODD_ARITIES: [&str; 10] = [
    "client|kill",
    "command",
    "command|getkeys",
    "command|getkeysandflags",
    "debug",
    "geosearch",
    "geosearchstore",
    "psync",
    "replconf",
    "quit",
];

#[test]
fn arities_fit_the_syntax() {
    for spec in ALL.iter().filter(|spec| !matches!(spec.body, Body::Container)) {
        let name = spec.full_name();
        let fits = spec.arity == spec.arity_of_syntax();
        assert_eq!(fits, !ODD_ARITIES.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn keys_are_inside_the_arguments_that_must_be_there() {
    for spec in ALL.iter().filter(|spec| spec.has_keys()) {
        let arity = spec.arity.abs();
        assert!(spec.first_key < arity && spec.last_key < arity, "{}", spec.full_name());
    }
}

#[test]
fn groups_bring_their_category() {
    for spec in ALL.iter().filter(|spec| spec.group == Group::Connection) {
        let is_container = matches!(spec.body, Body::Container);
        assert!(is_container || spec.categories & category::CONNECTION != 0, "{}", spec.name);
    }
}

#[test]
fn requests_find_their_row() {
    let name = |words: &[&str]| {
        let request = request(words);
        find(request.as_request()).map(Spec::full_name)
    };
    assert_eq!(name(&["ping"]).as_deref(), Ok("ping"));
    assert_eq!(name(&["Client", "iD"]).as_deref(), Ok("client|id"));
    assert_eq!(name(&["client"]).as_deref(), Ok("client"));
    assert_eq!(name(&["command"]).as_deref(), Ok("command"));
    assert_eq!(name(&["client", "x"]), Err(Unknown::Subcommand));
    assert_eq!(name(&["x", "client"]), Err(Unknown::Command));
    assert_eq!(name(&[]), Err(Unknown::Command));
}

fn error(words: &[&str]) -> String {
    let request = request(words);
    let request = request.as_request();
    match find(request) {
        Ok(spec) => wrong_arity(spec),
        Err(unknown) => String::from_utf8(unknown.text(request)).unwrap(),
    }
}

#[test]
fn errors_quote_the_request() {
    assert_eq!(error(&["foo"]), "ERR unknown command 'foo', with args beginning with: ");
    assert_eq!(
        error(&["Foo", "a", "b c"]),
        "ERR unknown command 'Foo', with args beginning with: 'a' 'b c' "
    );
    assert_eq!(error(&["Client", "X"]), "ERR unknown subcommand 'X'. Try CLIENT HELP.");
    assert_eq!(error(&["client", "ID"]), "ERR wrong number of arguments for 'client|id' command");
    assert_eq!(error(&["CONFIG"]), "ERR wrong number of arguments for 'config' command");
}

#[test]
fn errors_stay_short_and_on_one_line() {
    let long = "x".repeat(200);
    let shown = "x".repeat(128);
    assert_eq!(
        error(&[&long, &long, "y"]),
        format!("ERR unknown command '{shown}', with args beginning with: '{shown}' ")
    );
    let most = "y".repeat(123);
    assert_eq!(
        error(&["f", &most, "abcdef", "g"]),
        format!("ERR unknown command 'f', with args beginning with: '{most}' 'ab' ")
    );
    assert_eq!(
        error(&["client", &long]),
        format!("ERR unknown subcommand '{shown}'. Try CLIENT HELP.")
    );
    assert_eq!(
        error(&["a\r\nb", "c\0d"]),
        "ERR unknown command 'a  b', with args beginning with: 'c' "
    );
}
