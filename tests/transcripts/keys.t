// Commands about keys whatever they hold. Expiry is in expire.t, SCAN in scan.t.

# DEL and UNLINK remove keys of any type and count them
> MSET a 1 b 2 c 3
OK
> HSET h f v
1
> DEL a x h a
2
> UNLINK b c x
2
> DBSIZE
0
> DEL
(error) ERR wrong number of arguments for 'del' command
> UNLINK
(error) ERR wrong number of arguments for 'unlink' command

# EXISTS and TOUCH count keys, repeated ones again
> MSET a 1 b 2
OK
> EXISTS a
1
> EXISTS a b x a
3
> TOUCH a b x a
3
> EXISTS
(error) ERR wrong number of arguments for 'exists' command
> TOUCH
(error) ERR wrong number of arguments for 'touch' command

# TYPE names the type
> SET s v
OK
> TYPE s
string
> HSET h f v
1
> TYPE h
hash
> TYPE missing
none
> TYPE
(error) ERR wrong number of arguments for 'type' command
> TYPE a b
(error) ERR wrong number of arguments for 'type' command

# TYPE names the other types
> RPUSH l v
1
> TYPE l
list
> SADD t v
1
> TYPE t
set
> ZADD z 1 v
1
> TYPE z
zset
> XADD x 1-1 f v
"1-1"
> TYPE x
stream

# RENAME moves value and expiry over whatever was there
> SET a 1 EXAT 33177117420
OK
> HSET b f v
1
> RENAME a b
OK
> GET b
"1"
> EXPIRETIME b
33177117420
> EXISTS a
0
> RENAME missing b
(error) ERR no such key
> RENAME missing missing
(error) ERR no such key
> RENAME b b
OK
> GET b
"1"
> RENAME a
(error) ERR wrong number of arguments for 'rename' command
> SET c 2
OK
> RENAME c b
OK
> TTL b
-1

# RENAMENX moves only to a free name
> SET a 1
OK
> SET b 2
OK
> RENAMENX a b
0
> RENAMENX a c
1
> GET c
"1"
> EXISTS a
0
> RENAMENX missing b
(error) ERR no such key
> RENAMENX b b
0
> RENAMENX a
(error) ERR wrong number of arguments for 'renamenx' command

# COPY makes an independent second value with the same expiry
> HSET a f 1
1
> EXPIREAT a 33177117420
1
> COPY a b
1
> HSET a f 2
0
> HGET b f
"1"
> EXPIRETIME b
33177117420
> COPY a b
0
> HGET b f
"1"
> COPY a b REPLACE
1
> HGET b f
"2"
> COPY missing b
0
> COPY missing b REPLACE
0
> EXISTS b
1
> COPY a a
(error) ERR source and destination objects are the same
> COPY a c DB 3
1
> EXISTS c
0
> SELECT 3
OK
> HGET c f
"2"
> EXPIRETIME c
33177117420
> SELECT 0
OK
> COPY a a DB 0
(error) ERR source and destination objects are the same
> COPY a a DB 5 REPLACE
1

# COPY refuses wrong options
> SET a 1
OK
> COPY a b FOO
(error) ERR syntax error
> COPY a b DB
(error) ERR syntax error
> COPY a b DB x
(error) ERR value is not an integer or out of range
> COPY a b DB 16
(error) ERR DB index is out of range
> COPY a b DB -1
(error) ERR DB index is out of range
> COPY a
(error) ERR wrong number of arguments for 'copy' command
> EXISTS b
0

# MOVE takes a key to another database if it is free there
> SET a 1 EXAT 33177117420
OK
> MOVE a 5
1
> EXISTS a
0
> MOVE a 5
0
> SET a 2
OK
> MOVE a 5
0
> SELECT 5
OK
> GET a
"1"
> EXPIRETIME a
33177117420
> MOVE a 5
(error) ERR source and destination objects are the same
> MOVE a 16
(error) ERR DB index is out of range
> MOVE a -1
(error) ERR DB index is out of range
> MOVE a x
(error) ERR value is not an integer or out of range
> MOVE a
(error) ERR wrong number of arguments for 'move' command

# KEYS matches names with the whole glob language
> MSET foo 1 foobar 2 bar 3 f?o 4 fao 5
OK
> KEYS *
unordered ["foo", "foobar", "bar", "f?o", "fao"]
> KEYS foo*
unordered ["foo", "foobar"]
> KEYS f?o
unordered ["foo", "f?o", "fao"]
> KEYS f\?o
["f?o"]
> KEYS f[ao]o
unordered ["foo", "fao"]
> KEYS f[^o]o
unordered ["f?o", "fao"]
> KEYS f[a-c]o
["fao"]
> KEYS f[c-a]o
["fao"]
> KEYS *a*r
unordered ["foobar", "bar"]
> KEYS ""
[]
> KEYS FOO
[]
> KEYS
(error) ERR wrong number of arguments for 'keys' command
> KEYS a b
(error) ERR wrong number of arguments for 'keys' command

# KEYS does not show what has expired
> SET a 1
OK
> SET b 1 PX 20
OK
until> KEYS *
["a"]

# RANDOMKEY names some key
> RANDOMKEY
(nil)
> SET a 1
OK
> RANDOMKEY
"a"
> SET b 1
OK
> RANDOMKEY
<string>
> RANDOMKEY x
(error) ERR wrong number of arguments for 'randomkey' command

# OBJECT ENCODING and REFCOUNT look at a key without using it
> SET s abc
OK
> OBJECT ENCODING s
"embstr"
> OBJECT REFCOUNT s
1
> HSET h f v
1
> OBJECT ENCODING h
"listpack"
> OBJECT REFCOUNT h
1
> OBJECT ENCODING missing
(nil)
> OBJECT REFCOUNT missing
(nil)
> OBJECT IDLETIME missing
(nil)
> OBJECT FREQ missing
(nil)
> OBJECT ENCODING
(error) ERR wrong number of arguments for 'object|encoding' command
> OBJECT FOO s
(error) ERR unknown subcommand 'FOO'. Try OBJECT HELP.
> OBJECT
(error) ERR wrong number of arguments for 'object' command
> OBJECT ENCODING a b
(error) ERR wrong number of arguments for 'object|encoding' command

# OBJECT IDLETIME counts seconds and FREQ wants an LFU policy
> SET s abc
OK
> OBJECT IDLETIME s
<int 0..2>
> OBJECT FREQ s
(error) ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.
> CONFIG SET maxmemory-policy allkeys-lfu
OK
> SET s abc
OK
> OBJECT FREQ s
<int 0..255>
> OBJECT IDLETIME s
(error) ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.

# OBJECT HELP lists its subcommands
> OBJECT HELP
[~"OBJECT <subcommand>*", ...]
> OBJECT HELP
includes [~"ENCODING*", ~"FREQ*", ~"IDLETIME*", ~"REFCOUNT*", ~"HELP*"]

# SELECT parts the databases
> SET k 0
OK
> SELECT 1
OK
> GET k
(nil)
> SET k 1
OK
> SELECT 0
OK
> GET k
"0"
> SELECT 16
(error) ERR DB index is out of range
> SELECT -1
(error) ERR DB index is out of range
> SELECT x
(error) ERR value is not an integer or out of range
> SELECT
(error) ERR wrong number of arguments for 'select' command
> SELECT 1 2
(error) ERR wrong number of arguments for 'select' command
> GET k
"0"

# SWAPDB exchanges two databases under every connection
1> SET k 0
1: OK
2> SELECT 1
2: OK
2> SET k 1
2: OK
> SWAPDB 0 1
OK
1> GET k
1: "1"
2> GET k
2: "0"
> SWAPDB 0 0
OK
> SWAPDB 0 16
(error) ERR DB index is out of range
> SWAPDB x 1
(error) ERR invalid first DB index
> SWAPDB 0 x
(error) ERR invalid second DB index
> SWAPDB 0
(error) ERR wrong number of arguments for 'swapdb' command

# DBSIZE counts the keys of one database
> DBSIZE
0
> MSET a 1 b 2
OK
> DBSIZE
2
> SELECT 1
OK
> DBSIZE
0
> DBSIZE x
(error) ERR wrong number of arguments for 'dbsize' command

# FLUSHDB empties one database and FLUSHALL all of them
> MSET a 1 b 2
OK
> SELECT 1
OK
> SET c 3
OK
> FLUSHDB
OK
> DBSIZE
0
> SELECT 0
OK
> DBSIZE
2
> SELECT 1
OK
> SET c 3
OK
> FLUSHALL
OK
> DBSIZE
0
> SELECT 0
OK
> DBSIZE
0
> FLUSHDB ASYNC
OK
> FLUSHDB SYNC
OK
> FLUSHALL ASYNC
OK
> FLUSHALL SYNC
OK
> FLUSHDB FOO
(error) ERR syntax error
> FLUSHALL FOO
(error) ERR syntax error
> FLUSHALL SYNC ASYNC
(error) ERR syntax error

# DUMP and RESTORE carry a value to another name
> SET a hello
OK
> DUMP a
<string as payload>
> RESTORE b 0 $payload
OK
> GET b
"hello"
> RESTORE b 0 $payload
(error) BUSYKEY Target key name already exists.
> RESTORE b 0 $payload REPLACE
OK
> RESTORE c 33177117420123 $payload ABSTTL
OK
> PEXPIRETIME c
33177117420123
> RESTORE d 1000000 $payload
OK
> PTTL d
<int 990000..1000000>
> RESTORE e 0 garbage
(error) ERR DUMP payload version or checksum are wrong
> RESTORE e -1 $payload
(error) ERR Invalid TTL value, must be >= 0
> RESTORE e x $payload
(error) ERR value is not an integer or out of range
> RESTORE e 0 $payload FOO
(error) ERR syntax error
> DUMP missing
(nil)
> EXISTS e
0

# WAIT without replicas returns at once
> SET k v
OK
> WAIT 0 0
0
> WAIT 0 10
0
> WAIT 1 10
0
> WAIT x 0
(error) ERR value is not an integer or out of range
> WAIT 0 x
(error) ERR timeout is not an integer or out of range
> WAIT 0 -1
(error) ERR timeout is negative
> WAIT 0
(error) ERR wrong number of arguments for 'wait' command
