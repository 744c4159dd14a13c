"""The two witnesses of a crash test: the ledger, read behind the daemon's back, and what the sandbox saw.

Neither asks the daemon. Events are named by their number in the test (the N of `harness.event(N)`).
"""
import collections
import re

from sqlite_witness import STATES
from sqlite_witness import SqliteWitness as Ledger

__all__ = ["Arrivals", "Ledger", "REFUSED", "STATES"]

REFUSED = (429, 500, 507)  # the statuses with which the tests let the sandbox refuse

_ARRIVED = re.compile(rb'"mono_us":(\d+).*?source-(\d+).*"status":(\d+),"fault".*"booked":(true|false)')


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
