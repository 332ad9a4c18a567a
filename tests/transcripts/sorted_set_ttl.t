// Expirations of single members of sorted sets, as Garnet has them. Redis knows none of this.

# ZEXPIRE sets, ZTTL reads and ZPERSIST drops the expiry of members
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b
2
> ZTTL k MEMBERS 3 a b x
[-1, -1, -2]
> ZEXPIRE k 1000 MEMBERS 2 a x
[1, -2]
> ZTTL k MEMBERS 3 a b x
[<int 999..1000>, -1, -2]
> ZPTTL k MEMBERS 2 a b
[<int 990000..1000000>, -1]
> ZPERSIST k MEMBERS 3 a b x
[1, -1, -2]
> ZTTL k MEMBERS 1 a
[-1]
> ZCARD k
2

# each unit sets and reads the same moment
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b
2
> ZEXPIREAT k 33177117420 MEMBERS 1 a
[1]
> ZEXPIRETIME k MEMBERS 2 a b
[33177117420, -1]
> ZPEXPIRETIME k MEMBERS 2 a b
[33177117420000, -1]
> ZPEXPIREAT k 33177117420123 MEMBERS 1 b
[1]
> ZPEXPIRETIME k MEMBERS 1 b
[33177117420123]
> ZEXPIRETIME k MEMBERS 1 b
[33177117421]
> ZPEXPIRE k 1000000 MEMBERS 1 a
[1]
> ZPTTL k MEMBERS 1 a
[<int 990000..1000000>]

# a missing key has no members
@ only-russet: expiring members of sorted sets are Garnet's
> ZEXPIRE missing 10 MEMBERS 2 a b
[-2, -2]
> ZPEXPIRE missing 10 MEMBERS 1 a
[-2]
> ZEXPIREAT missing 33177117420 MEMBERS 1 a
[-2]
> ZPEXPIREAT missing 33177117420000 MEMBERS 1 a
[-2]
> ZTTL missing MEMBERS 1 a
[-2]
> ZPTTL missing MEMBERS 1 a
[-2]
> ZEXPIRETIME missing MEMBERS 1 a
[-2]
> ZPEXPIRETIME missing MEMBERS 1 a
[-2]
> ZPERSIST missing MEMBERS 2 a b
[-2, -2]
> EXISTS missing
0

# NX XX GT and LT look at the expiry a member has
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 f
1
> ZPEXPIREAT k 33177117420000 XX MEMBERS 1 f
[0]
> ZPEXPIREAT k 33177117420000 GT MEMBERS 1 f
[0]
> ZPEXPIREAT k 33177117420000 LT MEMBERS 1 f
[1]
> ZPEXPIREAT k 33177117420001 NX MEMBERS 1 f
[0]
> ZPEXPIREAT k 33177117420001 LT MEMBERS 1 f
[0]
> ZPEXPIREAT k 33177117420001 GT MEMBERS 1 f
[1]
> ZPEXPIREAT k 33177117420001 GT MEMBERS 1 f
[0]
> ZPEXPIREAT k 33177117420000 XX MEMBERS 1 f
[1]
> ZPEXPIRETIME k MEMBERS 1 f
[33177117420000]
> ZPERSIST k MEMBERS 1 f
[1]
> ZPEXPIREAT k 33177117420000 NX MEMBERS 1 f
[1]

# a moment in the past deletes the member, and with the last one the key
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b 3 c
3
> ZEXPIRE k 0 MEMBERS 2 a x
[2, -2]
> ZPEXPIREAT k 1 MEMBERS 1 b
[2]
> ZCARD k
1
> ZEXPIREAT k 1 MEMBERS 1 c
[2]
> EXISTS k
0

# the key's own expiry, copies, renames and dumps keep the members' expiry apart
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b
2
> ZEXPIREAT k 33177117420 MEMBERS 1 a
[1]
> TTL k
-1
> COPY k c
1
> ZEXPIRETIME c MEMBERS 2 a b
[33177117420, -1]
> RENAME k r
OK
> ZEXPIRETIME r MEMBERS 2 a b
[33177117420, -1]
> PERSIST r
0
> MOVE r 1
1
> SELECT 1
OK
> ZEXPIRETIME r MEMBERS 2 a b
[33177117420, -1]

# an expired member is gone for every command
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b 3 c
3
> ZPEXPIRE k 20 MEMBERS 1 a
[1]
until> ZSCORE k a
(nil)
> ZRANGE k 0 -1
["b", "c"]
> ZRANK k b
0
> ZREVRANK k b
1
> ZMSCORE k a b
[(nil), "2"]
> ZCARD k
2
> ZCOUNT k -inf +inf
2
> ZRANDMEMBER k 5
unordered ["b", "c"]
> ZTTL k MEMBERS 1 a
[-2]
> ZUNION 1 k
["b", "c"]
> ZSCAN k 0
["0", ["b", "2", "c", "3"]]
> ZADD k 5 a
1
> ZTTL k MEMBERS 1 a
[-1]
> ZPEXPIRE k 20 MEMBERS 3 a b c
[1, 1, 1]
until> EXISTS k
0

# ZADD drops the expiry of a member, ZINCRBY keeps it
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 n
1
> ZEXPIREAT k 33177117420 MEMBERS 1 n
[1]
> ZINCRBY k 1 n
"2"
> ZEXPIRETIME k MEMBERS 1 n
[33177117420]
> ZADD k NX 7 n
0
> ZADD k GT 1 n
0
> ZEXPIRETIME k MEMBERS 1 n
[33177117420]
> ZADD k 3 n
0
> ZEXPIRETIME k MEMBERS 1 n
[-1]
> ZEXPIREAT k 33177117420 MEMBERS 1 n
[1]
> ZADD k 3 n
0
> ZEXPIRETIME k MEMBERS 1 n
[-1]
> ZEXPIREAT k 33177117420 MEMBERS 1 n
[1]
> ZREM k n
1
> ZADD k 1 n
1
> ZEXPIRETIME k MEMBERS 1 n
[-1]

# pops and ranges by rank do not see what has expired
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b 3 c 4 d
4
> ZPEXPIRE k 20 MEMBERS 2 a d
[1, 1]
until> ZRANGE k 0 -1
["b", "c"]
> ZPOPMIN k
["b", "2"]
> ZADD k 1 a
1
> ZPEXPIRE k 20 MEMBERS 1 a
[1]
until> ZCARD k
1
> ZREMRANGEBYRANK k 1 1
0
> ZPOPMAX k
["c", "3"]
> EXISTS k
0

# what is stored of sorted sets does not expire
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b
2
> ZEXPIREAT k 33177117420 MEMBERS 1 a
[1]
> ZRANGESTORE u k 0 -1
2
> ZEXPIRETIME u MEMBERS 2 a b
[-1, -1]
> ZUNIONSTORE u 1 k
2
> ZEXPIRETIME u MEMBERS 1 a
[-1]

# ZCOLLECT removes what has expired
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a 2 b
2
> ZCOLLECT k missing
OK
> ZCOLLECT *
OK
> ZCARD k
2
> SET s v
OK
> ZCOLLECT k s
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# what does not fit is refused
@ only-russet: expiring members of sorted sets are Garnet's
> ZADD k 1 a
1
> ZEXPIRE k 10 FOO 1 a
(error) ERR Mandatory argument MEMBERS is missing or not at the right position
> ZEXPIRE k 10 NX FOO 1 a
(error) ERR Mandatory argument MEMBERS is missing or not at the right position
> ZEXPIRE k 10 MEMBERS 0 a
(error) ERR Parameter `numMembers` should be greater than 0
> ZEXPIRE k 10 MEMBERS x a
(error) ERR Parameter `numMembers` should be greater than 0
> ZEXPIRE k 10 MEMBERS 2 a
(error) ERR The `numMembers` parameter must match the number of arguments
> ZEXPIRE k abc MEMBERS 1 a
(error) ERR value is not an integer or out of range
> ZEXPIRE k -1 MEMBERS 1 a
(error) ERR invalid expire time, must be >= 0
> ZEXPIRE k 9223372036854775807 MEMBERS 1 a
(error) ERR invalid expire time in 'zexpire' command
> ZEXPIRE k 10 MEMBERS 1
(error) ERR wrong number of arguments for 'zexpire' command
> ZTTL k MEMBERS 2 a
(error) ERR The `numMembers` parameter must match the number of arguments
> ZPERSIST k FOO 1 a
(error) ERR Mandatory argument MEMBERS is missing or not at the right position
> SET s v
OK
> ZEXPIRE s 10 MEMBERS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZPTTL s MEMBERS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZPERSIST s MEMBERS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# keyspace events of members that expire
@ only-russet: expiring members of sorted sets are Garnet's
> CONFIG SET notify-keyspace-events Kzg
OK
1> PSUBSCRIBE __keyspace@0__:k
["psubscribe", "__keyspace@0__:k", 1]
> ZADD k 1 a 2 b
2
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "zadd"]
> ZEXPIRE k 1000 MEMBERS 2 a b
[1, 1]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "zexpire"]
> ZPERSIST k MEMBERS 1 a
[1]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "zpersist"]
> ZEXPIREAT k 1 MEMBERS 1 a
[2]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "zrem"]
> ZPEXPIRE k 20 MEMBERS 1 b
[1]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "zexpire"]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "zexpired"]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "del"]
