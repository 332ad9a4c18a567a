// The string family. Expirations are read back only where they cannot have moved.

# SET stores a text and GET returns it byte for byte
> SET k "a\x00b\r\n\xff"
OK
> GET k
"a\x00b\r\n\xff"
> SET k ""
OK
> GET k
""
> GET missing
(nil)

# SET replaces a value of another type and forgets its expiry
> HSET k f v
1
> EXPIRE k 1000
1
> SET k v
OK
> TYPE k
string
> TTL k
-1

# SET NX stores only a new key and SET XX only an old one
> SET k 1 XX
(nil)
> EXISTS k
0
> SET k 1 NX
OK
> SET k 2 NX
(nil)
> GET k
"1"
> SET k 3 XX
OK
> GET k
"3"

# SET GET answers with the old value whether or not it stores
> SET k 1 GET
(nil)
> SET k 2 GET
"1"
> SET k 3 XX GET
"2"
> GET k
"3"
> SET k 4 NX GET
"3"
> GET k
"3"
> SET new 1 NX GET
(nil)
> GET new
"1"
> SET newer 1 XX GET
(nil)
> EXISTS newer
0

# SET GET on another type is refused and changes nothing
> HSET h f v
1
> SET h 1 GET
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE h
hash
> SET h 1 NX GET
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# SET takes an expiry in each unit
> SET k v EX 1000
OK
> TTL k
<int 999..1000>
> SET k v PX 1000000
OK
> PTTL k
<int 990000..1000000>
> SET k v EXAT 33177117420
OK
> EXPIRETIME k
33177117420
> SET k v PXAT 33177117420123
OK
> PEXPIRETIME k
33177117420123

# SET KEEPTTL keeps the expiry, and a plain SET drops it
> SET k 1 EXAT 33177117420
OK
> SET k 2 KEEPTTL
OK
> EXPIRETIME k
33177117420
> GET k
"2"
> SET k 3
OK
> EXPIRETIME k
-1

# SET with a moment in the past stores nothing that can be read
> SET k v PXAT 1
OK
> EXISTS k
0
> SET k old
OK
> SET k v EXAT 1
OK
> GET k
(nil)
> DBSIZE
0

# SET options come in any order and any case
> set k v ex 1000 nx
OK
> Set k w xx Get pX 1000000
"v"
> TTL k
<int 999..1000>
> SET k x GET KEEPTTL XX
"w"
> GET k
"x"

# SET refuses options that do not go together
> SET k v NX XX
(error) ERR syntax error
> SET k v XX NX
(error) ERR syntax error
> SET k v EX 10 PX 10
(error) ERR syntax error
> SET k v EX 10 KEEPTTL
(error) ERR syntax error
> SET k v KEEPTTL PX 10
(error) ERR syntax error
> SET k v EXAT 10 PXAT 10
(error) ERR syntax error
> SET k v FOO
(error) ERR syntax error
> SET k v EX
(error) ERR syntax error
> SET k v 10
(error) ERR syntax error
> SET k v PERSIST
(error) ERR syntax error
> EXISTS k
0

# SET takes the last of a repeated option
> SET k v EX 10 EX 1000
OK
> TTL k
<int 999..1000>

# SET refuses an expiry that is no positive number
> SET k v EX 0
(error) ERR invalid expire time in 'set' command
> SET k v EX -1
(error) ERR invalid expire time in 'set' command
> SET k v PX 0
(error) ERR invalid expire time in 'set' command
> SET k v PX -5
(error) ERR invalid expire time in 'set' command
> SET k v EXAT 0
(error) ERR invalid expire time in 'set' command
> SET k v PXAT -1
(error) ERR invalid expire time in 'set' command
> SET k v EX 9223372036854775807
(error) ERR invalid expire time in 'set' command
> SET k v EX 9223372036854775
(error) ERR invalid expire time in 'set' command
> SET k v PX 9223372036854775807
(error) ERR invalid expire time in 'set' command
> SET k v EX abc
(error) ERR value is not an integer or out of range
> SET k v EX 1.5
(error) ERR value is not an integer or out of range
> SET k v EX ""
(error) ERR value is not an integer or out of range
> SET k v EX " 1"
(error) ERR value is not an integer or out of range
> EXISTS k
0

# SET and GET want the right number of words
> SET
(error) ERR wrong number of arguments for 'set' command
> SET k
(error) ERR wrong number of arguments for 'set' command
> GET
(error) ERR wrong number of arguments for 'get' command
> GET a b
(error) ERR wrong number of arguments for 'get' command

# SET IFEQ stores only over an equal value
@ only-russet: SET IFEQ came with Redis 8.4
> SET k v IFEQ v
(nil)
> EXISTS k
0
> SET k v
OK
> SET k w IFEQ x
(nil)
> GET k
"v"
> SET k w IFEQ v
OK
> GET k
"w"
> SET k x IFEQ w GET
"w"
> SET k y IFEQ w GET
"x"
> GET k
"x"
> SET missing y IFEQ w GET
(nil)
> EXISTS missing
0

# SET IFNE stores over a different value and creates a missing key
@ only-russet: SET IFNE came with Redis 8.4
> SET k v IFNE v
OK
> SET k w IFNE v
(nil)
> GET k
"v"
> SET k w IFNE x
OK
> GET k
"w"
> SET k x IFNE w GET
"w"
> GET k
"w"
> SET k x IFNE y GET EX 1000
"w"
> TTL k
<int 999..1000>

# SET IFDEQ and IFDNE compare the digest of the value
@ only-russet: SET IFDEQ came with Redis 8.4
> SET k "Hello world"
OK
> SET k v IFDEQ b6acb9d84a38ff73
(nil)
> SET k v IFDNE b6acb9d84a38ff74
(nil)
> SET k v IFDEQ B6ACB9D84A38FF74
OK
> GET k
"v"
> SET k "Hello world" IFDNE b6acb9d84a38ff74
OK
> SET missing v IFDEQ b6acb9d84a38ff74
(nil)
> SET missing v IFDNE b6acb9d84a38ff74
OK

# SET conditions exclude one another and refuse other types
@ only-russet: SET IFEQ came with Redis 8.4
> SET k v NX IFEQ v
(error) ERR syntax error
> SET k v IFEQ v XX
(error) ERR syntax error
> SET k v IFEQ v IFNE w
(error) ERR syntax error
> SET k v IFDEQ b6acb9d84a38ff74 IFDNE b6acb9d84a38ff74
(error) ERR syntax error
> SET k v IFEQ
(error) ERR syntax error
> HSET h f v
1
> SET h v IFEQ v
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SET h v IFNE v
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE h
hash

# DIGEST is the XXH3 of the text in hexadecimal
@ only-russet: DIGEST came with Redis 8.4
> SET k "Hello world"
OK
> DIGEST k
"b6acb9d84a38ff74"
> SET empty ""
OK
> DIGEST empty
"2d06800538d394c2"
> DIGEST missing
(nil)
> HSET h f v
1
> DIGEST h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> DIGEST
(error) ERR wrong number of arguments for 'digest' command
> DIGEST k k
(error) ERR wrong number of arguments for 'digest' command

# DELEX deletes when its condition holds
@ only-russet: DELEX came with Redis 8.4
> DELEX k
0
> SET k v
OK
> DELEX k IFEQ w
0
> DELEX k IFEQ v
1
> EXISTS k
0
> SET k v
OK
> DELEX k IFNE v
0
> DELEX k IFNE w
1
> DELEX k IFNE w
0
> SET k "Hello world"
OK
> DELEX k IFDEQ b6acb9d84a38ff73
0
> DELEX k IFDNE b6acb9d84a38ff74
0
> DELEX k IFDEQ b6acb9d84a38ff74
1
> SET k "Hello world"
OK
> DELEX k IFDNE b6acb9d84a38ff73
1
> SET k v
OK
> DELEX k
1

# DELEX without a condition deletes any type, with one only texts
@ only-russet: DELEX came with Redis 8.4
> HSET h f v
1
> DELEX h IFEQ v
(error) ~ERR *
> EXISTS h
1
> DELEX h
1
> DELEX
(error) ERR wrong number of arguments for 'delex' command
> SET k v
OK
> DELEX k FOO v
(error) ~ERR Invalid condition*
> DELEX k IFEQ
(error) ERR wrong number of arguments for 'delex' command
> DELEX k IFEQ v extra
(error) ERR wrong number of arguments for 'delex' command
> EXISTS k
1

# DELIFEQ deletes a key that holds exactly the given text
@ only-russet: DELIFEQ is a command of Valkey 9
> DELIFEQ k v
0
> SET k v
OK
> DELIFEQ k w
0
> DELIFEQ k v
1
> EXISTS k
0
> SET n 12
OK
> DELIFEQ n 12
1
> HSET h f v
1
> DELIFEQ h v
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> DELIFEQ k
(error) ERR wrong number of arguments for 'delifeq' command

# APPEND creates, then extends, and answers with the length
> APPEND k Hello
5
> APPEND k " World"
11
> GET k
"Hello World"
> APPEND k ""
11
> APPEND empty ""
0
> EXISTS empty
1
> SET n 12
OK
> APPEND n 3
3
> INCR n
124
> HSET h f v
1
> APPEND h x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> APPEND k
(error) ERR wrong number of arguments for 'append' command

# APPEND keeps the expiry
> SET k v EXAT 33177117420
OK
> APPEND k w
2
> EXPIRETIME k
33177117420

# INCR and DECR count from zero and answer with the new number
> INCR n
1
> INCR n
2
> DECR n
1
> DECR m
-1
> INCRBY n 41
42
> DECRBY n 52
-10
> INCRBY n -1
-11
> DECRBY n -1
-10
> GET n
"-10"
> TYPE n
string

# INCR keeps the expiry
> SET n 1 EXAT 33177117420
OK
> INCR n
2
> EXPIRETIME n
33177117420

# INCR refuses what is not a canonical integer
> SET k abc
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k 1.5
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k ""
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k " 1"
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k "1 "
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k 01
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k +1
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k -0
OK
> INCR k
(error) ERR value is not an integer or out of range
> SET k 9223372036854775808
OK
> INCR k
(error) ERR value is not an integer or out of range
> GET k
"9223372036854775808"
> HSET h f v
1
> INCR h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> DECR h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> INCRBY h 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> DECRBY h 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# INCR and DECR stop at the ends of 64 bits
> SET k 9223372036854775807
OK
> INCR k
(error) ERR increment or decrement would overflow
> INCRBY k 1
(error) ERR increment or decrement would overflow
> DECRBY k -1
(error) ERR increment or decrement would overflow
> GET k
"9223372036854775807"
> SET k -9223372036854775808
OK
> DECR k
(error) ERR increment or decrement would overflow
> DECRBY k 1
(error) ERR increment or decrement would overflow
> INCRBY k -1
(error) ERR increment or decrement would overflow
> GET k
"-9223372036854775808"
> INCRBY k 9223372036854775807
-1
> DECRBY k -9223372036854775808
(error) ERR decrement would overflow
> INCRBY k 9223372036854775808
(error) ERR value is not an integer or out of range
> INCRBY k abc
(error) ERR value is not an integer or out of range
> DECRBY k 1.0
(error) ERR value is not an integer or out of range
> INCR
(error) ERR wrong number of arguments for 'incr' command
> INCRBY k
(error) ERR wrong number of arguments for 'incrby' command
> DECR a b
(error) ERR wrong number of arguments for 'decr' command
> DECRBY k
(error) ERR wrong number of arguments for 'decrby' command

# INCRBYFLOAT adds decimals and drops trailing zeros
> SET k 10.50
OK
> INCRBYFLOAT k 0.1
"10.6"
> INCRBYFLOAT k -5
"5.6"
> SET k 5.0e3
OK
> INCRBYFLOAT k 2.0e2
"5200"
> INCRBYFLOAT new 1.25
"1.25"
> INCRBYFLOAT new -1.25
"0"
> SET k 3
OK
> INCRBYFLOAT k 1.1
"4.1"
> SET k 0.1
OK
> INCRBYFLOAT k 0.2
"0.3"
> SET k 1000000000000000000000
OK
> INCRBYFLOAT k 1
"1000000000000000000000"
> TYPE k
string

# INCRBYFLOAT refuses what is no number and what leaves the range
> SET k abc
OK
> INCRBYFLOAT k 1
(error) ERR value is not a valid float
> SET k 1
OK
> INCRBYFLOAT k abc
(error) ERR value is not a valid float
> INCRBYFLOAT k ""
(error) ERR value is not a valid float
> INCRBYFLOAT k " 1"
(error) ERR value is not a valid float
> INCRBYFLOAT k nan
(error) ERR value is not a valid float
> INCRBYFLOAT k inf
(error) ERR increment would produce NaN or Infinity
> INCRBYFLOAT k -inf
(error) ERR increment would produce NaN or Infinity
> SET k " 1"
OK
> INCRBYFLOAT k 1
(error) ERR value is not a valid float
> SET k "1 "
OK
> INCRBYFLOAT k 1
(error) ERR value is not a valid float
> HSET h f v
1
> INCRBYFLOAT h 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> INCRBYFLOAT k
(error) ERR wrong number of arguments for 'incrbyfloat' command

# INCRBYFLOAT keeps the expiry
> SET k 1 EXAT 33177117420
OK
> INCRBYFLOAT k 0.5
"1.5"
> EXPIRETIME k
33177117420

# INCREX counts and answers with the number and the step taken
@ only-russet: INCREX came with Redis 8.8
> INCREX k
[1, 1]
> INCREX k
[2, 1]
> INCREX k BYINT 40
[42, 40]
> INCREX k BYINT -2
[40, -2]
> GET k
"40"
> SET f 1.5
OK
> INCREX f BYFLOAT 0.25
["1.75", "0.25"]
> GET f
"1.75"

# INCREX in RESP3 answers floats as doubles
@ resp3
@ only-russet: INCREX came with Redis 8.8
> SET f 1.5
OK
> INCREX f BYFLOAT 0.25
[(double) 1.75, (double) 0.25]
> INCREX k
[1, 1]

# INCREX leaves a number alone that would pass a bound, or stops at it
@ only-russet: INCREX came with Redis 8.8
> SET k 99 EXAT 33177117420
OK
> INCREX k BYINT 5 UBOUND 100
[99, 0]
> INCREX k BYINT 5 UBOUND 100 EX 10
[99, 0]
> EXPIRETIME k
33177117420
> INCREX k BYINT 5 UBOUND 100 SATURATE
[100, 1]
> EXPIRETIME k
33177117420
> INCREX k BYINT -200 LBOUND 0
[100, 0]
> INCREX k BYINT -200 LBOUND 0 SATURATE
[0, -100]
> SET k 9223372036854775807
OK
> INCREX k
[9223372036854775807, 0]
> INCREX k SATURATE
[9223372036854775807, 0]
> SET f 1.5
OK
> INCREX f BYFLOAT 1 UBOUND 2
["1.5", "0"]
> INCREX f BYFLOAT 1 UBOUND 2 SATURATE
["2", "0.5"]

# INCREX sets, keeps or drops the expiry as told
@ only-russet: INCREX came with Redis 8.8
> INCREX k EXAT 33177117420
[1, 1]
> EXPIRETIME k
33177117420
> INCREX k
[2, 1]
> EXPIRETIME k
33177117420
> INCREX k EX 10 ENX
[3, 1]
> EXPIRETIME k
33177117420
> INCREX k PERSIST
[4, 1]
> EXPIRETIME k
-1
> INCREX k PXAT 33177117420000 ENX
[5, 1]
> PEXPIRETIME k
33177117420000
> INCREX k EX 100
[6, 1]
> TTL k
<int 99..100>
> INCREX k PX 100000
[7, 1]
> PTTL k
<int 90000..100000>

# INCREX with a moment in the past answers with the number and leaves no key
@ only-russet: INCREX came with Redis 8.8
> SET k 5
OK
> INCREX k EXAT 1
[6, 1]
> EXISTS k
0

# INCREX refuses wrong numbers, options and types
@ only-russet: INCREX came with Redis 8.8
> SET k abc
OK
> INCREX k
(error) ERR value is not an integer or out of range
> SET k 1.5
OK
> INCREX k BYINT 1
(error) ERR value is not an integer or out of range
> SET k 1
OK
> INCREX k BYINT abc
(error) ERR value is not an integer or out of range
> INCREX k BYFLOAT abc
(error) ERR value is not a valid float
> INCREX k BYINT 1 BYFLOAT 1
(error) ERR syntax error
> INCREX k EX 10 PX 10
(error) ERR syntax error
> INCREX k ENX
(error) ~ERR *
> INCREX k PERSIST ENX
(error) ~ERR *
> INCREX k LBOUND 10 UBOUND 1
(error) ~ERR *
> INCREX k BYFLOAT inf
(error) ~ERR *Infinity*
> INCREX k EX 0
(error) ERR invalid expire time in 'increx' command
> INCREX k FOO
(error) ERR syntax error
> GET k
"1"
> HSET h f v
1
> INCREX h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> INCREX
(error) ERR wrong number of arguments for 'increx' command

# GETDEL returns the value once and leaves no key and no expiry behind
> SET k v EX 100
OK
> GETDEL k
"v"
> GETDEL k
(nil)
> TTL k
-2
> HSET h f v
1
> GETDEL h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> EXISTS h
1
> GETDEL
(error) ERR wrong number of arguments for 'getdel' command
> GETDEL a b
(error) ERR wrong number of arguments for 'getdel' command

# GETEX reads and sets, keeps or drops the expiry
> SET k v
OK
> GETEX k
"v"
> TTL k
-1
> GETEX k EX 1000
"v"
> TTL k
<int 999..1000>
> GETEX k PX 1000000
"v"
> PTTL k
<int 990000..1000000>
> GETEX k EXAT 33177117420
"v"
> EXPIRETIME k
33177117420
> GETEX k PXAT 33177117420123
"v"
> PEXPIRETIME k
33177117420123
> GETEX k
"v"
> PEXPIRETIME k
33177117420123
> GETEX k PERSIST
"v"
> TTL k
-1
> GETEX missing EX 10
(nil)
> EXISTS missing
0

# GETEX with a moment in the past reads the value a last time
> SET k v
OK
> GETEX k PXAT 1
"v"
> EXISTS k
0

# GETEX refuses wrong options, numbers and types
> SET k v
OK
> GETEX k EX
(error) ERR syntax error
> GETEX k FOO
(error) ERR syntax error
> GETEX k EX 10 PX 10
(error) ERR syntax error
> GETEX k PERSIST EX 10
(error) ERR syntax error
> GETEX k KEEPTTL
(error) ERR syntax error
> GETEX k EX 0
(error) ERR invalid expire time in 'getex' command
> GETEX k PX -1
(error) ERR invalid expire time in 'getex' command
> GETEX k EX abc
(error) ERR value is not an integer or out of range
> GETEX k EX 9223372036854775807
(error) ERR invalid expire time in 'getex' command
> HSET h f v
1
> GETEX h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GETEX
(error) ERR wrong number of arguments for 'getex' command
> TTL k
-1

# GETRANGE cuts by bytes, from either end
> SET k "Hello World"
OK
> GETRANGE k 0 3
"Hell"
> GETRANGE k 0 -1
"Hello World"
> GETRANGE k -4 -1
"orld"
> GETRANGE k 5 3
""
> GETRANGE k 5 5000
" World"
> GETRANGE k -5000 10000
"Hello World"
> GETRANGE k -1 -5
""
> GETRANGE k 11 20
""
> GETRANGE missing 0 -1
""
> SET n 1234
OK
> GETRANGE n 1 2
"23"
> GETRANGE k 0 abc
(error) ERR value is not an integer or out of range
> GETRANGE k abc 0
(error) ERR value is not an integer or out of range
> GETRANGE k 0
(error) ERR wrong number of arguments for 'getrange' command
> HSET h f v
1
> GETRANGE h 0 -1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GETRANGE k 0 9223372036854775807
"Hello World"

# GETRANGE wholly before the start gives the first byte (Redis 8 gives nothing)
> SET k "Hello World"
OK
> GETRANGE k -20 -15
"H"
> GETRANGE k -9223372036854775808 -9223372036854775808
"H"

# SUBSTR is GETRANGE by its old name
> SET k "Hello World"
OK
> SUBSTR k 0 3
"Hell"
> SUBSTR k -5 -1
"World"
> SUBSTR k x 1
(error) ERR value is not an integer or out of range
> SUBSTR k 1
(error) ERR wrong number of arguments for 'substr' command

# GETSET stores and answers with the old text, and drops the expiry
> GETSET k 1
(nil)
> EXPIRE k 1000
1
> GETSET k 2
"1"
> TTL k
-1
> GET k
"2"
> HSET h f v
1
> GETSET h 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE h
hash
> GETSET k
(error) ERR wrong number of arguments for 'getset' command

# MSET stores all pairs and MGET reads what are texts
> MSET a 1 b 2 a 3
OK
> MGET a b c
["3", "2", (nil)]
> HSET h f v
1
> MGET a h
["3", (nil)]
> MGET
(error) ERR wrong number of arguments for 'mget' command
> MSET
(error) ERR wrong number of arguments for 'mset' command
> MSET a
(error) ERR wrong number of arguments for 'mset' command
> MSET a 1 b
(error) ERR wrong number of arguments for 'mset' command
> MGET a a
["3", "3"]

# MSET replaces other types and forgets the expiry
> HSET h f v
1
> EXPIRE h 1000
1
> MSET h 1
OK
> GET h
"1"
> TTL h
-1

# MSETNX stores all or nothing
> MSETNX a 1 b 2
1
> MSETNX b 3 c 4
0
> MGET a b c
["1", "2", (nil)]
> MSETNX c 1 c 2
1
> GET c
"2"
> MSETNX
(error) ERR wrong number of arguments for 'msetnx' command
> MSETNX a
(error) ERR wrong number of arguments for 'msetnx' command
> MSETNX x 1 y
(error) ERR wrong number of arguments for 'msetnx' command

# MSETEX stores all pairs with one expiry
@ only-russet: MSETEX came with Redis 8.4
> MSETEX 2 a 1 b 2 EXAT 33177117420
1
> MGET a b
["1", "2"]
> EXPIRETIME a
33177117420
> EXPIRETIME b
33177117420
> MSETEX 1 a 3 KEEPTTL
1
> EXPIRETIME a
33177117420
> MSETEX 1 a 4
1
> EXPIRETIME a
-1
> MSETEX 1 a 5 EX 1000
1
> TTL a
<int 999..1000>
> MSETEX 1 a 5 PX 1000000
1
> PTTL a
<int 990000..1000000>
> MSETEX 1 a 5 PXAT 33177117420123
1
> PEXPIRETIME a
33177117420123

# MSETEX NX wants no key to exist and XX wants all
@ only-russet: MSETEX came with Redis 8.4
> MSETEX 2 a 1 b 2 XX
0
> MSETEX 2 a 1 b 2 NX
1
> MSETEX 2 b 3 c 4 NX
0
> MSETEX 2 b 3 c 4 XX
0
> MGET a b c
["1", "2", (nil)]
> MSETEX 2 a 3 b 4 XX EX 1000
1
> MGET a b
["3", "4"]

# MSETEX refuses wrong counts and options
@ only-russet: MSETEX came with Redis 8.4
> MSETEX 0 a 1 EX 10
(error) ~ERR invalid numkeys value*
> MSETEX -1 a 1 EX 10
(error) ~ERR invalid numkeys value*
> MSETEX x a 1 EX 10
(error) ~ERR invalid numkeys value*
> MSETEX 2147483648 a 1 EX 10
(error) ~ERR invalid numkeys value*
> MSETEX 2147483647 a 1 EX 10
(error) ~ERR wrong number of key-value pairs*
> MSETEX 2 a 1 b
(error) ~ERR wrong number of key-value pairs*
> MSETEX 1 a 1 NX XX
(error) ERR syntax error
> MSETEX 1 a 1 EX 10 PX 10
(error) ERR syntax error
> MSETEX 1 a 1 EX 0
(error) ERR invalid expire time in 'msetex' command
> MSETEX 1 a 1 FOO
(error) ERR syntax error
> MSETEX 1 a
(error) ERR wrong number of arguments for 'msetex' command
> EXISTS a
0

# SETEX and PSETEX store with an expiry
> SETEX k 1000 v
OK
> TTL k
<int 999..1000>
> GET k
"v"
> PSETEX k 1000000 w
OK
> PTTL k
<int 990000..1000000>
> GET k
"w"
> SETEX k 0 v
(error) ERR invalid expire time in 'setex' command
> SETEX k -10 v
(error) ERR invalid expire time in 'setex' command
> SETEX k abc v
(error) ERR value is not an integer or out of range
> SETEX k 9223372036854775807 v
(error) ERR invalid expire time in 'setex' command
> PSETEX k 0 v
(error) ERR invalid expire time in 'psetex' command
> PSETEX k -1 v
(error) ERR invalid expire time in 'psetex' command
> PSETEX k abc v
(error) ERR value is not an integer or out of range
> PSETEX k 9223372036854775807 v
(error) ERR invalid expire time in 'psetex' command
> SETEX k 10
(error) ERR wrong number of arguments for 'setex' command
> PSETEX k 10
(error) ERR wrong number of arguments for 'psetex' command
> GET k
"w"

# a key set for a moment is gone soon after
> PSETEX k 20 v
OK
until> GET k
(nil)
until> DBSIZE
0

# SETNX stores only a new key
> SETNX k 1
1
> SETNX k 2
0
> GET k
"1"
> HSET h f v
1
> SETNX h 1
0
> TYPE h
hash
> SETNX k
(error) ERR wrong number of arguments for 'setnx' command

# SETRANGE writes over, fills the gap with zeros, and answers with the length
> SETRANGE k 0 foo
3
> SETRANGE k 0 b
3
> SETRANGE k 5 bar
8
> GET k
"boo\x00\x00bar"
> SETRANGE k 2 ""
8
> SETRANGE missing 4 ""
0
> EXISTS missing
0
> SET n 1234
OK
> SETRANGE n 1 x
4
> GET n
"1x34"
> SETRANGE k -1 x
(error) ERR offset is out of range
> SETRANGE k abc x
(error) ERR value is not an integer or out of range
> SETRANGE k 536870912 x
(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETRANGE k 536870911 xx
(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
> SETRANGE missing 536870912 x
(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
> HSET h f v
1
> SETRANGE h 0 x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SETRANGE k 0
(error) ERR wrong number of arguments for 'setrange' command

# SETRANGE keeps the expiry
> SET k v EXAT 33177117420
OK
> SETRANGE k 1 w
2
> EXPIRETIME k
33177117420

# STRLEN counts bytes
> SET k "a\x00\xff"
OK
> STRLEN k
3
> SET n 1234
OK
> STRLEN n
4
> STRLEN missing
0
> HSET h f v
1
> STRLEN h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> STRLEN
(error) ERR wrong number of arguments for 'strlen' command

# LCS finds the longest common subsequence
> MSET a ohmytext b mynewtext
OK
> LCS a b
"mytext"
> LCS a b LEN
6
> LCS a b IDX
["matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len", 6]
> LCS a b IDX MINMATCHLEN 4
["matches", [[[4, 7], [5, 8]]], "len", 6]
> LCS a b IDX WITHMATCHLEN
["matches", [[[4, 7], [5, 8], 4], [[2, 3], [0, 1], 2]], "len", 6]
> LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
["matches", [[[4, 7], [5, 8], 4]], "len", 6]
> LCS a missing
""
> LCS a missing LEN
0
> LCS a missing IDX
["matches", [], "len", 0]
> LCS missing other
""
> LCS a b IDX MINMATCHLEN -5
["matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len", 6]

# LCS refuses wrong options and types
> MSET a ohmytext b mynewtext
OK
> LCS a b IDX LEN
(error) ERR If you want both the length and indexes, please just use IDX.
> LCS a b FOO
(error) ERR syntax error
> LCS a b IDX MINMATCHLEN
(error) ERR syntax error
> LCS a b IDX MINMATCHLEN x
(error) ERR value is not an integer or out of range
> HSET h f v
1
> LCS a h
(error) ERR The specified keys must contain string values
> LCS a
(error) ERR wrong number of arguments for 'lcs' command

# LCS in RESP3 answers IDX with a map
@ resp3
> MSET a ohmytext b mynewtext
OK
> LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
{"matches": [[[4, 7], [5, 8], 4]], "len": 6}
> LCS a b LEN
6

# the encoding of a text follows its form and length
> SET k 123
OK
> OBJECT ENCODING k
"int"
> SET k abc
OK
> OBJECT ENCODING k
"embstr"
> SET k "x"*44
OK
> OBJECT ENCODING k
"embstr"
> SET k "x"*45
OK
> OBJECT ENCODING k
"raw"
> SET k 9223372036854775808
OK
> OBJECT ENCODING k
"embstr"
> SET k 9223372036854775807
OK
> OBJECT ENCODING k
"int"
> APPEND k 1
20
> OBJECT ENCODING k
"raw"

# a text of 100,000 bytes comes back whole
> SET k "0123456789"*10000
OK
> STRLEN k
100000
> GET k
"0123456789"*10000
> GETRANGE k 99995 -1
"56789"

# every read and write of a text refuses a hash
> HSET h f v
1
> GET h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> APPEND h x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GETEX h EX 10
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> STRLEN h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SETRANGE h 0 x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GETDEL h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> INCR h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HGETALL h
["f", "v"]
