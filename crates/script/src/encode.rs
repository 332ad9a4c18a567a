//! Values to replies: what a script's result becomes.
//!
//! | value | reply |
//! |---|---|
//! | 3.9 | `:3` |
//! | "abc" | `$3 abc` |
//! | {1, 2, nil, 4} | array of the elements before the first nil |
//! | {ok=} {err=} | status, error |
//! | {double=} {big_number=} {verbatim_string={format=, string=}} {map=} {set=} | as named |
//! | true, false | in RESP2 1 and null; in RESP3 as they are |
//! | anything else | null |
//!
//! Tables nest as deep as the interpreter's stack allows, so nesting is kept in a list here, not
//! on the machine's stack.

use protocol::{Deferred, Reply, Version};

use crate::decode::{COUNTED, clean};
use crate::lua::{Frame, Kind, Raise};

/// Fields that make a table more than an array, in the order in which they are looked for.
pub const FIELDS: [&str; 7] =
    ["err", "ok", "double", "big_number", "verbatim_string", "map", "set"];

/// Room that one value may take on the stack.
const ROOM: i32 = 6;

/// A result on its way to a reply.
pub struct Encoder<'a, 'f, 'r, 's> {
    frame: &'a mut Frame<'f>,
    reply: &'a mut Reply<'r>,
    /// The version that the script chose: it decides what true and false become.
    version: Version,
    /// Slot of the first of `FIELDS`; they are kept on the stack, since making a string costs.
    fields: i32,
    open: Vec<Open>,
    errors: &'s mut Errors,
}

/// Errors among what was encoded.
#[derive(Debug, Default)]
pub struct Errors {
    /// The first that the server's counters have not seen.
    pub uncounted: Option<Vec<u8>>,
    /// Whether there was any.
    pub is_any: bool,
}

/// An aggregate that is being written; its table is on the stack.
struct Open {
    table: i32,
    begun: Deferred,
    count: usize,
    kind: Aggregate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Array,
    Set,
    /// The key of a pair comes next.
    MapKey,
    /// The value of a pair comes next.
    MapValue,
}

impl<'a, 'f, 'r, 's> Encoder<'a, 'f, 'r, 's> {
    /// An encoder for the last value of `frame`.
    pub fn new(
        frame: &'a mut Frame<'f>,
        reply: &'a mut Reply<'r>,
        fields: i32,
        errors: &'s mut Errors,
    ) -> Self {
        let version = frame.context().version.get();
        Encoder { frame, reply, version, fields, open: Vec::new(), errors }
    }

    /// Writes the last value and removes it.
    pub fn run(mut self) -> Result<(), Raise> {
        self.value()?;
        while let Some(open) = self.open.pop() {
            self.proceed(open)?;
        }
        Ok(())
    }

    /// Writes the next part of an aggregate, or finishes it.
    fn proceed(&mut self, mut open: Open) -> Result<(), Raise> {
        let table = open.table;
        match open.kind {
            Aggregate::Array => {
                open.count += 1;
                self.frame.raw_element(table, open.count as i32)?;
                if self.frame.kind(self.frame.top()) == Kind::Nil {
                    self.frame.pop(2);
                    self.reply.finish_array(open.begun, open.count - 1);
                    return Ok(());
                }
            }
            Aggregate::Set | Aggregate::MapKey => {
                if !self.frame.next(table)? {
                    self.frame.pop(1);
                    match open.kind {
                        Aggregate::Set => self.reply.finish_set(open.begun, open.count),
                        _ => self.reply.finish_map(open.begun, open.count),
                    }
                    return Ok(());
                }
                open.count += 1;
                if open.kind == Aggregate::Set {
                    self.frame.pop(1);
                    self.frame.push_copy(self.frame.top())?;
                } else {
                    self.frame.push_copy(self.frame.top() - 1)?;
                    open.kind = Aggregate::MapValue;
                }
            }
            Aggregate::MapValue => open.kind = Aggregate::MapKey,
        }
        self.open.push(open);
        self.value()
    }

    /// Writes the last value and removes it; or begins its aggregate and leaves it.
    fn value(&mut self) -> Result<(), Raise> {
        if !self.frame.has_room(ROOM) {
            self.error(b"ERR reached lua stack limit", false);
            self.frame.pop(1);
            return Ok(());
        }
        let slot = self.frame.top();
        match self.frame.kind(slot) {
            Kind::String => self.reply.bulk(self.frame.bytes(slot).unwrap_or_default()),
            Kind::Number => self.reply.int(truncated(self.frame.number(slot).unwrap_or_default())),
            Kind::Boolean => match (self.version, self.frame.truth(slot)) {
                (version, value) if version.is_typed() => self.reply.boolean(value),
                (_, true) => self.reply.int(1),
                (_, false) => self.reply.nil(),
            },
            Kind::Table => return self.table(slot),
            _ => self.reply.nil(),
        }
        self.frame.pop(1);
        Ok(())
    }

    fn table(&mut self, slot: i32) -> Result<(), Raise> {
        for (field, name) in (self.fields..).zip(FIELDS) {
            self.frame.push_copy(field)?;
            self.frame.raw_get(slot);
            if self.special(name, slot)? {
                return Ok(());
            }
            self.frame.truncate(slot);
        }
        self.begin(Aggregate::Array);
        Ok(())
    }

    /// Writes a table that has the last value as its field `name`, and removes both; returns false
    /// if the field is missing or not what makes such a table.
    fn special(&mut self, name: &str, slot: i32) -> Result<bool, Raise> {
        let field = slot + 1;
        match (name, self.frame.kind(field)) {
            ("err", Kind::String) => {
                let text = until_nul(self.frame.bytes(field).unwrap_or_default()).to_vec();
                self.frame.raw_field(slot, COUNTED)?;
                let is_counted = self.frame.truth(field + 1);
                self.error(&text, is_counted);
            }
            ("ok", Kind::String) => {
                let text = self.frame.bytes(field).unwrap_or_default();
                self.reply.status_bytes(until_nul(text));
            }
            ("double", Kind::Number) => {
                self.reply.double(self.frame.number(field).unwrap_or_default());
            }
            ("big_number", Kind::String) => {
                self.reply.big_number_bytes(self.frame.bytes(field).unwrap_or_default());
            }
            ("verbatim_string", Kind::Table) => {
                self.frame.raw_field(field, "format")?;
                self.frame.raw_field(field, "string")?;
                let texts = (self.frame.bytes(field + 1), self.frame.bytes(field + 2));
                let (Some(format), Some(text)) = texts else { return Ok(false) };
                let mut letters = [b' '; 3];
                for (letter, byte) in letters.iter_mut().zip(until_nul(format)) {
                    *letter = *byte;
                }
                self.reply.verbatim(&letters, text);
            }
            ("map" | "set", Kind::Table) => {
                // The table inside takes the place of the one around it.
                self.frame.replace(slot);
                self.begin(if name == "set" { Aggregate::Set } else { Aggregate::MapKey });
                self.frame.push_nil()?;
                return Ok(true);
            }
            _ => return Ok(false),
        }
        self.frame.truncate(slot - 1);
        Ok(true)
    }

    /// Begins the aggregate whose table is the last value.
    fn begin(&mut self, kind: Aggregate) {
        let (table, begun) = (self.frame.top(), self.reply.deferred());
        self.open.push(Open { table, begun, count: 0, kind });
    }

    fn error(&mut self, text: &[u8], is_counted: bool) {
        let text = clean(text);
        self.reply.error_bytes(&text);
        self.errors.is_any = true;
        if !is_counted {
            self.errors.uncounted.get_or_insert(text);
        }
    }
}

/// A number as C converts it: towards zero, and what does not fit becomes the least integer.
pub fn truncated(number: f64) -> i64 {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if (-END..END).contains(&number) { number as i64 } else { i64::MIN }
}

/// What is before the first NUL, which ends a text in Redis here.
pub fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}
