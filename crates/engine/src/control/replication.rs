//! Commands between masters and replicas: SYNC, PSYNC, REPLCONF; and about them: ROLE, WAIT,
//! WAITAOF.
//!
//! Not here: what feeds a replica (`replication`). Following another master is not there yet.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use base::number::parse_i64;
use commands::arguments::{bounded, integer, is_word};
use commands::control::Control;
use commands::errors::Error;

use super::{After, Answer, Call};
use crate::replication::waits::{Disks, NO_LOG, Wait};
use crate::snapshot::Parts;

pub(super) fn sync(call: &mut Call<'_, '_>) -> Answer {
    begin(call, None)
}

pub(super) fn psync(call: &mut Call<'_, '_>) -> Answer {
    let id = call.arg(1).to_vec();
    // Behind the last byte that the replica has; unreadable for one that has none.
    let next = parse_i64(call.arg(2)).and_then(|next| u64::try_from(next - 1).ok());
    begin(call, Some((id, next)))
}

fn begin(call: &mut Call<'_, '_>, place: Option<(Vec<u8>, Option<u64>)>) -> Answer {
    let node = call.turn.node;
    if call.session.version.is_binary() {
        return Err(Error::new("ERR a replica is fed in RESP: connect to a port that speaks it"));
    }
    let following = call.session.following.as_deref();
    if following.is_some_and(|it| it.replica.is_some()) {
        // It is fed already.
        return Ok(After::Done);
    }
    let pending = call.reply.output().len() as u64;
    if pending + call.session.client.output_bytes.load(Relaxed) > 0 {
        return Err(Error::new("ERR SYNC and PSYNC are invalid with pending output"));
    }
    let acknowledges = place.is_some();
    if let Some((id, next)) = place
        && id != b"?"
    {
        let resumed = next.is_some_and(|next| node.resume_replica(call.session, &id, next));
        if resumed {
            let following = call.session.following.as_deref();
            if following.is_some_and(|it| it.introduction.psync2) {
                let id = node.reports.birth.replication_id.lock().clone();
                call.reply.status(&format!("CONTINUE {id}"));
            } else {
                call.reply.status("CONTINUE");
            }
            return Ok(After::Done);
        }
    }
    node.enter_replica(call.session, acknowledges);
    Ok(After::Done)
}

/// REPLCONF [option value ...]
pub(super) fn replconf(call: &mut Call<'_, '_>) -> Answer {
    let options: Vec<&[u8]> = call.request.from(1).iter().collect();
    let (pairs, rest) = options.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Error::Syntax);
    }
    for [option, value] in pairs {
        let introduction = &mut call.session.following.get_or_insert_default().introduction;
        if is_word(option, "LISTENING-PORT") {
            let port = parse_i64(value).ok_or(Error::NotInteger)?;
            introduction.port = port as u16;
        } else if is_word(option, "IP-ADDRESS") {
            introduction.ip = Some(String::from_utf8_lossy(value).into_owned());
        } else if is_word(option, "CAPA") {
            introduction.psync2 |= is_word(value, "PSYNC2");
        } else if is_word(option, "RDB-ONLY") {
            introduction.dump_only = parse_i64(value).ok_or(Error::NotInteger)? == 1;
        } else if is_word(option, "RDB-FILTER-ONLY") {
            introduction.parts = parts_named(value)?;
        } else if is_word(option, "ACK") {
            let synced = options.get(2..4).filter(|words| is_word(words[0], "FACK"));
            return acknowledge(call, value, synced.map(|words| words[1]));
        } else if is_word(option, "GETACK") {
            // For replicas; a master has nothing to confirm.
            return Ok(After::Done);
        } else if !is_word(option, "VERSION") {
            let shown = String::from_utf8_lossy(option);
            return Err(Error::text(format!("ERR Unrecognized REPLCONF option: {shown}")));
        }
    }
    call.ok()
}

/// What a dump shall tell of, of what REPLCONF RDB-FILTER-ONLY names.
fn parts_named(names: &[u8]) -> Result<Parts, Error> {
    let Some(names) = base::words::split(names) else {
        return Err(Error::new("ERR Missing rdb-filter-only values"));
    };
    let mut parts = Parts { keys: false, functions: false };
    for name in names {
        if !is_word(&name, "FUNCTIONS") {
            let shown = String::from_utf8_lossy(&name);
            return Err(Error::text(format!("ERR Unsupported rdb-filter-only option: {shown}")));
        }
        parts.functions = true;
    }
    Ok(parts)
}

/// There is no answer: the stream of a replica's own words must not mix with its feed.
fn acknowledge(call: &mut Call<'_, '_>, value: &[u8], synced: Option<&[u8]>) -> Answer {
    let following = call.session.following.as_deref();
    if let Some(replica) = following.and_then(|it| it.replica.as_ref()) {
        let offset = parse_i64(value).ok_or(Error::NotInteger)?.max(0) as u64;
        replica.acked.fetch_max(offset, Relaxed);
        if let Some(offset) = synced.and_then(parse_i64) {
            replica.synced.fetch_max(offset.max(0) as u64, Relaxed);
        }
        replica.acked_at_ms.store(call.turn.now_ms(), Relaxed);
        call.turn.node.replication.wake();
    }
    Ok(After::Done)
}

pub(super) fn replicaof(call: &mut Call<'_, '_>) -> Answer {
    if is_word(call.arg(1), "NO") && is_word(call.arg(2), "ONE") {
        return call.ok();
    }
    let port = parse_i64(call.arg(2));
    if port.is_none_or(|port| !(0..=65_535).contains(&port)) {
        return Err(Error::new("ERR Invalid master port"));
    }
    Err(Error::new("ERR this server cannot follow another one yet"))
}

pub(super) fn role(call: &mut Call<'_, '_>) -> Answer {
    let node = call.turn.node;
    let now_ms = call.turn.now_ms();
    let online = node.replication.online();
    call.reply.array(3);
    call.reply.bulk(b"master");
    call.reply.int(node.log.feed_end() as i64);
    call.reply.array(online.len());
    for replica in online {
        let shown = replica.shown(now_ms);
        call.reply.array(3);
        call.reply.bulk(shown.ip.as_bytes());
        call.reply.bulk(shown.port.to_string().as_bytes());
        call.reply.bulk(shown.offset.to_string().as_bytes());
    }
    Ok(After::Done)
}

pub(super) fn wait(call: &mut Call<'_, '_>, control: Control) -> Answer {
    if control == Control::WaitAof {
        return wait_aof(call);
    }
    let replicas = parse_i64(call.arg(1)).ok_or(Error::NotInteger)?;
    let until_ms = end_of_wait(call, 2)?;
    wait_for(call, replicas, None, until_ms)
}

/// WAITAOF numlocal numreplicas timeout
fn wait_aof(call: &mut Call<'_, '_>) -> Answer {
    let local = bounded(call.arg(1), 0..=1)? == 1;
    let replicas = integer(call.arg(2))?;
    if replicas < 0 {
        return Err(Error::new("ERR value is out of range, must be positive"));
    }
    let until_ms = end_of_wait(call, 3)?;
    if local && !call.turn.node.log.has_file() {
        return Err(Error::new(NO_LOG));
    }
    wait_for(call, replicas, Some(local), until_ms)
}

/// When a wait that begins now ends, in unix ms.
fn end_of_wait(call: &Call<'_, '_>, at: usize) -> Result<Option<i64>, Error> {
    let timeout_ms = parse_i64(call.arg(at))
        .ok_or(Error::new("ERR timeout is not an integer or out of range"))?;
    if timeout_ms < 0 {
        return Err(Error::new("ERR timeout is negative"));
    }
    Ok((timeout_ms > 0).then(|| call.turn.now_ms().saturating_add(timeout_ms)))
}

fn wait_for(
    call: &mut Call<'_, '_>,
    replicas: i64,
    local: Option<bool>,
    until_ms: Option<i64>,
) -> Answer {
    let node = call.turn.node;
    if let Some(logged_to) = call.turn.release_at {
        // A write of the same batch.
        call.session.fed_to = node.log.feed_end();
        call.session.logged_to = logged_to;
    }
    let offset = call.session.fed_to;
    let disks = local.map(|local| Disks { local, logged_to: call.session.logged_to });
    let replicas = replicas.max(0) as usize;
    let reached = node.reached(offset, replicas, disks);
    if reached.is_enough() || call.turn.inside.is_holding() {
        reached.tell(&mut call.reply);
        return Ok(After::Done);
    }
    node.wait_for_replicas(Wait {
        client: Arc::clone(&call.session.client),
        version: call.session.version,
        offset,
        replicas,
        disks,
        until_ms,
    });
    Ok(After::Parked)
}
