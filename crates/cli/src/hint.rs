//! What may still come after the words typed so far: a hint to show, tokens to complete.
//!
//! The walk is greedy, left to right, as servers parse: optional arguments that stand together may
//! come in any order, required ones only where they are. It never goes back, so an ambiguous
//! syntax gets a plausible hint, not a proof.
//!
//! Must be true: words that fit nothing give no hint, rather than a wrong one.

use crate::docs::{Argument, Kind, notation, notation_of};

/// What may still come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rest {
    /// In Redis's notation; empty if nothing.
    pub hint: String,
    /// Words that may come next.
    pub tokens: Vec<String>,
}

/// What may follow `words`, which are complete.
pub(crate) fn rest(arguments: &[Argument], words: &[Vec<u8>]) -> Rest {
    let mut words = words;
    match walk(arguments, &mut words) {
        Some(open) if words.is_empty() => Rest { hint: open.pieces.join(" "), tokens: open.tokens },
        _ => Rest::default(),
    }
}

type Words<'a> = &'a [Vec<u8>];

/// What is still open, in order.
#[derive(Debug, Default)]
struct Open {
    pieces: Vec<String>,
    tokens: Vec<String>,
}

/// An argument that words fitted.
enum Taken {
    /// It is complete, but may go on like this.
    Whole(Option<Argument>),
    /// Words ended in the middle of it.
    Part(Open),
}

/// Walks along a list of arguments. `None`: a word does not fit.
fn walk(arguments: &[Argument], words: &mut Words<'_>) -> Option<Open> {
    let mut open = Open::default();
    let mut at = 0;
    while at < arguments.len() {
        let run = arguments[at..].iter().take_while(|a| a.optional).count();
        if run > 0 {
            let unused = match walk_options(&arguments[at..at + run], words, &mut open) {
                Ok(unused) => unused,
                Err(part) => return Some(finish(part, &arguments[at + run..])),
            };
            at += run;
            if words.is_empty() {
                offer(&mut open, &unused);
            }
        } else {
            let argument = &arguments[at];
            if words.is_empty() {
                // Optional arguments before a required one may be left out: both may come next.
                open.tokens.extend(first_tokens(argument));
                open.pieces.push(notation_of(&arguments[at..], " "));
                return Some(open);
            }
            at += 1;
            match take(argument, words)? {
                Taken::Part(part) => return Some(finish(part, &arguments[at..])),
                Taken::Whole(again) if words.is_empty() => offer_again(&mut open, again),
                Taken::Whole(_) => {}
            }
        }
    }
    Some(open)
}

/// Takes optional arguments in any order; returns those that were not used, or, as the error,
/// what is open when words end within one.
fn walk_options<'a>(
    run: &'a [Argument],
    words: &mut Words<'_>,
    open: &mut Open,
) -> Result<Vec<&'a Argument>, Open> {
    let mut unused: Vec<&Argument> = run.iter().collect();
    'words: while !words.is_empty() {
        for index in 0..unused.len() {
            let mut ahead = *words;
            match take(unused[index], &mut ahead) {
                None => continue,
                Some(Taken::Part(mut part)) => {
                    *words = ahead;
                    unused.remove(index);
                    part.pieces.extend(unused.iter().map(|a| notation(a)));
                    return Err(part);
                }
                Some(Taken::Whole(again)) => {
                    unused.remove(index);
                    *words = ahead;
                    if words.is_empty() {
                        offer_again(open, again);
                    }
                    continue 'words;
                }
            }
        }
        break;
    }
    Ok(unused)
}

fn offer(open: &mut Open, arguments: &[&Argument]) {
    for argument in arguments {
        open.tokens.extend(first_tokens(argument));
        open.pieces.push(notation(argument));
    }
}

fn offer_again(open: &mut Open, again: Option<Argument>) {
    if let Some(argument) = again {
        open.tokens.extend(first_tokens(&argument));
        let piece = notation(&argument);
        // An optional argument is in brackets; this one may come any number of times.
        open.pieces.push(format!("{} ...]", piece.strip_suffix(']').unwrap_or(&piece)));
    }
}

fn finish(mut open: Open, after: &[Argument]) -> Open {
    open.pieces.extend(after.iter().map(notation));
    open
}

/// Fits words to one argument; `words` is not empty.
fn take(argument: &Argument, words: &mut Words<'_>) -> Option<Taken> {
    if let Some(token) = &argument.token {
        let (word, after) = words.split_first()?;
        if !word.eq_ignore_ascii_case(token.as_bytes()) {
            return None;
        }
        *words = after;
    }
    if argument.kind == Kind::Token {
        return Some(Taken::Whole(None));
    }
    if let Taken::Part(part) = take_body(argument, words)? {
        return Some(Taken::Part(part));
    }
    if !argument.multiple {
        return Some(Taken::Whole(None));
    }
    let again = Argument {
        token: argument.token.clone().filter(|_| argument.multiple_token),
        optional: true,
        multiple: false,
        ..argument.clone()
    };
    while !words.is_empty() {
        let mut ahead = *words;
        match take(&again, &mut ahead) {
            Some(Taken::Whole(_)) => *words = ahead,
            Some(Taken::Part(part)) => {
                *words = ahead;
                return Some(Taken::Part(part));
            }
            None => break,
        }
    }
    Some(Taken::Whole(Some(again)))
}

/// Fits words to what follows an argument's token.
fn take_body(argument: &Argument, words: &mut Words<'_>) -> Option<Taken> {
    let Some((word, after)) = words.split_first() else {
        let body = Argument { token: None, optional: false, multiple: false, ..argument.clone() };
        let (pieces, tokens) = (vec![notation(&body)], first_tokens(&body));
        return Some(Taken::Part(Open { pieces, tokens }));
    };
    match argument.kind {
        Kind::Word | Kind::Token => {
            *words = after;
            Some(Taken::Whole(None))
        }
        Kind::Number => {
            let is_number = std::str::from_utf8(word).is_ok_and(|w| w.parse::<f64>().is_ok());
            // After its token even a wrong number can be nothing else.
            if !is_number && argument.token.is_none() && argument.optional {
                return None;
            }
            *words = after;
            Some(Taken::Whole(None))
        }
        Kind::OneOf => argument.parts.iter().find_map(|part| {
            let mut ahead = *words;
            let taken = take(part, &mut ahead)?;
            *words = ahead;
            Some(taken)
        }),
        Kind::Block => {
            let open = walk(&argument.parts, words)?;
            let is_whole = open.pieces.iter().all(|piece| piece.starts_with('['));
            Some(if is_whole { Taken::Whole(None) } else { Taken::Part(open) })
        }
    }
}

/// Words by which an argument may begin.
fn first_tokens(argument: &Argument) -> Vec<String> {
    match (&argument.token, argument.kind) {
        (Some(token), _) if !token.is_empty() => vec![token.clone()],
        (None, Kind::OneOf) => argument.parts.iter().flat_map(first_tokens).collect(),
        (None, Kind::Block) => argument.parts.first().map(first_tokens).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(kind: Kind, name: &str) -> Argument {
        Argument {
            name: name.into(),
            kind,
            token: None,
            optional: false,
            multiple: false,
            multiple_token: false,
            parts: Vec::new(),
        }
    }

    fn token(name: &str) -> Argument {
        Argument { token: Some(name.into()), ..argument(Kind::Token, name) }
    }

    fn optional(argument: Argument) -> Argument {
        Argument { optional: true, ..argument }
    }

    fn one_of(parts: Vec<Argument>) -> Argument {
        Argument { parts, optional: true, ..argument(Kind::OneOf, "choice") }
    }

    fn check(arguments: &[Argument], words: &str, hint: &str, tokens: &[&str]) {
        let words: Vec<Vec<u8>> = words.split_whitespace().map(|w| w.as_bytes().to_vec()).collect();
        let found = rest(arguments, &words);
        assert_eq!((found.hint.as_str(), &found.tokens[..]), (hint, &owned(tokens)[..]));
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| w.to_string()).collect()
    }

    /// `key value [NX|XX] [GET] [EX seconds]`
    fn set() -> Vec<Argument> {
        let ex = Argument { token: Some("EX".into()), ..argument(Kind::Number, "seconds") };
        vec![
            argument(Kind::Word, "key"),
            argument(Kind::Word, "value"),
            one_of(vec![token("NX"), token("XX")]),
            optional(token("GET")),
            optional(ex),
        ]
    }

    #[test]
    fn what_is_typed_leaves_the_hint() {
        check(&set(), "", "key value [NX|XX] [GET] [EX seconds]", &[]);
        check(&set(), "k", "value [NX|XX] [GET] [EX seconds]", &[]);
        check(&set(), "k v", "[NX|XX] [GET] [EX seconds]", &["NX", "XX", "GET", "EX"]);
    }

    #[test]
    fn optional_arguments_come_in_any_order() {
        check(&set(), "k v get", "[NX|XX] [EX seconds]", &["NX", "XX", "EX"]);
        check(&set(), "k v EX", "seconds [NX|XX] [GET]", &[]);
        check(&set(), "k v ex 5 xx", "[GET]", &["GET"]);
        check(&set(), "k v ex 5 xx nonsense", "", &[]);
    }

    /// `key [NX] score member [score member ...]`
    #[test]
    fn repeated_blocks_are_followed() {
        let pair = Argument {
            multiple: true,
            parts: vec![argument(Kind::Number, "score"), argument(Kind::Word, "member")],
            ..argument(Kind::Block, "data")
        };
        let zadd = [argument(Kind::Word, "key"), optional(token("NX")), pair];
        check(&zadd, "z", "[NX] score member [score member ...]", &["NX"]);
        check(&zadd, "z 1", "member", &[]);
        check(&zadd, "z nx 1 a", "[score member ...]", &[]);
        check(&zadd, "z 1 a 2", "member", &[]);
    }
}
