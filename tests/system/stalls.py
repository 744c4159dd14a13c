"""How long this machine itself stood still: a time limit in a test is a promise of the programs, and what the machine held
back meanwhile is not theirs.

    begin = now_us()
    ...                       # what is promised within two seconds happens at the moment `end`, by the sandbox's record
    assert (end - begin) / 1e6 - stalled(begin, end) <= 2

Two threads of the test watch: one sleeps for 10 ms again and again, the other writes a byte to a file beside the benches
and has it synced. What takes either of them at least a twentieth of a second too long is a
stall. Only that is taken off, and only where it lies between the two moments: on a machine that never stands still the
limit is the limit.

A disk may also be slow, and a core taken, by the very program that is measured, and the watches cannot tell. So the allowance
is bounded: beyond two seconds at most three quarters of a span count as stood still. A limit grows to four times itself at
the worst, and what never ends never passes. tests/support/stall_watch.hpp is the same for the tests in C++.
"""
import os
import tempfile
import threading
import time

LEAST = 50_000  # microseconds; shorter ones are what every program has to live with
ALWAYS = 2_000_000  # so much is allowed in a span of any length, and
MOST = 0.75  # beyond that so much of the span


def now_us():
    """The clock of the sandbox's record: `mono_us`."""
    return time.monotonic_ns() // 1000


def covered(intervals, begin, end):
    """How much of the time from `begin` to `end` these (begin, end) cover together."""
    total, reached = 0, begin
    for first, last in sorted(intervals):
        first, last = max(first, reached), min(last, end)
        if last > first:
            total += last - first
            reached = last
    return total


class Watch:
    """Does something that takes `usual` microseconds, over and over; notes when it took longer."""

    def __init__(self, step, usual):
        self._step, self._usual = step, usual
        self._found = []
        self._began = now_us()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            began = self._began = now_us()
            self._step()
            over = self._over(began, now_us())
            if over:
                self._found.append(over)

    def _over(self, began, ended):
        """What of a step is a stall: (begin, end), or None."""
        return (began + self._usual, ended) if ended - began - self._usual >= LEAST else None

    def stalls(self):
        under_way = self._over(self._began, now_us())
        return self._found + ([under_way] if under_way else [])


def _synced_byte():
    file = tempfile.TemporaryFile(buffering=0)

    def step():
        os.pwrite(file.fileno(), b"x", 0)
        os.fsync(file.fileno())
        file.truncate(0)  # each needs the file system's journal, as the ledger's do
        time.sleep(0.04)
    return step


_watches = []


def watch():
    """From now on, until the test's end. Not in what measures speed: the watches cost a little of it."""
    if not _watches:
        _watches.extend([Watch(lambda: time.sleep(0.01), 10_000), Watch(_synced_byte(), 40_000)])


def stalled(begin, end):
    """Seconds between these two moments (microseconds, as `now_us`) in which the machine stood still; 0 where nobody watches."""
    return allowed(covered([stall for watch in _watches for stall in watch.stalls()], begin, end), end - begin) / 1e6


def allowed(stood_still, span):
    """What of a stall in a span of so many microseconds is taken off its limit."""
    return min(stood_still, max(ALWAYS, MOST * span))
