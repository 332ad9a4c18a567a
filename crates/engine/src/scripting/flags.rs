//! What a request that runs a script is held to, before it runs: a script that says of itself that
//! it does not write is admitted where nothing may write.
//!
//! Not here: what is checked once the script runs (`run`).

use commands::control::Control;
use commands::spec::{Body, MAY_REPLICATE, Spec, WRITE};
use protocol::Request;
use script::{Flags, declared_flags};

use super::sha_of;
use crate::node::Node;

/// The flags of a command in this request: the row's own, but for a script that declares more.
pub(crate) fn command_flags(node: &Node, spec: &Spec, request: Request<'_>) -> u32 {
    match flags_of_script(node, spec, request) {
        Some(flags) if flags.declared && flags.no_writes => spec.flags & !(WRITE | MAY_REPLICATE),
        _ => spec.flags,
    }
}

/// What the script that a request runs says of itself, as far as that is known.
fn flags_of_script(node: &Node, spec: &Spec, request: Request<'_>) -> Option<Flags> {
    let Body::Control(control) = spec.body else { return None };
    let named = request.get(1)?;
    match control {
        Control::Eval => declared_flags(named),
        Control::Evalsha => Some(node.scripts.find(&sha_of(named)?)?.script.flags()),
        Control::Fcall => Some(node.functions.find(named)?.1.flags),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    const READS: &[u8] = b"#!lua flags=no-writes\nreturn 1";

    #[test]
    fn while_writes_are_paused_a_script_that_says_it_reads_is_run() {
        let mut bench = Bench::default();
        let sha = script::sha1_hex(READS);
        bench.check(&[("CLIENT PAUSE 1000 WRITE", "+OK")]);
        let mut reply = |words: &[&[u8]]| bench.send(0, words).0;
        assert_eq!(reply(&[b"EVAL", READS, b"0"]), b":1\r\n");
        assert_eq!(reply(&[b"EVALSHA", &sha, b"0"]), b":1\r\n");
        assert_eq!(reply(&[b"MULTI"]), b"+OK\r\n");
        assert_eq!(reply(&[b"EVAL", READS, b"0"]), b"+QUEUED\r\n");
        assert_eq!(reply(&[b"EXEC"]), b"*1\r\n:1\r\n");
        assert_eq!(reply(&[b"EVAL", b"return 1", b"0"]), b"");
    }
}
