"""What every system test shares: one bench a test, and how big the test is today."""
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True

from harness import Bench  # noqa: E402
from stalls import now_us, stalled, watch  # noqa: E402

# SETCLICK_FULL=1 asks for the whole counts; without it a test takes seconds.
FULL = os.environ.get("SETCLICK_FULL") == "1"
# Under a sanitizer everything is slower, and memory is not the program's own.
SANITIZED = bool(os.environ.get("SETCLICK_SANITIZED"))
SLOWER = 6 if SANITIZED else 1
watch()
_REPORT = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")


def size(small, full):
    return full if FULL else small


class SystemTest(unittest.TestCase):
    def run(self, result=None):
        self._result = result if result is not None else self.defaultTestResult()
        self._failed_before = self._failures()
        return super().run(self._result)

    def _failures(self):
        return len(self._result.failures) + len(self._result.errors)

    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self._end)

    def _end(self):
        failed = self._failures() > self._failed_before
        reports = []
        if SANITIZED and not failed:
            # An orderly end, so that leaks are looked for too.
            for process in (self.bench.daemon, self.bench.sandbox):
                if process and process.running():
                    process.stop(60 * SLOWER)
                    reports += [line for line in process.output().splitlines() if _REPORT.search(line)]
        self.bench.__exit__(AssertionError if failed or reports else None, None, None)
        self.assertEqual(reports, [], "a sanitizer reported")

    def start(self, *faults, daemon=(), **config):
        """A sandbox with these flags, a configuration and a daemon on it."""
        self.bench.start_sandbox(*faults)
        self.bench.write_config(**config)
        self.bench.start_daemon(*daemon)
        return self.bench

    def assert_stops(self, code=0):
        """SIGTERM ends the daemon with this exit code."""
        self.assertEqual(self.bench.daemon.stop(), code, self.bench.story())

    def assert_within(self, seconds, begin, end=None, what=""):
        """From `begin` to `end` (`now_us`; or now) at most so many seconds, beside those in which the machine stood still."""
        end = end or now_us()
        took, still = (end - begin) / 1e6, stalled(begin, end)
        self.assertLessEqual(took - still, seconds, f"{took:.2f} s, of which the machine stood still {still:.2f} s; {what}")


def sources_of(entries):
    """The utm_source of each entry of the book: what tells the events of `harness.event` apart at the sandbox."""
    return [entry["form"]["url_parameters"].split('"utm_source":"')[1].split('"')[0] for entry in entries]


def main():
    unittest.main(verbosity=2)
