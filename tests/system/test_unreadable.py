#!/usr/bin/env python3
"""A 200 that cannot be read may be the answer to a booking: no event is spent on it for ever. And an outage ends by itself."""
import collections
import time

from benches import ParallelTest, wait_until
from case import SLOWER, main, sources_of
from harness import event, ndjson

NOTICE = "<br />\n<b>Notice</b>: Undefined index in /srv/api/index.php on line 7<br />\n{\"status\":\"ok\"}"
QUICK = ("[retry]", 'probe_first = "1s"', 'probe_cap = "1s"', 'base = "20ms"', 'cap = "200ms"')


def reports(bench):
    return sum("report/microconversions" in call["target"] for call in bench.recorded())


class Unreadable(ParallelTest):
    def spent(self, bench, events, in_doubt):
        bench.start_sandbox()
        bench.faults(status=200, body=NOTICE, status_books=True)
        bench.write_config(in_doubt=in_doubt, sections=QUICK, connections=2)
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(events)))
        # Probing goes on, by what books nothing.
        wait_until(lambda: reports(bench) >= 3, 60 * SLOWER, lambda: "probed by reports\n" + bench.story())
        bookings = collections.Counter(sources_of(bench.booked()))
        self.assertLessEqual(max(bookings.values()), 3, bench.story())
        time.sleep(2)
        self.assertEqual(collections.Counter(sources_of(bench.booked())), bookings, "nothing more is spent")
        return bookings

    def resend(self, bench):
        bookings = self.spent(bench, 2, "resend")
        # Three probes beside the one or two that were on the wire at first.
        self.assertIn(sum(bookings.values()), (4, 5))
        held = sum(times == 3 for times in bookings.values())
        self.assertEqual(bench.counts()["held"], held, bench.story())
        self.assertEqual(bench.status()["accounts"][0]["in_doubt_ever"], sum(bookings.values()))
        self.assertIn("no further event is sent", bench.daemon.output())
        bench.faults()
        self.assertEqual(bench.wait_final(2 - held, 30 * SLOWER)["delivered"], 2 - held)
        again = collections.Counter(sources_of(bench.booked()))
        self.assertEqual(sum(again.values()), sum(bookings.values()) + 2 - held)

    def hold(self, bench):
        bookings = self.spent(bench, 6, "hold")
        self.assertEqual(set(bookings.values()), {1}, "under hold nothing is sent again")

    def outage(self, bench):
        """Many times as long as all waits together: what 502 may have booked goes on without a command."""
        bench.start_sandbox()
        bench.faults(status=502, status_books=True)
        bench.write_config(sections=QUICK)
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        wait_until(lambda: len(bench.recorded()) >= 20, 60 * SLOWER, lambda: "tried\n" + bench.story())
        time.sleep(12)
        self.assertEqual(bench.counts()["held"], 0, bench.story())
        self.assertEqual(reports(bench), 0, "5xx spends nothing")
        bench.faults()
        counts = bench.wait_final(20, 60 * SLOWER)
        self.assertEqual((counts["delivered"], counts["held"]), (20, 0))
        twice = {source for source, times in collections.Counter(sources_of(bench.booked())).items() if times > 1}
        listed = bench.run_command("list", "--in-doubt", "--json").stdout.splitlines()
        self.assertGreaterEqual(len(listed), len(twice), "what was booked twice is listed as in doubt")

    def nonsense_wait(self, bench):
        bench.start_sandbox()
        bench.faults(throttle_share=1, retry_after_raw="120s")
        bench.write_config(sections=QUICK)
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(5)))
        wait_until(lambda: len(bench.recorded()) >= 3, 60 * SLOWER, lambda: "tried again\n" + bench.story())
        bench.faults()
        self.assertEqual(bench.wait_final(5, 60 * SLOWER)["delivered"], 5)
        said = [line for line in bench.daemon.output().splitlines() if "a wait that cannot be read" in line]
        self.assertEqual(len(said), 1, said)
        self.assertIn("Retry-After", said[0])
        calls = [call["mono_us"] for call in bench.recorded()]
        self.assertLess(len(calls), 30, "waited for, each time longer")

    def test_no_event_is_spent_for_ever(self):
        self.at_once(resend=self.resend, hold=self.hold, outage=self.outage, nonsense_wait=self.nonsense_wait)


if __name__ == "__main__":
    main()
