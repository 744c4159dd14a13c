#!/usr/bin/env python3
"""The watches over the machine: what they call a stall, and what they do not."""
import os
import signal
import subprocess
import sys
import time
import unittest

from case import main
from stalls import allowed, covered, now_us, stalled

WATCHED = """
import sys
sys.path.insert(0, sys.argv[1])
import stalls
stalls.watch()
begin = stalls.now_us()
print("watches", flush=True)
sys.stdin.readline()
print(stalls.stalled(begin, stalls.now_us()))
"""


class Stalls(unittest.TestCase):
    def test_overlapping_ones_count_once_and_only_between_the_two_moments(self):
        for intervals, begin, end, expected in (([], 0, 5, 0), ([(0, 10), (5, 20), (30, 40)], 8, 35, 17), ([(0, 100)], 10, 20, 10),
                                                ([(0, 9), (21, 30)], 10, 20, 0), ([(2, 30), (3, 4)], 0, 50, 28)):
            with self.subTest(intervals):
                self.assertEqual(covered(intervals, begin, end), expected)

    def test_the_allowance_is_bounded(self):
        second = 1_000_000
        for stood_still, span, expected in ((0, 5, 0), (1, 1, 1), (2, 2, 2), (3, 3, 2.25), (3, 60, 3), (50, 60, 45), (60, 60, 45)):
            with self.subTest(stood_still=stood_still, span=span):
                self.assertEqual(allowed(stood_still * second, span * second), expected * second)

    def test_a_test_that_got_no_time_for_a_second_has_seen_that(self):
        folder = os.path.dirname(os.path.abspath(__file__))
        child = subprocess.Popen([sys.executable, "-c", WATCHED, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        began = time.monotonic()
        self.assertEqual(child.stdout.readline(), "watches\n")
        child.send_signal(signal.SIGSTOP)
        time.sleep(1)
        child.send_signal(signal.SIGCONT)
        said, _ = child.communicate("\n")
        self.assertGreaterEqual(float(said), 0.9)
        self.assertLessEqual(float(said), time.monotonic() - began)

    def test_waiting_for_something_is_no_stall(self):
        begin = now_us()
        time.sleep(1)
        end = now_us()
        self.assertGreaterEqual((end - begin) / 1e6 - stalled(begin, end), 0.9)


if __name__ == "__main__":
    main()
