//! The framing that the log itself adds to records: SELECT, MULTI and EXEC.
//!
//! ```text
//! *2\r\n$6\r\nSELECT\r\n$1\r\n9\r\n      the records that follow belong to database 9
//! *1\r\n$5\r\nMULTI\r\n                  what follows, up to EXEC, happened at once
//! ```
//!
//! A record is one whole RESP multibulk request, finished by the caller. It names no database; the
//! log says SELECT where that changes, as Redis does in its append-only file and to its replicas.
//!
//! Not here: which records a command leaves behind.

/// Opens a group.
pub(crate) const MULTI: &[u8] = b"*1\r\n$5\r\nMULTI\r\n";

/// Closes a group.
pub(crate) const EXEC: &[u8] = b"*1\r\n$4\r\nEXEC\r\n";

/// Appends the record that names a database.
pub(crate) fn select(bytes: &mut Vec<u8>, database: u32) {
    let mut number = base::number::NumberBuffer::new();
    let digits = base::number::format_u64(u64::from(database), &mut number);
    bytes.extend_from_slice(b"*2\r\n$6\r\nSELECT\r\n$");
    let mut count = base::number::NumberBuffer::new();
    bytes.extend_from_slice(base::number::format_u64(digits.len() as u64, &mut count));
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(digits);
    bytes.extend_from_slice(b"\r\n");
}

/// Records that happened at once: what a transaction or a script wrote.
///
/// Kept by a session and used again, so that collecting costs a copy and no allocation.
#[derive(Debug, Default)]
pub struct Group {
    /// The records, with SELECT wherever the database changes after the first.
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: usize,
    pub(crate) first_database: u32,
    pub(crate) last_database: u32,
}

impl Group {
    /// A group of no records.
    pub fn new() -> Group {
        Group::default()
    }

    /// Adds a finished record that belongs to `database`.
    pub fn push(&mut self, database: u32, record: &[u8]) {
        if self.count == 0 {
            self.first_database = database;
        } else if database != self.last_database {
            select(&mut self.bytes, database);
        }
        self.last_database = database;
        self.count += 1;
        self.bytes.extend_from_slice(record);
    }

    /// Records pushed so far.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets the records and keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_a_request() {
        for (database, expected) in [
            (0, "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"),
            (15, "*2\r\n$6\r\nSELECT\r\n$2\r\n15\r\n"),
            (u32::MAX, "*2\r\n$6\r\nSELECT\r\n$10\r\n4294967295\r\n"),
        ] {
            let mut bytes = Vec::new();
            select(&mut bytes, database);
            assert_eq!(bytes, expected.as_bytes());
        }
    }

    #[test]
    fn a_group_names_the_database_only_where_it_changes() {
        let mut group = Group::new();
        assert!(group.is_empty());
        for (database, record) in [(3, "a"), (3, "b"), (1, "c")] {
            group.push(database, record.as_bytes());
        }
        let mut expected = b"ab".to_vec();
        select(&mut expected, 1);
        expected.push(b'c');
        assert_eq!((group.bytes.as_slice(), group.len()), (expected.as_slice(), 3));
        group.clear();
        group.push(7, b"d");
        assert_eq!((group.bytes.as_slice(), group.first_database), (&b"d"[..], 7));
    }
}
