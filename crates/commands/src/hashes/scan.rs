//! HSCAN: fields, some with each call.

use super::read;
use crate::arguments::cursor;
use crate::context::{Ctx, Outcome, Result};
use crate::scanning::{Found, Options};
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
    let words = ctx.request.from(3);
    read(ctx, |fields, reply| {
        let mut found = Found::default();
        if fields.stored() == 0 {
            // As in Redis, the options for a key that is not there are not looked at.
            found.write(reply, 0);
            return Ok(Outcome::Done);
        }
        let options = Options::parse(words, Some("NOVALUES"))?;
        let next = fields.scan(cursor, options.count, |name, value| {
            if options.wants(name) {
                found.push(name);
                if !options.names_only {
                    value.with_text(|text| found.push(text));
                }
            }
        });
        found.write(reply, next);
        Ok(Outcome::Done)
    })?
}
