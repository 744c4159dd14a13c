"""Stands between the daemon and its PostgreSQL, knows where a COMMIT is, and cuts, freezes or delays there.

    with PostgresProxy(server) as proxy:
        ledger = proxy.conninfo("one")
        proxy.at("sent", "cut")          # the next COMMIT: as soon as the server has it
        proxy.freeze(); proxy.thaw()     # a partition: nothing arrives, nothing is refused; `toward` for one way only

The four places of a COMMIT, each before or after a packet:

    unsent       the daemon has sent it, the server does not get it: nothing was done
    sent         the server gets it, and the connection is gone before it answers: nobody knows
    unanswered   the server has answered, and the daemon does not get that: it was done
    answered     the daemon has the answer, and the connection is gone right after it
"""
import os
import shutil
import socket
import tempfile
import threading
import time

PLACES = ("unsent", "sent", "unanswered", "answered")
_COMMIT = b"COMMIT\x00"


class _Frames:
    """Cuts a stream of the protocol into its messages; the first one of a client has no type."""

    def __init__(self, untyped_first):
        self._rest, self._is_first = b"", untyped_first

    def feed(self, data):
        self._rest += data
        while True:
            head = 4 if self._is_first else 5
            if len(self._rest) < head:
                return
            length = int.from_bytes(self._rest[head - 4:head], "big") + head - 4
            if len(self._rest) < length:
                return
            message, self._rest = self._rest[:length], self._rest[length:]
            self._is_first = False
            yield message


class _Link:
    """One connection of the daemon, with its own to the server."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.ways = 2
        self.awaits_answer = None  # what is to be done at the answer of the COMMIT that is on its way
        for work in (self._to_server, self._to_client):
            threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work):
        try:
            work()
        except OSError:
            pass
        self._ended()

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _ended(self):
        """The second of the two ways gives the descriptors back."""
        self.close()
        with self.proxy.mutex:
            self.ways -= 1
            if self.ways == 0:
                self.client.close()
                self.server.close()

    def _act(self, action):
        """False where the connection is over."""
        if action == "cut":
            self.close()
            return False
        time.sleep(action)
        return True

    def _to_server(self):
        frames, at_sync = _Frames(untyped_first=True), None
        while data := self.client.recv(65536):
            self.proxy.wait_open("server")
            for message in frames.feed(data):
                # Parse: the statement's name, then its text.
                if message[:1] == b"P" and message[5:].split(b"\0", 1)[1].startswith(_COMMIT):
                    place, action = self.proxy.commit_begins()
                    if place == "unsent" and not self._act(action):
                        return
                    at_sync = action if place == "sent" else None
                    self.awaits_answer = (place, action) if place in ("unanswered", "answered") else None
                self.server.sendall(message)
                if at_sync and message[:1] == b"S":  # Sync: it has all of it
                    if not self._act(at_sync):
                        return
                    at_sync = None

    def _to_client(self):
        frames = _Frames(untyped_first=False)
        while data := self.server.recv(65536):
            self.proxy.wait_open("client")
            for message in frames.feed(data):
                is_commit = message[:1] == b"C" and message[5:] == _COMMIT
                place, action = self.awaits_answer or (None, None)
                if is_commit:
                    self.awaits_answer = None
                    if place == "unanswered" and not self._act(action):
                        return
                self.client.sendall(message)
                if is_commit and place == "answered" and not self._act(action):
                    return


class PostgresProxy:
    def __init__(self, server):
        self._server = server
        self.folder = tempfile.mkdtemp(prefix="px-", dir="/tmp")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.path.join(self.folder, f".s.PGSQL.{server.port}"))
        self._listener.listen(64)
        self._links, self.mutex = [], threading.Condition()
        self._armed, self._closed_ways = [], set()
        self.commits = self.acted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.remove()

    def remove(self):
        self._listener.close()
        self.thaw()
        self.cut()
        shutil.rmtree(self.folder, ignore_errors=True)

    def conninfo(self, database):
        return self._server.conninfo(database).replace(f"host={self._server.folder}", f"host={self.folder}")

    # --- what happens ---

    def use(self, server):
        """Whoever connects from now on meets this one, as behind an address that moves at a failover."""
        self._server = server
        self.cut()

    def at(self, place, action="cut", after=0):
        """One COMMIT, after so many others: "cut", or seconds for which it stands still there."""
        assert place in PLACES
        with self.mutex:
            self._armed.append([after, place, action])

    def armed(self):
        with self.mutex:
            return len(self._armed)

    def cut(self):
        """Every connection that is open breaks."""
        with self.mutex:
            links, self._links = self._links, []
        for link in links:
            link.close()

    def freeze(self, toward=("server", "client")):
        with self.mutex:
            self._closed_ways = set(toward)

    def thaw(self):
        with self.mutex:
            self._closed_ways = set()
            self.mutex.notify_all()

    # --- for the links ---

    def commit_begins(self):
        with self.mutex:
            self.commits += 1
            for armed in self._armed:
                if armed[0] == 0:
                    self._armed.remove(armed)
                    self.acted += 1
                    return armed[1], armed[2]
                armed[0] -= 1
                break  # one after the other
            return None, None

    def wait_open(self, way):
        with self.mutex:
            self.mutex.wait_for(lambda: way not in self._closed_ways)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client):
        self.wait_open("server")
        server = socket.socket(socket.AF_UNIX)
        try:
            to = self._server
            server.connect(os.path.join(to.folder, f".s.PGSQL.{to.port}"))
        except OSError:
            client.close()
            return
        with self.mutex:
            self._links = [link for link in self._links if link.ways > 0]
            self._links.append(_Link(self, client, server))
