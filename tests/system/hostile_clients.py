"""Clients of an HTTP server that mean no good, many of them in one process of their own.

    crowd = Crowd(("127.0.0.1", 9464), 1000)
    …
    seen = crowd.stop()     {"connections": …, "statuses": {"400": …}, "bad": ["what was served and should not have been"]}

Each has its trick (`TRICKS`), connects again as soon as it is sent away, and reads what it is answered (but for those whose
trick is not to).
"""
import base64
import collections
import errno
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import time

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2
HEAD = b"GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"


def get(path, host=b"localhost", more=b""):
    return HEAD % (path, host, more)


def guess(n):
    return b"Authorization: Basic " + base64.b64encode(b"admin:%d" % n) + b"\r\n"


PATHS = [b"/../etc/passwd", b"/../../../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/..%2f..%2fetc/passwd", b"//etc/passwd",
         b"/livez/../status.json", b"/./status.json", b"/status.json/", b"/status.json%00.txt", b"/STATUS.JSON", b"/setclickd.toml",
         b"/token", b"/ledger.db", b"/.well-known/x", b"http://localhost/status.json", b"http://169.254.169.254/latest", b"*",
         b"/status.json\x00", b"/\xff\xfe", b"/" + b"a/" * 2000, b"\\..\\..\\etc\\passwd", b"file:///etc/passwd", b"/proc/self/environ"]

# Each: number → (what is sent at once, what then a second, whether answers are read)
TRICKS = {
    "slowloris": lambda n: (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", b"X-%d: y\r\n" % n, True),
    "one byte a second": lambda n: (b"G", b"E", True),
    "half open": lambda n: (b"", b"", True),
    "a huge head": lambda n: (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"X: %s\r\n" % (b"x" * 60000), b"", True),
    "many fields": lambda n: (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"a:\r\n" * 20000, b"a:\r\n", True),
    "pipelining": lambda n: (get(b"/livez") * 200, get(b"/readyz") * 50, True),
    "never reading": lambda n: (get(b"/livez") * 2000, get(b"/livez") * 100, False),
    "a foreign Host": lambda n: (get(b"/status.json", b"evil%d.example" % n), b"", True),
    "no Host": lambda n: (b"GET /status.json HTTP/1.1\r\n\r\n", b"", True),
    "two Hosts": lambda n: (get(b"/status.json", more=b"Host: localhost\r\n"), b"", True),
    "a path": lambda n: (get(PATHS[n % len(PATHS)]), get(PATHS[(n * 7 + 3) % len(PATHS)]), True),
    "a guess": lambda n: (get(b"/status.json", more=guess(n)), get(b"/status.json", more=guess(n + 1)), True),
    "TLS": lambda n: (HELLO, b"", True),
    "garbage": lambda n: (random.Random(n).randbytes(3000), b"\r\n\r\n", True),
    "a body": lambda n: (b"POST /status.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", b"z" * 4096, True),
    "smuggling": lambda n: (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
                            get(b"/status.json"), b"", True),
    "a reset": lambda n: (get(b"/readyz"), None, False),
}
# What no answer to any of these may hold.
SECRETS = [b"root:", b"waiting", b"accounts", b"PATH="] + [text.encode() for text in json.loads(os.environ.get("CANARIES", "[]"))]


class Client:
    def __init__(self, number, trick):
        self.number, self.trick = number, trick
        self.first, self.then, self.reads = TRICKS[trick](number)
        self.socket, self.unsent, self.next, self.tail = None, b"", 0.0, b""


class Swarm:
    def __init__(self, address, count):
        self.address = address
        names = list(TRICKS)
        self.clients = [Client(n, names[n % len(names)]) for n in range(count)]
        self.selector = selectors.DefaultSelector()
        self.connections = collections.Counter()
        self.statuses = collections.Counter()
        self.bad = []

    def run(self, is_over):
        while not is_over():
            now = time.monotonic()
            for client in self.clients:
                if client.next <= now:
                    self.act(client, now)
            for key, events in self.selector.select(0.02):
                client = key.data
                if client.socket is not key.fileobj:
                    continue
                if events & selectors.EVENT_READ:
                    self.read(client)
                if client.socket is not None and events & selectors.EVENT_WRITE:
                    self.write(client)

    def act(self, client, now):
        client.next = now + 1
        if client.socket is None:
            return self.connect(client)
        if client.then is None:
            return self.drop(client)
        if len(client.unsent) < 100_000:
            client.unsent += client.then
        self.write(client)

    def connect(self, client):
        made = socket.socket(socket.AF_INET)
        made.setblocking(False)
        if client.then is None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        code = made.connect_ex(self.address)
        if code not in (0, errno.EINPROGRESS):
            made.close()
            return
        self.connections[client.trick] += 1
        client.socket, client.unsent, client.tail = made, client.first, b""
        self.selector.register(made, selectors.EVENT_READ | selectors.EVENT_WRITE, client)

    def watch(self, client):
        wanted = (selectors.EVENT_READ if client.reads else 0) | (selectors.EVENT_WRITE if client.unsent else 0)
        known = client.socket in self.selector.get_map()
        if wanted and known:
            self.selector.modify(client.socket, wanted, client)
        elif wanted:
            self.selector.register(client.socket, wanted, client)
        elif known:
            self.selector.unregister(client.socket)

    def write(self, client):
        try:
            if client.unsent:
                client.unsent = client.unsent[client.socket.send(client.unsent):]
            self.watch(client)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.drop(client)

    def read(self, client):
        if not client.reads:
            return self.watch(client)
        try:
            got = client.socket.recv(65536)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            got = b""
        if not got:
            return self.drop(client)
        text = client.tail + got
        for part in text.split(b"HTTP/1.1 ")[1:]:
            self.statuses[part[:3].decode("latin-1")] += 1
        for secret in SECRETS:
            if secret in text and len(self.bad) < 20:
                self.bad.append(f"{client.trick} ({client.number}): {text[:2000]!r}")
        if client.trick not in ("pipelining", "slowloris", "many fields", "one byte a second") and b"HTTP/1.1 200" in text \
                and len(self.bad) < 20:
            self.bad.append(f"{client.trick} was answered: {text[:500]!r}")
        client.tail = text[-8:] if not text[-8:].startswith(b"HTTP/1.1") else b""

    def drop(self, client):
        if client.socket in self.selector.get_map():
            self.selector.unregister(client.socket)
        client.socket.close()
        client.socket = None
        client.next = time.monotonic()  # again at once


class Crowd:
    def __init__(self, address, count, canaries=()):
        self.child = subprocess.Popen([sys.executable, __file__, address[0], str(address[1]), str(count)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, env={**os.environ, "CANARIES": json.dumps(list(canaries))})

    def stop(self):
        """What they saw."""
        out, _ = self.child.communicate(timeout=60)
        return json.loads(out)


def main():
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    swarm = Swarm((host, port), count)
    # Whoever started this closes the pipe when it has seen enough, or is gone.
    os.set_blocking(0, False)

    def is_over():
        try:
            return os.read(0, 1) == b""
        except BlockingIOError:
            return False
    swarm.run(is_over)
    print(json.dumps({"connections": swarm.connections, "statuses": swarm.statuses, "bad": swarm.bad}))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    main()
