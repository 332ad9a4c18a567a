//! The append-only directory: any bytes as manifest, base, increment or old file load or are
//! refused.
//!
//! Must be true: what loads once loads again as the same, with nothing left to cut.
//! Input: the first byte says what the others are.
#![no_main]

use std::path::{Path, PathBuf};

use log::aof::files::simulated::Disk;
use log::{DumpFault, DumpInput, Layout, LoadOptions, Visitor, load};
use protocol::Request;
use rdb::{ChecksumCheck, Event, Part, Pieces};

const MANIFEST: &[u8] = b"file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n";
const RECORD: &[u8] = b"*1\r\n$4\r\nPING\r\n";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    let disk = Disk::new();
    let put = |name: &str, bytes: &[u8]| disk.put(&Path::new("/data").join(name), bytes);
    let (manifest, base, increment) = match kind % 4 {
        0 => (MANIFEST, RECORD, bytes),
        1 => (MANIFEST, bytes, RECORD),
        2 => (bytes, RECORD, RECORD),
        _ => {
            put("a", bytes);
            check(&disk);
            return;
        }
    };
    put("log/a.manifest", manifest);
    put("log/a.1.base.rdb", base);
    put("log/a.1.incr.aof", increment);
    check(&disk);
});

/// Everything that was visited, in order.
#[derive(Default, Debug, PartialEq)]
struct Visited {
    events: Vec<(u64, Event)>,
    requests: Vec<(u32, Vec<Vec<u8>>)>,
}

impl Visitor for Visited {
    fn on_dump(&mut self, dump: &mut Pieces<DumpInput<'_>>) -> Result<u64, DumpFault> {
        while let Some(part) = dump.next_part(Vec::new())? {
            match part {
                Part::Piece(piece) => {
                    let (mut events, database) = (Vec::new(), piece.database);
                    rdb::fuzz::events_of(piece, &mut events)?;
                    self.events.extend(events.into_iter().map(|event| (database, event)));
                }
                Part::Entry { database, entry, .. } => {
                    self.events.push((database, Event::Entry(entry)));
                }
                _ => {}
            }
        }
        Ok(self.events.len() as u64)
    }

    fn on_request(&mut self, database: u32, request: Request<'_>) -> Result<(), String> {
        self.requests.push((database, request.iter().map(<[u8]>::to_vec).collect()));
        Ok(())
    }
}

fn check(disk: &Disk) {
    let layout = Layout {
        data_dir: PathBuf::from("/data"),
        dir_name: "log".to_owned(),
        file_name: "a".to_owned(),
    };
    let mut options = LoadOptions::default();
    options.dump.checksum = ChecksumCheck::Off;
    let (mut first, mut second) = (Visited::default(), Visited::default());
    let Ok(report) = load(disk, &layout, &options, &mut first) else { return };
    let again = load(disk, &layout, &options, &mut second).expect("loads again");
    assert_eq!(first, second);
    assert_eq!((again.cut_bytes, again.bytes), (0, report.bytes));
}
