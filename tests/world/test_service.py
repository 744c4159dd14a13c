#!/usr/bin/env python3
# root: bare
"""The unit at work: a daemon that hangs, one that is stopped under load, a start without a network and on a read-only /etc."""
import json
import os
import signal

import machine
from machine import (VENDOR, booked, configure, counts, drop, event, faults, here, is_active, journal, main_pid, ndjson,
                     property_of_unit, run, sources, wait_delivered, wait_until)

MANY = 2000


class Service(machine.Story):
    @classmethod
    def setUpClass(cls):
        machine.packages()
        machine.start_vendor()
        machine.install()
        configure(delivery="connections = 4")
        run("systemctl start setclickd")

    def test_1_a_daemon_that_hangs_is_started_again_and_nothing_is_lost(self):
        faults(latency="20ms")
        drop("hangs.ndjson", ndjson(event(n) for n in range(MANY)))
        wait_until(lambda: counts()["delivered"] > 50, 30, "some are delivered")
        pid, since = main_pid(), here()
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: main_pid() not in (0, pid) and is_active(), 90, "the watchdog starts it again", step=0.5)
        faults()
        wait_delivered(MANY, 120)
        self.assertIn("fault of its own", journal(since))
        self.assertEqual(set(sources(0, MANY)) - set(booked()), set())
        # What was in flight may have been booked twice: that much, and counted where a person looks.
        in_doubt = json.loads(run("setclickd status --json").text)["in_doubt_ever"]
        self.assertGreater(in_doubt, 0)
        self.assertLessEqual(len(booked()) - MANY, in_doubt)

    def test_2_stop_under_load_drains(self):
        faults(latency="200ms")
        before = len(booked())
        drop("load.ndjson", ndjson(event(n) for n in range(MANY, 2 * MANY)))
        wait_until(lambda: len(booked()) > before + 50, 30, "some are delivered")
        since = here()
        run("systemctl stop setclickd")
        self.assertEqual(property_of_unit("Result"), "success")
        waiting = counts()
        self.assertEqual(waiting["in_flight"], 0, waiting)
        self.assertGreater(waiting["waiting"], 0, "there was load")
        self.assertEqual(waiting["delivered"] + waiting["waiting"] + waiting["deferred"], 2 * MANY, waiting)
        self.assertNotIn("in doubt", journal(since))
        done = booked()[before:]
        self.assertEqual(len(done), len(set(done)), "none twice")
        self.assertEqual(waiting["delivered"] - MANY, len(done), "each that was booked has its receipt")
        faults()
        run("systemctl start setclickd")
        wait_delivered(2 * MANY, 120)
        self.assertEqual(sorted(set(booked()[before:])), sorted(sources(MANY, 2 * MANY)))
        self.assertEqual(len(booked()[before:]), MANY)

    def test_3_without_the_vendor_and_on_a_read_only_etc(self):
        run("systemctl stop setclickd sealmetrics")
        run(f"sed -i '/{VENDOR}/d' /etc/hosts && mount --bind /etc /etc && mount -o remount,bind,ro /etc")
        try:
            run("systemctl start setclickd")
            drop("dark.ndjson", ndjson([event(2 * MANY)]))
            wait_until(lambda: counts()["waiting"] + counts()["deferred"] == 1, 20, lambda: str(counts()))
            self.assertTrue(is_active())
            wait_until(lambda: VENDOR in run("setclickd status").text, 30, "status names what cannot be found", step=1)
        finally:
            run("systemctl stop setclickd; umount /etc")

    def test_4_the_units_exposure(self):
        done = run("systemd-analyze security --no-pager setclickd.service | tail -n 1").text
        self.assertLessEqual(float(done.split("setclickd.service:")[1].split()[0]), 1.3, done)


if __name__ == "__main__":
    machine.main()
