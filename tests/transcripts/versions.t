// Where versions of Redis contradict one another: what each is answered with (`redis-version`).
// Without the setting the answers are those of the oracle, Redis 7.0.15.

# the version is a setting
@ only-russet: redis-version is our own
> CONFIG GET redis-version
["redis-version", "7.0.15"]
> CONFIG SET redis-version 7.2.4
OK
> CONFIG GET redis-version
["redis-version", "7.2.4"]
> INFO server
~"*redis_version:7.2.4*"
> HELLO
pairs {"version": "7.2.4", ...}
> LOLWUT VERSION 1
~"*Redis ver. 7.2.4*"
> EVAL "return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM}" 0
["7.2.4", 459268]
> FUNCTION LOAD REPLACE "#!lua name=l\nredis.register_function('f', function() return redis.REDIS_VERSION end)"
"l"
> FCALL f 0
"7.2.4"
> CONFIG SET redis-version 8.0.0
OK
> EVAL "return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM}" 0
["8.0.0", 524288]
> FCALL f 0
"8.0.0"
> CONFIG SET redis-version 7.0.15
OK

# versions that are not followed are refused
@ only-russet: redis-version is our own
> CONFIG SET redis-version 6.2.14
(error) ERR CONFIG SET failed (possibly related to argument 'redis-version') - argument must be a version of Redis, X.Y.Z, from 7.0.0 to 8.0.255
> CONFIG SET redis-version 9.0.0
(error) ERR CONFIG SET failed (possibly related to argument 'redis-version') - argument must be a version of Redis, X.Y.Z, from 7.0.0 to 8.0.255
> CONFIG SET redis-version latest
(error) ERR CONFIG SET failed (possibly related to argument 'redis-version') - argument must be a version of Redis, X.Y.Z, from 7.0.0 to 8.0.255
> CONFIG GET redis-version
["redis-version", "7.0.15"]

# small sets and lists have the names of Redis 7.0
> RPUSH l a b c
3
> OBJECT ENCODING l
"quicklist"
> SADD s a b c
3
> OBJECT ENCODING s
"hashtable"
> DEBUG OBJECT l
~"*encoding:quicklist*ql_nodes:1 *"

# small sets and lists are named listpack from 7.2 on
@ differs: Redis 7.0 has other names
> CONFIG SET redis-version 7.2.0
OK
> RPUSH l a b c
3
> OBJECT ENCODING l
"listpack"
> DEBUG OBJECT l
~"*encoding:listpack serializedlength:* lru_seconds_idle:0"
> SADD s a b c
3
> OBJECT ENCODING s
"listpack"
> SADD i 1 2 3
3
> OBJECT ENCODING i
"intset"
> SADD i x
1
> OBJECT ENCODING i
"listpack"
> CONFIG SET set-max-listpack-entries 3
OK
> SADD s d
1
> OBJECT ENCODING s
"hashtable"
> CONFIG SET set-max-listpack-value 3
OK
> SADD t abc
1
> OBJECT ENCODING t
"listpack"
> SADD t abcd
1
> OBJECT ENCODING t
"hashtable"
> CONFIG SET set-max-listpack-entries 128 set-max-listpack-value 64
OK
> CONFIG SET redis-version 7.0.15
OK

# a list is a quicklist until it fits half a listpack
@ differs: Redis 7.0 has other names
> CONFIG SET redis-version 7.2.0
OK
> CONFIG SET list-max-listpack-size 4
OK
> RPUSH l a b c d
4
> OBJECT ENCODING l
"listpack"
> RPUSH l e
5
> OBJECT ENCODING l
"quicklist"
> RPOP l
"e"
> OBJECT ENCODING l
"quicklist"
> RPOP l 2
["d", "c"]
> OBJECT ENCODING l
"listpack"
> RPUSH m a b c d
4
> LINSERT m AFTER b x
5
> OBJECT ENCODING m
"quicklist"
> COPY m n
1
> OBJECT ENCODING n
"quicklist"
> LTRIM m 0 1
OK
> OBJECT ENCODING m
"listpack"
> CONFIG SET list-max-listpack-size -2
OK
> CONFIG SET redis-version 7.0.15
OK

# BITCOUNT and BITPOS look at the key first in Redis 7.0
> BITCOUNT missing x y
0
> BITCOUNT missing 0 1 hello
0
> BITPOS missing 1 x
-1
> RPUSH l a
1
> BITCOUNT l x y
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SET k v
OK
> BITCOUNT k -1 -2 hello
0

# BITCOUNT and BITPOS look at the range first from 7.2 on
@ differs: Redis 7.0 looks at the key first
> CONFIG SET redis-version 7.2.0
OK
> BITCOUNT missing x y
(error) ERR value is not an integer or out of range
> BITCOUNT missing 0
(error) ERR syntax error
> BITCOUNT missing 0 1 hello
(error) ERR syntax error
> BITPOS missing 1 x
(error) ERR value is not an integer or out of range
> BITPOS missing 0 0 1 hello
(error) ERR syntax error
> RPUSH l a
1
> BITCOUNT l x y
(error) ERR value is not an integer or out of range
> BITCOUNT l 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SET k v
OK
> BITCOUNT k -1 -2 hello
(error) ERR syntax error
> BITCOUNT k -1 -2
0
> BITCOUNT missing 0 1
0
> CONFIG SET redis-version 7.0.15
OK

# an end before the first byte is the first byte up to Redis 7.4
> SET k Hello
OK
> GETRANGE k 0 -100
"H"
> GETRANGE k -100 -99
"H"
> SUBSTR k 0 -100
"H"

# nothing ends before the first byte from 8.0 on
@ differs: Redis 7.0 takes it for the first byte
> SET k Hello
OK
> CONFIG SET redis-version 7.4.9
OK
> GETRANGE k 0 -100
"H"
> CONFIG SET redis-version 8.0.0
OK
> GETRANGE k 0 -100
""
> GETRANGE k -100 -99
""
> GETRANGE k -100 -101
""
> GETRANGE k 0 -5
"H"
> GETRANGE k 0 -6
""
> GETRANGE k -100 100
"Hello"
> SUBSTR k 0 -100
""
> CONFIG SET redis-version 7.0.15
OK

# a type that there is not has no keys up to Redis 7.4
> SET k v
OK
> SCAN 0 COUNT 1000 TYPE nonsense
["0", []]

# SCAN refuses a type that there is not from 8.0 on
@ differs: Redis 7.0 finds no keys of it
> CONFIG SET redis-version 8.0.0
OK
> SET k v
OK
> SADD s a
1
> SCAN 0 COUNT 1000 TYPE nonsense
(error) ERR unknown type name 'nonsense'
> SCAN 0 COUNT 1000 TYPE STRING
["0", ["k"]]
> CONFIG SET redis-version 7.0.15
OK

# who waits for a group that goes has words of its own in Redis 7.0
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> XINFO CONSUMERS s g
[]
> DEL s
1
1: (error) UNBLOCKED the stream key no longer exists
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> XGROUP DESTROY s g
1
1: (error) NOGROUP the consumer group this client was blocked on no longer exists

# who waits for a group that goes is told what one who comes later is, from 7.2 on
@ differs: Redis 7.0 has words of its own
> CONFIG SET redis-version 7.2.0
OK
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> DEL s
1
1: (error) NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> SET s v
OK
1: (error) WRONGTYPE Operation against a key holding the wrong kind of value
> DEL s
1
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> XGROUP DESTROY s g
1
1: (error) NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
> CONFIG SET redis-version 7.0.15
OK

# consumers are made when there is something for them in Redis 7.0
> XGROUP CREATE s g $ MKSTREAM
OK
> XREADGROUP GROUP g c STREAMS s >
(nil array)
> XCLAIM s g d 0 1-1
[]
> XAUTOCLAIM s g e 0 0
["0-0", [], []]
> XINFO CONSUMERS s g
[]

# consumers are made whatever there is for them from 7.2 on
@ differs: Redis 7.0 makes them when there is something for them
> CONFIG SET redis-version 7.2.0
OK
> XGROUP CREATE s g $ MKSTREAM
OK
> XREADGROUP GROUP g c NOACK STREAMS s >
(nil array)
> XCLAIM s g d 0 1-1
[]
> XAUTOCLAIM s g e 0 0
["0-0", [], []]
1> XREADGROUP GROUP g f BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> XINFO CONSUMERS s g
[pairs {"name": "c", "inactive": -1, ...}, pairs {"name": "d", "inactive": -1, ...}, pairs {"name": "e", "inactive": -1, ...}, pairs {"name": "f", "inactive": -1, ...}]
> CONFIG SET redis-version 7.0.15
OK

# what is missing behind STREAMS, in the words of Redis 7.0
> XREAD COUNT 1 STREAMS s
(error) ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.
> XREADGROUP GROUP g c STREAMS s
(error) ERR wrong number of arguments for 'xreadgroup' command
> XREADGROUP GROUP g c COUNT 1 STREAMS s
(error) ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.

# what is missing behind STREAMS, in the words of 7.2
@ differs: Redis 7.0 names XREAD only
> CONFIG SET redis-version 7.2.0
OK
> XREAD COUNT 1 STREAMS s
(error) ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.
> XREADGROUP GROUP g c COUNT 1 STREAMS s
(error) ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.
> CONFIG SET redis-version 7.4.0
OK
> XREAD COUNT 1 STREAMS s
(error) ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.
> CONFIG SET redis-version 7.0.15
OK

# XSETID may go back behind deleted entries in Redis 7.0
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 a 1
"1-2"
> XDEL s 1-2
1
> XSETID s 1-1
OK

# XSETID may not go back behind deleted entries from 7.2 on
@ differs: Redis 7.0 lets it
> CONFIG SET redis-version 7.2.0
OK
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 a 1
"1-2"
> XDEL s 1-2
1
> XSETID s 1-1
(error) ERR The ID specified in XSETID is smaller than current max_deleted_entry_id
> XSETID s 1-2
OK
> CONFIG SET redis-version 7.0.15
OK

# scripts may not wait in Redis 7.0
> EVAL "return redis.call('blpop', KEYS[1], 0)" 1 l
(error) ~ERR This Redis command is not allowed from script*
> EVAL "return redis.call('xread', 'BLOCK', 0, 'STREAMS', KEYS[1], '$')" 1 s
(error) ~ERR xread command is not allowed with BLOCK option from scripts*

# scripts that ask to wait get nothing at once from 7.2 on
@ differs: Redis 7.0 does not let scripts wait
> CONFIG SET redis-version 7.2.0
OK
> EVAL "return redis.call('blpop', KEYS[1], 0)" 1 l
(nil)
> EVAL "return redis.call('xread', 'BLOCK', 0, 'STREAMS', KEYS[1], '$')" 1 s
(nil)
> EVAL "return redis.call('wait', 1, 0)" 0
0
> RPUSH l a
1
> EVAL "return redis.call('blpop', KEYS[1], 0)" 1 l
["l", "a"]
> CONFIG SET redis-version 7.0.15
OK

# time stands still in scripts and transactions from 7.2 on
@ differs: Redis 7.0 asks the clock
> CONFIG SET redis-version 7.2.0
OK
> EVAL "local a = redis.call('time') for i = 1, 100000 do end local b = redis.call('time') return {a[1] == b[1], a[2] == b[2]}" 0
[1, 1]
> CONFIG SET redis-version 7.0.15
OK

# a client's line tells how many keys it watches from 7.4 on
@ differs: Redis 7.0 does not tell
> CLIENT INFO
~"* multi=-1 qbuf=*"
> CONFIG SET redis-version 7.4.0
OK
> WATCH a b
OK
> CLIENT INFO
~"* multi=-1 watch=2 qbuf=*"
> UNWATCH
OK
> CLIENT INFO
~"* multi=-1 watch=0 qbuf=*"
> CONFIG SET redis-version 7.0.15
OK

# a script that reads anything tracks all it declares in Redis 7.0
@ resp3
1> CLIENT TRACKING ON
1: OK
1> EVAL "redis.call('get', KEYS[1])" 2 a b
1: (nil)
> SET b v
OK
1: push ["invalidate", ["b"]]

# a script tracks what it reads from 7.2 on
@ resp3
@ differs: Redis 7.0 tracks all that it declares
> CONFIG SET redis-version 7.2.0
OK
1> CLIENT TRACKING ON
1: OK
1> EVAL "redis.call('get', KEYS[1])" 2 a b
1: (nil)
> SET b v
OK
1: (none)
> SET a v
OK
1: push ["invalidate", ["a"]]
> CONFIG SET redis-version 7.0.15
OK
