//! BITFIELD: a string as an array of integers of any width.

use base::number::parse_i64;
use keyspace::Entry;
use smallvec::SmallVec;

use super::{Grown, change_text, checked_offset, read_text};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::string;
use crate::spec::{
    ACCESS, Body, DENYOOM, FAST, Group, READONLY, RO, RW, Spec, UPDATE, VARIABLE_FLAGS, WRITE,
};
use crate::strings::{overwrite, with_text};

#[rustfmt::skip]
pub(super) const BITFIELD: Spec = Spec::new(
    "BITFIELD",
    "key [operation: GET (encoding offset) | \
     write: {[wrap_sat_fail: OVERFLOW (WRAP | SAT | FAIL)] \
     (write_operation: SET (encoding offset value<integer>) | \
     INCRBY (encoding offset increment))} ...]",
    Body::Data(bitfield),
)
    .does("Reads and changes integers of any width in a string.")
    .since("3.2.0").cost("O(1) for each operation").group(Group::Bitmap)
    .flags(WRITE | DENYOOM)
    .key(1, RW | ACCESS | UPDATE | VARIABLE_FLAGS)
    .key_note("This command allows both access and modification of the key")
    .keys_found_by(bitfield_keys);

#[rustfmt::skip]
pub(super) const BITFIELD_RO: Spec = Spec::new(
    "BITFIELD_RO",
    "key [GET (encoding offset) [GET (encoding offset) ...]]",
    Body::Data(bitfield_ro),
)
    .does("Reads integers of any width in a string.")
    .since("6.0.0").cost("O(1) for each operation").group(Group::Bitmap)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

/// What becomes of a number that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

/// What an integer looks like, and where it is.
#[derive(Clone, Copy, Debug)]
struct Field {
    is_signed: bool,
    bits: u32,
    offset: u64,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Get,
    Set(i64),
    Increase(i64),
}

#[derive(Clone, Copy, Debug)]
struct Operation {
    field: Field,
    action: Action,
    overflow: Overflow,
}

/// Bytes that hold any field: 64 bits that do not start with a byte.
type Window = [u8; 9];

impl Field {
    fn parse(encoding: &[u8], offset: &[u8], string_len_max: usize) -> Result<Self> {
        const INVALID: Error = Error::new(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported \
             but i64 is.",
        );
        let (is_signed, width) = match encoding {
            [b'i', width @ ..] => (true, width),
            [b'u', width @ ..] => (false, width),
            _ => return Err(INVALID),
        };
        let width = width.split(|byte| *byte == 0).next().and_then(parse_i64);
        let bits = width.filter(|bits| (1..=if is_signed { 64 } else { 63 }).contains(bits));
        let bits = bits.ok_or(INVALID)?;
        let offset = match offset {
            [b'#', index @ ..] => parse_i64(index).map(|index| index.wrapping_mul(bits)),
            offset => parse_i64(offset),
        };
        let offset = checked_offset(offset, string_len_max)?;
        Ok(Self { is_signed, bits: bits as u32, offset })
    }

    fn first_byte(self) -> usize {
        (self.offset >> 3) as usize
    }

    /// Length of a string that has the whole field.
    fn end(self) -> usize {
        ((self.offset + u64::from(self.bits) - 1) >> 3) as usize + 1
    }

    /// How far the field lies from the right end of a window.
    fn shift(self) -> u32 {
        72 - (self.offset & 7) as u32 - self.bits
    }

    fn mask(self) -> u128 {
        (1 << self.bits) - 1
    }

    fn get(self, window: Window) -> i128 {
        let raw = wide(window) >> self.shift() & self.mask();
        if self.is_signed && raw >> (self.bits - 1) == 1 {
            raw as i128 - (1 << self.bits)
        } else {
            raw as i128
        }
    }

    fn set(self, window: Window, value: i128) -> Window {
        let others = wide(window) & !(self.mask() << self.shift());
        let bytes = (others | (value as u128 & self.mask()) << self.shift()).to_be_bytes();
        let [_, _, _, _, _, _, _, window @ ..] = bytes;
        window
    }

    /// The value that is stored for `value`, or `None` if it does not fit and that is a failure.
    fn fit(self, value: i128, overflow: Overflow) -> Option<i128> {
        let (min, max) = if self.is_signed {
            (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1)
        } else {
            (0, (1 << self.bits) - 1)
        };
        match overflow {
            _ if (min..=max).contains(&value) => Some(value),
            Overflow::Saturate => Some(value.clamp(min, max)),
            Overflow::Fail => None,
            // Goes round the circle of all values.
            Overflow::Wrap => Some((value - min).rem_euclid(max - min + 1) + min),
        }
    }
}

fn wide(window: Window) -> u128 {
    window.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

/// The bytes of a text from `at` on, continued with zeros.
fn window_at(text: &[u8], at: usize) -> Window {
    let mut window = Window::default();
    let bytes = text.get(at..).unwrap_or_default();
    let len = bytes.len().min(window.len());
    window[..len].copy_from_slice(&bytes[..len]);
    window
}

type Operations = SmallVec<[Operation; 4]>;

fn parse(request: protocol::Request<'_>, string_len_max: usize) -> Result<Operations> {
    let (mut operations, mut overflow) = (Operations::new(), Overflow::Wrap);
    let mut at = 2;
    while at < request.len() {
        let (word, more) = (request.arg(at), request.len() - at - 1);
        if is_word(word, "OVERFLOW") && more >= 1 {
            let words =
                [("WRAP", Overflow::Wrap), ("SAT", Overflow::Saturate), ("FAIL", Overflow::Fail)];
            let found = words.into_iter().find(|(name, _)| is_word(request.arg(at + 1), name));
            overflow = found.ok_or(Error::new("ERR Invalid OVERFLOW type specified"))?.1;
            at += 2;
            continue;
        }
        let is_get = is_word(word, "GET") && more >= 2;
        let is_set = is_word(word, "SET") && more >= 3;
        let is_increase = is_word(word, "INCRBY") && more >= 3;
        if !(is_get || is_set || is_increase) {
            return Err(Error::Syntax);
        }
        let field = Field::parse(request.arg(at + 1), request.arg(at + 2), string_len_max)?;
        let action = match (is_get, is_set) {
            (true, _) => Action::Get,
            (_, true) => Action::Set(integer(request.arg(at + 3))?),
            _ => Action::Increase(integer(request.arg(at + 3))?),
        };
        operations.push(Operation { field, action, overflow });
        at += if is_get { 3 } else { 4 };
    }
    Ok(operations)
}

/// The key is only read if every operation is a GET.
fn bitfield_keys(request: protocol::Request<'_>) -> Vec<crate::keys::FoundKey> {
    let is_write = |word: &[u8]| is_word(word, "SET") || is_word(word, "INCRBY");
    let flags = match request.iter().skip(2).any(is_write) {
        true => RW | ACCESS | UPDATE,
        false => RO | ACCESS,
    };
    vec![crate::keys::FoundKey { index: 1, flags }]
}

fn is_get(operation: &Operation) -> bool {
    matches!(operation.action, Action::Get)
}

fn bitfield(ctx: &mut Ctx) -> Result {
    let operations = parse(ctx.request, ctx.limits.string_len_max)?;
    if operations.iter().all(is_get) { get_all(ctx, &operations) } else { run(ctx, &operations) }
}

fn bitfield_ro(ctx: &mut Ctx) -> Result {
    let operations = parse(ctx.request, ctx.limits.string_len_max)?;
    if !operations.iter().all(is_get) {
        return Err(Error::new("ERR BITFIELD_RO only supports the GET subcommand"));
    }
    get_all(ctx, &operations)
}

fn get_all(ctx: &mut Ctx<'_, '_>, operations: &[Operation]) -> Result {
    let values: SmallVec<[i128; 4]> = read_text(ctx, |text| {
        let get = |each: &Operation| each.field.get(window_at(text, each.field.first_byte()));
        operations.iter().map(get).collect()
    })?;
    ctx.reply.array(values.len());
    values.iter().for_each(|value| ctx.reply.int(*value as i64));
    Ok(Outcome::Done)
}

fn run(ctx: &mut Ctx<'_, '_>, operations: &[Operation]) -> Result {
    let writes = operations.iter().filter(|each| !is_get(each));
    let len = writes.map(|each| each.field.end()).max().unwrap_or(1);
    let (answers, grown) = change_text(ctx, len, |entry| {
        operations.iter().map(|each| apply(entry, each)).collect::<SmallVec<[Answer; 4]>>()
    })?;
    ctx.reply.array(answers.len());
    let mut changes = 0;
    for answer in answers {
        match answer.value {
            Some(value) => ctx.reply.int(value as i64),
            None => ctx.reply.nil(),
        }
        let is_success = answer.is_write && answer.value.is_some();
        changes += u64::from(is_success && (answer.is_change || grown == Grown::Yes));
    }
    if changes > 0 {
        ctx.effects.changes += changes;
        ctx.note(1, &string::SETBIT);
    } else if grown == Grown::Yes {
        // The string is longer, or there, though no number was stored.
        ctx.effects.changes += 1;
    }
    Ok(Outcome::Done)
}

struct Answer {
    value: Option<i128>,
    is_write: bool,
    is_change: bool,
}

/// Does one operation on a string that is long enough for those that write.
fn apply(entry: &mut Entry, operation: &Operation) -> Answer {
    let Operation { field, action, overflow } = *operation;
    let at = field.first_byte();
    let look = |text: &[u8]| (text.len(), window_at(text, at));
    let (len, window) = with_text(entry, look).unwrap_or_default();
    let old = field.get(window);
    let wanted = match action {
        Action::Get => return Answer { value: Some(old), is_write: false, is_change: false },
        // A negative number is taken for the one with the same bits.
        Action::Set(value) if !field.is_signed => i128::from(value as u64),
        Action::Set(value) => i128::from(value),
        Action::Increase(by) => old + i128::from(by),
    };
    let Some(new) = field.fit(wanted, overflow) else {
        return Answer { value: None, is_write: true, is_change: false };
    };
    if new != old {
        let window = field.set(window, new);
        overwrite(entry, len, at, &window[..field.end() - at]);
    }
    let value = if let Action::Increase(_) = action { new } else { old };
    Answer { value: Some(value), is_write: true, is_change: new != old }
}
