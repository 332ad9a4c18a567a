//! SSCAN: members, some with each call.

use super::read;
use crate::arguments::cursor;
use crate::context::{Ctx, Outcome, Result};
use crate::scanning::{Found, Options};
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const SSCAN: Spec = Spec::new(
    "SSCAN",
    "key cursor [MATCH pattern] [COUNT count]",
    Body::Data(sscan),
)
    .does("Goes through the members of a set, some with each call.")
    .since("2.8.0").cost("O(1) a call, O(N) for the N members of a set").group(Group::Set)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

fn sscan(ctx: &mut Ctx) -> Result {
    let cursor = cursor(ctx.arg(2))?;
    let words = ctx.request.from(3);
    read(ctx, |members, reply| {
        let mut found = Found::default();
        if members.stored() == 0 {
            // As in Redis, the options for a key that is not there are not looked at.
            found.write(reply, 0);
            return Ok(Outcome::Done);
        }
        let options = Options::parse(words, None)?;
        let next = members.scan(cursor, options.count, |member| {
            member.with_text(|text| {
                if options.wants(text) {
                    found.push(text);
                }
            });
        });
        found.write(reply, next);
        Ok(Outcome::Done)
    })?
}
