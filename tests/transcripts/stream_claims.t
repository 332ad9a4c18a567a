// Pending entries that are given back, and claimed by reading.

# XNACK gives entries back
@ only-russet: XNACK came with Redis 8.8
> XADD s 1-0 f 1
"1-0"
> XADD s 2-0 f 2
"2-0"
> XADD s 3-0 f 3
"3-0"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g a STREAMS s >
[["s", [["1-0", ["f", "1"]], ["2-0", ["f", "2"]], ["3-0", ["f", "3"]]]]]
> XNACK s g FAIL IDS 2 3-0 9-0
1
> XNACK s g silent IDS 1 1-0
1
> XPENDING s g - + 10
[["1-0", "", -1, 0], ["2-0", "a", <int>, 1], ["3-0", "", -1, 1]]
> XPENDING s g
[3, "1-0", "3-0", [["a", "1"]]]
> XPENDING s g - + 10 a
[["2-0", "a", <int>, 1]]
> XNACK s g SILENT IDS 2 1-0 1-0
2
> XNACK s g FATAL IDS 1 3-0
1
> XPENDING s g - + 10
[["1-0", "", -1, 0], ["2-0", "a", <int>, 1], ["3-0", "", -1, 9223372036854775807]]
> XREADGROUP GROUP g a STREAMS s 0
[["s", [["2-0", ["f", "2"]]]]]
> XCLAIM s g b 99999 3-0
[["3-0", ["f", "3"]]]
> XPENDING s g - + 10 b
[["3-0", "b", <int>, 9223372036854775807]]
> XNACK s g FAIL IDS 2 2-0 3-0 RETRYCOUNT 42
2
> XPENDING s g - + 10
[["1-0", "", -1, 0], ["2-0", "", -1, 42], ["3-0", "", -1, 42]]
> XINFO GROUPS s
[["name", "g", "consumers", 2, "pending", 3, "last-delivered-id", "3-0", "entries-read", 3, "lag", 0]]
> XACK s g 2-0
1
> XDEL s 3-0
1
> XAUTOCLAIM s g c 99999 0
["0-0", [["1-0", ["f", "1"]]], ["3-0"]]
> XPENDING s g
[1, "1-0", "1-0", [["c", "1"]]]

# XNACK says what it cannot make sense of
@ only-russet: XNACK came with Redis 8.8
> XNACK s g SILENT IDS 1
(error) ERR wrong number of arguments for 'xnack' command
> XNACK s g SILENT IDS 1 1-0
(error) NOGROUP No such key 's' or consumer group 'g'
> XADD s 1-0 f v
"1-0"
> XNACK s g SILENT IDS 1 1-0
(error) NOGROUP No such key 's' or consumer group 'g'
> XGROUP CREATE s g 0
OK
> XNACK s g BAD IDS 1 1-0
(error) ERR mode must be SILENT, FAIL, or FATAL
> XNACK s g FAIL BAD IDS 1 1-0
(error) ERR Unrecognized XNACK option 'BAD'
> XNACK s g FAIL FATAL IDS 1 1-0
(error) ERR Unrecognized XNACK option 'FATAL'
> XNACK s g FAIL IDS 1 1-0 RETRYCOUNT
(error) ERR Unrecognized XNACK option 'RETRYCOUNT'
> XNACK s g FAIL IDS 1 1-0 2-0
(error) ERR Unrecognized XNACK option '2-0'
> XNACK s g SILENT FORCE RETRYCOUNT 5
(error) ERR syntax error, expected IDS keyword
> XNACK s g SILENT IDS abc 1-0
(error) ERR numids must be a positive integer
> XNACK s g SILENT IDS 2 1-0
(error) ERR number of IDs doesn't match numids
> XNACK s g FAIL IDS 1 x
(error) ERR Invalid stream ID specified as stream command argument
> XNACK s g FAIL IDS 1 1-0 RETRYCOUNT abc
(error) ERR value is not an integer or out of range
> XNACK s g FAIL IDS 1 1-0 RETRYCOUNT -1
(error) ERR Invalid RETRYCOUNT value, must be >= 0
> XNACK s g FAIL IDS 1 1-0
0
> SET k v
OK
> XNACK k g FAIL IDS 1 1-0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# XNACK FORCE makes entries pending
@ only-russet: XNACK came with Redis 8.8
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XADD s 3-0 f v
"3-0"
> XGROUP CREATE s g 0
OK
> XNACK s g FAIL FORCE IDS 2 1-0 9-0
1
> XNACK s g FATAL IDS 1 2-0 FORCE
1
> XNACK s g SILENT RETRYCOUNT 7 IDS 1 3-0 FORCE
1
> XPENDING s g - + 10
[["1-0", "", -1, 0], ["2-0", "", -1, 9223372036854775807], ["3-0", "", -1, 7]]
> COPY s t
1
> DEBUG RELOAD
OK
> XPENDING s g - + 10
[["1-0", "", -1, 0], ["2-0", "", -1, 9223372036854775807], ["3-0", "", -1, 7]]
> XGROUP DELCONSUMER s g a
0
> XREADGROUP GROUP g a COUNT 2 CLAIM 5 STREAMS t >
[["t", [["1-0", ["f", "v"], <int>, 0], ["2-0", ["f", "v"], <int>, 9223372036854775807]]]]
> XPENDING s g
[3, "1-0", "3-0", []]

# XINFO STREAM FULL counts what was given back
@ only-russet: XNACK came with Redis 8.8
> XADD s 1-0 f v
"1-0"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g a STREAMS s >
[["s", [["1-0", ["f", "v"]]]]]
> XNACK s g FAIL IDS 1 1-0
1
> XINFO STREAM s FULL
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", 2, "last-generated-id", "1-0", "max-deleted-entry-id", "0-0", "entries-added", 1, "recorded-first-entry-id", "1-0", "entries", [["1-0", ["f", "v"]]], "groups", [["name", "g", "last-delivered-id", "1-0", "entries-read", 1, "lag", 0, "pel-count", 1, "pending", [["1-0", "", 0, 1]], "consumers", [["name", "a", "seen-time", <int>, "active-time", <int>, "pel-count", 0, "pending", []]], "nacked-count", 1]]]

# Reading claims what has been idle, and then takes what is new
@ only-russet: CLAIM came with Redis 8.4
> XADD s 1-0 f 1
"1-0"
> XADD s 2-0 f 2
"2-0"
> XADD s 3-0 f 3
"3-0"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g a CLAIM 1000 COUNT 2 STREAMS s >
[["s", [["1-0", ["f", "1"], 0, 0], ["2-0", ["f", "2"], 0, 0]]]]
> XREADGROUP GROUP g b CLAIM 9223372036854775807 STREAMS s >
[["s", [["3-0", ["f", "3"], 0, 0]]]]
> XREADGROUP GROUP g b CLAIM 100000 STREAMS s >
(nil array)
> XCLAIM s g a 0 2-0 IDLE 500000 JUSTID
["2-0"]
> XCLAIM s g a 0 1-0 IDLE 400000 JUSTID
["1-0"]
> XCLAIM s g a 0 3-0 IDLE 300000 JUSTID
["3-0"]
> XADD s 4-0 f 4
"4-0"
> XREADGROUP GROUP g b COUNT 3 CLAIM 350000 STREAMS s >
[["s", [["2-0", ["f", "2"], <int>, 1], ["1-0", ["f", "1"], <int>, 1], ["4-0", ["f", "4"], 0, 0]]]]
> XPENDING s g - + 10
[["1-0", "b", <int>, 2], ["2-0", "b", <int>, 2], ["3-0", "a", <int>, 1], ["4-0", "b", <int>, 1]]
> XDEL s 3-0
1
> XREADGROUP GROUP g b CLAIM 100000 STREAMS s >
(nil array)
> XREADGROUP GROUP g b CLAIM 0 NOACK COUNT 1 STREAMS s >
[["s", [["1-0", ["f", "1"], <int>, 2]]]]
> XREADGROUP GROUP g b CLAIM 1000000 STREAMS s 0
[["s", [["1-0", ["f", "1"]], ["2-0", ["f", "2"]], ["4-0", ["f", "4"]]]]]
> XPENDING s g
[4, "1-0", "4-0", [["a", "1"], ["b", "3"]]]

# Claims are checked
@ only-russet: CLAIM came with Redis 8.4
> XADD s 1-0 f v
"1-0"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g a CLAIM x STREAMS s >
(error) ERR min-idle-time is not an integer or out of range
> XREADGROUP GROUP g a CLAIM -1 STREAMS s >
(error) ERR min-idle-time must be a positive integer
> XREADGROUP GROUP h a CLAIM 1 STREAMS s >
(error) NOGROUP No such key 's' or consumer group 'h' in XREADGROUP with GROUP option
> XREADGROUP GROUP g CLAIM 50 a STREAMS s >
(error) ERR syntax error
> XREAD CLAIM 1 STREAMS s 0
(error) ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.

# Who waits with CLAIM gets what is given back
@ only-russet: XNACK came with Redis 8.8
> XADD s 1-0 f v
"1-0"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g a STREAMS s >
[["s", [["1-0", ["f", "v"]]]]]
1> XREADGROUP GROUP g b BLOCK 0 CLAIM 3600000 STREAMS s >
(none)
2> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
(none)
> XNACK s g FAIL IDS 1 1-0
1
1: [["s", [["1-0", ["f", "v"], <int>, 1]]]]
> XADD s 2-0 f v
"2-0"
2: [["s", [["2-0", ["f", "v"]]]]]
> XPENDING s g - + 10
[["1-0", "b", <int>, 2], ["2-0", "c", <int>, 1]]

# Who waits with CLAIM gets what has become idle
@ only-russet: CLAIM came with Redis 8.4
> XADD s 1-0 f v
"1-0"
> XADD t 5-0 f v
"5-0"
> XGROUP CREATE s g 0
OK
> XGROUP CREATE t g $
OK
> XREADGROUP GROUP g a STREAMS s >
[["s", [["1-0", ["f", "v"]]]]]
1> XREADGROUP GROUP g b BLOCK 0 CLAIM 100 STREAMS t s > >
1: [["s", [["1-0", ["f", "v"], <int>, 1]]]]
2> XREADGROUP GROUP g b BLOCK 30 CLAIM 3600000 STREAMS t s > >
2: (nil array)

# The sum of what is read may be bounded
@ only-russet: MAXCOUNT and MAXSIZE came with Redis 8.10
> XADD s 1-0 f 1
"1-0"
> XADD s 2-0 f 2
"2-0"
> XADD t 3-0 f 3
"3-0"
> XADD t 4-0 f 4
"4-0"
> XREAD COUNT 2 MAXCOUNT 3 STREAMS s t 0 0
[["s", [["1-0", ["f", "1"]], ["2-0", ["f", "2"]]]], ["t", [["3-0", ["f", "3"]]]]]
> XREAD MAXCOUNT 2 STREAMS s t 0 0
[["s", [["1-0", ["f", "1"]], ["2-0", ["f", "2"]]]]]
> XREAD MAXSIZE 1 STREAMS s t 0 0
[["s", [["1-0", ["f", "1"]]]]]
> XREAD MAXSIZE 1000 MAXCOUNT 1 STREAMS t s 0 0
[["t", [["3-0", ["f", "3"]]]]]
> XREAD MAXSIZE 1 STREAMS s t 2 0
[["t", [["3-0", ["f", "3"]]]]]
> XREAD COUNT 2 MAXCOUNT 1 STREAMS s 0
(error) ERR MAXCOUNT must be greater than or equal to COUNT
> XREAD MAXCOUNT 0 STREAMS s 0
(error) ERR MAXCOUNT must be a positive integer
> XREAD MAXSIZE -1 STREAMS s 0
(error) ERR MAXSIZE must be a positive integer
> XGROUP CREATE s g 0
OK
> XGROUP CREATE t g 0
OK
> XREADGROUP GROUP g a MAXCOUNT 3 STREAMS s t > >
[["s", [["1-0", ["f", "1"]], ["2-0", ["f", "2"]]]], ["t", [["3-0", ["f", "3"]]]]]
> XPENDING t g
[1, "3-0", "3-0", [["a", "1"]]]
> XREADGROUP GROUP g a MAXSIZE 1 STREAMS s t 0 0
[["s", [["1-0", ["f", "1"]]]]]
> XREADGROUP GROUP g a MAXCOUNT 3 MAXSIZE 1000 STREAMS s t 0 0
[["s", [["1-0", ["f", "1"]], ["2-0", ["f", "2"]]]], ["t", [["3-0", ["f", "3"]]]]]
> XREADGROUP GROUP g b MAXCOUNT 3 CLAIM 0 STREAMS t s > >
[["t", [["3-0", ["f", "3"], <int>, <int>], ["4-0", ["f", "4"], 0, 0]]], ["s", [["1-0", ["f", "1"], <int>, <int>]]]]

# How many keys are waited for is known
@ only-russet: the figures came with Redis 7.2
> XGROUP CREATE s g 0 MKSTREAM
OK
1> BLPOP t u 0
(none)
2> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
(none)
until> INFO clients
~"*blocked_clients:2*total_blocking_keys:3*total_blocking_keys_on_nokey:1*"
