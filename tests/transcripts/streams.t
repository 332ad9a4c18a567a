// The stream family without consumer groups; those are in stream_groups.t.

# XADD gives ids, and takes those that come after all others
> XADD s 1-1 a 1 b 2
"1-1"
> XADD s 1-* c 3
"1-2"
> XADD s 2 d 4
"2-0"
> XADD s 2-0 e 5
(error) ERR The ID specified in XADD is equal or smaller than the target stream top item
> XADD s 1-5 e 5
(error) ERR The ID specified in XADD is equal or smaller than the target stream top item
> XADD s 0-0 e 5
(error) ERR The ID specified in XADD must be greater than 0-0
> XADD s 5-18446744073709551615 f 6
"5-18446744073709551615"
> XADD s 5-* g 7
(error) ~ERR *
> XADD s 6-* g 7
"6-0"
> XLEN s
5
> XRANGE s - +
[["1-1", ["a", "1", "b", "2"]], ["1-2", ["c", "3"]], ["2-0", ["d", "4"]], ["5-18446744073709551615", ["f", "6"]], ["6-0", ["g", "7"]]]
> TYPE s
stream
> OBJECT ENCODING s
"stream"
> XADD s
(error) ERR wrong number of arguments for 'xadd' command
> XADD s 7-0
(error) ERR wrong number of arguments for 'xadd' command
> XADD s 7-0 a
(error) ERR wrong number of arguments for 'xadd' command
> XADD s 7-0 a 1 b
(error) ERR wrong number of arguments for 'xadd' command
> XADD s x a 1
(error) ERR Invalid stream ID specified as stream command argument
> XADD s - a 1
(error) ERR Invalid stream ID specified as stream command argument
> XADD s 7-x a 1
(error) ERR Invalid stream ID specified as stream command argument
> XADD s ** a 1
(error) ERR Invalid stream ID specified as stream command argument
> SET k v
OK
> XADD k 1-1 a 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XLEN k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XLEN missing
0

# the last possible id is the last
> XADD s 18446744073709551615-18446744073709551615 a 1
"18446744073709551615-18446744073709551615"
> XADD s * a 2
(error) ERR The stream has exhausted the last possible ID, unable to add more items
> XADD s 18446744073709551615-* a 2
(error) ERR The stream has exhausted the last possible ID, unable to add more items

# ids are read leniently
> XADD s 007-01 a 1
"7-1"
> XADD s " 8-0" a 1
"8-0"
> XADD s +9-0 a 1
"9-0"
> XADD s 10--1 a 1
(error) ERR Invalid stream ID specified as stream command argument
> XADD s 18446744073709551616-0 a 1
(error) ERR Invalid stream ID specified as stream command argument
> XRANGE s 7 9
[["7-1", ["a", "1"]], ["8-0", ["a", "1"]], ["9-0", ["a", "1"]]]
> XRANGE s (7-1 (9-0
[["8-0", ["a", "1"]]]
> XRANGE s ( +
(error) ERR Invalid stream ID specified as stream command argument
> XRANGE s - (0-0
(error) ERR invalid end ID for the interval
> XRANGE s (18446744073709551615-18446744073709551615 +
(error) ERR invalid start ID for the interval

# NOMKSTREAM does not make a stream
> XADD s NOMKSTREAM 1-1 a 1
(nil)
> EXISTS s
0
> XADD s 1-1 a 1
"1-1"
> XADD s NOMKSTREAM 1-2 a 1
"1-2"
> XLEN s
2

# MAXLEN and MINID trim while adding
> XADD s 1-0 a 1
"1-0"
> XADD s 2-0 a 1
"2-0"
> XADD s MAXLEN 2 3-0 a 1
"3-0"
> XRANGE s - +
[["2-0", ["a", "1"]], ["3-0", ["a", "1"]]]
> XADD s MAXLEN = 2 4-0 a 1
"4-0"
> XADD s MINID 4 5-0 a 1
"5-0"
> XRANGE s - +
[["4-0", ["a", "1"]], ["5-0", ["a", "1"]]]
> XADD s MAXLEN ~ 1 6-0 a 1
"6-0"
> XLEN s
3
> XADD s MAXLEN -1 7-0 a 1
(error) ERR The MAXLEN argument must be >= 0.
> XADD s MAXLEN x 7-0 a 1
(error) ERR value is not an integer or out of range
> XADD s MAXLEN 1 MINID 1 7-0 a 1
(error) ERR syntax error, MAXLEN and MINID options at the same time are not compatible
> XADD s MAXLEN 1 LIMIT 1 7-0 a 1
(error) ERR syntax error, LIMIT cannot be used without the special ~ option
> XADD s MAXLEN ~ 1 LIMIT -1 7-0 a 1
(error) ERR The LIMIT argument must be >= 0.
> XADD s LIMIT 1 7-0 a 1
(error) ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
> XADD s MAXLEN
(error) ERR wrong number of arguments for 'xadd' command
> XADD s MAXLEN 1
(error) ERR wrong number of arguments for 'xadd' command
> XADD s MINID x 7-0 a 1
(error) ERR Invalid stream ID specified as stream command argument
> XADD s MAXLEN 0 7-0 a 1
"7-0"
> EXISTS s
1
> XLEN s
0

# approximate trimming removes whole nodes, as many as Redis would
> CONFIG SET stream-node-max-entries 10
OK
> MULTI
OK
> XADD s 1 a 1
QUEUED
> XADD s 2 a 1
QUEUED
> XADD s 3 a 1
QUEUED
> XADD s 4 a 1
QUEUED
> XADD s 5 a 1
QUEUED
> XADD s 6 a 1
QUEUED
> XADD s 7 a 1
QUEUED
> XADD s 8 a 1
QUEUED
> XADD s 9 a 1
QUEUED
> XADD s 10 a 1
QUEUED
> XADD s 11 a 1
QUEUED
> XADD s 12 a 1
QUEUED
> XADD s 13 a 1
QUEUED
> XADD s 14 a 1
QUEUED
> XADD s 15 a 1
QUEUED
> XADD s 16 a 1
QUEUED
> XADD s 17 a 1
QUEUED
> XADD s 18 a 1
QUEUED
> XADD s 19 a 1
QUEUED
> XADD s 20 a 1
QUEUED
> XADD s 21 a 1
QUEUED
> XADD s 22 a 1
QUEUED
> EXEC
["1-0", "2-0", "3-0", "4-0", "5-0", "6-0", "7-0", "8-0", "9-0", "10-0", "11-0", "12-0", "13-0", "14-0", "15-0", "16-0", "17-0", "18-0", "19-0", "20-0", "21-0", "22-0"]
> XTRIM s MAXLEN ~ 15
0
> XTRIM s MAXLEN ~ 12
10
> XTRIM s MINID ~ 15
0
> XTRIM s MINID ~ 21 LIMIT 5
0
> XTRIM s MINID ~ 21 LIMIT 0
10
> XLEN s
2
> XTRIM s MAXLEN 1
1
> XTRIM s MINID 99
1
> EXISTS s
1

# the size of a node ends it as well
> CONFIG SET stream-node-max-bytes 100
OK
> MULTI
OK
> XADD s 1 field value
QUEUED
> XADD s 2 field value
QUEUED
> XADD s 3 field value
QUEUED
> XADD s 4 field value
QUEUED
> XADD s 5 field value
QUEUED
> XADD s 6 field value
QUEUED
> XADD s 7 other 7
QUEUED
> XADD s 8 field -12345
QUEUED
> XADD s 9 field value
QUEUED
> XADD s 10 field value
QUEUED
> XADD s 11 field value
QUEUED
> EXEC
["1-0", "2-0", "3-0", "4-0", "5-0", "6-0", "7-0", "8-0", "9-0", "10-0", "11-0"]
> XTRIM s MAXLEN ~ 6
5
> XTRIM s MAXLEN ~ 2
0
> XTRIM s MAXLEN ~ 1
5
> XLEN s
1

# XTRIM and its options
> XADD s 1 a 1
"1-0"
> XADD s 2 a 1
"2-0"
> XTRIM s MAXLEN 2
0
> XTRIM s MAXLEN 1
1
> XTRIM s MINID 2
0
> XTRIM missing MAXLEN 1
0
> XTRIM s
(error) ERR wrong number of arguments for 'xtrim' command
> XTRIM s MAXLEN
(error) ERR wrong number of arguments for 'xtrim' command
> XTRIM s LIMIT 1
(error) ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
> XTRIM s LIMIT 0 FOO
(error) ERR syntax error
> XTRIM s MAXLEN 1 FOO
(error) ERR syntax error
> XTRIM s MAXLEN 1 LIMIT 5
(error) ERR syntax error, LIMIT cannot be used without the special ~ option
> XTRIM s MAXLEN 1 MAXLEN 1
(error) ERR syntax error, MAXLEN and MINID options at the same time are not compatible
> SET k v
OK
> XTRIM k MAXLEN 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ranges, forwards and backwards
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 a 2
"1-2"
> XADD s 2-1 b 3
"2-1"
> XADD s 3-1 b 4 c 5
"3-1"
> XRANGE s 1 2
[["1-1", ["a", "1"]], ["1-2", ["a", "2"]], ["2-1", ["b", "3"]]]
> XRANGE s 1-2 2-0
[["1-2", ["a", "2"]]]
> XRANGE s (1-1 +
[["1-2", ["a", "2"]], ["2-1", ["b", "3"]], ["3-1", ["b", "4", "c", "5"]]]
> XRANGE s - (3-1
[["1-1", ["a", "1"]], ["1-2", ["a", "2"]], ["2-1", ["b", "3"]]]
> XRANGE s - + COUNT 2
[["1-1", ["a", "1"]], ["1-2", ["a", "2"]]]
> XRANGE s - + COUNT 0
(nil array)
> XRANGE s - + COUNT -1
(nil array)
> XRANGE s - + COUNT x
(error) ERR value is not an integer or out of range
> XRANGE s - + COUNT
(error) ERR syntax error
> XRANGE s - + FOO 1
(error) ERR syntax error
> XRANGE s 3 1
[]
> XREVRANGE s + -
[["3-1", ["b", "4", "c", "5"]], ["2-1", ["b", "3"]], ["1-2", ["a", "2"]], ["1-1", ["a", "1"]]]
> XREVRANGE s 2 1-2
[["2-1", ["b", "3"]], ["1-2", ["a", "2"]]]
> XREVRANGE s (3-1 - COUNT 1
[["2-1", ["b", "3"]]]
> XREVRANGE s - +
[]
> XREVRANGE s + - COUNT 0
(nil array)
> XRANGE missing - +
[]
> XRANGE missing - + COUNT 0
[]
> XRANGE missing x y
(error) ERR Invalid stream ID specified as stream command argument
> SET k v
OK
> XRANGE k - +
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# values come back as they were
> XADD s 1-1 "" "" "a\x00b" "\xff\r\n" 007 0 -5 9223372036854775807 12 1.50
"1-1"
> XRANGE s - +
[["1-1", ["", "", "a\x00b", "\xff\r\n", "007", "0", "-5", "9223372036854775807", "12", "1.50"]]]
> XADD s 1-2 a 1 a 2
"1-2"
> XRANGE s 1-2 1-2
[["1-2", ["a", "1", "a", "2"]]]

# XDEL removes entries and keeps the stream
> XADD s 1 a 1
"1-0"
> XADD s 2 a 1
"2-0"
> XADD s 3 a 1
"3-0"
> XDEL s 2 9 2
1
> XRANGE s - +
[["1-0", ["a", "1"]], ["3-0", ["a", "1"]]]
> XDEL s 1-0 3-0
2
> EXISTS s
1
> XLEN s
0
> XADD s 3 a 1
(error) ERR The ID specified in XADD is equal or smaller than the target stream top item
> XDEL s x
(error) ERR Invalid stream ID specified as stream command argument
> XDEL s
(error) ERR wrong number of arguments for 'xdel' command
> XDEL missing 1
0
> SET k v
OK
> XDEL k 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# XSETID
> XADD s 5-5 a 1
"5-5"
> XSETID s 4
(error) ERR The ID specified in XSETID is smaller than the target stream top item
> XSETID s 6-1
OK
> XADD s 6-1 a 1
(error) ERR The ID specified in XADD is equal or smaller than the target stream top item
> XADD s 6-2 a 1
"6-2"
> XSETID s 9 ENTRIESADDED 100 MAXDELETEDID 8
OK
> XINFO STREAM s
["length", 2, "radix-tree-keys", 1, "radix-tree-nodes", <int>, "last-generated-id", "9-0", "max-deleted-entry-id", "8-0", "entries-added", 100, "recorded-first-entry-id", "5-5", "groups", 0, "first-entry", ["5-5", ["a", "1"]], "last-entry", ["6-2", ["a", "1"]]]
> XSETID s 9 ENTRIESADDED 1
(error) ERR The entries_added specified in XSETID is smaller than the target stream length
> XSETID s 9 ENTRIESADDED -1
(error) ERR entries_added must be positive
> XSETID s 9 MAXDELETEDID 10
(error) ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id
> XSETID s 9 ENTRIESADDED
(error) ERR syntax error
> XSETID s x
(error) ERR Invalid stream ID specified as stream command argument
> XSETID missing 1
(error) ERR no such key
> XSETID s 9 ENTRIESADDED 7
OK
> SET k v
OK
> XSETID k 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# XINFO STREAM
> XADD s 1-1 a 1
"1-1"
> XADD s 1-2 b 2
"1-2"
> XDEL s 1-1
1
> XINFO STREAM s
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", <int>, "last-generated-id", "1-2", "max-deleted-entry-id", "1-1", "entries-added", 2, "recorded-first-entry-id", "1-2", "groups", 0, "first-entry", ["1-2", ["b", "2"]], "last-entry", ["1-2", ["b", "2"]]]
> XINFO STREAM s FULL
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", <int>, "last-generated-id", "1-2", "max-deleted-entry-id", "1-1", "entries-added", 2, "recorded-first-entry-id", "1-2", "entries", [["1-2", ["b", "2"]]], "groups", []]
> XINFO STREAM s FULL COUNT 1
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", <int>, "last-generated-id", "1-2", "max-deleted-entry-id", "1-1", "entries-added", 2, "recorded-first-entry-id", "1-2", "entries", [["1-2", ["b", "2"]]], "groups", []]
> XINFO STREAM s FULL COUNT
(error) ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
> XINFO STREAM s FOO
(error) ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
> XINFO STREAM s FULL COUNT x
(error) ERR value is not an integer or out of range
> XINFO STREAM missing
(error) ERR no such key
> XINFO STREAM
(error) ERR wrong number of arguments for 'xinfo|stream' command
> XINFO FOO s
(error) ERR unknown subcommand 'FOO'. Try XINFO HELP.
> SET k v
OK
> XINFO STREAM k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XINFO GROUPS s
[]
> XINFO GROUPS missing
(error) ERR no such key

# in RESP3 XREAD answers with a map
@ resp3
> XADD s 1-1 a 1
"1-1"
> XREAD STREAMS s 0
{"s": [["1-1", ["a", "1"]]]}
> XINFO STREAM s
{"length": 1, "radix-tree-keys": 1, "radix-tree-nodes": <int>, "last-generated-id": "1-1", "max-deleted-entry-id": "0-0", "entries-added": 1, "recorded-first-entry-id": "1-1", "groups": 0, "first-entry": ["1-1", ["a", "1"]], "last-entry": ["1-1", ["a", "1"]]}
> XREAD STREAMS s 5
(nil)
> XRANGE s - + COUNT 0
(nil)

# XREAD of several streams
> XADD s 1-1 a 1
"1-1"
> XADD t 2-1 b 2
"2-1"
> XADD t 2-2 b 3
"2-2"
> XREAD STREAMS s t 0 0
[["s", [["1-1", ["a", "1"]]]], ["t", [["2-1", ["b", "2"]], ["2-2", ["b", "3"]]]]]
> XREAD COUNT 1 STREAMS s t 0-0 2-1
[["s", [["1-1", ["a", "1"]]]], ["t", [["2-2", ["b", "3"]]]]]
> XREAD STREAMS s t 1-1 2-2
(nil array)
> XREAD STREAMS s t $ 0
[["t", [["2-1", ["b", "2"]], ["2-2", ["b", "3"]]]]]
> XREAD STREAMS missing 0
(nil array)
> XREAD STREAMS s
(error) ERR wrong number of arguments for 'xread' command
> XREAD STREAMS
(error) ERR wrong number of arguments for 'xread' command
> XREAD STREAMS s t 0
(error) ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.
> XREAD COUNT x STREAMS s 0
(error) ERR value is not an integer or out of range
> XREAD COUNT -1 STREAMS t 0
[["t", [["2-1", ["b", "2"]], ["2-2", ["b", "3"]]]]]
> XREAD STREAMS s >
(error) ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.
> XREAD STREAMS s x
(error) ERR Invalid stream ID specified as stream command argument
> XREAD STREAMS s -
(error) ERR Invalid stream ID specified as stream command argument
> XREAD FOO STREAMS s 0
(error) ERR syntax error
> XREAD GROUP g c STREAMS s 0
(error) ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.
> XREAD NOACK STREAMS s 0
(error) ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.
> XREAD BLOCK x STREAMS s 0
(error) ERR timeout is not an integer or out of range
> XREAD BLOCK -1 STREAMS s 0
(error) ERR timeout is negative
> XREAD BLOCK 1 STREAMS s 5
(nil array)
> SET k v
OK
> XREAD STREAMS s k 0 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# a blocked XREAD is served by XADD
1> XREAD BLOCK 0 STREAMS s $
until> CLIENT LIST
~"* flags=b *"
> XADD s 1-1 a 1
"1-1"
1: [["s", [["1-1", ["a", "1"]]]]]

# $ is the last id of when the request came
> XADD s 5-1 a 1
"5-1"
1> XREAD BLOCK 0 STREAMS t s $ $
until> CLIENT LIST
~"* flags=b *"
> XADD s 5-2 b 2
"5-2"
1: [["s", [["5-2", ["b", "2"]]]]]

# all who wait for a stream are served
1> XREAD BLOCK 0 STREAMS s 0
2> XREAD BLOCK 0 STREAMS s 0
3> XREAD BLOCK 0 STREAMS t s 0 3-0
until> INFO clients
~"*blocked_clients:3*"
> XADD s 1-1 a 1
"1-1"
1: [["s", [["1-1", ["a", "1"]]]]]
2: [["s", [["1-1", ["a", "1"]]]]]
> XADD s 3-1 a 2
"3-1"
3: [["s", [["3-1", ["a", "2"]]]]]

# deleting the stream, or another type, does not end an XREAD
1> XREAD BLOCK 0 STREAMS s 0
until> CLIENT LIST
~"* flags=b *"
> SET s v
OK
> DEL s
1
> XADD s 1-1 a 1
"1-1"
1: [["s", [["1-1", ["a", "1"]]]]]

# in a transaction XREAD does not wait
> MULTI
OK
> XREAD BLOCK 0 STREAMS s $
QUEUED
> EXEC
[(nil array)]

# a copy is a stream of its own
> XADD s 1-1 a 1
"1-1"
> XGROUP CREATE s g 0
OK
> COPY s t
1
> XADD s 1-2 a 2
"1-2"
> XLEN t
1
> XINFO GROUPS t
[["name", "g", "consumers", 0, "pending", 0, "last-delivered-id", "0-0", "entries-read", (nil), "lag", 1]]
> RENAME t u
OK
> XRANGE u - +
[["1-1", ["a", "1"]]]
