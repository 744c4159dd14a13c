#!/usr/bin/env python3
"""Many events, many files: each arrives exactly once, and memory does not depend on how many there are."""
import collections
import json
import os

from case import FULL, SANITIZED, SLOWER, SystemTest, main, size, sources_of
from harness import Sampler, event, ndjson, wait_until

MEBIBYTE = 1 << 20


class Volume(SystemTest):
    def deliver_one_file(self, count):
        """Memory at its peak, after `count` events of one file."""
        bench = self.start()
        bench.drop("many.ndjson", ndjson(event(n) for n in range(count)))
        sampler = Sampler(bench.daemon)
        counts = bench.wait_final(count, (60 + count / 250) * SLOWER)
        peak = max(sampler.stop(), bench.daemon.memory("VmHWM"))
        self.assertEqual(counts["delivered"], count)
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual(len(seen), count)
        self.assertEqual(set(seen.values()), {1}, "exactly once")
        wait_until(lambda: b"many.ndjson" in bench.files("done"), 10 * SLOWER, "the file lies in done/")
        result = bench.wait_results("many.ndjson")["many.ndjson"]
        self.assertEqual(result["delivered"], count)
        self.assert_stops()
        return peak

    def test_one_large_file_arrives_exactly_once_in_bounded_memory(self):
        small, large = size(2_000, 20_000), size(20_000, 200_000)
        of_small = self.deliver_one_file(small)
        self.bench.__exit__(None, None, None)
        super().setUp()
        of_large = self.deliver_one_file(large)
        print(f"\n  peak memory: {of_small / MEBIBYTE:.1f} MiB for {small} events, "
              f"{of_large / MEBIBYTE:.1f} MiB for {large}", flush=True)
        if SANITIZED:
            return
        self.assertLess(of_large, 64 * MEBIBYTE)
        # With few events not every buffer has been used once: the full counts are the measure.
        self.assertLess(of_large, of_small * (1.10 if FULL else 1.25))

    def test_many_small_files_arrive_exactly_once(self):
        count = size(2_000, 20_000)
        bench = self.start()
        for number in range(count):
            bench.drop(f"one-{number}.json", json.dumps(event(number)))
        counts = bench.wait_final(count, (60 + count / 50) * SLOWER)
        self.assertEqual(counts["delivered"], count)
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual((len(seen), set(seen.values())), (count, {1}))
        wait_until(lambda: not bench.files("work"), 60 * SLOWER, "work/ is empty")
        done = [name for name in bench.files("done") if name.startswith(b"one-")]
        self.assertEqual(len(done), count)
        results = bench.wait_results(*(os.fsdecode(name) for name in done))
        self.assertEqual(len(results), count)
        self.assertEqual({result["delivered"] for result in results.values()}, {1})
        if not SANITIZED:
            self.assertLess(bench.daemon.memory("VmHWM"), 64 * MEBIBYTE)

    def test_the_same_name_fifty_times_is_fifty_files(self):
        bench = self.start(rate=1)
        bench.drop("first.json", json.dumps(event(0)))
        wait_until(lambda: len(bench.booked()) == 1, 20 * SLOWER, "the gate is taken")
        for number in range(1, 51):
            bench.drop("same.json", json.dumps(event(number)))
            wait_until(lambda: not os.path.exists(bench.incoming("same.json")), 20 * SLOWER, "same.json is claimed")
        self.assertEqual(len(bench.booked()), 1, "all of them wait")
        self.assertEqual(bench.daemon.stop(), 0)
        bench.write_config()
        bench.start_daemon()
        counts = bench.wait_final(51, 60 * SLOWER)
        self.assertEqual(counts["delivered"], 51)
        self.assertEqual(sorted(sources_of(bench.booked())), sorted(f"source-{n}" for n in range(51)))
        wait_until(lambda: len([n for n in bench.files("done") if n.startswith(b"same")]) == 50, 20 * SLOWER,
                   "fifty files in done/")


if __name__ == "__main__":
    main()
