#!/usr/bin/env python3
# root: bare
"""An upgrade while 10,000 events wait and the token is a systemd credential: the service goes on with the new program, and
everything arrives once. The old package is old/setclickd_*.deb beside the packages where there is one (SETCLICK_OLD_PACKAGE of
`./dev test world upgrade`), else this very package under a lower version."""
import glob
import os
import re
import sqlite3

import machine
from machine import (ACCOUNT, CONFIGURATION, PACKAGES, SPOOL, TOKEN, booked, counts, drop, event, faults, is_active, main_pid,
                     ndjson, run, sources, wait_delivered, wait_until, write)

MANY = 10_000


def old_package():
    given = glob.glob("/world/package/old/setclickd_*.deb")
    if given:
        return given[0]
    run(f"dpkg-deb -R {PACKAGES}/setclickd_*_amd64.deb /srv/old && sed -i 's/^Version: .*/Version: 0.0.1/' /srv/old/DEBIAN/control"
        " && dpkg-deb -b /srv/old /srv/old.deb")
    return "/srv/old.deb"


class Upgrade(machine.Story):
    def test_1_nothing_is_lost(self):
        machine.packages()
        machine.start_vendor()
        run(f"apt-get -y -qq install {old_package()}")
        self.assertFalse(is_active(), "not before it is configured")
        write(CONFIGURATION, f'[[account]]\nid = "{ACCOUNT}"\ntoken_file = "credential:seal-token"\nrate_per_minute = 0\n')
        write("/etc/setclickd/token", TOKEN + "\n", 0o600)
        # As a package of before share_rejected has left it.
        run(f"chown setclickd:setclickd {SPOOL}/rejected && chmod 0750 {SPOOL}/rejected")
        faults(latency="300ms")  # so that they wait
        run("systemctl enable --now setclickd")
        drop("waits.ndjson", ndjson(event(n) for n in range(MANY)))
        wait_until(lambda: counts()["waiting"] > MANY * 8 // 10, 60, lambda: str(counts()))
        pid = main_pid()
        run(f"apt-get -y -qq install --allow-downgrades {PACKAGES}/setclickd_*_amd64.deb")
        wait_until(lambda: is_active() and main_pid() not in (0, pid), 60, "the service goes on", step=0.3)
        self.assertEqual(run(f"stat -c '%a %U:%G' {SPOOL}/rejected").text.strip(), "710 setclickd:setclickd-drop")
        now = counts()
        self.assertGreater(now["waiting"], 0, "the upgrade came in the middle")
        with open(CONFIGURATION, encoding="utf-8") as file:
            self.assertIn("credential:seal-token", file.read())
        drop("after.ndjson", ndjson([event(MANY)]))
        faults()
        wait_delivered(MANY + 1, 240)
        self.assertEqual(sorted(booked()), sorted(sources(0, MANY + 1)), "each once: the old one drained before it ended")
        self.assertIn("enabled", run("systemctl is-enabled setclickd").text)

    def test_2_an_older_program_refuses_a_newer_ledger(self):
        run("systemctl stop setclickd")
        ledger = sqlite3.connect("/var/lib/setclickd/ledger.db")
        version = ledger.execute("PRAGMA user_version").fetchone()[0]
        ledger.execute(f"PRAGMA user_version = {version + 1}")
        ledger.execute("VACUUM")  # without checksums, for the one of the first page is not the changed page's
        ledger.close()
        done = run("systemctl start setclickd", code=None)
        self.assertNotEqual(done.code, 0)
        wait_until(lambda: re.search(r"newer", machine.journal()[-2000:]), 10, machine.journal)
        self.assertEqual(machine.property_of_unit("ExecMainStatus"), "78")


if __name__ == "__main__":
    machine.main()
