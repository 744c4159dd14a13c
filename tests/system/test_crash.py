#!/usr/bin/env python3
"""kill -9 in the middle, then a new start: all arrive, and what arrived twice had been reported in doubt."""
import collections
import re

from case import SLOWER, SystemTest, main, size, sources_of
from harness import event, ndjson, wait_until

CONNECTIONS = 64
UNSETTLED = 512


class Crash(SystemTest):
    def test_kill_in_the_middle_loses_nothing_and_repeats_only_what_is_in_doubt(self):
        count = size(5_000, 50_000)
        bench, before = self.killed_in_the_middle(count)
        bench.start_daemon()
        counts = bench.wait_final(count, (60 + count / 250) * SLOWER)
        self.assertEqual(counts["delivered"], count)
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual(len(seen), count, "nothing is lost")
        twice = [name for name, times in seen.items() if times > 1]
        self.assertLessEqual(max(seen.values()), 2)

        reported = self.in_doubt_of_log(bench.daemon.output())
        account = bench.status()["accounts"][0]
        print(f"\n  killed after {before} of {count}: {reported} in doubt, {len(twice)} arrived twice", flush=True)
        self.assertEqual(account["in_doubt_ever"], reported, "log and status agree")
        self.assertLessEqual(len(twice), reported)
        self.assertLessEqual(reported, CONNECTIONS + UNSETTLED)
        self.assertGreater(reported, 0, "nothing was in flight: the kill showed nothing")
        self.assert_stops()

    def killed_in_the_middle(self, count, **config):
        """The bench, and how many had arrived at the kill. A machine that stands still may look too late: it looks again."""
        for _ in range(5):
            bench = self.start("--latency", "5ms", connections=CONNECTIONS, **config)
            bench.drop("many.ndjson", ndjson(event(n) for n in range(count)))
            wait_until(lambda: bench.stats()["booked"] > count // 3, (60 + count / 250) * SLOWER, "a third has arrived")
            bench.daemon.kill()
            before = bench.stats()["booked"]
            if before < count:
                return bench, before
            bench.__exit__(None, None, None)
            super().setUp()
        self.fail("each kill came too late to show anything")

    def in_doubt_of_log(self, said):
        found = re.search(r"in doubt[^\n]*?\b(?:events|in_doubt)=(\d+)", said)
        self.assertIsNotNone(found, "the log says how many are in doubt:\n" + said[:2000])
        return int(found.group(1))

    def test_hold_keeps_what_is_in_doubt_for_a_person(self):
        count = size(2_000, 20_000)
        bench, _ = self.killed_in_the_middle(count, in_doubt="hold")
        bench.start_daemon()
        counts = bench.wait_final(count, 120 * SLOWER, more=("held",))
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual(set(seen.values()), {1}, "nothing is booked twice")
        self.assertEqual(counts["delivered"] + counts["held"], count)
        self.assertGreater(counts["held"], 0)
        self.assertGreaterEqual(len(seen), counts["delivered"])


if __name__ == "__main__":
    main()
