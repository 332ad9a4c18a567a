//! What a command that went well has changed about the session: SELECT, AUTH, HELLO, MULTI, EXEC,
//! DISCARD, RESET. What a new connection must be told as well is kept.

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
                if went_well {
                    self.keep_password(&words[1..]);
                }
                let _ = self.select();
            }
            (b"hello", 2..) if went_well => self.keep_protocol(words),
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

    /// `password` or `user password`.
    fn keep_password(&mut self, words: &[&[u8]]) {
        let (password, user) = (words[words.len() - 1], &words[..words.len() - 1]);
        self.typed_password = Some((user.first().map(|user| user.to_vec()), password.to_vec()));
    }

    /// `HELLO version [AUTH user password] ...`
    fn keep_protocol(&mut self, words: &[&[u8]]) {
        self.options.resp3 = words[1] == b"3";
        self.options.resp2 = !self.options.resp3;
        let auth = words.iter().position(|word| word.eq_ignore_ascii_case(b"auth"));
        if let Some(given) = auth.and_then(|at| words.get(at + 1..at + 3)) {
            self.keep_password(given);
        }
    }

    fn set_db(&mut self, db: i64) {
        self.db = db;
        self.options.db = db;
    }
}
