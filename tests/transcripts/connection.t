// Connections: greeting, names, the CLIENT family.

# PING and ECHO
> PING
PONG
> PING hello
"hello"
> PING a b
(error) ERR wrong number of arguments for 'ping' command
> ECHO hello
"hello"
> ECHO ""
""
> ECHO
(error) ERR wrong number of arguments for 'echo' command
> ECHO a b
(error) ERR wrong number of arguments for 'echo' command

# QUIT answers and closes
> QUIT
OK
> PING
(closed)

# HELLO describes the server and switches the protocol
> HELLO
pairs {"server": <string>, "version": <string>, "proto": 2, "id": <int>, "mode": "standalone", "role": "master", "modules": []}
> HELLO 3
{"server": <string>, "version": <string>, "proto": 3, "id": <int>, "mode": "standalone", "role": "master", "modules": []}
> HELLO
{"proto": 3, ...}
> GET missing
(nil)
> HELLO 2
pairs {"proto": 2, ...}
> HGETALL missing
[]

# HELLO sets the name of the connection
> HELLO 3 SETNAME me
{"proto": 3, ...}
> CLIENT GETNAME
"me"
> HELLO 2 SETNAME "a b"
(error) ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT GETNAME
"me"

# HELLO refuses other versions and wrong options
> HELLO 1
(error) NOPROTO unsupported protocol version
> HELLO 4
(error) NOPROTO unsupported protocol version
> HELLO x
(error) ERR Protocol version is not an integer or out of range
> HELLO 3 FOO
(error) ERR Syntax error in HELLO option 'FOO'
> HELLO 3 SETNAME
(error) ERR Syntax error in HELLO option 'SETNAME'
> HELLO 3 AUTH default
(error) ERR Syntax error in HELLO option 'AUTH'
> HELLO 3 AUTH default wrong
{"proto": 3, ...}
> HELLO 3 AUTH nobody wrong
(error) WRONGPASS invalid username-password pair or user is disabled.
> CLIENT GETNAME
(nil)

# AUTH without a password set
> AUTH
(error) ERR wrong number of arguments for 'auth' command
> AUTH wrong
(error) ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?
> AUTH default anything
OK
> AUTH nobody anything
(error) WRONGPASS invalid username-password pair or user is disabled.
> AUTH a b c
(error) ERR syntax error

# AUTH opens a server with a password
@ server --requirepass secret
> PING
(error) NOAUTH Authentication required.
> GET k
(error) NOAUTH Authentication required.
> HELLO
(error) ~NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO *AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
> HELLO 3
(error) ~NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO *AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
> AUTH wrong
(error) WRONGPASS invalid username-password pair or user is disabled.
> AUTH default wrong
(error) WRONGPASS invalid username-password pair or user is disabled.
> PING
(error) NOAUTH Authentication required.
> QUIT
OK
1> AUTH secret
OK
1> PING
PONG
2> AUTH default secret
OK
2> PING
PONG
3> HELLO 3 AUTH default secret
{"proto": 3, ...}
3> PING
PONG
4> RESET
RESET
4> PING
(error) NOAUTH Authentication required.
1> RESET
RESET
1> PING
(error) NOAUTH Authentication required.

# an unknown command names its first arguments
> FOO
(error) ERR unknown command 'FOO', with args beginning with: 
> FOO bar
(error) ERR unknown command 'FOO', with args beginning with: 'bar' 
> foo a b c
(error) ERR unknown command 'foo', with args beginning with: 'a' 'b' 'c' 
> FOO "a\r\nb"
(error) ERR unknown command 'FOO', with args beginning with: 'a  b' 
> "FOO\r\nBAR" x
(error) ERR unknown command 'FOO  BAR', with args beginning with: 'x' 
> "x"*200 a
(error) ERR unknown command 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', with args beginning with: 'a' 
> FOO "y"*200 "z"*200
(error) ERR unknown command 'FOO', with args beginning with: 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' 
> ""
(error) ERR unknown command '', with args beginning with: 

# RESET puts a connection back to its beginning
> SELECT 3
OK
> CLIENT SETNAME me
OK
> HELLO 3
{"proto": 3, ...}
> RESET
RESET
> CLIENT GETNAME
(nil)
> CLIENT INFO
~"* db=0 * resp=2*"
> RESET x
(error) ERR wrong number of arguments for 'reset' command

# RESET discards a transaction
> MULTI
OK
> SET k v
QUEUED
> RESET
RESET
> EXISTS k
0

# CLIENT TRACKINGINFO and GETREDIR tell that nothing is tracked
> CLIENT TRACKINGINFO
["flags", ["off"], "redirect", -1, "prefixes", []]
> CLIENT GETREDIR
-1
> CLIENT TRACKINGINFO x
(error) ERR wrong number of arguments for 'client|trackinginfo' command

# POST and Host: end the connection without an answer
1> POST / HTTP/1.1
1: (closed)
2raw> "host: localhost\r\nSET k v\r\n"
2: (closed)
> EXISTS k
0

# CLIENT ID counts connections up
> CLIENT ID
<int as one>
> CLIENT ID
$one
> CLIENT ID x
(error) ERR wrong number of arguments for 'client|id' command

# CLIENT SETNAME names a connection, an empty name unnames it
> CLIENT GETNAME
(nil)
> CLIENT SETNAME me
OK
> CLIENT GETNAME
"me"
> CLIENT SETNAME ""
OK
> CLIENT GETNAME
(nil)
> CLIENT SETNAME "a b"
(error) ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT SETNAME "a\nb"
(error) ERR Client names cannot contain spaces, newlines or special characters.
> CLIENT SETNAME
(error) ERR wrong number of arguments for 'client|setname' command
> CLIENT GETNAME x
(error) ERR wrong number of arguments for 'client|getname' command

# CLIENT SETINFO keeps the library's name and version
@ only-russet: CLIENT SETINFO came with Redis 7.2
> CLIENT SETINFO LIB-NAME mylib
OK
> CLIENT SETINFO lib-ver 1.2.3
OK
> CLIENT INFO
~"* lib-name=mylib lib-ver=1.2.3*"
> CLIENT SETINFO LIB-NAME "a b"
(error) ~ERR * cannot contain spaces, newlines or special characters.
> CLIENT SETINFO LIB-VER "a\nb"
(error) ~ERR * cannot contain spaces, newlines or special characters.
> CLIENT SETINFO FOO bar
(error) ERR Unrecognized option 'FOO'
> CLIENT SETINFO LIB-NAME
(error) ERR wrong number of arguments for 'client|setinfo' command
> RESET
RESET
> CLIENT INFO
~"* lib-name=mylib lib-ver=1.2.3*"

# CLIENT INFO and LIST describe connections field by field
> CLIENT SETNAME me
OK
> SELECT 2
OK
> CLIENT INFO
~"id=* addr=127.0.0.1:* laddr=127.0.0.1:* fd=* name=me age=* idle=* flags=N db=2 sub=0 psub=0 ssub=0 multi=-1 *qbuf=* qbuf-free=* argv-mem=* multi-mem=0 rbs=* rbp=* obl=0 oll=0 omem=0 tot-mem=* events=r cmd=client|info user=default redir=-1 resp=2*"
> CLIENT LIST
~"id=* name=me *cmd=client|list *"
> CLIENT LIST TYPE normal
~"id=* name=me *"
> CLIENT LIST TYPE replica
""
> CLIENT LIST TYPE pubsub
""
> CLIENT LIST TYPE foo
(error) ERR Unknown client type 'foo'
> CLIENT LIST FOO
(error) ERR syntax error
> CLIENT LIST ID
(error) ERR syntax error
> CLIENT LIST ID x
(error) ERR Invalid client ID
> CLIENT LIST ID 0
""
> CLIENT LIST ID 0 -1 7777777
""
> CLIENT LIST ID 0 x
(error) ERR Invalid client ID
> CLIENT LIST ID 999999999
""
> CLIENT ID
<int as me>
> CLIENT LIST ID $me 999999999
~"id=* name=me *"

# CLIENT KILL by id, address, type and user
> CLIENT ID
<int as me>
1> CLIENT ID
<int as one>
> CLIENT KILL ID $one
1
1> PING
(closed)
2> CLIENT ID
<int as two>
> CLIENT KILL ID $two TYPE normal SKIPME yes
1
2> PING
(closed)
> CLIENT KILL ID $me
0
> CLIENT KILL ID $me SKIPME yes
0
> CLIENT KILL ID 999999999
0
> CLIENT KILL TYPE pubsub
0
> CLIENT KILL ADDR 127.0.0.1:1
0
> CLIENT KILL LADDR 127.0.0.1:1
0
> CLIENT KILL USER default ID 999999999
0

# CLIENT KILL of oneself closes after the answer
> CLIENT ID
<int as me>
> CLIENT KILL ID $me SKIPME no
1
> PING
(closed)

# CLIENT KILL refuses what does not fit
> CLIENT KILL
(error) ERR wrong number of arguments for 'client|kill' command
> CLIENT KILL 127.0.0.1:1
(error) ERR No such client
> CLIENT KILL ID x
(error) ERR client-id should be greater than 0
> CLIENT KILL ID 0
(error) ERR client-id should be greater than 0
> CLIENT KILL ID -1
(error) ERR client-id should be greater than 0
> CLIENT KILL TYPE foo
(error) ERR Unknown client type 'foo'
> CLIENT KILL USER nobody
(error) ERR No such user 'nobody'
> CLIENT KILL SKIPME foo
(error) ERR syntax error
> CLIENT KILL FOO bar
(error) ERR syntax error
> CLIENT KILL ID 1 ADDR
(error) ERR syntax error

# CLIENT PAUSE WRITE holds writes back until CLIENT UNPAUSE
> CLIENT PAUSE 100000 WRITE
OK
1> GET k
1: (nil)
1> SET k v
until> CLIENT LIST
~"* flags=b *"
> EXISTS k
0
> CLIENT UNPAUSE
OK
1: OK
> GET k
"v"

# CLIENT PAUSE ALL ends by itself
> CLIENT PAUSE 30
OK
1> GET k
1: (nil)
> CLIENT PAUSE 30 ALL
OK
1> GET k
1: (nil)
> CLIENT UNPAUSE
OK
> CLIENT PAUSE x
(error) ERR timeout is not an integer or out of range
> CLIENT PAUSE -1
(error) ERR timeout is negative
> CLIENT PAUSE 10 FOO
(error) ERR CLIENT PAUSE mode must be WRITE or ALL
> CLIENT PAUSE
(error) ERR wrong number of arguments for 'client|pause' command
> CLIENT UNPAUSE x
(error) ERR wrong number of arguments for 'client|unpause' command

# CLIENT UNBLOCK ends a wait as a timeout or as an error
1> CLIENT ID
<int as one>
1> BLPOP q 0
until> CLIENT UNBLOCK $one
1
1: (nil array)
1> BLPOP q 0
until> CLIENT UNBLOCK $one ERROR
1
1: (error) UNBLOCKED client unblocked via CLIENT UNBLOCK
1> BLPOP q 0
until> CLIENT UNBLOCK $one TIMEOUT
1
1: (nil array)
> CLIENT UNBLOCK $one
0

# CLIENT UNBLOCK tells whether there was a wait to end
> CLIENT ID
<int as one>
> CLIENT UNBLOCK $one
0
> CLIENT UNBLOCK $one ERROR
0
> CLIENT UNBLOCK 999999999
0
> CLIENT UNBLOCK x
(error) ERR value is not an integer or out of range
> CLIENT UNBLOCK $one FOO
(error) ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR
> CLIENT UNBLOCK
(error) ERR wrong number of arguments for 'client|unblock' command

# CLIENT REPLY turns answers off, on, or off for one command
> CLIENT REPLY OFF
(none)
> SET k v
(none)
> CLIENT REPLY ON
OK
> CLIENT REPLY SKIP
(none)
> SET k w
(none)
> GET k
"w"
> CLIENT REPLY FOO
(error) ERR syntax error
> CLIENT REPLY
(error) ERR wrong number of arguments for 'client|reply' command

# CLIENT NO-EVICT
> CLIENT NO-EVICT ON
OK
> CLIENT NO-EVICT OFF
OK
> CLIENT NO-EVICT FOO
(error) ERR syntax error
> CLIENT NO-EVICT
(error) ERR wrong number of arguments for 'client|no-evict' command

# CLIENT NO-TOUCH
@ only-russet: CLIENT NO-TOUCH came with Redis 7.2
> CLIENT NO-TOUCH ON
OK
> CLIENT INFO
~"* flags=T *"
> CLIENT NO-TOUCH OFF
OK
> CLIENT NO-TOUCH FOO
(error) ERR syntax error
> CLIENT NO-TOUCH
(error) ERR wrong number of arguments for 'client|no-touch' command

# CLIENT GETREDIR, HELP and unknown subcommands
> CLIENT GETREDIR
-1
> CLIENT GETREDIR x
(error) ERR wrong number of arguments for 'client|getredir' command
> CLIENT HELP
[~"CLIENT <subcommand>*", ...]
> CLIENT HELP
includes [~"GETNAME*", ~"ID*", ~"INFO*", ~"KILL *", ~"LIST *", ~"PAUSE *", ~"REPLY *", ~"SETNAME *", ~"UNBLOCK *", ~"UNPAUSE*", ~"NO-EVICT *", ~"HELP*"]
> CLIENT FOO
(error) ERR unknown subcommand 'FOO'. Try CLIENT HELP.
> CLIENT
(error) ERR wrong number of arguments for 'client' command
