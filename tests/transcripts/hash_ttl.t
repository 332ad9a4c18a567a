// Expirations of single hash fields. Redis 7.0 knows none of this.

# HEXPIRE sets, HTTL reads and HPERSIST drops the expiry of fields
@ only-russet: field expiry came with Redis 7.4
> HSET h a 1 b 2
2
> HTTL h FIELDS 3 a b x
[-1, -1, -2]
> HEXPIRE h 1000 FIELDS 2 a x
[1, -2]
> HTTL h FIELDS 3 a b x
[<int 999..1000>, -1, -2]
> HPTTL h FIELDS 2 a b
[<int 990000..1000000>, -1]
> HPERSIST h FIELDS 3 a b x
[1, -1, -2]
> HTTL h FIELDS 1 a
[-1]
> HGETALL h
pairs {"a": "1", "b": "2"}

# each unit sets and reads the same moment
@ only-russet: field expiry came with Redis 7.4
> HSET h a 1 b 2
2
> HEXPIREAT h 33177117420 FIELDS 1 a
[1]
> HEXPIRETIME h FIELDS 2 a b
[33177117420, -1]
> HPEXPIRETIME h FIELDS 2 a b
[33177117420000, -1]
> HPEXPIREAT h 33177117420123 FIELDS 1 b
[1]
> HPEXPIRETIME h FIELDS 1 b
[33177117420123]
> HEXPIRETIME h FIELDS 1 b
[33177117421]
> HPEXPIRE h 1000000 FIELDS 1 a
[1]
> HPTTL h FIELDS 1 a
[<int 990000..1000000>]

# a missing key has no fields
@ only-russet: field expiry came with Redis 7.4
> HEXPIRE missing 10 FIELDS 2 a b
[-2, -2]
> HPEXPIRE missing 10 FIELDS 1 a
[-2]
> HEXPIREAT missing 33177117420 FIELDS 1 a
[-2]
> HPEXPIREAT missing 33177117420000 FIELDS 1 a
[-2]
> HTTL missing FIELDS 1 a
[-2]
> HPTTL missing FIELDS 1 a
[-2]
> HEXPIRETIME missing FIELDS 1 a
[-2]
> HPEXPIRETIME missing FIELDS 1 a
[-2]
> HPERSIST missing FIELDS 2 a b
[-2, -2]
> EXISTS missing
0

# NX XX GT and LT look at the expiry a field has
@ only-russet: field expiry came with Redis 7.4
> HSET h f v
1
> HPEXPIREAT h 33177117420000 XX FIELDS 1 f
[0]
> HPEXPIREAT h 33177117420000 GT FIELDS 1 f
[0]
> HPEXPIREAT h 33177117420000 LT FIELDS 1 f
[1]
> HPEXPIREAT h 33177117420001 NX FIELDS 1 f
[0]
> HPEXPIREAT h 33177117420001 LT FIELDS 1 f
[0]
> HPEXPIREAT h 33177117420001 GT FIELDS 1 f
[1]
> HPEXPIREAT h 33177117420001 GT FIELDS 1 f
[0]
> HPEXPIREAT h 33177117420000 XX FIELDS 1 f
[1]
> HPEXPIREAT h 33177117419999 LT FIELDS 1 f
[1]
> HPEXPIRETIME h FIELDS 1 f
[33177117419999]
> HPERSIST h FIELDS 1 f
[1]
> HPEXPIREAT h 33177117420000 NX FIELDS 1 f
[1]

# a moment in the past deletes the field, and with the last one the key
@ only-russet: field expiry came with Redis 7.4
> HSET h a 1 b 2 c 3
3
> HEXPIRE h 0 FIELDS 2 a x
[2, -2]
> HEXISTS h a
0
> HPEXPIREAT h 1 FIELDS 1 b
[2]
> HLEN h
1
> HEXPIREAT h 1 FIELDS 1 c
[2]
> EXISTS h
0

# an expired field is gone for every command
@ only-russet: field expiry came with Redis 7.4
> HSET h a 1 b 2
2
> HPEXPIRE h 20 FIELDS 1 a
[1]
until> HGET h a
(nil)
> HGETALL h
["b", "2"]
> HEXISTS h a
0
> HMGET h a b
[(nil), "2"]
> HSTRLEN h a
0
> HTTL h FIELDS 1 a
[-2]
> HRANDFIELD h 5
["b"]
> HSETNX h a 3
1
> HTTL h FIELDS 1 a
[-1]
> HPEXPIRE h 20 FIELDS 2 a b
[1, 1]
until> EXISTS h
0

# HSET and HDEL drop the expiry of a field, HINCRBY keeps it
@ only-russet: field expiry came with Redis 7.4
> HSET h n 1
1
> HEXPIREAT h 33177117420 FIELDS 1 n
[1]
> HINCRBY h n 1
2
> HEXPIRETIME h FIELDS 1 n
[33177117420]
> HINCRBYFLOAT h n 0.5
"2.5"
> HEXPIRETIME h FIELDS 1 n
[33177117420]
> HSETNX h n 5
0
> HEXPIRETIME h FIELDS 1 n
[33177117420]
> HSET h n 7
0
> HEXPIRETIME h FIELDS 1 n
[-1]
> HEXPIREAT h 33177117420 FIELDS 1 n
[1]
> HDEL h n
1
> HSET h n 1
1
> HEXPIRETIME h FIELDS 1 n
[-1]

# the key's own expiry, copies and renames keep the fields' expiry apart
@ only-russet: field expiry came with Redis 7.4
> HSET h a 1 b 2
2
> HEXPIREAT h 33177117420 FIELDS 1 a
[1]
> TTL h
-1
> COPY h c
1
> HEXPIRETIME c FIELDS 2 a b
[33177117420, -1]
> RENAME h r
OK
> HEXPIRETIME r FIELDS 2 a b
[33177117420, -1]
> PERSIST r
0
> HEXPIRETIME r FIELDS 1 a
[33177117420]

# the commands of field expiry refuse what does not fit
@ only-russet: field expiry came with Redis 7.4
> HSET h a 1
1
> HEXPIRE h 10 FIELDS 2 a
(error) ERR The `numfields` parameter must match the number of arguments
> HEXPIRE h 10 FIELDS 1 a b
(error) ERR The `numfields` parameter must match the number of arguments
> HEXPIRE h 10 FIELDS 0 a
(error) ERR Parameter `numFields` should be greater than 0
> HEXPIRE h 10 FIELDS x a
(error) ERR Parameter `numFields` should be greater than 0
> HEXPIRE h 10 FOO 1 a
(error) ERR Mandatory argument FIELDS is missing or not at the right position
> HEXPIRE h 10 NX FOO 1 a
(error) ERR Mandatory argument FIELDS is missing or not at the right position
> HEXPIRE h abc FIELDS 1 a
(error) ERR value is not an integer or out of range
> HEXPIRE h -1 FIELDS 1 a
(error) ERR invalid expire time, must be >= 0
> HEXPIRE h 9223372036854775807 FIELDS 1 a
(error) ERR invalid expire time in 'hexpire' command
> HPEXPIRE h 9223372036854775807 FIELDS 1 a
(error) ERR invalid expire time in 'hpexpire' command
> HEXPIREAT h 70368744177665 FIELDS 1 a
(error) ERR invalid expire time in 'hexpireat' command
> HEXPIRE h 10 FIELDS
(error) ERR wrong number of arguments for 'hexpire' command
> HTTL h FIELDS 2 a
(error) ERR The `numfields` parameter must match the number of arguments
> HTTL h FIELDS 0 a
(error) ERR Number of fields must be a positive integer
> HTTL h FOO 1 a
(error) ERR Mandatory argument FIELDS is missing or not at the right position
> HTTL h
(error) ERR wrong number of arguments for 'httl' command
> HPERSIST h FIELDS 2 a
(error) ERR The `numfields` parameter must match the number of arguments
> HPERSIST h FIELDS 0 a
(error) ERR Number of fields must be a positive integer
> HPERSIST h FOO 1 a
(error) ERR Mandatory argument FIELDS is missing or not at the right position
> HPERSIST h
(error) ERR wrong number of arguments for 'hpersist' command
> SET k v
OK
> HEXPIRE k 10 FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HTTL k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HPTTL k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HEXPIRETIME k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HPEXPIRETIME k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HPERSIST k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HTTL h FIELDS 1 a
[-1]

# HGETEX reads fields and sets, keeps or drops their expiry
@ only-russet: HGETEX came with Redis 8.0
> HSET h a 1 b 2
2
> HGETEX h FIELDS 3 a b x
["1", "2", (nil)]
> HTTL h FIELDS 1 a
[-1]
> HGETEX h EX 1000 FIELDS 1 a
["1"]
> HTTL h FIELDS 2 a b
[<int 999..1000>, -1]
> HGETEX h PX 1000000 FIELDS 1 a
["1"]
> HPTTL h FIELDS 1 a
[<int 990000..1000000>]
> HGETEX h EXAT 33177117420 FIELDS 1 a
["1"]
> HEXPIRETIME h FIELDS 1 a
[33177117420]
> HGETEX h PXAT 33177117420123 FIELDS 1 a
["1"]
> HPEXPIRETIME h FIELDS 1 a
[33177117420123]
> HGETEX h FIELDS 1 a
["1"]
> HPEXPIRETIME h FIELDS 1 a
[33177117420123]
> HGETEX h PERSIST FIELDS 1 a
["1"]
> HTTL h FIELDS 1 a
[-1]
> HGETEX missing FIELDS 2 a b
[(nil), (nil)]
> HGETEX missing EX 10 FIELDS 1 a
[(nil)]
> HGETEX h PXAT 1 FIELDS 2 a b
["1", "2"]
> EXISTS h
0

# HGETEX refuses what does not fit
@ only-russet: HGETEX came with Redis 8.0
> HSET h a 1
1
> HGETEX h EX 10 PX 10 FIELDS 1 a
(error) ~ERR *
> HGETEX h EX -1 FIELDS 1 a
(error) ~ERR invalid expire time*
> HGETEX h EX abc FIELDS 1 a
(error) ERR value is not an integer or out of range
> HGETEX h FIELDS 2 a
(error) ~ERR *
> HGETEX h FIELDS 0 a
(error) ~ERR *
> HGETEX h FOO FIELDS 1 a
(error) ~ERR *
> HGETEX h FIELDS 1
(error) ERR wrong number of arguments for 'hgetex' command
> SET k v
OK
> HGETEX k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HTTL h FIELDS 1 a
[-1]

# HSETEX sets fields with an expiry
@ only-russet: HSETEX came with Redis 8.0
> HSETEX h EXAT 33177117420 FIELDS 2 a 1 b 2
1
> HMGET h a b
["1", "2"]
> HEXPIRETIME h FIELDS 2 a b
[33177117420, 33177117420]
> HSETEX h KEEPTTL FIELDS 1 a 3
1
> HEXPIRETIME h FIELDS 1 a
[33177117420]
> HSETEX h FIELDS 1 a 4
1
> HEXPIRETIME h FIELDS 1 a
[-1]
> HSETEX h EX 1000 FIELDS 1 a 5
1
> HTTL h FIELDS 1 a
[<int 999..1000>]
> HSETEX h PX 1000000 FIELDS 1 a 5
1
> HPTTL h FIELDS 1 a
[<int 990000..1000000>]
> HSETEX h PXAT 33177117420123 FIELDS 1 a 5
1
> HPEXPIRETIME h FIELDS 1 a
[33177117420123]
> TTL h
-1

# HSETEX FNX wants no field to exist and FXX wants all
@ only-russet: HSETEX came with Redis 8.0
> HSETEX h FXX FIELDS 1 a 1
0
> EXISTS h
0
> HSETEX h FNX FIELDS 2 a 1 b 2
1
> HSETEX h FNX FIELDS 2 b 3 c 4
0
> HSETEX h FXX FIELDS 2 b 3 c 4
0
> HSETEX h FXX EX 1000 FIELDS 2 a 3 b 4
1
> HGETALL h
pairs {"a": "3", "b": "4"}

# HSETEX refuses what does not fit
@ only-russet: HSETEX came with Redis 8.0
> HSETEX h FXX EX 60 KEEPTTL FIELDS 1 a 1
(error) ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified
> HSETEX h FNX FXX FIELDS 1 a 1
(error) ~ERR Only one of F*
> HSETEX h EX -1 FIELDS 1 a 1
(error) ~ERR invalid expire time*
> HSETEX h EX abc FIELDS 1 a 1
(error) ERR value is not an integer or out of range
> HSETEX h FIELDS 2 a 1
(error) ~ERR *
> HSETEX h FIELDS 0 a 1
(error) ~ERR *
> HSETEX h FOO FIELDS 1 a 1
(error) ~ERR *
> HSETEX h FIELDS 1 a
(error) ERR wrong number of arguments for 'hsetex' command
> EXISTS h
0
> SET k v
OK
> HSETEX k FIELDS 1 a 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# HGETDEL returns fields once and, with the last one, removes the key
@ only-russet: HGETDEL came with Redis 8.0
> HSET h a 1 b 2 c 3
3
> HGETDEL h FIELDS 2 c x
["3", (nil)]
> HGETALL h
pairs {"a": "1", "b": "2"}
> HGETDEL h FIELDS 2 a b
["1", "2"]
> EXISTS h
0
> HGETDEL h FIELDS 1 a
[(nil)]

# HGETDEL refuses what does not fit
@ only-russet: HGETDEL came with Redis 8.0
> HSET h a 1
1
> HGETDEL h FIELDS 2 a
(error) ERR The `numfields` parameter must match the number of arguments
> HGETDEL h FIELDS 0 a
(error) ERR Number of fields must be a positive integer
> HGETDEL h FIELDS x a
(error) ERR Number of fields must be a positive integer
> HGETDEL h FOO 1 a
(error) ERR Mandatory argument FIELDS is missing or not at the right position
> HGETDEL h FIELDS 1
(error) ERR wrong number of arguments for 'hgetdel' command
> SET k v
OK
> HGETDEL k FIELDS 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HLEN h
1

# HSETEX may ask whether the hash exists
@ only-russet: HSETEX came with Redis 8.0, its NX and XX with Valkey 9.1
> HSETEX h XX FIELDS 1 a 1
0
> EXISTS h
0
> HSETEX h NX FIELDS 1 a 1
1
> HSETEX h NX FIELDS 1 b 2
0
> HSETEX h XX FNX EX 100 FIELDS 1 b 2
1
> HSETEX h FXX XX FIELDS 1 c 3
0
> HGETALL h
["a", "1", "b", "2"]
> HSETEX h NX XX FIELDS 1 a 1
(error) ERR Only one of NX or XX arguments can be specified
> SET k v
OK
> HSETEX k NX FIELDS 1 a 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HSETEX k XX FIELDS 1 a 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
