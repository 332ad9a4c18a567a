//! A host that answers from a list, and a script's reply as text.

#![allow(dead_code)] // no test uses all of it
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use protocol::{Output, Reply, Version};
use russet_script::{Called, Host, LogLevel, Propagation, Ran, Script, ServerVersion, Verdict, Vm};

/// The version that scripts are shown.
pub const VERSION: ServerVersion = ServerVersion { major: 7, minor: 0, patch: 15 };

/// A host for tests: `ECHO x` answers its argument, `RAW x` answers the bytes as they are.
#[derive(Default)]
pub struct TestHost {
    /// Every request, arguments joined by spaces, and its version's number.
    pub requests: Vec<String>,
    /// Lines logged.
    pub lines: Vec<(LogLevel, String)>,
    /// What `set_propagation` was told.
    pub propagation: Option<Propagation>,
    /// So many ticks are let pass before a verdict other than to go on.
    pub ticks_left: usize,
    /// That verdict.
    pub verdict: Option<Verdict>,
    /// Ticks so far.
    pub ticks: usize,
}

impl Host for TestHost {
    fn call(&mut self, request: &[&[u8]], version: Version, output: &mut Output) -> Called {
        let text = request.iter().map(|word| word.escape_ascii().to_string());
        self.requests.push(text.collect::<Vec<_>>().join(" "));
        let mut reply = Reply::new(output, version);
        let name = request[0].to_ascii_uppercase();
        match (&name[..], &request[1..]) {
            (b"ECHO", [text]) => reply.bulk(text),
            (b"SET", _) => reply.ok(),
            (b"GET", [_]) => reply.nil(),
            (b"PING", []) => reply.status("PONG"),
            (b"RAW", [bytes]) => output.push_bytes(bytes),
            (b"LEAVE", _) => return Called::Abandon,
            (b"PANIC", _) => panic!("asked for"),
            (b"EVAL" | b"SUBSCRIBE", _) => {
                reply.error("ERR This Redis command is not allowed from script");
            }
            (b"ECHO" | b"GET", _) => {
                reply.error("ERR Wrong number of args calling Redis command from script");
            }
            _ => reply.error("ERR Unknown Redis command called from script"),
        }
        Called::Replied
    }

    fn tick(&mut self) -> Verdict {
        self.ticks += 1;
        match (self.verdict, self.ticks_left) {
            (Some(verdict), 0) => verdict,
            (Some(_), _) => {
                self.ticks_left -= 1;
                Verdict::Go
            }
            (None, _) => Verdict::Go,
        }
    }

    fn processor_time(&mut self) -> Duration {
        Duration::from_millis(1_500)
    }

    fn may_call(&mut self, request: &[&[u8]]) -> Option<bool> {
        match request[0] {
            b"set" => Some(true),
            b"get" => Some(false),
            _ => None,
        }
    }

    fn log(&mut self, level: LogLevel, text: &[u8]) {
        self.lines.push((level, text.escape_ascii().to_string()));
    }

    fn set_propagation(&mut self, to: Propagation) {
        self.propagation = Some(to);
    }
}

/// An interpreter and a host, to run scripts one after the other.
pub struct Runner {
    pub vm: Vm,
    pub host: TestHost,
    pub version: Version,
    /// How the last run ended.
    pub ran: Option<Ran>,
}

impl Runner {
    pub fn new() -> Self {
        Self::with_memory(64 << 20)
    }

    pub fn with_memory(limit: usize) -> Self {
        Runner {
            vm: Vm::new(limit, VERSION, 1).unwrap(),
            host: TestHost::default(),
            version: Version::Resp2,
            ran: None,
        }
    }

    /// Compiles and runs; the reply with its line breaks as spaces.
    pub fn eval(&mut self, text: &str, keys: &[&[u8]], args: &[&[u8]]) -> String {
        let script = match Script::new(text.as_bytes()) {
            Ok(script) => script,
            Err(text) => return format!("-ERR {}", text.escape_ascii()),
        };
        if let Err(text) = self.vm.compile(&script) {
            return format!("-{}", text.escape_ascii());
        }
        let mut output = Output::new();
        let mut reply = Reply::new(&mut output, self.version);
        let ran = self.vm.run(&script, [keys, args], &mut self.host, &mut reply);
        self.ran = Some(ran);
        let bytes = output.pieces().collect::<Vec<_>>().concat();
        let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(&bytes);
        let text = bytes.escape_ascii().to_string().replace("\\r\\n", " ");
        let sha = std::str::from_utf8(script.sha()).unwrap();
        text.replace(&format!(" script: {sha}, on @user_script:"), " @")
    }

    /// As `eval`, without keys and arguments.
    pub fn run(&mut self, text: &str) -> String {
        self.eval(text, &[], &[])
    }
}

/// The reply to a script in a fresh interpreter. The place of an error, ` script: SHA, on
/// @user_script:N.`, is shortened to ` @N.`.
pub fn run(text: &str) -> String {
    Runner::new().run(text)
}
