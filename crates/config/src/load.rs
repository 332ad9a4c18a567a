//! Reading redis.conf: one directive a line, comments, includes, later lines win.
//!
//! A [`Loader`] takes texts one after the other (main file, standard input, options of the
//! command line) and then hands out [`Settings`]. A directive that collects (`save`) drops its
//! default at its first line and adds up from there, across all texts.
//!
//! Must be true: the first refused line ends the load; nothing is half applied, since the
//! settings are handed out only at the end.
//!
//! Not here: side effects. Lines that are orders (`user`, `loadmodule`, `rename-command`) are
//! kept in `Settings::startup`, with their place, for the server to carry out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::directive::Mode;
use crate::directives::find;
use crate::include;
use crate::settings::Order;
use crate::{Directive, LoadError, Reason, Settings};
use base::words;

/// Deepest nesting of `include`; a file that includes itself ends here.
const INCLUDE_DEPTH_MAX: usize = 16;

/// Directives of the past that are skipped if they have one argument.
const FORGOTTEN: [&[u8]; 3] =
    [b"list-max-ziplist-entries", b"list-max-ziplist-value", b"lua-replicate-commands"];

/// Collects settings from texts.
#[derive(Default)]
pub struct Loader {
    settings: Settings,
    /// Directives met so far; the next line of one appends.
    met: BTreeSet<&'static str>,
    include_depth: usize,
}

/// Where a line stands.
struct Place<'a> {
    file: Option<&'a Path>,
    line: usize,
    text: &'a [u8],
}

/// Reads one file, with what it includes.
pub fn load_file(path: &Path) -> Result<Settings, LoadError> {
    let mut loader = Loader::default();
    loader.file(path)?;
    loader.finish()
}

impl Loader {
    /// Takes over a file, with what it includes.
    pub fn file(&mut self, path: &Path) -> Result<(), LoadError> {
        let text =
            fs::read(path).map_err(|source| LoadError::Open { path: path.to_owned(), source })?;
        self.text(&text, Some(path), 1)
    }

    /// Takes over a text. `file` and `first_line` (from 1) are only for errors.
    pub fn text(
        &mut self,
        text: &[u8],
        file: Option<&Path>,
        first_line: usize,
    ) -> Result<(), LoadError> {
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let text = line.trim_ascii();
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            self.line(&Place { file, line: first_line + number, text })?;
        }
        Ok(())
    }

    /// The settings, if they do not contradict each other.
    pub fn finish(mut self) -> Result<Settings, LoadError> {
        self.settings.check().map_err(LoadError::Contradiction)?;
        self.settings.normalise();
        Ok(self.settings)
    }

    fn line(&mut self, place: &Place<'_>) -> Result<(), LoadError> {
        let words =
            words::split(place.text).ok_or_else(|| place.refuse(Reason::UnbalancedQuotes))?;
        let Some((name, arguments)) = words.split_first() else {
            return Ok(());
        };
        if let Some(directive) = find(name) {
            return self.assign(directive, arguments).map_err(|why| place.refuse(why));
        }
        if name.eq_ignore_ascii_case(b"include") && arguments.len() == 1 {
            return self.include(&arguments[0], place);
        }
        self.order(name, arguments, place).map_err(|why| place.refuse(why))
    }

    /// A list may be written as one quoted argument, too.
    fn assign(&mut self, directive: &Directive, arguments: &[Vec<u8>]) -> Result<(), Reason> {
        let first = self.met.insert(directive.name);
        let mode = if first { Mode::Replace } else { Mode::Append };
        match arguments {
            [one] if directive.is_list() && !one.is_empty() => {
                let words = words::split(one).ok_or(Reason::UnbalancedQuotes)?;
                directive.assign(&mut self.settings, &words, mode)
            }
            _ => directive.assign(&mut self.settings, arguments, mode),
        }
    }

    /// Lines that only a file can have.
    fn order(
        &mut self,
        name: &[u8],
        arguments: &[Vec<u8>],
        place: &Place<'_>,
    ) -> Result<(), Reason> {
        let name = name.to_ascii_lowercase();
        let startup = &mut self.settings.startup;
        let order = |words: &[Vec<u8>]| place.order(words);
        match (name.as_slice(), arguments) {
            (name, [_]) if FORGOTTEN.contains(&name) => {}
            (b"rename-command", [_, _]) => startup.renamed_commands.push(order(arguments)),
            (b"user", [_, ..]) => startup.users.push(order(arguments)),
            (b"loadmodule", [_, ..]) => startup.modules.push(order(arguments)),
            (name, _) if name.contains(&b'.') => {
                if arguments.is_empty() {
                    return Err(Reason::Rule("Module config specified without value"));
                }
                startup.module_options.push(order(&[&[name.to_vec()], arguments].concat()));
            }
            (b"sentinel", []) => {}
            (b"sentinel", _) => {
                return Err(Reason::Rule("sentinel directive while not in sentinel mode"));
            }
            _ => return Err(Reason::BadDirective),
        }
        Ok(())
    }

    /// Loads the named files; relative names start at the `dir` in effect, as the original
    /// changes directory the moment it reads `dir`.
    fn include(&mut self, pattern: &[u8], place: &Place<'_>) -> Result<(), LoadError> {
        if self.include_depth == INCLUDE_DEPTH_MAX {
            return Err(place.refuse(Reason::Rule("include files are nested too deeply")));
        }
        let pattern = crate::shape::text(pattern).map_err(|why| place.refuse(why))?;
        self.include_depth += 1;
        for path in include::expand(Path::new(&self.settings.process.dir), pattern) {
            self.file(&path)?;
        }
        self.include_depth -= 1;
        Ok(())
    }
}

impl Place<'_> {
    fn shown(&self) -> String {
        String::from_utf8_lossy(self.text).into_owned()
    }

    fn refuse(&self, reason: Reason) -> LoadError {
        let file = self.file.map(PathBuf::from);
        LoadError::Line { file, line: self.line, text: self.shown(), reason }
    }

    fn order(&self, words: &[Vec<u8>]) -> Order {
        let file = self.file.map(PathBuf::from);
        Order { words: words.to_vec(), file, line: self.line, text: self.shown() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Settings, LoadError> {
        let mut loader = Loader::default();
        loader.text(text.as_bytes(), None, 1)?;
        loader.finish()
    }

    fn show(text: &str, name: &str) -> String {
        find(name.as_bytes()).expect(name).show(&load(text).expect(text))
    }

    fn refused(text: &str, expected: &str) {
        assert_eq!(load(text).expect_err(text).to_string(), expected);
    }

    #[test]
    fn later_lines_win_and_comments_do_not_count() {
        let text = "# port 1\n\n  port 7000\r\nPORT 7001 \n#port 7002";
        assert_eq!(show(text, "port"), "7001");
        assert_eq!(show("slave-read-only no", "replica-read-only"), "no");
        assert_eq!(show("hz 100000", "hz"), "500");
        assert_eq!(show("hz 0", "hz"), "1");
        assert_eq!(show("repl-backlog-size 1", "repl-backlog-size"), "16384");
    }

    #[test]
    fn save_lines_add_up() {
        assert_eq!(show("", "save"), "3600 1 300 100 60 10000");
        assert_eq!(show("save 900 1\nsave 300 10", "save"), "900 1 300 10");
        assert_eq!(show("save 900 1\nsave \"\"\nsave 5 5", "save"), "5 5");
        assert_eq!(show("save \"900 1 5 5\"", "save"), "900 1 5 5");
        assert_eq!(show("save", "save"), "");
    }

    #[test]
    fn lists_take_one_quoted_argument() {
        assert_eq!(show("bind \"127.0.0.1 ::1\"", "bind"), "127.0.0.1 ::1");
        assert_eq!(show("bind \"\"", "bind"), "");
        refused(
            "bind ::1 \"a b\"",
            "Reading the configuration file, at line 1\n>>> 'bind ::1 \"a b\"'\n\
             Failed to bind to specified addresses.",
        );
        let limits = show(
            "client-output-buffer-limit replica 1mb 1kb 5\nclient-output-buffer-limit pubsub 0 0 0",
            "client-output-buffer-limit",
        );
        assert_eq!(limits, "normal 0 0 0 slave 1048576 1024 5 pubsub 0 0 0");
    }

    #[test]
    fn errors_name_the_line() {
        refused(
            "\n  frobnicate yes ",
            "Reading the configuration file, at line 2\n>>> 'frobnicate yes'\n\
             Bad directive or wrong number of arguments",
        );
        refused(
            "port 1 2",
            "Reading the configuration file, at line 1\n>>> 'port 1 2'\n\
             wrong number of arguments",
        );
        refused(
            "port \"1",
            "Reading the configuration file, at line 1\n>>> 'port \"1'\n\
             Unbalanced quotes in configuration line",
        );
        refused(
            "cluster-enabled yes\nreplicaof localhost 6379",
            "replicaof directive not allowed in cluster mode",
        );
        assert!(load("sentinel").is_ok());
        assert!(load("list-max-ziplist-entries 5").is_ok());
        assert!(load("list-max-ziplist-entries 5 6").is_err());
    }

    #[test]
    fn orders_are_kept_with_their_place() {
        let settings = load(
            "rename-command FLUSHALL \"\"\nuser bob on >secret ~* +@all\n\
             loadmodule /m.so a b\nsearch.depth 1 2",
        )
        .expect("good");
        let startup = settings.startup;
        assert_eq!(startup.renamed_commands[0].words, [b"FLUSHALL".to_vec(), vec![]]);
        assert_eq!(startup.users[0].line, 2);
        assert_eq!(startup.users[0].words.len(), 5);
        assert_eq!(startup.modules[0].words[0], b"/m.so");
        assert_eq!(startup.module_options[0].words.len(), 3);
        assert_eq!(startup.module_options[0].text, "search.depth 1 2");
    }

    #[test]
    fn includes_and_patterns() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let write = |name: &str, text: &str| {
            fs::write(dir.path().join(name), text).expect("written");
        };
        write("20-b.conf", "port 2\nsave 2 2");
        write("10-a.conf", "port 1\nsave 1 1");
        write("other.txt", "port 3");
        let main = format!(
            "timeout 9\ninclude {0}/[12]*.conf\ninclude {0}/none*\ndir {0}\ninclude other.txt",
            dir.path().display()
        );
        write("main.conf", &main);
        let settings = load_file(&dir.path().join("main.conf")).expect("good");
        assert_eq!(settings.network.port, 3);
        assert_eq!(settings.clients.timeout_s, 9);
        assert_eq!(find(b"save").expect("save").show(&settings), "1 1 2 2");

        write("bad.conf", "\nport x");
        let path = dir.path().join("bad.conf");
        let error = load(&format!("include {}", path.display())).expect_err("bad line");
        assert!(matches!(error, LoadError::Line { file: Some(it), line: 2, .. } if it == path));

        write("self.conf", &format!("include {}/self.conf", dir.path().display()));
        assert!(load_file(&dir.path().join("self.conf")).is_err());
        let missing = load_file(Path::new("/no/such/file")).expect_err("missing");
        assert_eq!(
            missing.to_string(),
            "Fatal error, can't open config file '/no/such/file': No such file or directory"
        );
    }
}
