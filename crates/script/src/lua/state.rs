//! One interpreter: its making, its memory, its end.
//!
//! Must be true: a `Lua` is used by one thread at a time (`&mut self` sees to it), and its
//! `Shared` lives as long as the interpreter, at one address.
//! Not here: what scripts find in it (`sandbox`).

use std::any::Any;
use std::cell::Cell;
use std::ffi::CStr;
use std::ptr::NonNull;

use mlua_sys as ffi;

use super::frame::Frame;
use super::function::{Function, hook};
use super::memory::{Memory, allocate};
use crate::context::Context;

/// After so many instructions the host is asked whether a script may go on.
const INSTRUCTIONS_PER_HOOK: i32 = 100_000;

/// The interpreter's libraries that are opened; what scripts see of them is chosen later.
const LIBRARIES: [(&CStr, ffi::lua_CFunction); 4] = [
    (c"", ffi::luaopen_base),
    (c"table", ffi::luaopen_table),
    (c"string", ffi::luaopen_string),
    (c"math", ffi::luaopen_math),
];

/// What the functions called by the interpreter reach.
pub(super) struct Shared {
    pub memory: Memory,
    pub functions: Vec<(&'static str, Function)>,
    pub context: Context,
    /// A panic that happened in a function called by the interpreter.
    pub panic: Cell<Option<Box<dyn Any + Send>>>,
}

/// An interpreter.
pub struct Lua {
    state: NonNull<ffi::lua_State>,
    shared: NonNull<Shared>,
}

// SAFETY: an interpreter is not tied to a thread, only one may use it at a time, and everything
// that it and its `Shared` hold is reached through this value alone.
unsafe impl Send for Lua {}

impl Lua {
    /// An interpreter with the standard libraries and nothing else.
    ///
    /// Returns `None` if the interpreter cannot start, which is for want of memory only.
    pub fn new(
        memory_limit: usize,
        functions: Vec<(&'static str, Function)>,
        context: Context,
    ) -> Option<Self> {
        let memory = Memory::new(memory_limit);
        let shared = Shared { memory, functions, context, panic: Cell::new(None) };
        let shared = NonNull::from(Box::leak(Box::new(shared)));
        // SAFETY: `allocate` gets the pointer that it expects; it lives until `drop`.
        let state = unsafe { ffi::lua_newstate(allocate, shared.as_ptr().cast()) };
        let Some(state) = NonNull::new(state) else {
            // SAFETY: it was leaked above, and nobody has it.
            drop(unsafe { Box::from_raw(shared.as_ptr()) });
            return None;
        };
        for (name, open) in LIBRARIES {
            // SAFETY: the libraries are opened as their interface asks for. Nothing fails, since
            // the memory limit is suspended.
            unsafe {
                ffi::lua_pushcclosure(state.as_ptr(), open, 0);
                ffi::lua_pushstring_(state.as_ptr(), name.as_ptr());
                ffi::lua_call(state.as_ptr(), 1, 0);
            }
        }
        let mut lua = Lua { state, shared };
        lua.watch();
        Some(lua)
    }

    /// The stack outside all calls. Values on it now stay.
    pub fn frame(&mut self) -> Frame<'_> {
        // SAFETY: the state is valid, and `self` is borrowed as long as the frame lives.
        unsafe { Frame::of_call(self.state.as_ptr(), self.shared.as_ref()) }
    }

    /// Removes the values above `top` from the stack outside all calls.
    pub fn truncate(&mut self, top: i32) {
        // SAFETY: there is no frame that could have lent anything.
        unsafe {
            if ffi::lua_gettop(self.state.as_ptr()) > top {
                ffi::lua_settop(self.state.as_ptr(), top);
            }
        }
    }

    /// What the crate keeps beside the interpreter.
    pub fn context(&self) -> &Context {
        // SAFETY: it lives as long as `self`.
        unsafe { &self.shared.as_ref().context }
    }

    /// The interpreter's memory.
    pub fn memory(&self) -> &Memory {
        // SAFETY: it lives as long as `self`.
        unsafe { &self.shared.as_ref().memory }
    }

    /// Goes on with a panic that happened in a function that a script called.
    pub fn resume_panic(&mut self) {
        // SAFETY: it lives as long as `self`.
        if let Some(panic) = unsafe { self.shared.as_ref() }.panic.take() {
            std::panic::resume_unwind(panic);
        }
    }

    /// Asks from time to time whether a script must end; also undoes `Frame::stop`.
    pub fn watch(&mut self) {
        let state = self.state.as_ptr();
        // SAFETY: the state is valid.
        unsafe { ffi::lua_sethook(state, Some(hook), ffi::LUA_MASKCOUNT, INSTRUCTIONS_PER_HOOK) };
    }

    /// Frees what is not in use, all at once.
    pub fn collect(&mut self) {
        // SAFETY: the state is valid; there are no finalizers, so nothing can fail.
        unsafe { ffi::lua_gc(self.state.as_ptr(), ffi::LUA_GCCOLLECT, 0) };
    }
}

impl Drop for Lua {
    fn drop(&mut self) {
        // SAFETY: both came from `new` and are given up here; the state goes first, since it
        // frees its memory through the other.
        unsafe {
            ffi::lua_close(self.state.as_ptr());
            drop(Box::from_raw(self.shared.as_ptr()));
        }
    }
}
