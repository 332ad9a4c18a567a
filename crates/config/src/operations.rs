//! CONFIG GET and CONFIG SET.
//!
//! SET is all or nothing: it works on a copy and swaps it in. It reports what changed, so that
//! the server can apply it; should that fail, the server puts the old settings back and
//! replies with [`SetError::Failed`].

use std::fmt;

use crate::directive::Mode;
use crate::directives::{find, find_named, names};
use crate::{Directive, Reason, SetError, Settings};

/// What CONFIG SET must know about the moment and the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The dataset is being loaded.
    pub loading: bool,
    /// `enable-protected-configs` allows this client the protected directives.
    pub protected_allowed: bool,
}

/// A directive that has another value now.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The directive's name; never an alias.
    pub name: &'static str,
    /// What CONFIG GET showed before.
    pub old: String,
    /// What it shows now.
    pub new: String,
}

/// Leaves out the values: they may be passwords.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Whether the directive's value must be kept out of logs. Unknown names are not.
pub fn is_sensitive(name: &[u8]) -> bool {
    find(name).is_some_and(|directive| directive.flags.sensitive)
}

/// Names and values of the directives that match any of the patterns, each once.
///
/// A pattern without wildcards is a name and comes back as the client wrote it. Aliases count
/// as names of their own. Hidden directives, and names that put hyphens for another's underscores,
/// are found by name only.
pub fn get(settings: &Settings, patterns: &[&[u8]]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, directive: &Directive| {
        if !found.iter().any(|(it, _)| it.eq_ignore_ascii_case(name)) {
            found.push((name.to_owned(), directive.show(settings)));
        }
    };
    for pattern in patterns {
        if !pattern.iter().any(|byte| b"[*?".contains(byte)) {
            if let Some(directive) = find(pattern) {
                add(&String::from_utf8_lossy(pattern), directive);
            }
            continue;
        }
        let mut matching: Vec<_> = names()
            .filter(|(name, directive)| !directive.flags.hidden && !is_respelling(name, directive))
            .filter(|(name, _)| base::glob::matches_ignore_case(pattern, name.as_bytes()))
            .collect();
        matching.sort_by_key(|(name, _)| *name);
        matching.into_iter().for_each(|(name, directive)| add(name, directive));
    }
    found
}

/// Whether the name is the directive's own, written with hyphens.
fn is_respelling(name: &str, directive: &Directive) -> bool {
    name != directive.name && name.replace('-', "_") == directive.name
}

/// Sets every pair of name and value, or none. Gives the directives that changed.
///
/// The caller has already refused an odd number of arguments.
pub fn set(
    settings: &mut Settings,
    pairs: &[(&[u8], &[u8])],
    conditions: Conditions,
) -> Result<Vec<Change>, SetError> {
    let targets = targets(pairs, conditions)?;
    let mut new = settings.clone();
    for (&(name, directive), &(_, value)) in targets.iter().zip(pairs) {
        assign(directive, &mut new, value).map_err(|why| failed(name, &why))?;
    }
    new.normalise();
    let mut changes: Vec<Change> = Vec::new();
    for (_, directive) in targets {
        let change = Change {
            name: directive.name,
            old: directive.show(settings),
            new: directive.show(&new),
        };
        let is_change = change.old != change.new || directive.flags.volatile;
        if is_change && !changes.contains(&change) {
            changes.push(change);
        }
    }
    *settings = new;
    Ok(changes)
}

/// The directives to set; the first that may not be set is the error.
fn targets(
    pairs: &[(&[u8], &[u8])],
    conditions: Conditions,
) -> Result<Vec<(&'static str, &'static Directive)>, SetError> {
    let mut targets: Vec<(&'static str, &'static Directive)> = Vec::with_capacity(pairs.len());
    for (given, _) in pairs {
        let given_name = String::from_utf8_lossy(given);
        let Some((name, directive)) = find_named(given) else {
            return Err(SetError::Unknown(given_name.into_owned()));
        };
        let flags = directive.flags;
        if flags.immutable {
            return Err(failed(&given_name, &Reason::Rule("can't set immutable config")));
        }
        if flags.protected && !conditions.protected_allowed {
            return Err(failed(&given_name, &Reason::Rule("can't set protected config")));
        }
        if flags.denied_while_loading && conditions.loading {
            return Err(SetError::Loading);
        }
        // An alias beside its directive is no duplicate, as in Redis: the last one wins.
        if targets.iter().any(|(it, _)| *it == name) {
            return Err(failed(&given_name, &Reason::Rule("duplicate parameter")));
        }
        targets.push((name, directive));
    }
    Ok(targets)
}

/// A list's value is split at every single space; the empty value is no argument at all.
fn assign(directive: &Directive, settings: &mut Settings, value: &[u8]) -> Result<(), Reason> {
    let arguments: Vec<Vec<u8>> = match directive.is_list() {
        false => vec![value.to_vec()],
        true if value.is_empty() => Vec::new(),
        true => value.split(|&byte| byte == b' ').map(<[u8]>::to_vec).collect(),
    };
    directive.assign(settings, &arguments, Mode::Replace)
}

fn failed(name: &str, reason: &Reason) -> SetError {
    SetError::Failed { name: name.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Conditions = Conditions { loading: false, protected_allowed: true };

    fn names_of(patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<&[u8]> = patterns.iter().map(|it| it.as_bytes()).collect();
        get(&Settings::default(), &patterns).into_iter().map(|(name, _)| name).collect()
    }

    fn try_set(
        settings: &mut Settings,
        pairs: &[(&str, &str)],
        conditions: Conditions,
    ) -> Result<Vec<&'static str>, String> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        set(settings, &pairs, conditions)
            .map(|changes| changes.iter().map(|change| change.name).collect())
            .map_err(|why| why.to_string())
    }

    fn refused(pairs: &[(&str, &str)], expected: &str) {
        let mut settings = Settings::default();
        assert_eq!(try_set(&mut settings, pairs, Conditions::default()), Err(expected.to_owned()));
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn get_by_name_and_pattern() {
        assert_eq!(names_of(&["MaxMemory"]), ["MaxMemory"]);
        assert_eq!(names_of(&["slave-priority", "Slave-Priority"]), ["slave-priority"]);
        assert_eq!(names_of(&["*-priority"]), ["replica-priority", "slave-priority"]);
        assert_eq!(names_of(&["SAVE", "s[a]ve", "nosuch"]), ["SAVE"]);
        assert_eq!(names_of(&["key-load-delay"]), ["key-load-delay"]);
        assert_eq!(names_of(&["key-load-dela?"]), [""; 0]);
        assert!(names_of(&["*"]).len() > 200);
    }

    #[test]
    fn set_reports_changes_by_their_first_name() {
        let mut settings = Settings::default();
        let pairs = [("slave-priority", "7"), ("maxmemory", "1mb"), ("timeout", "0")];
        let changed = try_set(&mut settings, &pairs, FREE);
        assert_eq!(changed, Ok(vec!["replica-priority", "maxmemory"]));
        assert_eq!(settings.replica.priority, 7);
        assert_eq!(settings.memory.maxmemory_bytes, 1 << 20);
        assert_eq!(try_set(&mut settings, &[("save", "")], FREE), Ok(vec!["save"]));
        assert_eq!(settings.snapshot.save_points, []);
        assert_eq!(try_set(&mut settings, &[("dir", "/x")], FREE), Ok(vec!["dir"]));
        assert_eq!(try_set(&mut settings, &[("tls-key-file", "")], FREE), Ok(vec!["tls-key-file"]));
        let both = [("slave-priority", "1"), ("replica-priority", "2")];
        assert_eq!(try_set(&mut settings, &both, FREE), Ok(vec!["replica-priority"]));
        assert_eq!(settings.replica.priority, 2);
    }

    #[test]
    fn set_is_all_or_nothing() {
        refused(
            &[("port", "1"), ("frob", "1"), ("daemonize", "yes")],
            "Unknown option or number of arguments for CONFIG SET - 'frob'",
        );
        refused(
            &[("timeout", "1"), ("MaxClients", "0")],
            "CONFIG SET failed (possibly related to argument 'maxclients') - argument must be \
             between 1 and 4294967295 inclusive",
        );
        refused(
            &[("Daemonize", "yes")],
            "CONFIG SET failed (possibly related to argument 'Daemonize') - can't set immutable \
             config",
        );
        refused(
            &[("dir", "/")],
            "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config",
        );
        refused(
            &[("port", "1"), ("PORT", "2")],
            "CONFIG SET failed (possibly related to argument 'PORT') - duplicate parameter",
        );
        refused(
            &[("save", "1 1"), ("client-output-buffer-limit", "normal 1 1 1 frob 1 1 1")],
            "CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - \
             Invalid client class specified in buffer limit configuration.",
        );
    }

    #[test]
    fn some_wait_for_the_end_of_loading() {
        let loading = Conditions { loading: true, protected_allowed: true };
        let refused = try_set(&mut Settings::default(), &[("appendonly", "no")], loading);
        assert_eq!(refused, Err("Redis is loading the dataset in memory".to_owned()));
        assert!(try_set(&mut Settings::default(), &[("timeout", "1")], loading).is_ok());
    }

    #[test]
    fn what_get_shows_may_be_set_and_changes_nothing() {
        let mut settings = Settings::default();
        for (name, value) in get(&Settings::default(), &[b"*"]) {
            let directive = find(name.as_bytes()).expect("a name");
            if directive.flags.immutable {
                continue;
            }
            let changed = try_set(&mut settings, &[(&name, &value)], FREE).expect("accepted");
            assert_eq!(changed.len(), usize::from(directive.flags.volatile), "{name}");
        }
        assert_eq!(get(&settings, &[b"*"]), get(&Settings::default(), &[b"*"]));
    }

    #[test]
    fn passwords_stay_out_of_debug_output() {
        assert!(is_sensitive(b"RequirePass") && !is_sensitive(b"port"));
        let mut settings = Settings::default();
        let changes = set(&mut settings, &[(b"requirepass", b"hunter2")], FREE).expect("set");
        assert!(!format!("{changes:?}").contains("hunter2"));
    }
}
