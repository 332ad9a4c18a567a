// Consumer groups of streams.

# XGROUP CREATE
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> XGROUP CREATE s g 0
(error) BUSYGROUP Consumer Group name already exists
> XGROUP CREATE s h $
OK
> XGROUP CREATE s i 5-5 ENTRIESREAD 3
OK
> XINFO GROUPS s
[["name", "g", "consumers", 0, "pending", 0, "last-delivered-id", "0-0", "entries-read", (nil), "lag", 1], ["name", "h", "consumers", 0, "pending", 0, "last-delivered-id", "1-1", "entries-read", (nil), "lag", 0], pairs {"name": "i", "consumers": 0, "pending": 0, "last-delivered-id": "5-5", ...}]
> XGROUP CREATE missing g $
(error) ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
> EXISTS missing
0
> XGROUP CREATE missing g $ MKSTREAM
OK
> XLEN missing
0
> XGROUP CREATE s j x
(error) ERR Invalid stream ID specified as stream command argument
> XGROUP CREATE s j 0 FOO
(error) ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.
> XGROUP CREATE s j 0 ENTRIESREAD
(error) ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.
> XGROUP CREATE s j 0 ENTRIESREAD -2
(error) ERR value for ENTRIESREAD must be positive or -1
> XGROUP CREATE s j 0 ENTRIESREAD x
(error) ERR value is not an integer or out of range
> XGROUP CREATE s j - 
(error) ERR Invalid stream ID specified as stream command argument
> XGROUP CREATE s
(error) ERR wrong number of arguments for 'xgroup|create' command
> XGROUP
(error) ERR wrong number of arguments for 'xgroup' command
> XGROUP FOO s
(error) ERR unknown subcommand 'FOO'. Try XGROUP HELP.
> SET k v
OK
> XGROUP CREATE k g 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XGROUP CREATE k g 0 MKSTREAM
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# XGROUP SETID, DESTROY and consumers
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> XGROUP SETID s g $
OK
> XREADGROUP GROUP g c STREAMS s >
(nil array)
> XGROUP SETID s g 0 ENTRIESREAD 0
OK
> XREADGROUP GROUP g c STREAMS s >
[["s", [["1-1", ["a", "1"]]]]]
> XGROUP SETID s g - 
OK
> XGROUP SETID s g 1 FOO
(error) ERR unknown subcommand or wrong number of arguments for 'SETID'. Try XGROUP HELP.
> XGROUP SETID s other 0
(error) NOGROUP No such consumer group 'other' for key name 's'
> XGROUP SETID missing g 0
(error) ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
> XGROUP CREATECONSUMER s g d
1
> XGROUP CREATECONSUMER s g d
0
> XGROUP CREATECONSUMER s other d
(error) NOGROUP No such consumer group 'other' for key name 's'
> XGROUP CREATECONSUMER missing g d
(error) ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
> XGROUP DELCONSUMER s g c
1
> XGROUP DELCONSUMER s g c
0
> XGROUP DELCONSUMER s other c
(error) NOGROUP No such consumer group 'other' for key name 's'
> XPENDING s g
[0, (nil), (nil), (nil array)]
> XGROUP DESTROY s g
1
> XGROUP DESTROY s g
0
> XGROUP DESTROY missing g
(error) ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
> XINFO GROUPS s
[]

# reading new and pending entries
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 b 2
"1-2"
> XADD s 1-3 c 3
"1-3"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g alice COUNT 1 STREAMS s >
[["s", [["1-1", ["a", "1"]]]]]
> XREADGROUP GROUP g bob COUNT 1 STREAMS s >
[["s", [["1-2", ["b", "2"]]]]]
> XREADGROUP GROUP g alice STREAMS s 0
[["s", [["1-1", ["a", "1"]]]]]
> XREADGROUP GROUP g alice STREAMS s 1-1
[["s", []]]
> XREADGROUP GROUP g carol STREAMS s 0
[["s", []]]
> XREADGROUP GROUP g alice NOACK STREAMS s >
[["s", [["1-3", ["c", "3"]]]]]
> XREADGROUP GROUP g alice STREAMS s >
(nil array)
> XPENDING s g
[2, "1-1", "1-2", [["alice", "1"], ["bob", "1"]]]
> XPENDING s g - + 10 alice
[["1-1", "alice", <int>, 2]]
> XPENDING s g - + 10
[["1-1", "alice", <int>, 2], ["1-2", "bob", <int>, 1]]
> XDEL s 1-1
1
> XREADGROUP GROUP g alice STREAMS s 0
[["s", [["1-1", (nil array)]]]]
> XACK s g 1-1 1-2 9-9
2
> XACK s g 1-1
0
> XPENDING s g
[0, (nil), (nil), (nil array)]

# what XREADGROUP refuses
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g c STREAMS s
(error) ERR wrong number of arguments for 'xreadgroup' command
> XREADGROUP GROUP g c STREAMS s $
(error) ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.
> XREADGROUP GROUP g c STREAMS s x
(error) ERR Invalid stream ID specified as stream command argument
> XREADGROUP STREAMS s >
(error) ERR wrong number of arguments for 'xreadgroup' command
> XREADGROUP GROUP g STREAMS s >
(error) ERR wrong number of arguments for 'xreadgroup' command
> XREADGROUP GROUP other c STREAMS s >
(error) NOGROUP No such key 's' or consumer group 'other' in XREADGROUP with GROUP option
> XREADGROUP GROUP g c STREAMS missing >
(error) NOGROUP No such key 'missing' or consumer group 'g' in XREADGROUP with GROUP option
> XREADGROUP GROUP g c COUNT x STREAMS s >
(error) ERR value is not an integer or out of range
> XREADGROUP GROUP g c FOO STREAMS s >
(error) ERR syntax error
> SET k v
OK
> XREADGROUP GROUP g c STREAMS s k > >
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XREADGROUP GROUP streams c STREAMS s >
(error) NOGROUP No such key 's' or consumer group 'streams' in XREADGROUP with GROUP option

# lag and entries read
> XADD s 1-1 a 1
"1-1"
> XADD s 2-1 a 1
"2-1"
> XADD s 3-1 a 1
"3-1"
> XGROUP CREATE s g 0
OK
> XGROUP CREATE s h 2-1
OK
> XINFO GROUPS s
[["name", "g", "consumers", 0, "pending", 0, "last-delivered-id", "0-0", "entries-read", (nil), "lag", 3], ["name", "h", "consumers", 0, "pending", 0, "last-delivered-id", "2-1", "entries-read", (nil), "lag", (nil)]]
> XREADGROUP GROUP g c COUNT 2 STREAMS s >
[["s", [["1-1", ["a", "1"]], ["2-1", ["a", "1"]]]]]
> XREADGROUP GROUP h c COUNT 2 STREAMS s >
[["s", [["3-1", ["a", "1"]]]]]
> XINFO GROUPS s
[["name", "g", "consumers", 1, "pending", 2, "last-delivered-id", "2-1", "entries-read", 2, "lag", 1], ["name", "h", "consumers", 1, "pending", 1, "last-delivered-id", "3-1", "entries-read", 3, "lag", 0]]
> XDEL s 2-1
1
> XADD s 4-1 a 1
"4-1"
> XADD s 5-1 a 1
"5-1"
> XINFO GROUPS s
[["name", "g", "consumers", 1, "pending", 2, "last-delivered-id", "2-1", "entries-read", 2, "lag", (nil)], ["name", "h", "consumers", 1, "pending", 1, "last-delivered-id", "3-1", "entries-read", 3, "lag", 2]]
> XDEL s 4-1
1
> XINFO GROUPS s
[["name", "g", "consumers", 1, "pending", 2, "last-delivered-id", "2-1", "entries-read", 2, "lag", (nil)], ["name", "h", "consumers", 1, "pending", 1, "last-delivered-id", "3-1", "entries-read", 3, "lag", (nil)]]
> XREADGROUP GROUP g c STREAMS s >
[["s", [["3-1", ["a", "1"]], ["5-1", ["a", "1"]]]]]
> XINFO GROUPS s
[["name", "g", "consumers", 1, "pending", 4, "last-delivered-id", "5-1", "entries-read", 5, "lag", 0], ["name", "h", "consumers", 1, "pending", 1, "last-delivered-id", "3-1", "entries-read", 3, "lag", (nil)]]
> XTRIM s MAXLEN 0
3
> XINFO GROUPS s
[["name", "g", "consumers", 1, "pending", 4, "last-delivered-id", "5-1", "entries-read", 5, "lag", 0], pairs {"name": "h", "consumers": 1, "pending": 1, "last-delivered-id": "3-1", "entries-read": 3, ...}]

# no group has read more entries than there were
@ differs: Redis 7.0 takes any number
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 5-5 ENTRIESREAD 3
OK
> XINFO GROUPS s
[["name", "g", "consumers", 0, "pending", 0, "last-delivered-id", "5-5", "entries-read", 1, "lag", 0]]
> XGROUP SETID s g 1-1 ENTRIESREAD 7
OK
> XINFO GROUPS s
[["name", "g", "consumers", 0, "pending", 0, "last-delivered-id", "1-1", "entries-read", 1, "lag", 0]]

# lag after deletions in front of the first entry
@ differs: Redis 7.0 tells wrong numbers
> XGROUP CREATE s g $ MKSTREAM
OK
> XADD s 1-0 a 1
"1-0"
> XREADGROUP GROUP g c STREAMS s >
[["s", [["1-0", ["a", "1"]]]]]
> XADD s 2-0 a 1
"2-0"
> XADD s 3-0 a 1
"3-0"
> XDEL s 2-0
1
> XINFO GROUPS s
[pairs {"entries-read": 1, "lag": (nil), ...}]
> XDEL s 1-0
1
> XINFO GROUPS s
[pairs {"entries-read": 1, "lag": 1, ...}]
> XREADGROUP GROUP g c STREAMS s >
[["s", [["3-0", ["a", "1"]]]]]
> XINFO GROUPS s
[pairs {"entries-read": 3, "lag": 0, ...}]

# lag after trimming
@ differs: Redis 7.0 tells wrong numbers
> XGROUP CREATE s g $ MKSTREAM
OK
> XADD s 1-0 a 1
"1-0"
> XADD s 2-0 a 1
"2-0"
> XADD s 3-0 a 1
"3-0"
> XREADGROUP GROUP g c COUNT 1 STREAMS s >
[["s", [["1-0", ["a", "1"]]]]]
> XTRIM s MAXLEN 1
2
> XINFO GROUPS s
[pairs {"entries-read": 1, "lag": 1, ...}]
> XREADGROUP GROUP g c STREAMS s >
[["s", [["3-0", ["a", "1"]]]]]
> XINFO GROUPS s
[pairs {"entries-read": 3, "lag": 0, ...}]
> XTRIM s MAXLEN 0
1
> XGROUP SETID s g 2-0
OK
> XINFO GROUPS s
[pairs {"lag": 0, ...}]

# consumers show when they were seen, and when they got something
@ only-russet: inactive and active-time came with Redis 7.2
> XGROUP CREATE s g $ MKSTREAM
OK
> XGROUP CREATECONSUMER s g c
1
> XINFO CONSUMERS s g
[["name", "c", "pending", 0, "idle", <int>, "inactive", -1]]
> XADD s 1-1 a 1
"1-1"
> XREADGROUP GROUP g c STREAMS s >
[["s", [["1-1", ["a", "1"]]]]]
> XINFO CONSUMERS s g
[["name", "c", "pending", 1, "idle", <int 0..60000>, "inactive", <int 0..60000>]]
> XINFO STREAM s FULL
pairs {"groups": [pairs {"consumers": [["name", "c", "seen-time", <int>, "active-time", <int>, "pel-count", 1, "pending", [["1-1", <int>, 1]]]], ...}], ...}

# XPENDING and its filters
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 a 1
"1-2"
> XADD s 1-3 a 1
"1-3"
> XGROUP CREATE s g 0
OK
> XPENDING s g
[0, (nil), (nil), (nil array)]
> XREADGROUP GROUP g c COUNT 2 STREAMS s >
[["s", [["1-1", ["a", "1"]], ["1-2", ["a", "1"]]]]]
> XREADGROUP GROUP g d STREAMS s >
[["s", [["1-3", ["a", "1"]]]]]
> XPENDING s g
[3, "1-1", "1-3", [["c", "2"], ["d", "1"]]]
> XPENDING s g - + 1
[["1-1", "c", <int>, 1]]
> XPENDING s g (1-1 (1-3 10
[["1-2", "c", <int>, 1]]
> XPENDING s g - + 10 nobody
[]
> XPENDING s g IDLE 100000 - + 10
[]
> XPENDING s g IDLE 0 - + 10 d
[["1-3", "d", <int>, 1]]
> XPENDING s g - + 0
[]
> XPENDING s g - + -1
[]
> XPENDING s g + - 10
[]
> XPENDING s g - +
(error) ERR syntax error
> XPENDING s g - + x
(error) ERR value is not an integer or out of range
> XPENDING s g x + 1
(error) ERR Invalid stream ID specified as stream command argument
> XPENDING s g IDLE 1 - +
(error) ERR syntax error
> XPENDING s g IDLE x - + 1
(error) ERR value is not an integer or out of range
> XPENDING s other
(error) NOGROUP No such key 's' or consumer group 'other'
> XPENDING missing g
(error) NOGROUP No such key 'missing' or consumer group 'g'
> SET k v
OK
> XPENDING k g
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XPENDING s
(error) ERR wrong number of arguments for 'xpending' command

# XCLAIM
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 b 2
"1-2"
> XADD s 1-3 c 3
"1-3"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g c COUNT 2 STREAMS s >
[["s", [["1-1", ["a", "1"]], ["1-2", ["b", "2"]]]]]
> XCLAIM s g d 100000 1-1
[]
> XCLAIM s g d 0 1-1
[["1-1", ["a", "1"]]]
> XCLAIM s g d 0 1-1 JUSTID
["1-1"]
> XPENDING s g - + 10 d
[["1-1", "d", <int>, 2]]
> XCLAIM s g d 0 1-3
[]
> XCLAIM s g d 0 1-3 FORCE JUSTID
["1-3"]
> XCLAIM s g d 0 1-2 RETRYCOUNT 7 TIME 1000
[["1-2", ["b", "2"]]]
> XPENDING s g 1-2 1-2 10
[["1-2", "d", <int>, 7]]
> XCLAIM s g d 0 1-2 IDLE 5000 LASTID 1-3
[["1-2", ["b", "2"]]]
> XINFO GROUPS s
[["name", "g", "consumers", 2, "pending", 3, "last-delivered-id", "1-3", "entries-read", 2, "lag", 1]]
> XDEL s 1-2
1
> XCLAIM s g e 0 1-2 1-1 JUSTID
["1-1"]
> XPENDING s g
[2, "1-1", "1-3", [["d", "1"], ["e", "1"]]]
> XCLAIM s g d x 1-1
(error) ERR Invalid min-idle-time argument for XCLAIM
> XCLAIM s g d 0 1-1 FOO
(error) ERR Unrecognized XCLAIM option 'FOO'
> XCLAIM s g d 0 1-1 IDLE
(error) ERR Unrecognized XCLAIM option 'IDLE'
> XCLAIM s g d 0 1-1 IDLE x
(error) ERR Invalid IDLE option argument for XCLAIM
> XCLAIM s g d 0 1-1 TIME x
(error) ERR Invalid TIME option argument for XCLAIM
> XCLAIM s g d 0 1-1 RETRYCOUNT x
(error) ERR Invalid RETRYCOUNT option argument for XCLAIM
> XCLAIM s g d 0 1-1 LASTID x
(error) ERR Invalid stream ID specified as stream command argument
> XCLAIM s other d 0 1-1
(error) NOGROUP No such key 's' or consumer group 'other'
> XCLAIM missing g d 0 1-1
(error) NOGROUP No such key 'missing' or consumer group 'g'
> XCLAIM s g d 0
(error) ERR wrong number of arguments for 'xclaim' command

# XAUTOCLAIM
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 b 2
"1-2"
> XADD s 1-3 c 3
"1-3"
> XADD s 1-4 d 4
"1-4"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g c STREAMS s >
[["s", [["1-1", ["a", "1"]], ["1-2", ["b", "2"]], ["1-3", ["c", "3"]], ["1-4", ["d", "4"]]]]]
> XDEL s 1-2
1
> XAUTOCLAIM s g d 100000 0
["0-0", [], ["1-2"]]
> XAUTOCLAIM s g d 0 0 COUNT 1
["1-3", [["1-1", ["a", "1"]]], []]
> XAUTOCLAIM s g d 0 1-2 COUNT 2 JUSTID
["0-0", ["1-3", "1-4"], []]
> XAUTOCLAIM s g d 0 (1-3
["0-0", [["1-4", ["d", "4"]]], []]
> XAUTOCLAIM s g d 0 5
["0-0", [], []]
> XPENDING s g
[3, "1-1", "1-4", [["d", "3"]]]
> XAUTOCLAIM s g d x 0
(error) ERR Invalid min-idle-time argument for XAUTOCLAIM
> XAUTOCLAIM s g d 0 x
(error) ERR Invalid stream ID specified as stream command argument
> XAUTOCLAIM s g d 0 0 COUNT 0
(error) ERR COUNT must be > 0
> XAUTOCLAIM s g d 0 0 COUNT x
(error) ERR COUNT must be > 0
> XAUTOCLAIM s g d 0 0 FOO
(error) ERR syntax error
> XAUTOCLAIM s other d 0 0
(error) NOGROUP No such key 's' or consumer group 'other'
> XAUTOCLAIM missing g d 0 0
(error) NOGROUP No such key 'missing' or consumer group 'g'

# XINFO
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g c STREAMS s >
[["s", [["1-1", ["a", "1"]]]]]
> XINFO CONSUMERS s g
[pairs {"name": "c", "pending": 1, "idle": <int>, ...}]
> XINFO GROUPS s
[["name", "g", "consumers", 1, "pending", 1, "last-delivered-id", "1-1", "entries-read", 1, "lag", 0]]
> XINFO STREAM s FULL
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", <int>, "last-generated-id", "1-1", "max-deleted-entry-id", "0-0", "entries-added", 1, "recorded-first-entry-id", "1-1", "entries", [["1-1", ["a", "1"]]], "groups", [["name", "g", "last-delivered-id", "1-1", "entries-read", 1, "lag", 0, "pel-count", 1, "pending", [["1-1", "c", <int>, 1]], "consumers", [pairs {"name": "c", "seen-time": <int>, "pel-count": 1, "pending": [["1-1", <int>, 1]], ...}]]]]
> XINFO CONSUMERS s other
(error) NOGROUP No such consumer group 'other' for key name 's'
> XINFO CONSUMERS missing g
(error) ERR no such key
> XINFO CONSUMERS s
(error) ERR wrong number of arguments for 'xinfo|consumers' command

# XACK refuses all if one id is none
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g c STREAMS s >
[["s", [["1-1", ["a", "1"]]]]]
> XACK s g 1-1 x
(error) ERR Invalid stream ID specified as stream command argument
> XACK s g 1-1
1
> XACK s other 1-1
0
> XACK missing g 1-1
0
> SET k v
OK
> XACK k g 1-1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XACK s g
(error) ERR wrong number of arguments for 'xack' command

# in RESP3 XREADGROUP answers with a map
@ resp3
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g c STREAMS s >
{"s": [["1-1", ["a", "1"]]]}
> XREADGROUP GROUP g c STREAMS s >
(nil)
> XREADGROUP GROUP g c STREAMS s 0
{"s": [["1-1", ["a", "1"]]]}
> XINFO GROUPS s
[{"name": "g", "consumers": 1, "pending": 1, "last-delivered-id": "1-1", "entries-read": 1, "lag": 0}]

# a blocked XREADGROUP is served, one consumer after the other
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g a BLOCK 0 COUNT 1 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
2> XREADGROUP GROUP g b BLOCK 0 COUNT 1 STREAMS s >
until> INFO clients
~"*blocked_clients:2*"
> XADD s 1-1 a 1
"1-1"
1: [["s", [["1-1", ["a", "1"]]]]]
> XADD s 1-2 a 2
"1-2"
2: [["s", [["1-2", ["a", "2"]]]]]
> XPENDING s g
[2, "1-1", "1-2", [["a", "1"], ["b", "1"]]]

# BLOCK is ignored with an id, and where nothing may wait
> XGROUP CREATE s g $ MKSTREAM
OK
> XREADGROUP GROUP g a BLOCK 0 STREAMS s 0
[["s", []]]
> MULTI
OK
> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
QUEUED
> EXEC
[(nil array)]

# a blocked XREADGROUP ends when its stream goes or changes
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> DEL s
1
1: (error) UNBLOCKED the stream key no longer exists
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> SET s v
OK
1: (error) UNBLOCKED the stream key no longer exists
> DEL s
1
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> FLUSHALL
OK
1: (error) UNBLOCKED the stream key no longer exists

# a blocked XREADGROUP ends when its group goes
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> XGROUP DESTROY s g
1
1: (error) NOGROUP the consumer group this client was blocked on no longer exists

# a blocked XREADGROUP is served by RENAME
> XGROUP CREATE s g $ MKSTREAM
OK
1> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
until> CLIENT LIST
~"* flags=b *"
> XGROUP CREATE t g $ MKSTREAM
OK
> XADD t 1-1 a 1
"1-1"
> RENAME t s
OK
1: [["s", [["1-1", ["a", "1"]]]]]

# the subcommands describe themselves
> XGROUP HELP
<any>
> XINFO HELP
<any>
