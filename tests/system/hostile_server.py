"""A TLS server that misbehaves on request: each event names in its utm_source how it wants to be answered the first time.

An event with `utm_source` = "NAME" or "NAME.anything" is answered by the behaviour NAME once, and properly from then on; an
unknown name is always answered properly. What can only happen before a request was read is armed: `server.arm("ssh-banner")`
holds for the next connection. The server notes for each misbehaviour how long its peer held on to the connection.
"""
import collections
import os
import random
import re
import select
import socket
import ssl
import subprocess
import threading
import time

from hostile_answers import BEHAVIOURS, Gone, Wire, answer, head, reset

_SOURCE = re.compile(rb'utm_source%22(?:%3A|:)%22([A-Za-z0-9_.-]+)%22')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)


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


class _Way:
    """Listens on a free loopback port, and takes whoever comes to one place once `_admit` has let it."""

    def __init__(self, port):
        self.target = port
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
                if not self._admit(sock):
                    return
                ways = {sock: other, other: sock}
                while True:
                    for one in select.select(list(ways), [], [], 60)[0]:
                        data = one.recv(65536)
                        if not data:
                            return
                        ways[one].sendall(data)
        except OSError:
            pass


class ConnectProxy(_Way):
    """A proxy that takes every CONNECT to one place, whatever name was asked for: names that no resolver knows."""

    def __init__(self, port):
        self.asked = []
        super().__init__(port)

    def _admit(self, sock):
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            more = sock.recv(4096)
            if not more:
                return False
            asked += more
        self.asked.append(asked.split(b" ")[1].decode())
        sock.sendall(head("HTTP/1.1 200 Connection established"))
        return True


class Gate(_Way):
    """Lets nothing through until it is opened."""

    def __init__(self, port):
        self.waiting = 0
        self._opened = threading.Event()
        super().__init__(port)

    def open(self):
        self._opened.set()

    def _admit(self, sock):
        sock.recv(1, socket.MSG_PEEK)
        self.waiting += 1
        return self._opened.wait(60)
