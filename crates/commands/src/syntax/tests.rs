//! The syntax language, by example and against its own arity rule.

use super::*;
use proptest::prelude::*;

/// The tree in one line: name:kind, then what else there is.
fn show(arguments: &[Argument]) -> String {
    let shown: Vec<String> = arguments.iter().map(show_one).collect();
    shown.join(" ")
}

fn show_one(argument: &Argument) -> String {
    let mut text = format!("{}:{}", argument.name, argument.kind.name());
    if let Some(token) = argument.token {
        text += &format!("={token}");
    }
    for (bit, mark) in [(OPTIONAL, "?"), (MULTIPLE, "*"), (MULTIPLE_TOKEN, "+")] {
        if argument.flags & bit != 0 {
            text += mark;
        }
    }
    if let Some(index) = argument.key_spec {
        text += &format!("#{index}");
    }
    if let Some(version) = argument.since {
        text += &format!("@{version}");
    }
    if let Some(version) = argument.deprecated_since {
        text += &format!("@!{version}");
    }
    if !argument.arguments.is_empty() {
        text += &format!("({})", show(&argument.arguments));
    }
    text
}

fn check(line: &'static str, key_specs: usize, expected: &str) {
    assert_eq!(show(&parse(line, key_specs).unwrap()), expected, "{line}");
}

#[test]
fn words_are_arguments_typed_by_their_names() {
    check("", 0, "");
    check("key value", 1, "key:key#0 value:string");
    check("timeout<double> ID<string>", 0, "timeout:double ID:string");
    check("longitude count pattern", 0, "longitude:double count:integer pattern:pattern");
    check("channel#0 key", 1, "channel:string#0 key:key#0");
}

#[test]
fn keys_take_the_key_specs_in_turn_and_share_the_last() {
    check("source destination", 2, "source:key#0 destination:key#1");
    check("key1 key2", 1, "key1:key#0 key2:key#0");
    check("key", 0, "key:key");
}

#[test]
fn tokens_stand_alone_or_announce() {
    check("[GET @6.2.0]", 0, "get:pure-token=GET?@6.2.0");
    check("EX seconds", 0, "seconds:integer=EX");
    check("NO ONE", 0, "no:pure-token=NO one:pure-token=ONE");
    check("(REPLACE) code", 0, "replace:pure-token=REPLACE code:string");
    check("'lower' ~ ''", 0, "lower:pure-token=lower ~:pure-token=~ :pure-token=");
    check("LIMIT (offset count)", 0, "offset_count:block=LIMIT(offset:integer count:integer)");
    check("id: ID {client-id}", 0, "id:block=ID(client-id:integer)");
}

#[test]
fn groups_are_named_after_their_members_or_by_a_label() {
    check("(ON | OFF)", 0, "on_off:oneof(on:pure-token=ON off:pure-token=OFF)");
    check(
        "[condition: NX | XX] @2.6.12",
        0,
        "condition:oneof?@2.6.12(nx:pure-token=NX xx:pure-token=XX)",
    );
    check("[index: start [end]]", 0, "index:block?(start:integer end:integer?)");
    check("change: CH", 0, "change:pure-token=CH");
    check("(a | two: b c)", 0, "a_two:oneof(a:string two:block(b:string c:string))");
    check("ip:port @!2.8.12", 0, "ip:port:string@!2.8.12");
}

#[test]
fn repetition_is_said_by_repeating() {
    check("key [key ...]", 1, "key:key*#0");
    check("[section [section ...]]", 0, "section:string?*");
    check("[section ...]", 0, "section:string?*");
    check("a b [a b ...]", 0, "a_b:block*(a:string b:string)");
    check("data: (a b) [a b ...]", 0, "data:block*(a:string b:string)");
    check("GET pattern [GET pattern ...]", 0, "pattern:pattern=GET*+");
    check("KEYS key [key ...]", 1, "key:key=KEYS*#0");
    check("{a} [{a} ...]", 0, "a:block*(a:string)");
    check("(a | B) ...", 0, "a_b:oneof*(a:string b:pure-token=B)");
}

#[test]
fn broken_lines_are_refused() {
    let broken = [
        "a ]",
        "[a",
        "(a",
        "()",
        "[a | ]",
        "{a",
        "{}",
        "... a",
        "@1.0",
        "a<what>",
        "a#x",
        "x:",
        "x: @1",
        "T (U)",
        "T (EX seconds)",
    ];
    for line in broken {
        assert!(parse(line, 0).is_err(), "{line}");
    }
}

#[test]
fn hints_leave_the_marks_out() {
    let hint = |line| hint(&parse(line, 1).unwrap());
    assert_eq!(
        hint("key value [condition: NX | XX @2] [GET @6.2.0] [LIMIT (offset count)]"),
        "key value [NX | XX] [GET] [LIMIT offset count]"
    );
    assert_eq!(hint("key<string>#0 (ON | OFF) [T x [T x ...]]"), "key (ON | OFF) [T x [T x ...]]");
    assert_eq!(hint("a b [a b ...] (c | D) ..."), "a b [a b ...] (c | D) ...");
}

#[test]
fn arity_counts_what_must_be_there() {
    for (line, expected) in [
        ("", 1),
        ("key", 2),
        ("key [key ...]", -2),
        ("key (BEFORE | AFTER) pivot element", 5),
        ("(host port | NO ONE) [x]", -3),
        ("(a | b c)", -2),
        ("key LIMIT (offset count) change: CH @1.2", 6),
        ("{a} ...", -2),
    ] {
        assert_eq!(arity(line, 1), expected, "{line}");
    }
}

/// The fewest words an argument can be, by its tree.
fn fewest_of(argument: &Argument) -> i16 {
    if argument.flags & OPTIONAL != 0 {
        return 0;
    }
    let members = argument.arguments.iter().map(fewest_of);
    let token = i16::from(argument.token.is_some() && argument.kind != Kind::PureToken);
    token
        + match argument.kind {
            Kind::OneOf => members.min().unwrap_or(0),
            Kind::Block => members.sum(),
            _ => 1,
        }
}

const PIECES: [&str; 17] = [
    "a", "b", "key", "T", "U", "[", "]", "(", ")", "{", "}", "|", "...", "@1.2", "x:", "'q'",
    "a<key>",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(line in ".{0,40}") {
        let _ = parse(line.leak(), 1);
    }

    #[test]
    fn the_arity_agrees_with_the_tree(pieces in prop::collection::vec(0..PIECES.len(), 0..14)) {
        let words: Vec<&str> = pieces.iter().map(|index| PIECES[*index]).collect();
        let line: &'static str = words.join(" ").leak();
        if let Ok(arguments) = parse(line, 1) {
            let expected: i16 = arguments.iter().map(fewest_of).sum();
            prop_assert_eq!(arity(line, 0).abs(), expected, "{}", line);
        }
    }
}
