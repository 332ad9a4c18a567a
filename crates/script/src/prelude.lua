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
local pcall, loadstring, collectgarbage = base.pcall, base.loadstring, base.collectgarbage
local concat, sub = base.table.concat, base.string.sub

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
    if fine then return fine, value, ... end
    native.count()
    if type(value) == "table" then
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

-- What is read is put together first, since a reader that is called by the loader could nest
-- loaders until the machine's stack ends.
real.load = function(read, name)
    if type(read) ~= "function" then
        native.fail("bad argument #1 to 'load' (function expected, got " .. type(read) .. ")")
    end
    local pieces = {}
    while true do
        local piece = read()
        if piece == nil or piece == "" then break end
        if type(piece) ~= "string" then return nil, "reader function must return a string" end
        pieces[#pieces + 1] = piece
    end
    return loadstring(concat(pieces), name or "=(load)", "t")
end

local threads = choose(base.coroutine, "create resume running status yield")
local create, resume = threads.create, threads.resume

local function resumed(fine, ...)
    if not fine then native.count() end
    return fine, ...
end

threads.resume = function(...)
    if type((...)) ~= "thread" then
        native.fail("bad argument #1 to 'resume' (coroutine expected)")
    end
    native.guard()
    return resumed(resume(...))
end

local function unwrapped(fine, ...)
    if fine then return ... end
    if type((...)) == "string" then native.fail((...)) end
    error((...), 0)
end

threads.wrap = function(f)
    local thread = create(f)
    return function(...)
        native.guard()
        return unwrapped(resume(thread, ...))
    end
end

real.coroutine = guard(threads)

local text = choose(base.string, "byte char dump format len lower rep reverse sub upper")
text.find, text.match = native.find, native.match

text.gmatch = function(...)
    local s, pattern = native.gmatch_arguments(...)
    local position = 0
    local function keep(next_position, ...)
        position = next_position
        return ...
    end
    return function() return keep(native.gmatch(s, pattern, position)) end
end
text.gfind = text.gmatch

-- What takes the place of a match: a function's result, or a table's entry.
local function replacement(by, ...)
    if type(by) == "function" then return by(...) end
    return by[(...)]
end

local function replaced(by, pieces, s, from, to, ...)
    local value = replacement(by, ...)
    local kind = type(value)
    if not value then
        value = sub(s, from, to)
    elseif kind ~= "string" and kind ~= "number" then
        native.fail("invalid replacement value (a " .. kind .. ")")
    end
    pieces[#pieces + 1] = value
    return from, to
end

local function add_match(by, pieces, s, position, from, ...)
    if not from then return nil end
    pieces[#pieces + 1] = sub(s, position, from - 1)
    return replaced(by, pieces, s, from, ...)
end

text.gsub = function(...)
    local _, _, by = ...
    local kind = type(by)
    if kind ~= "function" and not (kind == "table" and getmetatable(by)) then
        return native.gsub(...)
    end
    local s, pattern, most = native.gsub_arguments(...)
    local anchored = sub(pattern, 1, 1) == "^"
    local pieces, position, count = {}, 1, 0
    while count < most and position <= #s + 1 do
        local from, to = add_match(by, pieces, s, position, native.search(s, pattern, position))
        if not from then break end
        count = count + 1
        if to >= from then
            position = to + 1
        else
            pieces[#pieces + 1] = sub(s, from, from)
            position = from + 1
        end
        if anchored then break end
    end
    pieces[#pieces + 1] = sub(s, position)
    return concat(pieces), count
end

-- Other values than texts and numbers are not shown by %s: the interpreter would call the script.
local format = text.format
text.format = function(...)
    for index = 2, select("#", ...) do
        local value = select(index, ...)
        local kind = type(value)
        if kind ~= "string" and kind ~= "number" then
            local count = 1
            for conversion in text.gmatch((...), "%%[^%a%%]*([%a%%])") do
                if conversion ~= "%" then count = count + 1 end
                if count == index and (conversion == "s" or conversion == "q") then
                    native.fail(("bad argument #%d to 'format' (string expected, got %s)")
                        :format(index, kind))
                end
            end
        end
    end
    return format(...)
end

real.string = guard(text)

local list = choose(base.table, "concat foreach foreachi getn insert maxn remove sort")
local insert, remove, sort = list.insert, list.remove, list.sort

list.insert = function(t, ...)
    if shown[t] then native.refuse() end
    local position = ...
    if type(position) == "number" and position < 0 and select("#", ...) == 2 then
        -- The interpreter would move every index from there on, without being seen to.
        for index = #t + 1, position + 1, -1 do rawset(t, index, rawget(t, index - 1)) end
        return rawset(t, position, (select(2, ...))) and nil
    end
    return insert(t, ...)
end

list.remove = function(t, ...)
    if shown[t] then native.refuse() end
    return remove(t, ...)
end

list.sort = function(t, ...)
    if shown[t] then native.refuse() end
    native.guard()
    return sort(t, ...)
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

local redis = native.libraries.redis
for name, library in pairs(native.libraries) do real[name] = guard(library) end

for name in pairs(base) do globals[name] = nil end
shown[globals] = real
native.protect(globals)
real._G = globals
setmetatable(real, { __index = native.missing })
local meta = {
    __index = real,
    __newindex = native.readonly,
    __metatable = guard({ __index = native.missing }),
}
setmetatable(globals, meta)

-- While a library of functions is loaded, it finds no more than it needs to register them.
local registering = { register_function = native.register_function, log = redis.log }
for name, value in pairs(redis) do
    if name:match("^LOG_") or name:match("^REDIS_") then registering[name] = value end
end
setmetatable(registering, { __index = native.missing })
local loading = setmetatable({ redis = guard(registering) }, { __index = native.missing })

local function choose_globals(is_loading)
    meta.__index = is_loading and loading or real
end

-- Methods of strings are looked up without a detour; what is handed out is guarded.
local strings = { __index = text, __metatable = guard({ __index = real.string }) }

return real, choose_globals, strings
