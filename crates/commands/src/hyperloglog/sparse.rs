//! The sparse form: runs of equal registers.
//!
//! ```text
//!   00nnnnnn             n + 1 registers of zero
//!   01nnnnnn nnnnnnnn    n + 1 registers of zero, high bits first
//!   1vvvvvnn             n + 1 registers of v + 1
//! ```
//!
//! How a register is raised decides the bytes, and the bytes when a sketch becomes dense, so the
//! steps are Redis's: the run is split, and then neighbours are joined within five runs from the
//! one before.

use super::sketch::{Encoding, HEADER_LEN, REGISTERS, header};

/// The greatest value a run can have.
pub(super) const VALUE_MAX: u8 = 32;
/// The longest run of a value other than zero.
pub(super) const VALUE_RUN_MAX: usize = 4;
const ZERO_RUN_MAX: usize = 64;
/// Runs looked at for neighbours to be joined.
const JOIN_STEPS: usize = 5;

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) value: u8,
    pub(super) len: usize,
    /// Bytes it takes.
    width: usize,
}

impl Run {
    /// Whether it is of the form that takes two bytes.
    pub(super) fn is_long(self) -> bool {
        self.width == 2
    }
}

/// The run at `at`, or `None` if the bytes break off.
fn run_at(bytes: &[u8], at: usize) -> Option<Run> {
    let first = *bytes.get(at)?;
    Some(match first >> 6 {
        0 => Run { value: 0, len: usize::from(first & 63) + 1, width: 1 },
        1 => {
            let len = usize::from(first & 63) << 8 | usize::from(*bytes.get(at + 1)?);
            Run { value: 0, len: len + 1, width: 2 }
        }
        _ => Run { value: (first >> 2 & 31) + 1, len: usize::from(first & 3) + 1, width: 1 },
    })
}

/// The runs in order. Ends with `None` if they are not as many registers as there must be.
pub(super) fn runs(body: &[u8]) -> impl Iterator<Item = Option<Run>> + '_ {
    let (mut at, mut covered, mut is_over) = (0, 0, false);
    std::iter::from_fn(move || {
        if is_over || (at == body.len() && covered == REGISTERS) {
            return None;
        }
        let run = run_at(body, at).filter(|run| covered + run.len <= REGISTERS);
        match run {
            Some(run) => (at, covered) = (at + run.width, covered + run.len),
            None => is_over = true,
        }
        Some(run)
    })
}

/// A sketch without elements.
pub(super) fn empty() -> Vec<u8> {
    let mut bytes = header(Encoding::Sparse);
    push_zeros(&mut bytes, REGISTERS);
    bytes
}

fn push_zeros(bytes: &mut Vec<u8>, len: usize) {
    match len {
        0 => {}
        1..=ZERO_RUN_MAX => bytes.push(len as u8 - 1),
        _ => bytes.extend_from_slice(&(0x4000 | (len - 1) as u16).to_be_bytes()),
    }
}

fn value_run(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len - 1) as u8
}

/// What became of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// It has the value now.
    Done,
    /// It had that value or a greater one.
    Unchanged,
    /// The sketch has to become dense first.
    NoRoom,
}

/// Raises a register of a sparse sketch; `None` if the sketch makes no sense.
pub(super) fn set(sketch: &mut Vec<u8>, index: usize, count: u8, bytes_max: usize) -> Option<Set> {
    if count > VALUE_MAX {
        return Some(Set::NoRoom);
    }
    let (mut at, mut first, mut previous) = (HEADER_LEN, 0, HEADER_LEN);
    let run = loop {
        let run = run_at(sketch, at)?;
        if index < first + run.len {
            break run;
        }
        previous = at;
        at += run.width;
        first += run.len;
    };
    if run.value >= count {
        return Some(Set::Unchanged);
    }
    let mut new = Vec::with_capacity(5);
    let (before, after) = (index - first, first + run.len - 1 - index);
    let push_rest = |new: &mut Vec<u8>, len: usize| match (run.value, len) {
        (_, 0) => {}
        (0, len) => push_zeros(new, len),
        (value, len) => new.push(value_run(value, len)),
    };
    push_rest(&mut new, before);
    new.push(value_run(count, 1));
    push_rest(&mut new, after);
    if new.len() > run.width && sketch.len() + new.len() - run.width > bytes_max {
        return Some(Set::NoRoom);
    }
    sketch.splice(at..at + run.width, new);
    join(sketch, previous);
    Some(Set::Done)
}

/// Joins neighbours of one value, from the run at `at` on.
fn join(sketch: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOIN_STEPS {
        let Some(run) = run_at(sketch, at) else { return };
        let next = run_at(sketch, at + run.width).filter(|next| next.value == run.value);
        match next {
            Some(next) if run.value > 0 && run.len + next.len <= VALUE_RUN_MAX => {
                sketch.remove(at);
                sketch[at] = value_run(run.value, run.len + next.len);
            }
            _ => at += run.width,
        }
    }
}
