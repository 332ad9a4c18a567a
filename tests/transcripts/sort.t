// SORT and SORT_RO.

# lists, sets and sorted sets in order
> RPUSH l 3 1 2 10
4
> SORT l
["1", "2", "3", "10"]
> SORT l DESC
["10", "3", "2", "1"]
> SORT l ALPHA
["1", "10", "2", "3"]
> SORT l ALPHA DESC LIMIT 1 2
["2", "10"]
> SORT l LIMIT 0 2
["1", "2"]
> SORT l LIMIT 2 -1
["3", "10"]
> SORT l LIMIT -1 2
["1", "2"]
> SORT l LIMIT 10 10
[]
> SORT l LIMIT 1 0
[]
> SADD s 5 4 9
3
> SORT s
["4", "5", "9"]
> ZADD z 3 30 1 20 2 10
3
> SORT z
["10", "20", "30"]
> SORT z BY nosort
["20", "10", "30"]
> SORT z BY nosort DESC
["30", "10", "20"]
> SORT z BY nosort LIMIT 1 1
["10"]
> SORT z BY nosort DESC LIMIT 0 2
["30", "10"]
> SORT l BY nosort
["3", "1", "2", "10"]
> SORT l BY nosort DESC LIMIT 1 2
["2", "1"]
> SORT missing
[]
> RPUSH f 1.5 -inf 1e3 0x10 inf
5
> SORT f
["-inf", "1.5", "0x10", "1e3", "inf"]
> RPUSH t a b
2
> SORT t
(error) ERR One or more scores can't be converted into double
> RPUSH n nan
1
> SORT n
(error) ERR One or more scores can't be converted into double
> SET k v
OK
> SORT k
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> HSET h f v
1
> SORT h
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SORT
(error) ERR wrong number of arguments for 'sort' command
> SORT l FOO
(error) ERR syntax error
> SORT l LIMIT 1
(error) ERR syntax error
> SORT l LIMIT x 1
(error) ERR value is not an integer or out of range
> SORT l BY
(error) ERR syntax error
> SORT l GET
(error) ERR syntax error

# BY and GET look at other keys
> RPUSH l 1 2 3
3
> MSET w1 30 w2 10 w3 20 o1 one o2 two
OK
> HSET h1 f 3 g x
2
> HSET h2 f 1
1
> SORT l BY w*
["2", "3", "1"]
> SORT l BY w* DESC
["1", "3", "2"]
> SORT l BY h*->f
["3", "2", "1"]
> SORT l BY w* GET o* GET #
["two", "2", (nil), "3", "one", "1"]
> SORT l GET h*->g
["x", (nil), (nil)]
> SORT l GET h*->
[(nil), (nil), (nil)]
> SORT l GET fixed
[(nil), (nil), (nil)]
> SORT l BY w* LIMIT 0 1
["2"]
> SORT l BY o* ALPHA
["3", "1", "2"]
> SORT l BY missing*
["1", "2", "3"]
> SORT l BY o*
(error) ERR One or more scores can't be converted into double
> SORT l BY l*
["1", "2", "3"]
> SORT_RO l BY w* GET o*
["two", (nil), "one"]
> SORT_RO l STORE d
(error) ERR syntax error
> MULTI
OK
> SORT l BY w*
QUEUED
> EXEC
[["2", "3", "1"]]

# STORE
> RPUSH l 3 1 2
3
> SORT l STORE d
3
> LRANGE d 0 -1
["1", "2", "3"]
> TYPE d
list
> SORT l GET o* STORE d
3
> LRANGE d 0 -1
["", "", ""]
> SORT missing STORE d
0
> EXISTS d
0
> SADD s b a c
3
> SORT s BY nosort STORE d
3
> LRANGE d 0 -1
["a", "b", "c"]
> SORT l LIMIT 1 1 STORE l
1
> LRANGE l 0 -1
["2"]
> SORT l STORE
(error) ERR syntax error
> SORT l STORE a STORE b
1
> EXISTS a b
1
> COMMAND GETKEYS SORT l BY w* STORE a STORE b
["l", "b"]
> COMMAND GETKEYS SORT_RO l BY w*
["l"]
