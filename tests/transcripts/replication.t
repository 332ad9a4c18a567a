// What a replica says to its master before it is fed, and who is master.

# an introduction
> REPLCONF
OK
> REPLCONF listening-port 7000 ip-address 10.0.0.1 capa eof capa psync2
OK
> REPLCONF listening-port x
(error) ERR value is not an integer or out of range
> REPLCONF capa
(error) ERR syntax error
> REPLCONF mood good
(error) ERR Unrecognized REPLCONF option: mood

# a master stays one
> REPLICAOF NO ONE
OK
> SLAVEOF no one
OK
> REPLICAOF 127.0.0.1 port
(error) ERR Invalid master port
> REPLICAOF 127.0.0.1 70000
(error) ERR Invalid master port
> REPLICAOF NO
(error) ERR wrong number of arguments for 'replicaof' command
> ROLE
["master", 0, []]

# without replicas nothing is confirmed
> WAIT 0 100
0
> WAIT 1 20
0
> MULTI
OK
> WAIT 1 0
QUEUED
> EXEC
[0]
