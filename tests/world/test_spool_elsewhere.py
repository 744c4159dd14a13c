#!/usr/bin/env python3
# root: bare
"""A spool where the unit's sandbox does not let the service go: `check` and the journal name the line of the unit, and the
drop-in that they give is followed by the letter."""
import os
import re
import shutil

import machine
from machine import (VENDOR, configure, counts, event, here, is_active, journal, ndjson, run, user, wait_delivered,
                     wait_until, write)

DROP_IN = "/etc/systemd/system/setclickd.service.d/override.conf"  # what `systemctl edit` writes
HOMES = "/home"


class SpoolElsewhere(machine.Story):
    @classmethod
    def setUpClass(cls):
        machine.packages()
        machine.start_vendor()
        machine.install()
        user("deploy", "setclickd-drop")

    def move_to(self, spool, line):
        """The spool is moved to `spool`, for which `line` of the unit is in the way; the cure is done as it is given."""
        run("systemctl stop setclickd; systemctl reset-failed setclickd", code=None)
        shutil.rmtree(os.path.dirname(DROP_IN), ignore_errors=True)
        run("systemctl daemon-reload")
        # As docs/operator.md says.
        run(f"install -d -o setclickd -g setclickd {spool} && install -d -o setclickd -g setclickd-drop -m 3730 {spool}/incoming")
        configure(spool=f'dir = "{spool}"')

        checked = run("sudo setclickd check", code=78).text
        self.assertIn(spool, checked)
        self.assertIn(line, checked)
        since = here()
        self.assertNotEqual(run("systemctl start setclickd", code=None).code, 0)
        wait_until(lambda: line in journal(since), 10, lambda: journal(since))
        self.assertIn(spool, journal(since))

        given = re.search(r"`systemctl edit setclickd` with \[Service\] and (.*)", checked).group(1)
        write(DROP_IN, "[Service]\n" + given.replace(", ", "\n") + "\n")
        run("systemctl daemon-reload && systemctl reset-failed setclickd")
        run("sudo setclickd check")
        since = here()
        run("systemctl restart setclickd")
        self.assertNotIn("ProtectSystem=", journal(since))

    def delivers(self, spool, number):
        """A member of the group drops one; it arrives, and its file is filed where the spool is."""
        write("~deploy/orders.ndjson", ndjson([event(number)]))
        run("setclickd submit orders.ndjson", user="deploy")
        wait_delivered(number + 1)
        self.assertTrue(is_active())
        wait_until(lambda: len(os.listdir(f"{spool}/done")) > 0, 10, "it is filed")
        self.assertEqual(os.listdir(f"{spool}/incoming"), [])

    def test_1_below_srv(self):
        self.move_to("/srv/acme/spool", "ProtectSystem=")
        self.delivers("/srv/acme/spool", 0)

    def test_2_below_home(self):
        self.move_to(f"{HOMES}/acme/spool", "ProtectHome=")
        self.delivers(f"{HOMES}/acme/spool", 1)
        # And nothing else there is shown to the service.
        seen = run(f"nsenter -t {machine.main_pid()} -m ls {HOMES}").text.split()
        self.assertEqual(seen, ["acme"])

    def test_3_below_tmp(self):
        # In a /tmp of its own the service could make all it wants, and nobody else would see it.
        self.move_to("/tmp/acme/spool", "PrivateTmp=")
        self.delivers("/tmp/acme/spool", 2)


if __name__ == "__main__":
    machine.main()
