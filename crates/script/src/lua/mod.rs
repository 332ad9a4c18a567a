//! The Lua interpreter behind a safe interface: a [`Lua`] state, and [`Frame`]s of its stack.
//!
//! This folder holds all unsafe code of the crate. What makes it sound:
//!
//! 1. Lua reports errors by unwinding the machine stack, which must not cross Rust frames. Only
//!    `trampoline` and `hook`, which own nothing, raise; functions written in Rust return `Raise`.
//! 2. While Rust code runs, the memory limit is suspended, so that no call of the interpreter's
//!    interface made here can fail for want of memory. The excess is noticed when Rust is left.
//! 3. Every other call that can raise (a key that is nil or NaN, a table or string too large, a
//!    metamethod) is excluded by a check in [`Frame`], or not offered.
//! 4. A string's bytes stay in place while the string is on the stack. [`Frame`] never removes a
//!    function's arguments, and lends the bytes of other values only until it is changed.
//!
//! Not here: anything that knows Redis.

#![allow(unsafe_code)]

mod frame;
mod function;
mod memory;
mod slot;
mod state;

pub use frame::{Frame, Kept, Kind, PRELUDE_NAME, Place, Raise};
pub use function::Function;
pub use slot::Slot;
pub use state::Lua;
