// MULTI, EXEC, DISCARD, WATCH, UNWATCH.

# queued requests run at EXEC, and each has its reply
> MULTI
OK
> SET k 1
QUEUED
> INCR k
QUEUED
> GET k
QUEUED
> EXEC
[OK, 2, "2"]
> GET k
"2"

# an empty transaction
> MULTI
OK
> EXEC
[]

# a request that fails does not keep the others from running
> SET k text
OK
> MULTI
OK
> INCR k
QUEUED
> SET l 1
QUEUED
> EXEC
[(error "ERR value is not an integer or out of range"), OK]
> GET l
"1"

# a request that is refused when it is queued undoes the whole
> MULTI
OK
> SET a 1
QUEUED
> NOSUCHCOMMAND
(error) ERR unknown command 'NOSUCHCOMMAND', with args beginning with: 
> EXEC
(error) EXECABORT Transaction discarded because of previous errors.
> EXISTS a
0
> MULTI
OK
> GET
(error) ERR wrong number of arguments for 'get' command
> SET a 1
QUEUED
> EXEC
(error) EXECABORT Transaction discarded because of previous errors.
> EXISTS a
0

# EXEC that is itself refused ends the transaction
> MULTI
OK
> SET a 1
QUEUED
> EXEC a
(error) EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
> EXEC
(error) ERR EXEC without MULTI
> EXISTS a
0
> EXEC a
(error) EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command

# what belongs together
> EXEC
(error) ERR EXEC without MULTI
> DISCARD
(error) ERR DISCARD without MULTI
> MULTI
OK
> MULTI
(error) ERR MULTI calls can not be nested
> WATCH k
(error) ERR WATCH inside MULTI is not allowed
> SET k 1
QUEUED
> EXEC
[OK]

# DISCARD forgets the requests
> MULTI
OK
> SET k 1
QUEUED
> DISCARD
OK
> EXISTS k
0

# EXEC does nothing if a watched key was touched
> SET k 1
OK
> WATCH k
OK
> SET k 1
OK
> MULTI
OK
> SET k 2
QUEUED
> EXEC
(nil array)
> GET k
"1"

# a watched key that is only read, or deleted when it was not there, is not touched
> SET k 1
OK
> WATCH k missing
OK
> GET k
"1"
> DEL missing
0
> MULTI
OK
> PING
QUEUED
> EXEC
[PONG]

# UNWATCH, DISCARD and EXEC watch nothing any more
> WATCH k
OK
> SET k 1
OK
> UNWATCH
OK
> MULTI
OK
> PING
QUEUED
> EXEC
[PONG]
> WATCH k
OK
> SET k 2
OK
> MULTI
OK
> DISCARD
OK
> MULTI
OK
> PING
QUEUED
> EXEC
[PONG]

# emptying or exchanging databases touches the watched keys that are there
> SET k 1
OK
> WATCH k
OK
> FLUSHDB
OK
> MULTI
OK
> PING
QUEUED
> EXEC
(nil array)
> WATCH k
OK
> FLUSHDB
OK
> MULTI
OK
> PING
QUEUED
> EXEC
[PONG]

# a transaction over several databases
> MULTI
OK
> SET k here
QUEUED
> SELECT 3
QUEUED
> SET k there
QUEUED
> SELECT 0
QUEUED
> GET k
QUEUED
> EXEC
[OK, OK, OK, OK, "here"]
> SELECT 3
OK
> GET k
"there"
> DEL k
1

# databases are exchanged in a transaction
> SET k v
OK
> MULTI
OK
> SWAPDB 0 1
QUEUED
> GET k
QUEUED
> SWAPDB 0 1
QUEUED
> EXEC
[OK, (nil), OK]
> GET k
"v"

# for a transaction time stands still
> MULTI
OK
> SET soon v PX 5
QUEUED
> DEBUG SLEEP 0.02
QUEUED
> EXISTS soon
QUEUED
> EXEC
[OK, OK, 1]
> EXISTS soon
0
