//! SLOWLOG: the last slow requests.

use base::number::parse_i64;
use commands::control::Slowlog;
use commands::errors::Error;

use super::{After, Answer, Call};

/// Entries that SLOWLOG GET gives if not told how many.
const COUNT_DEFAULT: usize = 10;

pub(super) fn slowlog(which: Slowlog, call: &mut Call<'_, '_>) -> Answer {
    match which {
        Slowlog::Get => get(call),
        Slowlog::Len => len(call),
        Slowlog::Reset => {
            call.turn.node.reports.slowlog.reset();
            call.ok()
        }
    }
}

fn get(call: &mut Call<'_, '_>) -> Answer {
    let count = match call.request.get(2) {
        None => COUNT_DEFAULT,
        Some(text) => match parse_i64(text) {
            Some(-1) => usize::MAX,
            Some(count @ 0..) => count as usize,
            _ => return Err(Error::new("ERR count should be greater than or equal to -1")),
        },
    };
    let entries = call.turn.node.reports.slowlog.newest(count);
    call.reply.array(entries.len());
    for entry in entries {
        call.reply.array(6);
        call.reply.int(entry.id as i64);
        call.reply.int(entry.unix_s);
        call.reply.int(entry.microseconds as i64);
        call.reply.array(entry.arguments.len());
        entry.arguments.iter().for_each(|argument| call.reply.bulk(argument));
        call.reply.bulk(entry.address.as_bytes());
        call.reply.bulk(entry.name.as_bytes());
    }
    Ok(After::Done)
}

fn len(call: &mut Call<'_, '_>) -> Answer {
    call.reply.int(call.turn.node.reports.slowlog.len() as i64);
    Ok(After::Done)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Bench, START_MS};

    #[test]
    fn slow_requests_are_remembered_newest_first() {
        let mut bench = Bench::with(|settings| settings.slowlog.slower_than_us = 0);
        bench.check(&[("SET k v", "+OK"), ("SLOWLOG LEN", ":1")]);
        let reply = bench.run("SLOWLOG GET 2");
        let mut lines: Vec<&str> = reply.trim_end().split("\r\n").collect();
        // How long each took.
        lines.remove(17);
        lines.remove(4);
        let at = format!(":{}", START_MS / 1000);
        let client = "$15 127.0.0.1:50000 $0 ";
        let newest = format!("*6 :1 {at} *2 $7 SLOWLOG $3 LEN {client}");
        let oldest = format!("*6 :0 {at} *3 $3 SET $1 k $1 v {client}");
        assert_eq!(lines.join(" ").trim_end(), format!("*2 {newest} {oldest}").trim_end());
        bench.check(&[("SLOWLOG GET 0", "*0"), ("SLOWLOG RESET", "+OK"), ("SLOWLOG LEN", ":1")]);
        assert!(bench.run("SLOWLOG GET -1").starts_with("*2\r\n*6\r\n:5\r\n"));
        let wrong = "-ERR count should be greater than or equal to -1";
        bench.check(&[("SLOWLOG GET -2", wrong), ("SLOWLOG GET x", wrong)]);
        assert!(bench.run("SLOWLOG HELP").starts_with("*9\r\n+SLOWLOG <subcommand> "));
    }
}
