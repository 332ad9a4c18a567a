"""redis-py against a server: redis_py.py PORT. Prints one line per check; ends with 1 if one failed."""

import sys
import threading

import redis

PORT = int(sys.argv[1])
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def connect(protocol, **options):
    return redis.Redis(host="127.0.0.1", port=PORT, protocol=protocol, **options)


@check
def strings(r):
    assert r.set("k", "v") is True
    assert r.get("k") == b"v"
    assert r.get("missing") is None
    assert r.set("k", "w", nx=True) is None
    assert r.set("k", "w", xx=True, get=True) == b"v"
    assert r.mset({"a": 1, "b": 2}) is True
    assert r.mget("a", "missing", "b") == [b"1", None, b"2"]
    assert r.incr("a", 41) == 42
    assert r.incrbyfloat("f", 1.5) == 1.5
    assert r.append("k", "x") == 2
    assert r.getrange("k", 0, 0) == b"w"
    assert r.setrange("k", 1, "yz") == 3
    assert r.strlen("k") == 3
    assert r.getdel("k") == b"wyz"
    value = bytes(range(256))
    r["bytes"] = value
    assert r["bytes"] == value
    assert "bytes" in r


@check
def hashes(r):
    assert r.hset("h", mapping={"a": 1, "b": "x"}) == 2
    assert r.hgetall("h") == {b"a": b"1", b"b": b"x"}
    assert r.hgetall("missing") == {}
    assert r.hmget("h", "a", "x") == [b"1", None]
    assert r.hincrby("h", "a", 2) == 3
    assert r.hincrbyfloat("h", "a", 0.5) == 3.5
    assert sorted(r.hkeys("h")) == [b"a", b"b"]
    assert r.hexists("h", "b") is True
    assert r.hlen("h") == 2
    assert r.hdel("h", "a", "b") == 2
    assert r.exists("h") == 0


@check
def expiry(r):
    r.set("k", "v", ex=1000)
    assert 990 < r.ttl("k") <= 1000
    assert r.persist("k") is True
    assert r.ttl("k") == -1
    assert r.expireat("k", 33177117420) is True
    assert r.expiretime("k") == 33177117420
    assert r.ttl("missing") == -2


@check
def keys(r):
    r.set("a", 1)
    r.hset("h", "f", "v")
    assert r.type("h") == b"hash"
    assert r.rename("a", "b") is True
    assert r.copy("b", "c") is True
    assert r.dbsize() == 3
    assert sorted(r.keys("[bc]")) == [b"b", b"c"]
    assert r.delete("b", "c", "missing") == 2
    assert r.randomkey() == b"h"
    assert r.object("encoding", "h") == b"listpack"


@check
def pipelines(r):
    pipe = r.pipeline(transaction=False)
    for number in range(1000):
        pipe.set(f"key:{number}", number)
    pipe.get("key:999").dbsize()
    assert pipe.execute()[-2:] == [b"999", 1000]


@check
def errors_in_a_pipeline(r):
    pipe = r.pipeline(transaction=False)
    pipe.set("k", "v").hget("k", "f").get("k")
    replies = pipe.execute(raise_on_error=False)
    assert replies[0] is True and replies[2] == b"v"
    assert isinstance(replies[1], redis.ResponseError), replies


@check
def scans(r):
    r.mset({f"key:{number}": number for number in range(1000)})
    r.hset("h", mapping={f"field:{number}": number for number in range(1000)})
    assert len(set(r.scan_iter())) == 1001
    assert len(set(r.scan_iter(match="key:1*", count=7))) == 111
    assert list(r.scan_iter(_type="hash")) == [b"h"]
    assert len(dict(r.hscan_iter("h"))) == 1000


@check
def errors(r):
    r.set("k", "v")
    for command in (["HGET", "k", "f"], ["INCR", "k"], ["FOO"], ["GET"]):
        try:
            r.execute_command(*command)
        except redis.ResponseError:
            continue
        raise AssertionError(f"no error for {command}")
    assert r.get("k") == b"v"


@check
def administration(r):
    assert r.ping() is True
    assert r.echo("hi") == b"hi"
    assert r.client_setname("me") is True
    assert r.client_getname() in (b"me", "me")
    assert r.client_id() > 0
    assert any(client["name"] == "me" for client in r.client_list())
    assert r.config_get("maxmemory") == {"maxmemory": "0"}
    assert r.config_set("timeout", 0) is True
    info = r.info()
    assert info["role"] == "master" and info["tcp_port"] == PORT, info
    assert r.info("server")["redis_version"]
    assert r.command_count() > 50
    assert "get" in r.command()
    assert len(r.time()) == 2
    assert r.memory_usage("missing") is None


@check
def decoded(r):
    d = connect(PROTOCOL, decode_responses=True)
    d.set("k", "h\u00e9llo \u2603")
    assert d.get("k") == "h\u00e9llo \u2603"
    d.hset("h", mapping={"a": "\u00e4"})
    assert d.hgetall("h") == {"a": "\u00e4"}
    assert d.config_get("maxmemory") == {"maxmemory": "0"}


@check
def databases(r):
    other = connect(PROTOCOL, db=3)
    other.set("k", 3)
    assert r.get("k") is None
    assert r.move("k", 3) is False
    assert r.swapdb(0, 3) is True
    assert r.get("k") == b"3"
    r.swapdb(0, 3)
    other.flushdb()


@check
def threads(r):
    def work():
        for _ in range(200):
            r.incr("n")

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert r.get("n") == b"1600"


failed = 0
for PROTOCOL in (2, 3):
    r = connect(PROTOCOL)
    for function in CHECKS:
        name = f"RESP{PROTOCOL} {function.__name__}"
        try:
            r.flushall()
            function(r)
            print(f"ok {name}")
        except Exception as error:
            failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {error}")
sys.exit(1 if failed else 0)
