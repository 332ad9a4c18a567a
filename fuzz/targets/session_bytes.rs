//! A client: any bytes sent to a node in process are answered by well-formed replies.
//!
//! The node has one worker, no sockets, no files, and a clock that moves only between chunks; its
//! limits are small, so that a request cannot ask for much memory.
//! Input: the first byte is the length of the chunks in which the others arrive, 0 for all at once.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::hash::KeyHasher;
use config::Settings;
use engine::allocator::UNCOUNTED;
use engine::{
    Address, Cast, Facts, Host, Journal, Mail, Next, Node, Parts, Post, Recipients, Session,
    Visitor, WorkerState,
};
use log::Log;
use protocol::{Output, Version};

/// Rounds after which a request that is told to try again has had its chance.
const ROUNDS_MAX: usize = 100;

struct NoMail;

impl Post for NoMail {
    fn post(&self, _to: Address, _mail: Mail) {}

    fn cast(&self, _worker: usize, _to: Recipients, _cast: Cast) {}

    fn has_mail(&self, _worker: usize) -> bool {
        false
    }

    fn wake(&self, _worker: usize) {}

    fn wake_all(&self) {}
}

struct NoHost;

impl Host for NoHost {
    fn apply(&self, _changed: &[&str], _settings: &Settings) -> Result<(), String> {
        Ok(())
    }

    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn rewrite_config(&self, _settings: &Settings) -> Result<(), String> {
        Ok(())
    }

    fn reload(&self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&self) {}
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&chunk_len, bytes)) = bytes.split_first() else { return };
    let (clock, hands) = Clock::manual(1_700_000_000_000_000);
    let mut settings = Settings::default();
    settings.clients.proto_max_bulk_len_bytes = 1 << 20;
    settings.process.databases = 2;
    let node = Node::new(Parts {
        settings,
        workers: 1,
        clock,
        hasher: KeyHasher::with_key([7; 16]),
        log: Arc::new(Log::off()),
        post: Arc::new(NoMail),
        journal: Journal::silent(),
        allocator: UNCOUNTED,
        host: Arc::new(NoHost),
        files: Arc::new(log::aof::files::simulated::Disk::new()),
    })
    .expect("a thread and random numbers");
    let mut state = WorkerState::new(&node, 0);
    let mut session = connect(&node, &mut state);
    let mut output = Output::new();
    let mut unread = Vec::new();
    let chunk_len = if chunk_len == 0 { bytes.len().max(1) } else { usize::from(chunk_len) };
    for chunk in bytes.chunks(chunk_len) {
        unread.extend_from_slice(chunk);
        if !serve(&node, &mut state, &mut session, (&mut unread, &mut output)) {
            break;
        }
        hands.advance(Duration::from_millis(10));
        let mut turn = node.begin(&mut state);
        turn.tick();
        turn.commit();
    }
    check_replies(&output.pieces().collect::<Vec<_>>().concat());
    node.begin(&mut state).close(session);
});

fn connect(node: &Node, state: &mut WorkerState) -> Session {
    let visitor = Visitor {
        address: "127.0.0.1:50000".to_owned(),
        local: "127.0.0.1:6379".to_owned(),
        is_unix: false,
        is_loopback: true,
        speaks: Version::Resp2,
        descriptor: 8,
        at: Address { worker: 0, slot: 0 },
    };
    let mut turn = node.begin(state);
    turn.open(visitor, &mut Output::new()).expect("the first client is let in")
}

/// Serves what has arrived; whether the connection goes on.
fn serve(
    node: &Node,
    state: &mut WorkerState,
    session: &mut Session,
    (unread, output): (&mut Vec<u8>, &mut Output),
) -> bool {
    for _ in 0..ROUNDS_MAX {
        let mut turn = node.begin(state);
        let progress = turn.on_bytes(session, unread, output);
        turn.commit();
        assert!(progress.consumed <= unread.len());
        unread.drain(..progress.consumed);
        match progress.next {
            Next::Continue | Next::Deliver if !unread.is_empty() => {}
            Next::Retry => {}
            Next::Close | Next::Abort => return false,
            Next::Continue | Next::Deliver | Next::Incomplete(_) => return true,
            Next::Hold | Next::Park => return true,
        }
    }
    true
}

fn check_replies(mut rest: &[u8]) {
    while !rest.is_empty() {
        match protocol::decode(rest) {
            Ok(Some((_, len))) => rest = &rest[len..],
            other => panic!("{other:?}: {}", rest.escape_ascii()),
        }
    }
}
