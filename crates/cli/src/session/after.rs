//! What a command that went well has changed about the session: SELECT, AUTH, MULTI, EXEC,
//! DISCARD, RESET.

use crate::session::{Last, Said, Session};
use crate::text::leading_integer;

impl Session {
    /// Called after the reply to `words` was shown.
    pub(super) fn note_effect(&mut self, words: &[&[u8]]) -> Result<(), Said> {
        let went_well = self.last != Last::Error;
        let name = words[0].to_ascii_lowercase();
        match (name.as_slice(), words.len()) {
            (b"select", 2) if went_well => self.set_db(leading_integer(words[1])),
            // Before the password was right the database could not be chosen.
            (b"auth", 2 | 3) => {
                let _ = self.select();
            }
            (b"multi", 1) if went_well => {
                self.in_multi = true;
                self.db_before_multi = self.db;
            }
            (b"exec", 1) if self.in_multi => {
                self.in_multi = false;
                if self.last != Last::Other {
                    self.set_db(self.db_before_multi);
                }
            }
            (b"discard", 1) if went_well => {
                self.in_multi = false;
                self.set_db(self.db_before_multi);
            }
            (b"reset", 1) if went_well => {
                self.in_multi = false;
                self.set_db(0);
                self.options.resp3 = false;
                self.options.resp3_wished = false;
            }
            _ => {}
        }
        Ok(())
    }

    fn set_db(&mut self, db: i64) {
        self.db = db;
        self.options.db = db;
    }
}
