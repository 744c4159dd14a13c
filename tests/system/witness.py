"""The two witnesses of a crash test: the ledger, read behind the daemon's back, and what the sandbox saw.

Neither asks the daemon. Events are named by their number in the test (the N of `harness.event(N)`).
"""
import collections
import contextlib
import os
import re
import sqlite3

STATES = ("waiting", "in_flight", "deferred", "held", "delivered", "rejected", "discarded")
REFUSED = (429, 500, 507)  # the statuses with which the tests let the sandbox refuse

_ARRIVED = re.compile(rb'"mono_us":(\d+).*?source-(\d+).*"status":(\d+),"fault".*"booked":(true|false)')
_NUMBER = re.compile(r'"utm_source":"source-(\d+)"')


class Ledger:
    """The ledger as a reader sees it (read-only, short transactions), events named by their number in the test."""

    def __init__(self, path):
        self.path = path
        self._numbers = {}

    @contextlib.contextmanager
    def _open(self):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        try:
            yield connection
        finally:
            connection.close()

    def exists(self):
        """False before its first commit."""
        if not os.path.exists(self.path):
            return False
        with self._open() as c:
            return bool(c.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def _learn(self, connection, event_id):
        """Numbers of all events of the pack that holds this one."""
        if event_id not in self._numbers:
            first, body = connection.execute(
                "SELECT first, body FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1", (event_id,)).fetchone()
            for i, number in enumerate(_NUMBER.findall(body)):
                self._numbers[first + i] = int(number)
        return self._numbers[event_id]

    @staticmethod
    def _ids(rows):
        for first, last, settled in rows:
            for i in range(last - first + 1):
                if not (settled and settled[i // 8] >> (i % 8) & 1):
                    yield first + i

    def in_flight(self):
        """Numbers of the events in flight. A claim's settled part is delivered already."""
        with self._open() as c:
            rows = c.execute("SELECT first, last, settled FROM span WHERE state = 1 AND state <> 4").fetchall()
            return {self._learn(c, i) for i in self._ids(rows)}

    def in_state(self, state):
        with self._open() as c:
            rows = c.execute("SELECT first, last, NULL FROM span WHERE state = ?", (STATES.index(state),)).fetchall()
            return {self._learn(c, i) for i in self._ids(rows)}

    def in_doubt(self):
        """How often each event's attempt ended in doubt."""
        with self._open() as c:
            rows = c.execute("SELECT event FROM attempt WHERE in_doubt = 1").fetchall()
            return collections.Counter(self._learn(c, i) for i, in rows)

    def counts(self):
        with self._open() as c:
            row = c.execute(f"SELECT {', '.join(f'total({s})' for s in STATES + ('duplicate', 'refused', 'in_doubt_ever'))} "
                            "FROM account").fetchone()
            return dict(zip(STATES + ("duplicate", "refused", "in_doubt_ever"), map(int, row)))

    def files(self):
        """Work names by state: 0 importing, 1 open, 2 complete."""
        with self._open() as c:
            found = collections.defaultdict(set)
            for state, name in c.execute("SELECT state, work_name FROM file WHERE state < 3"):
                found[state].add(os.fsencode(name))
            return found


class Arrivals:
    """What the sandbox saw, read on as the record grows."""

    def __init__(self, bench):
        self._bench = bench
        self._read = 0
        self.accepted = collections.Counter()  # reached the sandbox and was not refused, answered or not
        self.booked = collections.Counter()
        self.refused = 0
        self.this_run = {}                     # number: when it arrived last (seconds, CLOCK_MONOTONIC)

    def read_on(self):
        self._bench.stats()  # the files agree with the statistics from here on
        with open(self._bench.record, "rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                found = _ARRIVED.search(line)
                if not found:
                    continue  # reset before it was read
                number, status = int(found[2]), int(found[3])
                self.this_run[number] = int(found[1]) / 1e6
                if status in REFUSED:
                    self.refused += 1
                else:
                    self.accepted[number] += 1
                if found[4] == b"true":
                    self.booked[number] += 1
