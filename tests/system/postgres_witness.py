"""What `SqliteWitness` is for a ledger in PostgreSQL: the only place of the system tests that knows its tables, but for a number or two.

As that one it asks nobody else, and names events by their number in the test.
"""
import collections
import re

from sqlite_witness import STATES

_NUMBER = re.compile(rb'"utm_source":"source-(\d+)"')
_STORED = tuple(state for state in STATES if state != "waiting")


class PostgresWitness:
    def __init__(self, server, conninfo):
        self._server, self._conninfo = server, conninfo
        self._numbers = {}

    def _rows(self, sql):
        return self._server.execute(self._conninfo, sql)

    def _number(self, event_id):
        """The number of an event, by the pack that holds it."""
        if event_id not in self._numbers:
            first, body = self._rows(f"SELECT first, encode(body, 'hex') FROM pack WHERE first <= {event_id} "
                                     "ORDER BY first DESC LIMIT 1")[0]
            for i, number in enumerate(_NUMBER.findall(bytes.fromhex(body))):
                self._numbers[int(first) + i] = int(number)
        return self._numbers[event_id]

    def in_state(self, state):
        return {self._number(i) for first, last in self._rows(f"SELECT first, last FROM span WHERE state = {STATES.index(state)}")
                for i in range(int(first), int(last) + 1)}

    def in_doubt(self):
        """How often each event's attempt ended in doubt."""
        return collections.Counter(self._number(int(row[0])) for row in self._rows("SELECT event FROM attempt WHERE in_doubt"))

    def counts(self):
        sums = ", ".join(f"coalesce(sum({state}), 0)" for state in (*_STORED, "in_doubt_ever"))
        run = self._rows(f"SELECT {sums} FROM account_run")[0]
        account = self._rows("SELECT coalesce(sum(next_sequence - 1), 0), coalesce(sum(duplicate), 0), coalesce(sum(refused), 0) "
                             "FROM account")[0]
        found = dict(zip((*_STORED, "in_doubt_ever"), map(int, run)))
        found["waiting"] = int(account[0]) - sum(found[state] for state in _STORED)
        # A line without an account is counted apart.
        homeless = self._rows("SELECT coalesce(sum(number), 0) FROM meta WHERE key = 'refused_without_account'")[0][0]
        return {**found, "duplicate": int(account[1]), "refused": int(account[2]) + int(homeless)}
