//! --latency, --latency-history, --latency-dist: how long a PING takes, as the client sees it.

use std::time::{Duration, Instant};

use super::call_again;
use crate::options::Output;
use crate::screen::say;
use crate::session::{Said, Session};

/// Time between two samples.
const PAUSE: Duration = Duration::from_millis(10);

/// Milliseconds seen so far.
#[derive(Default)]
struct Samples {
    min: u128,
    max: u128,
    sum: u128,
    count: u128,
}

impl Samples {
    fn add(&mut self, ms: u128) {
        self.min = if self.count == 0 { ms } else { self.min.min(ms) };
        self.max = self.max.max(ms);
        self.sum += ms;
        self.count += 1;
    }

    fn text(&self, output: Output) -> String {
        let Self { min, max, count, .. } = self;
        let average = self.sum as f64 / self.count.max(1) as f64;
        match output {
            Output::Standard => {
                format!("min: {min}, max: {max}, avg: {average:.2} ({count} samples)")
            }
            Output::Csv => format!("{min},{max},{average:.2},{count}\n"),
            Output::Raw => format!("{min} {max} {average:.2} {count}\n"),
            Output::Json | Output::QuotedJson => format!(
                "{{\"min\": {min}, \"max\": {max}, \"avg\": {average:.2}, \"count\": {count}}}\n"
            ),
        }
    }
}

/// Samples until ended; without a terminal for a second (-i), then prints one line.
pub(super) fn measure(session: &mut Session) -> Result<(), Said> {
    let interval = session.options.interval;
    let or = |default| if interval.is_zero() { default } else { interval };
    let (history_span, once_span) = (or(Duration::from_secs(15)), or(Duration::from_secs(1)));
    let (output, history) = (session.options.output, session.options.history);
    let mut samples = Samples::default();
    let mut began = Instant::now();
    loop {
        let start = Instant::now();
        call_again(session, &[b"PING"])?;
        samples.add(start.elapsed().as_millis());
        if output == Output::Standard {
            say(&format!("\x1b[0G\x1b[2K{}", samples.text(output)));
        } else if history {
            say(&samples.text(output));
        } else if began.elapsed() > once_span {
            say(&samples.text(output));
            return Ok(());
        }
        if history && began.elapsed() > history_span {
            say(&format!(" -- {:.2} seconds range\n", began.elapsed().as_secs_f64()));
            began = Instant::now();
            samples = Samples::default();
        }
        std::thread::sleep(PAUSE);
    }
}

/// The classes of the spectrum: the longest time in microseconds, and its sign.
#[rustfmt::skip] // a row for each unit
const CLASSES: &[(u128, char)] = &[
    (10, '.'), (125, '-'), (250, '*'), (500, '#'),
    (1_000, '1'), (2_000, '2'), (3_000, '3'), (4_000, '4'), (5_000, '5'),
    (6_000, '6'), (7_000, '7'), (8_000, '8'), (9_000, '9'),
    (10_000, 'A'), (20_000, 'B'), (30_000, 'C'), (40_000, 'D'), (50_000, 'E'),
    (100_000, 'F'), (200_000, 'G'), (300_000, 'H'), (400_000, 'I'), (500_000, 'J'),
    (1_000_000, 'K'), (2_000_000, 'L'), (4_000_000, 'M'), (8_000_000, 'N'),
    (16_000_000, 'O'), (30_000_000, 'P'), (60_000_000, 'Q'), (u128::MAX, '?'),
];

/// Colours of a 256-colour terminal from none to all.
const COLORS: &[u8] =
    &[0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196];
const GREYS: &[u8] = &[0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 249, 251, 253];

/// A line of colours each second (-i): how many of the samples fell into each class.
pub(super) fn spectrum(session: &mut Session) -> Result<(), Said> {
    let interval = session.options.interval;
    let span = if interval.is_zero() { Duration::from_secs(1) } else { interval };
    let palette = if session.options.mono { GREYS } else { COLORS };
    let mut counts = vec![0u64; CLASSES.len()];
    let (mut began, mut lines) = (Instant::now(), 0u64);
    loop {
        let start = Instant::now();
        call_again(session, &[b"PING"])?;
        let us = start.elapsed().as_micros();
        let class = CLASSES.iter().position(|(max, _)| us <= *max).unwrap_or(0);
        counts[class] += 1;
        if began.elapsed() > span {
            if lines.is_multiple_of(20) {
                say(&legend(palette));
            }
            lines += 1;
            say(&spectrum_line(&counts, palette));
            counts.fill(0);
            began = Instant::now();
        }
        std::thread::sleep(PAUSE);
    }
}

fn spectrum_line(counts: &[u64], palette: &[u8]) -> String {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    let mut line = String::from("\x1b[38;5;0m");
    for (count, (_, sign)) in counts.iter().zip(CLASSES) {
        let shade = (*count as f64 / total * (palette.len() - 1) as f64).ceil() as usize;
        line.push_str(&format!("\x1b[48;5;{}m{sign}", palette[shade.min(palette.len() - 1)]));
    }
    line + "\x1b[0m\n"
}

fn legend(palette: &[u8]) -> String {
    let shades: String = palette.iter().map(|c| format!("\x1b[48;5;{c}m ")).collect();
    let rule = "-".repeat(45);
    format!(
        "{rule}\n\
         . - * #          up to .01 .125 .25 .5 milliseconds\n\
         1,2,3,...,9      up to 1 to 9 milliseconds\n\
         A,B,C,D,E        up to 10,20,30,40,50 milliseconds\n\
         F,G,H,I,J        up to .1,.2,.3,.4,.5 seconds\n\
         K,L,M,N,O,P,Q,?  up to 1,2,4,8,16,30,60 seconds, more\n\
         none to all:     {shades}\x1b[0m\n{rule}\n"
    )
}
