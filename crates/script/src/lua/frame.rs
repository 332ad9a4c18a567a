//! A function's part of the interpreter's stack, and what can be done with the values on it.
//!
//! ```text
//! slot   1 .. args            args + 1 .. top
//!        arguments: stay      values pushed since
//! ```
//!
//! Slots are counted from 1. A slot that holds no value reads as nil.
//!
//! Must be true: `top` is the interpreter's own; there is room for `room` slots; arguments are
//! never removed or replaced, except numbers by their text, which nobody can have borrowed.
//! Nothing here may raise (see rules 1 to 4 of the module).

use std::ffi::{CStr, c_char, c_int};
use std::marker::PhantomData;
use std::slice;

use mlua_sys as ffi;

use super::function::{Function, stop_at_every_instruction};
use super::state::Shared;
use crate::context::Context;

/// The longest string that is made here, in bytes; the interpreter's own limit is near.
const STRING_MAX: usize = 0x7fff_0000;

/// How much room is asked for at once, in slots; the interpreter gives as much to begin with.
const ROOM_STEP: c_int = ffi::LUA_MINSTACK;

/// Under this name functions are loaded whose places are not shown in errors.
pub const PRELUDE_NAME: &CStr = c"=prelude";

/// How many functions up the place of an error may be.
const LEVELS_MAX: i32 = 8;

/// The most elements that a new table has room for; it grows as any other.
const TABLE_ROOM_MAX: usize = 1 << 16;

/// An error value has been pushed, and the function is to end with it.
#[derive(Debug)]
pub struct Raise(pub(super) ());

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or no value.
    Nil,
    /// True or false.
    Boolean,
    /// A pointer; the only one that scripts see is `cjson.null`.
    Pointer,
    /// A double.
    Number,
    /// Bytes.
    String,
    /// A table.
    Table,
    /// A function.
    Function,
    /// Something else.
    Other,
}

/// A value that the interpreter keeps, beside all stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept(c_int);

/// The stack of one call.
pub struct Frame<'a> {
    state: *mut ffi::lua_State,
    shared: &'a Shared,
    args: c_int,
    top: c_int,
    room: c_int,
    borrows: PhantomData<&'a mut ()>,
}

/// Where a function on the stack of calls stands in its source.
pub struct Place {
    /// Its name as given to the loader: `@user_script`.
    pub source: Vec<u8>,
    /// The line, or -1.
    pub line: i32,
    /// Whether it is written in Rust or C.
    pub is_native: bool,
}

impl<'a> Frame<'a> {
    /// The frame of the call that `state` is in; all values on it are arguments.
    ///
    /// # Safety
    /// `state` is valid for `'a` and belongs to the `Lua` that has `shared`; nobody else uses its
    /// stack meanwhile; the memory limit is suspended.
    pub(super) unsafe fn of_call(state: *mut ffi::lua_State, shared: &'a Shared) -> Self {
        // SAFETY: as promised.
        let args = unsafe { ffi::lua_gettop(state) };
        Frame { state, shared, args, top: args, room: args + ROOM_STEP, borrows: PhantomData }
    }

    /// What the crate keeps beside the interpreter.
    pub fn context(&self) -> &'a Context {
        &self.shared.context
    }

    /// Fails if so many bytes more would be too many.
    pub fn afford(&mut self, size: usize) -> Result<(), Raise> {
        let memory = &self.shared.memory;
        if memory.used().saturating_add(size) <= memory.limit() {
            return Ok(());
        }
        Err(self.raise(b"not enough memory"))
    }

    /// Counts steps that the interpreter does not see; fails if the script must end.
    pub fn work(&mut self, steps: usize) -> Result<(), Raise> {
        if !self.shared.context.work(steps) {
            return Ok(());
        }
        Err(self.stop())
    }

    /// How many arguments there are.
    pub fn args(&self) -> i32 {
        self.args
    }

    /// The last slot in use.
    pub fn top(&self) -> i32 {
        self.top
    }

    /// What is in a slot.
    pub fn kind(&self, slot: i32) -> Kind {
        if !self.holds(slot) {
            return Kind::Nil;
        }
        // SAFETY: the slot is in use.
        match unsafe { ffi::lua_type(self.state, slot) } {
            ffi::LUA_TNIL => Kind::Nil,
            ffi::LUA_TBOOLEAN => Kind::Boolean,
            ffi::LUA_TLIGHTUSERDATA => Kind::Pointer,
            ffi::LUA_TNUMBER => Kind::Number,
            ffi::LUA_TSTRING => Kind::String,
            ffi::LUA_TTABLE => Kind::Table,
            ffi::LUA_TFUNCTION => Kind::Function,
            _ => Kind::Other,
        }
    }

    /// The name of what is in a slot, as error texts have it.
    pub fn kind_name(&self, slot: i32) -> &'static str {
        if slot > self.top {
            return "no value";
        }
        match self.kind(slot) {
            Kind::Nil => "nil",
            Kind::Boolean => "boolean",
            Kind::Pointer => "userdata",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Table => "table",
            Kind::Function => "function",
            // SAFETY: the slot is in use.
            Kind::Other => match unsafe { ffi::lua_type(self.state, slot) } {
                ffi::LUA_TTHREAD => "thread",
                _ => "userdata",
            },
        }
    }

    /// Takes the last value and keeps it as long as the interpreter lives.
    pub fn keep(&mut self) -> Kept {
        if self.top <= self.args {
            return Kept(ffi::LUA_REFNIL);
        }
        self.top -= 1;
        // SAFETY: there is a value, which is taken; the registry is a table.
        Kept(unsafe { ffi::luaL_ref(self.state, ffi::LUA_REGISTRYINDEX) })
    }

    /// Pushes a value that is kept.
    pub fn push_kept(&mut self, kept: Kept) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: there is room; the registry is a table.
        unsafe { ffi::lua_rawgeti_(self.state, ffi::LUA_REGISTRYINDEX, kept.0) };
        self.top += 1;
        Ok(())
    }

    /// Whether the value counts as true.
    pub fn truth(&self, slot: i32) -> bool {
        // SAFETY: the slot is in use.
        self.holds(slot) && unsafe { ffi::lua_toboolean(self.state, slot) } != 0
    }

    /// The number in a slot, if it is one.
    pub fn number(&self, slot: i32) -> Option<f64> {
        // SAFETY: `kind` has seen that the slot is in use.
        (self.kind(slot) == Kind::Number).then(|| unsafe { ffi::lua_tonumber(self.state, slot) })
    }

    /// The number in a slot, or that a string in it spells.
    pub fn to_number(&self, slot: i32) -> Option<f64> {
        if !self.holds(slot) {
            return None;
        }
        // SAFETY: the slot is in use; a number from a string is not stored.
        unsafe {
            (ffi::lua_isnumber(self.state, slot) != 0).then(|| ffi::lua_tonumber(self.state, slot))
        }
    }

    /// The bytes of the string in a slot, if it is one.
    pub fn bytes(&self, slot: i32) -> Option<&[u8]> {
        // SAFETY: it is a string; it stays on the stack while `self` is borrowed.
        (self.kind(slot) == Kind::String).then(|| unsafe { self.string_at(slot) })
    }

    /// The bytes of an argument that is a string.
    pub fn argument(&self, slot: i32) -> Option<&'a [u8]> {
        if slot > self.args || self.kind(slot) != Kind::String {
            return None;
        }
        // SAFETY: it is a string, and arguments stay as long as the call lasts, which is `'a`.
        Some(unsafe { self.string_at(slot) })
    }

    /// The bytes of an argument that is a string or a number; the number becomes a string.
    pub fn argument_text(&mut self, slot: i32) -> Option<&'a [u8]> {
        if slot <= self.args && self.kind(slot) == Kind::Number {
            // SAFETY: the slot is in use. Nobody can have borrowed a number's bytes.
            unsafe { ffi::lua_tolstring(self.state, slot, std::ptr::null_mut()) };
        }
        self.argument(slot)
    }

    /// The bytes of a value pushed here that is a string or a number; the number becomes a string.
    pub fn convert_to_text(&mut self, slot: i32) -> Option<&[u8]> {
        if slot > self.args && self.kind(slot) == Kind::Number {
            // SAFETY: the slot is in use. Nobody can have borrowed a number's bytes.
            unsafe { ffi::lua_tolstring(self.state, slot, std::ptr::null_mut()) };
        }
        self.bytes(slot)
    }

    /// Whether the value is the null pointer, `cjson.null`.
    pub fn is_null(&self, slot: i32) -> bool {
        // SAFETY: the slot is in use.
        self.kind(slot) == Kind::Pointer
            && unsafe { ffi::lua_touserdata(self.state, slot) }.is_null()
    }

    /// What tells one table from another; 0 if it is none.
    pub fn table_id(&self, slot: i32) -> usize {
        match self.kind(slot) {
            // SAFETY: the slot is in use.
            Kind::Table => unsafe { ffi::lua_topointer(self.state, slot) }.addr(),
            _ => 0,
        }
    }

    /// Pushes nil.
    pub fn push_nil(&mut self) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: there is room.
        unsafe { ffi::lua_pushnil(self.state) };
        self.top += 1;
        Ok(())
    }

    /// Pushes a truth value.
    pub fn push_boolean(&mut self, value: bool) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: there is room.
        unsafe { ffi::lua_pushboolean(self.state, c_int::from(value)) };
        self.top += 1;
        Ok(())
    }

    /// Pushes a number.
    pub fn push_number(&mut self, value: f64) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: there is room.
        unsafe { ffi::lua_pushnumber(self.state, value) };
        self.top += 1;
        Ok(())
    }

    /// Pushes the null pointer, `cjson.null`.
    pub fn push_null(&mut self) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: there is room.
        unsafe { ffi::lua_pushlightuserdata(self.state, std::ptr::null_mut()) };
        self.top += 1;
        Ok(())
    }

    /// Pushes a string.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Raise> {
        if bytes.len() > STRING_MAX {
            return Err(self.raise(b"string too long"));
        }
        self.reserve(1)?;
        // SAFETY: there is room, and the length is one that the interpreter takes.
        unsafe { ffi::lua_pushlstring_(self.state, bytes.as_ptr().cast(), bytes.len()) };
        self.top += 1;
        Ok(())
    }

    /// Pushes an empty table with room for so many elements and fields.
    pub fn push_table(&mut self, elements: usize, fields: usize) -> Result<(), Raise> {
        self.reserve(1)?;
        let [elements, fields] = [elements, fields].map(|room| room.min(TABLE_ROOM_MAX) as c_int);
        // SAFETY: there is room, and the sizes are small.
        unsafe { ffi::lua_createtable(self.state, elements, fields) };
        self.top += 1;
        Ok(())
    }

    /// Pushes one of the functions given to `Lua::new`, by its number, with a datum to carry.
    pub fn push_function(&mut self, number: usize, data: usize) -> Result<(), Raise> {
        self.push_number(number as f64)?;
        self.push_number(data as f64)?;
        // SAFETY: the closure takes both numbers from the stack and puts itself there.
        unsafe { ffi::lua_pushcclosure(self.state, super::function::trampoline, 2) };
        self.top -= 1;
        Ok(())
    }

    /// The number of one of the functions given to `Lua::new`.
    pub fn function_number(&self, function: Function) -> Option<usize> {
        let all = &self.shared.functions;
        all.iter().position(|(_, known)| std::ptr::fn_addr_eq(*known, function))
    }

    /// The datum that the running function carries.
    pub fn data(&self) -> usize {
        // SAFETY: this is no index into the stack; a function without the datum has 0 there.
        let data = unsafe { ffi::lua_tointeger_(self.state, ffi::lua_upvalueindex(2)) };
        usize::try_from(data).unwrap_or_default()
    }

    /// Pushes what is in a slot.
    pub fn push_copy(&mut self, slot: i32) -> Result<(), Raise> {
        if !self.holds(slot) {
            return self.push_nil();
        }
        self.reserve(1)?;
        // SAFETY: there is room, and the slot is in use.
        unsafe { ffi::lua_pushvalue(self.state, slot) };
        self.top += 1;
        Ok(())
    }

    /// Removes the last `count` values; arguments stay.
    pub fn pop(&mut self, count: i32) {
        self.truncate(self.top - count);
    }

    /// Removes the values above `top`; arguments stay.
    pub fn truncate(&mut self, top: i32) {
        self.top = top.clamp(self.args, self.top);
        // SAFETY: the stack only shrinks.
        unsafe { ffi::lua_settop(self.state, self.top) };
    }

    /// Puts the last value in place of the one in `slot`, which is no argument.
    pub fn replace(&mut self, slot: i32) {
        debug_assert!(slot > self.args && slot < self.top, "{slot} of {}", self.top);
        if slot > self.args && slot < self.top {
            // SAFETY: both slots are in use.
            unsafe { ffi::lua_replace(self.state, slot) };
            self.top -= 1;
        }
    }

    /// Replaces the last value, a key, by what the table in `table` has for it.
    pub fn raw_get(&mut self, table: i32) {
        if self.kind(table) == Kind::Table && self.top > self.args {
            // SAFETY: it is a table, and there is a key.
            unsafe { ffi::lua_rawget_(self.state, table) };
        }
    }

    /// Pushes a field of the table in `table`; nil if it is none.
    pub fn raw_field(&mut self, table: i32, name: &str) -> Result<(), Raise> {
        if self.kind(table) != Kind::Table {
            return self.push_nil();
        }
        self.push_bytes(name.as_bytes())?;
        self.raw_get(table);
        Ok(())
    }

    /// Pushes an element of the table in `table`; nil if it is none.
    pub fn raw_element(&mut self, table: i32, index: i32) -> Result<(), Raise> {
        if self.kind(table) != Kind::Table {
            return self.push_nil();
        }
        self.reserve(1)?;
        // SAFETY: it is a table, and there is room.
        unsafe { ffi::lua_rawgeti_(self.state, table, index) };
        self.top += 1;
        Ok(())
    }

    /// Takes the last two values, a key and its value, into the table in `table`. A key that no
    /// table can have, nil or NaN, is an error.
    pub fn raw_set(&mut self, table: i32) -> Result<(), Raise> {
        let key = self.top - 1;
        if self.kind(table) != Kind::Table || key <= self.args {
            return Err(self.raise(b"table expected"));
        }
        match self.kind(key) {
            Kind::Nil => return Err(self.raise(b"table index is nil")),
            Kind::Number if self.number(key).is_none_or(f64::is_nan) => {
                return Err(self.raise(b"table index is NaN"));
            }
            _ => {}
        }
        // SAFETY: it is a table, and the key is one that it takes.
        unsafe { ffi::lua_rawset(self.state, table) };
        self.top -= 2;
        Ok(())
    }

    /// Takes the last value into the table in `table` as its element `index`.
    pub fn raw_set_element(&mut self, table: i32, index: i32) -> Result<(), Raise> {
        if self.kind(table) != Kind::Table || self.top <= self.args {
            return Err(self.raise(b"table expected"));
        }
        // SAFETY: it is a table, and there is a value.
        unsafe { ffi::lua_rawseti_(self.state, table, index) };
        self.top -= 1;
        Ok(())
    }

    /// Takes the last value into the table in `table` as its field `name`.
    pub fn raw_set_field(&mut self, table: i32, name: &str) -> Result<(), Raise> {
        self.push_bytes(name.as_bytes())?;
        // SAFETY: two values of ours are on top; they change places.
        unsafe { ffi::lua_insert(self.state, self.top - 1) };
        self.raw_set(table)
    }

    /// Goes on to the next pair of the table in `table`: takes the last value, a key (nil to
    /// begin), and pushes the next key and value, or nothing at the end. The table must not have
    /// been changed since it was begun.
    pub fn next(&mut self, table: i32) -> Result<bool, Raise> {
        if self.kind(table) != Kind::Table || self.top <= self.args {
            return Err(self.raise(b"table expected"));
        }
        self.reserve(1)?;
        // SAFETY: it is a table, there is room, and the key came from it.
        let more = unsafe { ffi::lua_next(self.state, table) } != 0;
        self.top += if more { 1 } else { -1 };
        Ok(more)
    }

    /// Calls the function below the last `args` values; they are replaced by one result, or by
    /// the error value, made by the function in slot `handler` if that is not 0. Returns whether
    /// it went well.
    pub fn call(&mut self, args: i32, handler: i32) -> bool {
        self.call_for(1, args, handler)
    }

    /// As `call`, for a number of results.
    pub fn call_for(&mut self, results: i32, args: i32, handler: i32) -> bool {
        if self.top - args <= self.args || self.reserve(results).is_err() {
            return false;
        }
        let memory = &self.shared.memory;
        memory.enforce();
        // SAFETY: the function and its arguments are on the stack; errors are caught.
        let status = unsafe { ffi::lua_pcall(self.state, args, results, handler) };
        memory.suspend();
        let is_fine = status == ffi::LUA_OK;
        self.top += if is_fine { results } else { 1 } - args - 1;
        is_fine
    }

    /// Pushes the globals of the running thread.
    pub fn push_globals(&mut self) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: there is room.
        unsafe { ffi::lua_pushvalue(self.state, ffi::LUA_GLOBALSINDEX) };
        self.top += 1;
        Ok(())
    }

    /// Takes the last value, a table, as the metatable of all strings.
    pub fn set_string_metatable(&mut self) -> Result<(), Raise> {
        if self.kind(self.top) != Kind::Table || self.top <= self.args {
            return Err(self.raise(b"table expected"));
        }
        self.push_bytes(b"")?;
        // SAFETY: a table and a string of ours are on top; they change places, then the string
        // takes the table for its type.
        unsafe {
            ffi::lua_insert(self.state, self.top - 1);
            ffi::lua_setmetatable(self.state, self.top - 1);
        }
        self.top -= 1;
        self.pop(1);
        Ok(())
    }

    /// Pushes the function that `text` is the source of; or its error text, and returns false.
    pub fn load(&mut self, text: &[u8], name: &CStr) -> Result<bool, Raise> {
        self.reserve(1)?;
        let memory = &self.shared.memory;
        memory.enforce();
        // SAFETY: there is room; errors are caught, and leave their text.
        let status = unsafe {
            ffi::luaL_loadbuffer(self.state, text.as_ptr().cast(), text.len(), name.as_ptr())
        };
        memory.suspend();
        self.top += 1;
        Ok(status == ffi::LUA_OK)
    }

    /// Ends the script, whatever it does about errors.
    pub fn stop(&mut self) -> Raise {
        self.shared.context.stopped_at(self.script_place(1));
        // SAFETY: the state is valid.
        unsafe { stop_at_every_instruction(self.state) };
        self.raise(b"stopped")
    }

    /// An error with a text as its value.
    pub fn raise(&mut self, text: &[u8]) -> Raise {
        self.truncate(self.args);
        let text = &text[..text.len().min(STRING_MAX)];
        // SAFETY: there is room for twenty more than the arguments.
        unsafe { ffi::lua_pushlstring_(self.state, text.as_ptr().cast(), text.len()) };
        self.top += 1;
        Raise(())
    }

    /// An error whose text is put behind the place in the script that called this function.
    pub fn raise_at(&mut self, text: &[u8]) -> Raise {
        self.truncate(self.args);
        let is_ours = |level: &i32| {
            self.place(*level).is_some_and(|place| place.source == PRELUDE_NAME.to_bytes())
        };
        let level = 1 + (1..LEVELS_MAX).take_while(is_ours).count() as i32;
        // SAFETY: there is room.
        unsafe { ffi::luaL_where(self.state, level) };
        self.top += 1;
        let text = [self.bytes(self.top).unwrap_or_default(), text].concat();
        self.raise(&text)
    }

    /// An error whose value is the last one.
    pub fn raise_last(&mut self) -> Raise {
        debug_assert!(self.top > self.args, "no error value");
        Raise(())
    }

    /// The error for an argument that is not as it should be.
    pub fn bad_argument(&mut self, slot: i32, problem: &str) -> Raise {
        let mut slot = slot;
        let (name, is_method) = self.called_as();
        if is_method {
            slot -= 1;
            if slot == 0 {
                return self.raise_at(format!("calling '{name}' on bad self").as_bytes());
            }
        }
        self.raise_at(format!("bad argument #{slot} to '{name}' ({problem})").as_bytes())
    }

    /// The error for an argument of the wrong kind.
    pub fn bad_kind(&mut self, slot: i32, expected: &str) -> Raise {
        let found = self.kind_name(slot);
        self.bad_argument(slot, &format!("{expected} expected, got {found}"))
    }

    /// The innermost place in the script, from so many calls up: functions of ours and of the
    /// interpreter's do not count.
    pub fn script_place(&self, level: i32) -> Option<Place> {
        let is_ours = |place: &Place| {
            place.is_native || place.line <= 0 || place.source == PRELUDE_NAME.to_bytes()
        };
        let levels = level..level + LEVELS_MAX;
        levels.map_while(|level| self.place(level)).find(|place| !is_ours(place))
    }

    /// The place of the function `level` calls up, if there are so many; 0 is the running one.
    fn place(&self, level: i32) -> Option<Place> {
        let details = self.details(level, c"Sl")?;
        // SAFETY: the interpreter has set the texts, and they live as long as the function.
        let text = |text: *const _| unsafe { CStr::from_ptr(text) }.to_bytes();
        Some(Place {
            source: text(details.source).to_vec(),
            line: details.currentline,
            is_native: text(details.what) == b"C",
        })
    }

    /// The name by which the script calls the running function, and whether as a method; its
    /// own name if that is not known.
    fn called_as(&self) -> (String, bool) {
        // SAFETY: a text of the interpreter's, or null.
        let text = |text: *const c_char| unsafe {
            if text.is_null() { c"" } else { CStr::from_ptr(text) }.to_string_lossy()
        };
        let details = self.details(0, c"n");
        if let Some(details) = details
            && !details.name.is_null()
        {
            return (text(details.name).into_owned(), text(details.namewhat) == "method");
        }
        // SAFETY: this is no index into the stack.
        let number = unsafe { ffi::lua_tointeger_(self.state, ffi::lua_upvalueindex(1)) };
        let known = usize::try_from(number).ok().and_then(|n| self.shared.functions.get(n));
        (known.map_or("?", |(name, _)| name).to_owned(), false)
    }

    fn details(&self, level: i32, what: &CStr) -> Option<ffi::lua_Debug> {
        // SAFETY: the structure is plain data, for which zeros are valid; the interpreter fills
        // it in if there is such a level, and `what` names parts that cannot fail.
        unsafe {
            let mut details: ffi::lua_Debug = std::mem::zeroed();
            if ffi::lua_getstack(self.state, level, &mut details) == 0 {
                return None;
            }
            ffi::lua_getinfo(self.state, what.as_ptr(), &mut details);
            Some(details)
        }
    }

    /// Makes sure that `count` more values can be pushed.
    #[inline]
    pub fn reserve(&mut self, count: i32) -> Result<(), Raise> {
        if self.top + count <= self.room { Ok(()) } else { self.grow(count) }
    }

    #[cold]
    fn grow(&mut self, count: i32) -> Result<(), Raise> {
        if self.has_room(count) { Ok(()) } else { Err(self.raise_at(b"stack overflow")) }
    }

    /// Whether `count` more values can be pushed.
    pub fn has_room(&mut self, count: i32) -> bool {
        if self.top + count > self.room {
            let count = count.saturating_add(ROOM_STEP);
            // SAFETY: the state is valid; this reports failure by its result.
            if unsafe { ffi::lua_checkstack(self.state, count) } == 0 {
                return false;
            }
            self.room = self.top + count;
        }
        true
    }

    fn holds(&self, slot: i32) -> bool {
        (1..=self.top).contains(&slot)
    }

    /// # Safety
    /// There is a string in `slot`, and it stays on the stack for `'b`.
    unsafe fn string_at<'b>(&self, slot: i32) -> &'b [u8] {
        let mut len = 0;
        // SAFETY: as promised; strings do not move.
        unsafe {
            let bytes = ffi::lua_tolstring(self.state, slot, &mut len);
            slice::from_raw_parts(bytes.cast(), len)
        }
    }
}
