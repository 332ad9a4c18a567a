//! Commands about the server and its databases as a whole: FLUSHALL, SWAPDB, TIME, SHUTDOWN ...
//!
//! What empties or exchanges databases does it alone, in time that does not depend on how much they
//! hold: tables change hands, and the reaper frees them.
//!
//! Not here: INFO (`info`), the log and snapshots themselves.

use base::number::{NumberBuffer, format_u64, parse_i64};
use commands::arguments::is_word;
use commands::errors::Error;
use config::settings::ShutdownOptions;
use keyspace::db::Overdue;

use super::{After, Answer, Call};

pub(super) fn flushall(call: &mut Call<'_, '_>) -> Answer {
    check_flush(call)?;
    flush(call, 0..call.turn.node.keyspace.databases())
}

pub(super) fn flushdb(call: &mut Call<'_, '_>) -> Answer {
    check_flush(call)?;
    let database = call.session.database;
    flush(call, database..database + 1)
}

/// SYNC and ASYNC come to the same here: nobody waits for the memory.
fn check_flush(call: &Call<'_, '_>) -> Result<(), Error> {
    match call.request.get(1) {
        None => Ok(()),
        Some(word)
            if call.request.len() > 2 || !is_word(word, "SYNC") && !is_word(word, "ASYNC") =>
        {
            Err(Error::Syntax)
        }
        Some(_) => Ok(()),
    }
}

fn flush(call: &mut Call<'_, '_>, databases: std::ops::Range<usize>) -> Answer {
    let (words, own): (Vec<&[u8]>, _) = (call.request.iter().collect(), call.session.database);
    let everything = databases.len() == call.turn.node.keyspace.databases();
    for database in databases {
        let present = call.turn.present_names(database, &[database], Overdue::Stays);
        call.turn.alone(|alone, node, state| {
            let contents = node.keyspace.detach(alone, database);
            let keys = contents.len() as u64;
            state.tally.totals.changes += keys;
            if !contents.is_empty() {
                node.reaper.free(keys, contents);
            }
        });
        call.turn.touch_names(database, &present);
    }
    let (node, state) = (call.turn.node, &mut *call.turn.state);
    node.tracking.flushed(node, state);
    // Also when nothing was there: a replica may hold what we do not.
    call.turn.split().0.log(own, &words);
    if everything {
        call.turn.settle_tally();
        call.turn.node.save_after_flush();
    }
    call.ok()
}

pub(super) fn swapdb(call: &mut Call<'_, '_>) -> Answer {
    let index = |at: usize, invalid: &'static str| {
        let number = parse_i64(call.arg(at)).and_then(|n| i32::try_from(n).ok());
        number.ok_or(Error::new(invalid))
    };
    let one = index(1, "ERR invalid first DB index")?;
    let other = index(2, "ERR invalid second DB index")?;
    let databases = call.turn.node.keyspace.databases();
    let database = |number: i32| usize::try_from(number).ok().filter(|n| *n < databases);
    let (Some(one), Some(other)) = (database(one), database(other)) else {
        return Err(Error::DatabaseOutOfRange);
    };
    let (words, own): (Vec<&[u8]>, _) = (call.request.iter().collect(), call.session.database);
    let interested = [one, other];
    let before = interested.map(|at| call.turn.present_names(at, &interested, Overdue::Stays));
    call.turn.alone(|alone, node, state| {
        node.keyspace.swap(alone, one, other);
        state.tally.totals.changes += 1;
    });
    call.turn.split().0.log(own, &words);
    for (database, before) in interested.into_iter().zip(before) {
        call.turn.touch_names(database, &before);
        let after = call.turn.present_names(database, &[database], Overdue::Goes);
        call.turn.touch_names(database, &after);
    }
    call.ok()
}

pub(super) fn time(call: &mut Call<'_, '_>) -> Answer {
    let turn = &call.turn;
    let stands_still =
        turn.inside.is_holding() && turn.state.knobs.limits.follows.stops_time_in_scripts();
    let now_us = if stands_still { turn.moment_us } else { turn.node.outside.clock.unix_us() };
    let (mut seconds, mut rest) = (NumberBuffer::new(), NumberBuffer::new());
    call.reply.array(2);
    call.reply.bulk(format_u64(now_us / 1_000_000, &mut seconds));
    call.reply.bulk(format_u64(now_us % 1_000_000, &mut rest));
    Ok(After::Done)
}

/// What SHUTDOWN was asked for.
#[derive(Default)]
struct Ending {
    save: bool,
    nosave: bool,
    now: bool,
    force: bool,
    abort: bool,
}

impl Ending {
    fn parse(call: &Call<'_, '_>) -> Result<Self, Error> {
        let mut ending = Self::default();
        for word in call.request.iter().skip(1) {
            let asked = if is_word(word, "SAVE") {
                &mut ending.save
            } else if is_word(word, "NOSAVE") {
                &mut ending.nosave
            } else if is_word(word, "NOW") {
                &mut ending.now
            } else if is_word(word, "FORCE") {
                &mut ending.force
            } else if is_word(word, "ABORT") {
                &mut ending.abort
            } else {
                return Err(Error::Syntax);
            };
            *asked = true;
        }
        let alone = !(ending.save || ending.nosave || ending.now || ending.force);
        if ending.save && ending.nosave || ending.abort && !alone {
            return Err(Error::Syntax);
        }
        Ok(ending)
    }
}

/// Ends the server. There is no answer: the connection closes with the process.
pub(super) fn shutdown(call: &mut Call<'_, '_>) -> Answer {
    let ending = Ending::parse(call)?;
    if ending.abort {
        // The command ends the server at once; only a signal waits to be obeyed.
        if !call.turn.node.forget_signal() {
            return Err(Error::new("ERR No shutdown in progress."));
        }
        call.turn.node.journal().notice(format_args!("Shutdown manually aborted."));
        return call.ok();
    }
    super::scripting::refuse_shutdown(call, !ending.nosave)?;
    let Ending { save, nosave, now, force, .. } = ending;
    if !call.turn.end_server(ShutdownOptions { save, nosave, now, force }) {
        return Err(Error::new("ERR Errors trying to SHUTDOWN. Check logs."));
    }
    Ok(After::Close)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use crate::testing::{Bench, START_MS};
    use crate::worker::Next;

    #[test]
    fn flushing_empties_one_database_or_all() {
        let mut bench = Bench::default();
        bench.check(&[
            ("SET a 1 EX 100", "+OK"),
            ("SELECT 1", "+OK"),
            ("SET b 2", "+OK"),
            ("FLUSHDB SOON", "-ERR syntax error"),
            ("FLUSHDB SYNC ASYNC", "-ERR syntax error"),
            ("FLUSHDB async", "+OK"),
            ("DBSIZE", ":0"),
            ("SELECT 0", "+OK"),
            ("GET a", "$1 1"),
            ("FLUSHALL", "+OK"),
            ("GET a", "$-1"),
            ("SET a 3", "+OK"),
            ("FLUSHALL SYNC", "+OK"),
            ("FLUSHALL", "+OK"),
            ("DBSIZE", ":0"),
        ]);
        assert_eq!(bench.node.keyspace.timed_len(0), 0);
        assert_eq!(bench.node.reports.stats.totals().changes, 3 + 3);
    }

    #[test]
    fn swapped_databases_change_places_with_their_expiries() {
        let mut bench = Bench::default();
        bench.check(&[
            ("SET a 1 EX 100", "+OK"),
            ("SWAPDB 0 x", "-ERR invalid second DB index"),
            ("SWAPDB 99999999999 0", "-ERR invalid first DB index"),
            ("SWAPDB 0 16", "-ERR DB index is out of range"),
            ("SWAPDB -1 0", "-ERR DB index is out of range"),
            ("SWAPDB 0 3", "+OK"),
            ("GET a", "$-1"),
            ("SELECT 3", "+OK"),
            ("TTL a", ":100"),
            ("SWAPDB 3 3", "+OK"),
            ("GET a", "$1 1"),
        ]);
        assert_eq!([0, 3].map(|db| bench.node.keyspace.timed_len(db)), [0, 1]);
    }

    #[test]
    fn time_and_place() {
        let mut bench = Bench::default();
        let (seconds, now) = (START_MS / 1000, START_MS / 1000 + 61);
        bench.advance_ms(61_007);
        bench.check(&[
            ("TIME", &format!("*2 $10 {now} $4 7000")),
            ("LASTSAVE", &format!(":{seconds}")),
            ("ROLE", "*3 $6 master :0 *0"),
            ("WAIT 0 0", ":0"),
            ("WAIT 1 x", "-ERR timeout is not an integer or out of range"),
            ("WAIT 1 -1", "-ERR timeout is negative"),
            ("WAIT x 1", "-ERR value is not an integer or out of range"),
        ]);
    }

    #[test]
    fn shutdown_says_nothing_and_ends_the_server() {
        let mut bench = Bench::default();
        bench.check(&[
            ("SHUTDOWN LATER", "-ERR syntax error"),
            ("SHUTDOWN SAVE NOSAVE", "-ERR syntax error"),
            ("SHUTDOWN NOW ABORT", "-ERR syntax error"),
            ("SHUTDOWN ABORT", "-ERR No shutdown in progress."),
        ]);
        assert!(!bench.host.stopped.load(Relaxed));
        let (reply, next) = bench.send(0, &[b"shutdown", b"nosave", b"now"]);
        assert_eq!((reply.as_slice(), next), (b"".as_slice(), Next::Close));
        assert!(bench.host.stopped.load(Relaxed));
        assert!(!bench.dump_exists());
        let mut bench = Bench::default();
        bench.send(0, &[b"shutdown"]);
        assert!(bench.dump_exists(), "there are save points");
    }
}
