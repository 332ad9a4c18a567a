// The server as a whole: INFO, TIME, SLOWLOG, LATENCY, DEBUG, LOLWUT.

# INFO has its sections and fields
> INFO
~"# Server\r\nredis_version:*redis_mode:standalone*process_id:*tcp_port:*uptime_in_seconds:*# Clients\r\nconnected_clients:*blocked_clients:*# Memory\r\nused_memory:*used_memory_human:*maxmemory:0*maxmemory_policy:*# Persistence\r\nloading:0*rdb_changes_since_last_save:*aof_enabled:*# Stats\r\ntotal_connections_received:*total_commands_processed:*expired_keys:*evicted_keys:*keyspace_hits:*keyspace_misses:*# Replication\r\nrole:master\r\nconnected_slaves:0*# CPU\r\nused_cpu_sys:*# Keyspace*"
> INFO server
~"# Server\r\nredis_version:*"
> INFO SERVER
~"# Server\r\nredis_version:*"
> INFO clients
~"# Clients\r\n*"
> INFO memory
~"# Memory\r\n*"
> INFO persistence
~"# Persistence\r\n*"
> INFO stats
~"# Stats\r\n*"
> INFO replication
~"# Replication\r\nrole:master\r\n*"
> INFO cpu
~"# CPU\r\n*"
> INFO cluster
~"# Cluster\r\ncluster_enabled:0\r\n"
> INFO foo
""
> INFO server clients
~"# Server\r\n*# Clients\r\n*"
> INFO all
~"# Server*# Commandstats*# Keyspace*"
> INFO everything
~"# Server*# Commandstats*# Keyspace*"
> INFO default
~"# Server*# Keyspace*"

# INFO keyspace counts keys and expiries of each database
> MSET a 1 b 2 c 3
OK
> EXPIRE a 100000
1
> SELECT 4
OK
> SET d 1
OK
> INFO keyspace
~"# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=*\r\ndb4:keys=1,expires=0,avg_ttl=0*"
> FLUSHALL
OK
> INFO keyspace
"# Keyspace\r\n"

# INFO counts commands, calls and errors, and CONFIG RESETSTAT starts anew
> CONFIG RESETSTAT
OK
> SET k v
OK
> GET k
"v"
> GET missing
(nil)
> HSET k f v
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> GET
(error) ERR wrong number of arguments for 'get' command
> FOO
(error) ERR unknown command 'FOO', with args beginning with: 
> INFO commandstats
~"# Commandstats\r\n*cmdstat_get:calls=2,usec=*,usec_per_call=*,rejected_calls=1,failed_calls=0*"
> INFO commandstats
~"*cmdstat_hset:calls=1,usec=*,usec_per_call=*,rejected_calls=0,failed_calls=1*"
> INFO errorstats
~"# Errorstats\r\n*errorstat_ERR:count=2\r\n*"
> INFO errorstats
~"*errorstat_WRONGTYPE:count=1\r\n*"
> INFO stats
~"*keyspace_hits:1\r\nkeyspace_misses:1\r\n*total_error_replies:3\r\n*"
> INFO latencystats
~"# Latencystats\r\n*latency_percentiles_usec_get:p50=*,p99=*,p99.9=*"
> CONFIG RESETSTAT
OK
> INFO stats
~"*keyspace_hits:0\r\nkeyspace_misses:0\r\n*"
> INFO errorstats
"# Errorstats\r\n"

# INFO counts expired keys
> CONFIG RESETSTAT
OK
> SET k v PX 20
OK
until> DBSIZE
0
> INFO stats
~"*expired_keys:1\r\n*"

# TIME is seconds and microseconds
> TIME
[~"1?????????", <string>]
> TIME x
(error) ERR wrong number of arguments for 'time' command

# LOLWUT ends with the version
> LOLWUT
~"*Redis ver. *\n"
> LOLWUT VERSION 5 1 1 1
~"*Redis ver. *\n"
> LOLWUT VERSION 0
~"Redis ver. *\n"
> LOLWUT VERSION x
(error) ERR value is not an integer or out of range

# SLOWLOG keeps what took longer than its limit
> SLOWLOG RESET
OK
> CLIENT SETNAME me
OK
> CONFIG SET slowlog-log-slower-than 0
OK
> SET k "x"*200
OK
> CONFIG SET slowlog-log-slower-than -1
OK
> GET k
<string>
> SLOWLOG LEN
2
> SLOWLOG GET 1
[[<int>, <int 1000000000..4000000000>, <int>, ["SET", "k", ~"xxxxxxxx*... (72 more bytes)"], ~"127.0.0.1:*", "me"]]
> SLOWLOG GET
[[<int>, <int>, <int>, ["SET", "k", <string>], <string>, "me"], [<int>, <int>, <int>, ["CONFIG", "SET", "slowlog-log-slower-than", "0"], <string>, "me"]]
> SLOWLOG GET -1
[[...], [...]]
> SLOWLOG GET 0
[]
> SLOWLOG RESET
OK
> SLOWLOG LEN
0
> SLOWLOG GET x
(error) ERR count should be greater than or equal to -1
> SLOWLOG GET -2
(error) ERR count should be greater than or equal to -1
> SLOWLOG FOO
(error) ERR unknown subcommand 'FOO'. Try SLOWLOG HELP.
> SLOWLOG
(error) ERR wrong number of arguments for 'slowlog' command
> SLOWLOG HELP
[~"SLOWLOG <subcommand>*", ...]

# SLOWLOG keeps no more than its length, and at most 32 words of a command
> SLOWLOG RESET
OK
> CONFIG SET slowlog-max-len 2 slowlog-log-slower-than 0
OK
> PING
PONG
> DEL 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35
0
> CONFIG SET slowlog-log-slower-than -1
OK
> SLOWLOG LEN
2
> SLOWLOG GET
[[<int>, <int>, <int>, ["DEL", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "... (5 more arguments)"], <string>, ""], [<int>, <int>, <int>, ["PING"], <string>, ""]]
> SLOWLOG RESET
OK

# LATENCY watches events over a threshold
> CONFIG SET latency-monitor-threshold 10
OK
> LATENCY RESET
<int>
> DEBUG SLEEP 0.03
OK
> LATENCY LATEST
includes [["command", <int>, <int 30..10000>, <int 30..10000>]]
> LATENCY HISTORY command
[[<int>, <int 30..10000>]]
> LATENCY GRAPH command
~"command - high * ms, low * ms (all time high * ms)\n*"
> LATENCY RESET command
1
> LATENCY HISTORY command
[]
> LATENCY LATEST
[]
> LATENCY HISTORY foo
[]
> LATENCY GRAPH foo
(error) ERR No samples available for event 'foo'
> LATENCY DOCTOR
<string>
> LATENCY RESET foo bar
0
> LATENCY HELP
[~"LATENCY <subcommand>*", ...]
> LATENCY FOO
(error) ERR unknown subcommand 'FOO'. Try LATENCY HELP.
> LATENCY
(error) ERR wrong number of arguments for 'latency' command
> LATENCY HISTORY
(error) ERR wrong number of arguments for 'latency|history' command

# LATENCY HISTOGRAM counts the time of commands
> CONFIG RESETSTAT
OK
> SET k v
OK
> LATENCY HISTOGRAM set
["set", ["calls", 1, "histogram_usec", [<int>, 1]]]
> LATENCY HISTOGRAM foo
[]
> LATENCY HISTOGRAM set get
["set", ["calls", 1, "histogram_usec", [<int>, 1]]]

# DEBUG answers the subcommands tools rely on
> DEBUG SLEEP 0
OK
> DEBUG SET-ACTIVE-EXPIRE 0
OK
> SET k v PX 1
OK
> DEBUG SET-ACTIVE-EXPIRE 1
OK
until> DBSIZE
0
> SET k v
OK
> DEBUG OBJECT k
~"Value at:* refcount:1 encoding:embstr serializedlength:2 lru:* lru_seconds_idle:*"
> DEBUG OBJECT missing
(error) ERR no such key
> DEBUG DIGEST-VALUE k missing
[<string>, ~"0000000000000000000000000000000000000000"]
> DEBUG POPULATE 3
OK
> DBSIZE
4
> GET key:0
"value:0"
> DEBUG POPULATE 2 x 10
OK
> STRLEN x:1
10
> DEBUG DIGEST
<string>
> DEBUG FOO
(error) ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP.
> DEBUG
(error) ERR wrong number of arguments for 'debug' command

# DEBUG LOADAOF loads what the log holds
@ server --appendonly yes
> SET k v
OK
> SET t v EXAT 33177117420
OK
> SET t w KEEPTTL
OK
> SELECT 3
OK
> HSET h f v g w
2
> HDEL h f
1
> DEBUG LOADAOF
OK
> HGETALL h
["g", "w"]
> SELECT 0
OK
> GET k
"v"
> EXPIRETIME t
33177117420
> DBSIZE
2
> DEBUG LOADAOF
OK
> DBSIZE
2

# DEBUG SET-ACTIVE-EXPIRE 0 leaves expired keys to whoever asks for them
> DEBUG SET-ACTIVE-EXPIRE 0
OK
> SET k v PX 1
OK
> SET l v
OK
until> PTTL k
-2
> EXISTS k
0
> SET k v PX 1
OK
> SET l v PX 1
OK
until> PTTL l
-2
> DBSIZE
1
> SCAN 0 MATCH x*
["0", []]
> DBSIZE
1
> SCAN 0 TYPE list
["0", []]
> DBSIZE
0
> SET k v PX 1
OK
> SET l v PX 1
OK
until> PTTL l
-2
> RANDOMKEY
(nil)
> DBSIZE
0
> DEBUG SET-ACTIVE-EXPIRE 1
OK
> SET l v
OK
> DBSIZE
1

# DEBUG is closed unless opened
@ server --enable-debug-command no
> DEBUG SLEEP 0
(error) ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.

# FUNCTION FLUSH and SCRIPT FLUSH forget what there is
> FUNCTION FLUSH
OK
> FUNCTION FLUSH async
OK
> FUNCTION FLUSH FOO
(error) ERR FUNCTION FLUSH only supports SYNC|ASYNC option
> FUNCTION FLUSH SYNC ASYNC
(error) ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.
> SCRIPT FLUSH
OK
> SCRIPT FLUSH SYNC
OK
> SCRIPT FLUSH FOO
(error) ERR SCRIPT FLUSH only support SYNC|ASYNC option
> SCRIPT FLUSH SYNC ASYNC
(error) ERR SCRIPT FLUSH only support SYNC|ASYNC option

# LASTSAVE and ROLE
> LASTSAVE
<int 1000000000..4000000000>
> ROLE
["master", 0, []]
> LASTSAVE x
(error) ERR wrong number of arguments for 'lastsave' command

# MONITOR shows the commands of others
1> MONITOR
1: OK
> SET k "a b"
OK
1: ~"1?????????.?????? [0 127.0.0.1:*] \"SET\" \"k\" \"a b\""
> SELECT 2
OK
1: ~"1?????????.?????? [* 127.0.0.1:*] \"SELECT\" \"2\""
> GET k
(nil)
1: ~"1?????????.?????? [2 127.0.0.1:*] \"GET\" \"k\""
> MULTI
OK
> PING
QUEUED
> EXEC
[PONG]
1: ~"1* \"MULTI\""
1: ~"1* \"PING\""
1: ~"1* \"EXEC\""
> EVAL "return redis.call('get', KEYS[1])" 1 k
(nil)
1: ~"1* [2 127.0.0.1:*] \"EVAL\" * \"1\" \"k\""
1: ~"1* [2 lua] \"get\" \"k\""
> CONFIG GET port
["port", <string>]
> AUTH secret
(error) ~*
1: ~"1* \"AUTH\" \"(redacted)\""
1> GET k
1: (error) ERR Replica can't interact with the keyspace
1> MONITOR
1: (none)
1> RESET
1: RESET
> GET k
(nil)

# modules are not allowed unless configured
> MODULE LIST
[]
> MODULE LOAD module.so
(error) ~ERR MODULE command not allowed. If the enable-module-command option is set to "local"*
> MODULE LOADEX module.so CONFIG name value ARGS a b
(error) ~ERR MODULE command not allowed. *
> MODULE UNLOAD name
(error) ~ERR MODULE command not allowed. *
> MODULE LOAD
(error) ERR wrong number of arguments for 'module|load' command
> MODULE FOO
(error) ERR unknown subcommand 'FOO'. Try MODULE HELP.
> MODULE HELP
[~"MODULE*", ...]

# a file that is no module is not loaded
@ server --enable-module-command yes
> MODULE LOAD /nowhere/module.so a b
(error) ERR Error loading the extension. Please check the server logs.
> MODULE LOADEX /nowhere/module.so CONFIG name value ARGS a b
(error) ERR Error loading the extension. Please check the server logs.
> MODULE UNLOAD name
(error) ERR Error unloading module: no such module with that name
> MODULE LIST
[]
