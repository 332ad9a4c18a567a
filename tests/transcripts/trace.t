// TRACE: the way of a request through the server.

# TRACE carries a command out and tells what happened on its way
@ only-russet: Redis has no TRACE
@ resp3
> TRACE SET k v EX 100
{"command": "set", "received": <string>, "received-bytes": <int>, "tokens": ["SET", "k", "v", "EX", "100"], "class": "keys", "keys": [{"name": "k", "hash": <string>, "stripe": <int>, "segment": 0, "bucket": <int>, "before": (nil), "after": {"encoding": "embstr", "bytes": <int>}}], "log": {"offset": <int>, "bytes": <int>}, "reply-bytes": <int>, "reply": OK, "nanoseconds": {"parse": <int>, "find": <int>, "hash": <int>, "queue": <int>, "lock": <int>, "run": <int>, "log": <int>, "fsync": <int>, "write": (nil)}}
> GET k
"v"
> TTL k
<int 90..100>
> TRACE GET k
{"command": "get", "log": (nil), "reply": "v", "reply-bytes": <int>, ...}

# values are looked at before and after
@ only-russet: Redis has no TRACE
@ resp3
> SET k 12
OK
> TRACE APPEND k x
{"keys": [{"name": "k", "before": {"encoding": "int", "bytes": <int>}, "after": {"encoding": "raw", "bytes": <int>}, ...}], "reply": 3, ...}
> TRACE DEL k nosuch
{"keys": [{"name": "k", "before": {"encoding": "raw", "bytes": <int>}, "after": (nil), ...}, {"name": "nosuch", "before": (nil), "after": (nil), ...}], "reply": 1, ...}
> HSET h a 1 b 2
2
> TRACE HGETALL h
{"command": "hgetall", "tokens": ["HGETALL", "h"], "reply": {"a": "1", "b": "2"}, ...}

# classes say what is locked
@ only-russet: Redis has no TRACE
@ resp3
> TRACE MSET a 1 b 2
{"class": "keys", "keys": [{"name": "a", ...}, {"name": "b", ...}], ...}
> TRACE PING
{"class": "local", "keys": [], "reply": PONG, ...}
> TRACE DBSIZE
{"class": "walk", "reply": 2, ...}
> TRACE SCAN 0
{"class": "walk", "reply": [<string>, [...]], ...}
> TRACE KEYS *
{"class": "gate", "reply": <any>, ...}
> TRACE FLUSHALL
{"class": "gate", "reply": OK, ...}
> DBSIZE
0

# in RESP2 it is flat
@ only-russet: Redis has no TRACE
> TRACE ECHO hello
pairs {"command": "echo", "tokens": ["ECHO", "hello"], "reply": "hello", "keys": [], ...}

# an error of the command is a reply like any other; what is no command is an error
@ only-russet: Redis has no TRACE
@ resp3
> LPUSH l x
1
> TRACE INCR l
{"command": "incr", "log": (nil), "reply": (error "WRONGTYPE Operation against a key holding the wrong kind of value"), ...}
> TRACE NOSUCH a
(error) ~ERR unknown command 'NOSUCH', with args beginning with: 'a'*
> TRACE GET
(error) ERR wrong number of arguments for 'get' command
> TRACE
(error) ERR wrong number of arguments for 'trace' command

# what waits or changes the connection is not traced
@ only-russet: Redis has no TRACE
> TRACE BLPOP k 0
(error) ERR 'blpop' can't be traced
> TRACE TRACE GET k
(error) ERR 'trace' can't be traced
> TRACE SUBSCRIBE a
(error) ERR 'subscribe' can't be traced
> TRACE MULTI
(error) ERR 'multi' can't be traced
> MULTI
OK
> TRACE GET k
(error) ERR Command not allowed inside a transaction
> EXEC
(error) EXECABORT Transaction discarded because of previous errors.
> EVAL "return redis.call('TRACE', 'GET', 'k')" 0
(error) ~ERR This Redis command is not allowed from script*

# scripts are traced as a whole
@ only-russet: Redis has no TRACE
@ resp3
> TRACE EVAL "redis.call('SET', KEYS[1], 'v') return 7" 1 k
{"command": "eval", "keys": [{"name": "k", "before": (nil), "after": {"encoding": "embstr", "bytes": <int>}, ...}], "log": {"offset": <int>, "bytes": <int>}, "reply": 7, ...}

# TRACE ON shows the requests of others
@ only-russet: Redis has no TRACE
@ resp3
1> TRACE ON PREFIX a
1: OK
> SET abc 1
OK
> SET bcd 1
OK
> GET abc
"1"
1: push ["trace", {"command": "set", "tokens": ["SET", "abc", "1"], "client": <int>, "address": <string>, "database": 0, "class": "keys", "keys": ["abc"], "log": {"offset": <int>, "bytes": <int>}, "reply-bytes": <int>, "nanoseconds": {"queue": <int>, "lock": <int>, "run": <int>, "log": <int>, "fsync": <int>, "write": <int>}, "skipped": 0}]
1: push ["trace", {"command": "get", "tokens": ["GET", "abc"], "log": (nil), "nanoseconds": {"write": <int>, ...}, ...}]
1> TRACE OFF
1: OK
> SET abc 2
OK
1> PING
1: PONG

# ... a transaction and a script as one request, and only slow ones with MINUS
@ only-russet: Redis has no TRACE
@ resp3
1> TRACE ON MINUS 50000
1: OK
> SET abc 1
OK
> DEBUG SLEEP 0
OK
1> TRACE ON
1: OK
> MULTI
OK
> SET k 1
QUEUED
> EXEC
[OK]
> EVAL "return redis.call('GET', KEYS[1])" 1 k
"1"
1: push ["trace", {"command": "multi", ...}]
1: push ["trace", {"command": "exec", "log": {"offset": <int>, "bytes": <int>}, "reply-bytes": <int>, ...}]
1: push ["trace", {"command": "eval", "keys": ["k"], ...}]
1> RESET
1: RESET

# TRACE ON asks for pushes, and its options are checked
@ only-russet: Redis has no TRACE
> TRACE ON
(error) ERR TRACE ON sends pushes: it needs HELLO 3
> HELLO 3
{"proto": 3, ...}
> TRACE ON FOO 1
(error) ERR syntax error
> TRACE ON PREFIX
(error) ERR syntax error
> TRACE ON MINUS x
(error) ERR value is not an integer or out of range
> TRACE ON MINUS -1
(error) ERR value is not an integer or out of range
> TRACE OFF
OK

# TRACE SLOW is the slow log with the stages of each request
@ only-russet: Redis has no TRACE
@ resp3
> CONFIG SET slowlog-log-slower-than 0
OK
> SLOWLOG RESET
OK
> SADD s a b c
3
until> TRACE SLOW 100
[{...}, {"id": <int>, "time": <int>, "microseconds": <int>, "tokens": ["SADD", "s", "a", "b", "c"], "address": <string>, "name": "", "nanoseconds": {"queue": <int>, "lock": 0, "run": <int>, "log": <int>, "fsync": <int>, "write": <int>}}, {"tokens": ["SLOWLOG", "RESET"], ...}]
> CONFIG SET slowlog-log-slower-than 10000
OK
> TRACE SLOW 0
[]
> TRACE SLOW x
(error) ERR value is not an integer or out of range
> TRACE SLOW 1 2
(error) ERR syntax error
