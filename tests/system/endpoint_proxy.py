"""Stands between a node and the sandbox: a network that can be cut, in both ways or one, and that counts the requests which leave the
node.

    with EndpointProxy(port_of_the_sandbox) as proxy:
        proxy.port
        proxy.cut("to")      # what the node sends is lost; also "from", and both without a name
        proxy.mend()         # connections that lost something are reset: no network keeps bytes for long
        proxy.left           # when each request left the node, by this machine's monotonic clock, in seconds

Only the TLS records' heads are read: a request is one record of application data, longer than a handshake's end.
"""
import socket
import struct
import threading
import time

_APPLICATION_DATA = 0x17
_LONGER_THAN_A_HANDSHAKES_END = 150


class _Link:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server, self.has_lost = proxy, client, server, False
        threading.Thread(target=self._run, args=(client, server, "to"), daemon=True).start()
        threading.Thread(target=self._run, args=(server, client, "from"), daemon=True).start()

    def _run(self, source, target, way):
        rest = b""
        try:
            while data := source.recv(65536):
                if way == "to":
                    rest = self._count(rest + data)
                if self.proxy.is_cut(way):
                    self.has_lost = True
                elif not self.has_lost:
                    target.sendall(data)
        except OSError:
            pass
        self.close()

    def _count(self, data):
        while len(data) >= 5:
            length = int.from_bytes(data[3:5], "big") + 5
            if len(data) < length:
                break
            if data[0] == _APPLICATION_DATA and length > _LONGER_THAN_A_HANDSHAKES_END:
                self.proxy.left.append(time.monotonic())
            data = data[length:]
        return data

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def reset(self):
        for end in (self.client, self.server):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self.close()


class EndpointProxy:
    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._links, self._cut, self._mutex = [], set(), threading.Lock()
        self.left = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.remove()

    def remove(self):
        self._listener.close()
        for link in self._links:
            link.close()

    def cut(self, *ways):
        with self._mutex:
            self._cut = set(ways or ("to", "from"))

    def mend(self):
        with self._mutex:
            self._cut = set()
            for link in self._links:
                if link.has_lost:
                    link.reset()

    def is_cut(self, way):
        with self._mutex:
            return way in self._cut

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._mutex:
                self._links.append(_Link(self, client, server))
