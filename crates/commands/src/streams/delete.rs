//! XDEL and XSETID.

use keyspace::value::stream::StreamId;
use smallvec::SmallVec;

use super::{change_stream, ids};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::stream;
use crate::spec::{Body, DELETE, DENYOOM, FAST, Group, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const XDEL: Spec = Spec::new("XDEL", "key id [id ...]", Body::Data(xdel))
    .does("Removes entries from a stream and counts those that were there.")
    .since("5.0.0")
    .cost("O(log N) for each id, N being the number of entries")
    .group(Group::Stream)
    .flags(WRITE | FAST).key(1, RW | DELETE);

fn xdel(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    let deleted = change_stream(ctx, 1, |found, _| {
        let Some(stream) = found else { return Ok(0) };
        let ids: Result<SmallVec<[StreamId; 8]>> =
            names.iter().map(|name| ids::strict(name, 0)).collect();
        let mut deleted = 0;
        for id in ids? {
            if stream.remove(id) {
                stream.max_deleted_id = stream.max_deleted_id.max(id);
                deleted += 1;
            }
        }
        Ok(deleted)
    })?;
    if deleted > 0 {
        ctx.effects.changes += deleted;
        ctx.note(1, &stream::XDEL);
    }
    ctx.int(deleted as i64)
}

#[rustfmt::skip]
pub(super) const XSETID: Spec = Spec::new(
    "XSETID",
    "key last-id [ENTRIESADDED entries_added<integer> @7.0.0] \
     [MAXDELETEDID max_deleted_entry_id @7.0.0]",
    Body::Data(xsetid),
)
    .does("Sets what a stream remembers of entries that were added. For internal use.")
    .since("5.0.0").cost("O(1)").group(Group::Stream)
    .flags(WRITE | DENYOOM | FAST).key(1, RW | UPDATE)
    .history(&[("7.0.0", "`ENTRIESADDED` and `MAXDELETEDID`.")]);

fn xsetid(ctx: &mut Ctx) -> Result {
    let last = ids::strict(ctx.arg(2), 0)?;
    let (mut added, mut max_deleted) = (None, StreamId::MIN);
    let mut at = 3;
    while at < ctx.argc() {
        let Some(value) = ctx.request.get(at + 1) else { return Err(Error::Syntax) };
        if is_word(ctx.arg(at), "ENTRIESADDED") {
            let count = u64::try_from(integer(value)?);
            added = Some(count.map_err(|_| Error::new("ERR entries_added must be positive"))?);
        } else if is_word(ctx.arg(at), "MAXDELETEDID") {
            max_deleted = ids::strict(value, 0)?;
            if last < max_deleted {
                return Err(Error::new(
                    "ERR The ID specified in XSETID is smaller than the provided \
                     max_deleted_entry_id",
                ));
            }
        } else {
            return Err(Error::Syntax);
        }
        at += 2;
    }
    let minds_deleted = ctx.limits.follows.keeps_last_ids_above_deleted_ones();
    change_stream(ctx, 1, |found, _| {
        let stream = found.ok_or(Error::NoSuchKey)?;
        if minds_deleted && last < stream.max_deleted_id {
            return Err(Error::new(
                "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
            ));
        }
        if stream.last_entry_id().is_some_and(|top| last < top) {
            return Err(Error::new(
                "ERR The ID specified in XSETID is smaller than the target stream top item",
            ));
        }
        if added.is_some_and(|added| stream.len() > added) {
            return Err(Error::new(
                "ERR The entries_added specified in XSETID is smaller than the target stream \
                 length",
            ));
        }
        stream.last_id = last;
        stream.entries_added = added.unwrap_or(stream.entries_added);
        if max_deleted != StreamId::MIN {
            stream.max_deleted_id = max_deleted;
        }
        Ok(())
    })?;
    ctx.touched(1, &stream::XSETID);
    ctx.ok()
}
