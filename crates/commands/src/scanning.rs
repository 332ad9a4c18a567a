//! What the scans of collections (HSCAN, SSCAN, ZSCAN) have in common: options and reply.

use base::glob;
use protocol::{Reply, Request};
use structures::packed::{elements, push};

use crate::arguments::{integer, is_word};
use crate::context::Result;
use crate::errors::Error;

/// What one call of a scan is asked for.
pub(crate) struct Options<'a> {
    pattern: Option<&'a [u8]>,
    /// About how many elements to visit.
    pub(crate) count: usize,
    /// Whether the word was there that leaves values or scores out.
    pub(crate) names_only: bool,
}

impl<'a> Options<'a> {
    /// The options in `words`. `names_word` is the one that leaves values out, if there is any.
    ///
    /// # Errors
    /// A word or number that is none of them.
    pub(crate) fn parse(words: Request<'a>, names_word: Option<&str>) -> Result<Self> {
        let mut options = Self { pattern: None, count: 10, names_only: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if names_word.is_some_and(|name| is_word(word, name)) {
                options.names_only = true;
                continue;
            }
            let argument = words.next().ok_or(Error::Syntax)?;
            if is_word(word, "MATCH") {
                options.pattern = Some(argument).filter(|pattern| *pattern != b"*");
            } else if is_word(word, "COUNT") {
                let count = integer(argument)?;
                options.count = usize::try_from(count).map_err(|_| Error::Syntax)?;
                if count < 1 {
                    return Err(Error::Syntax);
                }
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }

    /// Whether an element's name is asked for.
    pub(crate) fn wants(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, name))
    }
}

/// What a call has found. The cursor to go on from is known only afterwards and answered first.
#[derive(Default)]
pub(crate) struct Found {
    packed: Vec<u8>,
    count: usize,
}

impl Found {
    /// Adds a string.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        push(&mut self.packed, bytes);
        self.count += 1;
    }

    /// Answers with the cursor to go on from and all that was found.
    pub(crate) fn write(&self, reply: &mut Reply<'_>, next: u64) {
        reply.array(2);
        reply.bulk_int(next as i64);
        reply.array(self.count);
        for element in elements(&self.packed) {
            reply.bulk(element.bytes(&self.packed));
        }
    }
}
