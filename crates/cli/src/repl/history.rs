//! What was typed, kept in a file of the user's own, without passwords.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustyline::Editor;
use rustyline::history::DefaultHistory;

use super::assist::Assistant;
use super::preferences::dot_file;
use crate::text::{lines, split};

/// Where the history is kept.
pub(super) fn path() -> Option<PathBuf> {
    dot_file(&["RUSSETCLI_HISTFILE", "REDISCLI_HISTFILE"], ".russetcli_history")
}

/// Writes the history; nobody else may read it.
pub(super) fn save(
    editor: &mut Editor<Assistant, DefaultHistory>,
    path: &Path,
) -> Result<(), io::Error> {
    editor.save_history(path).map_err(io::Error::other)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// Whether one of the lines has a password in it.
pub(super) fn is_secret(text: &str) -> bool {
    lines(text).into_iter().any(|line| {
        let words = split(line.as_bytes()).unwrap_or_default();
        let lower: Vec<Vec<u8>> = words.iter().map(|w| w.to_ascii_lowercase()).collect();
        let words: Vec<&[u8]> = lower.iter().map(Vec::as_slice).collect();
        let is_count = |w: &&[u8]| !w.is_empty() && w.iter().all(u8::is_ascii_digit);
        let skip = usize::from(words.first().is_some_and(is_count));
        let traced = usize::from(words.get(skip) == Some(&&b":trace"[..]));
        has_password(&words[skip + traced..])
    })
}

/// The commands that carry passwords; `words` in lower case.
fn has_password(words: &[&[u8]]) -> bool {
    match words {
        [b"auth", ..] => true,
        [b"trace", rest @ ..] => has_password(rest),
        [b"acl", b"setuser", ..] => true,
        [b"config", b"set", pairs @ ..] => pairs.chunks(2).any(|pair| {
            let names: [&[u8]; 4] =
                [b"masterauth", b"masteruser", b"requirepass", b"tls-key-file-pass"];
            names.contains(&pair[0])
        }),
        [b"hello", _, rest @ ..] => rest.contains(&&b"auth"[..]),
        // Keys come last and may be called anything.
        [b"migrate", _, _, _, _, _, rest @ ..] => {
            rest.iter().take_while(|w| **w != b"keys").any(|w| matches!(*w, b"auth" | b"auth2"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_kept() {
        for secret in [
            "AUTH x",
            "2 auth u p",
            "ACL SETUSER a >p",
            "CONFIG SET maxmemory 1 requirepass p",
            "HELLO 3 AUTH u p",
            "HELLO 3 SETNAME n AUTH u p",
            "MIGRATE h 1 k 0 1 AUTH p",
            "MIGRATE h 1 \"\" 0 1 COPY AUTH2 u p KEYS k",
            "SET a 1\nAUTH x",
            ":trace AUTH x",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in [
            "GET auth",
            "CONFIG GET requirepass",
            "ACL LIST",
            "HELLO 3",
            "MIGRATE h 1 \"\" 0 1 KEYS auth",
        ] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
