#!/usr/bin/env python3
"""[retention]: old receipts, contents and finished files go while the daemon runs, the counts and the identities stay, and a
clock that jumps prunes nothing."""
import time
import unittest

from case import FULL, SLOWER, SystemTest, main
from harness import DAY, event, ndjson, wait_until
from witness import Ledger

EVENTS = 500
GONE = "past its retention"


class Retention(SystemTest):
    def delivered_by_a_daemon_that_is_down(self, *keys):
        bench = self.start(sections=("[retention]", *(keys or ('receipts = "1d"',))))
        self.content = ndjson(event(n) for n in range(EVENTS))
        bench.drop("a.ndjson", self.content)
        bench.wait_final(EVENTS, 60 * SLOWER)
        wait_until(lambda: b"a.ndjson.result.json" in bench.files("done"), 20 * SLOWER, "the file is finished")
        self.assert_stops()
        return bench

    def set_last_seen(self, days):
        Ledger(self.bench.ledger).let_days_pass(days)

    def test_old_receipts_go_and_counts_and_identities_stay(self):
        bench = self.delivered_by_a_daemon_that_is_down()
        self.set_last_seen(days=3)
        bench.start_daemon()
        wait_until(lambda: GONE in bench.daemon.output(), 30 * SLOWER, lambda: "it is logged\n" + bench.story())
        self.assertIn(f"receipts={EVENTS}", bench.daemon.output())
        self.assertEqual(bench.counts()["delivered"], EVENTS)
        # Nothing is left that could be sent again, and the same content is still known.
        retried = bench.run_command("retry", "--all", "--force", check=False)
        self.assertIn("0 events", retried.stdout.decode())
        bench.drop("again.ndjson", self.content + ndjson([event(EVENTS)]))
        bench.wait_final(2 * EVENTS + 1, 60 * SLOWER)
        self.assertEqual(bench.counts()["duplicate"], EVENTS)
        self.assertEqual(len(bench.booked()), EVENTS + 1)
        self.assertEqual(bench.run_command("ledger", "check").returncode, 0)
        self.assert_stops()

    def test_finished_files_and_contents_go_and_the_receipts_stay(self):
        bench = self.start(sections=("[retention]", 'done_files = "1h"', 'bodies = "1h"'))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(200)) + b"no event\n")
        bench.drop("one.json", ndjson([event(1000)]))
        bench.drop("results-20200101.ndjson", ndjson([event(2000)]))
        bench.wait_final(203, 60 * SLOWER)
        wait_until(lambda: not bench.files("work"), 20 * SLOWER, "filed")
        wait_until(lambda: b"a.ndjson.result.json" in bench.files("done"), 20 * SLOWER, "the result, too")
        # One file is still open: its account is paused.
        bench.run_command("pause", "--all")
        bench.drop("open.ndjson", ndjson([event(3000)]))
        wait_until(lambda: bench.counts()["waiting"] == 1, 20 * SLOWER, "waiting")
        self.assertEqual(bench.files("done")[:3], [b"a.ndjson", b"a.ndjson.result.json", b"one.json"])
        self.assertIn(b"results-20200101.2.ndjson", bench.files("done"))
        self.assert_stops()

        self.set_last_seen(days=3)
        bench.start_daemon()
        wait_until(lambda: "past its time in done/ is gone" in bench.daemon.output(), 30 * SLOWER, bench.story)
        wait_until(lambda: "contents=202" in bench.daemon.output(), 30 * SLOWER, bench.story)
        # One day's results hold lines of today.
        self.assertEqual([n for n in bench.files("done") if not n.startswith(b"results-")], [])
        self.assertEqual(len(bench.files("work")), 1)
        self.assertEqual(bench.files("rejected"), [b"a.ndjson"])
        self.assertEqual(bench.counts()["delivered"], 202)
        self.assertIn("no longer kept", bench.run_command("show", "e-7").stdout.decode())
        self.assertIn("no longer in done/", bench.run_command("list", "--file", "a.ndjson", "--counts").stdout.decode())
        retried = bench.run_command("retry", "e-7", "--force", check=False)
        self.assertEqual((retried.returncode, b"contents are gone" in retried.stdout), (1, True), retried)
        self.assertEqual(bench.run_command("ledger", "check").returncode, 0)
        bench.run_command("resume", "--all")
        self.assertEqual(bench.wait_final(204, 30 * SLOWER)["delivered"], 203)
        bench.drop("again.ndjson", ndjson(event(n) for n in range(200)))
        self.assertEqual(bench.wait_final(404, 30 * SLOWER)["duplicate"], 200)
        self.assertNotIn("error", bench.daemon.output())
        self.assert_stops()

    def test_clock_set_forward_or_back_by_a_year_prunes_nothing(self):
        bench = self.delivered_by_a_daemon_that_is_down()
        for delivered, days in ((EVENTS + 1, 365), (EVENTS + 2, -365)):
            self.set_last_seen(days)
            bench.start_daemon()
            # The first look of retention has been written down when the age is seen at the clock's present time.
            wait_until(lambda: abs(Ledger(bench.ledger).age_seen_at() - time.time() * 1000) < DAY, 30 * SLOWER, "retention has looked")
            bench.drop(f"after{days}.ndjson", ndjson([event(10_000 + days)]))
            wait_until(lambda: bench.counts()["delivered"] == delivered, 30 * SLOWER, "delivery goes on")
            self.assertNotIn(GONE, bench.daemon.output())
            self.assert_stops()
        self.assertEqual(Ledger(bench.ledger).imported(), EVENTS + 2)

    @unittest.skipUnless(FULL, "measured with SETCLICK_FULL=1 only")
    def test_delivery_keeps_its_speed_while_old_receipts_go(self):
        self.keeps_its_speed()

    @unittest.skipUnless(FULL, "measured with SETCLICK_FULL=1 only")
    def test_delivery_keeps_its_speed_while_old_files_and_contents_go(self):
        self.keeps_its_speed(files=20_000, keys=('done_files = "1d"', 'bodies = "1d"'))
        # What the end of the daemon left, its next start goes on with.
        print(f"  {len(self.bench.files('done'))} files left", flush=True)
        self.bench.start_daemon()
        wait_until(lambda: len(self.bench.files("done")) < 20, 120, lambda: f"the old files are gone\n{self.bench.story()}")
        self.assert_stops()

    def keeps_its_speed(self, files=0, keys=()):
        bench = self.delivered_by_a_daemon_that_is_down(*keys)
        old, measured, first = 200_000, 60_000, 1_000_000

        def seconds_for(name):
            nonlocal first
            known = Ledger(bench.ledger).counts()["delivered"]
            bench.drop(name, ndjson(event(first + n) for n in range(measured)))
            first += measured
            began = time.monotonic()
            wait_until(lambda: Ledger(bench.ledger).counts()["delivered"] == known + measured, 300, "delivered", 0.02)
            return time.monotonic() - began

        bench.start_daemon()
        bench.drop("old.ndjson", ndjson(event(10_000 + n) for n in range(old)))
        for n in range(files):
            bench.drop(f"old{n}.json", ndjson([event(500_000 + n)]))
        wait_until(lambda: Ledger(bench.ledger).counts()["delivered"] == EVENTS + old + files, 600,
                   "the old ones are delivered", 1)
        without = seconds_for("b.ndjson")
        wait_until(lambda: not bench.files("work"), 60, "filed")
        self.assert_stops()
        self.set_last_seen(days=3)
        bench.start_daemon()
        while_pruning = seconds_for("c.ndjson")
        at_work = GONE not in bench.daemon.output()
        wait_until(lambda: GONE in bench.daemon.output(), 300, "retention is done")
        print(f"\n  {measured} events: {without:.1f} s, while {old} old ones and {files} files go {while_pruning:.1f} s "
              f"(still pruning at the end: {at_work})", flush=True)
        self.assertLess(while_pruning, without / 0.6)
        # What was freed is used again: the file does not grow by what comes next.
        size = Ledger(bench.ledger).pages()
        seconds_for("d.ndjson")
        self.assertLessEqual(Ledger(bench.ledger).pages(), size)
        self.assert_stops()


if __name__ == "__main__":
    main()
