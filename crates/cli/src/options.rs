//! What the arguments say: redis-cli's options, read as it reads them.
//!
//! One table has every option: its names, its argument, its help and its effect; `--help` is
//! printed from it. Options end at the first word that begins with no dash: the command.
//! Must be true: an option that is not understood is refused, never ignored.

use std::path::PathBuf;
use std::time::Duration;

use crate::text::{leading_integer, leading_number, lossy, percent_decode, unquote};

mod table;

pub(crate) use table::help;

/// How replies are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Standard,
    Raw,
    Csv,
    Json,
    QuotedJson,
}

/// What else than carrying out a command is asked for. In the order in which they win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    Latency,
    LatencyDist,
    Replica,
    Dump,
    Pipe,
    BigKeys,
    MemKeys,
    HotKeys,
    Stat,
    Scan,
    CacheTest,
    IntrinsicLatency,
    Command,
}

/// Everything that arguments and environment say.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub host: String,
    pub port: i64,
    pub socket: Option<PathBuf>,
    pub user: Option<Vec<u8>>,
    pub password: Option<Vec<u8>>,
    pub ask_password: bool,
    pub no_auth_warning: bool,
    pub db: i64,
    pub repeat: i64,
    pub interval: Duration,
    pub resp2: bool,
    pub resp3: bool,
    /// RESP3 is wished for by the output format; a server that has none is no error.
    pub resp3_wished: bool,
    pub output: Output,
    pub show_pushes: bool,
    pub delimiter: Vec<u8>,
    pub command_delimiter: Vec<u8>,
    pub stdin_last: bool,
    pub stdin_tag: Option<Vec<u8>>,
    pub quoted_input: bool,
    pub cluster: bool,
    pub fail_on_error: bool,
    pub eval: Option<PathBuf>,
    pub mode: Mode,
    pub history: bool,
    pub mono: bool,
    pub pattern: Option<Vec<u8>>,
    pub scan_count: Option<i64>,
    pub scan_type: Option<Vec<u8>>,
    pub scan_cursor: Option<Vec<u8>>,
    pub samples: Option<i64>,
    pub pipe_timeout: i64,
    pub file: Option<PathBuf>,
    pub functions_only: bool,
    /// Keys of the cache test, seconds of the intrinsic latency.
    pub amount: i64,
    pub binary: bool,
    pub connect_timeout: Option<Duration>,
    /// The command and its arguments.
    pub command: Vec<Vec<u8>>,
}

/// What a reading of the arguments came to.
#[derive(Debug)]
pub(crate) enum Parsed {
    Run(Box<Options>),
    Help,
    Version,
}

/// Whether standard output is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    Terminal,
    Other,
}

impl Options {
    pub(crate) fn new(screen: Screen) -> Self {
        let terminal = screen == Screen::Terminal;
        Self {
            host: "127.0.0.1".into(),
            port: 6379,
            socket: None,
            user: None,
            password: None,
            ask_password: false,
            no_auth_warning: false,
            db: 0,
            repeat: 1,
            interval: Duration::ZERO,
            resp2: false,
            resp3: false,
            resp3_wished: false,
            output: if terminal { Output::Standard } else { Output::Raw },
            show_pushes: terminal,
            delimiter: b"\n".to_vec(),
            command_delimiter: b"\n".to_vec(),
            stdin_last: false,
            stdin_tag: None,
            quoted_input: false,
            cluster: false,
            fail_on_error: false,
            eval: None,
            mode: Mode::Command,
            history: false,
            mono: false,
            pattern: None,
            scan_count: None,
            scan_type: None,
            scan_cursor: None,
            samples: None,
            pipe_timeout: 30,
            file: None,
            functions_only: false,
            amount: 0,
            binary: false,
            connect_timeout: None,
            command: Vec::new(),
        }
    }

    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    /// What to say before leaving with status 1.
    pub(crate) fn parse(arguments: &[Vec<u8>], screen: Screen) -> Result<Parsed, String> {
        let mut options = Self::new(screen);
        let mut rest = arguments;
        while let [name, after @ ..] = rest {
            if !name.starts_with(b"-") {
                break;
            }
            rest = after;
            match name.as_slice() {
                b"--help" => return Ok(Parsed::Help),
                b"-h" if after.is_empty() => return Ok(Parsed::Help),
                b"-v" | b"--version" => return Ok(Parsed::Version),
                _ => {}
            }
            let refused =
                || format!("Unrecognized option or bad number of args for: '{}'", lossy(name));
            let row = table::find(name).ok_or_else(refused)?;
            match row.effect {
                table::Effect::Flag(effect) => effect(&mut options),
                table::Effect::Value(effect) => {
                    let [value, after @ ..] = rest else { return Err(refused()) };
                    rest = after;
                    effect(&mut options, value)?;
                }
                table::Effect::Refused(why) => return Err(format!("{}: {why}", lossy(name))),
            }
        }
        options.command = rest.to_vec();
        options.check()?;
        Ok(Parsed::Run(Box::new(options)))
    }

    fn check(&self) -> Result<(), String> {
        let exclusive = |one: &str, other: &str| {
            Err(format!("Options {one} and {other} are mutually exclusive."))
        };
        if self.socket.is_some() && self.cluster {
            return exclusive("-c", "-s");
        }
        if self.resp2 && self.resp3 {
            return exclusive("-2", "-3");
        }
        if self.binary && matches!(self.mode, Mode::Replica | Mode::Dump | Mode::Pipe) {
            return Err("--binary is for commands; a dump or a raw stream is RESP.".into());
        }
        if self.stdin_last && self.stdin_tag.is_some() {
            return exclusive("-x", "-X");
        }
        Ok(())
    }

    /// Sets the mode, if none that wins over it is set.
    fn enter(&mut self, mode: Mode) {
        self.mode = self.mode.min(mode);
    }

    /// `redis://[[user:]password@][host[:port]][/db]`.
    fn read_uri(&mut self, uri: &[u8]) -> Result<(), String> {
        let scheme = |name: &[u8]| {
            uri.get(..name.len()).filter(|s| s.eq_ignore_ascii_case(name)).map(|_| name.len())
        };
        if scheme(b"rediss://").is_some() {
            return Err("rediss:// needs TLS, which this program does not have yet".into());
        }
        let Some(len) = scheme(b"redis://") else { return Err("Invalid URI scheme".into()) };
        let mut rest = &uri[len..];
        if let Some(at) = rest.iter().position(|b| *b == b'@') {
            let mut password = &rest[..at];
            if let Some(colon) = password.iter().position(|b| *b == b':') {
                self.user = Some(percent_decode(&password[..colon])?);
                password = &password[colon + 1..];
            }
            self.password = Some(percent_decode(password)?);
            rest = &rest[at + 1..];
        }
        let path = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
        let (place, path) = rest.split_at(path);
        if !place.is_empty() {
            let colon = place.iter().position(|b| *b == b':');
            if let Some(colon) = colon {
                self.port = leading_integer(&place[colon + 1..]);
            }
            self.host = lossy(&place[..colon.unwrap_or(place.len())]);
        }
        if path.len() > 1 {
            self.db = leading_integer(&path[1..]);
        }
        Ok(())
    }

    fn read_pushes(&mut self, value: &[u8]) -> Result<(), String> {
        match value.first() {
            Some(b'n' | b'N') => self.show_pushes = false,
            Some(b'y' | b'Y') => self.show_pushes = true,
            // A word that is neither is a warning in redis-cli, not an end.
            _ => {
                eprintln!("Unknown --show-pushes value '{}' (valid: '[y]es', '[n]o')", lossy(value))
            }
        }
        Ok(())
    }

    fn read_quoted_pattern(&mut self, value: &[u8]) -> Result<(), String> {
        let bad = "Invalid quoted string specified for --quoted-pattern.";
        self.pattern = Some(unquote(value).ok_or(bad)?);
        Ok(())
    }
}

/// A time given in seconds; what is no time is none.
fn seconds(value: &[u8]) -> Duration {
    Duration::try_from_secs_f64(leading_number(value)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let words: Vec<Vec<u8>> = line.split_whitespace().map(|w| w.as_bytes().to_vec()).collect();
        match Options::parse(&words, Screen::Other)? {
            Parsed::Run(options) => Ok(*options),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn options_end_at_the_command() {
        let options = parse("-p 7000 -n 3 -r 5 -i 0.5 GET -p 1").unwrap();
        assert_eq!((options.port, options.db, options.repeat), (7000, 3, 5));
        assert_eq!(options.interval, Duration::from_millis(500));
        assert_eq!(options.command, [b"GET".to_vec(), b"-p".to_vec(), b"1".to_vec()]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parse("--nonsense").unwrap_err().contains("'--nonsense'"));
        assert!(parse("-p").unwrap_err().contains("'-p'"));
        assert!(parse("-2 -3").unwrap_err().contains("mutually exclusive"));
        assert!(parse("-x -X tag").unwrap_err().contains("mutually exclusive"));
        assert!(parse("--tls PING").unwrap_err().contains("TLS"));
        assert_eq!(parse("-h").unwrap_err(), "Help");
    }

    #[test]
    fn a_uri_names_everything() {
        let options = parse("-u redis://me:a%40b@db.example:7001/4").unwrap();
        assert_eq!(options.host, "db.example");
        assert_eq!((options.port, options.db), (7001, 4));
        assert_eq!(options.user.as_deref(), Some(&b"me"[..]));
        assert_eq!(options.password.as_deref(), Some(&b"a@b"[..]));
        assert_eq!(parse("-u redis://:7002").unwrap().port, 7002);
        assert_eq!(parse("-u redis://secret@").unwrap().host, "127.0.0.1");
        assert!(parse("-u http://x").is_err());
    }
}
