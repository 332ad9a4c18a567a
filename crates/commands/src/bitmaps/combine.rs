//! BITOP: strings combined bit by bit, the shorter ones continued with zeros.

use keyspace::{Entry, Payload};
use smallvec::SmallVec;

use crate::arguments::is_word;
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::{generic, string};
use crate::spec::{ACCESS, Body, DENYOOM, Group, OW, RO, Spec, UPDATE, WRITE};
use crate::strings::with_text;

#[rustfmt::skip]
pub(super) const BITOP: Spec = Spec::new(
    "BITOP",
    "operation: (AND | OR | XOR | NOT | DIFF @8.2.0 | DIFF1 @8.2.0 | ANDOR @8.2.0 | ONE @8.2.0) \
     destkey key [key ...]",
    Body::Data(bitop),
)
    .does("Combines strings bit by bit and stores the result.")
    .since("2.6.0").cost("O(N), N being the length of the longest string").group(Group::Bitmap)
    .flags(WRITE | DENYOOM).key(2, OW | UPDATE).keys(3, -1, 1, RO | ACCESS)
    .history(&[("8.2.0", "`DIFF`, `DIFF1`, `ANDOR` and `ONE`.")]);

/// How strings are combined; the first of them is X, the others are the Ys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
    /// X without the Ys.
    Diff,
    /// The Ys without X.
    Diff1,
    /// What is in X and in any Y.
    AndOr,
    /// What is in exactly one of all.
    One,
}

impl Operation {
    fn parse(ctx: &Ctx<'_, '_>) -> Result<Self> {
        let words = [
            ("AND", Self::And),
            ("OR", Self::Or),
            ("XOR", Self::Xor),
            ("NOT", Self::Not),
            ("DIFF", Self::Diff),
            ("DIFF1", Self::Diff1),
            ("ANDOR", Self::AndOr),
            ("ONE", Self::One),
        ];
        let found = words.into_iter().find(|(name, _)| is_word(ctx.arg(1), name));
        let (_, operation) = found.ok_or(Error::Syntax)?;
        if operation == Self::Not && ctx.argc() != 4 {
            return Err(Error::new("ERR BITOP NOT must be called with a single source key."));
        }
        if matches!(operation, Self::Diff | Self::Diff1 | Self::AndOr) && ctx.argc() < 5 {
            let name = String::from_utf8_lossy(ctx.arg(1));
            return Err(Error::text(format!(
                "ERR BITOP {name} must be called with at least two source keys."
            )));
        }
        Ok(operation)
    }
}

/// What is combined so far.
struct Sum {
    operation: Operation,
    /// Number of strings taken in.
    count: usize,
    /// X, where it is needed to the end.
    first: Vec<u8>,
    result: Vec<u8>,
    /// For `One`: bits that were in more than one.
    repeated: Vec<u8>,
}

fn each(result: &mut [u8], text: &[u8], combine: impl Fn(u8, u8) -> u8) {
    result.iter_mut().zip(text).for_each(|(byte, other)| *byte = combine(*byte, *other));
}

impl Sum {
    fn new(operation: Operation, len: usize) -> Self {
        let empty = Vec::new();
        Self {
            operation,
            count: 0,
            first: empty.clone(),
            result: vec![0; len],
            repeated: if operation == Operation::One { vec![0; len] } else { empty },
        }
    }

    fn take_in(&mut self, text: &[u8]) {
        let is_first = self.count == 0;
        self.count += 1;
        match self.operation {
            Operation::Diff1 | Operation::AndOr if is_first => self.first = text.to_vec(),
            Operation::And | Operation::Diff | Operation::Not if is_first => {
                self.result[..text.len()].copy_from_slice(text);
            }
            Operation::And => {
                each(&mut self.result, text, |a, b| a & b);
                self.result[text.len()..].fill(0);
            }
            Operation::Diff => each(&mut self.result, text, |a, b| a & !b),
            Operation::Xor => each(&mut self.result, text, |a, b| a ^ b),
            Operation::One => {
                for ((repeated, seen), byte) in
                    self.repeated.iter_mut().zip(&mut self.result).zip(text)
                {
                    *repeated |= *seen & byte;
                    *seen |= byte;
                }
            }
            Operation::Or | Operation::Diff1 | Operation::AndOr | Operation::Not => {
                each(&mut self.result, text, |a, b| a | b);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        match self.operation {
            Operation::Not => self.result.iter_mut().for_each(|byte| *byte = !*byte),
            Operation::Diff1 => each(&mut self.result, &self.first, |a, b| a & !b),
            Operation::AndOr => {
                each(&mut self.result, &self.first, |a, b| a & b);
                self.result[self.first.len()..].fill(0);
            }
            Operation::One => each(&mut self.result, &self.repeated, |a, b| a & !b),
            Operation::And | Operation::Or | Operation::Xor | Operation::Diff => {}
        }
        self.result
    }
}

fn bitop(ctx: &mut Ctx) -> Result {
    let operation = Operation::parse(ctx)?;
    let mut lens = SmallVec::<[usize; 8]>::new();
    for at in 3..ctx.argc() {
        let key = ctx.key(at);
        lens.push(match ctx.db.used(key) {
            Some(slot) => with_text(&slot.get(), <[u8]>::len)?,
            None => 0,
        });
        let found = lens.last().is_some_and(|len| *len > 0);
        ctx.effects.hits += u64::from(found);
        ctx.effects.misses += u64::from(!found);
    }
    let len = lens.iter().copied().max().unwrap_or(0);
    let target = ctx.key(2);
    if len == 0 {
        if ctx.db.remove(target) {
            ctx.touched(2, &generic::DEL);
        }
        return ctx.int(0);
    }
    let mut sum = Sum::new(operation, len);
    for at in 3..ctx.argc() {
        let key = ctx.key(at);
        match ctx.db.slot(key) {
            Some(slot) => with_text(&slot.get(), |text| sum.take_in(text))?,
            None => sum.take_in(&[]),
        }
    }
    let result = sum.finish();
    let mut entry = Entry::new(target.bytes, Payload::Text(&result), None, ctx.db.fresh_stamp());
    entry.set_edited();
    ctx.db.put(target, entry);
    ctx.touched(2, &string::SET);
    ctx.int(len as i64)
}
