// CONFIG. Settings that a block changes are put back by the harness.

# CONFIG GET finds settings by name and by glob
> CONFIG GET maxmemory
["maxmemory", "0"]
> CONFIG GET MAXMEMORY
["MAXMEMORY", "0"]
> CONFIG GET maxmemory-p*
["maxmemory-policy", "noeviction"]
> CONFIG GET foo
[]
> CONFIG GET maxmemory maxmemory-policy
unordered ["maxmemory", "0", "maxmemory-policy", "noeviction"]
> CONFIG GET maxmemory max*ory
["maxmemory", "0"]
> CONFIG GET
(error) ERR wrong number of arguments for 'config|get' command
> CONFIG GET *
pairs {"appendonly": <string>, "save": "", "databases": "16", "port": <string>, "dir": <string>, "maxclients": <string>, "timeout": "0", "hz": <string>, "bind": "127.0.0.1", ...}

# CONFIG GET in RESP3 is a map
@ resp3
> CONFIG GET maxmemory*
{"maxmemory": "0", "maxmemory-policy": "noeviction", "maxmemory-samples": "5", "maxmemory-eviction-tenacity": "10", "maxmemory-clients": "0"}

# CONFIG SET takes numbers, sizes, words and switches
> CONFIG SET maxmemory 100mb
OK
> CONFIG GET maxmemory
["maxmemory", "104857600"]
> CONFIG SET maxmemory 1gb
OK
> CONFIG GET maxmemory
["maxmemory", "1073741824"]
> CONFIG SET maxmemory 1k
OK
> CONFIG GET maxmemory
["maxmemory", "1000"]
> CONFIG SET maxmemory 0
OK
> CONFIG SET maxmemory-policy ALLKEYS-LRU
OK
> CONFIG GET maxmemory-policy
["maxmemory-policy", "allkeys-lru"]
> CONFIG SET timeout 10
OK
> CONFIG GET timeout
["timeout", "10"]
> CONFIG SET TIMEOUT 0
OK
> CONFIG SET appendfsync always
OK
> CONFIG GET appendfsync
["appendfsync", "always"]
> CONFIG SET lazyfree-lazy-user-del yes
OK
> CONFIG GET lazyfree-lazy-user-del
["lazyfree-lazy-user-del", "yes"]
> CONFIG SET save "3600 1 300 100"
OK
> CONFIG GET save
["save", "3600 1 300 100"]
> CONFIG SET save ""
OK
> CONFIG GET save
["save", ""]

# CONFIG SET knows old names of settings
> CONFIG SET hash-max-ziplist-entries 7
OK
> CONFIG GET hash-max-listpack-entries
["hash-max-listpack-entries", "7"]
> CONFIG GET hash-max-ziplist-entries
["hash-max-ziplist-entries", "7"]

# CONFIG SET changes several settings or none
> CONFIG SET timeout 11 maxmemory-policy allkeys-lru
OK
> CONFIG GET timeout
["timeout", "11"]
> CONFIG SET timeout 12 maxmemory-policy foo
(error) ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction
> CONFIG GET timeout
["timeout", "11"]
> CONFIG SET timeout 12 foo 1
(error) ERR Unknown option or number of arguments for CONFIG SET - 'foo'
> CONFIG GET timeout
["timeout", "11"]
> CONFIG SET timeout 12 timeout 13
(error) ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter
> CONFIG GET timeout
["timeout", "11"]
> CONFIG SET timeout
(error) ERR wrong number of arguments for 'config|set' command

# CONFIG SET refuses wrong values
> CONFIG SET foo 1
(error) ERR Unknown option or number of arguments for CONFIG SET - 'foo'
> CONFIG SET timeout x
(error) ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer
> CONFIG SET timeout -1
(error) ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between 0 and 2147483647 inclusive
> CONFIG SET maxmemory x
(error) ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value
> CONFIG SET maxmemory 100xb
(error) ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value
> CONFIG SET maxmemory-policy foo
(error) ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction
> CONFIG SET appendonly maybe
(error) ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'yes' or 'no'
> CONFIG SET hz x
(error) ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer
> CONFIG SET maxmemory-samples 0
(error) ~ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') - argument must be between 1 and * inclusive
> CONFIG SET databases 5
(error) ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config
> CONFIG SET dir /nonexistent/folder
(error) ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory
> CONFIG SET save "a b"
(error) ERR CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters
> CONFIG SET save "1"
(error) ERR CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters
> CONFIG SET
(error) ERR wrong number of arguments for 'config|set' command
> CONFIG SET maxmemory
(error) ERR wrong number of arguments for 'config|set' command
> CONFIG FOO
(error) ERR unknown subcommand 'FOO'. Try CONFIG HELP.
> CONFIG
(error) ERR wrong number of arguments for 'config' command

# CONFIG SET requirepass closes the door for new connections
@ server
> CONFIG SET requirepass secret
OK
> PING
PONG
1> PING
(error) NOAUTH Authentication required.
1> AUTH secret
OK
1> CONFIG SET requirepass ""
OK
2> PING
PONG

# CONFIG REWRITE needs a file
> CONFIG REWRITE
(error) ERR The server is running without a config file
> CONFIG REWRITE x
(error) ERR wrong number of arguments for 'config|rewrite' command
> CONFIG RESETSTAT x
(error) ERR wrong number of arguments for 'config|resetstat' command
> CONFIG HELP
[~"CONFIG <subcommand>*", ...]

# settings that guard themselves are closed unless opened
@ server --enable-protected-configs no
> CONFIG SET dir .
(error) ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config
> CONFIG SET dbfilename other.rdb
(error) ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config

# renamed commands are logged so that they can be loaded
@ differs: Redis cannot load a log with the effects of a renamed command and ends
@ server --rename-command SET STORE --rename-command FLUSHDB EMPTY --appendonly yes
> STORE lost v
OK
> EMPTY
OK
> STORE k v EX 1000
OK
> DEBUG LOADAOF
OK
> KEYS *
["k"]
> TTL k
<int 990..1000>

# commands are renamed or removed by the settings
@ server --rename-command GET FETCH
> SET k v
OK
> FETCH k
"v"
> GET k
(error) ~ERR unknown command 'GET'*
