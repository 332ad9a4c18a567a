// Bringing the keyspace to disk as a whole.

# SAVE answers when the dump is written, BGSAVE at once
> SET k v
OK
> SAVE
OK
> BGSAVE
Background saving started
until> INFO persistence
~"*rdb_bgsave_in_progress:0*rdb_last_bgsave_status:ok*"
> BGSAVE SCHEDULE
Background saving started
until> INFO persistence
~"*rdb_changes_since_last_save:0*rdb_bgsave_in_progress:0*rdb_last_bgsave_status:ok*"
> LASTSAVE
<int 1000000000..4000000000>
> SAVE x
(error) ERR wrong number of arguments for 'save' command
> BGSAVE x
(error) ERR syntax error
> BGSAVE SCHEDULE x
(error) ERR syntax error

# saving does not go into a transaction, BGSAVE does
> MULTI
OK
> SAVE
(error) ERR Command not allowed inside a transaction
> DISCARD
OK
> MULTI
OK
> SET k v
QUEUED
> BGSAVE
QUEUED
> EXEC
[OK, ~"Background saving scheduled"]
until> INFO persistence
~"*rdb_changes_since_last_save:0*rdb_bgsave_in_progress:0*rdb_last_bgsave_status:ok*"

# one save at a time, and each can be cancelled
@ only-russet: BGSAVE CANCEL came with Valkey 8.1
> MSET a 1 b 2 c 3
OK
> CONFIG SET rdb-key-save-delay 10000000
OK
> BGSAVE
Background saving started
> BGSAVE
(error) ERR Background save already in progress
> SAVE
(error) ERR Background save already in progress
> BGREWRITEAOF
Background append only file rewriting scheduled
> BGSAVE CANCEL
Background saving cancelled
> CONFIG SET rdb-key-save-delay 0
OK
until> INFO persistence
~"*rdb_bgsave_in_progress:0*aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*"
> BGSAVE CANCEL
(error) ERR Background saving is currently not in progress or scheduled

# the log is turned on, rewritten and turned off
> RPUSH l a b c
3
> CONFIG SET appendonly yes
OK
until> INFO persistence
~"*aof_enabled:1*aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*aof_last_bgrewrite_status:ok*"
> SET after 1
OK
> BGREWRITEAOF
Background append only file rewriting started
until> INFO persistence
~"*aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*aof_last_bgrewrite_status:ok*"
> DEBUG LOADAOF
OK
> LRANGE l 0 -1
["a", "b", "c"]
> GET after
"1"
> CONFIG SET appendonly no
OK
> BGREWRITEAOF x
(error) ERR wrong number of arguments for 'bgrewriteaof' command

# a reload keeps everything
> SET k v EX 1000
OK
> HSET h f v g w
2
> DEBUG RELOAD
OK
> TTL k
<int 990..1000>
> HGET h g
"w"
> DEBUG RELOAD NOW
(error) ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.
