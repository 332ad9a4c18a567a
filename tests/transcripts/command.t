// COMMAND: what the server says about its own commands.

# COMMAND COUNT, LIST and HELP
> COMMAND COUNT
<int 100..1000>
> COMMAND LIST
includes ["get", "set", "hset", "del", "expire", "client", "config", "command"]
> COMMAND LIST FILTERBY PATTERN hg*
includes ["hget", "hgetall"]
> COMMAND LIST FILTERBY PATTERN xyz*
[]
> COMMAND LIST FILTERBY ACLCAT hash
includes ["hget", "hset"]
> COMMAND LIST FILTERBY ACLCAT nothing
[]
> COMMAND LIST FILTERBY MODULE nothing
[]
> COMMAND LIST FILTERBY FOO bar
(error) ERR syntax error
> COMMAND LIST FOO
(error) ERR syntax error
> COMMAND HELP
[~"COMMAND <subcommand>*", ...]
> COMMAND FOO
(error) ERR unknown subcommand 'FOO'. Try COMMAND HELP.
> COMMAND COUNT x
(error) ERR wrong number of arguments for 'command|count' command

# COMMAND INFO gives arity, flags, keys and categories
> COMMAND INFO get
[["get", 2, [readonly, fast], 1, 1, 1, [@read, @string, @fast], [], [["flags", [RO, access], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], []]]
> COMMAND INFO GET foo
[["get", 2, [readonly, fast], 1, 1, 1, [@read, @string, @fast], [], [["flags", [RO, access], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], []], (nil)]
> COMMAND INFO set
[["set", -3, [write, denyoom], 1, 1, 1, [@write, @string, @slow], [], [["notes", ~"RW and ACCESS *", "flags", [RW, access, update, variable_flags], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], []]]
> COMMAND INFO del
[["del", -2, [write], 1, -1, 1, [@keyspace, @write, @slow], ["request_policy:multi_shard", "response_policy:agg_sum"], [["flags", [RM, delete], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", -1, "keystep", 1, "limit", 0]]]], []]]
> COMMAND INFO mset
[["mset", -3, [write, denyoom], 1, -1, 2, [@write, @string, @slow], ["request_policy:multi_shard", "response_policy:all_succeeded"], [["flags", [OW, update], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", -1, "keystep", 2, "limit", 0]]]], []]]
> COMMAND INFO ping
[["ping", -1, [fast], 0, 0, 0, [@fast, @connection], ["request_policy:all_shards", "response_policy:all_succeeded"], [], []]]
> COMMAND INFO hset
[["hset", -4, [write, denyoom, fast], 1, 1, 1, [@write, @hash, @fast], [], [["flags", [RW, update], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], []]]
> COMMAND INFO expire
[["expire", -3, [write, fast], 1, 1, 1, [@keyspace, @write, @fast], [], [["flags", [RW, update], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], []]]
> COMMAND INFO rename
[["rename", 3, [write], 1, 2, 1, [@keyspace, @write, @slow], [], [["flags", [RW, access, delete], "begin_search", ["type", "index", "spec", ["index", 1]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]], ["flags", [OW, update], "begin_search", ["type", "index", "spec", ["index", 2]], "find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], []]]
> COMMAND INFO flushall
[["flushall", -1, [write], 0, 0, 0, [@keyspace, @write, @slow, @dangerous], ["request_policy:all_shards", "response_policy:all_succeeded"], [], []]]

# COMMAND INFO of one subcommand
> COMMAND INFO config|get
[["config|get", -3, [admin, noscript, loading, stale], 0, 0, 0, [@admin, @slow, @dangerous], [], [], []]]
> COMMAND INFO config|foo
[(nil)]

# COMMAND without a subcommand lists all
> COMMAND
includes [["get", 2, [readonly, fast], 1, 1, 1, ...], ["ping", -1, [fast], 0, 0, 0, ...]]

# COMMAND DOCS describes commands
> COMMAND DOCS get
["get", pairs {"summary": <string>, "since": "1.0.0", "group": "string", "complexity": "O(1)", "arguments": [pairs {"name": "key", "type": "key", "key_spec_index": 0, ...}]}]
> COMMAND DOCS foo
[]
> COMMAND DOCS ping
["ping", pairs {"summary": <string>, "since": "1.0.0", "group": "connection", "complexity": "O(1)", "arguments": [pairs {"name": "message", "type": "string", "flags": [optional], ...}], ...}]

# COMMAND DOCS in RESP3 is a map
@ resp3
> COMMAND DOCS get ttl
{"get": {"summary": <string>, "since": "1.0.0", ...}, "ttl": {"group": "generic", ...}}
> COMMAND DOCS foo
{}

# COMMAND GETKEYS finds the keys of a command
> COMMAND GETKEYS GET a
["a"]
> COMMAND GETKEYS SET a v EX 10
["a"]
> COMMAND GETKEYS MSET a 1 b 2
["a", "b"]
> COMMAND GETKEYS DEL a b c
["a", "b", "c"]
> COMMAND GETKEYS RENAME a b
["a", "b"]
> COMMAND GETKEYS HSET h f v
["h"]
> COMMAND GETKEYS COPY a b DB 1
["a", "b"]
> COMMAND GETKEYS OBJECT ENCODING k
["k"]
> COMMAND GETKEYS MEMORY USAGE k
["k"]
> COMMAND GETKEYS LCS a b
["a", "b"]
> COMMAND GETKEYS PING hello
(error) ERR The command has no key arguments
> COMMAND GETKEYS FOO a
(error) ERR Invalid command specified
> COMMAND GETKEYS GET
(error) ~ERR * number of arguments *
> COMMAND GETKEYS GET a b
(error) ERR Invalid number of arguments specified for command
> COMMAND GETKEYS MSET a
(error) ERR Invalid number of arguments specified for command
> COMMAND GETKEYS
(error) ERR wrong number of arguments for 'command|getkeys' command

# COMMAND GETKEYSANDFLAGS says what is done to each key
> COMMAND GETKEYSANDFLAGS GET a
[["a", [RO, access]]]
> COMMAND GETKEYSANDFLAGS SET a v
[["a", [OW, update]]]
> COMMAND GETKEYSANDFLAGS SET a v GET
[["a", [RW, access, update]]]
> COMMAND GETKEYSANDFLAGS INCR a
[["a", [RW, access, update]]]
> COMMAND GETKEYSANDFLAGS DEL a b
[["a", [RM, delete]], ["b", [RM, delete]]]
> COMMAND GETKEYSANDFLAGS RENAME a b
[["a", [RW, access, delete]], ["b", [OW, update]]]
> COMMAND GETKEYSANDFLAGS COPY a b
[["a", [RO, access]], ["b", [OW, update]]]
> COMMAND GETKEYSANDFLAGS GETDEL a
[["a", [RW, access, delete]]]
> COMMAND GETKEYSANDFLAGS STRLEN a
[["a", [RO]]]
> COMMAND GETKEYSANDFLAGS EXPIRE a 10
[["a", [RW, update]]]
> COMMAND GETKEYSANDFLAGS HSET h f v
[["h", [RW, update]]]
> COMMAND GETKEYSANDFLAGS PING hello
(error) ERR The command has no key arguments
> COMMAND GETKEYSANDFLAGS FOO a
(error) ERR Invalid command specified
> COMMAND GETKEYSANDFLAGS GET a b
(error) ERR Invalid number of arguments specified for command
> COMMAND GETKEYSANDFLAGS
(error) ERR wrong number of arguments for 'command|getkeysandflags' command
