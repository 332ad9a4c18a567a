// The list family. Commands that wait are in list_blocking.t.

# LPUSH and RPUSH add elements one after the other and answer the length
> RPUSH l a b
2
> LPUSH l c d
4
> LRANGE l 0 -1
["d", "c", "a", "b"]
> LLEN l
4
> TYPE l
list
> OBJECT ENCODING l
"quicklist"
> LPUSH l
(error) ERR wrong number of arguments for 'lpush' command
> SET k v
OK
> RPUSH k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> LLEN none
0

# LPUSHX and RPUSHX add to what is there only
> LPUSHX l a
0
> RPUSHX l a
0
> EXISTS l
0
> RPUSH l a
1
> RPUSHX l b c
3
> LPUSHX l d e
5
> LRANGE l 0 -1
["e", "d", "a", "b", "c"]

# elements are bytes, also empty ones and long ones
> RPUSH l "" "a\x00b" "\xff\r\n" "x"*5000 ""
5
> LRANGE l 0 2
["", "a\x00b", "\xff\r\n"]
> LINDEX l 3
"x"*5000
> RPOP l
""
> RPOP l
"x"*5000
> RPUSH l "y"*70000 "z"*70000
5
> LPOP l 3
["", "a\x00b", "\xff\r\n"]
> LRANGE l 0 -1
["y"*70000, "z"*70000]
> LPOP l
"y"*70000
> LPOP l
"z"*70000
> EXISTS l
0

# LPOP and RPOP take one, or as many as asked for
> RPUSH l a b c d e f
6
> LPOP l
"a"
> RPOP l
"f"
> RPOP l 2
["e", "d"]
> LPOP l 0
[]
> LPOP l 10
["b", "c"]
> EXISTS l
0
> LPOP l
(nil)
> LPOP l 1
(nil array)
> RPOP l 0
(nil array)
> LPOP l -1
(error) ERR value is out of range, must be positive
> LPOP l x
(error) ERR value is out of range, must be positive
> LPOP l 1 2
(error) ERR wrong number of arguments for 'lpop' command
> SET k v
OK
> LPOP k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> LPOP k x
(error) ERR value is out of range, must be positive

# nothing is null in RESP3
@ resp3
> LPOP l
(nil)
> LPOP l 1
(nil)
> LMPOP 1 l LEFT
(nil)
> LMOVE l m LEFT LEFT
(nil)
> LPOS l a
(nil)
> LRANGE l 0 -1
[]

# LRANGE takes indexes from either end and never fails
> RPUSH l a b c d
4
> LRANGE l 0 -1
["a", "b", "c", "d"]
> LRANGE l 1 2
["b", "c"]
> LRANGE l -2 100
["c", "d"]
> LRANGE l -100 0
["a"]
> LRANGE l 3 1
[]
> LRANGE l 4 5
[]
> LRANGE l -9223372036854775808 9223372036854775807
["a", "b", "c", "d"]
> LRANGE none 0 -1
[]
> LRANGE l 0 x
(error) ERR value is not an integer or out of range
> SET k v
OK
> LRANGE k 0 x
(error) ERR value is not an integer or out of range
> LRANGE k 0 -1
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# LINDEX and LSET take one index
> RPUSH l a b c
3
> LINDEX l -1
"c"
> LINDEX l 3
(nil)
> LINDEX l -4
(nil)
> LINDEX l x
(error) ERR value is not an integer or out of range
> LINDEX none x
(nil)
> LSET l 1 B
OK
> LSET l -3 A
OK
> LSET l 3 x
(error) ERR index out of range
> LSET l -4 x
(error) ERR index out of range
> LSET l x y
(error) ERR value is not an integer or out of range
> LSET none 0 a
(error) ERR no such key
> LSET none x a
(error) ERR no such key
> LRANGE l 0 -1
["A", "B", "c"]

# LSET changes lengths
> RPUSH l aa bb cc
3
> LSET l 1 ""
OK
> LSET l 2 "x"*300
OK
> LSET l 0 "y"*20000
OK
> LRANGE l 0 -1
["y"*20000, "", "x"*300]
> LSET l 0 short
OK
> LRANGE l 0 -1
["short", "", "x"*300]

# LINSERT puts an element beside the first that equals another
> RPUSH l a b a
3
> LINSERT l BEFORE a 1
4
> LINSERT l after b 2
5
> LINSERT l before none 3
-1
> LINSERT none BEFORE a 1
0
> LINSERT l BETWEEN a 1
(error) ERR syntax error
> LINSERT l BEFORE a
(error) ERR wrong number of arguments for 'linsert' command
> LRANGE l 0 -1
["1", "a", "b", "2", "a"]

# LREM removes from either end, or all
> RPUSH l a b a c a d a
7
> LREM l 2 a
2
> LRANGE l 0 -1
["b", "c", "a", "d", "a"]
> LREM l -1 a
1
> LRANGE l 0 -1
["b", "c", "a", "d"]
> LREM l 0 a
1
> LREM l 0 a
0
> LREM l x a
(error) ERR value is not an integer or out of range
> LREM l 1 b
1
> LREM l 1 c
1
> LREM l -9223372036854775808 d
1
> EXISTS l
0
> LREM l 0 a
0

# LTRIM keeps a range
> RPUSH l a b c d e
5
> LTRIM l 1 -2
OK
> LRANGE l 0 -1
["b", "c", "d"]
> LTRIM l 0 -1
OK
> LLEN l
3
> LTRIM l -1 100
OK
> LRANGE l 0 -1
["d"]
> LTRIM l 1 0
OK
> EXISTS l
0
> LTRIM l 0 0
OK
> LTRIM l x 0
(error) ERR value is not an integer or out of range

# LPOS finds indexes from either end
> RPUSH l a b c 1 2 3 c c
8
> LPOS l c
2
> LPOS l c RANK 2
6
> LPOS l c rank -1
7
> LPOS l c RANK 4
(nil)
> LPOS l c COUNT 2
[2, 6]
> LPOS l c COUNT 0
[2, 6, 7]
> LPOS l c COUNT 0 RANK -2
[6, 2]
> LPOS l c COUNT 0 MAXLEN 3
[2]
> LPOS l c COUNT 0 MAXLEN 0
[2, 6, 7]
> LPOS l c MAXLEN 2
(nil)
> LPOS l c COUNT 0 MAXLEN 2 RANK -1
[7, 6]
> LPOS l none COUNT 0
[]
> LPOS none a
(nil)
> LPOS none a COUNT 1
[]
> LPOS l c RANK 0
(error) ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
> LPOS l c COUNT -1
(error) ERR COUNT can't be negative
> LPOS l c COUNT x
(error) ERR COUNT can't be negative
> LPOS l c MAXLEN -1
(error) ERR MAXLEN can't be negative
> LPOS l c RANK x
(error) ERR value is not an integer or out of range
> LPOS l c RANK
(error) ERR syntax error
> LPOS l c FOO 1
(error) ERR syntax error
> SET k v
OK
> LPOS k a
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# a rank that has no opposite is out of range
@ differs: Redis 7.0 negates it as it is, and finds the first match; later versions refuse it
> RPUSH l a
1
> LPOS l a RANK -9223372036854775808
(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807

# LMOVE and RPOPLPUSH move one element
> RPUSH a 1 2 3
3
> LMOVE a b LEFT RIGHT
"1"
> RPOPLPUSH a b
"3"
> LMOVE a b RIGHT left
"2"
> EXISTS a
0
> LRANGE b 0 -1
["2", "3", "1"]
> LMOVE a b LEFT RIGHT
(nil)
> LMOVE b b LEFT RIGHT
"2"
> LMOVE b b LEFT LEFT
"3"
> RPOPLPUSH b b
"2"
> LRANGE b 0 -1
["2", "3", "1"]
> LMOVE b c UP LEFT
(error) ERR syntax error
> LMOVE b c LEFT
(error) ERR wrong number of arguments for 'lmove' command
> SET k v
OK
> LMOVE b k LEFT LEFT
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> LMOVE k b LEFT LEFT
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> LMOVE none k LEFT LEFT
(nil)
> LLEN b
3

# LMPOP takes from the first list that there is
> RPUSH b 1 2 3 4
4
> LMPOP 2 a b LEFT
["b", ["1"]]
> LMPOP 2 a b RIGHT COUNT 2
["b", ["4", "3"]]
> LMPOP 1 b left count 10
["b", ["2"]]
> LMPOP 2 a b LEFT
(nil array)
> LMPOP 0 a LEFT
(error) ERR numkeys should be greater than 0
> LMPOP x a LEFT
(error) ERR numkeys should be greater than 0
> LMPOP 2 a LEFT
(error) ERR syntax error
> LMPOP 1 a LEFT COUNT 0
(error) ERR count should be greater than 0
> LMPOP 1 a LEFT COUNT
(error) ERR syntax error
> LMPOP 1 a LEFT COUNT 1 COUNT 2
(error) ERR syntax error
> LMPOP 1 a UP
(error) ERR syntax error
> LMPOP 1 a
(error) ERR wrong number of arguments for 'lmpop' command
> SET k v
OK
> LMPOP 2 k b LEFT
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# LMOVEM moves several, in the order of popping or as they are
@ only-russet: a command of Redis 8.10
> RPUSH a 1 2 3 4 5 6
6
> LMOVEM a b LEFT LEFT
["1"]
> LMOVEM a b LEFT LEFT COUNT 2 OBO
["3", "2"]
> LMOVEM a b LEFT LEFT COUNT 2 BULK
["4", "5"]
> LRANGE b 0 -1
["4", "5", "3", "2", "1"]
> LMOVEM a b LEFT LEFT EXACTLY 2 BULK
(nil)
> LMOVEM a b RIGHT RIGHT COUNT 9 OBO
["6"]
> LMOVEM a b LEFT LEFT COUNT 1 OBO
[]
> LMOVEM b b LEFT LEFT EXACTLY 2 OBO
["5", "4"]
> LRANGE b 0 1
["5", "4"]
> LMOVEM b c LEFT LEFT COUNT 1
(error) ERR syntax error

# a list keeps its expiry while it is there
> RPUSH l a
1
> EXPIREAT l 33177117420
1
> LPUSH l b
2
> LSET l 0 c
OK
> EXPIRETIME l
33177117420
> LMOVE l m LEFT LEFT
"c"
> EXPIRETIME m
-1
> RENAME l n
OK
> EXPIRETIME n
33177117420
> COPY n o
1
> LRANGE o 0 -1
["a"]
> EXPIRETIME o
33177117420

# lists in many small chunks, compressed but for the ends, answer the same
> CONFIG SET list-max-listpack-size 3 list-compress-depth 1
OK
> RPUSH l "a"*60 "b"*60 "c"*60 "d"*60 "e"*60 "f"*60 "g"*60 "h"*60 "i"*60 "j"*60 "k"*60 "l"*60
12
> LINDEX l 5
"f"*60
> LSET l 6 "G"*60
OK
> LINSERT l AFTER "e"*60 between
13
> LREM l 0 "h"*60
1
> LRANGE l 4 7
["e"*60, "between", "f"*60, "G"*60]
> LPOS l "i"*60
8
> LPOP l 5
["a"*60, "b"*60, "c"*60, "d"*60, "e"*60]
> RPOP l 3
["l"*60, "k"*60, "j"*60]
> LTRIM l 1 -2
OK
> LRANGE l 0 -1
["f"*60, "G"*60]
> CONFIG GET list-max-ziplist-size
["list-max-ziplist-size", "3"]
