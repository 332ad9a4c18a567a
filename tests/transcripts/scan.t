// SCAN over the keyspace. Walks with many steps are in tests/scan.rs.

# SCAN walks all keys of a small keyspace in one step
> MSET a 1 b 2 ab 3
OK
> SCAN 0 COUNT 1000
["0", unordered ["a", "b", "ab"]]
> SCAN 0 MATCH a* COUNT 1000
["0", unordered ["a", "ab"]]
> SCAN 0 COUNT 1000 MATCH x*
["0", []]
> SCAN 0 COUNT 1000 MATCH "*"
["0", unordered ["a", "b", "ab"]]

# SCAN of an empty keyspace ends at once
> SCAN 0
["0", []]
> SCAN 0 TYPE string
["0", []]

# SCAN TYPE picks one type
> SET s v
OK
> HSET h f v
1
> SCAN 0 COUNT 1000 TYPE string
["0", ["s"]]
> SCAN 0 COUNT 1000 TYPE hash
["0", ["h"]]
> SCAN 0 COUNT 1000 TYPE HASH
["0", ["h"]]
> SCAN 0 COUNT 1000 TYPE list
["0", []]
> SCAN 0 COUNT 1000 TYPE set
["0", []]
> SCAN 0 COUNT 1000 TYPE hash MATCH x*
["0", []]

# SCAN with an unknown type finds nothing (Redis 8 refuses it)
> SET s v
OK
> SCAN 0 COUNT 1000 TYPE foo
["0", []]

# SCAN refuses wrong cursors and options
> SCAN x
(error) ERR invalid cursor
> SCAN -1x
(error) ERR invalid cursor
> SCAN 99999999999999999999
(error) ERR invalid cursor
> SCAN 0 COUNT
(error) ERR syntax error
> SCAN 0 COUNT 0
(error) ERR syntax error
> SCAN 0 COUNT -1
(error) ERR syntax error
> SCAN 0 COUNT x
(error) ERR value is not an integer or out of range
> SCAN 0 FOO
(error) ERR syntax error
> SCAN 0 FOO 1
(error) ERR syntax error
> SCAN 0 MATCH
(error) ERR syntax error
> SCAN
(error) ERR wrong number of arguments for 'scan' command

# SCAN leaves out what has expired
> SET a 1
OK
> SET b 1 PX 20
OK
until> SCAN 0 COUNT 1000
["0", ["a"]]

# SCAN stays in its database
> SET a 1
OK
> SELECT 1
OK
> SCAN 0 COUNT 1000
["0", []]
> SET b 1
OK
> SCAN 0 COUNT 1000
["0", ["b"]]

# an empty cursor is the beginning (Redis 8 refuses it)
> SCAN ""
["0", []]
