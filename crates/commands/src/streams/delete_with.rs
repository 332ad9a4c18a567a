//! XDELEX and XACKDEL: entries are removed, and it is said what becomes of groups that still refer
//! to them.

use keyspace::value::stream::{References, Stream, StreamId};
use protocol::Request;
use smallvec::SmallVec;

use super::trim::references_of;
use super::{change_stream, ids};
use crate::arguments::{is_word, limited};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{Body, DELETE, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const XDELEX: Spec = Spec::new(
    "XDELEX",
    "key [condition: KEEPREF | DELREF | ACKED] ids: IDS (numids<integer> id [id ...])",
    Body::Data(xdelex),
)
    .does("Removes entries from a stream and says for each what became of it.")
    .since("8.2.0")
    .cost("O(log N + G) for each id, N being the number of entries, G that of groups")
    .group(Group::Stream)
    .flags(WRITE | FAST).key(1, RW | DELETE);

#[rustfmt::skip]
pub(super) const XACKDEL: Spec = Spec::new(
    "XACKDEL",
    "key group<string> [condition: KEEPREF | DELREF | ACKED] \
     ids: IDS (numids<integer> id [id ...])",
    Body::Data(xackdel),
)
    .does("Acknowledges entries that a group has pending, and removes them from the stream.")
    .since("8.2.0")
    .cost("O(log N + G) for each id, N being the number of entries, G that of groups")
    .group(Group::Stream)
    .flags(WRITE | FAST).key(1, RW | DELETE | UPDATE);

/// There was no such entry, or the group did not have it pending.
const ABSENT: i64 = -1;
/// It went.
const REMOVED: i64 = 1;
/// It stayed, since a group still needs it.
const NEEDED: i64 = 2;

/// The options.
struct Plan {
    references: References,
    /// Indexes of the ids.
    ids: std::ops::Range<usize>,
}

impl Plan {
    fn parse(request: Request<'_>, mut at: usize) -> Result<Self> {
        let (mut references, mut ids) = (None, None);
        while at < request.len() {
            let word = request.arg(at);
            if references.is_none()
                && let Some(found) = references_of(word)
            {
                references = Some(found);
                at += 1;
            } else if is_word(word, "IDS") && at + 1 < request.len() {
                const POSITIVE: &str = "ERR Number of IDs must be a positive integer";
                let count = limited(request.arg(at + 1), 1, POSITIVE)? as usize;
                let first = at + 2;
                if count > request.len() - first {
                    return Err(Error::new(
                        "ERR The `numids` parameter must match the number of arguments",
                    ));
                }
                at = first + count;
                ids = Some(first..at);
            } else {
                return Err(Error::Syntax);
            }
        }
        let ids = ids.ok_or(Error::new("ERR IDS option is required"))?;
        Ok(Self { references: references.unwrap_or_default(), ids })
    }

    fn ids(&self, request: Request<'_>) -> Result<SmallVec<[StreamId; 8]>> {
        self.ids.clone().map(|at| ids::strict(request.arg(at), 0)).collect()
    }
}

/// What was done to the stream.
#[derive(Default)]
struct Done {
    results: SmallVec<[i64; 8]>,
    removed: u64,
    /// Entries that a group has no longer pending, though they were not removed just now.
    let_go: u64,
}

/// Removes an entry as far as groups allow, and says what became of it.
fn remove(stream: &mut Stream, id: StreamId, references: References) -> i64 {
    match stream.remove_with(id, references) {
        None => NEEDED,
        Some(false) => ABSENT,
        Some(true) => {
            stream.max_deleted_id = stream.max_deleted_id.max(id);
            REMOVED
        }
    }
}

fn xdelex(ctx: &mut Ctx) -> Result {
    run(ctx, 2, |stream, _, id, references| {
        let was_pending = references == References::Remove && {
            let mut groups = stream.groups();
            groups.any(|(_, group)| group.pending().contains_key(&id))
        };
        let result = remove(stream, id, references);
        Some((result, result == REMOVED, was_pending))
    })
}

fn xackdel(ctx: &mut Ctx) -> Result {
    run(ctx, 3, |stream, request, id, references| {
        if !stream.group_mut(request.arg(2))?.acknowledge(id) {
            return Some((ABSENT, false, false));
        }
        match remove(stream, id, references) {
            NEEDED => Some((NEEDED, false, true)),
            // What was pending and is gone already counts as removed.
            result => Some((REMOVED, result == REMOVED, true)),
        }
    })
}

/// Runs `body` for each id. It gives what is answered, whether the entry was removed, and whether
/// a group let it go; `None` if there is nothing it could be about.
fn run(
    ctx: &mut Ctx,
    options: usize,
    body: impl Fn(&mut Stream, Request<'_>, StreamId, References) -> Option<(i64, bool, bool)>,
) -> Result {
    let request = ctx.request;
    change_stream(ctx, 1, |_, _| Ok(()))?;
    let plan = Plan::parse(request, options)?;
    let done = change_stream(ctx, 1, |stream, _| {
        let mut done = Done::default();
        let Some(stream) = stream else {
            done.results.resize(plan.ids.len(), ABSENT);
            return Ok(done);
        };
        for id in plan.ids(request)? {
            let outcome = body(stream, request, id, plan.references);
            let (result, is_removed, is_let_go) = outcome.unwrap_or((ABSENT, false, false));
            done.results.push(result);
            done.removed += u64::from(is_removed);
            done.let_go += u64::from(is_let_go && !is_removed);
        }
        Ok(done)
    })?;
    ctx.effects.changes += done.removed + done.let_go;
    if done.removed > 0 {
        ctx.note(1, &stream::XDEL);
    }
    ctx.reply.array(done.results.len());
    done.results.iter().for_each(|result| ctx.reply.int(*result));
    Ok(Outcome::Done)
}
