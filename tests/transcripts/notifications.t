// Keyspace notifications.

# events are announced by key and by event
> CONFIG SET notify-keyspace-events KEA
OK
> CONFIG GET notify-keyspace-events
["notify-keyspace-events", "AKE"]
1> PSUBSCRIBE __key*
1: ["psubscribe", "__key*", 1]
> SET foo bar EX 100
OK
1: ["pmessage", "__key*", "__keyspace@0__:foo", "set"]
1: ["pmessage", "__key*", "__keyevent@0__:set", "foo"]
1: ["pmessage", "__key*", "__keyspace@0__:foo", "expire"]
1: ["pmessage", "__key*", "__keyevent@0__:expire", "foo"]
> SELECT 1
OK
> HSET h f v
1
1: ["pmessage", "__key*", "__keyspace@1__:h", "hset"]
1: ["pmessage", "__key*", "__keyevent@1__:hset", "h"]
> HDEL h f
1
1: ["pmessage", "__key*", "__keyspace@1__:h", "hdel"]
1: ["pmessage", "__key*", "__keyevent@1__:hdel", "h"]
1: ["pmessage", "__key*", "__keyspace@1__:h", "del"]
1: ["pmessage", "__key*", "__keyevent@1__:del", "h"]
> GET nosuch
(nil)
> DEL nosuch
0
1> PING
1: ["pong", ""]

# only the classes that are asked for are announced
> CONFIG SET notify-keyspace-events Eg$
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> HSET h f v
1
> SET a 1
OK
1: ["pmessage", "*", "__keyevent@0__:set", "a"]
> RENAME a b
OK
1: ["pmessage", "*", "__keyevent@0__:rename_from", "a"]
1: ["pmessage", "*", "__keyevent@0__:rename_to", "b"]
> CONFIG SET notify-keyspace-events K
OK
> SET a 1
OK
> CONFIG SET notify-keyspace-events A
OK
> SET a 1
OK
1> PING
1: ["pong", ""]
> CONFIG SET notify-keyspace-events KEx!
(error) ~*

# new keys and missed keys are announced if asked for
> CONFIG SET notify-keyspace-events Kmn$
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> SET a 1
OK
1: ["pmessage", "*", "__keyspace@0__:a", "new"]
1: ["pmessage", "*", "__keyspace@0__:a", "set"]
> SET a 2
OK
1: ["pmessage", "*", "__keyspace@0__:a", "set"]
> RENAME a c
OK
1: ["pmessage", "*", "__keyspace@0__:c", "new"]
> MGET c d e
["2", (nil), (nil)]
1: ["pmessage", "*", "__keyspace@0__:d", "keymiss"]
1: ["pmessage", "*", "__keyspace@0__:e", "keymiss"]
> EXISTS f
0
1: ["pmessage", "*", "__keyspace@0__:f", "keymiss"]
> TTL g
-2
1: ["pmessage", "*", "__keyspace@0__:g", "keymiss"]
> TYPE h
none
1: ["pmessage", "*", "__keyspace@0__:h", "keymiss"]
> HGET i f
(nil)
1: ["pmessage", "*", "__keyspace@0__:i", "keymiss"]
> STRLEN j
0
1: ["pmessage", "*", "__keyspace@0__:j", "keymiss"]
> GETEX k
(nil)
1: ["pmessage", "*", "__keyspace@0__:k", "keymiss"]
> GETDEL l
(nil)
1: ["pmessage", "*", "__keyspace@0__:l", "keymiss"]
> SET m 1 GET
(nil)
1: ["pmessage", "*", "__keyspace@0__:m", "keymiss"]
1: ["pmessage", "*", "__keyspace@0__:m", "new"]
1: ["pmessage", "*", "__keyspace@0__:m", "set"]
> LLEN o
0
1: ["pmessage", "*", "__keyspace@0__:o", "keymiss"]
> SMEMBERS p
[]
1: ["pmessage", "*", "__keyspace@0__:p", "keymiss"]
> ZSCORE q m
(nil)
1: ["pmessage", "*", "__keyspace@0__:q", "keymiss"]
> COPY r s
0
1: ["pmessage", "*", "__keyspace@0__:r", "keymiss"]
> DEL t
0
> PERSIST t
0
> LPUSHX t x
0
> HINCRBY u f 1
1
1: ["pmessage", "*", "__keyspace@0__:u", "new"]
> LPUSH v x
1
1: ["pmessage", "*", "__keyspace@0__:v", "new"]
> SADD w x
1
1: ["pmessage", "*", "__keyspace@0__:w", "new"]
> ZADD x 1 x
1
1: ["pmessage", "*", "__keyspace@0__:x", "new"]

# expiry is announced, found or by itself
> CONFIG SET notify-keyspace-events Ex
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> SET a 1 PX 1
OK
1: ["pmessage", "*", "__keyevent@0__:expired", "a"]
> SET b 1
OK
> PEXPIRE b -1
1
1> PING
1: ["pong", ""]

# a transaction announces what it did in its order
> CONFIG SET notify-keyspace-events KA
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> MULTI
OK
> SET a 1
QUEUED
> APPEND a 2
QUEUED
> DEL a
QUEUED
> EXEC
[OK, 2, 1]
1: ["pmessage", "*", "__keyspace@0__:a", "set"]
1: ["pmessage", "*", "__keyspace@0__:a", "append"]
1: ["pmessage", "*", "__keyspace@0__:a", "del"]

# FLUSHALL and SWAPDB announce nothing
> SET a 1
OK
> CONFIG SET notify-keyspace-events KEAmn
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> SWAPDB 0 1
OK
> FLUSHALL
OK
1> PING
1: ["pong", ""]

# whoever waited and is served announces it too
> CONFIG SET notify-keyspace-events Kl
OK
1> BLMOVE src dst LEFT RIGHT 0
1: (none)
2> PSUBSCRIBE *
2: ["psubscribe", "*", 1]
> RPUSH src x
1
1: "x"
2: ["pmessage", "*", "__keyspace@0__:src", "rpush"]
2: ["pmessage", "*", "__keyspace@0__:dst", "rpush"]
2: ["pmessage", "*", "__keyspace@0__:src", "lpop"]

# sets tell what happened to them
> CONFIG SET notify-keyspace-events Egs
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> SADD s a b c
3
1: ["pmessage", "*", "__keyevent@0__:sadd", "s"]
> SADD s a
0
> SREM s x
0
> SREM s a
1
1: ["pmessage", "*", "__keyevent@0__:srem", "s"]
> SMOVE s t b
1
1: ["pmessage", "*", "__keyevent@0__:srem", "s"]
1: ["pmessage", "*", "__keyevent@0__:sadd", "t"]
> SMOVE s t c
1
1: ["pmessage", "*", "__keyevent@0__:srem", "s"]
1: ["pmessage", "*", "__keyevent@0__:del", "s"]
1: ["pmessage", "*", "__keyevent@0__:sadd", "t"]
> SPOP t
<string>
1: ["pmessage", "*", "__keyevent@0__:spop", "t"]
> SPOP t 5
[<string>]
1: ["pmessage", "*", "__keyevent@0__:spop", "t"]
1: ["pmessage", "*", "__keyevent@0__:del", "t"]
> SADD s 1 2
2
1: ["pmessage", "*", "__keyevent@0__:sadd", "s"]
> SINTERSTORE t s s
2
1: ["pmessage", "*", "__keyevent@0__:sinterstore", "t"]
> SUNIONSTORE t s
2
1: ["pmessage", "*", "__keyevent@0__:sunionstore", "t"]
> SDIFFSTORE t s none
2
1: ["pmessage", "*", "__keyevent@0__:sdiffstore", "t"]
> SDIFFSTORE t s s
0
1: ["pmessage", "*", "__keyevent@0__:del", "t"]
> SINTERSTORE t s none
0
1> PING
1: ["pong", ""]

# sorted sets tell what happened to them
> CONFIG SET notify-keyspace-events Egz
OK
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
> ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g
7
1: ["pmessage", "*", "__keyevent@0__:zadd", "z"]
> ZADD z 1 a
0
> ZADD z XX 5 x
0
> ZADD z INCR 0 a
"1"
> ZADD z INCR 1 a
"2"
1: ["pmessage", "*", "__keyevent@0__:zincr", "z"]
> ZINCRBY z 1 a
"3"
1: ["pmessage", "*", "__keyevent@0__:zincr", "z"]
> ZREM z x
0
> ZREM z a
1
1: ["pmessage", "*", "__keyevent@0__:zrem", "z"]
> ZREMRANGEBYRANK z 0 0
1
1: ["pmessage", "*", "__keyevent@0__:zremrangebyrank", "z"]
> ZREMRANGEBYSCORE z 3 3
1
1: ["pmessage", "*", "__keyevent@0__:zremrangebyscore", "z"]
> ZREMRANGEBYSCORE z 3 3
0
> ZPOPMIN z
["d", "4"]
1: ["pmessage", "*", "__keyevent@0__:zpopmin", "z"]
> ZPOPMAX z
["g", "7"]
1: ["pmessage", "*", "__keyevent@0__:zpopmax", "z"]
> ZMPOP 2 none z MIN
["z", [["e", "5"]]]
1: ["pmessage", "*", "__keyevent@0__:zpopmin", "z"]
> ZRANGESTORE t z 0 -1
1
1: ["pmessage", "*", "__keyevent@0__:zrangestore", "t"]
> BZPOPMAX z 0
["z", "f", "6"]
1: ["pmessage", "*", "__keyevent@0__:zpopmax", "z"]
1: ["pmessage", "*", "__keyevent@0__:del", "z"]
> ZUNIONSTORE u 1 t
1
1: ["pmessage", "*", "__keyevent@0__:zunionstore", "u"]
> ZINTERSTORE u 2 t u
1
1: ["pmessage", "*", "__keyevent@0__:zinterstore", "u"]
> ZDIFFSTORE v 2 t none
1
1: ["pmessage", "*", "__keyevent@0__:zdiffstore", "v"]
> ZDIFFSTORE v 2 t t
0
1: ["pmessage", "*", "__keyevent@0__:del", "v"]
> ZRANGESTORE v none 0 -1
0
> ZREMRANGEBYLEX u - +
1
1: ["pmessage", "*", "__keyevent@0__:zremrangebylex", "u"]
1: ["pmessage", "*", "__keyevent@0__:del", "u"]
1> PING
1: ["pong", ""]
