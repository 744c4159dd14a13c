"""A TLS server that misbehaves on request: each event names in its utm_source how it wants to be answered the first time.

An event with `utm_source` = "NAME" or "NAME.anything" is answered by the behaviour NAME once, and properly from then on; an unknown
name is always answered properly. What can only happen before a request was read is armed: `server.arm("ssh-banner")` holds for the next
connection. The server notes for each misbehaviour how long its peer held on to the connection.
"""
import collections
import gzip
import os
import random
import re
import select
import socket
import ssl
import struct
import subprocess
import threading
import time

GOOD = b'{"status":"ok"}'
_SOURCE = re.compile(rb'utm_source%22(?:%3A|:)%22([A-Za-z0-9_.-]+)%22')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)


def answer(status="200 OK", body=GOOD, *headers, length=None, kind="application/json"):
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*head, *headers, "", ""]).encode("latin-1") + body


def head(*lines):
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Gone(Exception):
    """The peer closed."""


class Wire:
    """One connection as a behaviour sees it. Every wait ends when the peer closes or the server ends."""

    def __init__(self, server, tls):
        self.server, self.tls = server, tls

    def send(self, data):
        try:
            self.tls.sendall(data)
        except OSError as error:
            raise Gone from error

    def wait_for_close(self, seconds=20):
        """Until the peer closes."""
        self.tls.settimeout(seconds)
        try:
            while self.tls.recv(4096):
                pass
        except OSError:
            pass

    def closed_within(self, seconds):
        readable, _, _ = select.select([self.tls], [], [], seconds)
        if not readable:
            return False
        try:
            return not self.tls.recv(1)
        except OSError:
            return True

    def drip(self, pieces, every=0.05, seconds=20):
        """These pieces one by one, until the peer has had enough."""
        until = time.monotonic() + seconds
        for piece in pieces:
            self.send(piece)
            if self.closed_within(every) or time.monotonic() > until or self.server.ended:
                return

    def flood(self, piece, most=64 << 20):
        """The same bytes over and over, until the peer closes; how many went out is noted."""
        sent = 0
        while sent < most and not self.server.ended:
            self.send(piece)
            sent += len(piece)
            self.server.flooded = max(self.server.flooded, sent)

    def reset(self):
        reset(self.tls)


def reset(sock):
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass


def forever(piece):
    while True:
        yield piece


# --- what happens after a request was read; a behaviour returns True where the connection goes on ----------------------------------

def _stall(*first):
    """Says this much and then nothing."""
    def run(wire):
        for piece in first:
            wire.send(piece)
        wire.wait_for_close()
    return run


def _say(*pieces, stay=False):
    """Says this and closes, or keeps the connection."""
    def run(wire):
        for piece in pieces:
            wire.send(piece)
        return stay
    return run


def _flood(first, piece):
    def run(wire):
        wire.send(first)
        wire.flood(piece)
    return run


def _drip(first, piece):
    def run(wire):
        wire.send(first)
        wire.drip(forever(piece))
    return run


def _trickled_header(wire):
    wire.drip([bytes([b]) for b in answer()])


def _reset(*first):
    def run(wire):
        for piece in first:
            wire.send(piece)
        wire.reset()
    return run


def _silent_close(wire):
    """A proper answer that promises to stay, and then the connection goes without a word."""
    wire.send(answer())
    wire.tls.shutdown(socket.SHUT_RDWR)


def _unasked(wire):
    """A proper answer, and much later one to a question that nobody asked."""
    wire.send(answer())
    if not wire.closed_within(0.15):
        wire.send(answer("422 Unprocessable"))
    wire.wait_for_close()


CHUNKED = head("HTTP/1.1 200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked")
HTML = b"<html><body>Welcome to the hotel</body></html>"

BEHAVIOURS = {
    # answers that do not end
    "silence": _stall(),
    "half-a-status-line": _stall(b"HTTP/1."),
    "half-a-header": _stall(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "header-without-body": _stall(answer(length=15, body=b"")),
    "trickled-header": _trickled_header,
    "trickled-body": _drip(answer(length=100000, body=b""), b" "),
    "length-too-long-and-open": _stall(answer(length=500)),
    "chunks-without-end": _stall(CHUNKED + b"f\r\n" + GOOD + b"\r\n"),
    # answers that never stop
    "endless-header": _flood(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 900 + b"\r\n"),
    "endless-header-line": _flood(b"HTTP/1.1 200 OK\r\nX-More: ", b"a" * 1000),
    "endless-status-line": _flood(b"HTTP/1.1 200 ", b"O" * 1000),
    "endless-body": _flood(head("HTTP/1.1 200 OK", "Content-Type: application/json"), b" " * 16384),
    "endless-chunks": _flood(CHUNKED, b"1000\r\n" + b" " * 4096 + b"\r\n"),
    "endless-chunk-extension": _flood(CHUNKED + b"f", b";name=value" * 100),
    "endless-trailer": _flood(CHUNKED + b"0\r\n", b"X-Trailer: " + b"a" * 500 + b"\r\n"),
    "huge-length": _flood(answer(length=10 ** 12, body=b""), b" " * 16384),
    "many-headers": _say(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(3000)) + b"Content-Length: 0\r\n\r\n"),
    "informational-flood": _flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 20),
    # answers that contradict themselves
    "length-too-long": _say(answer(length=500)),
    "two-lengths": _say(answer("200 OK", GOOD, "Content-Length: 3"), stay=True),
    "length-list": _say(head("HTTP/1.1 200 OK", "Content-Length: 15, 3") + GOOD, stay=True),
    "negative-length": _say(answer(length=-1), stay=True),
    "length-overflows": _say(answer(length=2 ** 64 + 15), stay=True),
    "length-and-chunks": _say(answer("200 OK", b"f\r\n" + GOOD + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), stay=True),
    "bad-chunk-size": _say(CHUNKED + b"zz\r\n" + GOOD + b"\r\n0\r\n\r\n", stay=True),
    "huge-chunk-size": _say(CHUNKED + b"fffffffffffffffff\r\n" + GOOD, stay=True),
    "chunks-cut-off": _say(CHUNKED + b"f\r\n" + GOOD + b"\r\n"),
    "switching-protocols": _say(head("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"), stay=True),
    # no HTTP
    "garbage": _say(bytes((n * 89 + 7) % 256 for n in range(4000)), stay=True),
    "zeros": _say(b"\0" * 4000, stay=True),
    "ssh": _say(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", stay=True),
    "smtp": _say(b"220 mail.example ESMTP\r\n", stay=True),
    "http09": _say(HTML),
    "http2-preface": _say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", stay=True),
    "http2-frame": _say(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64\0\4\0\x10\0\0\0\6\0\1\0\0", stay=True),
    "status-of-letters": _say(answer("OK OK"), stay=True),
    "nul-in-header": _say(answer("200 OK", GOOD, "X-Nul: a\0b"), stay=True),
    "header-without-colon": _say(answer("200 OK", GOOD, "nonsense"), stay=True),
    "request-instead": _say(head("POST /api/set-click HTTP/1.1", "Host: localhost", "Content-Length: 0"), stay=True),
    # closed and reset
    "empty-answer": _say(),
    "reset-after-read": _reset(),
    "reset-in-header": _reset(b"HTTP/1.1 200 OK\r\nContent-"),
    "half-a-status-line-closed": _say(b"HTTP/1.1 2"),
    "header-cut-off": _say(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n"),
    # HTTP, but not the API's
    "status-600": _say(answer("600 Beyond"), stay=True),
    "status-000": _say(answer("000 Nothing"), stay=True),
    "ended-by-close": _say(head("HTTP/1.1 200 OK", "Content-Type: application/json", "Connection: close") + GOOD),
    "html": _say(answer("200 OK", HTML, kind="text/html"), stay=True),
    "status-error": _say(answer("200 OK", b'{"status":"error","message":"no"}'), stay=True),
    "gzip": _say(answer("200 OK", gzip.compress(GOOD), "Content-Encoding: gzip"), stay=True),
    "unknown-coding": _say(head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip", "Connection: close") + gzip.compress(GOOD)),
    # the API's, or as good as
    "redirect": _say(answer("302 Found", b"", "Location: https://elsewhere.example/"), stay=True),
    "no-content-with-body": _say(answer("204 No Content"), stay=True),
    "two-answers": _say(answer() + answer("422 Unprocessable"), stay=True),
    "late-second-answer": _say(answer(), answer("422 Unprocessable"), stay=True),
    "unasked-answer-later": _unasked,
    "keep-alive-then-close": _silent_close,
    "reason-missing": _say(b"HTTP/1.1 200\r\nContent-Length: 15\r\n\r\n" + GOOD, stay=True),
    "refused": _say(answer("422 Unprocessable", b'{"status":"error"}'), stay=True),
    "busy": _say(answer("503 Busy", b"", "Retry-After: not-a-number"), stay=True),
    "retry-after-nonsense": _say(answer("429 Slow", b"", "Retry-After: -99999999999999999999", "X-RateLimit-Limit: 1e999",
                                        "X-RateLimit-Reset: 99999999999999999999"), stay=True),
}


# --- what happens before a request was read ------------------------------------------------------------------------------------

def _tcp_stall(server, sock, context):
    server.linger(sock, 20)


def _tcp_close(server, sock, context):
    pass


def _tcp_reset(server, sock, context):
    sock.recv(1, socket.MSG_PEEK)
    reset(sock)


def _tcp_say(*pieces):
    def run(server, sock, context):
        for piece in pieces:
            sock.sendall(piece)
        server.linger(sock, 5)
    return run


def _handshake_half(server, sock, context):
    """A record that promises a handshake message and does not hold it."""
    sock.sendall(b"\x16\x03\x03\x10\x00\x02\x00\x0f\xfc")
    server.linger(sock, 20)


def _close_at_request(server, sock, context):
    with context.wrap_socket(sock, server_side=True) as tls:
        select.select([tls], [], [], 20)


def _reset_at_request(server, sock, context):
    """The request lies unread in the server's buffers when the connection is reset."""
    with context.wrap_socket(sock, server_side=True) as tls:
        select.select([tls], [], [], 20)
        reset(tls)


def _close_after_handshake(server, sock, context):
    with context.wrap_socket(sock, server_side=True):
        pass


BEFORE_A_REQUEST = {
    "tcp-silence": _tcp_stall,
    "tcp-close": _tcp_close,
    "tcp-reset": _tcp_reset,
    "ssh-banner": _tcp_say(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    "plain-http": _tcp_say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "tls-alert": _tcp_say(b"\x15\x03\x03\x00\x02\x02\x28"),
    "tls-garbage": _tcp_say(bytes((n * 89 + 7) % 256 for n in range(4000))),
    "half-a-handshake": _handshake_half,
    "close-at-request": _close_at_request,
    "reset-at-request": _reset_at_request,
    "close-after-handshake": _close_after_handshake,
}


def make_certificate(folder, name="server", names="DNS:localhost,IP:127.0.0.1"):
    """A self-signed certificate that may be its own trust anchor: (certificate, key)."""
    certificate, key = os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class HostileServer:
    """Listens on a free loopback port; `url` and `ca` are what a configuration wants."""

    def __init__(self, folder, certificate=None):
        self.ca, key = certificate or make_certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca, key)
        self.ended = False
        self.flooded = 0
        self.accepted = 0
        self.armed = collections.deque()
        self.early_share = 0.0  # of all connections that meet one of BEFORE_A_REQUEST unarmed
        self.random = random.Random(1)
        self.met = collections.Counter()  # the armed behaviours that a connection met
        self.seen = collections.Counter()
        self.held = {}  # utm_source: seconds from the request's end to the connection's, of a misbehaviour that closed
        self._lock = threading.Lock()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.ended = True
        self._listener.close()
        self.close_idle()

    def arm(self, name, times=1):
        """The next connections meet this. Those that are open now are closed."""
        with self._lock:
            self.armed.extend([name] * times)
        self.close_idle()

    def close_idle(self):
        with self._lock:
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def linger(self, sock, seconds):
        """Until the peer closes."""
        sock.settimeout(seconds)
        try:
            while sock.recv(4096):
                pass
        except OSError:
            pass

    def _accept(self):
        while not self.ended:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with self._lock:
            early = self.armed.popleft() if self.armed else None
            if not early and self.random.random() < self.early_share:
                early = self.random.choice(list(BEFORE_A_REQUEST))
            if early:
                self.met[early] += 1
        begin = time.monotonic()
        tls = None
        try:
            with sock:
                sock.settimeout(30)
                if early:
                    BEFORE_A_REQUEST[early](self, sock, self.context)
                    return
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.context.wrap_socket(sock, server_side=True) as tls:
                    with self._lock:
                        self._open.add(tls)
                    while self._exchange(tls):
                        pass
        except (OSError, Gone, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(tls)
                if early:
                    self.held[early] = time.monotonic() - begin

    def _request(self, tls):
        """The source of the next request; None where the peer closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = tls.recv(65536)
            if not more:
                return None
            data += more
        top, body = data.split(b"\r\n\r\n", 1)
        missing = int(_LENGTH.search(top + b"\r\n")[1]) - len(body)
        while missing > 0:
            more = tls.recv(65536)
            if not more:
                return None
            body += more
            missing -= len(more)
        found = _SOURCE.search(body)
        return found[1].decode() if found else "?"

    def _exchange(self, tls):
        tls.settimeout(120)
        source = self._request(tls)
        if source is None or self.ended:
            return False
        with self._lock:
            self.seen[source] += 1
            first = self.seen[source] == 1
        behaviour = BEHAVIOURS.get(source.split(".")[0]) if first else None
        if not behaviour:
            tls.sendall(answer())
            return True
        begin = time.monotonic()
        stay = False
        try:
            stay = behaviour(Wire(self, tls))
        finally:
            if not stay:
                self.held[source] = time.monotonic() - begin
        return stay


class ConnectProxy:
    """A proxy that takes every CONNECT to one place, whatever name was asked for: names that no resolver knows."""

    def __init__(self, port):
        self.target, self.asked = port, []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            with sock, socket.create_connection(("127.0.0.1", self.target)) as other:
                asked = b""
                while not asked.endswith(b"\r\n\r\n"):
                    more = sock.recv(4096)
                    if not more:
                        return
                    asked += more
                self.asked.append(asked.split(b" ")[1].decode())
                sock.sendall(head("HTTP/1.1 200 Connection established"))
                ways = {sock: other, other: sock}
                while True:
                    for one in select.select(list(ways), [], [], 60)[0]:
                        data = one.recv(65536)
                        if not data:
                            return
                        ways[one].sendall(data)
        except OSError:
            pass
