//! --rdb and --functions-rdb: what a replica would be sent, as a file.

use std::fs::File;
use std::io::{Write, stdout};

use super::byte_bar;
use crate::session::{Answer, DumpLength, Said, Session};
use crate::text::system_text;

/// Fetches a dump into the file that the options name.
pub(super) fn fetch(session: &mut Session) -> Result<(), Said> {
    session.replconf(b"capa", b"eof", Answer::Wanted)?;
    session.replconf(b"rdb-only", b"1", Answer::Wanted)?;
    if session.options.functions_only
        && !session.replconf(b"rdb-filter-only", b"functions", Answer::Wanted)?
    {
        eprintln!("Failed requesting functions only RDB from server, aborting");
        return Err(Said);
    }
    let Some(path) = session.options.file.clone() else { return Err(Said) };
    let length = session.begin_sync()?;
    let name = path.display();
    let total = match &length {
        DumpLength::Known(total) => {
            eprintln!("SYNC sent to master, writing {total} bytes to '{name}'");
            Some(*total)
        }
        DumpLength::Marked(_) => {
            eprintln!(
                "SYNC sent to master, writing bytes of bulk transfer until EOF marker to '{name}'"
            );
            None
        }
    };
    let mut file = if path.as_os_str() == "-" {
        None
    } else {
        Some(File::create(&path).map_err(|error| {
            eprintln!("Error opening '{name}': {}", system_text(&error));
            Said
        })?)
    };
    let bar = byte_bar(total);
    let received = session.receive_dump(&length, &mut |bytes| {
        bar.inc(bytes.len() as u64);
        match &mut file {
            Some(file) => file.write_all(bytes),
            None => stdout().write_all(bytes),
        }
    });
    bar.finish_and_clear();
    let received = received?;
    match total {
        Some(_) => eprintln!("Transfer finished with success."),
        None => eprintln!("Transfer finished with success after {received} bytes"),
    }
    // The server need not wait for our disk.
    session.leave();
    let synced = match &file {
        Some(file) => file.sync_all(),
        None => stdout().flush(),
    };
    synced.map_err(|error| {
        eprintln!("Fail to fsync '{name}': {}", system_text(&error));
        Said
    })
}
