//! The server's command line: `[CONFIG-FILE] [-] [--NAME VALUE...]...`.
//!
//! Options become lines of a configuration that is read after the file and standard input, so
//! they win. A word that starts with `--` begins an option only if the option before it has a
//! value already; else it is that value. So a value may start with `--`, but only the first.
//! Two words may lack a value: `--save` (it gets the empty one) and `--sentinel`.
//!
//! Not here: running other programs of the family by the name of the executable.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{self, Path, PathBuf};

use crate::{LoadError, Loader, Settings};
use base::bytes::quoted;
use base::words;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// Print the version and stop: `-v`, `--version`.
    Version,
    /// Print how to use the program and stop: `-h`, `--help`.
    Help,
    /// Serve.
    Run(CommandLine),
}

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The configuration file, made absolute, since the server will change directory.
    pub config_file: Option<PathBuf>,
    /// Whether standard input is read as well.
    pub stdin: bool,
    /// The options as lines of a configuration file.
    pub options: Vec<u8>,
}

impl Invocation {
    /// Reads the arguments, without the program's own name. Never fails: wrong options are
    /// found when the configuration is loaded.
    pub fn parse(arguments: &[OsString]) -> Self {
        let words: Vec<&[u8]> = arguments.iter().map(|it| it.as_encoded_bytes()).collect();
        match words.first() {
            Some(&(b"-v" | b"--version")) => Invocation::Version,
            Some(&(b"-h" | b"--help")) => Invocation::Help,
            _ => Invocation::Run(parse_run(arguments, &words)),
        }
    }
}

fn parse_run(arguments: &[OsString], words: &[&[u8]]) -> CommandLine {
    let mut line = CommandLine::default();
    if let Some(first) = arguments.first().filter(|_| !words[0].starts_with(b"-")) {
        line.config_file = Some(path::absolute(first).unwrap_or_else(|_| PathBuf::from(first)));
    }
    let start = usize::from(line.config_file.is_some());
    let last = words.len().saturating_sub(1);
    let mut has_value = true;
    for (at, &word) in words.iter().enumerate().skip(start) {
        if word == b"-" && (at == 0 || at == last) {
            line.stdin = true;
        } else if has_value && let Some(option) = word.strip_prefix(b"--") {
            has_value = push_option(&mut line.options, word, option, words.get(at + 1).copied());
        } else {
            line.options.extend_from_slice(quoted(word).as_bytes());
            line.options.push(b' ');
            has_value = true;
        }
    }
    line
}

/// Begins the option's line; says whether it has its value. `word` is the option with dashes.
fn push_option(options: &mut Vec<u8>, word: &[u8], option: &[u8], next: Option<&[u8]>) -> bool {
    if !options.is_empty() {
        options.push(b'\n');
    }
    options.extend_from_slice(option);
    options.push(b' ');
    let is_bare = words::split(word).is_some_and(|words| words.len() == 1);
    if !is_bare {
        return true; // Name and value in one argument.
    }
    let lacks_value = next.is_none_or(|next| next.starts_with(b"--"));
    let is_save = word.eq_ignore_ascii_case(b"--save");
    if is_save && lacks_value {
        options.extend_from_slice(b"\"\"");
    }
    lacks_value && (is_save || word.eq_ignore_ascii_case(b"--sentinel"))
}

impl CommandLine {
    /// Reads the file and standard input if asked for, then the options.
    pub fn load(&self, stdin: &mut dyn Read) -> Result<Settings, LoadError> {
        let failed = |path: &Path, source: io::Error| LoadError::Open { path: path.into(), source };
        let file = match &self.config_file {
            Some(path) => fs::read(path).map_err(|why| failed(path, why))?,
            None => Vec::new(),
        };
        let mut piped = Vec::new();
        if self.stdin {
            stdin.read_to_end(&mut piped).map_err(|why| failed(Path::new("-"), why))?;
        }
        self.settings(&file, &piped)
    }

    /// The settings, from the texts of the file and of standard input (empty if not asked for).
    pub fn settings(&self, file: &[u8], stdin: &[u8]) -> Result<Settings, LoadError> {
        let newlines = |text: &[u8]| text.iter().filter(|&&byte| byte == b'\n').count();
        let after_file = 1 + newlines(file);
        let after_stdin = after_file + newlines(stdin);
        let mut loader = Loader::default();
        loader.text(file, self.config_file.as_deref(), 1)?;
        loader.text(stdin, None, after_file)?;
        loader.text(&self.options, None, after_stdin + 1)?;
        loader.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> CommandLine {
        let arguments: Vec<_> = words.iter().map(OsString::from).collect();
        match Invocation::parse(&arguments) {
            Invocation::Run(line) => line,
            other => panic!("{other:?}"),
        }
    }

    /// Directives shown after a command line over an optional file.
    fn check(words: &[&str], file: &str, expected: &[(&str, &str)]) {
        let settings = run(words).settings(file.as_bytes(), b"").expect("good command line");
        for (name, value) in expected {
            let shown = crate::find(name.as_bytes()).expect(name).show(&settings);
            assert_eq!(shown, *value, "{words:?} {name}");
        }
    }

    fn refused(words: &[&str], text: &str, reason: &str) {
        let error = run(words).settings(b"", b"").expect_err(text).to_string();
        let expected = format!("Reading the configuration file, at line 2\n>>> '{text}'\n{reason}");
        assert!(error.starts_with(&expected), "{error}\n{expected}");
    }

    #[test]
    fn other_invocations() {
        assert_eq!(Invocation::parse(&["-v".into()]), Invocation::Version);
        assert_eq!(Invocation::parse(&["--help".into()]), Invocation::Help);
        assert_eq!(Invocation::parse(&[]), Invocation::Run(CommandLine::default()));
    }

    #[test]
    fn file_and_standard_input() {
        let absolute = path::absolute("a.conf").expect("a working directory");
        assert_eq!(run(&["a.conf", "--port", "1"]).config_file, Some(absolute));
        assert!(run(&["-"]).stdin && run(&["-", "--port", "1"]).stdin);
        assert!(run(&["a.conf", "--port", "1", "-"]).stdin);
        assert!(!run(&["--logfile", "-", "--port", "1"]).stdin);
        let line = run(&["a.conf", "--port", "3", "-"]);
        let settings = line.settings(b"port 1\ntimeout 1", b"port 2\nhz 20").expect("good");
        assert_eq!(settings.network.port, 3);
        assert_eq!(settings.process.hz, 20);
        assert_eq!(settings.clients.timeout_s, 1);
    }

    #[test]
    fn options() {
        check(
            &["--port", "6380", "--bind", "::1", "127.0.0.1", "--LogLevel", "verbose"],
            "",
            &[("port", "6380"), ("bind", "::1 127.0.0.1"), ("loglevel", "verbose")],
        );
        check(
            &["--maxmemory 700mb", "--maxmemory-policy 'volatile-lru'"],
            "",
            &[("maxmemory", "734003200"), ("maxmemory-policy", "volatile-lru")],
        );
        check(
            &["a.conf", "loglevel", "verbose", "--maxmemory '700mb'"],
            "",
            &[("loglevel", "verbose"), ("maxmemory", "734003200")],
        );
        check(
            &[
                "--shutdown-on-sigint",
                "nosave",
                "force",
                "now",
                "--shutdown-on-sigterm",
                "nosave force",
            ],
            "",
            &[("shutdown-on-sigint", "nosave now force"), ("shutdown-on-sigterm", "nosave force")],
        );
        check(&["--requirepass", "a \"b\" \\ c"], "", &[("requirepass", "a \"b\" \\ c")]);
    }

    #[test]
    fn values_that_look_like_options() {
        let template = "--my--title--template";
        let expected = &[("proc-title-template", template), ("loglevel", "verbose")];
        check(&["--proc-title-template", template, "--loglevel", "verbose"], "", expected);
        let joined = format!("--proc-title-template {template}");
        check(&[&joined, "--loglevel verbose"], "", expected);
    }

    #[test]
    fn save_may_lack_its_value() {
        let file = "save 900 1";
        let expected = &[("save", ""), ("loglevel", "verbose")];
        check(&["f", "--save", "--loglevel", "verbose"], file, expected);
        check(&["f", "--loglevel", "verbose", "--save"], file, expected);
        check(&["f", "--save", "", "--loglevel", "verbose"], file, expected);
        check(&["f", "--loglevel", "verbose", "--save", ""], file, expected);
        check(&["f", "--save", "100", "100"], file, &[("save", "900 1 100 100")]);
        check(
            &["f", "--proc-title-template", "--save", "--save", "", "--loglevel", "verbose"],
            file,
            &[("proc-title-template", "--save"), ("save", ""), ("loglevel", "verbose")],
        );
    }

    #[test]
    fn refused_options_show_their_line() {
        let number = "wrong number of arguments";
        let words = "argument(s) must be one of the following";
        refused(&["--port"], "port", number);
        refused(&["--port", "6379", "6380"], "port \"6379\" \"6380\"", number);
        refused(&["--port", "--loglevel", "verbose"], "port \"--loglevel\" \"verbose\"", number);
        refused(
            &["--port", "--bla", "--loglevel", "verbose"],
            "port \"--bla\"",
            "argument couldn't be parsed into an integer",
        );
        refused(&["--shutdown-on-sigint"], "shutdown-on-sigint", words);
        refused(
            &["--replicaof", "127.0.0.1", "abc"],
            "replicaof \"127.0.0.1\" \"abc\"",
            "Invalid master port",
        );
        refused(&["--replicaof", "--127.0.0.1", "--abc"], "replicaof \"--127.0.0.1\"", number);
    }
}
