//! Rules that texts of some directives must obey, with Redis's words for breaking them.

use crate::Reason;
use crate::settings::{NotifyEvents, RedisVersion};

/// Longest host name plus one, as the original's buffer.
const HOST_NAME_BYTES_MAX: usize = 256;

/// The variables of `proc-title-template`, and whether their text is never empty.
const TITLE_VARIABLES: [(&str, bool); 7] = [
    ("title", false),
    ("listen-addr", true),
    ("server-mode", false),
    ("port", true),
    ("tls-port", true),
    ("unixsocket", false),
    ("config-file", false),
];

fn require(good: bool, rule: &'static str) -> Result<(), Reason> {
    if good { Ok(()) } else { Err(Reason::Rule(rule)) }
}

/// A file name without any directory.
fn is_base_name(text: &str) -> bool {
    !text.contains(['/', '\\'])
}

pub(super) fn db_file_name(text: &str) -> Result<(), Reason> {
    require(is_base_name(text), "dbfilename can't be a path, just a filename")
}

pub(super) fn append_file_name(text: &str) -> Result<(), Reason> {
    require(!text.is_empty(), "appendfilename can't be empty")?;
    require(is_base_name(text), "appendfilename can't be a path, just a filename")
}

pub(super) fn append_dir_name(text: &str) -> Result<(), Reason> {
    require(!text.is_empty(), "appenddirname can't be empty")?;
    require(is_base_name(text), "appenddirname can't be a path, just a dirname")
}

pub(super) fn hostname(text: &str) -> Result<(), Reason> {
    require(text.len() < HOST_NAME_BYTES_MAX, "Hostnames must be less than 256 characters")?;
    require(
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'),
        "Hostnames may only contain alphanumeric characters, hyphens or dots",
    )
}

/// A node's name must fit on one line of the cluster's configuration file.
pub(super) fn node_name(text: &str) -> Result<(), Reason> {
    require(
        text.bytes().all(|byte| {
            byte.is_ascii_graphic() && !b"!#$%&()*+:;<>?@[]^{|}~\"'\\,=".contains(&byte)
        }),
        "Announced human node name contained invalid character",
    )
}

pub(super) fn notify_events(text: &str) -> Result<(), Reason> {
    NotifyEvents::parse(text).map(drop)
}

/// A version that can be followed.
pub(super) fn redis_version(text: &str) -> Result<(), Reason> {
    RedisVersion::parse(text).map(drop)
}

/// `activedefrag`: a boolean that may only be off.
pub(super) fn no_defrag(text: &str) -> Result<(), Reason> {
    match text.to_ascii_lowercase().as_str() {
        "no" => Ok(()),
        "yes" => Err(Reason::Rule(
            "Active defragmentation cannot be enabled: it requires a Redis server compiled \
             with a modified Jemalloc like the one shipped by default with the Redis source \
             distribution",
        )),
        _ => Err(Reason::NotBool),
    }
}

/// Text with known `{variables}`; `{{` stands for a brace. Something must remain where the
/// variables that may be empty are.
pub(super) fn title_template(text: &str) -> Result<(), Reason> {
    require(
        is_title_template(text) == Some(true),
        "template format is invalid or contains unknown variables",
    )
}

/// Whether the title can never be empty; `None` if the template makes no sense.
fn is_title_template(text: &str) -> Option<bool> {
    let Some((before, after)) = text.split_once('{') else {
        return Some(!text.trim().is_empty());
    };
    if let Some(rest) = after.strip_prefix('{') {
        return is_title_template(rest).map(|_| true);
    }
    let (name, rest) = after.split_once('}')?;
    let (_, is_never_empty) = TITLE_VARIABLES.iter().find(|(it, _)| *it == name)?;
    let rest_is_never_empty = is_title_template(rest)?;
    Some(*is_never_empty || rest_is_never_empty || !before.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        for good in ["{title} {listen-addr}", "plain", "{{ {port}", "}"] {
            assert!(title_template(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "{", "{title", "{tit}", "{}", "a {", "{title} "] {
            assert!(title_template(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn file_names() {
        assert!(db_file_name("").is_ok());
        assert!(db_file_name("a/b").is_err());
        assert_eq!(append_dir_name(""), Err(Reason::Rule("appenddirname can't be empty")));
        assert!(hostname(&"a".repeat(256)).is_err());
        assert!(hostname("a_b").is_err());
        assert!(hostname("").is_ok());
    }
}
