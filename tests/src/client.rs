//! One connection to a server, as plain as possible: send bytes, read replies.
//!
//! Every read has an end (`PATIENCE`), so that a server that does not answer is a failed test
//! and not a test that hangs.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::binary;
use crate::reply::Reply;
use crate::words;

/// How long a reply may take before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A connection with the bytes that were read and not yet taken.
pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
    form: Form,
}

/// How requests and replies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RESP.
    Resp,
    /// The binary protocol.
    Binary,
}

impl Client {
    /// Connects to a server on the loopback interface.
    pub fn connect(port: u16) -> io::Result<Self> {
        Self::connect_as(port, Form::Resp)
    }

    /// Connects to a port where this form is spoken.
    pub fn connect_as(port: u16, form: Form) -> io::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::new(), form })
    }

    /// Sends a line such as `SET k "a b"` and reads its reply. Fails the test on a lost connection.
    #[track_caller]
    pub fn run(&mut self, line: &str) -> Reply {
        let words = words::split(line).expect("a command line");
        self.call(&words)
    }

    /// Sends one command and reads its reply. Fails the test on a lost connection.
    #[track_caller]
    pub fn call<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Reply {
        match self.try_call(words) {
            Ok(reply) => reply,
            Err(error) => {
                let name =
                    words.first().map_or_else(String::new, |word| words::quote(word.as_ref()));
                panic!("no reply to {name}: {error}")
            }
        }
    }

    /// Sends one command and reads its reply.
    pub fn try_call<W: AsRef<[u8]>>(&mut self, words: &[W]) -> io::Result<Reply> {
        self.send(words)?;
        self.read()
    }

    /// Sends many lines as pipelines of a hundred. Fails the test on an error among the replies.
    #[track_caller]
    pub fn run_all(&mut self, lines: impl IntoIterator<Item = String>) {
        let lines: Vec<String> = lines.into_iter().collect();
        for batch in lines.chunks(100) {
            for line in batch {
                let words = words::split(line).expect("a command line");
                self.send(&words).expect("a connection");
            }
            for line in batch {
                let reply = self.read().expect("a reply");
                assert!(!reply.is_error(), "{line}: {reply}");
            }
        }
    }

    /// Sends one command without waiting.
    pub fn send<W: AsRef<[u8]>>(&mut self, words: &[W]) -> io::Result<()> {
        self.send_raw(&match self.form {
            Form::Resp => encode(words),
            Form::Binary => binary::encode(words),
        })
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads the next reply.
    pub fn read(&mut self) -> io::Result<Reply> {
        loop {
            let decoded = match self.form {
                Form::Resp => Reply::decode(&self.unread),
                Form::Binary => binary::decode(&self.unread),
            };
            let decoded = decoded.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            if let Some((reply, used)) = decoded {
                self.unread.drain(..used);
                return Ok(reply);
            }
            self.fill()?;
        }
    }

    /// Reads exactly `count` bytes, undecoded.
    pub fn read_raw(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.fill()?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Reads whatever comes until the server closes the connection, undecoded.
    pub fn read_until_closed(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.fill() {
                Ok(()) => {}
                Err(error) if is_closed(&error) => return Ok(std::mem::take(&mut self.unread)),
                Err(error) => return Err(error),
            }
        }
    }

    /// What has arrived and was not read, without waiting.
    pub fn leftover(&mut self) -> io::Result<Vec<u8>> {
        self.stream.set_nonblocking(true)?;
        let filled = self.fill();
        self.stream.set_nonblocking(false)?;
        match filled {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock || is_closed(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(std::mem::take(&mut self.unread))
    }

    /// A second handle on the same connection, for a thread that only sends.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()?, unread: Vec::new(), form: self.form })
    }

    /// Changes how long a read waits.
    pub fn set_patience(&mut self, patience: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(patience))
    }

    /// Says that nothing more will be sent; replies can still be read.
    pub fn finish_sending(&mut self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0; 64 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "closed by the server")),
            Ok(count) => {
                self.unread.extend_from_slice(&chunk[..count]);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether an error says that the other side closed or reset the connection.
pub fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
    )
}

/// The bytes of one command as a RESP array of bulk strings.
pub fn encode<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
