//! XGROUP: groups and their consumers come, change and go.

use keyspace::value::stream::{Group, Stream};
use protocol::Request;

use super::{change_stream, discard, ids, store_stream};
use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::events::{Event, stream};
use crate::spec::{Body, DELETE, DENYOOM, Group as Chapter, INSERT, LOADING, RW, STALE, Spec};
use crate::spec::{UPDATE, WRITE};
use crate::{docs, table};

#[rustfmt::skip]
pub(super) const XGROUP: Spec = Spec::container(
    "XGROUP",
    &[
        XGROUP_CREATE, XGROUP_CREATECONSUMER, XGROUP_DELCONSUMER, XGROUP_DESTROY, XGROUP_HELP,
        XGROUP_SETID,
    ],
)
    .does("Holds the commands about the consumer groups of a stream.")
    .since("5.0.0").cost("Depends on the subcommand").group(Chapter::Stream);

#[rustfmt::skip]
const XGROUP_CREATE: Spec = Spec::sub(
    "XGROUP", "CREATE",
    "key groupname<string> (id: id | new_id: '$') [mkstream: MKSTREAM] \
     [ENTRIESREAD entries_read<integer>]",
    Body::Data(create),
)
    .does("Creates a consumer group that reads from an id on.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(WRITE | DENYOOM).key(2, RW | INSERT)
    .history(&[("7.0.0", "`ENTRIESREAD`.")]);

#[rustfmt::skip]
const XGROUP_SETID: Spec = Spec::sub(
    "XGROUP", "SETID",
    "key groupname<string> (id: id | new_id: '$') [ENTRIESREAD entries_read<integer>]",
    Body::Data(set_id),
)
    .does("Sets the id from which on a consumer group reads.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(WRITE).key(2, RW | UPDATE)
    .history(&[("7.0.0", "`ENTRIESREAD`.")]);

#[rustfmt::skip]
const XGROUP_DESTROY: Spec = Spec::sub(
    "XGROUP", "DESTROY",
    "key groupname<string>",
    Body::Data(destroy),
)
    .does("Removes a consumer group and tells whether it existed.")
    .since("5.0.0")
    .cost("O(N), N being the number of pending entries of the group").group(Chapter::Stream)
    .flags(WRITE).key(2, RW | DELETE);

#[rustfmt::skip]
const XGROUP_CREATECONSUMER: Spec = Spec::sub(
    "XGROUP", "CREATECONSUMER",
    "key groupname<string> consumername",
    Body::Data(create_consumer),
)
    .does("Adds a consumer to a group and tells whether it is new.")
    .since("6.2.0").cost("O(1)").group(Chapter::Stream)
    .flags(WRITE | DENYOOM).key(2, RW | INSERT);

#[rustfmt::skip]
const XGROUP_DELCONSUMER: Spec = Spec::sub(
    "XGROUP", "DELCONSUMER",
    "key groupname<string> consumername",
    Body::Data(delete_consumer),
)
    .does("Removes a consumer from a group and counts the entries it had pending.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(WRITE).key(2, RW | DELETE);

#[rustfmt::skip]
const XGROUP_HELP: Spec = Spec::sub("XGROUP", "HELP", "", Body::Data(help))
    .does("Describes the subcommands.")
    .since("5.0.0").cost("O(1)").group(Chapter::Stream)
    .flags(LOADING | STALE);

fn help(ctx: &mut Ctx) -> Result {
    if let Some(container) = table::lookup(b"XGROUP") {
        docs::help(&mut ctx.reply, container);
    }
    Ok(Outcome::Done)
}

/// What a subcommand answers when its options make no sense.
pub(super) fn unknown_form(request: Request<'_>) -> Error {
    let container = String::from_utf8_lossy(request.arg(0)).to_ascii_uppercase();
    let name = String::from_utf8_lossy(request.arg(1));
    Error::text(format!(
        "ERR unknown subcommand or wrong number of arguments for '{name}'. Try {container} HELP."
    ))
}

/// The group that argument 3 names is not there.
pub(super) fn no_group_for_key(request: Request<'_>) -> Error {
    let (key, group) = (request.arg(2), request.arg(3));
    let (key, group) = (String::from_utf8_lossy(key), String::from_utf8_lossy(group));
    Error::text(format!("NOGROUP No such consumer group '{group}' for key name '{key}'"))
}

const NO_KEY: Error = Error::new(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use \
     the MKSTREAM option to create an empty stream automatically.",
);

/// The options of CREATE and SETID.
#[derive(Clone, Copy, Debug, Default)]
struct Options {
    entries_read: Option<u64>,
    make: bool,
}

impl Options {
    fn parse(ctx: &Ctx<'_, '_>, may_make: bool) -> Result<Self> {
        let mut options = Self::default();
        let mut at = 5;
        while at < ctx.argc() {
            if may_make && is_word(ctx.arg(at), "MKSTREAM") {
                options.make = true;
                at += 1;
            } else if is_word(ctx.arg(at), "ENTRIESREAD") && at + 1 < ctx.argc() {
                options.entries_read = match integer(ctx.arg(at + 1))? {
                    -1 => None,
                    count => Some(u64::try_from(count).map_err(|_| {
                        Error::new("ERR value for ENTRIESREAD must be positive or -1")
                    })?),
                };
                at += 2;
            } else {
                return Err(unknown_form(ctx.request));
            }
        }
        Ok(options)
    }
}

impl Options {
    /// No more were read than there ever were.
    fn entries_read_of(&self, stream: &Stream) -> Option<u64> {
        self.entries_read.map(|read| read.min(stream.entries_added))
    }
}

fn create(ctx: &mut Ctx) -> Result {
    let options = Options::parse(ctx, true)?;
    let (name, id, request) = (ctx.arg(3), ctx.arg(4), ctx.request);
    let add = |stream: &mut Stream| -> Result<()> {
        if request.len() > 8 {
            return Err(unknown_form(request));
        }
        let id = if id == b"$" { stream.last_id } else { ids::strict(id, 0)? };
        match stream.add_group(name, Group::new(id, options.entries_read_of(stream))) {
            true => Ok(()),
            false => Err(Error::new("BUSYGROUP Consumer Group name already exists")),
        }
    };
    let exists = change_stream(ctx, 2, |found, _| found.map(&add).transpose())?.is_some();
    if !exists {
        if !options.make {
            return Err(NO_KEY);
        }
        let mut stream = Stream::default();
        add(&mut stream)?;
        store_stream(ctx, 2, stream);
    }
    ctx.touched(2, &stream::XGROUP_CREATE);
    ctx.ok()
}

/// Runs `body` on the stream of argument 2, which must be there.
fn change_existing<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(&mut Stream) -> Result<R>,
) -> Result<R> {
    change_stream(ctx, 2, |found, _| body(found.ok_or(NO_KEY)?))
}

fn set_id(ctx: &mut Ctx) -> Result {
    let options = Options::parse(ctx, false)?;
    let (name, id, request) = (ctx.arg(3), ctx.arg(4), ctx.request);
    change_existing(ctx, |stream| {
        let (last_id, entries_read) = (stream.last_id, options.entries_read_of(stream));
        let group = stream.group_mut(name).ok_or_else(|| no_group_for_key(request))?;
        if !matches!(request.len(), 5 | 7) {
            return Err(unknown_form(request));
        }
        group.last_id = if id == b"$" { last_id } else { ids::lenient(id, 0)? };
        group.entries_read = entries_read;
        Ok(())
    })?;
    ctx.touched(2, &stream::XGROUP_SETID);
    ctx.ok()
}

fn destroy(ctx: &mut Ctx) -> Result {
    let name = ctx.arg(3);
    let group = change_existing(ctx, |stream| Ok(stream.remove_group(name)))?;
    let Some(group) = group else { return ctx.int(0) };
    ctx.touched(2, &stream::XGROUP_DESTROY);
    discard(ctx, Stream::of_group(group));
    ctx.int(1)
}

/// Runs `body` on the group of arguments 2 and 3, both of which must be there.
fn change_group<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    body: impl FnOnce(&mut Group) -> Result<R>,
) -> Result<R> {
    let request = ctx.request;
    change_existing(ctx, |stream| {
        body(stream.group_mut(request.arg(3)).ok_or_else(|| no_group_for_key(request))?)
    })
}

fn create_consumer(ctx: &mut Ctx) -> Result {
    let (name, now_ms) = (ctx.arg(4), ctx.db.moment.now_ms);
    let is_new = change_group(ctx, |group| {
        let is_new = group.find(name).is_none();
        if is_new {
            group.add_consumer(name, now_ms);
        }
        Ok(is_new)
    })?;
    note_if(ctx, is_new, &stream::XGROUP_CREATECONSUMER);
    ctx.int(is_new.into())
}

fn delete_consumer(ctx: &mut Ctx) -> Result {
    let name = ctx.arg(4);
    let pending = change_group(ctx, |group| Ok(group.remove_consumer(name)))?;
    note_if(ctx, pending.is_some(), &stream::XGROUP_DELCONSUMER);
    ctx.int(pending.unwrap_or(0) as i64)
}

fn note_if(ctx: &mut Ctx<'_, '_>, happened: bool, event: &'static Event) {
    if happened {
        ctx.touched(2, event);
    }
}
