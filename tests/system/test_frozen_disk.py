#!/usr/bin/env python3
"""A disk that does not answer for a while (a frozen file system): it is logged within seconds, the watchdog is fed as long as
the kernel works on it, and what was in flight when a watchdog ends the daemon all the same is not held against the events.
"""
import os
import shutil
import signal
import subprocess
import time
import unittest

from case import SLOWER, SystemTest, main, sources_of
from harness import event, ndjson, wait_until
from notified import Notified

STALLED = "the disk does not answer"
OVER = "the disk answers again"


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("fsfreeze") and shutil.which("mkfs.ext4"),
                     "NOT TESTED: a frozen disk; it needs root, fsfreeze and mkfs.ext4")
class FrozenDisk(SystemTest):
    def mount(self):
        image, self.disk = self.bench.path("disk.img"), self.bench.path("disk")
        os.makedirs(self.disk)
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        for command in (["mkfs.ext4", "-q", image], ["mount", "-o", "loop", image, self.disk]):
            done = subprocess.run(command, capture_output=True)
            if done.returncode != 0:
                self.skipTest("NOT TESTED: a frozen disk; no ext4 can be mounted here: " + done.stderr.decode())
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.addCleanup(self.thaw)
        self.bench.ledger = os.path.join(self.disk, "ledger.db")

    def freeze(self):
        subprocess.run(["fsfreeze", "-f", self.disk], check=True)

    def thaw(self):
        subprocess.run(["fsfreeze", "-u", self.disk], check=False, capture_output=True)

    def test_a_stall_is_logged_and_the_watchdog_fed_until_it_is_over(self):
        bench = self.bench
        self.mount()
        bench.start_sandbox("--latency", "5ms")
        interval = 18.0 * SLOWER  # looked at three times in it; the idle intake takes a step every five seconds
        notified = Notified(bench.path("notify"))
        # Slow enough that there is work to do when the watchdog has been fed once.
        bench.write_config(rate=60000, account=["burst = 100"])
        bench.start_daemon(env=notified.env(WATCHDOG_USEC=str(int(interval * 1e6))))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20000)))
        wait_until(lambda: bench.stats()["booked"] > 100, 60 * SLOWER, "it is at work")
        wait_until(lambda: notified.fed, 60 * SLOWER, "the watchdog is fed")
        began = time.monotonic()
        self.freeze()
        wait_until(lambda: STALLED in bench.daemon.output(), 30 * SLOWER, lambda: "the stall is logged\n" + bench.story())
        self.assertLess(time.monotonic() - began, 6 * SLOWER, "within five seconds, and a moment to look")
        wait_until(lambda: any("STATUS=the disk does not answer" in m for m in notified.messages), 2 * SLOWER,
                   "the service manager shows it")
        time.sleep(1.5 * interval)
        self.assertLess(notified.longest_gap(began, time.monotonic()), interval, "fed all the time")
        self.assertTrue(bench.daemon.running())
        self.thaw()
        wait_until(lambda: OVER in bench.daemon.output(), 30 * SLOWER, lambda: "its end is logged\n" + bench.story())
        wait_until(lambda: notified.messages[-1].startswith("STATUS=delivering"), 3 * SLOWER, "and that it is over")
        bench.wait_final(20000, 240 * SLOWER)
        seen = sources_of(bench.booked())
        self.assertEqual((len(seen), len(set(seen))), (20000, 20000), "each is booked once")

    def test_three_ends_by_a_watchdog_during_stalls_hold_no_event(self):
        bench = self.bench
        self.mount()
        bench.start_sandbox("--latency", "2s")
        bench.write_config()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3)))
        for _ in range(3):
            bench.start_daemon()
            wait_until(lambda: bench.counts()["in_flight"] == 3, 60 * SLOWER, "all three are in flight")
            self.freeze()
            wait_until(lambda: STALLED in bench.daemon.output(), 30 * SLOWER, lambda: "the stall is logged\n" + bench.story())
            bench.daemon.signal(signal.SIGABRT)  # a watchdog that does not know of disks
            time.sleep(1)
            self.thaw()
            self.assertEqual(bench.daemon.wait(30 * SLOWER), -signal.SIGABRT)
        bench.start_daemon()
        counts = bench.wait_final(3, 60 * SLOWER)
        self.assertEqual((counts["delivered"], counts["held"]), (3, 0))


if __name__ == "__main__":
    main()
