//! Functions written in Rust that scripts can call.
//!
//! ```text
//! script -> interpreter -> trampoline -> enter -> body(&mut Frame)
//!                             | raises, owning nothing     | returns Raise
//! ```
//!
//! Must be true: see rules 1 and 2 of the module.

use std::arch::naked_asm;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mlua_sys as ffi;

use super::frame::{Frame, Raise};
use super::state::Shared;

// SAFETY: declared as the interpreter's header has it.
unsafe extern "C-unwind" {
    // As the interpreter has it; the one in `mlua_sys` is a Rust function around it.
    fn lua_error(state: *mut ffi::lua_State) -> c_int;
}

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

/// What the interpreter calls for each function: `enter`, then `lua_error` if that says so.
///
/// This is machine code, and ends in a jump, because no function written in Rust may be on the
/// stack when the interpreter raises: in the release profile, where panics abort, a foreign
/// unwinding aborts as well, even through `extern "C-unwind"`.
///
/// # Safety
/// Called by the interpreter, for closures made by `Frame::push_function`.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn trampoline(state: *mut ffi::lua_State) -> c_int {
    naked_asm!(
        "push rdi",
        "call {enter}",
        "pop rdi",
        "test eax, eax",
        "js 2f",
        "ret",
        "2: jmp {raise}",
        enter = sym enter,
        raise = sym lua_error,
    )
}

/// What the interpreter calls from time to time: `interrupted`, then `lua_error` if that says so.
///
/// # Safety
/// Called by the interpreter.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn hook(
    state: *mut ffi::lua_State,
    event: *mut ffi::lua_Debug,
) {
    naked_asm!(
        "push rdi",
        "call {interrupted}",
        "pop rdi",
        "test eax, eax",
        "js 2f",
        "ret",
        "2: jmp {raise}",
        interrupted = sym interrupted,
        raise = sym lua_error,
    )
}

/// As for the other processor.
///
/// # Safety
/// Called by the interpreter, for closures made by `Frame::push_function`.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn trampoline(state: *mut ffi::lua_State) -> c_int {
    naked_asm!(
        "stp x29, x30, [sp, #-32]!",
        "mov x29, sp",
        "str x0, [sp, #16]",
        "bl {enter}",
        "mov w1, w0",
        "ldr x0, [sp, #16]",
        "ldp x29, x30, [sp], #32",
        "tbnz w1, #31, 2f",
        "mov w0, w1",
        "ret",
        "2: b {raise}",
        enter = sym enter,
        raise = sym lua_error,
    )
}

/// As for the other processor.
///
/// # Safety
/// Called by the interpreter.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(super) unsafe extern "C-unwind" fn hook(
    state: *mut ffi::lua_State,
    event: *mut ffi::lua_Debug,
) {
    naked_asm!(
        "stp x29, x30, [sp, #-32]!",
        "mov x29, sp",
        "str x0, [sp, #16]",
        "bl {interrupted}",
        "mov w1, w0",
        "ldr x0, [sp, #16]",
        "ldp x29, x30, [sp], #32",
        "tbnz w1, #31, 2f",
        "ret",
        "2: b {raise}",
        interrupted = sym interrupted,
        raise = sym lua_error,
    )
}

/// Runs the body; the number of its results, or -1 with the error value on the stack.
///
/// # Safety
/// As for `trampoline`.
unsafe extern "C" fn enter(state: *mut ffi::lua_State) -> c_int {
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
    result.unwrap_or(-1)
}

/// Asks whether the script must end; -1 if so, with an error value on the stack.
///
/// # Safety
/// As for `hook`.
unsafe extern "C" fn interrupted(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: as above.
    let shared = unsafe { shared_of(state) };
    let was_suspended = shared.memory.suspend();
    let stop = shared.context.must_stop();
    if stop {
        // SAFETY: as above; the frame is not used beyond this.
        let place = unsafe { Frame::of_call(state, shared) }.script_place(0);
        shared.context.stopped_at(place);
        // SAFETY: a hook may push; the interpreter keeps the room for it.
        unsafe {
            stop_at_every_instruction(state);
            ffi::lua_pushlstring_(state, b"stopped".as_ptr().cast(), 7);
        }
    }
    if !was_suspended {
        shared.memory.enforce();
    }
    if stop { -1 } else { 0 }
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
