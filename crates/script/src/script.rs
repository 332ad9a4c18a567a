//! A script's text, its name (the SHA1 of the text) and what its first line declares.
//!
//! ```text
//! #!lua flags=no-writes,allow-oom
//! return redis.call('GET', KEYS[1])
//! ```
//!
//! Not here: whether it compiles; what the flags lead to.

use sha1::{Digest, Sha1};

use crate::source::may_loop;

/// A name of a script: SHA1 as 40 lowercase hexadecimal digits.
pub type Sha = [u8; 40];

/// What a script declares of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// There is a first line `#!lua`; without it a script is held to the rules of old.
    pub declared: bool,
    /// It calls no command that writes.
    pub no_writes: bool,
    /// It may run when memory is short.
    pub allow_oom: bool,
    /// It may run on a replica without its master.
    pub allow_stale: bool,
    /// It must not run in a cluster.
    pub no_cluster: bool,
    /// Its keys may lie in several slots.
    pub allow_cross_slot_keys: bool,
}

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    sha: Sha,
    body: Box<[u8]>,
    flags: Flags,
    /// Where the code begins: at the end of the first line if that declares.
    code_start: usize,
    may_loop: bool,
}

impl Script {
    /// The script with this text; an error text if its first line is not understood.
    pub fn new(body: &[u8]) -> Result<Script, Vec<u8>> {
        let (flags, code_start) = parse_shebang(body)?;
        let may_loop = may_loop(&body[code_start..]);
        Ok(Script { sha: sha1_hex(body), body: body.into(), flags, code_start, may_loop })
    }

    /// Its name.
    pub fn sha(&self) -> &Sha {
        &self.sha
    }

    /// The whole text.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The text without what declares; lines keep their numbers.
    pub fn code(&self) -> &[u8] {
        &self.body[self.code_start..]
    }

    /// Whether it could run for ever, as far as its text tells.
    pub fn may_loop(&self) -> bool {
        self.may_loop
    }

    /// What it declares.
    pub fn flags(&self) -> Flags {
        self.flags
    }
}

/// What the script with this text declares of itself, if that is understood.
pub fn declared_flags(body: &[u8]) -> Option<Flags> {
    parse_shebang(body).ok().map(|(flags, _)| flags)
}

/// SHA1 as hexadecimal digits.
pub fn sha1_hex(bytes: &[u8]) -> Sha {
    let mut text = [0; 40];
    for (pair, byte) in text.chunks_exact_mut(2).zip(Sha1::digest(bytes)) {
        for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = b"0123456789abcdef"[usize::from(value)];
        }
    }
    text
}

/// Reads the first line; the flags, and where the code begins.
fn parse_shebang(body: &[u8]) -> Result<(Flags, usize), Vec<u8>> {
    if !body.starts_with(b"#!") {
        return Ok((Flags::default(), 0));
    }
    let quote = |text: &str, word: &[u8]| [text.as_bytes(), word].concat();
    let Some(end) = body.iter().position(|&byte| byte == b'\n') else {
        return Err(b"Invalid script shebang".to_vec());
    };
    let mut words = body[..end].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let engine = words.next().unwrap_or_default();
    if engine != b"#!lua" {
        return Err(quote("Unexpected engine in script shebang: ", engine));
    }
    let mut flags = Flags { declared: true, ..Flags::default() };
    for word in words {
        let Some(names) = word.strip_prefix(b"flags=") else {
            return Err(quote("Unknown lua shebang option: ", word));
        };
        for name in names.split(|&byte| byte == b',').filter(|_| !names.is_empty()) {
            let Some(flag) = flag(&mut flags, name) else {
                return Err(quote("Unexpected flag in script shebang: ", name));
            };
            *flag = true;
        }
    }
    Ok((flags, end))
}

/// The flag with this name.
pub(crate) fn flag<'a>(flags: &'a mut Flags, name: &[u8]) -> Option<&'a mut bool> {
    match name {
        b"no-writes" => Some(&mut flags.no_writes),
        b"allow-oom" => Some(&mut flags.allow_oom),
        b"allow-stale" => Some(&mut flags.allow_stale),
        b"no-cluster" => Some(&mut flags.no_cluster),
        b"allow-cross-slot-keys" => Some(&mut flags.allow_cross_slot_keys),
        _ => None,
    }
}
