// What a replica says to its master before it is fed, and who is master.

# an introduction
> REPLCONF
OK
> REPLCONF listening-port 7000 ip-address 10.0.0.1 capa eof capa psync2
OK
> REPLCONF listening-port x
(error) ERR value is not an integer or out of range
> REPLCONF capa
(error) ERR syntax error
> REPLCONF rdb-only 1 rdb-filter-only functions
OK
> REPLCONF rdb-filter-only "functions FUNCTIONS"
OK
> REPLCONF rdb-filter-only ""
OK
> REPLCONF rdb-filter-only "functions keys"
(error) ERR Unsupported rdb-filter-only option: keys
> REPLCONF rdb-filter-only "'functions"
(error) ERR Missing rdb-filter-only values
> REPLCONF mood good
(error) ERR Unrecognized REPLCONF option: mood

# a master stays one
> REPLICAOF NO ONE
OK
> SLAVEOF no one
OK
> REPLICAOF 127.0.0.1 port
(error) ERR Invalid master port
> REPLICAOF 127.0.0.1 70000
(error) ERR Invalid master port
> REPLICAOF NO
(error) ERR wrong number of arguments for 'replicaof' command
> ROLE
["master", 0, []]

# without replicas nothing is confirmed
> WAIT 0 100
0
> WAIT 1 20
0
> MULTI
OK
> WAIT 1 0
QUEUED
> EXEC
[0]

# WAITAOF without a file and without replicas
@ only-russet: WAITAOF came with Redis 7.2
@ server --appendonly no
> SET k v
OK
> WAITAOF 0 0 0
[0, 0]
> WAITAOF 0 1 10
[0, 0]
> WAITAOF 1 0 10
(error) ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.
> WAITAOF 2 0 10
(error) ERR value is out of range, value must between 0 and 1
> WAITAOF x 0 10
(error) ERR value is not an integer or out of range
> WAITAOF 0 -1 10
(error) ERR value is out of range, must be positive
> WAITAOF 0 0 -1
(error) ERR timeout is negative
> WAITAOF 0 0 x
(error) ERR timeout is not an integer or out of range
> WAITAOF 0 0
(error) ERR wrong number of arguments for 'waitaof' command

# WAITAOF waits for the disk
@ only-russet: WAITAOF came with Redis 7.2
@ server --appendonly yes --appendfsync everysec
> WAITAOF 1 0 0
[1, 0]
> SET k v
OK
> WAITAOF 1 0 0
[1, 0]
> CONFIG SET appendfsync always
OK
> SET k w
OK
> WAITAOF 1 0 0
[1, 0]
> WAITAOF 1 1 10
[1, 0]
> CONFIG SET appendfsync no
OK
> SET k x
OK
> WAITAOF 1 0 20
[0, 0]
> WAITAOF 0 0 0
[0, 0]
> MULTI
OK
> WAITAOF 1 0 0
QUEUED
> EXEC
[[0, 0]]
1> SET k y
OK
1> WAITAOF 1 0 0
(none)
> CONFIG SET appendonly no
OK
1: (error) ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.
