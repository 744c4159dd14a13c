#!/usr/bin/env python3
"""Other programs at the ledger: one that keeps the write lock, and one that reads an old moment of it for long.

The daemon waits as it does for a full disk, names who is in the way, keeps its answers and settles them when it can.
"""
import os
import subprocess
import sys
import time

from case import SLOWER, SystemTest, main, size, sources_of
from harness import event, ndjson, start_child, tail, wait_until

HOLDER = """
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
ledger.execute(sys.argv[2])
if len(sys.argv) > 3: ledger.execute(sys.argv[3]).fetchall()
print("held", flush=True)
sys.stdin.read()
"""


class Other:
    """A program that does this to the ledger until `end`."""

    def __init__(self, ledger, *statements):
        self.child = start_child([sys.executable, "-c", HOLDER, ledger, *statements], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        self.pid = self.child.pid
        assert self.child.stdout.readline() == b"held\n"

    def end(self):
        self.child.stdin.close()
        self.child.wait(20)
        self.child.stdout.close()


class Locks(SystemTest):
    def other(self, *statements):
        made = Other(self.bench.ledger, *statements)
        self.addCleanup(lambda: made.child.kill() or made.child.wait())
        return made

    def test_a_lock_is_waited_for_and_named_and_no_answer_is_lost(self):
        count = size(400, 4000)
        bench = self.start("--latency", "20ms", in_doubt="hold", connections=16)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(count)))
        wait_until(lambda: bench.stats()["booked"] > 50, 20 * SLOWER, "some are booked")
        for seconds in size((4,), (20, 60)):
            holder = self.other("BEGIN EXCLUSIVE")
            bench.drop(f"{seconds}.ndjson", ndjson(event(count + n) for n in range(50)))
            count += 50
            wait_until(lambda: f"pid {holder.pid}" in bench.daemon.output(), 12 * SLOWER,
                       lambda: "who locks it is in the log\n" + tail(bench.daemon_log))
            self.assertIn("is locked by another program", bench.daemon.output())
            wait_until(lambda: f"pid {holder.pid}" in (bench.status()["daemon"]["ledger_locked"] or ""), 12 * SLOWER,
                       lambda: "status names it, too\n" + bench.story())
            self.assertIn("ledger locked", bench.run_command("status").stdout.decode())
            time.sleep(seconds)
            self.assertTrue(bench.daemon.running(), tail(bench.daemon_log))
            holder.end()
        counts = bench.wait_final(count, 60 * SLOWER)
        self.assertEqual((counts["delivered"], bench.status()["in_doubt_ever"]), (count, 0))
        seen = sources_of(bench.booked())
        self.assertEqual((len(seen), len(set(seen))), (count, count), "each is booked once")
        self.assertIsNone(bench.status()["daemon"]["ledger_locked"])
        self.assertIn("the ledger can be written again", bench.daemon.output())
        bench.run_command("ledger", "check")
        self.assert_stops()

    def test_a_start_that_meets_a_lock_waits_for_it(self):
        bench = self.start("--latency", "2ms")
        self.assert_stops()
        holder = self.other("BEGIN EXCLUSIVE")
        daemon = bench.start_daemon(ready=False)
        wait_until(lambda: f"pid {holder.pid}" in daemon.output(), 12 * SLOWER,
                   lambda: "who locks it is in the log\n" + tail(bench.daemon_log))
        time.sleep(2)
        self.assertTrue(daemon.running())
        self.assertNotIn("is ready", daemon.output())
        holder.end()
        wait_until(lambda: "is ready" in daemon.output(), 20 * SLOWER, lambda: "it starts\n" + tail(bench.daemon_log))
        bench.drop("a.ndjson", ndjson([event(1)]))
        bench.wait_final(1)
        self.assert_stops()

    def test_a_stop_while_it_is_locked_ends_in_time_and_what_was_answered_is_in_doubt(self):
        bench = self.start("--latency", "20ms", in_doubt="hold", connections=4, delivery=('drain_timeout = "2s"',))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(200)))
        wait_until(lambda: bench.stats()["booked"] > 20, 20 * SLOWER, "some are booked")
        holder = self.other("BEGIN EXCLUSIVE")
        time.sleep(1)
        bench.daemon.stop(25 * SLOWER)
        holder.end()
        bench.start_daemon()
        counts = bench.wait_final(200, more=("held",))
        seen = sources_of(bench.booked())
        self.assertEqual(len(seen), len(set(seen)), "nothing twice under hold")
        self.assertEqual(counts["delivered"] + counts["held"], 200)
        self.assert_stops()

    def test_a_reader_that_keeps_the_log_from_being_folded_is_named(self):
        bench = self.start("--latency", "1ms", rate=1)
        bench.drop("a.ndjson", ndjson([event(0)]))
        bench.wait_final(1)
        reader = self.other("BEGIN", "SELECT count(*) FROM account")
        events = size(1500, 6000)
        bench.drop("b.ndjson", ndjson(event(1 + n, settings={"text": "x" * 60000}) for n in range(events)))
        log = bench.ledger + "-wal"
        wait_until(lambda: os.path.getsize(log) > 64 << 20, 60 * SLOWER, lambda: f"the log grows: {os.path.getsize(log)}")
        wait_until(lambda: f"(pid {reader.pid})" in bench.daemon.output(), 25 * SLOWER,
                   lambda: "the reader is in the log\n" + tail(bench.daemon_log))
        self.assertIn("the ledger's log cannot be folded", bench.daemon.output())
        reader.end()
        bench.drop("c.ndjson", ndjson(event(100000 + n, settings={"text": "x" * 60000}) for n in range(150)))
        wait_until(lambda: "nobody keeps the ledger's log" in bench.daemon.output(), 40 * SLOWER,
                   lambda: "the end of it is in the log\n" + tail(bench.daemon_log))
        self.assert_stops()


if __name__ == "__main__":
    main()
