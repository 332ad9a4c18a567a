// Entries that producers give names, so that what is sent twice is added once.

# A name is added once
@ only-russet: IDMP came with Redis 8.6
> XADD s NOMKSTREAM IDMP p 1 * f v
(nil)
> XADD s IDMP p 1 * f v
<string as first>
> XADD s IDMP p 1 * other thing
$first
> XADD s IDMP q 1 * f v
<string>
> XADD s KEEPREF IDMP p 2 MAXLEN ~ 100 * f v
<string as second>
> XADD s MAXLEN ~ 100 LIMIT 5 IDMP p 2 NOMKSTREAM * f v
$second
> XLEN s
3
> XINFO STREAM s
["length", 3, "radix-tree-keys", 1, "radix-tree-nodes", 2, "last-generated-id", <string>, "max-deleted-entry-id", "0-0", "entries-added", 3, "recorded-first-entry-id", <string>, "idmp-duration", 100, "idmp-maxsize", 100, "pids-tracked", 2, "iids-tracked", 3, "iids-added", 3, "iids-duplicates", 2, "groups", 0, "first-entry", [<string>, ["f", "v"]], "last-entry", [<string>, ["f", "v"]]]
> DEL s
1

# A name made of the content
@ only-russet: IDMPAUTO came with Redis 8.6
> XADD s IDMPAUTO p * a 1 b 2
<string as first>
> XADD s IDMPAUTO p * b 2 a 1
$first
> XADD s IDMPAUTO p * a 2 b 1
<string>
> XADD s IDMPAUTO p * ab 1 "" 2
<string>
> XADD s IDMPAUTO q * a 1 b 2
<string>
> XLEN s
4
> DEBUG RELOAD
OK
> XADD s IDMPAUTO p * a 1 b 2
$first

# Names are checked
@ only-russet: IDMP came with Redis 8.6
> XADD s IDMP p * f v
(error) ERR Invalid stream ID specified as stream command argument
> XADD s IDMP p i 1-1 f v
(error) ERR IDMP/IDMPAUTO can be used only with auto-generated IDs
> XADD s IDMPAUTO p 1-* f v
(error) ERR IDMP/IDMPAUTO can be used only with auto-generated IDs
> XADD s IDMP p i IDMPAUTO q * f v
(error) ERR syntax error, IDMP/IDMPAUTO specified multiple times
> XADD s IDMP "" i * f v
(error) ERR IDMP requires a non-empty producer ID
> XADD s IDMP p "" * f v
(error) ERR IDMP requires a non-empty idempotent ID
> XADD s IDMPAUTO "" * f v
(error) ERR IDMPAUTO requires a non-empty producer ID
> EXISTS s
0

# So many names are remembered
@ only-russet: XCFGSET came with Redis 8.6
> XCFGSET s IDMP-MAXSIZE 2
(error) ERR no such key
> XADD s IDMP p 0 * f v
<string>
> XCFGSET s IDMP-MAXSIZE 2
OK
> XADD s IDMP p 0 * f v
<string>
> XADD s IDMP p 1 * f v
<string as one>
> XADD s IDMP p 2 * f v
<string as two>
> XADD s IDMP p 1 * f v
$one
> XCFGSET s IDMP-MAXSIZE 2 IDMP-DURATION 100
OK
> XADD s IDMP p 2 * f v
$two
> XADD s IDMP p 0 * f v
<string>
> XLEN s
5
> XCFGSET s IDMP-DURATION 7
OK
> XADD s IDMP p 2 * f v
<string>
> XLEN s
6
> CONFIG SET stream-idmp-duration 5 stream-idmp-maxsize 6
OK
> XADD t 1-0 f v
"1-0"
> XCFGSET t IDMP-DURATION 9
OK
> XINFO STREAM t
["length", 1, "radix-tree-keys", 1, "radix-tree-nodes", 2, "last-generated-id", "1-0", "max-deleted-entry-id", "0-0", "entries-added", 1, "recorded-first-entry-id", "1-0", "idmp-duration", 9, "idmp-maxsize", 6, "pids-tracked", 0, "iids-tracked", 0, "iids-added", 0, "iids-duplicates", 0, "groups", 0, "first-entry", ["1-0", ["f", "v"]], "last-entry", ["1-0", ["f", "v"]]]

# XCFGSET says what it cannot make sense of
@ only-russet: XCFGSET came with Redis 8.6
> XADD s 1-0 f v
"1-0"
> XCFGSET s
(error) ERR At least one parameter (IDMP-DURATION or IDMP-MAXSIZE) is required
> XCFGSET s IDMP-DURATION
(error) ERR syntax error
> XCFGSET s FOO 1
(error) ERR syntax error
> XCFGSET s IDMP-DURATION IDMP-DURATION IDMP-DURATION
(error) ERR value is not an integer or out of range
> XCFGSET s IDMP-DURATION 0
(error) ERR IDMP-DURATION must be between 1 and 86400 seconds
> XCFGSET s IDMP-DURATION 86401
(error) ERR IDMP-DURATION must be between 1 and 86400 seconds
> XCFGSET s IDMP-MAXSIZE -50
(error) ERR IDMP-MAXSIZE must be between 1 and 10000 entries
> SET k v
OK
> XCFGSET k IDMP-MAXSIZE 5
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> CONFIG SET stream-idmp-maxsize 0
(error) ERR CONFIG SET failed (possibly related to argument 'stream-idmp-maxsize') - argument must be between 1 and 10000 inclusive

# A name is forgotten in time
@ only-russet: XCFGSET came with Redis 8.6
> XADD s 1-0 f v
"1-0"
> XADD s 2-0 f v
"2-0"
> XIDMPRECORD s p i 1-0
OK
> XIDMPRECORD s p i 2-0
OK
> XADD s IDMP p i * f v
<string>
> XLEN s
3

# XIDMPRECORD names an entry that is there
@ only-russet: XIDMPRECORD came with Redis 8.8
> XIDMPRECORD s p i 99999999999999-0
(error) ERR no such key
> XADD s 99999999999999-0 f v
"99999999999999-0"
> XADD s 99999999999999-1 f v
"99999999999999-1"
> XIDMPRECORD s p i 99999999999999-0
OK
> XIDMPRECORD s p i 99999999999999-0
OK
> XIDMPRECORD s p i 99999999999999-1
(error) ERR The specified IDMP producer-id/idempotent-id pair maps to a different stream ID
> XADD s IDMP p i * f v
"99999999999999-0"
> XIDMPRECORD s p j 5-0
(error) ERR The specified stream ID was deleted or doesn't exist
> XIDMPRECORD s "" j 99999999999999-1
(error) ERR IDMP requires a non-empty producer ID
> XIDMPRECORD s p "" 99999999999999-1
(error) ERR IDMP requires a non-empty idempotent ID
> XIDMPRECORD s p j x
(error) ERR Invalid stream ID specified as stream command argument
> SET k v
OK
> XIDMPRECORD k p j 1-0
(error) WRONGTYPE Operation against a key holding the wrong kind of value
