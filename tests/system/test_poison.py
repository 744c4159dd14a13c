#!/usr/bin/env python3
"""A line that ends the daemon when it is read is set aside at the third time, when the daemon ended by its own fault; a kill sets
nothing aside. (An event in flight at such ends: test_company.py.)"""
import json
import os
import signal

from benches import ParallelTest
from case import SANITIZED, SLOWER, main, sources_of
from harness import event, ndjson, wait_until

NO_CORE = ("prlimit", "--core=0:0")
FAULTS = {"SEGV": signal.SIGSEGV, "ABRT": signal.SIGABRT, "DEEP": signal.SIGSEGV}


class Poison(ParallelTest):
    def setUp(self):
        if SANITIZED:
            self.skipTest("a sanitizer has signal handlers of its own")
        super().setUp()

    def run_until_it_ends(self, bench, fault):
        bench.start_daemon(ready=False, env=dict(os.environ, SETCLICKD_FAULT=fault), prefix=NO_CORE)
        return bench.daemon.wait(30 * SLOWER)

    def a_line(self, bench, kind, end):
        """Six files of three lines; the middle line of two of them is poison."""
        bench.start_sandbox()
        bench.write_config()
        for n in range(6):
            lines = [event(10 * n), event(10 * n + 1), event(10 * n + 2)]
            if n in (1, 4):
                lines[1]["settings"]["email"] = "poison@example.com"
            bench.drop(f"file{n}{end}", ndjson(lines) if end == ".ndjson" else json.dumps(lines, indent=1))
        fault = f"line:poison:{kind}"
        for _ in range(6):  # three for each of the two
            self.assertEqual(self.run_until_it_ends(bench, fault), -FAULTS[kind], bench.story())
        bench.start_daemon(env=dict(os.environ, SETCLICKD_FAULT=fault))
        counts = bench.wait_final(18, 30 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"]), (16, 2))
        self.assertEqual(len(set(sources_of(bench.booked()))), 16)
        for n in (1, 4):
            kept = bench.rejected(f"file{n}{end}").decode()
            self.assertRegex(kept, r"^#! line \d+: crash: reading this line ended the daemon three times")
            self.assertIn(f"e-{10 * n + 1}", kept)
            counted = bench.run_command("list", "--file", f"file{n}{end}", "--counts").stdout.decode()
            self.assertIn("crash: reading this line", counted)
            wait_until(lambda: f"file{n}{end}" in bench.results(), 20 * SLOWER, "the result")
            self.assertEqual(bench.results()[f"file{n}{end}"]["refused_on_reading"], 1)
        self.assertEqual(bench.daemon.stop(), 0)
        # Mended, which here means that the program was: it goes out as it is.
        bench.start_daemon()
        bench.drop(f"again{end}", kept)
        self.assertEqual(bench.wait_final(19, 30 * SLOWER)["delivered"], 17)

    TABLE_HEAD = "event_id,click_time,utm_source,email\r\n"

    def a_row(self, bench):
        """A row of a table; the others of it are delivered."""
        bench.start_sandbox()
        bench.write_config()
        rows = [f"e-{n},2021-10-20T05:31:28Z,s{n},{'poison' if n == 1 else 'good'}@example.com\r\n" for n in range(3)]
        bench.drop("table.csv", self.TABLE_HEAD + "".join(rows))
        for _ in range(3):
            self.assertEqual(self.run_until_it_ends(bench, "line:poison:SEGV"), -signal.SIGSEGV, bench.story())
        bench.start_daemon(env=dict(os.environ, SETCLICKD_FAULT="line:poison:SEGV"))
        counts = bench.wait_final(3, 30 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"]), (2, 1))
        bench.wait_results("table.csv")
        self.assertRegex(bench.rejected("table.csv").decode(), "setclickd_line,setclickd_error,event_id.*\r\n"
                         f'3,"?crash: reading this line ended the daemon three times[^\r]*,{rows[1]}$')

    def a_first_pass(self, bench):
        """A table that breaks the daemon when it is looked at as a whole comes back as it was, and holds up no other file."""
        bench.start_sandbox()
        bench.write_config()
        table = self.TABLE_HEAD + "e-1,2021-10-20T05:31:28Z,s1,x@example.com\r\n"
        bench.drop("a-bad.csv", table)
        bench.drop("good.csv", table.replace("e-1", "e-2"))
        fault = "line:first pass over a-bad.csv:ABRT"
        for _ in range(3):
            self.assertEqual(self.run_until_it_ends(bench, fault), -signal.SIGABRT, bench.story())
        bench.start_daemon(env=dict(os.environ, SETCLICKD_FAULT=fault))
        counts = bench.wait_final(2, 30 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"]), (1, 1))
        bench.wait_results("a-bad.csv", "good.csv")
        self.assertEqual(bench.rejected("a-bad.csv").decode(), table)
        listed = bench.run_command("list", "--file", "a-bad.csv", "--counts").stdout.decode()
        self.assertIn("crash: looking at this table as a whole", listed)

    def among_deliveries(self, bench):
        """While events are on their way: a line that breaks the daemon costs none of them anything."""
        bench.start_sandbox("--latency", "3ms")
        bench.write_config()
        for n in range(10):
            lines = [event(1000 * n + i) for i in range(300)]
            if n in (3, 7):
                lines[200]["settings"]["email"] = "poison@example.com"
            bench.drop(f"file{n}.ndjson", ndjson(lines))
        for _ in range(6):
            self.assertEqual(self.run_until_it_ends(bench, "line:poison:SEGV"), -signal.SIGSEGV, bench.story())
        bench.start_daemon(env=dict(os.environ, SETCLICKD_FAULT="line:poison:SEGV"))
        counts = bench.wait_final(3000, 60 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"], counts["held"]), (2998, 2, 0))
        self.assertEqual(len(set(sources_of(bench.booked()))), 2998)

    def killed(self, bench):
        """Four times at the same line, by SIGKILL: nothing is known against it."""
        bench.start_sandbox()
        bench.write_config()
        bench.drop("a.ndjson", ndjson([event(1), event(2)]))
        for _ in range(4):
            self.assertEqual(self.run_until_it_ends(bench, "line:e-2:KILL"), -signal.SIGKILL)
        bench.start_daemon()
        self.assertEqual(bench.wait_final(2, 30 * SLOWER)["delivered"], 2)

    def interrupted(self, bench):
        """Two aborts, a kill, two aborts: not three in a row."""
        bench.start_sandbox()
        bench.write_config()
        bench.drop("a.ndjson", ndjson([event(1), event(2)]))
        for kind in ("SEGV", "SEGV", "KILL", "SEGV", "ABRT"):
            self.run_until_it_ends(bench, f"line:e-2:{kind}")
        bench.start_daemon()
        self.assertEqual(bench.wait_final(2, 30 * SLOWER)["delivered"], 2)

    def hangs(self, bench):
        """A line that never ends: the watchdog is not fed, and systemd's SIGABRT counts."""
        bench.start_sandbox()
        bench.write_config()
        bench.drop("a.ndjson", ndjson([event(1), event(2)]))
        for _ in range(3):
            bench.start_daemon(env=dict(os.environ, SETCLICKD_FAULT="line:e-2:HANG"), prefix=NO_CORE)
            wait_until(lambda: bench.files("work"), 20 * SLOWER, "taken")
            wait_until(lambda: b"e-2" in self.work_file(bench) and self.intake_waits(bench), 20 * SLOWER, "hanging")
            bench.daemon.signal(signal.SIGABRT)
            bench.daemon.wait(20)
        bench.start_daemon(env=dict(os.environ, SETCLICKD_FAULT="line:e-2:HANG"))
        counts = bench.wait_final(2, 30 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"]), (1, 1))

    @staticmethod
    def work_file(bench):
        with open(os.path.join(bench.spool.encode(), b"work", bench.files("work")[0]), "rb") as file:
            return file.read()

    @staticmethod
    def intake_waits(bench):
        """The intake's thread sleeps in pause(2)."""
        for task in os.listdir(f"/proc/{bench.daemon.pid}/task"):
            with open(f"/proc/{bench.daemon.pid}/task/{task}/comm", encoding="ascii") as comm:
                if comm.read().strip() != "intake":
                    continue
            with open(f"/proc/{bench.daemon.pid}/task/{task}/syscall", encoding="ascii") as call:
                return call.read().split()[0] == "34"
        return False

    def test_a_line_is_set_aside_at_the_third_abort_in_a_row(self):
        self.at_once(
            segv_lines=lambda b: self.a_line(b, "SEGV", ".ndjson"),
            overflown_lines=lambda b: self.a_line(b, "DEEP", ".ndjson"),
            abrt_elements=lambda b: self.a_line(b, "ABRT", ".json"),
            a_row=self.a_row,
            a_first_pass=self.a_first_pass,
            among_deliveries=self.among_deliveries,
            killed=self.killed,
            interrupted=self.interrupted,
            hangs=self.hangs,
        )


if __name__ == "__main__":
    main()
