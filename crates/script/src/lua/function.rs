//! Functions written in Rust that scripts can call.
//!
//! ```text
//! script -> interpreter -> trampoline -> enter -> body(&mut Frame)
//!                             | raises, owning nothing     | returns Raise
//! ```
//!
//! Must be true: see rules 1 and 2 of the module.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mlua_sys as ffi;

use super::frame::{Frame, Raise};
use super::state::Shared;

/// A function that scripts can call. Its arguments are the frame's first values; it returns how
/// many of the last are its results.
pub type Function = fn(&mut Frame<'_>) -> Result<i32, Raise>;

/// The state that a running interpreter belongs to.
///
/// # Safety
/// `state` belongs to a `Lua` that lives at least as long as the result is used.
pub(super) unsafe fn shared_of<'a>(state: *mut ffi::lua_State) -> &'a Shared {
    let mut shared: *mut c_void = std::ptr::null_mut();
    // SAFETY: `Lua::new` gave the pointer to its `Shared` along with the allocator.
    unsafe {
        ffi::lua_getallocf(state, &mut shared);
        &*shared.cast::<Shared>()
    }
}

/// What the interpreter calls for each function: finds the body by the closure's number.
///
/// # Safety
/// Called by the interpreter, for closures made by `Lua::push_function`.
pub(super) unsafe extern "C-unwind" fn trampoline(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: the interpreter calls with a valid state that belongs to a `Lua`.
    let results = unsafe { enter(state) };
    if results < 0 {
        // SAFETY: the error value is on the stack, and this frame owns nothing.
        unsafe { ffi::lua_error(state) }
    }
    results
}

/// Runs the body; the number of its results, or -1 with the error value on the stack.
///
/// # Safety
/// As for `trampoline`.
unsafe fn enter(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: as above.
    let (shared, number) = unsafe {
        let number = ffi::lua_tointeger_(state, ffi::lua_upvalueindex(1));
        (shared_of(state), usize::try_from(number).unwrap_or(usize::MAX))
    };
    let was_suspended = shared.memory.suspend();
    // SAFETY: the interpreter gives a C function a frame of its own.
    let mut frame = unsafe { Frame::of_call(state, shared) };
    let body = shared.functions.get(number).map(|(_, body)| *body);
    // A panic must not unwind into the interpreter, which would take it for an error of the
    // script's; it goes on where the script was started.
    let result = catch_unwind(AssertUnwindSafe(|| match body {
        Some(body) => body(&mut frame),
        None => Err(frame.raise(b"no such function")),
    }));
    let mut result = result.unwrap_or_else(|panic| {
        shared.panic.set(Some(panic));
        Err(frame.raise(b"panic"))
    });
    if !was_suspended {
        if shared.memory.is_exceeded() {
            result = Err(frame.raise(b"not enough memory"));
        }
        shared.memory.enforce();
    }
    match result {
        Ok(results) => results,
        Err(Raise(())) => -1,
    }
}

/// What the interpreter calls from time to time while it runs a script.
///
/// # Safety
/// Called by the interpreter, as set by `Lua`.
pub(super) unsafe extern "C-unwind" fn hook(
    state: *mut ffi::lua_State,
    _event: *mut ffi::lua_Debug,
) {
    // SAFETY: the interpreter calls with a valid state that belongs to a `Lua`.
    if unsafe { interrupted(state) } {
        // SAFETY: the error value is on the stack, and this frame owns nothing.
        unsafe { ffi::lua_error(state) }
    }
}

/// Asks whether the script must end; if so, leaves an error value on the stack.
///
/// # Safety
/// As for `hook`.
unsafe fn interrupted(state: *mut ffi::lua_State) -> bool {
    // SAFETY: as above.
    let shared = unsafe { shared_of(state) };
    let was_suspended = shared.memory.suspend();
    let stop = shared.context.must_stop();
    if stop {
        // SAFETY: a hook may push; the interpreter keeps the room for it.
        unsafe {
            stop_at_every_instruction(state);
            ffi::lua_pushlstring_(state, b"stopped".as_ptr().cast(), 7);
        }
    }
    if !was_suspended {
        shared.memory.enforce();
    }
    stop
}

/// Makes the interpreter ask before each instruction, so that no handler of errors in the script
/// can go on.
///
/// # Safety
/// `state` belongs to a `Lua`.
pub(super) unsafe fn stop_at_every_instruction(state: *mut ffi::lua_State) {
    // SAFETY: as promised.
    unsafe { ffi::lua_sethook(state, Some(hook), ffi::LUA_MASKCOUNT, 1) };
}
