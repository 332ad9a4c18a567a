// The set family.

# SADD adds members and counts the new ones
> SADD s a b c
3
> SADD s b d b
1
> SADD s 1 -5 01
3
> SMEMBERS s
unordered ["a", "b", "c", "d", "1", "-5", "01"]
> SCARD s
7
> SADD s
(error) ERR wrong number of arguments for 'sadd' command
> SADD
(error) ERR wrong number of arguments for 'sadd' command
> SET k v
OK
> SADD k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SCARD k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SMEMBERS k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE s
set

# members are bytes, also empty ones
> SADD s "" "a\x00b" "\xff\r\n"
3
> SMISMEMBER s "" "a\x00b" "\xff\r\n" "\xff"
[1, 1, 1, 0]
> SREM s "a\x00b"
1
> SMEMBERS s
unordered ["", "\xff\r\n"]

# SADD keeps the key's expiry
> SADD s a
1
> EXPIREAT s 33177117420
1
> SADD s b
1
> EXPIRETIME s
33177117420

# SREM removes members, and the set with the last one
> SADD s a b c 7
4
> SREM s x
0
> SREM s a x 7 a
2
> SCARD s
2
> SREM s b c
2
> EXISTS s
0
> SREM s a
0
> SET k v
OK
> SREM k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SREM s
(error) ERR wrong number of arguments for 'srem' command

# SISMEMBER and SMISMEMBER tell members from others
> SADD s a 1 9223372036854775807
3
> SISMEMBER s a
1
> SISMEMBER s b
0
> SISMEMBER s 1
1
> SISMEMBER s +1
0
> SISMEMBER s 9223372036854775807
1
> SISMEMBER missing a
0
> SMISMEMBER s a b 1 9223372036854775808
[1, 0, 1, 0]
> SMISMEMBER missing a b
[0, 0]
> SET k v
OK
> SISMEMBER k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SMISMEMBER k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SMISMEMBER s
(error) ERR wrong number of arguments for 'smismember' command

# a set of integers is an intset until it is not
> SADD i 1 2 3
3
> OBJECT ENCODING i
"intset"
> SADD i 100000 -9223372036854775808
2
> OBJECT ENCODING i
"intset"
> SMEMBERS i
["-9223372036854775808", "1", "2", "3", "100000"]
> SADD i x
1
> OBJECT ENCODING i
"hashtable"
> SREM i x
1
> OBJECT ENCODING i
"hashtable"
> SADD j 1 2
2
> SADD j 1.0
1
> OBJECT ENCODING j
"hashtable"
> SADD t abc
1
> OBJECT ENCODING t
"hashtable"

# set-max-intset-entries decides how long
> CONFIG SET set-max-intset-entries 3
OK
> SADD i 1 2 3
3
> OBJECT ENCODING i
"intset"
> SADD i 4
1
> OBJECT ENCODING i
"hashtable"
> SMISMEMBER i 1 2 3 4 5
[1, 1, 1, 1, 0]

# SMOVE moves a member
> SADD a 1 x y
3
> SADD b x
1
> SMOVE a b y
1
> SMOVE a b x
1
> SMOVE a b nothing
0
> SMEMBERS b
unordered ["x", "y"]
> SMOVE a new 1
1
> SMEMBERS new
["1"]
> EXISTS a
0
> SMOVE a b x
0
> SMOVE b b x
1
> SMOVE b b nothing
0
> SET k v
OK
> SMOVE k b x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SMOVE b k x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SMOVE b k nothing
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SMOVE missing k x
0
> SMOVE a b
(error) ERR wrong number of arguments for 'smove' command

# SPOP takes members away
> SPOP missing
(nil)
> SPOP missing 3
[]
> SADD s a
1
> SPOP s
"a"
> EXISTS s
0
> SADD s a b c
3
> SPOP s 0
[]
> SPOP s 2
[<string>, <string>]
> SCARD s
1
> SPOP s 5
[<string>]
> EXISTS s
0
> SPOP s -1
(error) ERR value is out of range, must be positive
> SPOP s x
(error) ERR value is out of range, must be positive
> SPOP s 1 2
(error) ERR syntax error
> SPOP
(error) ERR wrong number of arguments for 'spop' command
> SET k v
OK
> SPOP k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SPOP k 2
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# SRANDMEMBER returns members and keeps them
> SRANDMEMBER missing
(nil)
> SRANDMEMBER missing 3
[]
> SADD s a
1
> SRANDMEMBER s
"a"
> SRANDMEMBER s 5
["a"]
> SRANDMEMBER s -3
["a", "a", "a"]
> SRANDMEMBER s 0
[]
> SADD i 1 2 3
3
> SRANDMEMBER i 3
unordered ["1", "2", "3"]
> SRANDMEMBER i 2
[<string>, <string>]
> SRANDMEMBER s x
(error) ERR value is not an integer or out of range
> SRANDMEMBER s -9223372036854775808
(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
> SRANDMEMBER s 1 2
(error) ERR syntax error
> SET k v
OK
> SRANDMEMBER k
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# the algebra of sets
> SADD a 1 2 3 x
4
> SADD b 2 3 4 x
4
> SADD c 3 x z
3
> SINTER a b c
unordered ["3", "x"]
> SINTER a a
unordered ["1", "2", "3", "x"]
> SINTER a missing
[]
> SINTER missing
[]
> SUNION a b c missing
unordered ["1", "2", "3", "x", "4", "z"]
> SUNION a b c a b c
unordered ["1", "2", "3", "x", "4", "z"]
> SUNION missing
[]
> SDIFF a b
["1"]
> SDIFF a b c
["1"]
> SDIFF a missing
unordered ["1", "2", "3", "x"]
> SDIFF missing a
[]
> SDIFF a a
[]
> SET k v
OK
> SINTER a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SINTER missing k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SUNION a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SDIFF a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SINTER
(error) ERR wrong number of arguments for 'sinter' command
> SUNION
(error) ERR wrong number of arguments for 'sunion' command
> SDIFF
(error) ERR wrong number of arguments for 'sdiff' command

# its results can be stored
> SADD a 1 2 3
3
> SADD b 2 3 4
3
> SINTERSTORE t a b
2
> SMEMBERS t
["2", "3"]
> SUNIONSTORE t a b
4
> SMEMBERS t
["1", "2", "3", "4"]
> SDIFFSTORE t a b
1
> SMEMBERS t
["1"]
> OBJECT ENCODING t
"intset"
> SDIFFSTORE t a a
0
> EXISTS t
0
> SINTERSTORE t a missing
0
> SET k v
OK
> SUNIONSTORE k a
3
> TYPE k
set
> SINTERSTORE a a b
2
> SMEMBERS a
["2", "3"]
> SET k v
OK
> EXPIRE a 1000
1
> SUNIONSTORE a b
3
> TTL a
-1
> SUNIONSTORE t k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SINTERSTORE t missing k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SINTERSTORE t
(error) ERR wrong number of arguments for 'sinterstore' command

# SINTERCARD counts, up to a limit
> SADD a 1 2 3 4
4
> SADD b 2 3 4 5
4
> SINTERCARD 2 a b
3
> SINTERCARD 2 a b LIMIT 2
2
> SINTERCARD 2 a b LIMIT 0
3
> SINTERCARD 1 a LIMIT 10
4
> SINTERCARD 2 a missing
0
> SINTERCARD 0 a
(error) ERR numkeys should be greater than 0
> SINTERCARD x a
(error) ERR numkeys should be greater than 0
> SINTERCARD 3 a b
(error) ERR Number of keys can't be greater than number of args
> SINTERCARD 2 a b LIMIT -1
(error) ERR LIMIT can't be negative
> SINTERCARD 2 a b LIMIT
(error) ERR syntax error
> SINTERCARD 2 a b FOO 1
(error) ERR syntax error
> SET k v
OK
> SINTERCARD 2 a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# SUNIONCARD and SDIFFCARD count the others
@ only-russet: they came with Redis 8.10
> SADD a 1 2 3 4 x
5
> SADD b 2 3 4 5
4
> SUNIONCARD 2 a b
6
> SUNIONCARD 2 a b LIMIT 3
3
> SUNIONCARD 2 a b APPROX LIMIT 100
6
> SUNIONCARD 2 a missing
5
> SDIFFCARD 2 a b
2
> SDIFFCARD 2 a b LIMIT 1
1
> SDIFFCARD 2 missing a
0
> SDIFFCARD 2 a b APPROX
(error) ERR syntax error
> SUNIONCARD 0 a
(error) ERR numkeys should be greater than 0
> SUNIONCARD 3 a b
(error) ERR Number of keys can't be greater than number of args

# replies are sets in RESP3
@ resp3
> SADD a 1 2 3
3
> SADD b 2 3
2
> SMEMBERS a
set ["1", "2", "3"]
> SINTER a b
set ["2", "3"]
> SUNION a b
set ["1", "2", "3"]
> SDIFF a b
set ["1"]
> SDIFF b a
set []
> SMEMBERS missing
set []
> SPOP b 2
set ["2", "3"]
> SPOP missing 2
set []
> SPOP missing
(nil)
> SRANDMEMBER a 3
unordered ["1", "2", "3"]

# SSCAN goes through the members
> SADD s a b ab
3
> SSCAN s 0
["0", unordered ["a", "b", "ab"]]
> SSCAN s 0 MATCH a*
["0", unordered ["a", "ab"]]
> SSCAN s 0 COUNT 100 MATCH x*
["0", []]
> SADD i 1 2 3
3
> SSCAN i 0 COUNT 1
["0", unordered ["1", "2", "3"]]
> SSCAN missing 0
["0", []]
> SSCAN s x
(error) ERR invalid cursor
> SSCAN s 0 COUNT 0
(error) ERR syntax error
> SSCAN s 0 FOO 1
(error) ERR syntax error
> SSCAN s 0 COUNT
(error) ERR syntax error
> SSCAN s
(error) ERR wrong number of arguments for 'sscan' command
> SET k v
OK
> SSCAN k 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# a set is copied, renamed, moved and deleted like any key
> SADD s a 1
2
> COPY s t
1
> SADD t b
1
> SMEMBERS s
unordered ["a", "1"]
> RENAME t u
OK
> SMEMBERS u
unordered ["a", "1", "b"]
> MOVE u 1
1
> SADD i 1 2
2
> COPY i j
1
> OBJECT ENCODING j
"intset"
> DEL s i
2
> EXISTS s i
0

# SCAN finds sets by type
> SADD s a
1
> SET k v
OK
> SCAN 0 COUNT 1000 TYPE set
["0", ["s"]]
