//! Who may touch which part of the keyspace, and when.
//!
//! ```text
//!   Inside   a worker between the start and the end of a batch (the gate's turnstile)
//!   Held     stripes locked by a worker inside: one, several in ascending order, or all
//!   Alone    the one worker for which everybody else is outside
//! ```
//!
//! Rules
//! 1. Only a worker that is `Inside` locks stripes, and it holds them only while it runs one
//!    command (or one EXEC): never while it sleeps, never across batches.
//! 2. Several stripes are locked in ascending order; if one is taken, all are given back and the
//!    command is tried again later. So there is no deadlock and no waiting while holding.
//! 3. `Alone` begins when every other worker has stepped out, hence when nobody else has a stripe.
//! 4. Memory that a worker inside may be peeking at is freed only after that worker's turn
//!    ended (`graveyard`).
#![allow(unsafe_code)]

mod chaos;
mod gate;
mod graveyard;
mod held;
mod inside;
#[cfg(all(test, feature = "model"))]
mod models;
mod stripe;
#[cfg(test)]
mod tests;

pub use gate::{Gate, Occupied, Patience};
pub use graveyard::Graveyard;
pub use held::{Busy, Held};
pub use inside::{Alone, Inside};

pub(crate) use stripe::Stripe;
