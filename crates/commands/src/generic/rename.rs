//! Moving a key, with value and expiry, to another name or another database.

use crate::arguments::database;
use crate::context::{Ctx, Result};
use crate::errors::Error;
use crate::events::generic;
use crate::spec::{ACCESS, Body, DELETE, FAST, Group, INSERT, OW, RW, Spec, UPDATE, WRITE};

use super::SAME_KEY;

#[rustfmt::skip]
pub(super) const RENAME: Spec = Spec::new("RENAME", "key newkey", Body::Data(rename))
    .does("Renames a key; one that has the new name already is replaced.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE).key(1, RW | ACCESS | DELETE).key(2, OW | UPDATE);

fn rename(ctx: &mut Ctx) -> Result {
    rename_if(ctx, Target::Any)?;
    ctx.ok()
}

#[rustfmt::skip]
pub(super) const RENAMENX: Spec = Spec::new("RENAMENX", "key newkey", Body::Data(renamenx))
    .does("Renames a key if no key has the new name.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | ACCESS | DELETE).key(2, OW | INSERT)
    .history(&[("3.2.0", "Equal names are no longer an error.")]);

fn renamenx(ctx: &mut Ctx) -> Result {
    let renamed = rename_if(ctx, Target::Absent)?;
    ctx.int(renamed.into())
}

/// What may be there under the new name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Any,
    Absent,
}

/// Renames the first key to the second one. False if that is there and must not be, or is the same.
fn rename_if(ctx: &mut Ctx, target: Target) -> Result<bool> {
    let (old, new) = (ctx.key(1), ctx.key(2));
    if !ctx.db.contains(old) {
        return Err(Error::NoSuchKey);
    }
    if old.bytes == new.bytes || (ctx.db.contains(new) && target == Target::Absent) {
        return Ok(false);
    }
    let Some(entry) = ctx.db.take(old) else { return Err(Error::NoSuchKey) };
    ctx.db.put(new, entry.renamed(new.bytes));
    ctx.touched(1, &generic::RENAME_FROM);
    ctx.note(2, &generic::RENAME_TO);
    Ok(true)
}

#[rustfmt::skip]
pub(super) const MOVE: Spec = Spec::new("MOVE", "key db", Body::Data(move_key))
    .does("Moves a key to another database.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(WRITE | FAST).key(1, RW | ACCESS | UPDATE);

fn move_key(ctx: &mut Ctx) -> Result {
    let target = database(ctx.arg(2), ctx.db.keyspace().databases())?;
    if target == ctx.db.number {
        return Err(SAME_KEY);
    }
    let key = ctx.key(1);
    if !ctx.db.contains(key) || ctx.db.other(target).contains(key) {
        return ctx.int(0);
    }
    let Some(entry) = ctx.db.take(key) else { return ctx.int(0) };
    ctx.db.other(target).put(key, entry);
    ctx.touched(1, &generic::MOVE_FROM);
    ctx.note_in(target, 1, &generic::MOVE_TO);
    ctx.int(1)
}
