"""What a misbehaving server does once it has read a request: BEHAVIOURS, by name. The server that does it: hostile_server.py."""
import gzip
import select
import socket
import struct
import time
import zlib

GOOD = b'{"status":"ok"}'


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
# One stored block of brotli: its length less one from bit 4 on, the mark of a stored block, the bytes, the empty last block.
BROTLI = (len(GOOD) - 1 << 4 | 1 << 20).to_bytes(3, "little") + GOOD + b"\x03"
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
    "many-headers": _say(b"HTTP/1.1 200 OK\r\n" +
                         b"".join(b"X-%d: y\r\n" % n for n in range(3000)) + b"Content-Length: 0\r\n\r\n"),
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
    "success-false": _say(answer("200 OK", b'{"success":false,"message":"no"}'), stay=True),
    "error-object": _say(answer("200 OK", b'{"error":{"code":"X","message":"no"}}'), stay=True),
    "status-failed": _say(answer("200 OK", b'{"status":"failed"}'), stay=True),
    "notice-before": _say(answer("200 OK", b"<br />\n<b>Notice</b>: x in /a.php on line 7<br />\n" + GOOD), stay=True),
    "gzip": _say(answer("200 OK", gzip.compress(GOOD), "Content-Encoding: gzip"), stay=True),
    "zlib": _say(answer("200 OK", zlib.compress(GOOD), "Content-Encoding: deflate"), stay=True),
    "raw-deflate": _say(answer("200 OK", zlib.compress(GOOD)[2:-4], "Content-Encoding: deflate"), stay=True),
    "brotli": _say(answer("200 OK", BROTLI, "Content-Encoding: br"), stay=True),
    "byte-order-mark": _say(answer("200 OK", b"\xef\xbb\xbf" + GOOD), stay=True),
    "white-space": _say(answer("200 OK", b"\r\n\n\t " + GOOD + b" \n"), stay=True),
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
