//! One client as a line of text: the fields of Redis 7.0 in its order, then those of 7.2.
//!
//! Tools split it at blanks and at the first `=`. Some figures describe Redis's buffers and have no
//! counterpart: an idle session has no buffers of its own, so `qbuf-free`, `rbs`, `rbp` and `obl`
//! are 0, and what it has not yet read of its replies is one list, counted by `oll` and `omem`.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use commands::follows::Follows;
use commands::table;

use crate::clients::{Client, flag};
use crate::control::Call;
use crate::control::tracking::redirect_shown;

/// What only the session itself knows: the request that it is running.
#[derive(Clone, Copy, Default)]
pub(super) struct Own {
    request_bytes: usize,
    argument_bytes: usize,
}

impl Own {
    /// The caller's. Its shared part is brought up to date too.
    pub(super) fn of(call: &mut Call<'_, '_>) -> Self {
        let client = &call.session.client;
        client.database.store(call.session.database as u32, Relaxed);
        client.last_command.store(call.spec.id, Relaxed);
        client.last_active_ms.store(call.turn.now_ms(), Relaxed);
        client.output_bytes.store(call.reply.output().len() as u64, Relaxed);
        client.input_bytes.store(0, Relaxed);
        let argument_bytes = call.request.iter().map(<[u8]>::len).sum();
        let request_bytes = call.request.raw().map_or(argument_bytes, <[u8]>::len);
        Self { request_bytes, argument_bytes }
    }
}

/// Adds the line that describes a client, with its line break.
pub(super) fn describe(
    text: &mut String,
    client: &Client,
    own: Own,
    now_ms: i64,
    follows: Follows,
) {
    let visitor = &client.visitor;
    let names = client.names();
    let seconds_since = |ms: i64| (now_ms / 1000 - ms / 1000).max(0);
    let query = client.input_bytes.load(Relaxed) as usize + own.request_bytes;
    let output = client.output_bytes.load(Relaxed) as usize;
    let watched = match follows.shows_watched_keys() {
        true => format!(" watch={}", client.watched.load(Relaxed)),
        false => String::new(),
    };
    let last = table::ALL.get(usize::from(client.last_command.load(Relaxed)));
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} \
         multi={}{watched} qbuf={query} qbuf-free=0 argv-mem={} multi-mem={} rbs=0 rbp=0 obl=0 \
         oll={} omem={output} tot-mem={} events=r cmd={} user=default redir={} resp={} lib-name={} \
         lib-ver={}",
        client.id,
        visitor.address,
        visitor.local,
        visitor.descriptor,
        names.name,
        seconds_since(client.created_ms),
        seconds_since(client.last_active_ms.load(Relaxed)),
        letters(client),
        client.database.load(Relaxed),
        client.subscriptions[0].load(Relaxed),
        client.subscriptions[1].load(Relaxed),
        client.subscriptions[2].load(Relaxed),
        client.queued.load(Relaxed),
        own.argument_bytes,
        client.queued_bytes.load(Relaxed),
        u8::from(output > 0),
        client.memory() as usize + own.request_bytes + own.argument_bytes,
        last.map_or_else(|| "NULL".to_owned(), |spec| spec.full_name()),
        redirect_shown(client),
        client.resp.load(Relaxed),
        names.library,
        names.library_version,
    );
}

/// The state of a client in letters; `N` if there is nothing to say. A paused one counts as
/// blocked.
fn letters(client: &Client) -> String {
    let letters = [
        (flag::REPLICA, 'S'),
        (flag::MONITOR, 'O'),
        (flag::PUBSUB, 'P'),
        (flag::MULTI, 'x'),
        (flag::BLOCKED, 'b'),
        (flag::PAUSED, 'b'),
        (flag::TRACKING, 't'),
        (flag::BROKEN_REDIRECT, 'R'),
        (flag::BROADCAST, 'B'),
        (flag::CLOSING, 'c'),
        (flag::UNIX, 'U'),
        (flag::NO_EVICT, 'e'),
        (flag::NO_TOUCH, 'T'),
    ];
    let set: String =
        letters.iter().filter(|(flag, _)| client.has(*flag)).map(|(_, letter)| letter).collect();
    if set.is_empty() { "N".to_owned() } else { set }
}
