#!/usr/bin/env python3
"""Producers that write straight to the final name: every event is delivered once, or the file visibly waits, with and without
notifications of the kernel. What is appended after a file was finished is read before anything removes it."""
import json
import os
import sys
import unittest

from case import FULL, SLOWER, SystemTest, main, sources_of
from harness import event, ndjson, wait_until
from witness import Ledger
from writers import produce


class WholeFiles(SystemTest):
    def setUp(self):
        super().setUp()
        self.next_number = 1000

    def produce(self, pauses):
        """All of them at once; the numbers of their events, which no earlier ones had."""
        os.makedirs(self.bench.incoming(), exist_ok=True)
        numbers = produce(os.path.join(self.bench.spool, "incoming"), self.next_number, pauses)
        self.next_number = max(numbers) + 1
        return numbers

    def assert_each_once(self, numbers):
        booked = sorted(sources_of(self.bench.booked()))
        self.assertEqual(booked, sorted(f"source-{n}" for n in numbers), self.bench.story())

    def every_producer(self, inotify):
        bench = self.start(spool=('settle = "500ms"', 'scan_every = "100ms"', f"inotify = {inotify}"))
        numbers = self.produce(pauses=(2,))
        bench.wait_final(len(numbers), 60 * SLOWER)
        wait_until(lambda: not bench.files("work") and not bench.files("incoming"), 30 * SLOWER, bench.story)
        self.assert_each_once(numbers)
        self.assertEqual(bench.files("rejected"), [])
        self.assertEqual(bench.counts()["rejected"], 0)

    def test_every_producer_with_notifications(self):
        self.every_producer("true")

    def test_every_producer_without_notifications(self):
        self.every_producer("false")

    def test_a_file_that_is_kept_open_or_empty_waits_and_is_named(self):
        bench = self.start(spool=('settle = "100ms"', 'patience = "500ms"', 'scan_every = "100ms"'))
        os.makedirs(bench.incoming(), exist_ok=True)
        open(bench.incoming("empty.ndjson"), "wb").close()
        with open(bench.incoming("open.ndjson"), "wb", buffering=0) as held:
            held.write(ndjson([event(1)]))
            wait_until(lambda: "is empty" in bench.daemon.output() and "open for writing" in bench.daemon.output(),
                       30 * SLOWER, bench.story)
            self.assertEqual(bench.files("incoming"), [b"empty.ndjson", b"open.ndjson"])
            held.write(ndjson([event(2)]))
        bench.wait_final(2, 30 * SLOWER)
        self.assert_each_once([1, 2])

    def appended(self, done_files):
        """After it was finished; after a while; and between the archive and retention, while the daemon is down."""
        bench = self.start(spool=('scan_every = "100ms"',), sections=("[retention]", f'done_files = "{done_files}"'))
        forms = {"a.ndjson": ndjson, "b.json": lambda events: b"[" + b",".join(
            json.dumps(e, separators=(",", ":")).encode() for e in events) + b"]"}
        for number, (name, text) in enumerate(forms.items()):
            bench.drop(name, text([event(10 * number), event(10 * number + 1)]))
        expected = [0, 1, 10, 11]
        bench.wait_final(len(expected), 30 * SLOWER)
        bench.wait_results(*forms)
        self.append("a.ndjson", 2)
        expected.append(2)
        bench.wait_final(len(expected), 30 * SLOWER)
        self.assertIn("a file grew in done/", bench.daemon.output())
        wait_until(lambda: bench.files("work") == [], 30 * SLOWER, bench.story)
        self.assert_stops()
        return bench, expected

    def append(self, name, number):
        with open(os.path.join(self.bench.spool, "done", name), "ab") as file:
            file.write(ndjson([event(number)]))

    def test_what_is_appended_in_done_is_read_and_not_removed_unread(self):
        bench, expected = self.appended("1d")
        self.append("a.ndjson", 3)
        expected.append(3)
        Ledger(bench.ledger).let_days_pass(3)
        bench.start_daemon()
        bench.wait_final(len(expected), 60 * SLOWER)
        wait_until(lambda: not bench.files("work"), 30 * SLOWER, bench.story)
        self.assert_each_once(expected)
        self.assertEqual(bench.counts()["duplicate"], 0)

    @unittest.skipUnless(FULL, "minutes: with SETCLICK_FULL=1 only")
    def test_the_long_matrix_over_three_simulated_days(self):
        bench, numbers = self.bench, []
        bench.start_sandbox()
        for inotify in ("true", "false"):
            bench.write_config(spool=('settle = "2s"', f"inotify = {inotify}"),
                               sections=("[retention]", 'done_files = "1d"'))
            for day in range(3):
                bench.start_daemon()
                numbers += self.produce(pauses=(3, 10, 60))
                bench.wait_final(len(numbers), 300 * SLOWER)
                wait_until(lambda: not bench.files("work"), 60 * SLOWER, bench.story)
                self.assert_stops()
                name = next(name for name in bench.files("done") if name.endswith(b".ndjson") and
                            not name.startswith(b"results-"))
                self.append(os.fsdecode(name), self.next_number)
                numbers.append(self.next_number)
                self.next_number += 1
                Ledger(bench.ledger).let_days_pass(2)
                print(f"  inotify {inotify}, day {day}: {len(numbers)} events", flush=True)
        bench.start_daemon()
        bench.wait_final(len(numbers), 120 * SLOWER)
        self.assert_each_once(numbers)
        self.assertEqual(bench.counts()["duplicate"], 0)


if __name__ == "__main__":
    sys.exit(main())
