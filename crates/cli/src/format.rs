//! Replies as text, byte for byte as redis-cli 7.0 prints them.
//!
//! Four forms: for people ([`standard`]), for programs that read lines ([`raw`]), and CSV and
//! JSON. `pretty.rs` is the fifth, for the prompt, which redis-cli does not have.
//!
//! Must be true: nothing here depends on a terminal; scripts compare this output.

use base::bytes::quoted;
use base::number::append_f64_17g;
use protocol::Value;

use crate::options::{Options, Output};

/// A reply in the form that the options name. `verbatim`: the reply is a text made for reading.
pub(crate) fn format(value: &Value, options: &Options, verbatim: bool) -> Vec<u8> {
    let mut out = Vec::new();
    if verbatim {
        raw(&mut out, value, &options.delimiter);
        return out;
    }
    match options.output {
        Output::Standard => standard(&mut out, value, ""),
        Output::Raw => {
            raw(&mut out, value, &options.delimiter);
            out.extend_from_slice(&options.command_delimiter);
        }
        Output::Csv => {
            csv(&mut out, value);
            out.push(b'\n');
        }
        Output::Json | Output::QuotedJson => {
            json(&mut out, value, options.output);
            out.push(b'\n');
        }
    }
    out
}

/// A message not asked for.
pub(crate) fn push(value: &Value, options: &Options) -> Vec<u8> {
    if let (Output::Standard, Value::Push(parts)) = (options.output, value)
        && let [Value::Bulk(kind), Value::Array(keys)] = parts.as_slice()
        && kind == b"invalidate"
    {
        let keys: Vec<String> =
            keys.iter().map(|key| format!("'{}'", String::from_utf8_lossy(&text(key)))).collect();
        return format!("-> invalidate: {}\n", keys.join(", ")).into_bytes();
    }
    format(value, options, false)
}

/// The text of a double as servers send it.
pub(crate) fn double_text(number: f64) -> Vec<u8> {
    let mut text = Vec::new();
    append_f64_17g(&mut text, number);
    text
}

/// The elements of an aggregate, a map's keys and values one after the other.
pub(crate) fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) | Value::Set(all) | Value::Push(all) => all.iter().collect(),
        Value::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Vec<u8> {
    match value {
        Value::Status(text) | Value::Bulk(text) | Value::Error(text) => text.clone(),
        _ => Vec::new(),
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// For people: types are named, elements numbered, nested ones indented by `prefix`.
pub(crate) fn standard(out: &mut Vec<u8>, value: &Value, prefix: &str) {
    match value {
        Value::Error(text) => {
            put(out, "(error) ");
            out.extend_from_slice(text);
        }
        Value::Status(text) | Value::Verbatim(_, text) => out.extend_from_slice(text),
        Value::Int(number) => put(out, &format!("(integer) {number}")),
        Value::Double(number) => {
            put(out, "(double) ");
            out.extend_from_slice(&double_text(*number));
        }
        Value::BigNumber(digits) => {
            put(out, "(big number) ");
            out.extend_from_slice(digits);
        }
        Value::Bulk(text) => put(out, &quoted(text)),
        Value::Null => put(out, "(nil)"),
        Value::Boolean(true) => put(out, "(true)"),
        Value::Boolean(false) => put(out, "(false)"),
        Value::Attribute(_, inner) => return standard(out, inner, prefix),
        Value::Array(_) | Value::Map(_) | Value::Set(_) | Value::Push(_) => {
            return standard_aggregate(out, value, prefix);
        }
    }
    out.push(b'\n');
}

fn standard_aggregate(out: &mut Vec<u8>, value: &Value, prefix: &str) {
    let (separator, empty) = match value {
        Value::Set(_) => ('~', "(empty set)\n"),
        Value::Map(_) => ('#', "(empty hash)\n"),
        Value::Push(_) => (')', "(empty push)\n"),
        _ => (')', "(empty array)\n"),
    };
    let all = elements(value);
    if all.is_empty() {
        return put(out, empty);
    }
    let step = if matches!(value, Value::Map(_)) { 2 } else { 1 };
    let width = (all.len() / step).to_string().len();
    let inner = format!("{prefix}{:1$}", "", width + 2);
    for (index, element) in all.chunks(step).enumerate() {
        // The first line was indented by whoever began it.
        let prefix = if index == 0 { "" } else { prefix };
        put(out, &format!("{prefix}{:>width$}{separator} ", index + 1));
        standard(out, element[0], &inner);
        if let Some(value) = element.get(1) {
            out.pop();
            put(out, " => ");
            if has_lines(value) {
                put(out, &format!("\n{inner}"));
            }
            standard(out, value, &inner);
        }
    }
}

/// Whether [`standard`] needs more than one line.
pub(crate) fn has_lines(value: &Value) -> bool {
    match value {
        Value::Array(all) | Value::Set(all) | Value::Push(all) => match all.as_slice() {
            [] => false,
            [one] => has_lines(one),
            _ => true,
        },
        Value::Map(pairs) => match pairs.as_slice() {
            [] => false,
            [(_, value)] => has_lines(value),
            _ => true,
        },
        _ => false,
    }
}

/// Values as they are.
fn raw(out: &mut Vec<u8>, value: &Value, delimiter: &[u8]) {
    match value {
        Value::Null => {}
        Value::Error(text) => {
            out.extend_from_slice(text);
            out.push(b'\n');
        }
        Value::Status(text) | Value::Bulk(text) | Value::Verbatim(_, text) => {
            out.extend_from_slice(text);
        }
        Value::BigNumber(digits) => out.extend_from_slice(digits),
        Value::Boolean(true) => put(out, "(true)"),
        Value::Boolean(false) => put(out, "(false)"),
        Value::Int(number) => put(out, &number.to_string()),
        Value::Double(number) => out.extend_from_slice(&double_text(*number)),
        Value::Attribute(_, inner) => raw(out, inner, delimiter),
        Value::Array(all) | Value::Set(all) | Value::Push(all) => {
            for (index, element) in all.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(delimiter);
                }
                raw(out, element, delimiter);
            }
        }
        Value::Map(pairs) => {
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(delimiter);
                }
                raw(out, key, delimiter);
                out.push(b' ');
                raw(out, value, delimiter);
            }
        }
    }
}

fn csv(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Error(text) => put(out, &format!("ERROR,{}", quoted(text))),
        Value::Status(text) | Value::Bulk(text) | Value::Verbatim(_, text) => {
            put(out, &quoted(text));
        }
        Value::Int(number) => put(out, &number.to_string()),
        Value::Double(number) => out.extend_from_slice(&double_text(*number)),
        Value::BigNumber(digits) => out.extend_from_slice(digits),
        Value::Null => put(out, "NULL"),
        Value::Boolean(value) => put(out, if *value { "true" } else { "false" }),
        Value::Attribute(_, inner) => csv(out, inner),
        Value::Array(_) | Value::Map(_) | Value::Set(_) | Value::Push(_) => {
            for (index, element) in elements(value).into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                csv(out, element);
            }
        }
    }
}

fn json(out: &mut Vec<u8>, value: &Value, form: Output) {
    match value {
        Value::Error(text) => {
            put(out, "error:");
            json_string(out, text, form);
        }
        Value::Status(text) | Value::Bulk(text) | Value::Verbatim(_, text) => {
            json_string(out, text, form);
        }
        Value::Int(number) => put(out, &number.to_string()),
        Value::Double(number) => out.extend_from_slice(&double_text(*number)),
        Value::BigNumber(digits) => out.extend_from_slice(digits),
        Value::Null => put(out, "null"),
        Value::Boolean(value) => put(out, if *value { "true" } else { "false" }),
        Value::Attribute(_, inner) => json(out, inner, form),
        Value::Array(all) | Value::Set(all) | Value::Push(all) => {
            out.push(b'[');
            for (index, element) in all.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                json(out, element, form);
            }
            out.push(b']');
        }
        Value::Map(pairs) => {
            out.push(b'{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                json_key(out, key, form);
                out.push(b':');
                json(out, value, form);
            }
            out.push(b'}');
        }
    }
}

/// Keys of JSON objects are strings; RESP3's need not be.
fn json_key(out: &mut Vec<u8>, key: &Value, form: Output) {
    let mut text = Vec::new();
    json(&mut text, key, form);
    let is_string = matches!(key, Value::Error(_)) || text.starts_with(b"\"");
    if is_string {
        out.extend_from_slice(&text);
    } else {
        out.push(b'"');
        out.extend_from_slice(&text);
        out.push(b'"');
    }
}

fn json_string(out: &mut Vec<u8>, text: &[u8], form: Output) {
    if form == Output::QuotedJson {
        return put(out, &quoted(text).replace('\\', "\\\\"));
    }
    out.push(b'"');
    for byte in text {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => put(out, "\\n"),
            b'\r' => put(out, "\\r"),
            b'\t' => put(out, "\\t"),
            0x0c => put(out, "\\f"),
            0x08 => put(out, "\\b"),
            0..=0x1f => put(out, &format!("\\u{byte:04x}")),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Screen;

    fn check(wire: &str, output: Output, expected: &str) {
        let (value, _) = protocol::decode(wire.as_bytes()).unwrap().unwrap();
        let options = Options { output, ..Options::new(Screen::Other) };
        let text = format(&value, &options, false);
        assert_eq!(String::from_utf8(text).unwrap(), expected, "{wire:?}");
    }

    #[test]
    fn people_see_types_and_numbers() {
        check("*0\r\n", Output::Standard, "(empty array)\n");
        check("%0\r\n", Output::Standard, "(empty hash)\n");
        let nested = "*2\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n";
        check(nested, Output::Standard, "1) \"a\"\n2) 1) (integer) 1\n   2) (nil)\n");
        let map = "%1\r\n$1\r\na\r\n*2\r\n:1\r\n#t\r\n";
        check(map, Output::Standard, "1# \"a\" => \n   1) (integer) 1\n   2) (true)\n");
        check("~1\r\n,1.5\r\n", Output::Standard, "1~ (double) 1.5\n");
        check("=7\r\ntxt:a\nb\r\n", Output::Standard, "a\nb\n");
    }

    #[test]
    fn programs_see_values_only() {
        check("$-1\r\n", Output::Raw, "\n");
        check("-ERR no\r\n", Output::Raw, "ERR no\n\n");
        check("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", Output::Raw, "a 1\nb 2\n");
        check("*2\r\n$2\r\na\"\r\n_\r\n", Output::Csv, "\"a\\\"\",NULL\n");
    }

    #[test]
    fn json_is_json_where_it_can_be() {
        check("%1\r\n:1\r\n$3\r\na\"\x01\r\n", Output::Json, "{\"1\":\"a\\\"\\u0001\"}\n");
        check("$2\r\n\u{e9}\r\n", Output::QuotedJson, "\"\\\\xc3\\\\xa9\"\n");
        check("-ERR no\r\n", Output::Json, "error:\"ERR no\"\n");
        check("*3\r\n,1.5\r\n#f\r\n_\r\n", Output::Json, "[1.5,false,null]\n");
    }
}
