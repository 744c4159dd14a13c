"""Several benches at once, each in a thread: for tests that mostly wait."""
import threading
import traceback

from case import SLOWER, SystemTest
from harness import Bench, wait_until
from stalls import now_us, stalled

__all__ = ["ParallelTest", "Timed", "first_after", "now_us", "stalled", "wait_until"]


def first_after(entries, moment):
    """The first entry of a record or book at or after `moment`; None when there is none."""
    return next((entry for entry in entries if entry["mono_us"] >= moment), None)


class Timed:
    """What a record says of the rate: calls by their time."""

    def __init__(self, entries):
        self.at = [entry["mono_us"] for entry in entries]

    def most_over(self, per_minute, burst, jitter_us=50_000):
        """By how many calls the worst window of all exceeds rate * span + burst; negative when none does.

        Every span at once: with f(k) = k - rate * t(k) the worst is the largest rise of f. `jitter_us`: calls that
        the network brought closer together than they were made. A server that stood still meets late what was made
        meanwhile: a span begins before that.
        """
        per_us = per_minute / 60e6
        worst, least = float("-inf"), float("inf")
        for count, at in enumerate(self.at):
            f = count - per_us * at
            least = min(least, f + per_us * stalled(at - 5_000_000, at) * 1e6)
            worst = max(worst, f - least + 1 - burst - per_us * jitter_us)
        return worst

    def per_minute(self, begin, end):
        return sum(begin <= at < end for at in self.at) * 60e6 / (end - begin)


class ParallelTest(SystemTest):
    def at_once(self, **jobs):
        """Each job gets a bench of its own and a thread; all failures are told together."""
        failures = {}

        def run(name, job):
            try:
                with Bench() as bench:
                    job(bench)
                    if bench.daemon and bench.daemon.running():
                        self.assertEqual(bench.daemon.stop(40 * SLOWER), 0, bench.story())
            except Exception:  # told below, with its name
                failures[name] = traceback.format_exc()

        threads = [threading.Thread(target=run, args=each, daemon=True) for each in jobs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            self.fail("\n".join(f"=== {name}\n{text}" for name, text in failures.items()))
