//! The locks and atomics of the concurrency core, which a model checker can stand in for.
//!
//! Ordinarily these are the standard library's and `parking_lot`'s own types, under their names.
//! With the feature `model` they are shuttle's: then a test runs the same code under thousands of
//! schedules chosen from a seed, and a deadlock or a lost wake-up is found, printed and repeated.
//!
//! Must be true: code that a model runs waits only through what is here.
//! Not here: weak memory. A model runs sequentially consistent; that orderings suffice is argued
//! where they are written, and looked at by ThreadSanitizer.

#[cfg(not(feature = "model"))]
mod real;
#[cfg(not(feature = "model"))]
pub use real::{
    Condvar, Deadline, Mutex, MutexGuard, atomic, lock_until, spin_loop, unlocked, wait_until,
    yield_now,
};

#[cfg(feature = "model")]
mod model;
#[cfg(feature = "model")]
pub use model::{
    Condvar, Deadline, Mutex, MutexGuard, TimePasses, atomic, check, lock_until, set_time, spawn,
    spin_loop, unlocked, wait_until, yield_now,
};
