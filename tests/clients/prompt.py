"""A person at the prompt of `russet cli`: a pseudo-terminal, keys in, what the screen shows out.

usage: prompt.py RUSSET PORT SECRET_PORT

Needs nothing but Python's own library. Each step waits for what must appear, never for a time.
"""

import fcntl
import os
import pty
import re
import select
import socket
import struct
import sys
import tempfile
import termios
import time

RUSSET, PORT = sys.argv[1], sys.argv[2]
PATIENCE = 30
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
HOME = tempfile.TemporaryDirectory()


class Prompt:
    def __init__(self, *arguments, port=PORT, **environment):
        self.text, self.seen = b"", 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            clean = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "HOME": HOME.name}
            clean.update(environment)
            os.execve(RUSSET, [RUSSET, "cli", "-p", port, *arguments], clean)
        size = struct.pack("HHHH", 30, 120, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def read(self):
        ready, _, _ = select.select([self.terminal], [], [], 0.1)
        if not ready:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        # rustyline asks where the cursor is when it is not sure.
        if b"\x1b[6n" in data:
            os.write(self.terminal, b"\x1b[1;1R")
        self.text += data
        return bool(data)

    def plain(self):
        return ESCAPES.sub(b"", self.text).decode("utf-8", "replace")

    def wait(self, expected):
        """Until this text appears behind what was waited for last."""
        end = time.monotonic() + PATIENCE
        while True:
            found = self.plain().find(expected, self.seen)
            if found >= 0:
                self.seen = found + len(expected)
                return
            if time.monotonic() > end or not self.read():
                shown = self.plain()[self.seen :]
                raise SystemExit(f"FAILED: no {expected!r} in:\n{shown}")

    def wait_bytes(self, expected):
        end = time.monotonic() + PATIENCE
        while expected not in self.text:
            if time.monotonic() > end or not self.read():
                raise SystemExit(f"FAILED: no {expected!r} in:\n{self.text!r}")

    def type(self, keys, expected=None):
        self.seen = len(self.plain())
        os.write(self.terminal, keys.encode())
        if expected is not None:
            self.wait(expected)

    def end(self):
        end = time.monotonic() + PATIENCE
        while self.read():
            if time.monotonic() > end:
                raise SystemExit(f"FAILED: it does not end:\n{self.plain()}")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def ok(name):
    print(f"ok {name}", flush=True)


def prompt():
    return f"127.0.0.1:{PORT}> "


def typing():
    p = Prompt()
    p.wait(prompt())
    ok("the prompt says where")
    p.type("set key ", "value [NX|XX")
    ok("a hint shows what may follow")
    p.type("1 EX ", "seconds")
    p.type("100\r", "OK")
    p.wait(prompt())
    p.type("get key\r", '"1"')
    p.wait_bytes(b'\x1b[32m"1"\x1b[0m')
    ok("values have colours")
    p.wait(prompt())
    p.type("hinc\t", "hincrby")
    p.type("\x15", None)
    ok("commands are completed")
    p.type("client li\t", "list ")
    p.type("\x15", None)
    ok("sub-commands are completed")
    p.type("set key 1 keep\t", "keepttl ")
    p.type("\x15", None)
    ok("words of arguments are completed")
    p.type("trace hset ", "key field value")
    p.type("\x15", None)
    p.type(":trace hset ", "key field value")
    p.type("\x15", None)
    ok("traced commands are hinted too")
    p.type("object \t\t", "encoding")
    p.wait("refcount")
    p.type("\x15", None)
    ok("several possibilities are listed")
    p.type("help object enc\t\r", "summary")
    p.wait("since")
    p.wait(prompt())
    ok("help completes and explains")
    p.type("multi\r", f"127.0.0.1:{PORT}(TX)> ")
    p.type("incr n\r", "QUEUED")
    p.type("exec\r", "(integer) 1")
    p.wait(prompt())
    ok("a transaction shows in the prompt")
    p.type("select 2\r", f"127.0.0.1:{PORT}[2]> ")
    p.type("select 0\r", prompt())
    ok("the database shows in the prompt")
    p.type('\x1b[200~set p "a\nb"\nget p\x1b[201~\r', "OK")
    p.wait('"a\\nb"')
    p.wait(prompt())
    ok("several pasted lines are several commands")
    p.type("\x1b[A\x1b[A\r", "OK")
    p.wait(prompt())
    ok("the history comes back")
    p.type("3 incr n\r", "(integer) 2")
    p.wait("(integer) 4")
    p.wait(prompt())
    p.type(':set nohints\r', prompt())
    p.type(":nonsense\r", "unknown command")
    p.wait(prompt())
    p.type("quit\r")
    assert p.end() == 0
    ok("quit leaves")


def waiting():
    p = Prompt()
    p.wait(prompt())
    p.type("blpop nothing 0\r", "\n")
    p.type("\x03", prompt())
    p.type("ping\r", "PONG")
    p.wait(prompt())
    ok("Ctrl-C ends the waiting for a reply")
    p.type("subscribe news\r", "Reading messages")
    p.wait('"news"')
    p.wait("(integer) 1")
    say("PUBLISH", "news", "hello")
    p.wait('"hello"')
    p.type("\x03", prompt())
    ok("messages are shown until Ctrl-C")
    p.type("monitor\r", "OK")
    say("SET", "watched", "1")
    p.wait('"watched"')
    p.type("\x03", prompt())
    ok("monitor shows until Ctrl-C")
    p.type(":trace set traced 1\r", "class keys")
    p.wait("together")
    p.wait(prompt())
    ok("a trace is drawn")
    p.type("hello 3\r", "proto")
    p.wait(prompt())
    p.type("trace on prefix watch\r", "OK")
    say("SET", "watched", "2")
    p.wait('ns: queue')
    p.wait('"watched" "2"')
    p.type("\x03", prompt())
    ok("the requests of others are traced until Ctrl-C")
    p.type("half a li\x03", "leaves")
    p.wait(prompt())
    p.type("client kill type normal skipme no\r", "\n")
    p.wait("> ")
    p.type("ping\r", "PONG")
    p.wait(prompt())
    # It speaks RESP3 again, which was asked for by hand above.
    p.type("debug protocol map\r", "\u2502")
    p.wait(prompt())
    ok("a lost connection is made anew")
    p.type("multi\r", "(TX)> ")
    say("CLIENT", "KILL", "TYPE", "normal")
    # The system says how it is lost, in one of two ways.
    p.type("incr lost\r", "not connected> ")
    p.type("get lost\r", "(nil)")
    p.wait(prompt())
    ok("the rest of a lost transaction is not carried out")
    p.type("\x04")
    assert p.end() == 0
    ok("Ctrl-D leaves")


def tables():
    p = Prompt("-3", NO_COLOR="1")
    p.wait(prompt())
    p.type("hset h field value\r", "(integer) 1")
    p.wait(prompt())
    p.type("hgetall h\r", 'field \u2502 "value"')
    p.wait(prompt())
    assert b"\x1b[32m" not in p.text
    p.type(":set notables\r", prompt())
    p.type("hgetall h\r", '1# "field" => "value"')
    p.wait(prompt())
    p.type("\x04")
    p.end()
    ok("maps are tables, and colours can be unwanted")


def secrets():
    p = Prompt()
    p.wait(prompt())
    p.type("auth swordfish\r", "error")
    p.wait(prompt())
    p.type("get remembered\r", "(nil)")
    p.wait(prompt())
    p.type("\x04")
    p.end()
    path = os.path.join(HOME.name, ".russetcli_history")
    with open(path, encoding="utf-8") as file:
        kept = file.read()
    assert "get remembered" in kept and "set key 1 EX 100" in kept, kept
    assert "swordfish" not in kept, kept
    assert os.stat(path).st_mode & 0o077 == 0
    ok("the history is kept without passwords")
    p = Prompt("--askpass", port=sys.argv[3])
    p.wait("password: ")
    p.type("secret\r", f"{sys.argv[3]}> ")
    p.type("ping\r", "PONG")
    # While a command runs, Ctrl-D is the terminal's, which makes nothing of it for the prompt.
    p.wait(f"{sys.argv[3]}> ")
    assert "secret" not in p.plain()
    p.type("\x04")
    p.end()
    ok("a password is asked for and not shown")
    p = Prompt(port=sys.argv[3])
    p.wait("> ")
    p.type("auth secret\r", "OK")
    p.wait("> ")
    p.type("client kill type normal skipme no\r", "\n")
    p.wait("> ")
    p.type("ping\r", "PONG")
    p.type(f"connect 127.0.0.1 {PORT}\r", prompt())
    assert "AUTH" not in p.plain(), p.plain()
    p.type("\x04")
    p.end()
    ok("a password typed is told again to this server, and to no other")


def absent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    p = Prompt(port=port)
    p.wait("Could not connect")
    p.wait("not connected> ")
    p.type("help set\r", "summary")
    p.wait("not connected> ")
    p.type("ping\r", "Connection refused")
    p.wait("not connected> ")
    p.type(f"connect 127.0.0.1 {PORT}\r", prompt())
    p.type("\x04")
    p.end()
    ok("without a server there is help, and a way to connect")


def say(*words):
    with socket.create_connection(("127.0.0.1", int(PORT))) as server:
        request = b"*%d\r\n" % len(words)
        for word in words:
            request += b"$%d\r\n%s\r\n" % (len(word), word.encode())
        server.sendall(request)
        server.recv(100)


for part in (typing, waiting, tables, secrets, absent):
    part()
