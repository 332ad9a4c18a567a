// Removing entries of streams with a say in what becomes of groups that still refer to them.

# XDELEX without groups
@ only-russet: XDELEX came with Redis 8.2
> XDELEX s IDS 2 1-0 2-0
[-1, -1]
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XADD s 3-0 f v
"3-0"
> XDELEX s IDS 2 1-0 9-9
[1, -1]
> XDELEX s ACKED IDS 1 2
[1]
> XLEN s
1
> XINFO STREAM s
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", 2, "last-generated-id", "3-0", "max-deleted-entry-id", "2-0", "entries-added", 3, "recorded-first-entry-id", "3-0", "groups", 0, "first-entry", ["3-0", ["f", "v"]], "last-entry", ["3-0", ["f", "v"]]]
> XDELEX s IDS 1 3-0 KEEPREF
[1]
> EXISTS s
1

# XDELEX says what it cannot make sense of
@ only-russet: XDELEX came with Redis 8.2
> XDELEX s IDS 1
(error) ERR wrong number of arguments for 'xdelex' command
> XDELEX s IDS abc 1-1
(error) ERR Number of IDs must be a positive integer
> XDELEX s IDS 0 1-1
(error) ERR Number of IDs must be a positive integer
> XDELEX s IDS 3 1-1 2-2
(error) ERR The `numids` parameter must match the number of arguments
> XDELEX s IDS 1 1-1 2-2
(error) ERR syntax error
> XDELEX s KEEPREF DELREF IDS 1 1-1
(error) ERR syntax error
> XDELEX s ACKED KEEPREF ACKED
(error) ERR syntax error
> XDELEX s ACKED FOO BAR
(error) ERR syntax error
> XADD s 1-0 f v
"1-0"
> XDELEX s IDS 2 1-0 x
(error) ERR Invalid stream ID specified as stream command argument
> XLEN s
1
> SET k v
OK
> XDELEX k IDS 1 1-0
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> XDELEX k IDS FOO 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# XDELEX leaves, removes or respects what groups have pending
@ only-russet: XDELEX came with Redis 8.2
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XADD s 3-0 f v
"3-0"
> XGROUP CREATE s g 0
OK
> XGROUP CREATE s h 0
OK
> XREADGROUP GROUP g a COUNT 2 STREAMS s >
[["s", [["1-0", ["f", "v"]], ["2-0", ["f", "v"]]]]]
> XREADGROUP GROUP h b COUNT 3 STREAMS s >
[["s", [["1-0", ["f", "v"]], ["2-0", ["f", "v"]], ["3-0", ["f", "v"]]]]]
> XDELEX s KEEPREF IDS 1 1-0
[1]
> XPENDING s g
[2, "1-0", "2-0", [["a", "2"]]]
> XDELEX s ACKED IDS 2 2-0 3-0
[2, 2]
> XACK s h 2-0 3-0
2
> XDELEX s ACKED IDS 2 2-0 3-0
[2, 2]
> XACK s g 2-0
1
> XDELEX s ACKED IDS 2 2-0 3-0
[1, 2]
> XDELEX s DELREF IDS 1 1-0
[-1]
> XPENDING s g
[0, (nil), (nil), (nil array)]
> XPENDING s h
[0, (nil), (nil), (nil array)]

# XACKDEL acknowledges and removes
@ only-russet: XACKDEL came with Redis 8.2
> XACKDEL s g IDS 2 1-0 2-0
[-1, -1]
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XADD s 3-0 f v
"3-0"
> XACKDEL s g IDS 1 1-0
[-1]
> XGROUP CREATE s g 0
OK
> XGROUP CREATE s h 0
OK
> XREADGROUP GROUP g a STREAMS s >
[["s", [["1-0", ["f", "v"]], ["2-0", ["f", "v"]], ["3-0", ["f", "v"]]]]]
> XREADGROUP GROUP h b STREAMS s >
[["s", [["1-0", ["f", "v"]], ["2-0", ["f", "v"]], ["3-0", ["f", "v"]]]]]
> XACKDEL s g ACKED IDS 2 1-0 9-0
[2, -1]
> XLEN s
3
> XACKDEL s h ACKED IDS 2 1-0 1-0
[1, -1]
> XLEN s
2
> XACKDEL s g KEEPREF IDS 1 2-0
[1]
> XPENDING s h
[2, "2-0", "3-0", [["b", "2"]]]
> XACKDEL s h IDS 1 2-0
[1]
> XACKDEL s g DELREF IDS 1 3-0
[1]
> XPENDING s h
[0, (nil), (nil), (nil array)]
> XLEN s
0
> XACKDEL s h IDS 2 1-0 x
(error) ERR Invalid stream ID specified as stream command argument
> XACKDEL s h FOO IDS 1 1-0
(error) ERR syntax error
> XACKDEL s h ACKED DELREF KEEPREF
(error) ERR syntax error
> SET k v
OK
> XACKDEL k h IDS 1 1-0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# What removal with a say tells those who listen
@ only-russet: XDELEX came with Redis 8.2
> CONFIG SET notify-keyspace-events KEA
OK
1> SUBSCRIBE __keyspace@0__:s
["subscribe", "__keyspace@0__:s", 1]
> XADD s 1-0 f v
"1-0"
1: ["message", "__keyspace@0__:s", "xadd"]
> XGROUP CREATE s g 0
OK
1: ["message", "__keyspace@0__:s", "xgroup-create"]
> XREADGROUP GROUP g a STREAMS s >
[["s", [["1-0", ["f", "v"]]]]]
1: ["message", "__keyspace@0__:s", "xgroup-createconsumer"]
> XDELEX s ACKED IDS 1 1-0
[2]
> XACKDEL s g IDS 1 1-0
[1]
1: ["message", "__keyspace@0__:s", "xdel"]
> XADD s 2-0 f v
"2-0"
1: ["message", "__keyspace@0__:s", "xadd"]
> XDELEX s IDS 2 2-0 3-0
[1, -1]
1: ["message", "__keyspace@0__:s", "xdel"]

# Trimming with a say
@ only-russet: ACKED and DELREF came with Redis 8.2
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XADD s 3-0 f v
"3-0"
> XADD s 4-0 f v
"4-0"
> XGROUP CREATE s g 0
OK
> XREADGROUP GROUP g a COUNT 3 STREAMS s >
[["s", [["1-0", ["f", "v"]], ["2-0", ["f", "v"]], ["3-0", ["f", "v"]]]]]
> XACK s g 2-0
1
> XTRIM s MAXLEN 0 ACKED
1
> XRANGE s - +
[["1-0", ["f", "v"]], ["3-0", ["f", "v"]], ["4-0", ["f", "v"]]]
> XTRIM s ACKED MINID 9
0
> XADD s MAXLEN = 2 DELREF 5-0 f v
"5-0"
> XRANGE s - +
[["4-0", ["f", "v"]], ["5-0", ["f", "v"]]]
> XPENDING s g
[0, (nil), (nil), (nil array)]
> XTRIM s KEEPREF MAXLEN 1
1
> XTRIM s MAXLEN 0 DELREF ACKED
(error) ERR syntax error
> XTRIM s DELREF LIMIT 0
(error) ERR syntax error, XTRIM must be called with a trimming strategy
> XADD s KEEPREF DELREF 6-0 f v
(error) ERR Invalid stream ID specified as stream command argument
> XADD s DELREF 6-0 f v
"6-0"
> XTRIM s DELREF MAXLEN ~ 0
2

# Trimming with a say, block by block
@ only-russet: ACKED and DELREF came with Redis 8.2
> CONFIG SET stream-node-max-entries 2
OK
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XADD s 3-0 f v
"3-0"
> XADD s 4-0 f v
"4-0"
> XADD s 5-0 f v
"5-0"
> XGROUP CREATE s g $
OK
> XTRIM s ACKED MAXLEN ~ 2
2
> XTRIM s ACKED MAXLEN ~ 0 LIMIT 1
0
> XTRIM s ACKED MAXLEN ~ 0 LIMIT 2
2
> XRANGE s - +
[["5-0", ["f", "v"]]]
