//! Commands between masters and replicas: SYNC, PSYNC, REPLCONF; and about them: ROLE, WAIT.
//!
//! Not here: what feeds a replica (`replication`). Following another master is not there yet.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use base::number::parse_i64;
use commands::arguments::is_word;
use commands::errors::Error;

use super::{After, Answer, Call};
use crate::replication::waits::Wait;

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
        } else if is_word(option, "ACK") {
            return acknowledge(call, value);
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

/// There is no answer: the stream of a replica's own words must not mix with its feed.
fn acknowledge(call: &mut Call<'_, '_>, value: &[u8]) -> Answer {
    let following = call.session.following.as_deref();
    if let Some(replica) = following.and_then(|it| it.replica.as_ref()) {
        let offset = parse_i64(value).ok_or(Error::NotInteger)?.max(0) as u64;
        replica.acked.fetch_max(offset, Relaxed);
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

pub(super) fn wait(call: &mut Call<'_, '_>) -> Answer {
    let replicas = parse_i64(call.arg(1)).ok_or(Error::NotInteger)?;
    let timeout_ms = parse_i64(call.arg(2))
        .ok_or(Error::new("ERR timeout is not an integer or out of range"))?;
    if timeout_ms < 0 {
        return Err(Error::new("ERR timeout is negative"));
    }
    let node = call.turn.node;
    if call.turn.release_at.is_some() {
        // A write of the same batch.
        call.session.fed_to = node.log.feed_end();
    }
    let offset = call.session.fed_to;
    let count = node.replication.acked_count(offset);
    if count as i64 >= replicas || call.turn.inside.is_holding() {
        call.reply.int(count as i64);
        return Ok(After::Done);
    }
    let until_ms = (timeout_ms > 0).then(|| call.turn.now_ms().saturating_add(timeout_ms));
    node.wait_for_replicas(Wait {
        client: Arc::clone(&call.session.client),
        version: call.session.version,
        offset,
        replicas: replicas as usize,
        until_ms,
    });
    Ok(After::Parked)
}
