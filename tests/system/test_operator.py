#!/usr/bin/env python3
"""The operator's session (operator_session.py) is what docs/operator.md shows. When the program's words change:
    SETCLICKD_WRITE_DOCS=1 python3 tests/system/test_operator.py
"""
import json
import os
import random
import signal
import time

from case import SLOWER, SystemTest, main, size, sources_of
from harness import event, ndjson, wait_until
from operator_session import BEGIN, END, Session
from witness import Ledger

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "operator.md")


class Operator(SystemTest):
    maxDiff = 4000

    def test_session_over_rejected_held_and_waiting_events_is_what_the_page_shows(self):
        bench = self.start("--latency", "2ms", in_doubt="hold", connections=1)
        session = Session(bench).whole()
        booked = [entry["form"]["url_parameters"].split("source-")[1].split('"')[0] for entry in bench.booked()]
        # Released and forced ones are booked a second time, as the session says; the discarded ones once.
        self.assertEqual(sorted(booked, key=int), "0 1 2 3 4 4 5 6 7 7 8 9 10".split())
        self.assertEqual(Ledger(bench.ledger).counts()["discarded"], 2)
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        before, rest = page.split(BEGIN)
        shown, after = rest.split(END)
        if os.environ.get("SETCLICKD_WRITE_DOCS") == "1":
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(before + BEGIN + session + END + after)
            shown = session
        self.assertEqual(shown, session)
        self.assert_stops()


class Results(SystemTest):
    """Whatever a person does meanwhile, and however often the daemon is killed: what lies in done/ says what the ledger says."""

    VERBS = (("hold", "--all"), ("release", "--all"), ("retry", "--all"), ("retry", "--all", "--force"),
             ("discard", "--state", "held", "--yes"), ("pause", "--all"), ("resume", "--all"))
    FAULTS = ({}, {}, {"status": 422}, {"status": 503}, {"latency": "30ms"})

    def test_results_and_ledger_agree_after_commands_and_kills_at_random(self):
        dice, count = random.Random(11), 0
        bench = self.start("--latency", "2ms", spool=('settle = "0s"',), in_doubt="hold",
                           sections=("[retry]", 'base = "50ms"', 'cap = "200ms"'))
        names = [f"f{n}.ndjson" for n in range(size(18, 60))]
        for n, name in enumerate(names):
            lines = [event(count + i) for i in range(dice.choice((1, 1, 2, 60)))]
            count += len(lines)
            bench.drop(name, ndjson(lines) + (b"bad\n" if n % 4 == 1 else b""))
            if n % 2:
                self.meddle(dice)
        self.calm(count)
        results = bench.wait_results(*names)
        for name in names:
            told = json.loads(bench.run_command("list", "--file", name, "--counts", "--json").stdout)
            for what in ("delivered", "rejected", "duplicate", "discarded"):
                self.assertEqual(results[name].get(what, 0), told[what], f"{name}: {what}\n{results[name]}\n{told}")
        self.assertEqual(bench.run_command("ledger", "check").returncode, 0)
        self.assert_stops()

    def meddle(self, dice):
        bench = self.bench
        bench.faults(**dice.choice(self.FAULTS))
        time.sleep(dice.uniform(0, 0.2))
        bench.run_command(*dice.choice(self.VERBS), check=False)
        if dice.random() < 0.4:
            bench.daemon.signal(dice.choice((signal.SIGKILL, signal.SIGTERM)))
            bench.daemon.wait(30)
            bench.run_command(*dice.choice(self.VERBS), check=False)  # takes the lock itself
            bench.start_daemon()

    def calm(self, count):
        """The server is well again, and a person lets everything go out."""
        bench = self.bench
        bench.faults()

        def all_final():
            for command in (("resume", "--all", "--accept-rejections"), ("release", "--all"), ("retry", "--state", "rejected")):
                bench.run_command(*command, check=False)
            counts = bench.counts()
            return counts["delivered"] + counts["discarded"] == count and not bench.files("work")
        wait_until(all_final, 60 * SLOWER, lambda: f"all final: {bench.counts()} of {count}\n{bench.story()}", 0.3)
        seen = set(sources_of(bench.booked()))
        self.assertGreaterEqual(len(seen), bench.counts()["delivered"])


if __name__ == "__main__":
    main()
