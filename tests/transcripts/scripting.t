// Scripts and functions. What single library calls answer is tested in crates/script.

# EVAL answers what the script returns
> EVAL "return {1, 'two', {3, false}, 4.9}" 0
[1, "two", [3, (nil)], 4]
> EVAL "return {KEYS[1], KEYS[2], ARGV[1]}" 2 a b c
["a", "b", "c"]
> EVAL "return redis.call('SET', KEYS[1], ARGV[1])" 1 k v
OK
> GET k
"v"
> EVAL "return(redis.call('GET',KEYS[1]))" 1 k
"v"
> EVAL "return redis.status_reply('FINE')" 0
FINE
> EVAL "return redis.error_reply('MY error')" 0
(error) MY error

# a script with EVALSHA, once it is known
> EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
(error) NOSCRIPT No matching script. Please use EVAL.
> SCRIPT LOAD "return 1"
"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
> EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
1
> EVALSHA_RO E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0
1
> SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db nosuch
[1, 0]
> SCRIPT FLUSH
OK
> SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
[0]

# a script may use keys that it did not declare
> SET hidden 5
OK
> EVAL "redis.call('INCR', 'hidden') return redis.call('GET', 'hidden')" 0
"6"

# what a script did before it failed stays
> EVAL "redis.call('SET', KEYS[1], 'v') redis.call('INCR', KEYS[1])" 1 half
(error) ~ERR value is not an integer or out of range*
> GET half
"v"

# scripts that may only read
> EVAL_RO "return redis.call('GET', KEYS[1])" 1 missing
(nil)
> EVAL_RO "return redis.call('SET', KEYS[1], 'v')" 1 k
(error) ~ERR Write commands are not allowed from read-only scripts.*

# what is refused
> EVAL "return 1" -1
(error) ERR Number of keys can't be negative
> EVAL "return 1" 1
(error) ERR Number of keys can't be greater than number of args
> EVAL "return 1" x
(error) ERR value is not an integer or out of range
> EVAL "return (" 0
(error) ~ERR Error compiling script*
> SCRIPT KILL
(error) NOTBUSY No scripts in execution right now.
> SCRIPT DEBUG NO
OK
> SCRIPT HELP
includes [HELP]

# a command that would wait is refused in a script, as in Redis 7.0
> EVAL "return redis.call('BLPOP', KEYS[1], 0)" 1 nothing
(error) ~ERR This Redis command is not allowed from script*

# functions
> FUNCTION LOAD "#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)"
"lib"
> FCALL twice 0 21
42
> FUNCTION LOAD "#!lua name=lib\nredis.register_function('twice', function() return 1 end)"
(error) ERR Library 'lib' already exists
> FUNCTION LOAD REPLACE "#!lua name=lib\nredis.register_function{function_name='look', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}"
"lib"
> SET k v
OK
> FCALL_RO look 1 k
"v"
> FCALL twice 0 21
(error) ERR Function not found
> FUNCTION LIST
[["library_name", "lib", "engine", "LUA", "functions", [["name", "look", "description", (nil), "flags", [no-writes]]]]]
> FUNCTION STATS
["running_script", (nil), "engines", ["LUA", ["libraries_count", 1, "functions_count", 1]]]
> FUNCTION KILL
(error) NOTBUSY No scripts in execution right now.
> FUNCTION DUMP
<string as dump>
> FUNCTION DELETE lib
OK
> FUNCTION DELETE lib
(error) ERR Library not found
> FUNCTION RESTORE nonsense
(error) ERR DUMP payload version or checksum are wrong
> FUNCTION FLUSH
OK
> FUNCTION LIST
[]
> FUNCTION HELP
includes [HELP]

# a script is told a set in the same order everywhere
> SADD letters c a b aa
4
> EVAL "return redis.call('SORT', KEYS[1], 'BY', 'nosort')" 1 letters
["a", "aa", "b", "c"]
