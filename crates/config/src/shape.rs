//! What one-value directives accept, and how their values are written.
//!
//! A [`Shape`] parses one word into a [`Value`] and formats it twice: for CONFIG GET (memory as
//! plain bytes) and for redis.conf (memory with the largest unit that divides it, text quoted).
//! Directives of several values are not shapes; see `directive::List`.

use crate::Reason;
use crate::value::Value;
use base::bytes::quoted;

/// What one word may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `yes` or `no`.
    Bool,
    /// A number within bounds.
    Number(Number),
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
    /// Any UTF-8 text that the function approves of.
    Text(fn(&str) -> Result<(), Reason>),
}

/// A number's bounds and notation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    /// Smallest value. For `MemoryOrPercent`, minus the largest percentage.
    pub(crate) low: i128,
    /// Largest value.
    pub(crate) high: i128,
    pub(crate) form: Form,
    /// What is counted, for the manual: "ms", "seconds", "keys"; may be empty.
    pub(crate) unit: &'static str,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Decimal, nothing else.
    Decimal,
    /// Octal, as file modes are.
    Octal,
    /// Bytes, with an optional unit.
    Memory,
    /// Bytes, or `N%`, which is kept as the value -N.
    MemoryOrPercent,
}

impl Shape {
    /// Reads one argument.
    pub(crate) fn parse(self, argument: &[u8]) -> Result<Value, Reason> {
        match self {
            Shape::Bool if argument.eq_ignore_ascii_case(b"yes") => Ok(Value::Bool(true)),
            Shape::Bool if argument.eq_ignore_ascii_case(b"no") => Ok(Value::Bool(false)),
            Shape::Bool => Err(Reason::NotBool),
            Shape::Number(number) => number.parse(argument).map(Value::Number),
            Shape::Choice(words) => words
                .iter()
                .find(|word| argument.eq_ignore_ascii_case(word.as_bytes()))
                .map(|word| Value::Word(word))
                .ok_or(Reason::NotAWord(words)),
            Shape::Text(check) => {
                let text = text(argument)?;
                check(text)?;
                Ok(Value::Text(text.to_owned()))
            }
        }
    }

    /// The value as CONFIG GET shows it.
    pub(crate) fn show(self, value: &Value) -> String {
        match (self, value) {
            (Shape::Number(number), Value::Number(it)) => number.show(*it),
            (_, Value::Bool(true)) => "yes".to_owned(),
            (_, Value::Bool(false)) => "no".to_owned(),
            (_, Value::Number(it)) => it.to_string(),
            (_, Value::Word(word)) => (*word).to_owned(),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Absent) => String::new(),
        }
    }

    /// The value as redis.conf holds it, or `None` if it is held by leaving the line out.
    pub(crate) fn written(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Shape::Number(number), Value::Number(it)) => Some(number.written(*it)),
            (_, Value::Text(text)) => Some(quoted(text.as_bytes())),
            (_, Value::Absent) => None,
            _ => Some(self.show(value)),
        }
    }
}

impl Number {
    fn parse(self, argument: &[u8]) -> Result<i128, Reason> {
        let parsed = std::str::from_utf8(argument).ok().and_then(|text| match self.form {
            Form::Decimal => decimal(text),
            Form::Octal => octal(text),
            Form::Memory => memory(text).map(i128::from),
            Form::MemoryOrPercent => memory(text).map(i128::from).or_else(|| percent(text)),
        });
        let value = parsed.ok_or(match self.form {
            Form::Decimal => Reason::NotInteger,
            Form::Octal => Reason::NotOctal,
            Form::Memory => Reason::NotMemory,
            Form::MemoryOrPercent => Reason::NotMemoryOrPercent,
        })?;
        if (self.low..=self.high).contains(&value) {
            return Ok(value);
        }
        if value < 0 && self.form == Form::MemoryOrPercent {
            return Err(Reason::PercentTooHigh(-self.low));
        }
        let text = |bound: i128| match self.form {
            Form::Octal => format!("{bound:o}"),
            Form::Decimal | Form::Memory | Form::MemoryOrPercent => bound.to_string(),
        };
        Err(Reason::OutOfBounds { low: text(self.low), high: text(self.high) })
    }

    fn show(self, value: i128) -> String {
        match self.form {
            Form::MemoryOrPercent if value < 0 => format!("{}%", -value),
            Form::Octal => format!("{value:o}"),
            Form::Decimal | Form::Memory | Form::MemoryOrPercent => value.to_string(),
        }
    }

    fn written(self, value: i128) -> String {
        match self.form {
            Form::Memory | Form::MemoryOrPercent if value >= 0 => with_unit(value),
            Form::Decimal | Form::Octal | Form::Memory | Form::MemoryOrPercent => self.show(value),
        }
    }
}

/// Approves of every text.
pub(crate) fn any(_: &str) -> Result<(), Reason> {
    Ok(())
}

/// The argument as text.
pub(crate) fn text(argument: &[u8]) -> Result<&str, Reason> {
    std::str::from_utf8(argument).map_err(|_| Reason::Rule("argument must be valid UTF-8"))
}

/// Bytes with the largest of gb, mb, kb that divides them; zero has no unit.
pub(crate) fn with_unit(bytes: i128) -> String {
    let units = [(1 << 30, "gb"), (1 << 20, "mb"), (1 << 10, "kb")];
    match units.into_iter().find(|(size, _)| bytes != 0 && bytes % size == 0) {
        Some((size, unit)) => format!("{}{unit}", bytes / size),
        None => bytes.to_string(),
    }
}

/// A memory size: digits and an optional unit, in any case.
pub(crate) fn memory(text: &str) -> Option<u64> {
    base::units::parse_memory(text.as_bytes())
}

/// A decimal integer of 64 bits in its only spelling: no plus, no leading zero, no blanks.
fn decimal(text: &str) -> Option<i128> {
    base::number::parse_i64(text.as_bytes()).map(i128::from)
}

/// An integer as C's strtoll reads it with base 10: blanks and a plus may lead, zeros too.
pub(crate) fn lenient(text: &str) -> Option<i64> {
    let trimmed = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    if text.is_empty() { Some(0) } else { trimmed.parse().ok() }
}

fn octal(text: &str) -> Option<i128> {
    if text.is_empty() {
        return Some(0);
    }
    i64::from_str_radix(text.trim_start(), 8).ok().map(i128::from)
}

fn percent(text: &str) -> Option<i128> {
    decimal(text.strip_suffix('%')?).filter(|number| *number >= 0).map(|number| -number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(form: Form, low: i128, high: i128) -> Shape {
        Shape::Number(Number { low, high, form, unit: "" })
    }

    fn refused(shape: Shape, argument: &str, expected: &str) {
        let reason = shape.parse(argument.as_bytes()).expect_err(argument);
        assert_eq!(reason.to_string(), expected, "{argument:?}");
    }

    fn accepted(shape: Shape, argument: &str, shown: &str, written: &str) {
        let value = shape.parse(argument.as_bytes()).expect(argument);
        assert_eq!(shape.show(&value), shown, "{argument:?}");
        assert_eq!(shape.written(&value).expect("present"), written, "{argument:?}");
    }

    #[test]
    fn decimals_are_strict() {
        let shape = number(Form::Decimal, -5, 5);
        accepted(shape, "-5", "-5", "-5");
        for bad in ["", "+1", "01", " 1", "1 ", "1k", "-0", "9223372036854775808"] {
            refused(shape, bad, "argument couldn't be parsed into an integer");
        }
        refused(shape, "6", "argument must be between -5 and 5 inclusive");
    }

    #[test]
    fn memory_has_units() {
        let shape = number(Form::Memory, 0, 1 << 40);
        accepted(shape, "1Gb", "1073741824", "1gb");
        accepted(shape, "1g", "1000000000", "1000000000");
        accepted(shape, "3072", "3072", "3kb");
        accepted(shape, "0", "0", "0");
        accepted(shape, "", "0", "0");
        refused(shape, "-1", "argument must be a memory value");
        refused(shape, "1tb", "argument must be a memory value");
        refused(shape, "2000gb", "argument must be between 0 and 1099511627776 inclusive");
    }

    #[test]
    fn memory_or_percent() {
        let shape = number(Form::MemoryOrPercent, -100, 1 << 40);
        accepted(shape, "30%", "30%", "30%");
        accepted(shape, "30mb", "31457280", "30mb");
        refused(shape, "101%", "percentage argument must be less or equal to 100");
        refused(shape, "-1%", "argument must be a memory or percent value");
    }

    #[test]
    fn octal_modes() {
        let shape = number(Form::Octal, 0, 0o777);
        accepted(shape, "0755", "755", "755");
        refused(shape, "1000", "argument must be between 0 and 777 inclusive");
        refused(shape, "8", "argument couldn't be parsed as an octal number");
    }

    #[test]
    fn words_and_texts() {
        accepted(Shape::Bool, "YES", "yes", "yes");
        refused(Shape::Bool, "1", "argument must be 'yes' or 'no'");
        accepted(Shape::Choice(&["a", "b"]), "B", "b", "b");
        refused(Shape::Choice(&["a", "b"]), "c", "argument(s) must be one of the following: a, b");
        accepted(Shape::Text(any), "a \"b\"\n", "a \"b\"\n", r#""a \"b\"\n""#);
    }
}
