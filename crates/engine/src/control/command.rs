//! COMMAND and its subcommands: the table shows itself. What it shows is in `commands::docs`.

use commands::docs;
use commands::errors::Error;
use protocol::{Reply, Request};

use super::{After, Answer, Call};

pub(super) fn all(call: &mut Call<'_, '_>) -> Answer {
    docs::all(&mut call.reply, call.turn.state.knobs.limits.follows);
    Ok(After::Done)
}

pub(super) fn count(call: &mut Call<'_, '_>) -> Answer {
    docs::count(&mut call.reply);
    Ok(After::Done)
}

pub(super) fn docs(call: &mut Call<'_, '_>) -> Answer {
    docs::docs(&mut call.reply, call.request);
    Ok(After::Done)
}

pub(super) fn info(call: &mut Call<'_, '_>) -> Answer {
    docs::info(&mut call.reply, call.request, call.turn.state.knobs.limits.follows);
    Ok(After::Done)
}

pub(super) fn list(call: &mut Call<'_, '_>) -> Answer {
    answered(call, docs::list)
}

pub(super) fn getkeys(call: &mut Call<'_, '_>) -> Answer {
    answered(call, docs::getkeys)
}

pub(super) fn getkeysandflags(call: &mut Call<'_, '_>) -> Answer {
    answered(call, docs::getkeysandflags)
}

/// Lets `body` answer. If that is an error it is returned instead, so that it is counted.
fn answered(call: &mut Call<'_, '_>, body: fn(&mut Reply<'_>, Request<'_>)) -> Answer {
    let mark = call.reply.output().mark();
    body(&mut call.reply, call.request);
    match call.reply.error_since(mark) {
        Some(text) => Err(Error::text(String::from_utf8_lossy(text).into_owned())),
        None => Ok(After::Done),
    }
}

/// HELP of whatever container the row belongs to.
pub(super) fn help(call: &mut Call<'_, '_>) -> Answer {
    docs::help(&mut call.reply, call.spec);
    Ok(After::Done)
}

#[cfg(test)]
mod tests {
    use commands::table;

    use crate::testing::Bench;

    #[test]
    fn the_table_shows_itself() {
        let count = table::commands().count();
        let mut bench = Bench::default();
        bench.check(&[
            ("COMMAND COUNT", &format!(":{count}")),
            ("COMMAND GETKEYS GET k", "*1 $1 k"),
            ("COMMAND GETKEYS SET a b", "*1 $1 a"),
            ("COMMAND GETKEYS PING x", "-ERR The command has no key arguments"),
            ("COMMAND GETKEYS nosuch x", "-ERR Invalid command specified"),
            ("COMMAND GETKEYSANDFLAGS GET k", "*1 *2 $1 k *2 +RO +access"),
            ("COMMAND LIST FILTERBY PATTERN auth", "*1 $4 auth"),
            ("COMMAND LIST FILTERBY", "-ERR syntax error"),
            ("COMMAND DOCS nosuch", "*0"),
            ("COMMAND INFO nosuch", "*1 $-1"),
        ]);
        assert_eq!(bench.node.reports.stats.errors(), [("ERR".to_owned(), 3)]);
        bench.check(&[("COMMAND FROB", "-ERR unknown subcommand 'FROB'. Try COMMAND HELP.")]);
        assert!(bench.run("COMMAND").starts_with(&format!("*{count}\r\n*10\r\n")));
        assert!(bench.run("COMMAND INFO get").starts_with("*1\r\n*10\r\n$3\r\nget\r\n:2\r\n"));
        let docs = bench.run("COMMAND DOCS get");
        assert!(docs.starts_with("*2\r\n$3\r\nget\r\n*"), "{docs}");
    }

    #[test]
    fn every_container_has_help() {
        let mut bench = Bench::default();
        for name in ["COMMAND", "CLIENT", "CONFIG"] {
            let help = bench.run(&format!("{name} HELP"));
            let first = format!("+{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
            assert!(help.lines().nth(1) == Some(&first), "{help}");
        }
    }
}
