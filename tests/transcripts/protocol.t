// The wire itself: framing, inline commands, protocol errors, RESP3 forms.

# a command is an array of bulk strings
> SET k v
OK
raw> "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
raw "$1\r\nv\r\n"
raw> "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nPING\r\n$2\r\nhi\r\n"
raw "+PONG\r\n$2\r\nhi\r\n"

# an inline command is a line of words
raw> "PING\r\n"
raw "+PONG\r\n"
raw> "PING\n"
raw "+PONG\r\n"
raw> "  SET   k\t'a b'   \r\n"
raw "+OK\r\n"
raw> "GET k\r\n"
raw "$3\r\na b\r\n"
raw> "SET k \"\\x41\\n\\\"\"\r\nGET k\r\n"
raw "+OK\r\n$3\r\nA\n\"\r\n"
raw> "SET k ''\r\nGET k\r\n"
raw "+OK\r\n$0\r\n\r\n"

# empty lines and empty arrays get no answer
raw> "\r\n\r\n*0\r\n*-1\r\n*-10\r\nPING\r\n"
raw "+PONG\r\n"

# unbalanced quotes in an inline command close the connection
raw> "SET k \"v\r\n"
raw "-ERR Protocol error: unbalanced quotes in request\r\n"
(closed)

# a quote glued to a word closes the connection
raw> "SET k \"v\"x\r\n"
raw "-ERR Protocol error: unbalanced quotes in request\r\n"
(closed)

# a count that is no number closes the connection
raw> "*abc\r\n"
raw "-ERR Protocol error: invalid multibulk length\r\n"
(closed)

# a count over the limit closes the connection
raw> "*2147483648\r\n"
raw "-ERR Protocol error: invalid multibulk length\r\n"
(closed)

# a length that is no number closes the connection
raw> "*1\r\n$abc\r\n"
raw "-ERR Protocol error: invalid bulk length\r\n"
(closed)

# a negative length closes the connection
raw> "*1\r\n$-1\r\n"
raw "-ERR Protocol error: invalid bulk length\r\n"
(closed)

# a length over proto-max-bulk-len closes the connection
raw> "*2\r\n$3\r\nGET\r\n$536870913\r\n"
raw "-ERR Protocol error: invalid bulk length\r\n"
(closed)

# an argument that is no bulk string closes the connection
raw> "*2\r\n$4\r\nECHO\r\n:1\r\n"
raw "-ERR Protocol error: expected '$', got ':'\r\n"
(closed)

# the answers before a protocol error are delivered
raw> "PING\r\n*1\r\n$4\r\nPING\r\n*x\r\nPING\r\n"
raw "+PONG\r\n+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n"
(closed)

# an unauthenticated connection may send only small requests
@ server --requirepass secret
1raw> "*11\r\n"
raw "-ERR Protocol error: unauthenticated multibulk length\r\n"
(closed)
2raw> "*1\r\n$16385\r\n"
raw "-ERR Protocol error: unauthenticated bulk length\r\n"
(closed)
3raw> "*10\r\n$4\r\nPING\r\n"
3raw> "$1\r\na\r\n"*9
raw "-NOAUTH Authentication required.\r\n"

# RESP2 nulls
raw> "GET missing\r\n"
raw "$-1\r\n"
raw> "HMGET missing f\r\n"
raw "*1\r\n$-1\r\n"

# RESP2 null of a list
raw> "LPOP missing 1\r\n"
raw "*-1\r\n"

# RESP3 nulls and maps
@ resp3
raw> "GET missing\r\n"
raw "_\r\n"
raw> "HMGET missing f\r\n"
raw "*1\r\n_\r\n"
raw> "HSET h f v\r\nHGETALL h\r\n"
raw ":1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n"
raw> "CONFIG GET maxmemory\r\n"
raw "%1\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n"

# RESP3 texts with a format
@ resp3
> LOLWUT VERSION 0
(verbatim txt) <string>
> INFO server
(verbatim txt) ~"# Server\r\nredis_version:*"
> CLIENT INFO
(verbatim txt) ~"id=*"

# DEBUG PROTOCOL shows each form of RESP3
@ resp3
> DEBUG PROTOCOL string
"Hello World"
> DEBUG PROTOCOL integer
12345
> DEBUG PROTOCOL double
(double) 3.141
> DEBUG PROTOCOL null
(nil)
> DEBUG PROTOCOL array
[0, 1, 2]
> DEBUG PROTOCOL set
set [0, 1, 2]
> DEBUG PROTOCOL map
{0: (false), 1: (true), 2: (false)}
> DEBUG PROTOCOL bignum
(big) 1234567999999999999999999999999999999
> DEBUG PROTOCOL true
(true)
> DEBUG PROTOCOL false
(false)
> DEBUG PROTOCOL verbatim
(verbatim txt) "This is a verbatim\nstring"
> DEBUG PROTOCOL foo
(error) ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false

# DEBUG PROTOCOL shows what RESP2 makes of each form
> DEBUG PROTOCOL string
"Hello World"
> DEBUG PROTOCOL integer
12345
> DEBUG PROTOCOL double
"3.141"
> DEBUG PROTOCOL null
(nil)
> DEBUG PROTOCOL array
[0, 1, 2]
> DEBUG PROTOCOL set
[0, 1, 2]
> DEBUG PROTOCOL map
[0, 0, 1, 1, 2, 0]
> DEBUG PROTOCOL bignum
"1234567999999999999999999999999999999"
> DEBUG PROTOCOL true
1
> DEBUG PROTOCOL false
0
> DEBUG PROTOCOL verbatim
"This is a verbatim\nstring"
> DEBUG PROTOCOL push
(error) ERR RESP2 is not supported by this command

# CR and LF in a command do not break the error line
raw> "*1\r\n$5\r\na\r\nb\n\r\n"
raw "-ERR unknown command 'a  b ', with args beginning with: \r\n"

# a connection can change protocol in the middle of a pipeline
raw> "HELLO 3\r\nGET missing\r\nHELLO 2\r\nGET missing\r\n"
{"proto": 3, ...}
(nil)
pairs {"proto": 2, ...}
(nil)
