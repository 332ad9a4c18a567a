//! MULTI, EXEC, DISCARD, WATCH, UNWATCH: what they answer.
//!
//! Not here: what they do (`transaction`).

use commands::errors::Error;
use keyspace::db::Key;
use keyspace::{Db, Held};

use super::{After, Answer, Call};
use crate::transaction::Executed;
use crate::worker::Next;

const EXECABORT: Error = Error::new("EXECABORT Transaction discarded because of previous errors.");

pub(super) fn multi(call: &mut Call<'_, '_>) -> Answer {
    if call.session.transaction.is_some() {
        return Err(Error::new("ERR MULTI calls can not be nested"));
    }
    call.session.transaction = Some(Box::default());
    call.session.note_plainness();
    call.ok()
}

pub(super) fn discard(call: &mut Call<'_, '_>) -> Answer {
    if call.session.transaction.is_none() {
        return Err(Error::new("ERR DISCARD without MULTI"));
    }
    call.turn.end_transaction(call.session);
    call.ok()
}

pub(super) fn exec(call: &mut Call<'_, '_>) -> Answer {
    match &call.session.transaction {
        None => return Err(Error::new("ERR EXEC without MULTI")),
        Some(transaction) if transaction.is_broken => {
            call.turn.end_transaction(call.session);
            return Err(EXECABORT);
        }
        Some(_) => {}
    }
    let (executed, next) = call.turn.execute_queue(call.session, call.reply.output());
    match executed {
        Executed::Busy => Ok(After::Busy),
        Executed::Conflict => {
            call.reply.nil_array();
            Ok(After::Done)
        }
        Executed::Done if next == Next::Close => Ok(After::Close),
        Executed::Done => Ok(After::Done),
    }
}

pub(super) fn watch(call: &mut Call<'_, '_>) -> Answer {
    if call.session.transaction.is_some() {
        return Err(Error::new("ERR WATCH inside MULTI is not allowed"));
    }
    let request = call.request;
    let key = |key: &commands::context::KeyArg| Key {
        bytes: request.arg(key.index as usize),
        hash: key.hash,
    };
    let keys: Vec<Key<'_>> = call.keys.iter().map(key).collect();
    let keyspace = &call.turn.node.keyspace;
    if !call.turn.lock_widened(keys.iter().map(|key| key.hash)) {
        return Ok(After::Busy);
    }
    let (mut desk, inside) = call.turn.split();
    let mut held = Held::lent(keyspace, inside);
    // What has expired already goes now, so that its going is no change later; or it is noted.
    let mut watched = Vec::new();
    for key in keys {
        let tools = &mut desk.state.tools;
        let mut db = Db::new(&mut held, call.session.database, desk.moment, tools);
        db.contains(key);
        watched.push((key, db.is_overdue(key)));
    }
    desk.publish_removals(held.interest());
    desk.serve_waiters(&mut held);
    drop(held);
    call.turn.watch(call.session, &watched);
    call.turn.inside.unlock();
    call.ok()
}

pub(super) fn unwatch(call: &mut Call<'_, '_>) -> Answer {
    call.turn.unwatch(call.session);
    call.ok()
}
