//! Replies for the prompt: the layout of `format.rs`, with colours by type, and maps as tables.
//!
//! ```text
//! 127.0.0.1:6379> hello 3
//! server  | "redis"
//! version | "7.4.0"
//! modules | (empty array)
//! ```
//!
//! Must be true: without colours and tables this is exactly the standard form.

use base::bytes::quoted;
use protocol::Value;

use crate::format::{double_text, elements, has_lines};
use crate::text::lossy;

/// How replies look at the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks {
    pub colors: bool,
    pub tables: bool,
}

/// What a piece of text is, and hence its colour.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tint {
    Text,
    Number,
    Nothing,
    Trouble,
    Frame,
    Name,
    Good,
}

impl Looks {
    pub(crate) fn paint(self, tint: Tint, text: &str) -> String {
        let code = match tint {
            Tint::Text => "32",
            Tint::Number => "33",
            Tint::Nothing | Tint::Frame => "90",
            Tint::Trouble => "31",
            Tint::Name => "36",
            Tint::Good => "1",
        };
        if self.colors { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A reply, line ends included.
pub(crate) fn format(value: &Value, looks: Looks) -> String {
    let mut text = render(value, "", looks);
    text.push('\n');
    text
}

/// The lines of a value, without the last line end. All but the first begin with `prefix`.
fn render(value: &Value, prefix: &str, looks: Looks) -> String {
    match value {
        Value::Map(pairs) if looks.tables && !pairs.is_empty() => table(pairs, prefix, looks),
        Value::Array(all) | Value::Set(all) | Value::Push(all) if !all.is_empty() => {
            list(value, prefix, looks)
        }
        Value::Map(pairs) if !pairs.is_empty() => list(value, prefix, looks),
        Value::Attribute(notes, inner) => {
            let notes = render(&Value::Map(notes.clone()), prefix, looks);
            format!("{notes}\n{prefix}{}", render(inner, prefix, looks))
        }
        _ => plain(value, looks),
    }
}

/// A value without elements.
fn plain(value: &Value, looks: Looks) -> String {
    match value {
        Value::Error(text) => looks.paint(Tint::Trouble, &format!("(error) {}", lossy(text))),
        Value::Status(text) => looks.paint(Tint::Good, &lossy(text)),
        Value::Verbatim(_, text) => lossy(text),
        Value::Int(number) => looks.paint(Tint::Number, &format!("(integer) {number}")),
        Value::Double(number) => {
            looks.paint(Tint::Number, &format!("(double) {}", lossy(&double_text(*number))))
        }
        Value::BigNumber(digits) => {
            looks.paint(Tint::Number, &format!("(big number) {}", lossy(digits)))
        }
        Value::Bulk(text) => looks.paint(Tint::Text, &quoted(text)),
        Value::Null => looks.paint(Tint::Nothing, "(nil)"),
        Value::Boolean(true) => looks.paint(Tint::Number, "(true)"),
        Value::Boolean(false) => looks.paint(Tint::Number, "(false)"),
        Value::Map(_) => looks.paint(Tint::Nothing, "(empty hash)"),
        Value::Set(_) => looks.paint(Tint::Nothing, "(empty set)"),
        Value::Push(_) => looks.paint(Tint::Nothing, "(empty push)"),
        Value::Array(_) | Value::Attribute(..) => looks.paint(Tint::Nothing, "(empty array)"),
    }
}

fn list(value: &Value, prefix: &str, looks: Looks) -> String {
    let (step, separator) = match value {
        Value::Map(_) => (2, '#'),
        Value::Set(_) => (1, '~'),
        _ => (1, ')'),
    };
    let all = elements(value);
    let width = (all.len() / step).to_string().len();
    let inner = format!("{prefix}{:1$}", "", width + 2);
    let mut text = String::new();
    for (index, element) in all.chunks(step).enumerate() {
        if index > 0 {
            text.push('\n');
            text.push_str(prefix);
        }
        let number = format!("{:>width$}{separator} ", index + 1);
        text.push_str(&looks.paint(Tint::Frame, &number));
        text.push_str(&render(element[0], &inner, looks));
        if let Some(value) = element.get(1) {
            text.push_str(&looks.paint(Tint::Frame, " => "));
            if has_lines(value) {
                text.push('\n');
                text.push_str(&inner);
            }
            text.push_str(&render(value, &inner, looks));
        }
    }
    text
}

fn table(pairs: &[(Value, Value)], prefix: &str, looks: Looks) -> String {
    let names: Vec<String> = pairs.iter().map(|(key, _)| name(key)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let bar = looks.paint(Tint::Frame, "\u{2502}");
    let inner = format!("{prefix}{:width$} {bar} ", "");
    let mut lines = Vec::new();
    for (name, (_, value)) in names.iter().zip(pairs) {
        let padded = looks.paint(Tint::Name, &format!("{name:width$}"));
        lines.push(format!("{padded} {bar} {}", render(value, &inner, looks)));
    }
    lines.join(&format!("\n{prefix}"))
}

/// A key of a map in one line of ASCII: quotes only where something would be unclear without.
fn name(key: &Value) -> String {
    match key {
        Value::Bulk(text) | Value::Status(text) => {
            let is_plain = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'|');
            if !text.is_empty() && text.iter().all(is_plain) { lossy(text) } else { quoted(text) }
        }
        other => {
            let looks = Looks { colors: false, tables: false };
            render(other, "", looks).replace('\n', " ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Looks = Looks { colors: false, tables: false };

    fn decode(wire: &str) -> Value {
        protocol::decode(wire.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn without_colours_and_tables_it_is_the_standard_form() {
        for wire in [
            "*2\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n",
            "%2\r\n$1\r\na\r\n*2\r\n:1\r\n#t\r\n+b\r\n~1\r\n,1.5\r\n",
            "*0\r\n",
            "-ERR x\r\n",
            ">2\r\n+a\r\n%0\r\n",
        ] {
            let mut expected = Vec::new();
            crate::format::standard(&mut expected, &decode(wire), "");
            assert_eq!(format(&decode(wire), PLAIN).as_bytes(), expected, "{wire:?}");
        }
    }

    #[test]
    fn maps_are_tables() {
        let looks = Looks { colors: false, tables: true };
        let wire =
            "%2\r\n$2\r\nid\r\n:7\r\n$5\r\na key\r\n%2\r\n+x\r\n:1\r\n+yy\r\n*2\r\n:2\r\n:3\r\n";
        let expected = "id      | (integer) 7\n\
                        \"a key\" | x  | (integer) 1\n\
                        \x20       | yy | 1) (integer) 2\n\
                        \x20       |    | 2) (integer) 3\n";
        assert_eq!(format(&decode(wire), looks).replace('\u{2502}', "|"), expected);
    }

    #[test]
    fn each_type_has_its_colour() {
        let looks = Looks { colors: true, tables: false };
        assert_eq!(format(&decode(":1\r\n"), looks), "\x1b[33m(integer) 1\x1b[0m\n");
        assert_eq!(format(&decode("$-1\r\n"), looks), "\x1b[90m(nil)\x1b[0m\n");
    }
}
