// The hash family. Expirations of single fields are in hash_ttl.t.

# HSET adds and replaces fields and counts the new ones
> HSET h a 1
1
> HSET h a 2 b 3
1
> HSET h a 4 b 5
0
> HSET h c 1 c 2
1
> HGET h c
"2"
> HGETALL h
pairs {"a": "4", "b": "5", "c": "2"}
> HLEN h
3
> HSET h
(error) ERR wrong number of arguments for 'hset' command
> HSET h a
(error) ERR wrong number of arguments for 'hset' command
> HSET h a 1 b
(error) ERR wrong number of arguments for 'hset' command
> SET k v
OK
> HSET k f v
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE h
hash

# HSET keeps the key's expiry
> HSET h f 1
1
> EXPIREAT h 33177117420
1
> HSET h f 2 g 3
1
> EXPIRETIME h
33177117420

# fields and values are bytes, also empty ones
> HSET h "" "" "a\x00b" "\xff\r\n"
2
> HGET h ""
""
> HGET h "a\x00b"
"\xff\r\n"
> HSTRLEN h "a\x00b"
3
> HEXISTS h ""
1

# HMSET is HSET that answers OK
> HMSET h a 1 b 2
OK
> HMGET h a b
["1", "2"]
> HMSET h
(error) ERR wrong number of arguments for 'hmset' command
> HMSET h a
(error) ERR wrong number of arguments for 'hmset' command
> HMSET h a 1 b
(error) ERR wrong number of arguments for 'hmset' command
> SET k v
OK
> HMSET k f v
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# HSETNX sets only a new field
> HSETNX h f 1
1
> HSETNX h f 2
0
> HGET h f
"1"
> SET k v
OK
> HSETNX k f v
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HSETNX h f
(error) ERR wrong number of arguments for 'hsetnx' command

# HGET, HMGET, HEXISTS and HSTRLEN of fields and keys that are not there
> HSET h f v
1
> HGET h g
(nil)
> HGET missing f
(nil)
> HMGET h f g f
["v", (nil), "v"]
> HMGET missing a b
[(nil), (nil)]
> HEXISTS h f
1
> HEXISTS h g
0
> HEXISTS missing f
0
> HSTRLEN h f
1
> HSTRLEN h g
0
> HSTRLEN missing f
0
> HGET h
(error) ERR wrong number of arguments for 'hget' command
> HMGET h
(error) ERR wrong number of arguments for 'hmget' command
> HEXISTS h
(error) ERR wrong number of arguments for 'hexists' command
> HSTRLEN h
(error) ERR wrong number of arguments for 'hstrlen' command

# HDEL removes fields and, with the last one, the key
> HSET h a 1 b 2 c 3
3
> HDEL h a x a
1
> HDEL h b c
2
> EXISTS h
0
> HDEL h a
0
> HDEL h
(error) ERR wrong number of arguments for 'hdel' command
> SET k v
OK
> HDEL k f
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# HLEN, HKEYS, HVALS and HGETALL
> HSET h a 1 b 2
2
> HLEN h
2
> HKEYS h
unordered ["a", "b"]
> HVALS h
unordered ["1", "2"]
> HGETALL h
pairs {"a": "1", "b": "2"}
> HLEN missing
0
> HKEYS missing
[]
> HVALS missing
[]
> HGETALL missing
[]
> SET k v
OK
> HLEN k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HKEYS k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HVALS k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HGETALL k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HLEN
(error) ERR wrong number of arguments for 'hlen' command
> HKEYS
(error) ERR wrong number of arguments for 'hkeys' command
> HVALS
(error) ERR wrong number of arguments for 'hvals' command
> HGETALL
(error) ERR wrong number of arguments for 'hgetall' command

# HGETALL in RESP3 is a map
@ resp3
> HSET h a 1 b 2
2
> HGETALL h
{"a": "1", "b": "2"}
> HGETALL missing
{}
> HKEYS h
unordered ["a", "b"]
> HMGET h a x
["1", (nil)]

# a small hash keeps the order in which fields came
> HSET h c 1 a 2 b 3
3
> HKEYS h
["c", "a", "b"]
> HDEL h a
1
> HSET h a 4 c 5
1
> HGETALL h
["c", "5", "b", "3", "a", "4"]

# HINCRBY counts in a field, from zero
> HINCRBY h n 5
5
> HINCRBY h n -7
-2
> HGET h n
"-2"
> HSET h t abc f 1.5 s " 1" big 9223372036854775807 low -9223372036854775808
5
> HINCRBY h t 1
(error) ERR hash value is not an integer
> HINCRBY h f 1
(error) ERR hash value is not an integer
> HINCRBY h s 1
(error) ERR hash value is not an integer
> HINCRBY h big 1
(error) ERR increment or decrement would overflow
> HINCRBY h low -1
(error) ERR increment or decrement would overflow
> HINCRBY h n abc
(error) ERR value is not an integer or out of range
> HINCRBY h n 1.5
(error) ERR value is not an integer or out of range
> HINCRBY h n 9223372036854775808
(error) ERR value is not an integer or out of range
> HINCRBY h n
(error) ERR wrong number of arguments for 'hincrby' command
> SET k v
OK
> HINCRBY k f 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HMGET h big low
["9223372036854775807", "-9223372036854775808"]

# HINCRBYFLOAT adds decimals in a field, from zero
> HINCRBYFLOAT h n 10.5
"10.5"
> HINCRBYFLOAT h n 0.1
"10.6"
> HINCRBYFLOAT h n -5
"5.6"
> HSET h e 5.0e3 t abc s " 1"
3
> HINCRBYFLOAT h e 2.0e2
"5200"
> HINCRBYFLOAT h t 1
(error) ERR hash value is not a float
> HINCRBYFLOAT h s 1
(error) ERR hash value is not a float
> HINCRBYFLOAT h n abc
(error) ERR value is not a valid float
> HINCRBYFLOAT h n inf
(error) ERR value is NaN or Infinity
> HINCRBYFLOAT h n nan
(error) ERR value is not a valid float
> HINCRBYFLOAT h n ""
(error) ERR value is not a valid float
> HINCRBYFLOAT h n
(error) ERR wrong number of arguments for 'hincrbyfloat' command
> SET k v
OK
> HINCRBYFLOAT k f 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HGET h n
"5.6"

# HSTRLEN counts the bytes of integers too
> HSET h n -123 f 1.5 s "x"*100
3
> HSTRLEN h n
4
> HSTRLEN h f
3
> HSTRLEN h s
100
> SET k v
OK
> HSTRLEN k f
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# HRANDFIELD picks fields, once each or again and again
> HSET h a 1 b 2 c 3
3
> HRANDFIELD h
<string>
> HRANDFIELD h 0
[]
> HRANDFIELD h 3
unordered ["a", "b", "c"]
> HRANDFIELD h 10
unordered ["a", "b", "c"]
> HRANDFIELD h 10 WITHVALUES
pairs {"a": "1", "b": "2", "c": "3"}
> HRANDFIELD h -4
[<string>, <string>, <string>, <string>]
> HRANDFIELD h -2 WITHVALUES
[<string>, <string>, <string>, <string>]
> HRANDFIELD h 2
[<string>, <string>]
> HRANDFIELD missing
(nil)
> HRANDFIELD missing 3
[]
> HRANDFIELD missing -3 WITHVALUES
[]

# HRANDFIELD refuses wrong numbers and options
> HSET h a 1
1
> HRANDFIELD h abc
(error) ERR value is not an integer or out of range
> HRANDFIELD h 1 FOO
(error) ERR syntax error
> HRANDFIELD h 1 WITHVALUES x
(error) ERR syntax error
> HRANDFIELD h -9223372036854775808
(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
> HRANDFIELD h -9223372036854775807 WITHVALUES
(error) ERR value is out of range
> HRANDFIELD h 9223372036854775808
(error) ERR value is not an integer or out of range
> HRANDFIELD
(error) ERR wrong number of arguments for 'hrandfield' command
> SET k v
OK
> HRANDFIELD k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HRANDFIELD k 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# HRANDFIELD in RESP3 pairs fields with values
@ resp3
> HSET h a 1 b 2
2
> HRANDFIELD h 2 WITHVALUES
unordered [["a", "1"], ["b", "2"]]
> HRANDFIELD h 2
unordered ["a", "b"]
> HRANDFIELD missing
(nil)

# HSCAN walks the fields of a small hash in one step
> HSET h a 1 b 2 ab 3
3
> HSCAN h 0
["0", pairs {"a": "1", "b": "2", "ab": "3"}]
> HSCAN h 0 MATCH a*
["0", pairs {"a": "1", "ab": "3"}]
> HSCAN h 0 COUNT 1
["0", pairs {"a": "1", "b": "2", "ab": "3"}]
> HSCAN h 0 MATCH x*
["0", []]
> HSCAN missing 0
["0", []]
> HSCAN h 0 COUNT 100 MATCH *
["0", ["a", "1", "b", "2", "ab", "3"]]

# HSCAN refuses wrong cursors and options
> HSET h a 1
1
> HSCAN h x
(error) ERR invalid cursor
> HSCAN h 0 COUNT 0
(error) ERR syntax error
> HSCAN h 0 COUNT -1
(error) ERR syntax error
> HSCAN h 0 COUNT x
(error) ERR value is not an integer or out of range
> HSCAN h 0 MATCH
(error) ERR syntax error
> HSCAN h 0 FOO
(error) ERR syntax error
> HSCAN h 0 FOO bar
(error) ERR syntax error
> HSCAN h
(error) ERR wrong number of arguments for 'hscan' command
> HSCAN missing x
(error) ERR invalid cursor
> SET k v
OK
> HSCAN k 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# HSCAN NOVALUES leaves the values out
@ only-russet: NOVALUES came with Redis 7.4
> HSET h a 1 b 2
2
> HSCAN h 0 NOVALUES
["0", unordered ["a", "b"]]
> HSCAN h 0 MATCH a NOVALUES COUNT 10
["0", ["a"]]

# the encoding of a hash follows the number and length of its fields
> CONFIG SET hash-max-listpack-entries 3 hash-max-listpack-value 5
OK
> HSET h a 1 b 2 c 3
3
> OBJECT ENCODING h
"listpack"
> HSET h d 4
1
> OBJECT ENCODING h
"hashtable"
> HDEL h a b c
3
> OBJECT ENCODING h
"hashtable"
> HSET v f 12345
1
> OBJECT ENCODING v
"listpack"
> HSET v f 123456
0
> OBJECT ENCODING v
"hashtable"
> HSET w 123456 f
1
> OBJECT ENCODING w
"hashtable"

# a big hash answers as a small one does
> CONFIG SET hash-max-listpack-entries 0
OK
> HSET h a 1 b 2 c 3
3
> OBJECT ENCODING h
"hashtable"
> HGET h b
"2"
> HMGET h a x c
["1", (nil), "3"]
> HKEYS h
unordered ["a", "b", "c"]
> HVALS h
unordered ["1", "2", "3"]
> HGETALL h
pairs {"a": "1", "b": "2", "c": "3"}
> HRANDFIELD h -5 WITHVALUES
[<string>, <string>, <string>, <string>, <string>, <string>, <string>, <string>, <string>, <string>]
> HRANDFIELD h 5
unordered ["a", "b", "c"]
> HRANDFIELD h 2
[<string>, <string>]
> HSCAN h 0 COUNT 100
["0", pairs {"a": "1", "b": "2", "c": "3"}]
> HINCRBY h a 41
42
> HINCRBYFLOAT h b 0.5
"2.5"
> HSETNX h a 1
0
> HSTRLEN h b
3
> HDEL h a b c
3
> EXISTS h
0

# HIMPORT PREPARE names fields once and SET fills hashes with them
@ only-russet: HIMPORT came with Redis 8.10
> HIMPORT PREPARE u name email age
OK
> HIMPORT SET user:1 u alice a@example.com 30
OK
> HGETALL user:1
pairs {"name": "alice", "email": "a@example.com", "age": "30"}
> SET user:2 text EX 100
OK
> HIMPORT SET user:2 u bob b@example.com 25
OK
> TYPE user:2
hash
> TTL user:2
-1
> HSET user:2 extra 1
1
> HLEN user:2
4
> HIMPORT SET user:2 u eve e@example.com 20
OK
> HLEN user:2
3
> HIMPORT PREPARE u id
OK
> HIMPORT SET user:3 u 7
OK
> HGETALL user:3
["id", "7"]

# HIMPORT SET is logged as the hash it makes
@ only-russet: HIMPORT came with Redis 8.10
@ server --appendonly yes
> HIMPORT PREPARE u a b
OK
> HIMPORT SET h u 1 2
OK
> SET k text EX 1000
OK
> HIMPORT SET k u 3 4
OK
> DEBUG LOADAOF
OK
> HGETALL h
["a", "1", "b", "2"]
> HGETALL k
["a", "3", "b", "4"]
> TTL k
-1

# HIMPORT fieldsets belong to the connection and are discarded there
@ only-russet: HIMPORT came with Redis 8.10
1> HIMPORT PREPARE u a b
OK
1> HIMPORT PREPARE v a
OK
2> HIMPORT SET k u 1 2
(error) ~ERR no such fieldset*
1> HIMPORT DISCARD u
1
1> HIMPORT DISCARD u
0
1> HIMPORT SET k u 1 2
(error) ~ERR no such fieldset*
1> HIMPORT DISCARDALL
1
1> HIMPORT DISCARDALL
0
1> HIMPORT PREPARE u a b
OK
1> RESET
RESET
1> HIMPORT SET k u 1 2
(error) ~ERR no such fieldset*
1> EXISTS k
0

# HIMPORT refuses what does not fit
@ only-russet: HIMPORT came with Redis 8.10
> HIMPORT PREPARE u a b
OK
> HIMPORT PREPARE w a b a
(error) ~ERR duplicate field name*
> HIMPORT SET k w 1 2 3
(error) ~ERR no such fieldset*
> HIMPORT SET k u 1
(error) ~ERR *value count does not match*
> HIMPORT SET k u 1 2 3
(error) ~ERR *value count does not match*
> EXISTS k
0
> HIMPORT
(error) ERR wrong number of arguments for 'himport' command
> HIMPORT FOO
(error) ~ERR unknown subcommand*
> HIMPORT PREPARE u
(error) ERR wrong number of arguments for 'himport|prepare' command
> HIMPORT SET k u
(error) ERR wrong number of arguments for 'himport|set' command
> HIMPORT DISCARD
(error) ERR wrong number of arguments for 'himport|discard' command
> HIMPORT DISCARDALL u
(error) ERR wrong number of arguments for 'himport|discardall' command
