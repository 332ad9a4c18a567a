//! CLIENT: looking at connections and steering them.
//!
//! A body changes its own session at once and others by mail. Whoever is killed leaves the list of
//! clients at once, though its connection ends only when its worker reads the mail.
//!
//! Not here: client-side caching (`tracking`).

mod filter;
mod line;

use std::sync::Arc;

use base::number::parse_i64;
use commands::arguments::{integer, is_word};
use commands::errors::Error;

use self::filter::{Filter, Ids};
use self::line::Own;
use super::{After, Answer, Call, misused};
use crate::clients::{Client, flag};
use crate::lifecycle::condition;
use crate::mail::Mail;
use crate::session::ReplyMode;
use crate::waiting::Ending;

const BAD_NAME: Error =
    Error::new("ERR Client names cannot contain spaces, newlines or special characters.");

pub(super) fn id(call: &mut Call<'_, '_>) -> Answer {
    call.reply.int(call.session.client.id as i64);
    Ok(After::Done)
}

pub(super) fn info(call: &mut Call<'_, '_>) -> Answer {
    let own = Own::of(call);
    let mut text = String::new();
    let (now_ms, follows) = (call.turn.now_ms(), call.turn.state.knobs.limits.follows);
    line::describe(&mut text, &call.session.client, own, now_ms, follows);
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

pub(super) fn list(call: &mut Call<'_, '_>) -> Answer {
    let filter = Filter::parse(call.request.from(2), Ids::ToList)?;
    let own = Own::of(call);
    let (me, now_ms) = (call.session.client.id, call.turn.now_ms());
    let follows = call.turn.state.knobs.limits.follows;
    let mut text = String::new();
    for client in chosen(call, &filter, filter.skips_me.unwrap_or(false)) {
        let own = if client.id == me { own } else { Own::default() };
        line::describe(&mut text, &client, own, now_ms, follows);
    }
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

pub(super) fn kill(call: &mut Call<'_, '_>) -> Answer {
    let is_old_form = call.request.len() == 3;
    let filter = if is_old_form {
        Filter::of_address(call.arg(2))
    } else {
        Filter::parse(call.request.from(2), Ids::ToKill)?
    };
    let me = call.session.client.id;
    let victims = chosen(call, &filter, filter.skips_me.unwrap_or(!is_old_form));
    let (node, state) = (call.turn.node, &mut *call.turn.state);
    for client in &victims {
        node.clients.leave(client.id);
        client.set(flag::CLOSING, true);
        // Nothing is given any more to one who will not read it.
        state.end_wait(node, client, Ending::Gone);
        if client.id != me {
            state.post(node, client.visitor.at, Mail::Kill { id: client.id });
        }
    }
    match (is_old_form, victims.len()) {
        (true, 0) => return Err(Error::new("ERR No such client")),
        (true, _) => call.reply.ok(),
        (false, count) => call.reply.int(count as i64),
    }
    let is_suicide = victims.iter().any(|client| client.id == me);
    Ok(if is_suicide { After::Close } else { After::Done })
}

/// The clients that a filter admits: in the order of the ids it names, or else of connection.
fn chosen(call: &Call<'_, '_>, filter: &Filter<'_>, skips_me: bool) -> Vec<Arc<Client>> {
    let clients = &call.turn.node.clients;
    let (me, now_ms) = (call.session.client.id, call.turn.now_ms());
    let mut chosen: Vec<Arc<Client>> = match &filter.ids {
        Some(ids) => ids.iter().filter_map(|id| clients.get(*id)).collect(),
        None => clients.all(),
    };
    chosen.retain(|client| !(skips_me && client.id == me) && filter.admits(client, now_ms));
    chosen
}

pub(super) fn getname(call: &mut Call<'_, '_>) -> Answer {
    match call.session.client.names().name {
        name if name.is_empty() => call.reply.nil(),
        name => call.reply.bulk(name.as_bytes()),
    }
    Ok(After::Done)
}

pub(super) fn setname(call: &mut Call<'_, '_>) -> Answer {
    let name = valid_name(call.arg(2))?;
    named(call, name);
    call.ok()
}

/// A name as CLIENT LIST can show it: printable, without spaces; empty for none.
pub(super) fn valid_name(name: &[u8]) -> Result<String, Error> {
    printable(name).ok_or(BAD_NAME)
}

/// Gives the session a name, or takes it away if that is empty.
pub(super) fn named(call: &mut Call<'_, '_>, name: String) {
    let client = &call.session.client;
    // Most sessions never have a name; they need no room for one.
    if !name.is_empty() || !client.names().name.is_empty() {
        client.change_names(|names| names.name = name);
    }
}

fn printable(text: &[u8]) -> Option<String> {
    text.iter().all(u8::is_ascii_graphic).then(|| String::from_utf8_lossy(text).into_owned())
}

pub(super) fn setinfo(call: &mut Call<'_, '_>) -> Answer {
    let attribute = call.arg(2);
    let shown = || String::from_utf8_lossy(attribute);
    let is_name = is_word(attribute, "LIB-NAME");
    if !is_name && !is_word(attribute, "LIB-VER") {
        return Err(Error::text(format!("ERR Unrecognized option '{}'", shown())));
    }
    let Some(value) = printable(call.arg(3)) else {
        let rule = "cannot contain spaces, newlines or special characters.";
        return Err(Error::text(format!("ERR {} {rule}", shown())));
    };
    call.session.client.change_names(|names| {
        let field = if is_name { &mut names.library } else { &mut names.library_version };
        *field = value;
    });
    call.ok()
}

pub(super) fn pause(call: &mut Call<'_, '_>) -> Answer {
    let everything = match (call.request.len(), call.request.get(3)) {
        (3, _) => true,
        (4, Some(mode)) if is_word(mode, "ALL") => true,
        (4, Some(mode)) if is_word(mode, "WRITE") => false,
        (4, _) => return Err(Error::new("ERR CLIENT PAUSE mode must be WRITE or ALL")),
        _ => return Err(misused(call)),
    };
    let timeout_ms = parse_i64(call.arg(2))
        .ok_or(Error::new("ERR timeout is not an integer or out of range"))?;
    if timeout_ms < 0 {
        return Err(Error::new("ERR timeout is negative"));
    }
    let now_ms = call.turn.now_ms();
    // Alone: once this is answered nothing that must wait is still running.
    call.turn.alone(|_, node, _| {
        node.pause.begin(now_ms.saturating_add(timeout_ms), everything, now_ms);
        node.lifecycle.set(condition::PAUSED, node.pause.is_on(now_ms));
    });
    call.ok()
}

pub(super) fn unpause(call: &mut Call<'_, '_>) -> Answer {
    // Alone: whoever was told to wait has noted it by now, and is found here.
    call.turn.alone(|_, node, state| {
        node.pause.end();
        node.lifecycle.set(condition::PAUSED, false);
        for client in node.clients.all().iter().filter(|client| client.has(flag::PAUSED)) {
            state.post(node, client.visitor.at, Mail::Resume { id: client.id });
        }
    });
    call.ok()
}

pub(super) fn unblock(call: &mut Call<'_, '_>) -> Answer {
    let ending = match (call.request.len(), call.request.get(3)) {
        (3, _) => Ending::Released,
        (4, Some(reason)) if is_word(reason, "TIMEOUT") => Ending::Released,
        (4, Some(reason)) if is_word(reason, "ERROR") => Ending::Unblocked,
        (4, _) => return Err(Error::new("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
        _ => return Err(misused(call)),
    };
    let id = integer(call.arg(2))?;
    let (node, state) = (call.turn.node, &mut *call.turn.state);
    let client = u64::try_from(id).ok().and_then(|id| node.clients.get(id));
    let ended = client.is_some_and(|client| {
        state.end_wait(node, &client, ending) || node.unblock_wait(&client, ending)
    });
    call.reply.int(ended.into());
    Ok(After::Done)
}

pub(super) fn reply(call: &mut Call<'_, '_>) -> Answer {
    let mode = call.arg(2);
    let session = &mut *call.session;
    if is_word(mode, "ON") {
        session.reply_mode = ReplyMode::On;
        return call.ok();
    }
    if is_word(mode, "OFF") {
        session.reply_mode = ReplyMode::Off;
    } else if !is_word(mode, "SKIP") {
        return Err(Error::Syntax);
    } else if session.reply_mode != ReplyMode::Off {
        session.reply_mode = ReplyMode::SkipNext;
    }
    Ok(After::Done)
}

pub(super) fn no_evict(call: &mut Call<'_, '_>) -> Answer {
    let is_on = on_or_off(call.arg(2))?;
    call.session.client.set(flag::NO_EVICT, is_on);
    call.ok()
}

pub(super) fn no_touch(call: &mut Call<'_, '_>) -> Answer {
    let is_on = on_or_off(call.arg(2))?;
    call.session.no_touch = is_on;
    call.session.client.set(flag::NO_TOUCH, is_on);
    call.ok()
}

fn on_or_off(word: &[u8]) -> Result<bool, Error> {
    match word {
        word if is_word(word, "ON") => Ok(true),
        word if is_word(word, "OFF") => Ok(false),
        _ => Err(Error::Syntax),
    }
}

#[cfg(test)]
mod tests;
