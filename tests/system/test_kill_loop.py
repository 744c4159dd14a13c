#!/usr/bin/env python3
"""The short version of `./dev soak kill`: 25 kills at random moments, shared by both policies (tests/soak/kill.py)."""
import os
import sys

from case import SLOWER, SystemTest, main, size

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "soak"))

from kill import KillRun  # noqa: E402


class KillLoop(SystemTest):
    def run_loop(self, policy, kills):
        run = KillRun(self.bench, policy, size(kills, 100), size(kills, 100) * 200 // SLOWER, seed=policy, least_share=60,
                      say=lambda text: print(text, flush=True)).run()
        self.assertEqual(run.problems, [])

    def test_thirteen_kills_under_resend_lose_nothing_and_repeat_only_what_was_in_doubt(self):
        self.run_loop("resend", 13)

    def test_twelve_kills_under_hold_book_nothing_twice_and_hold_what_is_in_doubt(self):
        self.run_loop("hold", 12)


if __name__ == "__main__":
    main()
