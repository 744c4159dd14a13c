#!/usr/bin/env python3
"""The server's book against ours: whatever was booked twice stands in `in_doubt_ever`; under `hold` nothing is."""
import collections
import json
import time

from benches import ParallelTest, wait_until
from case import SLOWER, main, sources_of
from harness import event, ndjson

NOTICE = "Warning: mysqli::query(): (HY000/1205) in /srv/api/db.php on line 40\n{\"status\":\"ok\"}"
# Each books what it answers, all or a share of it; by the name of the file that is delivered meanwhile.
FAULTS = {
    "500": dict(fail_share=0.3, fail_status=500, fail_books=True),
    "502": dict(fail_share=0.3, fail_status=502, fail_books=True),
    "504": dict(fail_share=0.3, fail_status=504, fail_books=True),
    "520": dict(fail_share=0.3, fail_status=520, fail_books=True),
    "524": dict(fail_share=0.3, fail_status=524, fail_books=True),
    "reset": dict(reset_after_book=0.2),
    "no-answer": dict(stall_after_book=0.1),
    "late": dict(late_answer=["600ms", 0.2]),
    "notice": dict(status=200, body=NOTICE, status_books=True),
    "says-error": dict(status=200, body='{"success":false,"message":"deadlock"}', status_books=True),
    "outage": dict(status=502, status_books=True),
}
EACH = 40


class Book(ParallelTest):
    def through_all(self, bench, policy):
        """Every fault for a while, a kill among them, then a server that is well."""
        bench.start_sandbox("--latency", "5ms")
        bench.write_config(in_doubt=policy, connections=6, delivery=('response_timeout = "300ms"',),
                           sections=("[retry]", 'base = "20ms"', 'cap = "200ms"', 'probe_first = "1s"', 'probe_cap = "1s"'))
        bench.start_daemon()
        for number, (name, faults) in enumerate(FAULTS.items()):
            bench.faults(**faults)
            before = bench.stats()["booked"]
            bench.drop(f"{name}.ndjson", ndjson(event(n) for n in range(number * EACH, (number + 1) * EACH)))
            wait_until(lambda: bench.stats()["booked"] > before, 60 * SLOWER, lambda: f"{name}: one is booked\n{bench.story()}")
            time.sleep(1.5)
            if name in ("524", "outage"):
                bench.daemon.kill()
                bench.start_daemon()
            # The account is open again before the next fault comes.
            bench.faults()
            wait_until(lambda: bench.stats()["booked"] >= (number + 1) * EACH - self.kept(bench), 60 * SLOWER,
                       lambda: f"{name}: all that is not held is booked\n{bench.story()}")
            wait_until(lambda: self.is_open(bench), 60 * SLOWER, lambda: f"{name}: the account is open again\n{bench.story()}")
        total = EACH * len(FAULTS)
        counts = bench.wait_final(total, 60 * SLOWER, more=("held",))
        return counts, collections.Counter(sources_of(bench.booked())), self.in_doubt(bench), total

    def is_open(self, bench):
        status = bench.status()
        return not status["endpoint_parked"] and not any(a["parked"] for a in status["accounts"])

    def kept(self, bench):
        """Events that are held: booked or not."""
        return bench.counts()["held"]

    def in_doubt(self, bench):
        """The sources of the events that are listed as in doubt."""
        lines = bench.run_command("list", "--in-doubt", "--limit", "0", "--json").stdout.splitlines()
        first = {f"{name}.ndjson": number * EACH for number, name in enumerate(FAULTS)}
        return {f"source-{first[one['file']] + one['line'] - 1}" for one in map(json.loads, lines)}

    def resend(self, bench):
        counts, booked, in_doubt, total = self.through_all(bench, "resend")
        self.assertEqual(len(booked), total, "nothing is lost")
        twice = {source for source, times in booked.items() if times > 1}
        self.assertGreater(len(twice), len(FAULTS), "the faults showed")
        self.assertEqual(twice - in_doubt, set(), "booked twice, and not said")
        repeats = sum(booked.values()) - len(booked)
        self.assertGreaterEqual(bench.status()["accounts"][0]["in_doubt_ever"], repeats)
        # Held are at most those that answers without sense have met three times.
        self.assertEqual(counts["delivered"] + counts["held"], total)
        self.assertLessEqual(counts["held"], 2 * EACH)

    def hold(self, bench):
        counts, booked, in_doubt, total = self.through_all(bench, "hold")
        self.assertEqual([source for source, times in booked.items() if times > 1], [], "nothing is booked twice")
        self.assertEqual(counts["delivered"] + counts["held"], total)
        self.assertEqual(counts["held"], len(in_doubt), "held is what is in doubt, and nothing else")
        self.assertGreater(counts["held"], len(FAULTS))
        self.assertEqual(bench.status()["accounts"][0]["in_doubt_ever"], counts["held"])
        # All that was booked is known as delivered or in doubt.
        missing = {f"source-{n}" for n in range(total)} - set(booked)
        self.assertLessEqual(missing, in_doubt, "neither booked nor in doubt")

    def test_what_was_booked_twice_was_in_doubt_and_under_hold_nothing_was(self):
        self.at_once(resend=self.resend, hold=self.hold)


if __name__ == "__main__":
    main()
