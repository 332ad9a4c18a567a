//! Commands that bring the keyspace to disk as a whole: SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF.
//!
//! Both saves take the cut here, alone, and leave the walk to its thread (`snapshot`). SAVE differs
//! in that its client waits for the end; the others do not.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use commands::arguments::is_word;
use commands::errors::Error;

use super::{After, Answer, Call};
use crate::node::Node;
use crate::snapshot::{Aim, Asker, Attendance, Task};

const ANOTHER: Error = Error::new(
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in \
     order to schedule a BGSAVE whenever possible.",
);
const IN_PROGRESS: Error = Error::new("ERR Background save already in progress");

pub(super) fn save(call: &mut Call<'_, '_>) -> Answer {
    if call.turn.node.snapshots.is_saving() {
        return Err(IN_PROGRESS);
    }
    let client = Arc::clone(&call.session.client);
    begin(call, Asker::Client(client, call.session.version));
    Ok(After::Parked)
}

pub(super) fn bgsave(call: &mut Call<'_, '_>) -> Answer {
    let schedules = match (call.request.len(), call.request.get(1)) {
        (1, _) => false,
        (2, Some(word)) if is_word(word, "SCHEDULE") => true,
        (2, Some(word)) if is_word(word, "CANCEL") => return cancel(call),
        _ => return Err(Error::Syntax),
    };
    let snapshots = &call.turn.node.snapshots;
    match snapshots.running() {
        _ if snapshots.is_saving() => return Err(IN_PROGRESS),
        // Not before the transaction has ended.
        _ if call.turn.state.group.is_some() => {
            snapshots.schedule_dump(true);
            call.reply.status("Background saving scheduled");
        }
        None | Some(Aim::Dump | Aim::Flushed) => {
            begin(call, Asker::Nobody);
            call.reply.status("Background saving started");
        }
        Some(Aim::Sync | Aim::LogBase) if schedules => {
            snapshots.schedule_dump(true);
            call.reply.status("Background saving scheduled");
        }
        Some(Aim::Sync | Aim::LogBase) => return Err(ANOTHER),
    }
    Ok(After::Done)
}

pub(super) fn bgrewriteaof(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    if node.snapshots.is_at(Aim::LogBase) == Attendance::Here {
        let text = "ERR Background append only file rewriting already in progress";
        return Err(Error::new(text));
    }
    let is_busy = node.snapshots.is_at(Aim::Dump) == Attendance::Here
        || node.snapshots.running() == Some(Aim::Sync)
        || call.turn.state.group.is_some();
    node.request_rewrite();
    call.reply.status(if is_busy {
        "Background append only file rewriting scheduled"
    } else {
        "Background append only file rewriting started"
    });
    Ok(After::Done)
}

fn cancel(call: &mut Call<'_, '_>) -> Answer {
    let snapshots = &call.turn.node.snapshots;
    if snapshots.running() == Some(Aim::Dump) && snapshots.cancel() {
        call.reply.status("Background saving cancelled");
    } else if snapshots.is_dump_scheduled() {
        snapshots.schedule_dump(false);
        call.reply.status("Scheduled background saving cancelled");
    } else {
        return Err(Error::new("ERR Background saving is currently not in progress or scheduled"));
    }
    Ok(After::Done)
}

/// Takes the cut and has the rest done; if another snapshot is under way, all of it when that has
/// ended.
fn begin(call: &mut Call<'_, '_>, asker: Asker) {
    call.turn.settle_tally();
    call.turn.alone(|alone, node, _| {
        node.snapshots.put(Task { aim: Aim::Dump, cut: node.cut(alone), asker });
    });
}

pub(super) fn lastsave(call: &mut Call<'_, '_>) -> Answer {
    call.reply.int(last_save_unix_s(call.turn.node));
    Ok(After::Done)
}

/// When the dump file was last written, or, as it was not yet, when the server started.
pub(super) fn last_save_unix_s(node: &Node) -> i64 {
    node.snapshots.figures.last_save_s.load(Relaxed)
}
