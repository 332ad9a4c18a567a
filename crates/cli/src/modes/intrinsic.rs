//! --intrinsic-latency: how long this machine keeps a busy process from running. No server.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::screen::say;
use crate::session::{Said, Session};

/// Works for as many seconds as the options say, and reports the longest step.
pub(super) fn measure(session: &mut Session) -> Result<(), Said> {
    let seconds = u64::try_from(session.options.amount).unwrap_or(0);
    let span = Duration::from_secs(seconds);
    let began = Instant::now();
    let (mut longest, mut runs) = (0, 0u64);
    loop {
        let start = Instant::now();
        black_box(work());
        let us = start.elapsed().as_micros();
        runs += 1;
        if us > longest {
            longest = us;
            say(&format!("Max latency so far: {longest} microseconds.\n"));
        }
        if session.stop.is_set() || began.elapsed() > span {
            break;
        }
    }
    let average_us = began.elapsed().as_secs_f64() * 1e6 / runs as f64;
    let (average_ns, times) = (average_us * 1e3, longest as f64 / average_us);
    say(&format!(
        "\n{runs} total runs (avg latency: {average_us:.4} microseconds / {average_ns:.2} \
         nanoseconds per run).\n\
         Worst run took {times:.0}x longer than the average latency.\n"
    ));
    Ok(())
}

/// A few microseconds of work that no compiler can foresee.
fn work() -> u64 {
    let mut state = black_box(0x9e37_79b9_7f4a_7c15u64);
    for _ in 0..1000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}
