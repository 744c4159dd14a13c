#!/usr/bin/env python3
"""The rate as the server sees it: never more calls than allowed, hardly fewer, and what the server says is obeyed."""
import bisect

from case import SLOWER, SystemTest, main, size
from harness import event, ndjson, wait_until


def arrivals(bench):
    """When each call reached the sandbox, in seconds."""
    return sorted(entry["mono_us"] / 1e6 for entry in bench.recorded())


def fullest(times, window):
    """The most calls in any window of this length."""
    return max((bisect.bisect_left(times, begin + window) - n for n, begin in enumerate(times)), default=0)


class Rate(SystemTest):
    def test_no_window_exceeds_the_limit_and_hardly_a_permit_is_wasted(self):
        seconds = size(12, 60)
        bench = self.start("--fail-share", "0.2", rate=600, account=("burst = 5",),
                           sections=("[retry]", 'base = "200ms"', 'cap = "2s"'))
        bench.drop("many.ndjson", ndjson(event(n) for n in range(2000)))
        wait_until(lambda: (times := arrivals(bench)) and times[-1] - times[0] >= seconds, (seconds + 20) * SLOWER,
                   f"calls over {seconds} s", step=0.5)
        times = arrivals(bench)
        for window in (1, 3, 10, seconds):
            # A call may be a moment later on its way than the next one.
            self.assertLessEqual(fullest(times, window - 0.02), 10 * window + 5, f"calls in {window} s")
        allowed = 10 * (times[-1] - times[0]) + 5
        self.assertGreaterEqual(len(times), 0.9 * allowed)

    def test_a_restart_gives_no_new_burst(self):
        bench = self.start(rate=60, account=("burst = 3",))
        bench.drop("some.ndjson", ndjson(event(n) for n in range(50)))
        wait_until(lambda: len(bench.recorded()) >= 3, 20 * SLOWER, "the burst")
        for _ in range(3):
            self.assert_stops()
            bench.start_daemon()
        wait_until(lambda: len(bench.recorded()) >= 6, 20 * SLOWER, "three more calls")
        times = arrivals(bench)
        self.assertLessEqual(len(times), (times[-1] - times[0]) * 1.02 + 3 + 0.05)

    def test_retry_after_is_waited_for_and_no_longer(self):
        bench = self.start("--throttle-share", "1", "--retry-after", "3")
        bench.drop("one.ndjson", ndjson(event(n) for n in range(5)))
        wait_until(lambda: len(bench.recorded()) >= 1, 10 * SLOWER, "the first call")
        bench.faults()
        counts = bench.wait_final(5, 20 * SLOWER)
        self.assertEqual(counts["delivered"], 5)
        times = arrivals(bench)
        self.assertGreaterEqual(times[1] - times[0], 3.0)
        self.assertLess(times[1] - times[0], 3.5 * SLOWER)

    def test_a_server_that_allows_less_is_followed(self):
        allowed = 300
        seconds = size(50, 120)
        bench = self.start("--rate-per-minute", str(allowed), "--burst", "2", "--retry-after", "auto", rate=3000)
        bench.drop("many.ndjson", ndjson(event(n) for n in range(3000)))
        wait_until(lambda: (times := arrivals(bench)) and times[-1] - times[0] >= seconds, (seconds + 20) * SLOWER,
                   "calls", step=0.5)
        times = arrivals(bench)
        settled = [t for t in times if t > times[-1] - seconds / 3]
        rate = (len(settled) - 1) / (settled[-1] - settled[0]) * 60
        print(f"\n  allowed {allowed} a minute, settled at {rate:.0f}", flush=True)
        self.assertLess(abs(rate - allowed), 0.1 * allowed)
        self.assertEqual(bench.counts()["rejected"], 0)


if __name__ == "__main__":
    main()
