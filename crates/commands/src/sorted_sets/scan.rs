//! ZSCAN: members with their scores, some with each call.

use base::number::{NumberBuffer, format_f64_17g, format_f64_stored};

use super::read_named;
use crate::arguments::cursor;
use crate::context::{Ctx, Outcome, Result};
use crate::scanning::{Found, Options};
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const ZSCAN: Spec = Spec::new(
    "ZSCAN",
    "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
    Body::Data(zscan),
)
    .does("Goes through the members of a sorted set with their scores, some with each call.")
    .since("2.8.0").cost("O(1) a call, O(N) for the N members of a sorted set")
    .group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .history(&[("8.0.0", "The option `NOSCORES` (of Valkey).")])
    .tips(&["nondeterministic_output"]);

fn zscan(ctx: &mut Ctx) -> Result {
    let cursor = cursor(ctx.arg(2))?;
    let words = ctx.request.from(3);
    read_named(ctx, |scores, reply| {
        let mut found = Found::default();
        if scores.stored() == 0 {
            // As in Redis, the options for a key that is not there are not looked at.
            found.write(reply, 0);
            return Ok(Outcome::Done);
        }
        let options = Options::parse(words, Some("NOSCORES"))?;
        let format = if scores.is_packed() { format_f64_stored } else { format_f64_17g };
        let mut buffer = NumberBuffer::new();
        let next = scores.scan(cursor, options.count, |member, score| {
            if options.wants(member) {
                found.push(member);
                if !options.names_only {
                    found.push(format(score, &mut buffer));
                }
            }
        });
        found.write(reply, next);
        Ok(Outcome::Done)
    })?
}
