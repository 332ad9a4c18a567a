// The sorted set family.

# ZADD adds members and changes scores
> ZADD z 1 a 2 b
2
> ZADD z 3 a 4 c
1
> ZRANGE z 0 -1 WITHSCORES
["b", "2", "a", "3", "c", "4"]
> ZADD z CH 5 a 4 c 6 d
2
> ZADD z NX 9 a 7 e
1
> ZADD z XX 8 a 7 f
0
> ZADD z XX CH 8.5 a
1
> ZADD z GT CH 1 a 3 b
1
> ZADD z LT CH 1 a 30 b
1
> ZADD z GT NEW
(error) ERR syntax error
> ZADD z 1 a 2
(error) ERR syntax error
> ZADD z x a
(error) ERR value is not a valid float
> ZADD z NX XX 1 a
(error) ERR XX and NX options at the same time are not compatible
> ZADD z GT LT 1 a
(error) ERR GT, LT, and/or NX options at the same time are not compatible
> ZADD z NX GT 1 a
(error) ERR GT, LT, and/or NX options at the same time are not compatible
> ZADD z 1
(error) ERR wrong number of arguments for 'zadd' command
> ZADD z CH 1
(error) ERR syntax error
> SET k v
OK
> ZADD k 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> TYPE z
zset
> ZCARD z
5
> ZCARD missing
0
> ZCARD k
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# members are bytes, also empty ones
> ZADD z 1 "" 2 "a\x00b" 3 "\xff\r\n"
3
> ZRANGE z 0 -1
["", "a\x00b", "\xff\r\n"]

# INCR and ZINCRBY add to scores
> ZADD z INCR 5 a
"5"
> ZADD z INCR 1.5 a
"6.5"
> ZADD z NX INCR 1 a
(nil)
> ZADD z XX INCR 1 b
(nil)
> ZADD z GT INCR -1 a
(nil)
> ZADD z INCR 1 a 2 b
(error) ERR INCR option supports a single increment-element pair
> ZINCRBY z 2 a
"8.5"
> ZINCRBY z 0.1 c
"0.10000000000000001"
> ZINCRBY z x a
(error) ERR value is not a valid float
> ZINCRBY z inf a
"inf"
> ZINCRBY z -inf a
(error) ERR resulting score is not a number (NaN)
> ZSCORE z a
"inf"
> SET k v
OK
> ZINCRBY k 1 a
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# scores are read and printed as Redis does
> ZADD z inf a -inf b +Infinity c 1e300 d 0x10 e 1e17 f 123456789012345678 g 0.1 h -0 i 3.0 j 1e-7 k
11
> ZRANGE z 0 -1 WITHSCORES
["b", "-inf", "i", "0", "k", "9.9999999999999995e-08", "h", "0.10000000000000001", "j", "3", "e", "16", "f", "1e+17", "g", "1.2345678901234568e+17", "d", "1.0000000000000001e+300", "a", "inf", "c", "inf"]
> ZMSCORE z a b c d e f g h i j k
["inf", "-inf", "inf", "1.0000000000000001e+300", "16", "1e+17", "1.2345678901234568e+17", "0.10000000000000001", "0", "3", "9.9999999999999995e-08"]
> ZADD z nan a
(error) ERR value is not a valid float
> ZADD z 1e999 a
(error) ERR value is not a valid float
> ZADD z " 1" a
(error) ERR value is not a valid float
> ZADD z "" a
(error) ERR value is not a valid float

# the same in the big form, which keeps the sign of zero
> CONFIG SET zset-max-listpack-entries 0
OK
> ZADD z inf a -inf b +Infinity c 1e300 d 0x10 e 1e17 f 123456789012345678 g 0.1 h -0 i 3.0 j 1e-7 k
11
> OBJECT ENCODING z
"skiplist"
> ZRANGE z 0 -1 WITHSCORES
["b", "-inf", "i", "-0", "k", "9.9999999999999995e-08", "h", "0.10000000000000001", "j", "3", "e", "16", "f", "1e+17", "g", "1.2345678901234568e+17", "d", "1.0000000000000001e+300", "a", "inf", "c", "inf"]
> ZADD z CH 0 i
0
> ZSCORE z i
"-0"

# scores are doubles in RESP3
@ resp3
> ZADD z 1.5 a 2 b inf c
3
> ZSCORE z a
(double) 1.5
> ZSCORE z x
(nil)
> ZMSCORE z b x
[(double) 2, (nil)]
> ZADD z INCR 1 a
(double) 2.5
> ZINCRBY z 1 b
(double) 3
> ZADD z XX INCR 1 x
(nil)
> ZRANGE z 0 -1
["a", "b", "c"]
> ZRANGE z 0 -1 WITHSCORES
[["a", (double) 2.5], ["b", (double) 3], ["c", (double) inf]]
> ZRANGEBYSCORE z 0 3 WITHSCORES
[["a", (double) 2.5], ["b", (double) 3]]
> ZPOPMIN z
["a", (double) 2.5]
> ZPOPMIN z 1
[["b", (double) 3]]
> ZRANDMEMBER z 1 WITHSCORES
[["c", (double) inf]]
> ZUNION 1 z WITHSCORES
[["c", (double) inf]]

# a sorted set is packed until it is too big
> ZADD z 1 a
1
> OBJECT ENCODING z
"listpack"
> ZADD z 1 "x"*64
1
> OBJECT ENCODING z
"listpack"
> ZADD z 1 "x"*65
1
> OBJECT ENCODING z
"skiplist"
> ZREM z "x"*65
1
> OBJECT ENCODING z
"skiplist"
> CONFIG SET zset-max-ziplist-entries 2
OK
> ZADD y 1 a 2 b
2
> OBJECT ENCODING y
"listpack"
> ZADD y 3 c
1
> OBJECT ENCODING y
"skiplist"

# ZSCORE, ZMSCORE, ZRANK, ZREVRANK
> ZADD z 1 a 2 b 2 c
3
> ZSCORE z b
"2"
> ZSCORE z x
(nil)
> ZSCORE missing x
(nil)
> ZMSCORE z a x c
["1", (nil), "2"]
> ZMSCORE missing a b
[(nil), (nil)]
> ZRANK z a
0
> ZRANK z c
2
> ZREVRANK z c
0
> ZREVRANK z a
2
> ZRANK z x
(nil)
> ZRANK missing x
(nil)
> SET k v
OK
> ZSCORE k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZMSCORE k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZRANK k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREVRANK k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZSCORE z
(error) ERR wrong number of arguments for 'zscore' command
> ZMSCORE z
(error) ERR wrong number of arguments for 'zmscore' command

# a rank comes with its score if asked for
@ only-russet: WITHSCORE came with Redis 7.2
> ZADD z 1 a 2 b 2.5 c
3
> ZRANK z b WITHSCORE
[1, "2"]
> ZREVRANK z b withscore
[1, "2"]
> ZRANK z x WITHSCORE
(nil array)
> ZRANK z b SCORE
(error) ERR syntax error
> ZRANK z b WITHSCORE x
(error) ERR wrong number of arguments for 'zrank' command
> HELLO 3
{...}
> ZRANK z c WITHSCORE
[2, (double) 2.5]
> ZRANK z x WITHSCORE
(nil)

# ZCOUNT and ZLEXCOUNT
> ZADD z 1 a 2 b 3 c 4 d
4
> ZCOUNT z 2 3
2
> ZCOUNT z (2 3
1
> ZCOUNT z (2 (3
0
> ZCOUNT z -inf +inf
4
> ZCOUNT z 3 2
0
> ZCOUNT missing 0 1
0
> ZCOUNT z a b
(error) ERR min or max is not a float
> ZCOUNT z (1 (x
(error) ERR min or max is not a float
> ZADD l 0 a 0 b 0 c 0 d
4
> ZLEXCOUNT l - +
4
> ZLEXCOUNT l [b (d
2
> ZLEXCOUNT l + -
0
> ZLEXCOUNT l (x +
0
> ZLEXCOUNT l a [b
(error) ERR min or max not valid string range item
> ZLEXCOUNT missing - +
0
> SET k v
OK
> ZCOUNT k 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZLEXCOUNT k - +
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ranges by index
> ZADD z 1 a 2 b 3 c 4 d
4
> ZRANGE z 0 -1
["a", "b", "c", "d"]
> ZRANGE z 1 2 WITHSCORES
["b", "2", "c", "3"]
> ZRANGE z -2 -1
["c", "d"]
> ZRANGE z 3 1
[]
> ZRANGE z -100 1
["a", "b"]
> ZRANGE z 2 100
["c", "d"]
> ZRANGE z 4 5
[]
> ZRANGE z 0 1 REV
["d", "c"]
> ZREVRANGE z 0 1
["d", "c"]
> ZREVRANGE z -2 -1 WITHSCORES
["b", "2", "a", "1"]
> ZREVRANGE z 0 1 REV
(error) ERR syntax error
> ZRANGE missing 0 -1
[]
> ZRANGE z x 1
(error) ERR value is not an integer or out of range
> ZRANGE z 0 1 FOO
(error) ERR syntax error
> ZRANGE z 0 1 LIMIT 0 1
(error) ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
> ZRANGE z 0
(error) ERR wrong number of arguments for 'zrange' command
> SET k v
OK
> ZRANGE k 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREVRANGE k 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ranges by score
> ZADD z 1 a 2 b 3 c 4 d
4
> ZRANGEBYSCORE z 2 3
["b", "c"]
> ZRANGEBYSCORE z (2 3 WITHSCORES
["c", "3"]
> ZRANGEBYSCORE z -inf +inf LIMIT 1 2
["b", "c"]
> ZRANGEBYSCORE z -inf +inf LIMIT 1 -1
["b", "c", "d"]
> ZRANGEBYSCORE z -inf +inf LIMIT 10 1
[]
> ZRANGEBYSCORE z -inf +inf LIMIT -1 1
[]
> ZRANGEBYSCORE z -inf +inf LIMIT 0 0
[]
> ZRANGEBYSCORE z 3 2
[]
> ZREVRANGEBYSCORE z 3 2 WITHSCORES
["c", "3", "b", "2"]
> ZREVRANGEBYSCORE z +inf -inf LIMIT 1 2
["c", "b"]
> ZREVRANGEBYSCORE z 2 3
[]
> ZRANGE z 2 (4 BYSCORE
["b", "c"]
> ZRANGE z (4 2 BYSCORE REV WITHSCORES
["c", "3", "b", "2"]
> ZRANGE z 1 4 BYSCORE LIMIT 1 2
["b", "c"]
> ZRANGE z 1 4 BYSCORE BYLEX
(error) ERR syntax error
> ZRANGEBYSCORE z 1 4 BYSCORE
(error) ERR syntax error
> ZRANGEBYSCORE z "" ""
[]
> ZRANGEBYSCORE z " 1" 2
["a", "b"]
> ZRANGEBYSCORE z a b
(error) ERR min or max is not a float
> ZRANGEBYSCORE z nan 1
(error) ERR min or max is not a float
> ZRANGEBYSCORE z 1 2 LIMIT 1
(error) ERR syntax error
> ZRANGEBYSCORE z 1 2 LIMIT 1 x
(error) ERR value is not an integer or out of range
> ZRANGEBYSCORE missing 1 2
[]
> SET k v
OK
> ZRANGEBYSCORE k 1 2
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREVRANGEBYSCORE k 1 2
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ranges by member
> ZADD z 0 a 0 b 0 c 0 d
4
> ZRANGEBYLEX z - +
["a", "b", "c", "d"]
> ZRANGEBYLEX z [b (d
["b", "c"]
> ZRANGEBYLEX z (a [c LIMIT 1 5
["c"]
> ZRANGEBYLEX z + -
[]
> ZREVRANGEBYLEX z + -
["d", "c", "b", "a"]
> ZREVRANGEBYLEX z (d [b
["c", "b"]
> ZREVRANGEBYLEX z + - LIMIT 1 2
["c", "b"]
> ZRANGE z [b + BYLEX
["b", "c", "d"]
> ZRANGE z + [b BYLEX REV LIMIT 0 2
["d", "c"]
> ZRANGE z - + BYLEX WITHSCORES
(error) ERR syntax error, WITHSCORES not supported in combination with BYLEX
> ZRANGEBYLEX z a b
(error) ERR min or max not valid string range item
> ZRANGEBYLEX z [a ++
(error) ERR min or max not valid string range item
> ZRANGEBYLEX missing - +
[]
> ZADD mixed 1 a 2 b 3 c
3
> ZRANGE mixed (a [c BYLEX
["b", "c"]
> SET k v
OK
> ZRANGEBYLEX k - +
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREVRANGEBYLEX k + -
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ZRANGESTORE keeps a range
> ZADD z 1 a 2 b 3 c 4 d
4
> ZRANGESTORE t z 0 1
2
> ZRANGE t 0 -1 WITHSCORES
["a", "1", "b", "2"]
> ZRANGESTORE t z (2 +inf BYSCORE LIMIT 1 1
1
> ZRANGE t 0 -1 WITHSCORES
["d", "4"]
> ZRANGESTORE t z [d [b BYLEX REV
3
> ZRANGE t 0 -1 WITHSCORES
["b", "2", "c", "3", "d", "4"]
> ZRANGESTORE t z 5 6
0
> EXISTS t
0
> ZRANGESTORE t missing 0 -1
0
> SET t v
OK
> ZRANGESTORE t z 0 0
1
> TYPE t
zset
> ZRANGESTORE z z 1 1
1
> ZRANGE z 0 -1
["b"]
> ZRANGESTORE t z 0 0 WITHSCORES
(error) ERR syntax error
> ZRANGESTORE t z 0 0 LIMIT 1 1
(error) ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
> SET k v
OK
> ZRANGESTORE t k 0 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ZREM and the removal of ranges
> ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
6
> ZREM z a x a
1
> ZREM z x
0
> ZREM missing x
0
> ZREMRANGEBYRANK z -1 -1
1
> ZREMRANGEBYRANK z 10 11
0
> ZREMRANGEBYSCORE z (2 3
1
> ZREMRANGEBYSCORE z a b
(error) ERR min or max is not a float
> ZREMRANGEBYLEX z a b
(error) ERR min or max not valid string range item
> ZRANGE z 0 -1
["b", "d", "e"]
> ZREMRANGEBYLEX z - +
3
> EXISTS z
0
> ZREMRANGEBYRANK z 0 1
0
> ZREMRANGEBYRANK z x 1
(error) ERR value is not an integer or out of range
> SET k v
OK
> ZREM k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREMRANGEBYRANK k 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREMRANGEBYSCORE k 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZREMRANGEBYLEX k - +
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ZPOPMIN and ZPOPMAX take the ends away
> ZADD z 1 a 2 b 3 c 4 d 5 e
5
> ZPOPMIN z
["a", "1"]
> ZPOPMAX z 2
["e", "5", "d", "4"]
> ZPOPMIN z 0
[]
> ZPOPMIN z -1
(error) ERR value is out of range, must be positive
> ZPOPMIN z x
(error) ERR value is out of range, must be positive
> ZPOPMIN z 1 2
(error) ERR syntax error
> ZPOPMIN z 10
["b", "2", "c", "3"]
> EXISTS z
0
> ZPOPMIN z
[]
> ZPOPMAX z 3
[]
> SET k v
OK
> ZPOPMIN k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZPOPMAX k 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ZMPOP takes from the first that has any
> ZADD z 1 a 2 b 3 c
3
> ZMPOP 2 missing z MIN
["z", [["a", "1"]]]
> ZMPOP 1 z MAX COUNT 5
["z", [["c", "3"], ["b", "2"]]]
> ZMPOP 2 missing z MIN
(nil array)
> ZMPOP 0 z MIN
(error) ERR numkeys should be greater than 0
> ZMPOP x z MIN
(error) ERR numkeys should be greater than 0
> ZMPOP 2 z MIN
(error) ERR syntax error
> ZMPOP 1 z FOO
(error) ERR syntax error
> ZMPOP 1 z MIN COUNT 0
(error) ERR count should be greater than 0
> ZMPOP 1 z MIN COUNT
(error) ERR syntax error
> ZMPOP 1 z MIN COUNT 1 COUNT 1
(error) ERR syntax error
> SET k v
OK
> ZMPOP 2 k z MIN
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# the commands that wait are served at once if they can be
> ZADD z 1 a 2 b 3 c 4 d
4
> BZPOPMIN missing z 1
["z", "a", "1"]
> BZPOPMAX z 0
["z", "d", "4"]
> BZMPOP 1 2 missing z MIN
["z", [["b", "2"]]]
> BZMPOP 1 1 z MAX COUNT 5
["z", [["c", "3"]]]
> BZPOPMIN z 0.01
(nil array)
> BZPOPMAX z y 0.01
(nil array)
> BZMPOP 0.01 1 z MIN
(nil array)
> BZPOPMIN z x
(error) ERR timeout is not a float or out of range
> BZPOPMIN z -1
(error) ERR timeout is negative
> BZMPOP 1 0 z MIN
(error) ERR numkeys should be greater than 0
> BZMPOP 1 1 z FOO
(error) ERR syntax error
> SET k v
OK
> BZPOPMIN k 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BZMPOP 1 2 missing k MIN
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# unions
> ZADD a 1 x 2 y
2
> ZADD b 10 y 20 z
2
> SADD s x w
2
> ZUNION 2 a b
["x", "y", "z"]
> ZUNION 2 a b WITHSCORES
["x", "1", "y", "12", "z", "20"]
> ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES
["x", "2", "y", "9", "z", "10"]
> ZUNION 2 a b AGGREGATE MIN WITHSCORES
["x", "1", "y", "2", "z", "20"]
> ZUNION 2 a b AGGREGATE max WITHSCORES
["x", "1", "y", "10", "z", "20"]
> ZUNION 2 a s WITHSCORES
["w", "1", "x", "2", "y", "2"]
> ZUNION 1 missing
[]
> ZUNIONSTORE t 2 a b
3
> ZRANGE t 0 -1 WITHSCORES
["x", "1", "y", "12", "z", "20"]
> ZUNIONSTORE t 1 missing
0
> EXISTS t
0
> ZUNIONSTORE a 2 a b WEIGHTS 1 0
3
> ZRANGE a 0 -1 WITHSCORES
["z", "0", "x", "1", "y", "2"]
> ZADD i inf p
1
> ZADD j -inf p
1
> ZUNION 2 i j WITHSCORES
["p", "0"]
> ZUNION 1 i WEIGHTS 0 WITHSCORES
["p", "0"]
> ZUNION 0 a
(error) ERR at least 1 input key is needed for 'zunion' command
> ZUNION x a
(error) ERR value is not an integer or out of range
> ZUNION 3 a b
(error) ERR syntax error
> ZUNION 2 a b WEIGHTS 1
(error) ERR syntax error
> ZUNION 2 a b WEIGHTS 1 x
(error) ERR weight value is not a float
> ZUNION 2 a b AGGREGATE AVG
(error) ERR syntax error
> ZUNION 2 a b FOO
(error) ERR syntax error
> ZUNIONSTORE t 2 a b WITHSCORES
(error) ERR syntax error
> ZUNIONSTORE t 0 a
(error) ERR at least 1 input key is needed for 'zunionstore' command
> SET k v
OK
> ZUNION 2 a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZUNION 2 missing k FOO
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZUNIONSTORE k 1 b
2
> TYPE k
zset

# intersections
> ZADD a 1 x 2 y 3 z
3
> ZADD b 10 y 20 z 30 w
3
> SADD s y w
2
> ZINTER 2 a b
["y", "z"]
> ZINTER 2 a b WITHSCORES
["y", "12", "z", "23"]
> ZINTER 2 a b WEIGHTS 2 3 AGGREGATE MAX WITHSCORES
["y", "30", "z", "60"]
> ZINTER 3 a b s WITHSCORES
["y", "13"]
> ZINTER 2 a missing
[]
> ZINTERSTORE t 2 a b
2
> ZRANGE t 0 -1 WITHSCORES
["y", "12", "z", "23"]
> ZINTERSTORE t 2 a missing
0
> EXISTS t
0
> ZINTERCARD 2 a b
2
> ZINTERCARD 2 a b LIMIT 1
1
> ZINTERCARD 2 a b LIMIT 0
2
> ZINTERCARD 2 a b LIMIT -1
(error) ERR LIMIT can't be negative
> ZINTERCARD 2 a b LIMIT
(error) ERR syntax error
> ZINTERCARD 2 a b WEIGHTS 1 2
(error) ERR syntax error
> ZINTERCARD 0 a
(error) ERR at least 1 input key is needed for 'zintercard' command
> ZINTERCARD 2 a missing
0
> SET k v
OK
> ZINTER 2 a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZINTERCARD 2 a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> ZINTERSTORE t 2 a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# differences
> ZADD a 1 x 2 y 3 z
3
> ZADD b 10 y
1
> SADD s z
1
> ZDIFF 2 a b
["x", "z"]
> ZDIFF 2 a b WITHSCORES
["x", "1", "z", "3"]
> ZDIFF 3 a b s WITHSCORES
["x", "1"]
> ZDIFF 2 a a
[]
> ZDIFF 2 missing a
[]
> ZDIFFSTORE t 2 a b
2
> ZRANGE t 0 -1 WITHSCORES
["x", "1", "z", "3"]
> ZDIFFSTORE t 2 a a
0
> EXISTS t
0
> ZDIFF 2 a b WEIGHTS 1 2
(error) ERR syntax error
> ZDIFF 0 a
(error) ERR at least 1 input key is needed for 'zdiff' command
> ZDIFFSTORE t 2 a
(error) ERR syntax error
> SET k v
OK
> ZDIFF 2 a k
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# COUNT sums the weights, whatever the scores
@ only-russet: AGGREGATE COUNT came with Redis 8.8
> ZADD a 10 x 20 y
2
> ZADD b 30 y
1
> SADD s x y
2
> ZUNION 3 a b s AGGREGATE COUNT WITHSCORES
["x", "2", "y", "3"]
> ZINTER 2 a b WEIGHTS 2 0.5 AGGREGATE COUNT WITHSCORES
["y", "2.5"]

# ZRANDMEMBER returns members and keeps them
> ZRANDMEMBER missing
(nil)
> ZRANDMEMBER missing 3
[]
> ZADD z 1 a
1
> ZRANDMEMBER z
"a"
> ZRANDMEMBER z 5
["a"]
> ZRANDMEMBER z -3
["a", "a", "a"]
> ZRANDMEMBER z -2 WITHSCORES
["a", "1", "a", "1"]
> ZRANDMEMBER z 0
[]
> ZADD z 2 b 3 c
2
> ZRANDMEMBER z 3 WITHSCORES
pairs {"a": "1", "b": "2", "c": "3"}
> ZRANDMEMBER z 2
[<string>, <string>]
> ZRANDMEMBER z x
(error) ERR value is not an integer or out of range
> ZRANDMEMBER z 1 FOO
(error) ERR syntax error
> ZRANDMEMBER z -9223372036854775808
(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
> ZRANDMEMBER z 9223372036854775807 WITHSCORES
(error) ERR value is out of range
> SET k v
OK
> ZRANDMEMBER k
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ZSCAN goes through members and scores
> ZADD z 1 a 2.5 b 1e17 ab
3
> ZSCAN z 0
["0", ["a", "1", "b", "2.5", "ab", "100000000000000000"]]
> ZSCAN z 0 MATCH a*
["0", ["a", "1", "ab", "100000000000000000"]]
> ZSCAN z 0 COUNT 1
["0", ["a", "1", "b", "2.5", "ab", "100000000000000000"]]
> ZSCAN missing 0
["0", []]
> ZSCAN z x
(error) ERR invalid cursor
> ZSCAN z 0 COUNT 0
(error) ERR syntax error
> ZSCAN z 0 FOO 1
(error) ERR syntax error
> ZSCAN z
(error) ERR wrong number of arguments for 'zscan' command
> CONFIG SET zset-max-listpack-entries 0
OK
> ZADD y 1 a 2.5 b 1e17 ab
3
> ZSCAN y 0
["0", pairs {"a": "1", "b": "2.5", "ab": "1e+17"}]
> SET k v
OK
> ZSCAN k 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# ZSCAN NOSCORES leaves the scores out
@ only-russet: NOSCORES came with Valkey 8.0
> ZADD z 1 a 2 b
2
> ZSCAN z 0 NOSCORES
["0", ["a", "b"]]

# a sorted set is copied, renamed and deleted like any key
> ZADD z 1 a 2 b
2
> COPY z y
1
> ZADD y 3 c
1
> ZRANGE z 0 -1
["a", "b"]
> RENAME y x
OK
> ZRANGE x 0 -1 WITHSCORES
["a", "1", "b", "2", "c", "3"]
> CONFIG SET zset-max-listpack-entries 1
OK
> ZADD big 1 a 2 b
2
> COPY big copy
1
> ZRANGE copy 0 -1 WITHSCORES
["a", "1", "b", "2"]
> OBJECT ENCODING copy
"skiplist"
> ZUNIONSTORE copy 1 big WEIGHTS -0
2
> ZRANGE copy 0 -1 WITHSCORES
["a", "-0", "b", "-0"]
> MOVE big 1
1
> DEL x copy
2
> SCAN 0 COUNT 1000 TYPE zset
["0", ["z"]]

# BZPOPMIN waits until a member comes
1> BZPOPMIN a b 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
> ZADD b 2 y 1 x
2
> ZRANGE b 0 -1
["y"]
1: ["b", "x", "1"]
1> BZPOPMAX a b 0
1: ["b", "y", "2"]

# the first who waits is served first, each with what it waits for
1> BZPOPMIN z 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
2> BZMPOP 0 1 z MAX COUNT 2
> PING
PONG
until> INFO clients
~"*blocked_clients:2*"
> ZADD z 1 a 2 b 3 c 4 d
4
1: ["z", "a", "1"]
2: ["z", [["d", "4"], ["c", "3"]]]
> ZRANGE z 0 -1
["b"]

# a key of another type, or one that is gone at once, does not wake
1> BZPOPMIN z 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
> SET z v
OK
> DEL z
1
> SADD z a
1
> DEL z
1
> MULTI
OK
> ZADD z 1 a
QUEUED
> DEL z
QUEUED
> EXEC
[1, 1]
> ZADD z 5 b
1
1: ["z", "b", "5"]

# ZUNIONSTORE, ZRANGESTORE, COPY and RENAME serve whoever waits
> ZADD src 1 a 2 b
2
1> BZPOPMIN dst 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
> ZUNIONSTORE dst 1 src
2
1: ["dst", "a", "1"]
> DEL dst
1
1> BZPOPMAX dst 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
> ZRANGESTORE dst src 0 0
1
1: ["dst", "a", "1"]
1> BZMPOP 0 1 dst MIN
until> CLIENT LIST TYPE normal
~"*flags=b*"
> RENAME src dst
OK
1: ["dst", [["a", "1"]]]

# who waits in vain gets nothing
1> BZPOPMIN z 0.01
1: (nil array)
1> BZMPOP 0.01 2 z y MAX COUNT 3
1: (nil array)
> MULTI
OK
> BZPOPMIN z 0
QUEUED
> BZMPOP 0 1 z MIN
QUEUED
> EXEC
[(nil array), (nil array)]
