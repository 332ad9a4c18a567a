// HyperLogLog. The strings are compared byte for byte.

# PFADD and PFCOUNT
> PFADD h a b c
1
> PFADD h a
0
> PFADD h
0
> GET h
"HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80`\xf3\x80P\xb1\x84K\xfb\x80BZ"
> PFCOUNT h
3
> GET h
"HYLL\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00`\xf3\x80P\xb1\x84K\xfb\x80BZ"
> PFADD h d
1
> GET h
"HYLL\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x80\\{\x80Dv\x80P\xb1\x84K\xfb\x80BZ"
> PFCOUNT h missing
4
> PFADD empty
1
> PFADD empty
0
> PFCOUNT empty
0
> PFCOUNT missing
0
> EXISTS missing
0
> TYPE h
string
> OBJECT ENCODING h
"raw"
> PFADD
(error) ERR wrong number of arguments for 'pfadd' command

# PFMERGE
> PFADD a 1 2 3
1
> PFADD b 3 4 5
1
> PFMERGE c a b
OK
> GET c
"HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80A\xee\x84H#\x80SQ\x80Mt\x80Q,\x8cC\xf3"
> PFCOUNT c
5
> PFCOUNT a b
5
> PFMERGE a b missing
OK
> PFCOUNT a
5
> PFMERGE new
OK
> PFCOUNT new
0
> PFMERGE
(error) ERR wrong number of arguments for 'pfmerge' command

# a sketch becomes dense
> CONFIG SET hll-sparse-max-bytes 30
OK
> PFADD h a b c d e f
1
> PFDEBUG ENCODING h
dense
> STRLEN h
12304
> PFCOUNT h
6
> PFADD h a
0
> PFADD s a
1
> PFMERGE s h
OK
> PFDEBUG ENCODING s
dense
> PFCOUNT s
6

# PFDEBUG
> PFADD h a b c
1
> PFDEBUG DECODE h
"Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603"
> PFDEBUG ENCODING h
sparse
> PFDEBUG TODENSE h
1
> PFDEBUG TODENSE h
0
> PFDEBUG DECODE h
(error) ERR HLL encoding is not sparse
> PFDEBUG FOO h
(error) ERR Unknown PFDEBUG subcommand 'FOO'
> PFDEBUG ENCODING missing
(error) ERR The specified key does not exist
> PFDEBUG ENCODING
(error) ERR wrong number of arguments for 'pfdebug' command

# what is no sketch is refused
> SET k v
OK
> PFADD k a
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> PFCOUNT k
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> PFMERGE k
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> PFMERGE d k
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> PFDEBUG ENCODING k
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> SET k 12
OK
> PFADD k a
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> RPUSH l a
1
> PFADD l a
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> PFCOUNT l
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> SET k "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f"
OK
> SET k "HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
OK
> PFCOUNT k
(error) WRONGTYPE Key is not a valid HyperLogLog string value.
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x80"
OK
> PFCOUNT k
(error) INVALIDOBJ Corrupted HLL object detected
> PFMERGE d k
(error) INVALIDOBJ Corrupted HLL object detected
> PFCOUNT k k
(error) INVALIDOBJ Corrupted HLL object detected

# the self-test passes
> PFSELFTEST
OK
