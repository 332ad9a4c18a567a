// DUMP and RESTORE; payloads are compared byte for byte where Redis gives the same.

# DUMP
> SET s hello
OK
> DUMP s
"\x00\x05hello\n\x00cr\xdfve4 \n"
> SET n 12345
OK
> DUMP n
"\x00\xc190\n\x00\x9d\x94\xea'\x93\xfc\b\xb9"
> RPUSH l a 1 c
3
> DUMP l
"\x12\x01\x02\x0f\x0f\x00\x00\x00\x03\x00\x81a\x02\x01\x01\x81c\x02\xff\n\x00\x8e\x9e\x05\xd7`k\x1f)"
> SADD i 1 2 3
3
> DUMP i
"\x0b\x0e\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00\n\x00\xa5\x02\\\xe2mnM\x1b"
> ZADD z 1 a 2.5 b
2
> DUMP z
"\x11\x14\x14\x00\x00\x00\x04\x00\x81a\x02\x01\x01\x81b\x02\x832.5\x04\xff\n\x00\xd4Ln\xa4\xf6D\xd9\xd7"
> HSET h f v
1
> DUMP h
"\x10\r\r\x00\x00\x00\x02\x00\x81f\x02\x81v\x02\xff\n\x00 \xf1=D#T\b\x9d"
> XADD x 1-1 a 1 b two
"1-1"
> XADD x 2-0 other 300
"2-0"
> XGROUP CREATE x g 1-1
OK
> DUMP x
"\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x0199\x00\x00\x00\x13\x00\x02\x01\x00\x01\x02\x01\x81a\x02\x81b\x02\x00\x01\x02\x01\x00\x01\x00\x01\x01\x01\x83two\x04\x05\x01\x00\x01\x01\x01\xdf\xff\x02\x01\x01\x85other\x06\xc1,\x02\x06\x01\xff\x02\x02\x00\x01\x01\x00\x00\x02\x01\x01g\x01\x01\x81\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\n\x00M,\xd7\xef2'\xd3\xbe"
> DUMP missing
(nil)
> DUMP
(error) ERR wrong number of arguments for 'dump' command
> EXPIREAT s 33177117420
1
> DUMP s
"\x00\x05hello\n\x00cr\xdfve4 \n"

# RESTORE
> RESTORE k 0 "\x00\x05hello\n\x00cr\xdfve4 \n"
OK
> GET k
"hello"
> TTL k
-1
> RESTORE k 0 "\x00\x05hello\n\x00cr\xdfve4 \n"
(error) BUSYKEY Target key name already exists.
> RESTORE k 0 "\x00\x05hello\n\x00cr\xdfve4 \n" REPLACE
OK
> RESTORE k 33177117420000 "\x00\x05hello\n\x00cr\xdfve4 \n" REPLACE ABSTTL
OK
> PEXPIRETIME k
33177117420000
> RESTORE k 1 "\x00\x05hello\n\x00cr\xdfve4 \n" REPLACE ABSTTL
OK
> EXISTS k
0
> RESTORE k 0 "\x00\x05hello\n\x00cr\xdfve4 \x0b"
(error) ERR DUMP payload version or checksum are wrong
> RESTORE k 0 "\x00\x05hello\x63\x00cr\xdfve4 \n"
(error) ERR DUMP payload version or checksum are wrong
> RESTORE k 0 ""
(error) ERR DUMP payload version or checksum are wrong
> RESTORE k 0 abc
(error) ERR DUMP payload version or checksum are wrong
> RESTORE k -1 abc
(error) ERR Invalid TTL value, must be >= 0
> RESTORE k x abc
(error) ERR value is not an integer or out of range
> RESTORE k 0 abc FOO
(error) ERR syntax error
> RESTORE k 0 abc IDLETIME -1
(error) ERR Invalid IDLETIME value, must be >= 0
> RESTORE k 0 abc IDLETIME x
(error) ERR value is not an integer or out of range
> RESTORE k 0 abc FREQ 256
(error) ERR Invalid FREQ value, must be >= 0 and <= 255
> RESTORE k 0 abc IDLETIME 1 FREQ 1
(error) ERR syntax error
> RESTORE k 0
(error) ERR wrong number of arguments for 'restore' command
> RESTORE k 0 "\x00\x05hello\n\x00cr\xdfve4 \n" IDLETIME 1000
OK
> OBJECT IDLETIME k
1000
