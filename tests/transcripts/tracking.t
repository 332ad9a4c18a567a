// Client-side caching: CLIENT TRACKING.

# a client that read a key is told once that it changed
@ resp3
1> CLIENT TRACKING ON
1: OK
> MSET a 1 b 1
OK
1> MGET a b nosuch
1: ["1", "1", (nil)]
> SET a 2
OK
1: push ["invalidate", ["a"]]
> SET a 3
OK
> SET nosuch 1
OK
1: push ["invalidate", ["nosuch"]]
1> CLIENT TRACKING OFF
1: OK
> SET b 2
OK
1> PING
1: PONG

# one's own change is told behind the reply, or not at all with NOLOOP
@ resp3
1> CLIENT TRACKING ON
1: OK
1> GET a
1: (nil)
1> SET a 1
1: OK
1: push ["invalidate", ["a"]]
1> CLIENT TRACKING ON NOLOOP
1: OK
1> GET a
1: "1"
1> SET a 2
1: OK
1> PING
1: PONG

# a transaction's reads are remembered and its changes told behind its replies
@ resp3
1> CLIENT TRACKING ON
1: OK
1> MULTI
1: OK
1> GET a
1: QUEUED
1> INCR a
1: QUEUED
1> GET b
1: QUEUED
1> EXEC
1: [(nil), 1, (nil)]
1: push ["invalidate", ["a"]]
> SET b 1
OK
1: push ["invalidate", ["b"]]

# what expires is told
@ resp3
1> CLIENT TRACKING ON
1: OK
> SET a 1 PX 50
OK
1> GET a
1: "1"
1: push ["invalidate", ["a"]]

# a flush makes everything invalid
@ resp3
1> CLIENT TRACKING ON
1: OK
1> GET a
1: (nil)
> FLUSHDB
OK
1: push ["invalidate", (nil)]
1> FLUSHALL
1: OK
1: push ["invalidate", (nil)]
> INFO stats
~"*tracking_total_keys:0*tracking_total_items:0*tracking_total_prefixes:0*"

# with BCAST keys are told by prefix, read or not
@ resp3
1> CLIENT TRACKING ON BCAST PREFIX a: PREFIX b:
1: OK
> MSET a:2 1 c 1 a:1 1
OK
1: push ["invalidate", ["a:1", "a:2"]]
> SET b:1 1
OK
1: push ["invalidate", ["b:1"]]
1> SET a:3 1
1: OK
1: push ["invalidate", ["a:3"]]
1> CLIENT TRACKINGINFO
1: {"flags": set ["on", "bcast"], "redirect": 0, "prefixes": ["a:", "b:"]}
until> INFO
~"*tracking_clients:1*tracking_total_prefixes:2*"
1> CLIENT TRACKING OFF
1: OK
1> CLIENT TRACKING ON BCAST NOLOOP
1: OK
1> SET a 1
1: OK
> SET b 1
OK
1: push ["invalidate", ["b"]]

# OPTIN remembers after CLIENT CACHING YES, OPTOUT not after CLIENT CACHING NO
@ resp3
1> CLIENT TRACKING ON OPTIN
1: OK
1> GET a
1: (nil)
> SET a 1
OK
1> CLIENT CACHING YES
1: OK
1> CLIENT TRACKINGINFO
1: {"flags": set ["on", "optin", "caching-yes"], "redirect": 0, "prefixes": []}
1> GET a
1: "1"
> SET a 2
OK
1: push ["invalidate", ["a"]]
1> CLIENT TRACKING OFF
1: OK
1> CLIENT TRACKING ON OPTOUT
1: OK
1> CLIENT CACHING NO
1: OK
1> GET a
1: "2"
> SET a 3
OK
1> GET a
1: "3"
> SET a 4
OK
1: push ["invalidate", ["a"]]

# in RESP2 another connection is told, by Pub/Sub
1> CLIENT ID
1: <int as id>
1> SUBSCRIBE __redis__:invalidate
1: ["subscribe", "__redis__:invalidate", 1]
2> CLIENT TRACKING ON REDIRECT $id
2: OK
2> CLIENT GETREDIR
2: $id
2> GET a
2: (nil)
> SET a 1
OK
1: ["message", "__redis__:invalidate", ["a"]]
> FLUSHALL
OK
1: ["message", "__redis__:invalidate", (nil)]
2> CLIENT INFO
2: ~"*flags=t *redir=*"

# a client whose redirect is gone is told so
@ resp3
1> CLIENT ID
1: <int as id>
2> CLIENT TRACKING ON REDIRECT $id
2: OK
2> GET a
2: (nil)
1> QUIT
1: OK
1: (closed)
until> CLIENT LIST ID $id
(verbatim txt) ""
> SET a 1
OK
2: push ["tracking-redir-broken", <int>]
2> CLIENT TRACKINGINFO
2: {"flags": set ["on", "broken_redirect"], "redirect": <int>, "prefixes": []}

# options that do not go together are refused
> CLIENT TRACKING
(error) ERR wrong number of arguments for 'client|tracking' command
> CLIENT TRACKING MAYBE
(error) ERR syntax error
> CLIENT TRACKING ON FROB
(error) ERR syntax error
> CLIENT TRACKING ON REDIRECT
(error) ERR syntax error
> CLIENT TRACKING ON REDIRECT x
(error) ERR value is not an integer or out of range
> CLIENT TRACKING ON REDIRECT 999999999
(error) ERR The client ID you want redirect to does not exist
> CLIENT TRACKING ON PREFIX a
(error) ERR PREFIX option requires BCAST mode to be enabled
> CLIENT TRACKING ON BCAST OPTOUT
(error) ERR OPTIN and OPTOUT are not compatible with BCAST
> CLIENT TRACKING ON OPTIN OPTOUT
(error) ERR You can't specify both OPTIN mode and OPTOUT mode
> CLIENT TRACKING ON BCAST PREFIX foo PREFIX fo
(error) ERR Prefix 'foo' overlaps with another provided prefix 'fo'. Prefixes for a single client must not overlap.
> CLIENT CACHING YES
(error) ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled
> CLIENT TRACKING ON BCAST PREFIX a
OK
> CLIENT TRACKING ON BCAST PREFIX ab
(error) ERR Prefix 'ab' overlaps with an existing prefix 'a'. Prefixes for a single client must not overlap.
> CLIENT TRACKING ON
(error) ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.
> CLIENT TRACKING OFF
OK
> CLIENT TRACKING OFF
OK
> CLIENT TRACKING ON OPTIN
OK
> CLIENT TRACKING ON OPTOUT
(error) ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.
> CLIENT CACHING NO
(error) ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.
> CLIENT CACHING PERHAPS
(error) ERR syntax error
> RESET
RESET
> CLIENT GETREDIR
-1

# a script's keys are remembered once it calls a command that reads
@ resp3
1> CLIENT TRACKING ON
1: OK
1> EVAL "redis.call('set', 'c', '1')" 2 a b
1: (nil)
1> EVAL_RO "redis.call('ping')" 2 a b
1: (nil)
> MSET a 1 b 1
OK
1> EVAL "redis.call('get', 'a')" 2 a b
1: (nil)
> MSET a 2 b 2
OK
1: push ["invalidate", ["a"]]
1: push ["invalidate", ["b"]]
1> PING
1: PONG
