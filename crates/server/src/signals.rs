//! SIGTERM and SIGINT end the server in good order; SIGHUP is ignored, as in Redis.

use std::io;
use std::sync::Arc;
use std::thread;

use engine::{Node, StopSignal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::host::ProcessHost;

/// Starts the thread that waits for signals.
///
/// # Errors
/// The system refuses the handlers or the thread.
pub fn watch(node: Arc<Node>, host: &Arc<ProcessHost>) -> io::Result<()> {
    host.know(&node);
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let (name, signal) = match signal {
                SIGTERM => ("SIGTERM", StopSignal::Terminate),
                SIGINT => ("SIGINT", StopSignal::Interrupt),
                _ => continue,
            };
            node.journal().warning(format_args!("Received {name} scheduling shutdown..."));
            node.on_signal(signal);
        }
    })?;
    Ok(())
}
