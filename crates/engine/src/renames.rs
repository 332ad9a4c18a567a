//! Commands under other names than their own: `rename-command` of the configuration.
//!
//! Must be true: a server without renamed commands pays one comparison a request. The log knows
//! commands by their own names, whatever clients call them, so that it can be read under any
//! configuration.
//! Not here: what COMMAND shows, which is the table as it is.

use std::collections::HashMap;

use commands::spec::Spec;
use commands::table::{self, Unknown};
use config::settings::Order;
use config::{LoadError, Reason};
use protocol::Request;

const NO_SUCH_COMMAND: &str = "No such command in rename-command";
const NAME_IS_TAKEN: &str = "Target command name already exists";

/// The names that the configuration gave and took away.
pub(crate) struct Renames {
    /// In lower case. `None`: the name means nothing any more.
    names: HashMap<Vec<u8>, Option<&'static Spec>>,
}

/// Checks that every command that is to be renamed exists, and that the new names are free.
///
/// # Errors
/// The first line for which this is not so.
pub fn check_renames(orders: &[Order]) -> Result<(), LoadError> {
    Renames::of(orders).map(|_| ())
}

impl Renames {
    /// Carries out the lines one after the other; `None` if there are none.
    ///
    /// # Errors
    /// As [`check_renames`].
    pub(crate) fn of(orders: &[Order]) -> Result<Option<Self>, LoadError> {
        let mut renames = Self { names: HashMap::new() };
        for order in orders {
            renames.carry_out(&order.words).map_err(|reason| LoadError::Line {
                file: order.file.clone(),
                line: order.line,
                text: order.text.clone(),
                reason: Reason::Rule(reason),
            })?;
        }
        Ok((!orders.is_empty()).then_some(renames))
    }

    fn carry_out(&mut self, words: &[Vec<u8>]) -> Result<(), &'static str> {
        let [old, new] = words else { return Err("wrong number of arguments") };
        let spec = self.lookup(old).ok_or(NO_SUCH_COMMAND)?;
        self.names.insert(old.to_ascii_lowercase(), None);
        if new.is_empty() {
            return Ok(());
        }
        if self.lookup(new).is_some() {
            return Err(NAME_IS_TAKEN);
        }
        self.names.insert(new.to_ascii_lowercase(), Some(spec));
        Ok(())
    }

    fn lookup(&self, name: &[u8]) -> Option<&'static Spec> {
        match self.names.get(&name.to_ascii_lowercase()) {
            Some(changed) => *changed,
            None => table::lookup(name),
        }
    }
}

/// The first word of a request for the command, as the table has it.
#[inline(always)]
pub(crate) fn own_name(spec: &Spec) -> &'static str {
    if spec.container.is_empty() { spec.name } else { spec.container }
}

/// How the names in requests are understood.
#[derive(Clone, Copy)]
pub(crate) enum Names<'a> {
    /// As the table has them.
    Own,
    /// As the configuration has them.
    Changed(&'a Renames),
}

impl Names<'_> {
    /// The row that a request is for.
    ///
    /// # Errors
    /// There is no such command or subcommand.
    #[inline(always)]
    pub(crate) fn find(self, request: Request<'_>) -> Result<&'static Spec, Unknown> {
        match self {
            Self::Own => table::find(request),
            Self::Changed(renames) => {
                let spec = request.get(0).and_then(|name| renames.lookup(name));
                table::resolve(spec.ok_or(Unknown::Command)?, request)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use config::Settings;

    use super::*;
    use crate::testing::Bench;

    fn orders(lines: &[(&str, &str)]) -> Vec<Order> {
        let order = |(at, (old, new)): (usize, &(&str, &str))| Order {
            words: vec![old.as_bytes().to_vec(), new.as_bytes().to_vec()],
            file: None,
            line: at + 1,
            text: format!("rename-command {old} {new}"),
        };
        lines.iter().enumerate().map(order).collect()
    }

    fn renaming(lines: &[(&str, &str)]) -> impl FnOnce(&mut Settings) {
        let orders = orders(lines);
        move |settings| settings.startup.renamed_commands = orders
    }

    #[test]
    fn names_are_changed_and_taken_away() {
        let lines = [("GET", "fetch"), ("flushall", ""), ("CONFIG", "SETUP"), ("set", "get")];
        let mut bench = Bench::with(renaming(&lines));
        bench.check(&[
            ("get k v", "+OK"),
            ("FETCH k", "$1 v"),
            ("SET k w", "-ERR unknown command 'SET', with args beginning with: 'k' 'w'"),
            ("FLUSHALL", "-ERR unknown command 'FLUSHALL', with args beginning with:"),
            ("SETUP GET hz", "*2 $2 hz $2 10"),
            ("SETUP NO", "-ERR unknown subcommand 'NO'. Try SETUP HELP."),
            ("fetch", "-ERR wrong number of arguments for 'get' command"),
            ("DEL k", ":1"),
        ]);
    }

    #[test]
    fn what_cannot_be_renamed_is_refused() {
        for (lines, line, reason) in [
            (&[("GET", "a"), ("nosuch", "b")][..], 2, NO_SUCH_COMMAND),
            (&[("GET", "a"), ("GET", "b")], 2, NO_SUCH_COMMAND),
            (&[("GET", "SET")], 1, NAME_IS_TAKEN),
        ] {
            match check_renames(&orders(lines)) {
                Err(LoadError::Line { line: at, reason: Reason::Rule(why), .. }) => {
                    assert_eq!((at, why), (line, reason));
                }
                other => panic!("{lines:?}: {other:?}"),
            }
        }
        assert!(check_renames(&orders(&[("GET", "a"), ("SET", "GET"), ("a", "set")])).is_ok());
    }
}
