#!/usr/bin/env python3
"""Who else is there: a second daemon, a ledger that is missing, older or another one, and an event that kills the daemon."""
import os
import shutil
import signal

from case import SANITIZED, SLOWER, SystemTest, main
from harness import Bench, event, ndjson, wait_until
from witness import Ledger

REFUSED_IO = 74


class TwoDaemons(SystemTest):
    def second_beside(self, spool=None, ledger=None):
        bench = self.bench
        second = Bench(bench.build, folder=bench.path("second"), keep=True)
        os.makedirs(second.folder)
        second.url, second.ca = bench.url, bench.ca
        second.spool, second.ledger = spool or second.spool, ledger or second.ledger
        second.write_config()
        daemon = second.start_daemon(ready=False)
        code = daemon.wait(20 * SLOWER)
        return code, daemon.output()

    def test_on_one_ledger_the_second_refuses_and_names_the_pid_of_the_first(self):
        bench = self.start()
        code, said = self.second_beside(ledger=bench.ledger)
        self.assertNotEqual(code, 0)
        self.assertIn(str(bench.daemon.pid), said)
        self.still_delivers()

    def test_on_one_spool_the_second_refuses_and_names_the_pid_of_the_first(self):
        bench = self.start()
        code, said = self.second_beside(spool=bench.spool)
        self.assertNotEqual(code, 0)
        self.assertIn(str(bench.daemon.pid), said)
        self.still_delivers()

    def still_delivers(self):
        self.bench.drop("a.json", ndjson([event(1)]))
        self.bench.wait_final(1, 30 * SLOWER)
        self.assert_stops()


class WrongLedger(SystemTest):
    def with_a_backlog(self):
        """A daemon that is down; ten delivered, ten that wait, a file in work/."""
        bench = self.start(rate=0)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        bench.wait_final(10, 30 * SLOWER)
        bench.run_command("pause", "--all")
        bench.drop("b.ndjson", ndjson(event(n) for n in range(10, 20)))
        wait_until(lambda: bench.counts()["waiting"] == 10, 30 * SLOWER, "ten wait")
        return bench

    def refuses(self, *words):
        daemon = self.bench.start_daemon(ready=False)
        self.assertEqual(daemon.wait(20 * SLOWER), REFUSED_IO, daemon.output())
        for word in words:
            self.assertIn(word, daemon.output())

    FILES = ("ledger.db", "ledger.db-wal")

    def move_ledger(self, source, target, move=shutil.move):
        for name in self.FILES:
            for old in (name, "ledger.db-shm"):
                if os.path.exists(os.path.join(target, old)):
                    os.remove(os.path.join(target, old))
            if os.path.exists(os.path.join(source, name)):
                move(os.path.join(source, name), os.path.join(target, name))

    def aside(self):
        path = self.bench.path("aside")
        os.makedirs(path, exist_ok=True)
        return path

    def test_missing_ledger_beside_a_spool_that_knows_better_is_never_begun_anew(self):
        bench = self.with_a_backlog()
        self.assert_stops()
        self.move_ledger(bench.folder, self.aside())
        for _ in range(3):
            self.refuses("is missing", "belongs to ledger", "at run 1", bench.spool)
        self.assertFalse(os.path.exists(bench.ledger), "no new one")
        self.assertEqual(len(bench.files("work")), 1, "nothing was touched")
        self.move_ledger(self.aside(), bench.folder)
        bench.start_daemon()
        bench.run_command("resume", "--all")
        bench.wait_final(20, 30 * SLOWER)
        self.assertEqual(len(bench.booked()), 20)
        self.assert_stops()

    def test_older_ledger_is_refused_however_often_and_once_adopted_what_is_not_final_is_in_doubt(self):
        bench = self.with_a_backlog()
        self.assert_stops()
        self.move_ledger(bench.folder, self.aside(), move=shutil.copy)
        self.delivers_the_rest()
        self.move_ledger(self.aside(), bench.folder)
        for _ in range(4):
            self.refuses("older than its spool", "at run 2", "ledger adopt")
        self.adopted_holds_what_was_delivered_since()

    def test_backup_is_refused_until_it_is_adopted(self):
        bench = self.with_a_backlog()
        bench.run_command("ledger", "backup", bench.path("copy.db"))
        self.assert_stops()
        self.delivers_the_rest()
        self.move_ledger(bench.folder, self.aside())
        shutil.copy(bench.path("copy.db"), bench.ledger)
        os.remove(os.path.join(bench.spool, ".setclickd"))  # not even the spool knows better
        self.refuses("is a copy", "ledger adopt")
        self.adopted_holds_what_was_delivered_since()

    def delivers_the_rest(self):
        self.bench.start_daemon()
        self.bench.run_command("resume", "--all")
        self.bench.wait_final(20, 30 * SLOWER)
        wait_until(lambda: not self.bench.files("work"), 20 * SLOWER, "the file is finished")
        self.assert_stops()

    def adopted_holds_what_was_delivered_since(self):
        bench = self.bench
        bench.write_config(in_doubt="hold")
        adopted = bench.run_command("ledger", "adopt", "--yes").stdout.decode()
        self.assertIn("10 events in doubt", adopted)
        bench.start_daemon()
        counts = bench.wait_final(20, 30 * SLOWER, more=("held",))
        self.assertEqual((counts["delivered"], counts["held"]), (10, 10))
        self.assertEqual(len(bench.booked()), 20, "nothing went out a second time")
        self.assert_stops()


class Poison(SystemTest):
    def setUp(self):
        if SANITIZED:
            self.skipTest("a sanitizer has signal handlers of its own")
        super().setUp()

    def life(self, end):
        """The events are in flight, then the daemon ends by this signal."""
        bench = self.bench
        bench.start_daemon(prefix=("prlimit", "--core=0:0"))
        wait_until(lambda: Ledger(bench.ledger).counts()["in_flight"] == 3, 30 * SLOWER, lambda: "in flight\n" + bench.story())
        bench.daemon.signal(end)
        self.assertEqual(bench.daemon.wait(20), -end)

    def started(self):
        bench = self.bench
        bench.start_sandbox("--stall", "1")
        bench.write_config()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3)))
        return bench

    def test_event_in_flight_at_three_aborts_in_a_row_is_held(self):
        bench = self.started()
        for end in (signal.SIGABRT, signal.SIGSEGV, signal.SIGABRT):
            self.life(end)
        bench.start_daemon()
        wait_until(lambda: bench.counts()["held"] == 3, 20 * SLOWER, lambda: "held\n" + bench.story())
        listed = bench.run_command("list", "--state", "held").stdout.decode()
        self.assertEqual(listed.count("(crash)"), 3, listed)
        bench.faults()
        bench.run_command("release", "--all")
        bench.wait_final(3, 20 * SLOWER)
        self.assert_stops()

    def test_kill_9_is_no_abort_and_breaks_the_row(self):
        bench = self.started()
        for end in (signal.SIGABRT, signal.SIGABRT, signal.SIGKILL, signal.SIGKILL, signal.SIGABRT):
            self.life(end)
        bench.faults()
        bench.start_daemon()
        self.assertEqual(bench.wait_final(3, 30 * SLOWER)["delivered"], 3)
        self.assert_stops()


if __name__ == "__main__":
    main()
