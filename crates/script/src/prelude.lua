-- What scripts find when they start: chosen parts of the language's own libraries and ours, none of
-- which they can change. Run once for each interpreter; returns the table of globals.
--
-- A guarded table is an empty one whose reads go on to the table that it shows and whose writes are
-- refused. Functions that would get around that (next, rawset, table.insert ...) know about them.

local globals, native = ...

local base = {}
for name, value in pairs(globals) do base[name] = value end

local type, next, pairs, select, error = base.type, base.next, base.pairs, base.select, base.error
local rawget, rawset, getmetatable, setmetatable = base.rawget, base.rawset, base.getmetatable, base.setmetatable
local pcall, load, loadstring, collectgarbage =
    base.pcall, base.load, base.loadstring, base.collectgarbage

-- What each guarded table shows.
local shown = {}
-- Stands for "no metatable" in guarded tables.
local none = {}

local function guard(hidden)
    local empty = {}
    shown[empty] = hidden
    native.protect(empty)
    return setmetatable(empty, { __index = hidden, __newindex = native.readonly, __metatable = none })
end

local function choose(library, names)
    local chosen = {}
    for name in names:gmatch("%S+") do
        chosen[name] = library[name]
        if chosen[name] == nil then error("no function " .. name) end
    end
    return chosen
end

local real = choose(base, [[
    assert error gcinfo ipairs rawequal select tonumber tostring type unpack _VERSION
]])

real.getmetatable = function(...)
    local meta = getmetatable(...)
    if meta == none then return nil end
    return meta
end

real.setmetatable = function(t, ...)
    if shown[t] then native.refuse() end
    return setmetatable(t, ...)
end

real.rawset = function(t, ...)
    if shown[t] then native.refuse() end
    return rawset(t, ...)
end

real.rawget = function(t, ...)
    return rawget(shown[t] or t, ...)
end

real.next = function(t, ...)
    return next(shown[t] or t, ...)
end

real.pairs = function(...)
    local t = ...
    local hidden = shown[t]
    if not hidden then return pairs(...) end
    return function(_, key) return next(hidden, key) end, t, nil
end

real.collectgarbage = function(what, ...)
    if what == nil or what == "collect" then
        return collectgarbage("collect")
    elseif what == "count" or what == "step" then
        return collectgarbage(what, ...)
    elseif what == "stop" or what == "restart" or what == "setpause" or what == "setstepmul" then
        -- How garbage is collected is not a script's to say.
        return 0
    end
    return collectgarbage(what)
end

-- An error value that is a table with a text is caught as that text.
local function caught(fine, value, ...)
    if not fine and type(value) == "table" then
        local text = value.err
        local kind = type(text)
        if kind == "string" or kind == "number" then return false, text end
    end
    return fine, value, ...
end

real.pcall = function(...)
    return caught(pcall(...))
end

-- The handler runs after the stack has been unwound: while the interpreter unwinds, it could not be
-- interrupted.
local function handled(handler, fine, ...)
    if fine then return true, ... end
    return false, (select(2, pcall(handler, ...)))
end

real.xpcall = function(f, handler)
    return handled(handler, pcall(f))
end

-- Only text is loaded, never compiled code.
real.loadstring = function(text, name)
    return loadstring(text, name, "t")
end

real.load = function(read, name)
    if type(read) ~= "function" then
        error("bad argument #1 to 'load' (function expected, got " .. type(read) .. ")", 2)
    end
    return load(read, name, "t")
end

real.coroutine = guard(choose(base.coroutine, "create resume running status wrap yield"))

local text = choose(base.string, [[
    byte char find format gmatch gsub len lower match rep reverse sub upper
]])
text.gfind = text.gmatch
real.string = guard(text)

local list = choose(base.table, "concat foreach foreachi getn insert maxn remove sort")
for _, name in pairs({ "insert", "remove", "sort" }) do
    local change = list[name]
    list[name] = function(t, ...)
        if shown[t] then native.refuse() end
        return change(t, ...)
    end
end
list.setn = function() error("'setn' is obsolete", 2) end
real.table = guard(list)

local math = choose(base.math, [[
    abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min modf
    pi pow rad sin sinh sqrt tan tanh
]])
math.mod = math.fmod
math.random, math.randomseed = native.random, native.randomseed
real.math = guard(math)

real.os = guard({ clock = native.clock })

for name, library in pairs(native.libraries) do real[name] = guard(library) end

for name in pairs(base) do globals[name] = nil end
shown[globals] = real
native.protect(globals)
real._G = globals
setmetatable(globals, {
    __index = real,
    __newindex = native.readonly,
    __metatable = guard({ __index = native.missing }),
})
setmetatable(real, { __index = native.missing })

-- Methods of strings are looked up without a detour; what is handed out is guarded.
local strings = { __index = text, __metatable = guard({ __index = real.string }) }

return real, strings
