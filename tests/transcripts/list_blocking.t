// List commands that wait: at once, in vain, and served.

# what is there is taken at once
> RPUSH b 1 2 3 4 5 6 7
7
> BLPOP a b 0
["b", "1"]
> BRPOP a b 0.5
["b", "7"]
> BLMPOP 0 2 a b LEFT COUNT 2
["b", ["2", "3"]]
> BLMOVE b c LEFT RIGHT 0
"4"
> BRPOPLPUSH b c 0
"6"
> BLMPOP 1 1 b RIGHT
["b", ["5"]]
> LRANGE c 0 -1
["6", "4"]

# who waits in vain is answered nothing
> BLPOP a b 0.01
(nil array)
> BRPOP a 0.01
(nil array)
> BLMPOP 0.01 1 a LEFT
(nil array)
> BLMOVE a b LEFT LEFT 0.01
(nil array)
> BRPOPLPUSH a b 0.01
(nil array)

# which is null in RESP3
@ resp3
> BLPOP a b 0.01
(nil)
> BLMOVE a b LEFT LEFT 0.01
(nil)

# what is asked for is checked first
> SET k v
OK
> BLPOP k x
(error) ERR timeout is not a float or out of range
> BLPOP k -1
(error) ERR timeout is negative
> BLPOP a k 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BRPOPLPUSH k a 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BLMOVE k a LEFT LEFT x
(error) ERR timeout is not a float or out of range
> BLMOVE k a UP LEFT x
(error) ERR syntax error
> BLMPOP x 1 k LEFT
(error) ERR timeout is not a float or out of range
> BLMPOP x 0 k LEFT
(error) ERR numkeys should be greater than 0
> BLMPOP 1 1 k LEFT COUNT 0
(error) ERR count should be greater than 0
> BLMPOP 1 2 k LEFT
(error) ERR syntax error
> RPUSH l a
1
> BLMOVE l k LEFT LEFT 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> LLEN l
1
> BLPOP l
(error) ERR wrong number of arguments for 'blpop' command

# the first who waits is served first
1> BLPOP a b 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
2> BRPOP b 0
> PING
PONG
> RPUSH b 1 2
2
1: ["b", "1"]
2: ["b", "2"]
> EXISTS b
0

# one push serves whoever waits for a count, as far as it goes
1> BLMPOP 0 1 l RIGHT COUNT 2
until> CLIENT LIST TYPE normal
~"*flags=b*"
> RPUSH l a b c
3
1: ["l", ["c", "b"]]
> LRANGE l 0 -1
["a"]

# moving while waiting wakes the next
1> BLMOVE a b LEFT RIGHT 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
2> BLPOP b 0
> PING
PONG
> RPUSH a 1
1
1: "1"
2: ["b", "1"]
> EXISTS a b
0

# a wrong destination is an error once there is something to move
1> BRPOPLPUSH a k 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
> SET k v
OK
> RPUSH a 1
1
1: (error) WRONGTYPE Operation against a key holding the wrong kind of value
> LRANGE a 0 -1
["1"]

# a key of another type does not wake
1> BLPOP a 0
until> CLIENT LIST TYPE normal
~"*flags=b*"
> SET a v
OK
> DEL a
1
> RPUSH a x
1
1: ["a", "x"]

# waiting for several elements
@ only-russet: a command of Redis 8.10
1> BLMOVEM a b LEFT RIGHT 0 EXACTLY 3 BULK
until> CLIENT LIST TYPE normal
~"*flags=b*"
> RPUSH a 1 2
2
> LLEN a
2
> RPUSH a 3
3
1: ["1", "2", "3"]
> LRANGE b 0 -1
["1", "2", "3"]

# who waits for more than there is does not keep the others waiting
@ only-russet: a command of Redis 8.10
1> BLMOVEM a b LEFT RIGHT 0 EXACTLY 3 BULK
until> CLIENT LIST TYPE normal
~"*flags=b*"
2> BLPOP a 0
until> CLIENT LIST TYPE normal
~"*flags=b*flags=b*"
> RPUSH a 1
1
2: ["a", "1"]
> RPUSH a 2 3 4 5
4
1: ["2", "3", "4"]
> LRANGE a 0 -1
["5"]

# in a transaction nobody waits
> MULTI
OK
> BLPOP a 0
QUEUED
> BLMPOP 0 1 a LEFT
QUEUED
> BLMOVE a b LEFT LEFT 0
QUEUED
> EXEC
[(nil array), (nil array), (nil)]
