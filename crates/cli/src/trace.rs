//! `:trace`: carries a command out through TRACE, and draws what it saw and where the time went.
//!
//! ```text
//!   parse   |##                                      |    209 ns
//!   find    |  #                                     |     71 ns
//!   run     |   #####################                |  2,150 ns
//! ```
//!
//! Must be true: a bar begins where the one before it ends, and a stage that took any time is seen.
//! Whatever the server adds to TRACE's map is shown too, at its end.

use std::io::stdout;

use protocol::Value;
use rustix::termios::tcgetwinsize;

use crate::docs::{pairs, text};
use crate::pretty::{self, Looks, Tint};
use crate::screen::say;
use crate::session::Session;
use crate::text::lossy;

/// Characters for all stages together, where there is room, and at least.
const WIDTH_MAX: usize = 40;
const WIDTH_MIN: usize = 10;
/// What stands beside the bars.
const BESIDE: usize = 27;

/// Traces a command and draws what comes back.
pub(crate) fn run(session: &mut Session, words: &[Vec<u8>], looks: Looks) {
    let Ok(connection) = session.connected() else { return };
    let mut request: Vec<&[u8]> = vec![b"TRACE"];
    request.extend(words.iter().map(Vec::as_slice));
    match connection.call(&request) {
        Ok(value) => say(&draw(&value, looks)),
        Err(error) => {
            eprintln!("Error: {error}");
            session.leave();
        }
    }
}

/// A traced request, drawn; anything else (an error, an answer to TRACE ON) as it is.
pub(crate) fn draw(value: &Value, looks: Looks) -> String {
    let found = pairs(value);
    let Some((_, stages)) = found.iter().find(|(name, _)| text(name) == b"nanoseconds") else {
        return pretty::format(value, looks);
    };
    let field = |name: &str| {
        let found = found.iter().find(|(key, _)| text(key) == name.as_bytes());
        found.map(|(_, value)| *value)
    };
    let mut out = String::new();
    let mut line = |name: &str, content: String| {
        out.push_str(&format!("  {} {content}\n", looks.paint(Tint::Name, &format!("{name:8}"))));
    };
    let size = |name: &str| match field(name) {
        Some(Value::Int(bytes)) => format!("  ({bytes} bytes)"),
        _ => String::new(),
    };
    if let Some(received) = field("received") {
        let received = base::bytes::quoted(&text(received));
        line("received", format!("{received}{}", size("received-bytes")));
    }
    if let Some(tokens) = field("tokens") {
        line("tokens", flat(tokens));
    }
    if let Some(command) = field("command") {
        let class = field("class").map(|class| lossy(&text(class))).unwrap_or_default();
        line("command", format!("{}, class {class}", lossy(&text(command))));
    }
    for key in field("keys").map(crate::format::elements).unwrap_or_default() {
        let (place, change) = key_lines(key);
        line("key", place);
        line("", change);
    }
    match field("log") {
        Some(Value::Null) | None => line("log", "no record".into()),
        Some(record) => line("log", format!("record at {}", flat(record))),
    }
    if let Some(reply) = field("reply") {
        line("reply", format!("{}{}", flat(reply), size("reply-bytes")));
    }
    out.push('\n');
    out.push_str(&waterfall(stages, looks, width()));
    out
}

/// A request that TRACE ON shows, in one line.
pub(crate) fn line(value: &Value) -> String {
    let found = pairs(value);
    let field = |name: &str| {
        let found = found.iter().find(|(key, _)| text(key) == name.as_bytes());
        found.map(|(_, value)| *value)
    };
    let (Some(tokens), Some(stages)) = (field("tokens"), field("nanoseconds")) else {
        return format!("{}\n", flat(value));
    };
    let address = field("address").map(|address| lossy(&text(address))).unwrap_or_default();
    let (mut total, mut parts) = (0, Vec::new());
    for (name, figure) in pairs(stages) {
        if let Value::Int(ns) = figure {
            total += *ns as u64;
            parts.push(format!("{} {}", lossy(&text(name)), grouped(*ns as u64)));
        }
    }
    format!("{} ns: {} [{address}] {}\n", grouped(total), parts.join(", "), flat(tokens))
}

/// Where a key is, and what its value was and is.
fn key_lines(key: &Value) -> (String, String) {
    let (mut place, mut looks) = (Vec::new(), Vec::new());
    for (name, value) in pairs(key) {
        let name = lossy(&text(name));
        match (name.as_str(), value) {
            (_, Value::Null) if name != "before" && name != "after" => {}
            ("name", value) => place.push(flat(value)),
            ("before" | "after", Value::Null) => looks.push(format!("{name}: nothing")),
            ("before" | "after", value) => looks.push(format!("{name}: {}", look(value))),
            ("hash", value) => place.push(format!("hash {}", lossy(&text(value)))),
            (_, value) => place.push(format!("{name} {}", flat(value))),
        }
    }
    (place.join(", "), looks.join("; "))
}

/// What a value was: its encoding, and its size.
fn look(value: &Value) -> String {
    let parts = pairs(value).into_iter().map(|(name, value)| match text(name).as_slice() {
        b"encoding" => lossy(&text(value)),
        b"bytes" => format!("{} bytes", flat(value)),
        name => format!("{} {}", lossy(name), flat(value)),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// A value in one line.
fn flat(value: &Value) -> String {
    match value {
        Value::Bulk(text) => base::bytes::quoted(text),
        Value::Status(text) => lossy(text),
        Value::Int(number) => number.to_string(),
        Value::Null => "(nil)".into(),
        Value::Map(pairs) => {
            let one = |(name, value): &(Value, Value)| match value {
                Value::Bulk(word) => format!("{} {}", lossy(&text(name)), lossy(word)),
                value => format!("{} {}", lossy(&text(name)), flat(value)),
            };
            pairs.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Value::Array(all) if is_flat_map(all) => {
            let halves = all.chunks_exact(2).map(|p| (p[0].clone(), p[1].clone()));
            flat(&Value::Map(halves.collect()))
        }
        Value::Array(all) => all.iter().map(flat).collect::<Vec<_>>().join(" "),
        other => {
            let plain = Looks { colors: false, tables: false };
            pretty::format(other, plain).trim_end().replace('\n', " ")
        }
    }
}

/// Whether an array is one of TRACE's maps in RESP2.
fn is_flat_map(all: &[Value]) -> bool {
    all.len().is_multiple_of(2) && all.first().is_some_and(|v| text(v) == b"offset")
}

/// Characters for the bars on this screen.
fn width() -> usize {
    let columns = tcgetwinsize(stdout()).map_or(80, |size| usize::from(size.ws_col));
    columns.saturating_sub(BESIDE).clamp(WIDTH_MIN, WIDTH_MAX)
}

/// A bar for each stage, and what they took together.
fn waterfall(stages: &Value, looks: Looks, width: usize) -> String {
    let figures: Vec<(String, Option<u64>)> = pairs(stages)
        .into_iter()
        .map(|(name, value)| {
            let figure = match value {
                Value::Int(ns) => u64::try_from(*ns).ok(),
                _ => None,
            };
            (lossy(&text(name)), figure)
        })
        .collect();
    let total: u64 = figures.iter().filter_map(|(_, ns)| *ns).sum();
    let mut out = String::new();
    let mut before = 0u64;
    let rule = looks.paint(Tint::Frame, "\u{2502}");
    for (name, ns) in &figures {
        let name = looks.paint(Tint::Name, &format!("{name:8}"));
        let Some(ns) = *ns else {
            let unknown = looks.paint(Tint::Nothing, &format!("{:>12}", "not known"));
            out.push_str(&format!("  {name} {rule}{:width$}{rule} {unknown}\n", ""));
            continue;
        };
        let (start, len) = bar(before, ns, total, width);
        let blocks = looks.paint(Tint::Text, &"\u{2588}".repeat(len));
        let rest = width - start - len;
        let figure = format!("{} ns", grouped(ns));
        out.push_str(&format!(
            "  {name} {rule}{:start$}{blocks}{:rest$}{rule} {figure:>12}\n",
            "", ""
        ));
        before += ns;
    }
    let figure = format!("{} ns", grouped(total));
    out.push_str(&format!("  {:8}  {:width$}  {figure:>12}\n", "together", ""));
    out
}

/// First cell and number of cells of a stage that took `ns` after `before` of `total`.
fn bar(before: u64, ns: u64, total: u64, width: usize) -> (usize, usize) {
    if ns == 0 {
        return (0, 0);
    }
    let cell = |at: u64| (at as f64 / total.max(1) as f64 * width as f64).round() as usize;
    let start = cell(before).min(width - 1);
    (start, cell(before + ns).min(width).saturating_sub(start).max(1))
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Looks = Looks { colors: false, tables: false };

    #[test]
    fn bars_follow_each_other_and_are_seen() {
        assert_eq!(bar(0, 500, 1000, 40), (0, 20));
        assert_eq!(bar(500, 500, 1000, 40), (20, 20));
        assert_eq!(bar(999, 1, 1000, 40), (39, 1));
        assert_eq!(bar(10, 0, 1000, 40), (0, 0));
        assert_eq!(bar(0, 1, 1_000_000, 40), (0, 1));
    }

    #[test]
    fn a_trace_is_drawn_from_maps_and_from_flat_arrays() {
        let word = |text: &str| Value::Bulk(text.as_bytes().to_vec());
        let stages = vec![(word("run"), Value::Int(1500)), (word("write"), Value::Null)];
        let all = vec![
            (word("command"), word("get")),
            (word("class"), word("keys")),
            (word("received"), word("*2\r\n")),
            (word("received-bytes"), Value::Int(4)),
            (word("reply"), Value::Null),
            (word("nanoseconds"), Value::Map(stages.clone())),
        ];
        let drawn = draw(&Value::Map(all.clone()), PLAIN);
        assert!(drawn.contains("received \"*2\\r\\n\"  (4 bytes)\n"), "{drawn}");
        assert!(drawn.contains("command  get, class keys\n"), "{drawn}");
        assert!(drawn.contains("1,500 ns\n"), "{drawn}");
        assert!(drawn.contains("not known\n"), "{drawn}");
        let flattened = |pairs: Vec<(Value, Value)>| {
            Value::Array(pairs.into_iter().flat_map(|(a, b)| [a, b]).collect())
        };
        let mut flat_all = all;
        flat_all[5].1 = flattened(stages);
        assert_eq!(draw(&flattened(flat_all), PLAIN), drawn);
    }

    #[test]
    fn a_watched_request_takes_one_line() {
        let word = |text: &str| Value::Bulk(text.as_bytes().to_vec());
        let stages = vec![(word("queue"), Value::Int(500)), (word("run"), Value::Int(1000))];
        let map = Value::Map(vec![
            (word("tokens"), Value::Array(vec![word("GET"), word("a b")])),
            (word("address"), word("127.0.0.1:5")),
            (word("nanoseconds"), Value::Map(stages)),
        ]);
        assert_eq!(line(&map), "1,500 ns: queue 500, run 1,000 [127.0.0.1:5] \"GET\" \"a b\"\n");
    }

    #[test]
    fn what_is_no_trace_is_shown_as_it_is() {
        assert_eq!(draw(&Value::Error(b"ERR no".to_vec()), PLAIN), "(error) ERR no\n");
    }
}
