//! The table of directives: one row each, in a file per family.
//!
//! A row is the only place that knows a directive's name. To add one, add a field to
//! `settings` and a row to the family's file, in its alphabetical place; the tests below then
//! check it. A directive of Redis or Valkey that means nothing here is a row too: `accepted`,
//! with its reason, so that configuration files and tools keep working.

mod checks;
mod clients;
mod cluster;
mod encodings;
mod lists;
mod memory;
mod network;
mod observe;
mod own;
mod persistence;
mod process;
mod replication;
mod security;
mod testing;
mod tls;

use crate::Directive;

/// The families, with their titles in the manual.
pub(crate) static FAMILIES: &[(&str, &[Directive])] = &[
    ("Network and threads", network::ROWS),
    ("Clients", clients::ROWS),
    ("TLS", tls::ROWS),
    ("Memory", memory::ROWS),
    ("Encodings", encodings::ROWS),
    ("Persistence", persistence::ROWS),
    ("Replication", replication::ROWS),
    ("Cluster", cluster::ROWS),
    ("Logs, latency and notifications", observe::ROWS),
    ("Security and scripts", security::ROWS),
    ("Process", process::ROWS),
    ("Russet's own", own::ROWS),
    ("For tests of the server", testing::ROWS),
];

/// Every directive.
pub fn all() -> impl Iterator<Item = &'static Directive> {
    FAMILIES.iter().flat_map(|(_, rows)| rows.iter())
}

/// The directive of that name or alias, in any case.
pub fn find(name: &[u8]) -> Option<&'static Directive> {
    find_named(name).map(|(_, directive)| directive)
}

/// Like [`find`], with the name or alias in the table's spelling.
pub(crate) fn find_named(name: &[u8]) -> Option<(&'static str, &'static Directive)> {
    names().find(|(it, _)| it.as_bytes().eq_ignore_ascii_case(name))
}

/// Every name and alias with its directive.
pub(crate) fn names() -> impl Iterator<Item = (&'static str, &'static Directive)> {
    all().flat_map(|row| {
        std::iter::once(row.name).chain(row.aliases.iter().copied()).map(move |name| (name, row))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::directive::{Body, Mode};
    use crate::shape::{Number, Shape};
    use crate::{Reason, Settings};

    fn assign(row: &Directive, settings: &mut Settings, text: &str) -> Result<(), Reason> {
        let arguments: Vec<Vec<u8>> = match row.is_list() {
            true => text.split(' ').map(|word| word.as_bytes().to_vec()).collect(),
            false => vec![text.as_bytes().to_vec()],
        };
        row.assign(settings, &arguments, Mode::Replace)
    }

    /// Sets the text and reads it back.
    fn round_trip(row: &Directive, text: &str) -> String {
        let mut settings = Settings::default();
        assign(row, &mut settings, text).unwrap_or_else(|why| panic!("{} {text}: {why}", row.name));
        row.show(&settings)
    }

    #[test]
    fn names_are_unique_lower_case_and_sorted() {
        let mut seen = BTreeSet::new();
        for (name, _) in names() {
            assert!(seen.insert(name), "{name} stands twice");
            assert_eq!(name, name.to_ascii_lowercase());
        }
        for (title, rows) in FAMILIES {
            assert!(rows.is_sorted_by_key(|row| row.name), "{title} is not sorted");
        }
    }

    #[test]
    fn every_row_explains_itself() {
        for row in all() {
            assert!(row.summary.ends_with(['.', ')']), "{}: {:?}", row.name, row.summary);
            assert_ne!(row.accepted_because(), Some(""), "{}", row.name);
        }
    }

    #[test]
    fn defaults_round_trip() {
        for row in all() {
            let shown = row.show(&Settings::default());
            if row.name == "replicaof" {
                continue; // Not being a replica is shown as nothing, which no setting means.
            }
            assert_eq!(round_trip(row, &shown), shown, "{}", row.name);
        }
    }

    #[test]
    fn accepted_defaults_are_in_normal_form() {
        for row in all() {
            if let Body::Accepted { shape, default, .. } = row.body {
                let value = shape.parse(default.as_bytes()).expect(row.name);
                assert_eq!(shape.show(&value), default, "{}", row.name);
            }
        }
    }

    #[test]
    fn every_word_is_accepted() {
        for row in all() {
            if let Some(Shape::Choice(words)) = row.shape() {
                for word in words {
                    let upper = word.to_ascii_uppercase();
                    let shown = round_trip(row, &upper);
                    assert!(words.contains(&shown.as_str()), "{} {word}", row.name);
                    assert_eq!(round_trip(row, &shown), shown, "{}", row.name);
                }
                assert!(assign(row, &mut Settings::default(), "no-such-word").is_err());
            }
        }
    }

    #[test]
    fn bounds_fit_the_field_and_are_kept() {
        let skip_show = ["io-threads"]; // Shows the number in effect.
        for row in all() {
            let Some(Shape::Number(Number { low, high, .. })) = row.shape() else { continue };
            let shape = row.shape().expect("a number");
            for bound in [low, high] {
                let text = shape.show(&crate::value::Value::Number(bound));
                let shown = round_trip(row, &text);
                assert!(shown == text || skip_show.contains(&row.name), "{} {text}", row.name);
            }
            for outside in [low - 1, high + 1] {
                let text = shape.show(&crate::value::Value::Number(outside));
                let refused = assign(row, &mut Settings::default(), &text);
                assert!(refused.is_err(), "{} {text}", row.name);
            }
        }
    }

    #[test]
    fn booleans_take_both_words_only() {
        for row in all() {
            if let Some(Shape::Bool) = row.shape() {
                assert_eq!(round_trip(row, "YES"), "yes");
                assert_eq!(round_trip(row, "No"), "no");
                assert_eq!(assign(row, &mut Settings::default(), "1"), Err(Reason::NotBool));
            }
        }
    }

    #[test]
    fn setting_one_directive_changes_no_other() {
        let defaults = Settings::default();
        for row in all() {
            let mut settings = Settings::default();
            let texts = ["yes", "no", "17", "400", "1024", "1048577", "always", "systemd", "local"];
            for text in texts {
                let _ = assign(row, &mut settings, text);
            }
            for other in all().filter(|other| other.name != row.name) {
                assert_eq!(other.show(&settings), other.show(&defaults), "{}", row.name);
            }
        }
    }
}
