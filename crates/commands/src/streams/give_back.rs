//! XNACK: pending entries are given back to their group, for somebody else to claim.

use keyspace::value::stream::{Stream, StreamId};
use protocol::Request;
use smallvec::SmallVec;

use super::claim::no_group;
use super::{change_stream, ids};
use crate::arguments::{integer, is_word, limited};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{Body, FAST, Group as Chapter, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const XNACK: Spec = Spec::new(
    "XNACK",
    "key group<string> (mode: SILENT | FAIL | FATAL) ids: IDS (numids<integer> id [id ...]) \
     [RETRYCOUNT count] [force: FORCE]",
    Body::Data(xnack),
)
    .does("Gives pending entries back to their group, so that another consumer gets them.")
    .since("8.8.0").cost("O(log N) for each id, N being the number of pending entries")
    .group(Chapter::Stream)
    .flags(WRITE | FAST).key(1, RW | UPDATE);

/// What becomes of the count of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// As if the last one had not been.
    Silent,
    /// It stays.
    Fail,
    /// It is the greatest there is.
    Fatal,
}

/// The greatest count that a reply can say.
const DELIVERIES_MAX: u64 = i64::MAX as u64;

/// The options.
struct Plan {
    mode: Mode,
    ids: SmallVec<[StreamId; 8]>,
    deliveries: Option<u64>,
    force: bool,
}

impl Plan {
    fn parse(request: Request<'_>) -> Result<Self> {
        let word = request.arg(3);
        let mode = if is_word(word, "SILENT") {
            Mode::Silent
        } else if is_word(word, "FAIL") {
            Mode::Fail
        } else if is_word(word, "FATAL") {
            Mode::Fatal
        } else {
            return Err(Error::new("ERR mode must be SILENT, FAIL, or FATAL"));
        };
        let mut plan = Self { mode, ids: SmallVec::new(), deliveries: None, force: false };
        let mut named = None;
        let mut at = 4;
        while at < request.len() {
            let (word, has_more) = (request.arg(at), at + 1 < request.len());
            if is_word(word, "FORCE") {
                plan.force = true;
                at += 1;
            } else if is_word(word, "RETRYCOUNT") && has_more {
                let count = u64::try_from(integer(request.arg(at + 1))?);
                let refusal = Error::new("ERR Invalid RETRYCOUNT value, must be >= 0");
                plan.deliveries = Some(count.map_err(|_| refusal)?);
                at += 2;
            } else if is_word(word, "IDS") && has_more && named.is_none() {
                const POSITIVE: &str = "ERR numids must be a positive integer";
                let count = limited(request.arg(at + 1), 1, POSITIVE)? as usize;
                if count > request.len() - at - 2 {
                    return Err(Error::new("ERR number of IDs doesn't match numids"));
                }
                named = Some(at + 2..at + 2 + count);
                at += 2 + count;
            } else {
                let word = String::from_utf8_lossy(word);
                return Err(Error::text(format!("ERR Unrecognized XNACK option '{word}'")));
            }
        }
        let named = named.ok_or(Error::new("ERR syntax error, expected IDS keyword"))?;
        let ids: Result<_> = named.map(|at| ids::strict(request.arg(at), 0)).collect();
        plan.ids = ids?;
        Ok(plan)
    }

    /// The count of deliveries, which was `before`, or 0 if the entry was not pending.
    fn deliveries_after(&self, before: Option<u64>) -> u64 {
        if let Some(deliveries) = self.deliveries {
            return deliveries;
        }
        match (self.mode, before) {
            (Mode::Fatal, _) => DELIVERIES_MAX,
            (Mode::Silent, Some(before)) => before.saturating_sub(1),
            (Mode::Fail, Some(before)) => before,
            (Mode::Silent | Mode::Fail, None) => 0,
        }
    }
}

fn xnack(ctx: &mut Ctx) -> Result {
    let request = ctx.request;
    let plan = Plan::parse(request)?;
    let count = change_stream(ctx, 1, |stream, _| {
        let stream = stream.filter(|stream| stream.group(request.arg(2)).is_some());
        Ok(give_back(stream.ok_or_else(|| no_group(request))?, request.arg(2), &plan))
    })?;
    if count > 0 {
        ctx.effects.changes += count;
        ctx.note(1, &stream::XNACK);
    }
    ctx.int(count as i64)
}

/// How many entries were given back.
fn give_back(stream: &mut Stream, group: &[u8], plan: &Plan) -> u64 {
    let mut count = 0;
    for &id in &plan.ids {
        let is_there = plan.force && stream.contains(id);
        let Some(group) = stream.group_mut(group) else { return count };
        let before = group.pending().get(&id).map(|pending| pending.deliveries);
        if before.is_some() || is_there {
            group.give_back(id, plan.deliveries_after(before));
            count += 1;
        }
    }
    count
}
