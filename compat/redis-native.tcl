# Put behind the suite's own helpers: a stand-in for the child that saves.
#
# Redis saves in a child, which some tests look up by its parent and kill. We have none. This answers
# with a process that does nothing; when it is killed the server is told that the save failed.

proc get_child_pid {idx} {
    set host [srv $idx host]
    set port [srv $idx port]
    set client [redis $host $port 0 $::tls]
    set info [$client info persistence]
    $client close
    if {![regexp {(rdb_bgsave|aof_rewrite)_in_progress:1} $info]} {
        error "child process exited abnormally"
    }
    set script "sleep 600 & echo \$!; wait \$! 2>/dev/null;
        exec src/redis-cli -h $host -p $port debug fail-snapshot"
    set stand_in [open "|sh -c {$script} 2>/dev/null" r]
    return [string trim [gets $stand_in]]
}
