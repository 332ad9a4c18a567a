//! HSCAN: fields, some with each call.

use base::glob;
use base::number::parse_u64_lenient;
use protocol::{Reply, Request};
use structures::packed::{elements, push};

use super::fields::Fields;
use super::read;
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const HSCAN: Spec = Spec::new(
    "HSCAN",
    "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
    Body::Data(hscan),
)
    .does("Goes through the fields of a hash, some with each call.")
    .since("2.8.0").cost("O(1) a call, O(N) for the N fields of a hash").group(Group::Hash)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("7.4.0", "The option `NOVALUES`.")])
    .tips(&["nondeterministic_output"]);

fn hscan(ctx: &mut Ctx) -> Result {
    let cursor = cursor(ctx.arg(2))?;
    let options = ctx.request.from(3);
    read(ctx, |fields, reply| write_some(fields, reply, cursor, options))?
}

/// A cursor as Redis reads it: like C's `strtoul`, but without white space in front.
fn cursor(text: &[u8]) -> Result<u64> {
    match text.first() {
        None => Ok(0),
        Some(b'\t'..=b'\r' | b' ') => Err(Error::InvalidCursor),
        Some(_) => parse_u64_lenient(text).ok_or(Error::InvalidCursor),
    }
}

/// What to answer of a hash.
struct Options<'a> {
    pattern: Option<&'a [u8]>,
    count: usize,
    values: Values,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    Shown,
    LeftOut,
}

impl<'a> Options<'a> {
    fn parse(words: Request<'a>) -> Result<Self> {
        let mut options = Self { pattern: None, count: 10, values: Values::Shown };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if is_word(word, "NOVALUES") {
                options.values = Values::LeftOut;
                continue;
            }
            let argument = words.next().ok_or(Error::Syntax)?;
            if is_word(word, "MATCH") {
                options.pattern = Some(argument).filter(|pattern| *pattern != b"*");
            } else if is_word(word, "COUNT") {
                let count = integer(argument)?;
                options.count = usize::try_from(count).map_err(|_| Error::Syntax)?;
                if count < 1 {
                    return Err(Error::Syntax);
                }
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }
}

fn write_some(
    fields: Fields<'_>,
    reply: &mut Reply<'_>,
    cursor: u64,
    options: Request<'_>,
) -> Result {
    // As in Redis, the options for a key that is not there are not looked at.
    let options = if fields.stored() == 0 { Request::new(&[], &[]) } else { options };
    let options = Options::parse(options)?;
    // The cursor to go on from is known only afterwards and answered first.
    let (mut found, mut count) = (Vec::new(), 0);
    let next = fields.scan(cursor, options.count, |name, value| {
        if options.pattern.is_some_and(|pattern| !glob::matches(pattern, name)) {
            return;
        }
        push(&mut found, name);
        count += 1;
        if options.values == Values::Shown {
            value.with_text(|text| push(&mut found, text));
            count += 1;
        }
    });
    reply.array(2);
    reply.bulk_int(next as i64);
    reply.array(count);
    for element in elements(&found) {
        reply.bulk(element.bytes(&found));
    }
    Ok(Outcome::Done)
}
