// Strings as bits and as small integers.

# SETBIT and GETBIT
> SETBIT k 7 1
0
> SETBIT k 7 1
1
> GETBIT k 7
1
> GETBIT k 6
0
> GETBIT k 100
0
> GET k
"\x01"
> SETBIT k 7 0
1
> SETBIT k 20 0
0
> STRLEN k
3
> OBJECT ENCODING k
"raw"
> SETBIT k -1 1
(error) ERR bit offset is not an integer or out of range
> SETBIT k x 1
(error) ERR bit offset is not an integer or out of range
> SETBIT k 4294967296 1
(error) ERR bit offset is not an integer or out of range
> SETBIT k 0 2
(error) ERR bit is not an integer or out of range
> SETBIT k 0 x
(error) ERR bit is not an integer or out of range
> GETBIT k -1
(error) ERR bit offset is not an integer or out of range
> GETBIT missing 5
0
> EXISTS missing
0
> SET i 12
OK
> SETBIT i 6 1
0
> GET i
"32"
> GETBIT i 3
1
> EXPIREAT i 33177117420
1
> SETBIT i 0 0
0
> EXPIRETIME i
33177117420
> RPUSH l a
1
> SETBIT l 0 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GETBIT l 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BITCOUNT l
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BITPOS l 1
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BITFIELD l GET u8 0
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> BITOP NOT d l
(error) WRONGTYPE Operation against a key holding the wrong kind of value

# BITCOUNT
> SET k foobar
OK
> BITCOUNT k
26
> BITCOUNT k 0 0
4
> BITCOUNT k 1 1
6
> BITCOUNT k 0 -1
26
> BITCOUNT k -2 -1
7
> BITCOUNT k 5 30 BIT
17
> BITCOUNT k -5 -1 BIT
2
> BITCOUNT k 5 5 BYTE
4
> BITCOUNT k 10 2
0
> BITCOUNT k 0 -100
4
> BITCOUNT k -1 -3
0
> BITCOUNT k -1 -3 FOO
0
> BITCOUNT k 0 1 FOO
(error) ERR syntax error
> BITCOUNT k 0
(error) ERR syntax error
> BITCOUNT k 0 x
(error) ERR value is not an integer or out of range
> BITCOUNT k 0 1 BIT 2
(error) ERR syntax error
> BITCOUNT missing
0
> BITCOUNT missing x
0
> SET n 12345
OK
> BITCOUNT n
17
> SET e ""
OK
> BITCOUNT e 0 -1
0

# BITPOS
> SETRANGE k 0 "\xff\xf0\x00"
3
> BITPOS k 0
12
> BITPOS k 1
0
> BITPOS k 1 2
-1
> BITPOS k 0 1
12
> BITPOS k 0 0 0
-1
> BITPOS k 1 2 -1
-1
> BITPOS k 0 3
-1
> BITPOS k 1 7 15 BIT
7
> BITPOS k 0 4 11 BIT
-1
> BITPOS k 0 4 12 BIT
12
> BITPOS k 1 -12 -1 BIT
-1
> BITPOS k 0 1 0
-1
> BITPOS k 2
(error) ERR The bit argument must be 1 or 0.
> BITPOS k x
(error) ERR value is not an integer or out of range
> BITPOS k 1 x
(error) ERR value is not an integer or out of range
> BITPOS k 1 0 1 FOO
(error) ERR syntax error
> BITPOS k 1 0 1 BIT 3
(error) ERR syntax error
> SET a "\xff\xff"
OK
> BITPOS a 0
16
> BITPOS a 0 0
16
> BITPOS a 0 0 -1
-1
> BITPOS a 0 0 15 BIT
-1
> BITPOS missing 0
0
> BITPOS missing 1
-1
> SET e ""
OK
> BITPOS e 0
-1
> BITPOS e 0 0 -1
-1

# BITOP
> SET a "abc"
OK
> SET b "\xff\x0f"
OK
> BITOP AND d a b
3
> GET d
"a\x02\x00"
> BITOP OR d a b missing
3
> GET d
"\xffoc"
> BITOP XOR d a b
3
> GET d
"\x9emc"
> BITOP NOT d a
3
> GET d
"\x9e\x9d\x9c"
> OBJECT ENCODING d
"raw"
> BITOP AND d missing other
0
> EXISTS d
0
> BITOP NOT d a b
(error) ERR BITOP NOT must be called with a single source key.
> BITOP FOO d a
(error) ERR syntax error
> BITOP AND d
(error) ERR wrong number of arguments for 'bitop' command
> EXPIREAT a 33177117420
1
> BITOP OR a a b
3
> TTL a
-1
> SET n 12
OK
> BITOP OR d n
2
> GET d
"12"

# the newer operations of BITOP
@ only-russet: Redis has them since 8.2
> SET x "\xf0"
OK
> SET y "\xcc"
OK
> SET z "\xaa"
OK
> BITOP DIFF d x y z
1
> GET d
"\x10"
> BITOP DIFF1 d x y z
1
> GET d
"\x0e"
> BITOP ANDOR d x y z
1
> GET d
"\xe0"
> BITOP ONE d x y z
1
> GET d
"\x16"
> BITOP DIFF d x
(error) ERR BITOP DIFF must be called with at least two source keys.

# BITFIELD
> BITFIELD k SET u8 0 255 GET u8 0 GET i8 0
[0, 255, -1]
> BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1
[1, 1]
> BITFIELD k OVERFLOW SAT INCRBY u8 0 10 OVERFLOW WRAP INCRBY u8 0 10
[255, 9]
> BITFIELD k OVERFLOW FAIL INCRBY u8 0 250
[(nil)]
> BITFIELD k SET i5 #2 -3 GET i5 #2 GET u5 10
[0, -3, 29]
> BITFIELD k SET i64 0 -1 GET u63 1
[664843894990569472, 9223372036854775807]
> BITFIELD k SET u63 1 9223372036854775807
[9223372036854775807]
> BITFIELD k OVERFLOW SAT SET u4 0 -1 GET u4 0
[15, 15]
> BITFIELD k OVERFLOW SAT INCRBY i64 0 9223372036854775807 INCRBY i64 0 9223372036854775807
[9223372036854775806, 9223372036854775807]
> BITFIELD k
[]
> BITFIELD k GET u64 0
(error) ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET u0 0
(error) ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET i65 0
(error) ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET x8 0
(error) ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.
> BITFIELD k GET u8 -1
(error) ERR bit offset is not an integer or out of range
> BITFIELD k GET u8 #x
(error) ERR bit offset is not an integer or out of range
> BITFIELD k SET u8 0 x
(error) ERR value is not an integer or out of range
> BITFIELD k OVERFLOW FOO
(error) ERR Invalid OVERFLOW type specified
> BITFIELD k GET u8
(error) ERR syntax error
> BITFIELD k FOO u8 0
(error) ERR syntax error
> BITFIELD missing GET u8 0
[0]
> EXISTS missing
0
> BITFIELD n OVERFLOW FAIL SET u2 0 7
[(nil)]
> STRLEN n
1
> BITFIELD_RO k GET u8 0 GET u4 4
[127, 15]
> BITFIELD_RO k SET u8 0 1
(error) ERR BITFIELD_RO only supports the GET subcommand
> BITFIELD_RO missing GET u8 0
[0]
> BITFIELD_RO k
[]
> SET i 12
OK
> BITFIELD i GET u8 0 SET u8 8 65
[49, 50]
> GET i
"1A"
