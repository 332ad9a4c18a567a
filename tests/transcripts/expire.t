// Expiry of keys. Moments far ahead (the year 3021) are read back exactly; short ones are waited for.

# EXPIRE and its relatives set, TTL and its relatives read
> SET k v
OK
> TTL k
-1
> PTTL k
-1
> EXPIRETIME k
-1
> PEXPIRETIME k
-1
> EXPIRE k 1000
1
> TTL k
<int 999..1000>
> PEXPIRE k 1000000
1
> PTTL k
<int 990000..1000000>
> EXPIREAT k 33177117420
1
> EXPIRETIME k
33177117420
> PEXPIRETIME k
33177117420000
> PEXPIREAT k 33177117420123
1
> PEXPIRETIME k
33177117420123
> EXPIRETIME k
33177117420
> TTL missing
-2
> PTTL missing
-2
> EXPIRETIME missing
-2
> PEXPIRETIME missing
-2
> EXPIRE missing 10
0
> PEXPIRE missing 10
0
> EXPIREAT missing 33177117420
0
> PEXPIREAT missing 33177117420123
0

# TTL rounds to the nearest second
> SET k v PX 1900
OK
> TTL k
<int 1..2>
> SET k v PX 100600
OK
> TTL k
<int 100..101>

# PERSIST drops an expiry once
> SET k v EX 100
OK
> PERSIST k
1
> TTL k
-1
> PERSIST k
0
> PERSIST missing
0
> PERSIST
(error) ERR wrong number of arguments for 'persist' command

# NX XX GT and LT look at the expiry a key has
> SET k v
OK
> PEXPIREAT k 33177117420000 XX
0
> PEXPIREAT k 33177117420000 GT
0
> TTL k
-1
> PEXPIREAT k 33177117420000 LT
1
> PEXPIREAT k 33177117420001 NX
0
> PEXPIREAT k 33177117420001 LT
0
> PEXPIREAT k 33177117420001 GT
1
> PEXPIREAT k 33177117420001 GT
0
> PEXPIREAT k 33177117419000 XX
1
> PEXPIREAT k 33177117418000 XX LT
1
> PEXPIREAT k 33177117417000 GT XX
0
> PEXPIRETIME k
33177117418000
> PERSIST k
1
> EXPIREAT k 33177117420 NX
1
> EXPIREAT k 33177117421 nx
0
> PEXPIREAT missing 33177117420000 NX
0

# conditions of EXPIRE exclude one another
> SET k v
OK
> EXPIRE k 100 NX XX
(error) ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 NX GT
(error) ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 NX LT
(error) ERR NX and XX, GT or LT options at the same time are not compatible
> EXPIRE k 100 GT LT
(error) ERR GT and LT options at the same time are not compatible
> EXPIRE k 100 FOO
(error) ERR Unsupported option FOO
> EXPIRE k 100 NX FOO
(error) ERR Unsupported option FOO
> EXPIREAT k 33177117420 GT LT
(error) ERR GT and LT options at the same time are not compatible
> PEXPIRE k 100000 XX NX
(error) ERR NX and XX, GT or LT options at the same time are not compatible
> PEXPIREAT k 33177117420000 FOO
(error) ERR Unsupported option FOO
> TTL k
-1

# wrong numbers are refused
> SET k v
OK
> EXPIRE k abc
(error) ERR value is not an integer or out of range
> EXPIRE k 1.5
(error) ERR value is not an integer or out of range
> EXPIRE k ""
(error) ERR value is not an integer or out of range
> EXPIRE k 9223372036854775807
(error) ERR invalid expire time in 'expire' command
> EXPIRE k 9223372036854775
(error) ERR invalid expire time in 'expire' command
> EXPIRE k -9223372036854775808
(error) ERR invalid expire time in 'expire' command
> PEXPIRE k 9223372036854775807
(error) ERR invalid expire time in 'pexpire' command
> PEXPIRE k 9223372036854775808
(error) ERR value is not an integer or out of range
> EXPIREAT k 9223372036854775807
(error) ERR invalid expire time in 'expireat' command
> EXPIREAT k x
(error) ERR value is not an integer or out of range
> PEXPIREAT k x
(error) ERR value is not an integer or out of range
> EXPIRE missing x
(error) ERR value is not an integer or out of range
> TTL k
-1
> EXPIRE k
(error) ERR wrong number of arguments for 'expire' command
> PEXPIRE k
(error) ERR wrong number of arguments for 'pexpire' command
> EXPIREAT k
(error) ERR wrong number of arguments for 'expireat' command
> PEXPIREAT k
(error) ERR wrong number of arguments for 'pexpireat' command
> TTL
(error) ERR wrong number of arguments for 'ttl' command
> PTTL
(error) ERR wrong number of arguments for 'pttl' command
> EXPIRETIME
(error) ERR wrong number of arguments for 'expiretime' command
> PEXPIRETIME
(error) ERR wrong number of arguments for 'pexpiretime' command

# the farthest moment of all can be set
> SET k v
OK
> PEXPIREAT k 9223372036854775807
1
> PEXPIRETIME k
9223372036854775807
> GET k
"v"

# a moment in the past deletes at once
> SET k v
OK
> EXPIRE k 0
1
> EXISTS k
0
> SET k v
OK
> EXPIRE k -1
1
> EXISTS k
0
> SET k v
OK
> PEXPIRE k -100
1
> EXISTS k
0
> SET k v
OK
> EXPIREAT k 1
1
> EXISTS k
0
> SET k v
OK
> PEXPIREAT k 0
1
> EXISTS k
0
> HSET h f v
1
> EXPIRE h 0
1
> EXISTS h
0

# an expired key is gone for every command
> SET k v PX 20
OK
until> EXISTS k
0
> TYPE k
none
> TTL k
-2
> PERSIST k
0
> EXPIRE k 10
0
> RENAME k l
(error) ERR no such key
> COPY k l
0
> TOUCH k
0
> DEL k
0
> OBJECT ENCODING k
(nil)
> APPEND k new
3
> TTL k
-1
> HSET h f v
1
> PEXPIRE h 20
1
until> HGETALL h
[]
> HLEN h
0
> HSET h g w
1
> HGETALL h
["g", "w"]
> TTL h
-1

# keys that nobody asks for expire by themselves
> SET a 1 PX 30
OK
> SET b 1 PX 30
OK
> SET c 1
OK
until> DBSIZE
1
> KEYS *
["c"]

# writes that do not replace the value keep the expiry
> SET n 1 EXAT 33177117420
OK
> INCR n
2
> APPEND n 1
2
> SETRANGE n 0 2
2
> INCRBYFLOAT n 1
"22"
> EXPIRETIME n
33177117420
> HSET h f 1
1
> EXPIREAT h 33177117420
1
> HSET h g 2
1
> HDEL h g
1
> HINCRBY h f 1
2
> EXPIRETIME h
33177117420

# writes that replace the value drop the expiry
> SET k v EXAT 33177117420
OK
> SET k v
OK
> TTL k
-1
> EXPIREAT k 33177117420
1
> GETSET k w
"v"
> TTL k
-1
> EXPIREAT k 33177117420
1
> MSET k x
OK
> TTL k
-1
> EXPIREAT k 33177117420
1
> DEL k
1
> SET k v
OK
> TTL k
-1
