// MEMORY and the limit on it.

# MEMORY USAGE estimates the bytes of a key
> SET k v
OK
> MEMORY USAGE k
<int 10..200>
> SET big "x"*10000
OK
> MEMORY USAGE big
<int 10000..14000>
> MEMORY USAGE big SAMPLES 0
<int 10000..14000>
> HSET h f v
1
> MEMORY USAGE h SAMPLES 5
<int 10..400>
> MEMORY USAGE missing
(nil)
> MEMORY USAGE k SAMPLES -1
(error) ERR syntax error
> MEMORY USAGE k SAMPLES x
(error) ERR value is not an integer or out of range
> MEMORY USAGE k SAMPLES
(error) ERR syntax error
> MEMORY USAGE k FOO 1
(error) ERR syntax error
> MEMORY USAGE
(error) ERR wrong number of arguments for 'memory|usage' command

# MEMORY STATS names its figures
> SET k v
OK
> MEMORY STATS
pairs {"peak.allocated": <int>, "total.allocated": <int>, "startup.allocated": <int>, "keys.count": 1, "keys.bytes-per-key": <int>, "dataset.bytes": <int>, "replication.backlog": <int>, "clients.normal": <int>, "aof.buffer": <int>, "overhead.total": <int>, ...}
> MEMORY STATS x
(error) ERR wrong number of arguments for 'memory|stats' command

# MEMORY PURGE, DOCTOR, HELP and unknown subcommands
> MEMORY PURGE
OK
> MEMORY DOCTOR
<string>
> MEMORY HELP
[~"MEMORY <subcommand>*", ...]
> MEMORY HELP
includes [~"DOCTOR*", ~"PURGE*", ~"STATS*", ~"USAGE *", ~"HELP*"]
> MEMORY FOO
(error) ERR unknown subcommand 'FOO'. Try MEMORY HELP.
> MEMORY
(error) ERR wrong number of arguments for 'memory' command

# over maxmemory writes are refused and reads and deletions go on
> SET k v
OK
> CONFIG SET maxmemory 1
OK
> SET l v
(error) OOM command not allowed when used memory > 'maxmemory'.
> APPEND k v
(error) OOM command not allowed when used memory > 'maxmemory'.
> HSET h f v
(error) OOM command not allowed when used memory > 'maxmemory'.
> INCR n
(error) OOM command not allowed when used memory > 'maxmemory'.
> GET k
"v"
> TTL k
-1
> DEL k
1
> CONFIG SET maxmemory 0
OK
> SET l v
OK

# with an eviction policy old keys make room
> SET a "x"*100000
OK
> CONFIG SET maxmemory-policy allkeys-lru maxmemory 1
OK
> PING
PONG
> CONFIG SET maxmemory 0
OK
> SET b v
OK

# MEMORY MALLOC-STATS is what the allocator tells
> MEMORY MALLOC-STATS
~"*jemalloc statistics*"
> MEMORY MALLOC-STATS x
(error) ERR wrong number of arguments for 'memory|malloc-stats' command
