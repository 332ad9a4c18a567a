//! --stat: a line of figures a second.

use super::call_again;
use crate::docs::text;
use crate::screen::say;
use crate::session::{Said, Session};
use crate::text::{leading_integer, lossy};
use protocol::Value;
use std::time::Duration;

const HEAD: &str = "\
------- data ------ --------------------- load -------------------- - child -
keys       mem      clients blocked requests            connections          
";

/// Prints until ended.
pub(super) fn watch(session: &mut Session) -> Result<(), Said> {
    let interval = session.options.interval;
    let interval = if interval.is_zero() { Duration::from_secs(1) } else { interval };
    let (mut lines, mut requests_before) = (0u64, 0);
    loop {
        let reply = call_again(session, &[b"INFO"])?;
        if let Value::Error(text) = &reply {
            eprintln!("ERROR: {}", lossy(text));
            return Err(Said);
        }
        let info = lossy(&text(&reply));
        if lines.is_multiple_of(20) {
            say(HEAD);
        }
        lines += 1;
        let requests = field(&info, "total_commands_processed");
        let more = if requests_before == 0 { 0 } else { requests - requests_before };
        requests_before = requests;
        let child = match (
            field(&info, "rdb_bgsave_in_progress"),
            field(&info, "aof_rewrite_in_progress"),
            field(&info, "loading"),
        ) {
            (1, 0, 0) => "SAVE",
            (0, 1, 0) => "AOF",
            (1, 1, 0) => "SAVE+AOF",
            (0, 0, 1) => "LOAD",
            _ => "",
        };
        say(&format!(
            "{:<11}{:<8} {:<8}{:<8}{:<19} {:<12}{child}\n",
            keys(&info),
            human(field(&info, "used_memory")),
            field(&info, "connected_clients"),
            field(&info, "blocked_clients"),
            format!("{requests} (+{more})"),
            field(&info, "total_connections_received"),
        ));
        std::thread::sleep(interval);
    }
}

/// A number of INFO; 0 if it is not there.
fn field(info: &str, name: &str) -> i64 {
    let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    leading_integer(value.unwrap_or_default().as_bytes())
}

/// Keys of all databases: `db0:keys=3,expires=0,avg_ttl=0`.
fn keys(info: &str) -> i64 {
    let of_line = |line: &str| {
        let (db, counts) = line.split_once(":keys=")?;
        db.strip_prefix("db")?;
        Some(leading_integer(counts.as_bytes()))
    };
    info.lines().filter_map(of_line).sum()
}

/// A size in bytes for people, as redis-cli writes it.
fn human(bytes: i64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["K", "M", "G", "T"] {
        if size.abs() < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{bytes}B") } else { format!("{size:.2}{unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_their_whole_name() {
        let info = "# Persistence\r\nloading:0\r\nasync_loading:1\r\nused_memory_rss:9\r\n\
                    used_memory:1536\r\ndb0:keys=3,expires=0\r\ndb7:keys=4,expires=0\r\n";
        assert_eq!(field(info, "loading"), 0);
        assert_eq!(field(info, "used_memory"), 1536);
        assert_eq!(field(info, "none"), 0);
        assert_eq!(keys(info), 7);
        assert_eq!(human(1536), "1.50K");
        assert_eq!(human(1023), "1023B");
    }
}
