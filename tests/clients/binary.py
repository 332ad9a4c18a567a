"""A client of the binary protocol (docs/formats/binary.md), and a check of a server that speaks it.

As a module: `Client(port)`, `call(*words)`. As a program: binary.py PORT.
Must be true: nothing here knows RESP.
"""

import socket
import struct
import sys

NIL, ERROR, STRING, INTEGER, ARRAY = range(5)
DOUBLE, MAP, SET, BOOLEAN, BIG_NUMBER, VERBATIM, PUSH, STATUS = range(5, 13)


class Failure(Exception):
    """An error reply: its code and text."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text

    def __eq__(self, other):
        return isinstance(other, Failure) and (self.code, self.text) == (other.code, other.text)


class Push(list):
    """A message that nobody asked for just now."""


def request(words, extended=False):
    """The bytes of a request."""
    words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    body = b"".join(struct.pack("<I", len(word)) + word for word in words)
    if extended or not 0 < len(words) <= 255:
        body = b"\0" + struct.pack("<I", len(words)) + body
    else:
        body = bytes([len(words)]) + body
    return struct.pack("<I", len(body)) + body


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.stream = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def call(self, *words):
        """Sends a request and returns its reply; an error reply is returned too."""
        self.send(request(words))
        return self.read()

    def read(self):
        """The next reply; None for the end of the stream is an EOFError."""
        head = self.stream.read(4)
        if len(head) < 4:
            raise EOFError
        (length,) = struct.unpack("<I", head)
        data = self.stream.read(length)
        assert len(data) == length, "the server closed amid a reply"
        value, end = self.value(data, 0)
        assert end == length, f"{length - end} bytes too many in a reply"
        return value

    def value(self, data, at):
        kind = data[at]
        at += 1
        if kind == NIL:
            return None, at
        if kind == ERROR:
            code, length = struct.unpack_from("<II", data, at)
            at += 8
            return Failure(code, data[at:at + length].decode()), at + length
        if kind == INTEGER:
            return struct.unpack_from("<q", data, at)[0], at + 8
        if kind == DOUBLE:
            return struct.unpack_from("<d", data, at)[0], at + 8
        if kind == BOOLEAN:
            return data[at] == 1, at + 1
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
        if kind in (STRING, BIG_NUMBER, VERBATIM, STATUS):
            text = data[at:at + count]
            text = {BIG_NUMBER: int, VERBATIM: lambda t: t[3:].decode(),
                    STATUS: bytes.decode}.get(kind, bytes)(text)
            return text, at + count
        assert kind in (ARRAY, MAP, SET, PUSH), f"unknown kind {kind}"
        values = []
        for _ in range(count * 2 if kind == MAP else count):
            value, at = self.value(data, at)
            values.append(value)
        if kind == MAP:
            return dict(zip(values[::2], values[1::2])), at
        return {SET: set, PUSH: Push}.get(kind, list)(values), at


def expect(found, wanted):
    assert found == wanted and type(found) is type(wanted), f"{found!r} is not {wanted!r}"


def check_five_kinds(client):
    expect(client.call("SET", "k", "v"), b"OK")
    expect(client.call("GET", "k"), b"v")
    expect(client.call("GET", "none"), None)
    expect(client.call("INCRBY", "n", -7), -7)
    expect(client.call("INCR", "k"), Failure(1, "ERR value is not an integer or out of range"))
    text = "WRONGTYPE Operation against a key holding the wrong kind of value"
    expect(client.call("LPUSH", "k", "x"), Failure(2, text))
    expect(client.call("ZADD", "z", "1.5", "a", "2", "b"), 2)
    expect(client.call("ZSCORE", "z", "a"), b"1.5")
    expect(client.call("ZRANGE", "z", 0, -1, "WITHSCORES"), [b"a", b"1.5", b"b", b"2"])
    expect(client.call("HSET", "h", "f", "g"), 1)
    expect(client.call("HGETALL", "h"), [b"f", b"g"])
    expect(client.call("LPOS", "none", "x"), None)
    expect(client.call("XREAD", "STREAMS", "x", "0"), None)
    expect(client.call("EVAL", "return {1, {2, 'x'}, redis.status_reply('Y')}", 0),
           [1, [2, b"x"], b"Y"])
    expect(client.call("MULTI"), b"OK")
    for words in (("GET", "k"), ("INCR", "k"), ("HGETALL", "h"), ("LPOS", "none", "x")):
        expect(client.call(*words), b"QUEUED")
    expect(client.call("EXEC"), [
        b"v", Failure(1, "ERR value is not an integer or out of range"), [b"f", b"g"], None])


def check_all_kinds(client):
    hello = client.call("HELLO", 3)
    assert (hello[b"server"], hello[b"proto"]) == (b"redis", 3), hello
    expect(client.call("SET", "k", "v"), "OK")
    expect(client.call("ZSCORE", "z", "a"), 1.5)
    expect(client.call("ZRANGE", "z", 0, -1, "WITHSCORES"), [[b"a", 1.5], [b"b", 2.0]])
    expect(client.call("HGETALL", "h"), {b"f": b"g"})
    client.call("SADD", "s", "a", "b")
    expect(client.call("SMEMBERS", "s"), {b"a", b"b"})
    expect(client.call("DEBUG", "PROTOCOL", "true"), True)
    expect(client.call("DEBUG", "PROTOCOL", "verbatim"), "This is a verbatim\nstring")
    assert client.call("DEBUG", "PROTOCOL", "bignum") == 1234567999999999999999999999999999999
    expect(client.call("EVAL", "redis.setresp(3); return {map={a={double=0.5}}}", 0), {b"a": 0.5})
    expect(client.call("HELLO", 2)[:2], [b"server", b"redis"])
    expect(client.call("ZSCORE", "z", "a"), b"1.5")


def check_pipelines_and_long_requests(client):
    client.send(b"".join(request(("INCR", "pipe")) for _ in range(1000)))
    expect([client.read() for _ in range(1000)], list(range(1, 1001)))
    # Byte by byte, and a request that asks for nothing before it.
    for byte in b"\x01\0\0\0\0" + request(("ECHO", "slow")):
        client.send(bytes([byte]))
    expect(client.read(), b"slow")
    client.send(request(("ECHO", "short"), extended=True))
    expect(client.read(), b"short")
    many = [f"m{n}" for n in range(3000)]
    expect(client.call("RPUSH", "list", *many), 3000)
    expect(client.call("LRANGE", "list", 0, -1), [m.encode() for m in many])
    large = b"x" * 3_000_000
    expect(client.call("SET", "large", large), b"OK")
    expect(client.call("GET", "large"), large)
    expect(client.call("MGET", "large", "k"), [large, b"v"])


def check_messages(client, port):
    listener = Client(port)
    listener.send(request(("SUBSCRIBE", "a", "b")))
    expect(listener.read(), [b"subscribe", b"a", 1])
    expect(listener.read(), [b"subscribe", b"b", 2])
    expect(client.call("PUBLISH", "a", "hello"), 1)
    expect(listener.read(), [b"message", b"a", b"hello"])
    assert "allowed in this context" in listener.call("GET", "k").text
    typed = Client(port)
    typed.call("HELLO", 3)
    expect(typed.call("SUBSCRIBE", "a"), Push([b"subscribe", b"a", 1]))
    client.call("PUBLISH", "a", "y" * 100_000)
    expect(typed.read(), Push([b"message", b"a", b"y" * 100_000]))
    expect(typed.call("GET", "k"), b"v")
    expect(typed.call("CLIENT", "TRACKING", "ON", "BCAST"), "OK")
    client.call("SET", "tracked", "1")
    expect(typed.read(), Push([b"invalidate", [b"tracked"]]))
    watcher = Client(port)
    expect(watcher.call("MONITOR"), b"OK")
    client.call("GET", "seen")
    line = watcher.read()
    while b'"seen"' not in line:
        line = watcher.read()


def check_waiting(client, port):
    waiter = Client(port)
    waiter.send(request(("BLPOP", "queue", 0)) + request(("PING",)))
    while b"cmd=blpop" not in client.call("CLIENT", "LIST"):
        pass
    client.call("LPUSH", "queue", "job")
    expect(waiter.read(), [b"queue", b"job"])
    expect(waiter.read(), b"PONG")
    waiter.send(request(("XREAD", "BLOCK", 0, "STREAMS", "news", "$")))
    while b"cmd=xread" not in client.call("CLIENT", "LIST"):
        pass
    client.call("XADD", "news", "1-1", "f", "v")
    expect(waiter.read(), [[b"news", [[b"1-1", [b"f", b"v"]]]]])


def check_bad_framing(port):
    for data in (b"\0\0\0\0", b"\x05\0\0\0\x01\xff\0\0\0", b"*1\r\n$4\r\nPING\r\n",
                 struct.pack("<I", 6) + b"\x01\x00\0\0\0x", b"\xff\xff\xff\xff"):
        client = Client(port)
        client.send(request(("PING",)) + data)
        expect(client.read(), b"PONG")
        failure = client.read()
        assert failure.code == 1 and failure.text.startswith("ERR Protocol error: "), failure
        try:
            raise AssertionError(client.read())
        except (EOFError, ConnectionResetError):
            pass


def main():
    port = int(sys.argv[1])
    client = Client(port)
    client.call("FLUSHALL")
    check_five_kinds(client)
    check_all_kinds(client)
    check_pipelines_and_long_requests(client)
    check_messages(client, port)
    check_waiting(client, port)
    check_bad_framing(port)
    assert client.call("PSYNC", "?", "-1").text.startswith("ERR ")
    print("ok")


if __name__ == "__main__":
    main()
