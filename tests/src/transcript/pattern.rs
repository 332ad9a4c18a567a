//! What a reply must look like.
//!
//! ```text
//! OK                      a status; in a list without spaces, or (status "with spaces")
//! "text"                  a text; "ab"*100 repeats
//! 17                      an integer
//! (nil) (nil array) (true) (false)
//! (error) ERR text        to the end of the line; in a list (error "ERR text")
//! (error) ~ERR t*         as a glob
//! (double) 1.5   (big) 123   (verbatim txt) "text"
//! [a, b]                  an array; with `...` at the end there may be more
//! unordered [a, b]        in any order
//! includes [a, b]         at least these, in any order
//! pairs {k: v}            a flat array of pairs, in any order; with `...` there may be more
//! {k: v}                  a RESP3 map, the same
//! set [a, b]              a RESP3 set, in any order
//! push [a, b]             a RESP3 push
//! ~"glob*"                a text or status by glob
//! <int> <int 90..100> <string> <double> <any>
//! <int as name>           any of these, kept for a later `$name` in a command or a reply
//! ```

use std::collections::BTreeMap;

use crate::glob;
use crate::reply::Reply;
use crate::words;

/// What earlier replies of a block left under a name.
pub type Kept = BTreeMap<String, Vec<u8>>;

/// A description of replies.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    Status(Vec<u8>),
    Text(Vec<u8>),
    TextGlob(Vec<u8>),
    Error(Vec<u8>),
    ErrorGlob(Vec<u8>),
    Integer(i64),
    Between(i64, i64),
    Nil,
    NilArray,
    Boolean(bool),
    Double(Vec<u8>),
    Big(Vec<u8>),
    Verbatim(Vec<u8>, Box<Pattern>),
    List { kind: Kind, items: Vec<Pattern>, more: bool },
    Pairs { flat: bool, pairs: Vec<(Pattern, Pattern)>, more: bool },
    Variable(Sort),
    Keep(Box<Pattern>, String),
    Kept(String),
}

/// The kinds of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ordered,
    Unordered,
    Set,
    Push,
}

/// The sorts of values that vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Integer,
    Text,
    Double,
    Any,
}

impl Pattern {
    /// Reads one pattern from the start of `text`; returns it and what follows.
    pub fn parse(text: &str) -> Result<(Self, &str), String> {
        Parser { rest: text }.top()
    }

    /// Whether `reply` is as described; keeps what the pattern asks to keep.
    pub fn matches(&self, reply: &Reply, kept: &mut Kept) -> bool {
        match (self, reply) {
            (Self::Keep(inner, name), _) => {
                let value = match reply {
                    Reply::Integer(value) => value.to_string().into_bytes(),
                    other => other.text().unwrap_or_default().to_vec(),
                };
                let matched = inner.matches(reply, kept);
                kept.insert(name.clone(), value);
                matched
            }
            (Self::Kept(name), Reply::Integer(value)) => {
                kept.get(name).is_some_and(|text| *text == value.to_string().into_bytes())
            }
            (Self::Kept(name), _) => {
                reply.text().is_some_and(|text| kept.get(name).is_some_and(|kept| kept == text))
            }
            (Self::Status(expected), Reply::Simple(text))
            | (Self::Status(expected) | Self::Text(expected), Reply::Plain(text))
            | (Self::Text(expected), Reply::Bulk(text))
            | (Self::Error(expected), Reply::Error(text))
            | (Self::Big(expected), Reply::BigNumber(text)) => expected == text,
            (Self::Double(expected), Reply::Double(text)) => expected == text,
            (Self::Double(expected), Reply::Float(bits)) => {
                let expected = std::str::from_utf8(expected).ok().and_then(|it| it.parse().ok());
                expected.map(f64::to_bits) == Some(*bits)
            }
            (Self::ErrorGlob(glob), Reply::Error(text)) => glob::matches(glob, text),
            (Self::TextGlob(glob), _) => reply.text().is_some_and(|text| glob::matches(glob, text)),
            (Self::Integer(expected), Reply::Integer(value)) => expected == value,
            (Self::Between(low, high), Reply::Integer(value)) => (low..=high).contains(&value),
            (Self::Nil, Reply::Nil)
            | (Self::NilArray, Reply::NilArray)
            | (Self::Nil | Self::NilArray, Reply::Nothing) => true,
            (Self::Boolean(expected), Reply::Boolean(value)) => expected == value,
            (Self::Verbatim(format, inner), Reply::Verbatim(actual, text)) => {
                format == actual && inner.matches(&Reply::Bulk(text.clone()), kept)
            }
            (Self::List { kind, items, more }, _) => list_matches(*kind, items, *more, reply, kept),
            (Self::Pairs { flat, pairs, more }, _) => {
                pairs_of(*flat, reply).is_some_and(|found| pairs_match(pairs, *more, found, kept))
            }
            (Self::Variable(sort), _) => sort.matches(reply),
            _ => false,
        }
    }
}

impl Sort {
    fn matches(self, reply: &Reply) -> bool {
        match self {
            Self::Integer => matches!(reply, Reply::Integer(_)),
            Self::Text => reply.text().is_some(),
            Self::Double => matches!(reply, Reply::Double(_) | Reply::Float(_)),
            Self::Any => true,
        }
    }
}

fn list_matches(kind: Kind, items: &[Pattern], more: bool, reply: &Reply, kept: &mut Kept) -> bool {
    let found = match (kind, reply) {
        (Kind::Ordered | Kind::Unordered, Reply::Array(found))
        | (Kind::Set, Reply::Set(found))
        | (Kind::Push, Reply::Push(found)) => found,
        _ => return false,
    };
    if found.len() < items.len() || (found.len() > items.len() && !more) {
        return false;
    }
    if matches!(kind, Kind::Ordered | Kind::Push) {
        return items.iter().zip(found).all(|(item, reply)| item.matches(reply, kept));
    }
    let mut free: Vec<&Reply> = found.iter().collect();
    items.iter().all(|item| match free.iter().position(|reply| item.matches(reply, kept)) {
        Some(at) => {
            free.remove(at);
            true
        }
        None => false,
    })
}

fn pairs_of(flat: bool, reply: &Reply) -> Option<Vec<(Reply, Reply)>> {
    match reply {
        Reply::Array(items) if flat && items.len() % 2 == 0 => {
            Some(items.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect())
        }
        Reply::Map(pairs) if !flat => Some(pairs.clone()),
        _ => None,
    }
}

fn pairs_match(
    expected: &[(Pattern, Pattern)],
    more: bool,
    mut found: Vec<(Reply, Reply)>,
    kept: &mut Kept,
) -> bool {
    let enough = expected.iter().all(|(key, value)| {
        let at = found.iter().position(|(found_key, found_value)| {
            key.matches(found_key, kept) && value.matches(found_value, kept)
        });
        at.map(|at| found.swap_remove(at)).is_some()
    });
    enough && (more || found.is_empty())
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// A pattern at the start of a line, where statuses and errors run to the line's end.
    fn top(mut self) -> Result<(Pattern, &'a str), String> {
        if let Some(rest) = self.rest.strip_prefix("(error) ") {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let pattern = match line.strip_prefix('~') {
                Some(glob) => Pattern::ErrorGlob(glob.into()),
                None => Pattern::Error(line.into()),
            };
            return Ok((pattern, after));
        }
        let (line, after) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let listed = ["unordered [", "includes [", "pairs {", "set [", "push ["];
        let is_list = listed.iter().any(|start| line.starts_with(start));
        if !is_list && line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Ok((Pattern::Status(line.into()), after));
        }
        let pattern = self.value()?;
        match self.rest.split_once('\n') {
            Some((end, after)) if end.trim().is_empty() => Ok((pattern, after)),
            None if self.rest.trim().is_empty() => Ok((pattern, "")),
            _ => Err(format!("more than a reply: {:?}", self.rest)),
        }
    }

    fn value(&mut self) -> Result<Pattern, String> {
        self.rest = self.rest.trim_start();
        match self.rest.as_bytes().first() {
            Some(b'"') => Ok(Pattern::Text(self.quoted()?)),
            Some(b'~') => {
                self.rest = &self.rest[1..];
                Ok(Pattern::TextGlob(self.quoted()?))
            }
            Some(b'[') => self.list(Kind::Ordered, false),
            Some(b'{') => self.pairs(false),
            Some(b'(') => self.parenthesis(),
            Some(b'<') => self.variable(),
            Some(b'$') => {
                self.rest = &self.rest[1..];
                Ok(Pattern::Kept(self.word().to_owned()))
            }
            Some(_) => self.bare(),
            None => Err("a reply is missing".into()),
        }
    }

    fn bare(&mut self) -> Result<Pattern, String> {
        let word = self.word();
        match word {
            "unordered" => self.list(Kind::Unordered, false),
            "includes" => self.list(Kind::Unordered, true),
            "set" => self.list(Kind::Set, false),
            "push" => self.list(Kind::Push, false),
            "pairs" => self.pairs(true),
            "" => Err(format!("not a reply: {:?}", self.rest)),
            _ => Ok(word.parse().map_or_else(|_| Pattern::Status(word.into()), Pattern::Integer)),
        }
    }

    fn word(&mut self) -> &'a str {
        let ends = [' ', ',', ']', '}', ')', ':', '\n'];
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn quoted(&mut self) -> Result<Vec<u8>, String> {
        if !self.rest.starts_with('"') {
            return Err(format!("a quoted text is missing before {:?}", self.rest));
        }
        let (text, after) =
            words::quoted(self.rest.as_bytes()).map_err(|error| error.to_string())?;
        self.rest = &self.rest[self.rest.len() - after.len()..];
        Ok(text)
    }

    fn list(&mut self, kind: Kind, mut more: bool) -> Result<Pattern, String> {
        self.expect("[")?;
        let mut items = Vec::new();
        while !self.accept("]") {
            if self.accept("...") {
                more = true;
            } else {
                items.push(self.value()?);
            }
            if !self.accept(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Pattern::List { kind, items, more })
    }

    fn pairs(&mut self, flat: bool) -> Result<Pattern, String> {
        self.expect("{")?;
        let (mut pairs, mut more) = (Vec::new(), false);
        while !self.accept("}") {
            if self.accept("...") {
                more = true;
            } else {
                let key = self.value()?;
                self.expect(":")?;
                pairs.push((key, self.value()?));
            }
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Pattern::Pairs { flat, pairs, more })
    }

    fn parenthesis(&mut self) -> Result<Pattern, String> {
        self.expect("(")?;
        let (name, rest) = match self.rest.find([')', '"']) {
            Some(at) => self.rest.split_at(at),
            None => return Err("a parenthesis is not closed".into()),
        };
        self.rest = rest;
        let name = name.trim();
        if rest.starts_with('"') {
            let text = self.quoted()?;
            self.expect(")")?;
            return match name {
                "error" => Ok(Pattern::Error(text)),
                "status" => Ok(Pattern::Status(text)),
                _ => Err(format!("unknown: ({name}")),
            };
        }
        self.expect(")")?;
        Ok(match name {
            "nil" => Pattern::Nil,
            "nil array" => Pattern::NilArray,
            "true" => Pattern::Boolean(true),
            "false" => Pattern::Boolean(false),
            "double" | "big" => {
                self.rest = self.rest.trim_start();
                let text = self.word().into();
                if name == "double" { Pattern::Double(text) } else { Pattern::Big(text) }
            }
            _ => match name.strip_prefix("verbatim ") {
                Some(format) => Pattern::Verbatim(format.into(), Box::new(self.value()?)),
                None => return Err(format!("unknown: ({name})")),
            },
        })
    }

    fn variable(&mut self) -> Result<Pattern, String> {
        self.expect("<")?;
        let (inside, rest) = self.rest.split_once('>').ok_or("a < is not closed")?;
        self.rest = rest;
        let (what, name) = match inside.split_once(" as ") {
            Some((what, name)) => (what, Some(name.to_owned())),
            None => (inside, None),
        };
        let pattern = match what {
            "int" => Pattern::Variable(Sort::Integer),
            "string" => Pattern::Variable(Sort::Text),
            "double" => Pattern::Variable(Sort::Double),
            "any" => Pattern::Variable(Sort::Any),
            _ => {
                let range = what.strip_prefix("int ").and_then(|range| range.split_once(".."));
                let bounds =
                    range.and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
                let (low, high) = bounds.ok_or_else(|| format!("unknown: <{inside}>"))?;
                Pattern::Between(low, high)
            }
        };
        Ok(match name {
            Some(name) => Pattern::Keep(Box::new(pattern), name),
            None => pattern,
        })
    }

    fn accept(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        let found = self.accept(token);
        if found { Ok(()) } else { Err(format!("{token:?} is missing before {:?}", self.rest)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, wire: &str) -> bool {
        let (pattern, rest) = Pattern::parse(pattern).unwrap();
        assert_eq!(rest, "");
        let (reply, _) = Reply::decode(wire.as_bytes()).unwrap().unwrap();
        pattern.matches(&reply, &mut Kept::new())
    }

    #[test]
    fn each_form_takes_its_own_reply_and_no_other() {
        let forms = [
            ("OK", "+OK\r\n"),
            ("Background saving started", "+Background saving started\r\n"),
            ("\"OK\"", "$2\r\nOK\r\n"),
            ("7", ":7\r\n"),
            ("(nil)", "$-1\r\n"),
            ("(nil array)", "*-1\r\n"),
            ("(true)", "#t\r\n"),
            ("(error) ERR no", "-ERR no\r\n"),
            ("(double) 1.5", ",1.5\r\n"),
            ("(big) 12", "(12\r\n"),
            ("(verbatim txt) \"a\"", "=5\r\ntxt:a\r\n"),
            ("[7, OK, (nil)]", "*3\r\n:7\r\n+OK\r\n$-1\r\n"),
            ("[]", "*0\r\n"),
            ("{a: 1}", "%1\r\n+a\r\n:1\r\n"),
            ("set [1, 2]", "~2\r\n:2\r\n:1\r\n"),
            ("push [1, 2]", ">2\r\n:1\r\n:2\r\n"),
        ];
        for (i, (pattern, _)) in forms.iter().enumerate() {
            for (j, (_, wire)) in forms.iter().enumerate() {
                assert_eq!(check(pattern, wire), i == j, "{pattern} against {wire:?}");
            }
        }
    }

    #[test]
    fn loose_forms() {
        assert!(check("<int 1..3>", ":3\r\n") && !check("<int 1..3>", ":4\r\n"));
        assert!(check("~\"a*\"", "$2\r\nab\r\n") && !check("~\"a*\"", "$2\r\nba\r\n"));
        assert!(check("(error) ~ERR *x", "-ERR a x\r\n") && !check("(error) ~ERR *x", "-ERR\r\n"));
        assert!(check("unordered [1, 2]", "*2\r\n:2\r\n:1\r\n"));
        assert!(!check("unordered [1, 1]", "*2\r\n:2\r\n:1\r\n"));
        assert!(check("includes [1]", "*2\r\n:2\r\n:1\r\n"));
        assert!(!check("includes [3]", "*2\r\n:2\r\n:1\r\n"));
        assert!(
            check("[2, ...]", "*2\r\n:2\r\n:1\r\n") && !check("[1, ...]", "*2\r\n:2\r\n:1\r\n")
        );
        assert!(check("pairs {1: 2, 3: 4}", "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
        assert!(!check("pairs {1: 2}", "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
        assert!(check("pairs {1: 2, ...}", "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["[1", "<foo>", "(foo)", "{1}", "7 8", "\"a", ""] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
