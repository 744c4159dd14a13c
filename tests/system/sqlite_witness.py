"""The only place of the system tests that knows the tables of a SQLite ledger: another store gets a class like this one.

Everything else asks the program, or this witness where the program itself is in question.
"""
import collections
import contextlib
import os
import re
import sqlite3
import time

from harness import DAY

STATES = ("waiting", "in_flight", "deferred", "held", "delivered", "rejected", "discarded")

_NUMBER = re.compile(r'"utm_source":"source-(\d+)"')


class SqliteWitness:
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

    def imported(self):
        """Events that were ever imported: receipts may be gone, these rows are not."""
        with self._open() as c:
            return c.execute("SELECT sum(count) FROM pack").fetchone()[0]

    def pages(self):
        with self._open() as c:
            return c.execute("PRAGMA page_count").fetchone()[0]

    def age_seen_at(self):
        """The wall clock (ms) at which the ledger's age was looked at last."""
        with self._open() as c:
            return c.execute("SELECT value FROM meta WHERE key = 'age_seen_at'").fetchone()[0]

    # What a test does to it.

    def let_days_pass(self, days):
        """As if the daemon, which is down, had seen the wall clock last so many days ago."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'age_seen_at'", (int(time.time() * 1000) - days * DAY,))
        # It wrote pages without bringing their checksums (the last eight bytes of each) up to date: none is believed.
        with open(self.path, "r+b") as file:
            for end in range(4096, os.path.getsize(self.path) + 1, 4096):
                file.seek(end - 8)
                file.write(bytes(8))

    def lock(self):
        """Until the returned function is called the daemon's next transaction waits."""
        holder = sqlite3.connect(self.path, timeout=20, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        return holder.close
