//! TRACE: carries a request out and answers with its way through the server; shows those of others.
//!
//! ```text
//!   TRACE SET k v                        a map: what was seen at each station, and the reply
//!   TRACE ON [PREFIX p] [MINUS us]       shows the session the requests of others, as pushes
//!   TRACE OFF
//!   TRACE SLOW [count]                   the slow log with the stages of each request
//! ```
//!
//! Must be true: the request is admitted, locked, logged and counted as if it had come by itself.
//! Not here: what is noted on the way (`crate::trace`).

use base::clock::Ticks;
use base::number::parse_i64;
use commands::arguments::is_word;
use commands::context::KeyArg;
use commands::control::Control;
use commands::errors::Error;
use commands::spec::{BLOCKING, Body, Spec};
use commands::table::wrong_arity;
use protocol::resp::parse::Limits;
use protocol::{Output, Parser, Reply, Request, Value, Version, binary, decode, write_request};

use super::pubsub::receiver;
use super::{After, Answer, Call};
use crate::batch::hash_keys;
use crate::lifecycle::condition;
use crate::slowlog::shortened;
use crate::trace::stream::{
    Tracer, class_name, write_number, write_record, write_stages, write_text, write_texts,
};
use crate::trace::{Look, Looks, Seen, Stages, seen};
use crate::worker::Next;

/// Entries that TRACE SLOW gives if not told how many.
const SLOW_COUNT_DEFAULT: usize = 10;

/// Bytes of a request that are shown.
const SHOWN_MAX: usize = 1024;

pub(super) fn trace(call: &mut Call<'_, '_>) -> Answer {
    let word = call.arg(1);
    if is_word(word, "ON") {
        on(call)
    } else if is_word(word, "OFF") && call.request.len() == 2 {
        call.turn.node.tracers.leave(call.turn.node, receiver(call.session));
        call.ok()
    } else if is_word(word, "SLOW") {
        slow(call)
    } else {
        one(call)
    }
}

fn on(call: &mut Call<'_, '_>) -> Answer {
    if !call.session.version.is_typed() {
        return Err(Error::new("ERR TRACE ON sends pushes: it needs HELLO 3"));
    }
    let (mut prefix, mut least_us): (&[u8], u64) = (b"", 0);
    let mut words = call.request.iter().skip(2);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(Error::Syntax)?;
        if is_word(word, "PREFIX") {
            prefix = value;
        } else if is_word(word, "MINUS") {
            let number = parse_i64(value).and_then(|number| u64::try_from(number).ok());
            least_us = number.ok_or(Error::NotInteger)?;
        } else {
            return Err(Error::Syntax);
        }
    }
    let node = call.turn.node;
    node.tracers.enter(node, Tracer::new(receiver(call.session), prefix, least_us));
    call.ok()
}

fn slow(call: &mut Call<'_, '_>) -> Answer {
    let count = match (call.request.len(), call.request.get(2)) {
        (2, _) => SLOW_COUNT_DEFAULT,
        (3, Some(text)) => {
            let count = parse_i64(text).filter(|count| *count >= -1).ok_or(Error::NotInteger)?;
            usize::try_from(count).unwrap_or(usize::MAX)
        }
        _ => return Err(Error::Syntax),
    };
    let entries = call.turn.node.reports.slowlog.newest(count);
    let reply = &mut call.reply;
    reply.array(entries.len());
    for entry in entries {
        reply.map(7);
        reply.bulk(b"id");
        reply.int(entry.id as i64);
        reply.bulk(b"time");
        reply.int(entry.unix_s);
        reply.bulk(b"microseconds");
        reply.int(entry.microseconds as i64);
        write_texts(reply, "tokens", &entry.arguments);
        write_text(reply, "address", entry.address.as_bytes());
        write_text(reply, "name", entry.name.as_bytes());
        write_stages(reply, &entry.stages, &[]);
    }
    Ok(After::Done)
}

/// What was found out about a request before it ran.
struct Arrival {
    /// As it is on the wire.
    bytes: Vec<u8>,
    spec: &'static Spec,
    keys: Vec<KeyArg>,
    /// Nanoseconds for framing it, finding its row, hashing its keys.
    parse: u64,
    find: u64,
    hash: u64,
}

/// What it was answered.
struct Outcome {
    output: Vec<u8>,
    stages: Stages,
    keys: Vec<Seen>,
    record: Option<(u64, usize)>,
}

fn one(call: &mut Call<'_, '_>) -> Answer {
    let request = call.request.from(1);
    let arrival = arrive(call, request)?;
    if call.turn.node.lifecycle.conditions() & condition::PAUSED != 0 {
        return Err(Error::new("ERR TRACE does not wait: clients are paused"));
    }
    let outcome = match carry_out(call, request, &arrival) {
        Ok(outcome) => outcome,
        Err(after) => return Ok(after),
    };
    write(&mut call.reply, request, &arrival, &outcome);
    Ok(After::Done)
}

/// Frames the request, finds its row and hashes its keys, each measured.
fn arrive(call: &Call<'_, '_>, request: Request<'_>) -> Result<Arrival, Error> {
    let bytes = on_the_wire(request, call.session.version);
    let begun = Ticks::now();
    frame(&bytes, call.session.version);
    let framed = Ticks::now();
    let found = call.turn.names(call.session).find(request);
    let named = Ticks::now();
    let spec = found.map_err(|unknown| {
        Error::text(String::from_utf8_lossy(&unknown.text(request)).into_owned())
    })?;
    if !spec.accepts(request.len()) {
        return Err(Error::text(wrong_arity(spec)));
    }
    if !is_traceable(spec) {
        let name = spec.full_name().to_ascii_lowercase();
        return Err(Error::text(format!("ERR '{name}' can't be traced")));
    }
    let mut keys = Vec::new();
    hash_keys(spec, request, &call.turn.node.keyspace, &mut keys);
    let (parse, find) = (framed.since(begun), named.since(framed));
    Ok(Arrival { bytes, spec, keys, parse, find, hash: Ticks::now().since(named) })
}

/// Carries the request out as any other; `Err`: how TRACE ends instead.
fn carry_out(
    call: &mut Call<'_, '_>,
    request: Request<'_>,
    arrival: &Arrival,
) -> Result<Outcome, After> {
    let (turn, session) = (&mut *call.turn, &mut *call.session);
    let keys = seen(turn.node, request, &arrival.keys);
    let trace = turn.begin_trace(Looks::Yes, keys);
    turn.state.trace = Some(trace);
    let may_defer = std::mem::replace(&mut turn.state.may_defer, false);
    let written_before = turn.release_at.take();
    turn.ticks = Ticks::now();
    let mut output = Output::new();
    let next = turn.execute(session, Some(arrival.spec), request, &arrival.keys, &mut output);
    turn.state.may_defer = may_defer;
    let trace = turn.state.trace.take();
    let written = turn.release_at;
    turn.release_at = written.or(written_before);
    let Some(trace) = trace else { return Err(After::Busy) };
    match next {
        Next::Continue | Next::Deliver => {}
        Next::Park => return Err(After::Parked),
        Next::Close | Next::Abort => return Err(After::Close),
        Next::Retry | Next::Hold | Next::Incomplete(_) => return Err(After::Busy),
    }
    let mut stages = trace.stages();
    let record = written.filter(|_| trace.record_bytes > 0).map(|at| (at, trace.record_bytes));
    stages.fsync = match record {
        Some((at, _)) if turn.node.log.has_file() => {
            let begun = Ticks::now();
            let released = turn.commit_log();
            (released >= at).then(|| Ticks::now().since(begun))
        }
        _ => Some(0),
    };
    let output = output.pieces().collect::<Vec<_>>().concat();
    Ok(Outcome { output, stages, keys: trace.keys, record })
}

fn write(reply: &mut Reply<'_>, request: Request<'_>, arrival: &Arrival, outcome: &Outcome) {
    reply.map(10);
    write_text(reply, "command", arrival.spec.full_name().to_ascii_lowercase().as_bytes());
    let shown = &arrival.bytes[..arrival.bytes.len().min(SHOWN_MAX)];
    write_text(reply, "received", shown);
    reply.bulk(b"received-bytes");
    reply.int(arrival.bytes.len() as i64);
    write_texts(reply, "tokens", &shortened(request));
    write_text(reply, "class", class_name(arrival.spec, request).as_bytes());
    reply.bulk(b"keys");
    reply.array(outcome.keys.len());
    outcome.keys.iter().for_each(|key| write_key(reply, key));
    write_record(reply, outcome.record);
    reply.bulk(b"reply-bytes");
    reply.int(outcome.output.len() as i64);
    reply.bulk(b"reply");
    write_replies(reply, &outcome.output);
    let first = [("parse", arrival.parse), ("find", arrival.find), ("hash", arrival.hash)];
    write_stages(reply, &outcome.stages, &first);
}

fn write_key(reply: &mut Reply<'_>, key: &Seen) {
    reply.map(7);
    write_text(reply, "name", &key.name);
    write_text(reply, "hash", format!("{:016x}", key.hash).as_bytes());
    reply.bulk(b"stripe");
    reply.int(key.stripe as i64);
    let (segment, bucket) = key.home.unzip();
    write_number(reply, "segment", segment.map(|number| number as u64));
    write_number(reply, "bucket", bucket.map(|number| number as u64));
    for (name, look) in [("before", key.before), ("after", key.after)] {
        reply.bulk(name.as_bytes());
        let Some(Look { encoding, bytes }) = look else {
            reply.nil();
            continue;
        };
        reply.map(2);
        write_text(reply, "encoding", encoding.as_bytes());
        reply.bulk(b"bytes");
        reply.int(bytes as i64);
    }
}

/// The reply as a value; several, such as several messages, as an array; nil if it was not
/// answered.
fn write_replies(reply: &mut Reply<'_>, output: &[u8]) {
    let is_binary = reply.version().is_binary();
    let mut values: Vec<Value> = Vec::new();
    let mut rest = output;
    while let Ok(Some((value, len))) =
        if is_binary { binary::decode::decode(rest) } else { decode(rest) }
    {
        values.push(value);
        rest = &rest[len..];
    }
    match values.as_slice() {
        [] => reply.nil(),
        [value] => reply.value(value),
        values => reply.value(&Value::Array(values.to_vec())),
    }
}

/// The bytes of a request in the client's form.
fn on_the_wire(request: Request<'_>, version: Version) -> Vec<u8> {
    let words: Vec<&[u8]> = request.iter().collect();
    let mut bytes = Vec::new();
    if version.is_binary() {
        binary::decode::write_request(&mut bytes, &words);
    } else {
        write_request(&mut bytes, &words);
    }
    bytes
}

/// Frames a request that is known to be one.
fn frame(bytes: &[u8], version: Version) {
    let (limits, mut spans) = (Limits::default(), Vec::with_capacity(64));
    let step = if version.is_binary() {
        binary::parse::next(bytes, 0, &limits, &mut spans)
    } else {
        Parser::default().next(bytes, 0, &limits, &mut spans)
    };
    debug_assert!(step.is_ok(), "{step:?}");
}

/// Whether a request can be carried out within another: it must not wait, nor change how the
/// connection is spoken on.
fn is_traceable(spec: &Spec) -> bool {
    let changes_connection = match spec.body {
        Body::Control(control) => matches!(
            control,
            Control::Trace
                | Control::Hello
                | Control::Quit
                | Control::Reset
                | Control::Multi
                | Control::Monitor
                | Control::ClientReply
                | Control::Psync
                | Control::Sync
                | Control::Replconf
                | Control::Subscribe
                | Control::Psubscribe
                | Control::Ssubscribe
                | Control::Unsubscribe
                | Control::Punsubscribe
                | Control::Sunsubscribe
        ),
        _ => false,
    };
    !changes_connection && spec.flags & BLOCKING == 0
}
