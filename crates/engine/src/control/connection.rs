//! PING, ECHO, SELECT and the like: the session itself.

use base::number::parse_i64;
use commands::errors::Error;

use super::{After, Answer, Call};

pub(super) fn ping(call: &mut Call<'_, '_>) -> Answer {
    match call.request.get(1) {
        Some(_) if call.request.len() > 2 => return Err(Error::Arity("ping".into())),
        Some(message) => call.reply.bulk(message),
        None => call.reply.status("PONG"),
    }
    Ok(After::Done)
}

pub(super) fn echo(call: &mut Call<'_, '_>) -> Answer {
    let message = call.arg(1);
    call.reply.bulk(message);
    Ok(After::Done)
}

pub(super) fn quit(call: &mut Call<'_, '_>) -> Answer {
    call.reply.ok();
    Ok(After::Close)
}

pub(super) fn select(call: &mut Call<'_, '_>) -> Answer {
    let number = parse_i64(call.arg(1)).ok_or(Error::new("ERR invalid DB index"))?;
    let databases = call.turn.node.keyspace.databases();
    let number = usize::try_from(number).ok().filter(|n| *n < databases);
    call.session.database = number.ok_or(Error::DatabaseOutOfRange)?;
    call.ok()
}
