//! Instructions of one run of a script against a host that does nothing, for callgrind:
//!
//! ```text
//! cargo build --release -p russet-script --example script_cost
//! valgrind --tool=callgrind target/release/examples/script_cost RUNS [SCRIPT [ARGUMENT..]]
//! ```
//!
//! The cost of a run is the difference between two counts of runs, divided by their difference.
//! Prints the reply of the last run. Without SCRIPT: one SET of a declared key.

use std::time::Duration;

use protocol::{Output, Reply, Version};
use russet_script::{Called, Host, LogLevel, Propagation, Script, ServerVersion, Verdict, Vm};

/// The host that does nothing.
struct Idle;

impl Host for Idle {
    fn call(&mut self, request: &[&[u8]], version: Version, output: &mut Output) -> Called {
        let mut reply = Reply::new(output, version);
        match request {
            [b"GET", ..] => reply.bulk(b"value of sixteen"),
            [b"HGETALL", ..] => {
                reply.map(20);
                for _ in 0..20 {
                    reply.bulk(b"name of field");
                    reply.bulk(b"value of sixteen");
                }
            }
            [b"FAIL", ..] => reply.error("ERR asked for"),
            _ => reply.ok(),
        }
        Called::Replied
    }

    fn tick(&mut self) -> Verdict {
        Verdict::Go
    }

    fn processor_time(&mut self) -> Duration {
        Duration::ZERO
    }

    fn may_call(&mut self, _request: &[&[u8]]) -> Option<bool> {
        None
    }

    fn log(&mut self, _level: LogLevel, _text: &[u8]) {}

    fn set_propagation(&mut self, _to: Propagation) {}
}

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runs = arguments.first().and_then(|runs| runs.parse().ok()).unwrap_or(1_000);
    let text = arguments.get(1).map_or("return redis.call('SET', KEYS[1], ARGV[1])", |text| text);
    let rest: Vec<&[u8]> = arguments.iter().skip(2).map(|text| text.as_bytes()).collect();
    let rest = if rest.is_empty() { vec![&b"value of sixteen"[..]] } else { rest };

    let version = ServerVersion { major: 7, minor: 0, patch: 15 };
    let mut vm = Vm::new(64 << 20, version, 1)?;
    let lossy = |text: Vec<u8>| String::from_utf8_lossy(&text).into_owned();
    let script = Script::new(text.as_bytes()).map_err(lossy)?;
    vm.compile(&script).map_err(lossy)?;
    let keys: [&[u8]; 1] = [b"key of 16 bytes."];
    let mut output = Output::new();
    for _ in 0..runs {
        output.clear();
        vm.run(&script, [&keys, &rest], &mut Idle, &mut Reply::new(&mut output, Version::Resp2));
    }
    let reply = output.pieces().collect::<Vec<_>>().concat();
    println!("{} memory {}", reply.escape_ascii(), vm.memory_used());
    Ok(())
}
