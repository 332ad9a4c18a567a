//! What a script's text says about the commands it calls.
//!
//! Most scripts name their keys as `KEYS[1]`, or give such a name to a variable of their own. For
//! these the text shows that they use no key but those declared, whatever they are called with:
//!
//! ```text
//! local lock = KEYS[1]
//! if redis.call('GET', lock) == ARGV[1] then return redis.call('DEL', lock) end
//! ```
//!
//! Must be true: what [`calls`] gives is all that the script can ever call. In doubt it gives
//! nothing: if `redis` or `KEYS` are used in any other way than those known here, if a variable may
//! also be something else than a key, if code may be made at run time.
//! Not here: which of a command's arguments are keys.

use std::collections::HashMap;

use crate::callbacks::as_script;
use crate::lexer::{Lexer, is_name};

/// A call of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallText {
    /// Its words, the command's name first.
    pub words: Vec<WordText>,
    /// More words may follow.
    pub is_open: bool,
}

/// A word of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordText {
    /// This text.
    Text(Vec<u8>),
    /// One of the keys that the script declares.
    Key,
    /// What the text does not show.
    Unknown,
}

/// Ways to get at `redis` or `KEYS` unseen.
const DEVIOUS: [&[u8]; 7] =
    [b"_G", b"load", b"loadstring", b"getfenv", b"setfenv", b"goto", b"coroutine"];

/// Words that end a statement, or begin another.
const BOUNDARIES: [&[u8]; 13] = [
    b";",
    b"do",
    b"then",
    b"else",
    b"elseif",
    b"end",
    b"local",
    b"if",
    b"while",
    b"for",
    b"repeat",
    b"until",
    b"function",
];

/// Functions that may be given the table of keys: they only read it, if they are what they seem.
const READERS: [&[u8]; 2] = [b"ipairs", b"unpack"];

/// Longer texts are not read.
const TOKENS_MAX: usize = 10_000;

/// All calls of commands that code without a first line of its own makes; `None` if the text does
/// not tell.
pub fn calls(code: &[u8]) -> Option<Vec<CallText>> {
    calls_of(&tokens(code)?)
}

/// Likewise of a library, whose functions are given their keys as their first argument.
pub fn library_calls(code: &[u8]) -> Option<Vec<CallText>> {
    calls_of(&as_script(&tokens(code)?)?)
}

fn tokens(code: &[u8]) -> Option<Vec<&[u8]>> {
    let tokens: Vec<&[u8]> = Lexer::new(code).take(TOKENS_MAX).collect();
    (tokens.len() < TOKENS_MAX).then_some(tokens)
}

fn calls_of(tokens: &[&[u8]]) -> Option<Vec<CallText>> {
    let is_devious = tokens.iter().any(|token| DEVIOUS.contains(token))
        || tokens.windows(3).any(|three| three == [b"."; 3]);
    if is_devious || !keys_stay(tokens) {
        return None;
    }
    let text = Text { aliases: aliases(tokens), tokens };
    if READERS.iter().any(|name| text.aliases.contains_key(name)) {
        return None;
    }
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if !matches!(tokens[at], b"redis" | b"server") || is_member(tokens, at) {
            continue;
        }
        match (text.token(at + 1), text.token(at + 2), text.token(at + 3)) {
            (b".", b"call" | b"pcall", b"(") => found.push(text.call(at + 3)?),
            (b".", b"call" | b"pcall", _) => return None,
            (b".", member, next) if is_word(member) && next != b"=" => {}
            _ => return None,
        }
    }
    Some(found)
}

pub(crate) fn is_word(token: &[u8]) -> bool {
    token.first().is_some_and(|byte| is_name(*byte) && !byte.is_ascii_digit())
}

/// Whether a token stands behind a dot: the name of a member of something.
pub(crate) fn is_member(tokens: &[&[u8]], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or(&b""[..], |index| tokens[index]);
    matches!(before(1), b"." | b":") && before(2) != b"."
}

/// The index of the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[&[u8]], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether the table of keys is only read.
fn keys_stay(tokens: &[&[u8]]) -> bool {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut places = (0..tokens.len()).filter(|&at| tokens[at] == b"KEYS");
    places.all(|at| {
        let before = at.checked_sub(1).map_or(&b""[..], token);
        let is_argument = before == b"("
            && at >= 2
            && READERS.contains(&token(at - 2))
            && !is_member(tokens, at - 2)
            && token(at + 1) == b")";
        let is_element = token(at + 1) == b"["
            && closing(tokens, at + 1).is_some_and(|close| !is_assigned(tokens, at, close));
        before == b"#" && token(at + 1) != b"[" || is_argument || is_element
    })
}

/// Whether what begins at `at` and ends at `close` may be assigned to.
fn is_assigned(tokens: &[&[u8]], at: usize, close: usize) -> bool {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    match token(close + 1) {
        b"=" => token(close + 2) != b"=",
        b"," => !stands_right(tokens, at),
        // A member of a key: a key is text, and has none.
        b"." => token(close + 2) != b".",
        b"[" | b":" => true,
        _ => false,
    }
}

/// Whether what is at `at` is within brackets or to the right of a statement's `=` or `return`.
fn stands_right(tokens: &[&[u8]], at: usize) -> bool {
    if begins_statement(tokens, at) {
        return false;
    }
    let mut depth = 0usize;
    for (index, token) in tokens[..at].iter().enumerate().rev() {
        match *token {
            b")" | b"]" | b"}" => depth += 1,
            b"(" | b"[" | b"{" if depth == 0 => return true,
            b"(" | b"[" | b"{" => depth -= 1,
            _ if depth > 0 => {}
            b"=" | b"return" => return true,
            boundary if BOUNDARIES.contains(&boundary) => return false,
            _ if begins_statement(tokens, index) => return false,
            _ => {}
        }
    }
    false
}

/// Whether a statement begins here without any mark: a name behind what ends an expression.
fn begins_statement(tokens: &[&[u8]], at: usize) -> bool {
    const KEYWORDS: [&[u8]; 8] =
        [b"and", b"or", b"not", b"return", b"in", b"nil", b"true", b"false"];
    let ends_expression = |token: &[u8]| {
        let last = token.last().copied().unwrap_or_default();
        let is_operand = is_name(last) && !KEYWORDS[..5].contains(&token);
        is_operand && !BOUNDARIES.contains(&token)
            || matches!(last, b')' | b']' | b'}' | b'"' | b'\'')
    };
    at == 0
        || is_word(tokens[at]) && !KEYWORDS.contains(&tokens[at]) && ends_expression(tokens[at - 1])
}

/// Whether a variable holds one of the keys wherever it is set.
fn aliases<'a>(tokens: &[&'a [u8]]) -> HashMap<&'a [u8], bool> {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut found: HashMap<&[u8], bool> = HashMap::new();
    let mut define = |name: &'a [u8], is_key: bool| {
        let known = found.entry(name).or_insert(true);
        *known &= is_key;
    };
    for at in 0..tokens.len() {
        match tokens[at] {
            b"local" if token(at + 1) != b"function" => {
                let (names, next) = names(tokens, at + 1);
                let values =
                    if token(next) == b"=" { key_values(tokens, next + 1) } else { vec![] };
                for (index, name) in names.into_iter().enumerate() {
                    define(name, values.get(index).copied().unwrap_or(false));
                }
            }
            b"for" => {
                let (names, next) = names(tokens, at + 1);
                let over_keys = tokens
                    .get(next..next + 5)
                    .is_some_and(|five| five == [&b"in"[..], b"ipairs", b"(", b"KEYS", b")"]);
                for (index, name) in names.into_iter().enumerate() {
                    define(name, over_keys && index == 1);
                }
            }
            b"function" => {
                let open = (at..tokens.len()).find(|&open| tokens[open] == b"(");
                let close = open.and_then(|open| closing(tokens, open)).unwrap_or(at);
                tokens[at + 1..=close.max(at + 1).min(tokens.len() - 1)]
                    .iter()
                    .filter(|name| is_word(name))
                    .for_each(|name| define(name, false));
            }
            // In a list to the left of `=`, or just before it.
            name if is_word(name) && !is_member(tokens, at) => {
                let is_set = token(at + 1) == b"=" && token(at + 2) != b"=";
                let is_local = is_local_list(tokens, at);
                if !is_local && (is_set || token(at + 1) == b"," && !stands_right(tokens, at)) {
                    define(name, false);
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether the name at `at` is one of those that `local` or `for` makes.
fn is_local_list(tokens: &[&[u8]], mut at: usize) -> bool {
    while at >= 2 && tokens[at - 1] == b"," && is_word(tokens[at - 2]) {
        at -= 2;
    }
    at >= 1 && matches!(tokens[at - 1], b"local" | b"for")
}

/// A list of names, and where it ends.
fn names<'a>(tokens: &[&'a [u8]], mut at: usize) -> (Vec<&'a [u8]>, usize) {
    let mut names = Vec::new();
    while let Some(name) = tokens.get(at).filter(|name| is_word(name)) {
        names.push(*name);
        at += 1;
        if tokens.get(at).is_none_or(|next| **next != *b",") {
            break;
        }
        at += 1;
    }
    (names, at)
}

/// Of a list of expressions from `at` on: whether each is `KEYS[...]` and nothing else.
fn key_values(tokens: &[&[u8]], mut at: usize) -> Vec<bool> {
    let mut values = Vec::new();
    loop {
        let close = (tokens.get(at..at + 2) == Some(&[&b"KEYS"[..], b"["]))
            .then(|| closing(tokens, at + 1))
            .flatten();
        let Some(close) = close else {
            // Where another expression ends is not looked for.
            values.push(false);
            return values;
        };
        let next = tokens.get(close + 1).copied();
        let is_whole = next.is_none_or(|next| {
            next == b","
                || BOUNDARIES.contains(&next)
                || matches!(next, b"return" | b"break")
                || begins_statement(tokens, close + 1)
        });
        values.push(is_whole);
        if next != Some(b",") {
            return values;
        }
        at = close + 2;
    }
}

/// A script's tokens, and which of its variables are keys.
struct Text<'t> {
    tokens: &'t [&'t [u8]],
    aliases: HashMap<&'t [u8], bool>,
}

impl<'t> Text<'t> {
    fn token(&self, at: usize) -> &'t [u8] {
        self.tokens.get(at).copied().unwrap_or_default()
    }

    /// The call whose arguments begin at the bracket `open`.
    fn call(&self, open: usize) -> Option<CallText> {
        let close = closing(self.tokens, open)?;
        let mut words = Vec::new();
        let (mut start, mut depth, mut last) = (open + 1, 0usize, &self.tokens[..0]);
        for at in open + 1..=close {
            match self.tokens[at] {
                b"(" | b"[" | b"{" => depth += 1,
                b")" | b"]" | b"}" if at < close => depth = depth.checked_sub(1)?,
                b"," if depth > 0 => {}
                b"," | b")" => {
                    last = &self.tokens[start..at];
                    words.push(self.word(last));
                    start = at + 1;
                }
                _ => {}
            }
        }
        // A call at the end may give any number of words.
        let is_open = matches!(last.last(), Some(&b")" | &b"." | &b"}"))
            || last.last().is_some_and(|token| token.starts_with(b"\"") && last.len() > 1);
        matches!(words.first(), Some(WordText::Text(_))).then_some(CallText { words, is_open })
    }

    fn word(&self, expression: &[&[u8]]) -> WordText {
        match expression {
            [string @ ([b'"', ..] | [b'\'', ..])] if !string.contains(&b'\\') => {
                WordText::Text(string[1..string.len().max(2) - 1].to_vec())
            }
            [number] if number.iter().all(u8::is_ascii_digit) => WordText::Text(number.to_vec()),
            [name] if self.aliases.get(name) == Some(&true) => WordText::Key,
            [b"KEYS", b"[", .., b"]"] if closing(expression, 1) == Some(expression.len() - 1) => {
                WordText::Key
            }
            _ => WordText::Unknown,
        }
    }
}

#[cfg(test)]
impl WordText {
    /// The word as tests write it: `K` for a key, `?` for what is unknown.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::Key => "K".to_owned(),
            Self::Unknown => "?".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calls as text: `K` for a key, `?` for what is unknown, `...` for more to come.
    fn shown(code: &str) -> Option<Vec<String>> {
        let line = |call: &CallText| {
            let mut words: Vec<String> = call.words.iter().map(WordText::shown).collect();
            words.extend(call.is_open.then(|| "...".to_owned()));
            words.join(" ")
        };
        Some(calls(code.as_bytes())?.iter().map(line).collect())
    }

    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        assert_eq!(shown(code).expect("it tells"), expected, "{code}");
    }

    #[test]
    fn keys_are_named_in_the_call_or_by_a_variable() {
        check("return redis.call('SET', KEYS[1], ARGV[1])", &["SET K ?"]);
        check("return {redis.pcall(\"MGET\", KEYS[1], KEYS[1 + n])}", &["MGET K K"]);
        check("local k = KEYS[1] return redis.call('GET', k)", &["GET K"]);
        check(
            "local a, b, c = KEYS[1], KEYS[2], ARGV[1]\nredis.call('SMOVE', a, b, c)",
            &["SMOVE K K ?"],
        );
        check("for i, key in ipairs(KEYS) do redis.call('DEL', key) end return #KEYS", &["DEL K"]);
        check("for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end", &["DEL K"]);
        check("if redis.call('TTL', KEYS[1]) == -1 then return 1 end", &["TTL K"]);
        check("redis.call('RPUSH', KEYS[1], unpack(ARGV))", &["RPUSH K ? ..."]);
        check("local t = redis.call('TIME')[1]; redis.log(redis.LOG_NOTICE, t)", &["TIME"]);
        check("return 1", &[]);
    }

    #[test]
    fn what_may_be_something_else_is_unknown() {
        for code in [
            "redis.call('GET', 'a')",
            "redis.call('GET', KEYS[1] .. 'a')",
            "redis.call('GET', prefix .. KEYS[1])",
            "local k = KEYS[1] .. ':a' redis.call('GET', k)",
            "local k = KEYS[1] or 'a' redis.call('GET', k)",
            "local k = KEYS[1] k = 'a' redis.call('GET', k)",
            "local k, x = KEYS[1] k, x = 1, 2 redis.call('GET', k)",
            "local k, x = KEYS[1] x, k = 1, 2 redis.call('GET', k)",
            "local k = KEYS[1] local k = 'a' redis.call('GET', k)",
            "local k = KEYS[1] local function f(k) redis.call('GET', k) end",
            "local k = KEYS[1] for k = 1, 2 do redis.call('GET', k) end",
            "for key, i in ipairs(KEYS) do redis.call('GET', key) end",
            "for i, key in pairs(KEYS2) do redis.call('GET', key) end",
            "local x, k = KEYS[1] redis.call('GET', k)",
            "local k = KEYS[1](1) redis.call('GET', k)",
            "redis.call('GET', k)",
        ] {
            let calls = shown(code).unwrap_or_else(|| vec!["GET ?".to_owned()]);
            assert!(calls[0].starts_with("GET ") && !calls[0].contains('K'), "{code}: {calls:?}");
        }
    }

    #[test]
    fn in_doubt_nothing_is_said() {
        for code in [
            "local call = redis.call call('GET', 'a')",
            "local r = redis r.call('GET', 'a')",
            "redis['call']('GET', 'a')",
            "redis.call(ARGV[1], KEYS[1])",
            "redis.call(unpack(words))",
            "redis.call'PING'",
            "pcall(redis.call, 'GET', 'a')",
            "KEYS[1] = 'a' redis.call('GET', KEYS[1])",
            "KEYS[1], x = 'a', 1",
            "x, KEYS[1] = 1, 'a'",
            "y, KEYS[1], x = 1, 'a', 2",
            "x = y KEYS[1], z = 'a', 1",
            "x = ... KEYS[1], z = 'a', 1",
            "if x then KEYS[1], z = 'a', 1 end",
            "x = f(1) KEYS[1], z = 'a', 1",
            "table.insert(KEYS, 'a')",
            "local keys = KEYS",
            "local KEYS = ARGV redis.call('GET', KEYS[1])",
            "local function f(KEYS) redis.call('GET', KEYS[1]) end f({'a'})",
            "local ipairs = f for i, key in ipairs(KEYS) do redis.call('GET', key) end",
            "local function ipairs(x) return f end for i, k in ipairs(KEYS) do end",
            "local t = {ipairs = f} t.ipairs(KEYS) redis.call('GET', KEYS[1])",
            "t.unpack(KEYS) redis.call('GET', KEYS[1])",
            "t:unpack(KEYS) redis.call('GET', KEYS[1])",
            "local function unpack(k) k[1] = 'a' end unpack(KEYS) redis.call('GET', KEYS[1])",
            "_G['redis'].call('GET', 'a')",
            "loadstring('...')()",
            "redis.call = f",
        ] {
            assert_eq!(shown(code), None, "{code}");
        }
    }

    #[test]
    fn broken_code_does_no_harm() {
        let code = "local a, b = KEYS[1], KEYS[2] for i, k in ipairs(KEYS) do redis.call('X', a) \
                    function f(x, y) end a, b = 1, 2 return {redis.call('Y', k, unpack(z))}";
        for start in 0..code.len() {
            for end in start..code.len() {
                calls(&code.as_bytes()[start..end]);
            }
        }
    }
}
