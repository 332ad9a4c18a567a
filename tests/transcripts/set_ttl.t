// Expirations of single members of sets. Redis 7.0 knows none of this.

# SEXPIRE sets, STTL reads and SPERSIST drops the expiry of members
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b
2
> STTL k MEMBERS 3 a b x
[-1, -1, -2]
> SEXPIRE k 1000 MEMBERS 2 a x
[1, -2]
> STTL k MEMBERS 3 a b x
[<int 999..1000>, -1, -2]
> SPTTL k MEMBERS 2 a b
[<int 990000..1000000>, -1]
> SPERSIST k MEMBERS 3 a b x
[1, -1, -2]
> STTL k MEMBERS 1 a
[-1]
> SCARD k
2

# each unit sets and reads the same moment
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b
2
> SEXPIREAT k 33177117420 MEMBERS 1 a
[1]
> SEXPIRETIME k MEMBERS 2 a b
[33177117420, -1]
> SPEXPIRETIME k MEMBERS 2 a b
[33177117420000, -1]
> SPEXPIREAT k 33177117420123 MEMBERS 1 b
[1]
> SPEXPIRETIME k MEMBERS 1 b
[33177117420123]
> SEXPIRETIME k MEMBERS 1 b
[33177117421]
> SPEXPIRE k 1000000 MEMBERS 1 a
[1]
> SPTTL k MEMBERS 1 a
[<int 990000..1000000>]

# a missing key has no members
@ only-russet: expiring members of sets came with Redis 8.12
> SEXPIRE missing 10 MEMBERS 2 a b
[-2, -2]
> SPEXPIRE missing 10 MEMBERS 1 a
[-2]
> SEXPIREAT missing 33177117420 MEMBERS 1 a
[-2]
> SPEXPIREAT missing 33177117420000 MEMBERS 1 a
[-2]
> STTL missing MEMBERS 1 a
[-2]
> SPTTL missing MEMBERS 1 a
[-2]
> SEXPIRETIME missing MEMBERS 1 a
[-2]
> SPEXPIRETIME missing MEMBERS 1 a
[-2]
> SPERSIST missing MEMBERS 2 a b
[-2, -2]
> EXISTS missing
0

# NX XX GT and LT look at the expiry a member has
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k f
1
> SPEXPIREAT k 33177117420000 XX MEMBERS 1 f
[0]
> SPEXPIREAT k 33177117420000 GT MEMBERS 1 f
[0]
> SPEXPIREAT k 33177117420000 LT MEMBERS 1 f
[1]
> SPEXPIREAT k 33177117420001 NX MEMBERS 1 f
[0]
> SPEXPIREAT k 33177117420001 LT MEMBERS 1 f
[0]
> SPEXPIREAT k 33177117420001 GT MEMBERS 1 f
[1]
> SPEXPIREAT k 33177117420001 GT MEMBERS 1 f
[0]
> SPEXPIREAT k 33177117420000 XX MEMBERS 1 f
[1]
> SPEXPIRETIME k MEMBERS 1 f
[33177117420000]
> SPERSIST k MEMBERS 1 f
[1]
> SPEXPIREAT k 33177117420000 NX MEMBERS 1 f
[1]

# a moment in the past deletes the member, and with the last one the key
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b c
3
> SEXPIRE k 0 MEMBERS 2 a x
[2, -2]
> SPEXPIREAT k 1 MEMBERS 1 b
[2]
> SCARD k
1
> SEXPIREAT k 1 MEMBERS 1 c
[2]
> EXISTS k
0

# the key's own expiry, copies, renames and dumps keep the members' expiry apart
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b
2
> SEXPIREAT k 33177117420 MEMBERS 1 a
[1]
> TTL k
-1
> COPY k c
1
> SEXPIRETIME c MEMBERS 2 a b
[33177117420, -1]
> RENAME k r
OK
> SEXPIRETIME r MEMBERS 2 a b
[33177117420, -1]
> PERSIST r
0
> MOVE r 1
1
> SELECT 1
OK
> SEXPIRETIME r MEMBERS 2 a b
[33177117420, -1]

# an expired member is gone for every command
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b
2
> SADD other a b c
3
> SPEXPIRE k 20 MEMBERS 1 a
[1]
until> SISMEMBER k a
0
> SMEMBERS k
["b"]
> SMISMEMBER k a b
[0, 1]
> STTL k MEMBERS 1 a
[-2]
> SRANDMEMBER k 5
["b"]
> SINTER k other
["b"]
> SDIFF other k
unordered ["a", "c"]
> SUNIONSTORE u k
1
> SSCAN k 0
["0", ["b"]]
> SADD k a
1
> STTL k MEMBERS 1 a
[-1]
> SPEXPIRE k 20 MEMBERS 2 a b
[1, 1]
until> EXISTS k
0

# SADD keeps the expiry of a member, SREM drops it
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k n
1
> SEXPIREAT k 33177117420 MEMBERS 1 n
[1]
> SADD k n
0
> SEXPIRETIME k MEMBERS 1 n
[33177117420]
> SREM k n
1
> SADD k n
1
> SEXPIRETIME k MEMBERS 1 n
[-1]

# SMOVE takes the expiry along
@ only-russet: expiring members of sets came with Redis 8.12
> SADD src a b c
3
> SADD dst b c
2
> SEXPIREAT src 33177117420 MEMBERS 2 a b
[1, 1]
> SEXPIREAT dst 33177117420 MEMBERS 1 c
[1]
> SMOVE src dst a
1
> SMOVE src dst b
1
> SMOVE src dst c
1
> SEXPIRETIME dst MEMBERS 3 a b c
[33177117420, 33177117420, -1]
> EXISTS src
0

# what is stored of several sets does not expire
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b
2
> SEXPIREAT k 33177117420 MEMBERS 1 a
[1]
> SUNIONSTORE u k
2
> SEXPIRETIME u MEMBERS 2 a b
[-1, -1]
> SINTERSTORE u k k
2
> SEXPIRETIME u MEMBERS 1 a
[-1]

# a set of integers gets members that expire
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k 1 2 3
3
> SEXPIREAT k 33177117420 MEMBERS 1 2
[1]
> SEXPIRETIME k MEMBERS 3 1 2 3
[-1, 33177117420, -1]
> SMEMBERS k
unordered ["1", "2", "3"]

# the options of SEXPIRE come in any order, and what does not fit is refused
@ only-russet: expiring members of sets came with Redis 8.12
> SADD k a b c
3
> SEXPIRE k 100 MEMBERS 1 a NX
[1]
> SEXPIRE k 100 XX MEMBERS 1 a
[1]
> SEXPIRE k 100 members 1 a lt
[<int 0..1>]
> SEXPIRE k 100 NX NX NX
(error) ERR missing MEMBERS argument
> SEXPIRE k 100 a b c d
(error) ERR unknown argument: a
> SEXPIRE k 100 MEMBERS 0 a
(error) ERR Parameter `numMembers` should be greater than 0
> SEXPIRE k 100 MEMBERS x a
(error) ERR Parameter `numMembers` should be greater than 0
> SEXPIRE k 100 MEMBERS 3 a b
(error) ERR wrong number of arguments
> SEXPIRE k 100 MEMBERS 1 a c
(error) ERR unknown argument: c
> SEXPIRE k 100 MEMBERS 1 a MEMBERS 1 b
(error) ERR MEMBERS keyword specified multiple times
> SEXPIRE k 100 NX XX MEMBERS 1 a
(error) ERR Multiple condition flags specified
> SEXPIRE k 100 GT MEMBERS 1 a LT
(error) ERR Multiple condition flags specified
> SEXPIRE k 100 MEMBERS 1
(error) ERR wrong number of arguments for 'sexpire' command
> SEXPIRE k x MEMBERS 1 a
(error) ERR value is not an integer or out of range
> SEXPIRE k -1 MEMBERS 1 a
(error) ERR invalid expire time, must be >= 0
> SPEXPIRE k 9223372036854775807 MEMBERS 1 a
(error) ERR invalid expire time in 'spexpire' command
> SEXPIREAT k 281474976711 MEMBERS 1 a
(error) ERR invalid expire time in 'sexpireat' command
> STTL k a 1 a
(error) ERR Mandatory argument MEMBERS is missing or not at the right position
> STTL k MEMBERS 0 a
(error) ERR Number of members must be a positive integer
> STTL k MEMBERS 2 a
(error) ERR The `nummembers` parameter must match the number of arguments
> SPERSIST k MEMBERS 1 a b
(error) ERR The `nummembers` parameter must match the number of arguments
> SPERSIST k MEMBERS 1
(error) ERR wrong number of arguments for 'spersist' command
> SET s v
OK
> SEXPIRE s 10 MEMBERS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SEXPIRE s 10 NX
(error) ERR wrong number of arguments for 'sexpire' command
> STTL s MEMBERS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SPERSIST s MEMBERS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# SADDEX adds members with an expiry
@ only-russet: expiring members of sets came with Redis 8.12
> SADDEX k EXAT 33177117420 MEMBERS 2 a b
1
> SEXPIRETIME k MEMBERS 2 a b
[33177117420, 33177117420]
> SADDEX k KEEPTTL MEMBERS 2 a c
1
> SEXPIRETIME k MEMBERS 2 a c
[33177117420, -1]
> SADDEX k MEMBERS 1 a
1
> SEXPIRETIME k MEMBERS 1 a
[-1]
> SADDEX k MNX EX 1000 MEMBERS 2 a x
0
> SADDEX k MXX EX 1000 MEMBERS 2 a x
0
> SADDEX k MEMBERS 2 a c MXX EX 1000
1
> STTL k MEMBERS 2 a c
[<int 999..1000>, <int 999..1000>]
> SADDEX k PXAT 1 MEMBERS 3 a c x
1
> SMEMBERS k
["b"]
> SADDEX missing PXAT 1 MEMBERS 1 a
1
> SADDEX missing MXX MEMBERS 1 a
0
> EXISTS missing
0

# SADDEX refuses what does not fit
@ only-russet: expiring members of sets came with Redis 8.12
> SADDEX k EX 100 MXX
(error) ERR missing MEMBERS argument
> SADDEX k MEMBERS 0 a
(error) ERR invalid number of members
> SADDEX k MEMBERS 3 a b
(error) ERR wrong number of arguments
> SADDEX k MEMBERS 1 a MEMBERS 1 b
(error) ERR MEMBERS keyword specified multiple times
> SADDEX k BAD MEMBERS 1 a
(error) ERR unknown argument: BAD
> SADDEX k MXX MNX MEMBERS 1 a
(error) ERR Only one of MXX or MNX arguments can be specified
> SADDEX k EX 100 KEEPTTL MEMBERS 1 a
(error) ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified
> SADDEX k MEMBERS 1 a EX
(error) ERR missing expire time
> SADDEX k EX -1 MEMBERS 1 a
(error) ERR invalid expire time, must be >= 0
> SADDEX k MEMBERS 1
(error) ERR wrong number of arguments for 'saddex' command
> EXISTS k
0

# keyspace events of members that expire
@ only-russet: expiring members of sets came with Redis 8.12
> CONFIG SET notify-keyspace-events Ksg
OK
1> PSUBSCRIBE __keyspace@0__:k
["psubscribe", "__keyspace@0__:k", 1]
> SADD k a b
2
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "sadd"]
> SEXPIRE k 1000 MEMBERS 2 a b
[1, 1]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "sexpire"]
> SPERSIST k MEMBERS 1 a
[1]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "spersist"]
> SEXPIREAT k 1 MEMBERS 1 a
[2]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "srem"]
> SPEXPIRE k 20 MEMBERS 1 b
[1]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "sexpire"]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "sexpired"]
1: ["pmessage", "__keyspace@0__:k", "__keyspace@0__:k", "del"]
