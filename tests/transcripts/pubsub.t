// Publish/subscribe.

# SUBSCRIBE confirms each channel, PUBLISH counts the receivers
1> SUBSCRIBE a b
1: ["subscribe", "a", 1]
1: ["subscribe", "b", 2]
1> SUBSCRIBE a
1: ["subscribe", "a", 2]
> PUBLISH a hello
1
> PUBLISH c hello
0
1: ["message", "a", "hello"]
1> UNSUBSCRIBE b
1: ["unsubscribe", "b", 1]
> PUBLISH b hello
0
1> UNSUBSCRIBE
1: ["unsubscribe", "a", 0]
1> UNSUBSCRIBE
1: ["unsubscribe", (nil), 0]
1> UNSUBSCRIBE nosuch
1: ["unsubscribe", "nosuch", 0]
1> GET k
1: (nil)

# PSUBSCRIBE hears every channel that a pattern matches
1> PSUBSCRIBE news.* h?llo
1: ["psubscribe", "news.*", 1]
1: ["psubscribe", "h?llo", 2]
1> SUBSCRIBE news.art
1: ["subscribe", "news.art", 3]
> PUBLISH news.art x
2
1: ["message", "news.art", "x"]
1: ["pmessage", "news.*", "news.art", "x"]
> PUBLISH hallo ""
1
1: ["pmessage", "h?llo", "hallo", ""]
> PUBSUB NUMPAT
2
1> PUNSUBSCRIBE news.*
1: ["punsubscribe", "news.*", 2]
1> PUNSUBSCRIBE
1: ["punsubscribe", "h?llo", 1]
1> PUNSUBSCRIBE
1: ["punsubscribe", (nil), 1]

# shard channels are apart from channels and patterns
1> SSUBSCRIBE a
1: ["ssubscribe", "a", 1]
1> SUBSCRIBE a
1: ["subscribe", "a", 1]
> SPUBLISH a x
1
1: ["smessage", "a", "x"]
> PUBLISH a y
1
1: ["message", "a", "y"]
> PUBSUB SHARDCHANNELS
["a"]
> PUBSUB SHARDNUMSUB a b
["a", 1, "b", 0]
1> SUNSUBSCRIBE
1: ["sunsubscribe", "a", 0]
1> SUNSUBSCRIBE
1: ["sunsubscribe", (nil), 0]

# in RESP2 a client that listens may only listen
1> SUBSCRIBE a
1: ["subscribe", "a", 1]
1> GET k
1: (error) ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
1> CLIENT ID
1: (error) ERR Can't execute 'client|id': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
1> NOSUCH
1: (error) ~ERR unknown command 'NOSUCH'*
1> PING
1: ["pong", ""]
1> PING x
1: ["pong", "x"]
1> PING x y
1: (error) ERR wrong number of arguments for 'ping' command
1> RESET
1: RESET
> PUBLISH a x
0
1> GET k
1: (nil)
1> PSUBSCRIBE *
1: ["psubscribe", "*", 1]
1> QUIT
1: OK
1: (closed)

# in RESP3 messages are pushes and everything is allowed
@ resp3
1> SUBSCRIBE a
1: push ["subscribe", "a", 1]
1> PSUBSCRIBE a*
1: push ["psubscribe", "a*", 2]
1> GET k
1: (nil)
1> PING
1: PONG
> PUBLISH a x
2
1: push ["message", "a", "x"]
1: push ["pmessage", "a*", "a", "x"]
1> UNSUBSCRIBE
1: push ["unsubscribe", "a", 1]
1> UNSUBSCRIBE
1: push ["unsubscribe", (nil), 1]

# in RESP3 a message to oneself comes behind the reply (before Redis 7.2 it came before)
@ resp3
@ differs: Redis 7.2 has put messages to oneself behind the reply
> SUBSCRIBE a
push ["subscribe", "a", 1]
> PUBLISH a x
1
push ["message", "a", "x"]
> MULTI
OK
> PUBLISH a y
QUEUED
> PING
QUEUED
> EXEC
[1, PONG]
push ["message", "a", "y"]

# SUBSCRIBE in a transaction is confirmed among its replies
1> MULTI
1: OK
1> SUBSCRIBE a
1: QUEUED
1> PSUBSCRIBE b*
1: QUEUED
1> EXEC
1: [["subscribe", "a", 1], ["psubscribe", "b*", 2]]
> PUBLISH a x
1
1: ["message", "a", "x"]

# confirmations and messages come though replies are off
@ resp3
1> CLIENT REPLY OFF
1: (none)
1> SUBSCRIBE a
1: push ["subscribe", "a", 1]
1> PING
1: (none)
> PUBLISH a x
1
1: push ["message", "a", "x"]
1> UNSUBSCRIBE a
1: push ["unsubscribe", "a", 0]
1> CLIENT REPLY ON
1: OK
1> CLIENT REPLY SKIP
1: (none)
1> PSUBSCRIBE *
1: push ["psubscribe", "*", 1]
1> PING
1: PONG

# PUBSUB tells who listens to what
1> SUBSCRIBE chan1 chan2
1: ["subscribe", "chan1", 1]
1: ["subscribe", "chan2", 2]
2> SUBSCRIBE chan2 other
2: ["subscribe", "chan2", 1]
2: ["subscribe", "other", 2]
> PUBSUB CHANNELS
unordered ["chan1", "chan2", "other"]
> PUBSUB CHANNELS chan*
unordered ["chan1", "chan2"]
> PUBSUB CHANNELS chan1 chan2
(error) ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.
> PUBSUB NUMSUB
[]
> PUBSUB NUMSUB chan1 chan2 nosuch
["chan1", 1, "chan2", 2, "nosuch", 0]
> PUBSUB NUMPAT
0
> PUBSUB NUMPAT x
(error) ERR wrong number of arguments for 'pubsub|numpat' command
> INFO stats
~"*pubsub_channels:3*pubsub_patterns:0*pubsubshard_channels:0*"
> CLIENT LIST TYPE pubsub
~"*flags=P*sub=2 psub=0 ssub=0*flags=P*sub=2 psub=0 ssub=0*"
> CLIENT KILL TYPE pubsub
2
1: (closed)
2: (closed)
> PUBSUB
(error) ERR wrong number of arguments for 'pubsub' command
> PUBSUB FROB
(error) ERR unknown subcommand 'FROB'. Try PUBSUB HELP.
> PUBSUB HELP
[~"PUBSUB <subcommand>*", ...]
> PUBLISH a
(error) ERR wrong number of arguments for 'publish' command
> SUBSCRIBE
(error) ERR wrong number of arguments for 'subscribe' command
