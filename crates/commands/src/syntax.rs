//! The language of the syntax line in a row of the command table, and what it stands for.
//!
//! A line reads like the manual: `key value [condition: NX | XX] [GET @6.2.0]`.
//!
//! ```text
//! word           an argument; its type follows from its name, else it is a string
//! word<double>   ... unless the type is said (`<string>` also makes an argument of UPPER CASE)
//! word#1         the argument belongs to key spec 1; arguments that are keys count by themselves
//! WORD           a token: a word without lower-case letters, or any 'quoted' one
//! WORD word      an argument announced by a token; so is a group: LIMIT (offset count)
//! (a b) (a | b)  a block; a choice of one
//! {a}            a block, even of one
//! [a] [a b]      an item, a block or a choice that may be left out
//! a b [a b ...]  a block that may repeat; also a [a ...], [a [a ...]], [a ...], (a | b) ...
//! name: ...      names the item that follows, or at the start of a group the whole group;
//!                unnamed groups are called after their members: offset_count
//! @6.2.0 @!2.8   what came just before exists since 6.2.0, is deprecated since 2.8
//! ```
//!
//! Parsing happens when COMMAND DOCS first asks; only the arity is needed before, and that is
//! worked out at compile time.

use thiserror::Error;

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Kind {
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::String,
        Self::Integer,
        Self::Double,
        Self::Key,
        Self::Pattern,
        Self::UnixTime,
        Self::PureToken,
        Self::OneOf,
        Self::Block,
    ];

    /// The type's name as COMMAND DOCS prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::Key => "key",
            Self::Pattern => "pattern",
            Self::UnixTime => "unix-time",
            Self::PureToken => "pure-token",
            Self::OneOf => "oneof",
            Self::Block => "block",
        }
    }

    /// The type an argument has when the line does not say.
    fn of(name: &str) -> Self {
        match name {
            "key" | "destination" | "source" | "newkey" | "destkey" | "sourcekey" | "key1"
            | "key2" => Self::Key,
            "pattern" => Self::Pattern,
            "unix-time-seconds" | "unix-time-milliseconds" => Self::UnixTime,
            "longitude" | "latitude" | "radius" | "width" | "height" | "score" => Self::Double,
            "client-id" | "count" | "cursor" | "db" | "decrement" | "destination-db" | "end"
            | "increment" | "index" | "milliseconds" | "numfields" | "numkeys" | "nummembers"
            | "numreplicas" | "offset" | "port" | "seconds" | "slot" | "start" | "stop"
            | "weight" => Self::Integer,
            _ => Self::String,
        }
    }
}

/// The argument may be left out.
pub const OPTIONAL: u8 = 1 << 0;
/// The argument may repeat.
pub const MULTIPLE: u8 = 1 << 1;
/// The argument may repeat, and its token with it.
pub const MULTIPLE_TOKEN: u8 = 1 << 2;

/// One argument, or one group of arguments, of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What the manual calls it.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// The literal word that announces it, or that it is.
    pub token: Option<&'static str>,
    /// `OPTIONAL`, `MULTIPLE`, `MULTIPLE_TOKEN` bits.
    pub flags: u8,
    /// Which key spec finds it.
    pub key_spec: Option<u8>,
    /// The version that brought it, if that is not the command's own.
    pub since: Option<&'static str>,
    /// The version that deprecated it.
    pub deprecated_since: Option<&'static str>,
    /// The members of a block or choice.
    pub arguments: Vec<Argument>,
}

impl Argument {
    fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            token: None,
            flags: 0,
            key_spec: None,
            since: None,
            deprecated_since: None,
            arguments: Vec::new(),
        }
    }

    fn token(token: &'static str) -> Self {
        Self { token: Some(token), ..Self::new(&token.to_ascii_lowercase(), Kind::PureToken) }
    }

    fn group(kind: Kind, arguments: Vec<Self>) -> Self {
        let names: Vec<&str> = arguments.iter().map(|each| each.name.as_str()).collect();
        let name = names.join("_");
        Self { arguments, ..Self::new(&name, kind) }
    }

    fn hint(&self) -> String {
        let bare = match self.kind {
            Kind::PureToken => String::new(),
            Kind::Block => hint(&self.arguments),
            Kind::OneOf => {
                let hints: Vec<String> = self.arguments.iter().map(Self::hint).collect();
                hints.join(" | ")
            }
            _ => self.name.clone(),
        };
        // In brackets a choice is set off already.
        let alone = self.token.is_none() && self.flags & OPTIONAL != 0;
        let member =
            if self.kind == Kind::OneOf && !alone { format!("({bare})") } else { bare.clone() };
        let mut text = match self.token {
            Some(token) if bare.is_empty() => token.to_owned(),
            Some(token) => format!("{token} {member}"),
            None => member.clone(),
        };
        if self.flags & MULTIPLE_TOKEN != 0 {
            text = format!("{text} [{text} ...]");
        } else if self.flags & MULTIPLE != 0 && self.kind == Kind::OneOf {
            text = format!("{text} ...");
        } else if self.flags & MULTIPLE != 0 {
            text = format!("{text} [{member} ...]");
        }
        if self.flags & OPTIONAL != 0 { format!("[{text}]") } else { text }
    }

    /// Whether a repetition means this argument: the same but for flags, versions and perhaps the
    /// token.
    fn repeats_as(&self, again: &Self) -> bool {
        self.name == again.name
            && self.kind == again.kind
            && (again.token.is_none() || self.token == again.token)
            && self.arguments.len() == again.arguments.len()
            && self.arguments.iter().zip(&again.arguments).all(|(a, b)| a.repeats_as(b))
    }
}

/// Why a syntax line cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{what} in syntax line '{line}'")]
pub struct SyntaxError {
    what: &'static str,
    line: &'static str,
}

/// The arguments that a syntax line stands for, of a command with so many key specs.
///
/// # Errors
/// The line breaks the rules of the language; tests hold that no row's does.
pub fn parse(line: &'static str, key_specs: usize) -> Result<Vec<Argument>, SyntaxError> {
    let mut parser = Parser { line, rest: line };
    let (mut arguments, ellipsis) = parser.sequence()?;
    if ellipsis || !parser.rest.is_empty() {
        return Err(parser.error("a closing mark without its opening one"));
    }
    number_keys(&mut arguments, &mut 0, key_specs);
    Ok(arguments)
}

/// The arguments as a person would write them, for hints and HELP: `key value [NX | XX]`.
pub fn hint(arguments: &[Argument]) -> String {
    let hints: Vec<String> = arguments.iter().map(Argument::hint).collect();
    hints.join(" ")
}

/// Gives each argument that is a key the next key spec; those left over share the last.
fn number_keys(arguments: &mut [Argument], next: &mut usize, key_specs: usize) {
    for argument in arguments {
        if argument.kind == Kind::Key && argument.key_spec.is_none() && key_specs > 0 {
            argument.key_spec = u8::try_from((*next).min(key_specs - 1)).ok();
            *next += 1;
        }
        number_keys(&mut argument.arguments, next, key_specs);
    }
}

struct Parser {
    line: &'static str,
    rest: &'static str,
}

impl Parser {
    fn error(&self, what: &'static str) -> SyntaxError {
        SyntaxError { what, line: self.line }
    }

    /// The next word or mark, without taking it; empty at the end.
    fn peek(&mut self) -> &'static str {
        self.rest = self.rest.trim_start_matches(' ');
        let bytes = self.rest.as_bytes();
        let end = match bytes.first() {
            Some(b'\'') => bytes.iter().skip(1).position(|each| *each == b'\'').map(|at| at + 2),
            Some(first) if ends_word(*first) => Some(1),
            _ => bytes.iter().position(|each| ends_word(*each)),
        };
        &self.rest[..end.unwrap_or(bytes.len())]
    }

    fn take(&mut self) -> &'static str {
        let word = self.peek();
        self.rest = &self.rest[word.len()..];
        word
    }

    fn take_label(&mut self) -> Option<&'static str> {
        let label = self.peek().strip_suffix(':').filter(|label| !label.is_empty())?;
        self.take();
        Some(label)
    }

    /// Items up to the end of their group or alternative, and whether `...` stood last.
    fn sequence(&mut self) -> Result<(Vec<Argument>, bool), SyntaxError> {
        let mut items: Vec<Argument> = Vec::new();
        loop {
            match self.peek() {
                "" | "]" | ")" | "}" | "|" => return Ok((items, false)),
                "..." => {
                    self.take();
                    if self.peek() == "]" {
                        return Ok((items, true));
                    }
                    let last = items.last_mut().ok_or(self.error("nothing before '...'"))?;
                    last.flags |= MULTIPLE;
                }
                word if word.starts_with('@') => {
                    self.take();
                    let last = items.last_mut().ok_or(self.error("nothing before '@'"))?;
                    match word.strip_prefix("@!") {
                        Some(version) => last.deprecated_since = Some(version),
                        None => last.since = Some(&word[1..]),
                    }
                }
                "[" => {
                    self.take();
                    self.optional(&mut items, None)?;
                }
                _ => {
                    let label = self.take_label();
                    if label.is_some() && self.peek() == "[" {
                        self.take();
                        self.optional(&mut items, label)?;
                    } else {
                        let item = self.item(label)?;
                        items.push(item);
                    }
                }
            }
        }
    }

    /// A word, a token with what it announces, or a group in parentheses.
    fn item(&mut self, label: Option<&'static str>) -> Result<Argument, SyntaxError> {
        let word = self.take();
        let mut item = match word {
            "(" => self.group(")")?.0,
            "{" => self.block()?,
            mark if is_mark(mark) => return Err(self.error("a name without its item")),
            _ => match as_token(word) {
                None => self.plain(word)?,
                Some(token) => match self.peek() {
                    next if next == "(" || next == "{" || is_plain(next) => {
                        let announced = self.item(None)?;
                        if announced.token.is_some() {
                            return Err(self.error("two tokens for one item"));
                        }
                        Argument { token: Some(token), ..announced }
                    }
                    _ => Argument::token(token),
                },
            },
        };
        if let Some(label) = label {
            item.name = label.to_owned();
        }
        Ok(item)
    }

    fn plain(&mut self, word: &'static str) -> Result<Argument, SyntaxError> {
        let (word, key_spec) = match word.split_once('#') {
            Some((word, index)) => {
                (word, Some(index.parse().map_err(|_| self.error("a '#' without a number"))?))
            }
            None => (word, None),
        };
        let (name, kind) = match word.strip_suffix('>').and_then(|word| word.split_once('<')) {
            Some((name, said)) => {
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == said);
                (name, kind.ok_or(self.error("an unknown type"))?)
            }
            None => (word, Kind::of(word)),
        };
        if name.is_empty() {
            return Err(self.error("an empty name"));
        }
        Ok(Argument { key_spec, ..Argument::new(name, kind) })
    }

    /// What stands in braces.
    fn block(&mut self) -> Result<Argument, SyntaxError> {
        let (items, _) = self.sequence()?;
        if items.is_empty() || self.take() != "}" {
            return Err(self.error("an empty or open block"));
        }
        Ok(Argument::group(Kind::Block, items))
    }

    /// What stands in brackets: an optional item, or the sign that the items before it may repeat.
    fn optional(
        &mut self,
        items: &mut Vec<Argument>,
        label: Option<&'static str>,
    ) -> Result<(), SyntaxError> {
        let (mut group, ellipsis) = self.group("]")?;
        if ellipsis && label.is_none() && repeat_last(items, &group) {
            return Ok(());
        }
        if let Some(label) = label {
            group.name = label.to_owned();
        }
        group.flags |= OPTIONAL | if ellipsis { MULTIPLE } else { 0 };
        items.push(group);
        Ok(())
    }

    /// The inside of a group and its closing mark, folded into one item; and whether `...` stood
    /// last in it.
    fn group(&mut self, close: &'static str) -> Result<(Argument, bool), SyntaxError> {
        let mut label = self.take_label();
        let (mut alternatives, mut ellipsis, mut own_label) = (Vec::new(), false, None);
        loop {
            let (mut items, last) = self.sequence()?;
            ellipsis |= last;
            let mut item = match items.len() {
                0 => return Err(self.error("an empty group")),
                1 => items.remove(0),
                _ => Argument::group(Kind::Block, items),
            };
            if let Some(label) = own_label {
                item.name = str::to_owned(label);
            }
            alternatives.push(item);
            match self.take() {
                "|" => own_label = self.take_label(),
                mark if mark == close => break,
                _ => return Err(self.error("a group without its closing mark")),
            }
        }
        let mut group = match alternatives.len() {
            1 => alternatives.remove(0),
            _ => Argument::group(Kind::OneOf, alternatives),
        };
        if let Some(label) = label.take() {
            group.name = label.to_owned();
        }
        Ok((group, ellipsis))
    }
}

/// If the last items are what `again` says, marks them as repeating.
fn repeat_last(items: &mut Vec<Argument>, again: &Argument) -> bool {
    let flags = MULTIPLE | if again.token.is_some() { MULTIPLE_TOKEN } else { 0 };
    if let Some(last) = items.last_mut() {
        let same_members = again.kind == Kind::Block
            && last.kind == Kind::Block
            && last.arguments.len() == again.arguments.len()
            && last.arguments.iter().zip(&again.arguments).all(|(a, b)| a.repeats_as(b));
        if same_members || last.repeats_as(again) {
            last.flags |= flags;
            return true;
        }
    }
    let count = again.arguments.len();
    if again.kind != Kind::Block || items.len() < count {
        return false;
    }
    let tail = &items[items.len() - count..];
    if !tail.iter().zip(&again.arguments).all(|(a, b)| a.repeats_as(b)) {
        return false;
    }
    let members = items.split_off(items.len() - count);
    items.push(Argument { flags, ..Argument::group(Kind::Block, members) });
    true
}

/// The literal that a word stands for: what is in its quotes, or itself if it has no lower-case
/// letters.
fn as_token(word: &'static str) -> Option<&'static str> {
    if let Some(inner) = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')) {
        return Some(inner);
    }
    let plain = word.ends_with('>') || word.bytes().any(|byte| byte.is_ascii_lowercase());
    (!plain).then_some(word)
}

/// Whether a word is an argument's name.
fn is_plain(word: &'static str) -> bool {
    !is_mark(word) && as_token(word).is_none()
}

/// Whether this is part of the language and not a word of the command; so is the end of the line.
fn is_mark(word: &str) -> bool {
    let mark = matches!(word, "" | "[" | "]" | "(" | ")" | "{" | "}" | "|" | "...");
    mark || word.starts_with('@') || (word.ends_with(':') && word.len() > 1)
}

/// The arity that a syntax line stands for: `names` words of command name and one for each argument
/// that must be there; negative if there may be more.
pub const fn arity(line: &str, names: i16) -> i16 {
    let (count, varies, _) = fewest(line.as_bytes(), 0);
    if varies { -(names + count) } else { names + count }
}

/// The fewest words that what stands from `at` to the end of its group can be, whether more are
/// possible, and where the group ends.
const fn fewest(line: &[u8], mut at: usize) -> (i16, bool, usize) {
    let (mut best, mut count, mut varies) = (-1, 0, false);
    while at < line.len() {
        match line[at] {
            b']' | b')' | b'}' => break,
            b'[' => {
                varies = true;
                at = fewest(line, at + 1).2 + 1;
            }
            b'(' | b'{' => {
                let (inner, inner_varies, end) = fewest(line, at + 1);
                count += inner;
                varies |= inner_varies;
                at = end + 1;
            }
            b'|' => {
                varies |= best >= 0 && best != count;
                best = if best < 0 || count < best { count } else { best };
                count = 0;
                at += 1;
            }
            b' ' => at += 1,
            first => {
                let start = at;
                while at < line.len() && !ends_word(line[at]) {
                    at += 1;
                }
                let label = line[at - 1] == b':' && at - start > 1;
                let ellipsis = first == b'.' && at - start == 3;
                varies |= ellipsis;
                if first != b'@' && !label && !ellipsis {
                    count += 1;
                }
            }
        }
    }
    if best < 0 {
        return (count, varies, at);
    }
    (if count < best { count } else { best }, varies || best != count, at)
}

const fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | b'|')
}

#[cfg(test)]
mod tests;
