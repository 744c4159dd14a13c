#!/usr/bin/env python3
# root: bare
"""Producers that write straight to the final name, as users of their own, into the packaged spool under its unit: eight kinds in
three formats, with and without notifications of the kernel. Days pass, with `done_files = "1d"`, and what was finished grows.

Every event arrives once. With SETCLICK_FULL=1 the pauses are 3, 10 and 60 s, over three days each way.
"""
import os
import pwd

import machine
from machine import SPOOL, booked, configure, counts, here, is_active, journal, ndjson, event, run, user, wait_until

from witness import Ledger

FULL = os.environ.get("SETCLICK_FULL") == "1"
INCOMING = f"{SPOOL}/incoming"
LEDGER = "/var/lib/setclickd/ledger.db"
PAUSES, DAYS, SETTLE = ((3, 10, 60), 3, "2s") if FULL else ((2,), 1, "500ms")
USERS = ("crm", "shop")


class WrittenInPlace(machine.Story):
    next_number = 0

    @classmethod
    def setUpClass(cls):
        machine.packages()
        machine.start_vendor()
        machine.install()
        for name in USERS:
            user(name, "setclickd-drop")

    def produce(self, name):
        """As that user; the daemon looks meanwhile."""
        text = run(f"umask 027 && python3 /tree/tests/system/writers.py {INCOMING} {self.next_number} {' '.join(map(str, PAUSES))}",
                   user=name).text
        type(self).next_number = int(text.split()[-1])

    def finished(self):
        """All of it is delivered once, and filed away."""
        wait_until(lambda: counts()["delivered"] == self.next_number, 120, lambda: f"{counts()}\n{journal()[-4000:]}", step=0.2)
        wait_until(lambda: not os.listdir(f"{SPOOL}/work") and not os.listdir(INCOMING), 60,
                   lambda: f"{os.listdir(INCOMING)}\n{journal()[-4000:]}", step=0.2)
        now = counts()
        self.assertEqual(now["rejected"] + now["duplicate"] + now["held"], 0, now)
        self.assertEqual(sorted(booked()), sorted(machine.sources(0, self.next_number)))
        self.assertEqual(os.listdir(f"{SPOOL}/rejected"), [])

    def filed(self):
        return sorted(name for name in os.listdir(f"{SPOOL}/done") if not name.startswith("results-") and
                      not name.endswith(".result.json"))

    def append(self, ending):
        """One more event behind the file that was finished last; its name. The older one is, the seldomer it is looked at."""
        name = max((name for name in self.filed() if name.endswith(ending)), key=lambda name: os.stat(f"{SPOOL}/done/{name}").st_ctime_ns)
        with open(f"{SPOOL}/done/{name}", "ab") as file:
            file.write(ndjson([event(self.next_number)]))
        type(self).next_number += 1
        return name

    def days(self, inotify):
        configure(spool=f'settle = "{SETTLE}"\nscan_every = "200ms"\ninotify = {inotify}', retention='done_files = "1d"')
        for day in range(DAYS):
            since = here()
            run("systemctl start setclickd")
            self.assertNotEqual(os.stat(f"/proc/{machine.main_pid()}").st_uid, 0)
            self.produce(USERS[day % len(USERS)])
            self.finished()
            wait_until(lambda: len(self.filed()) >= 8, 20, lambda: str(self.filed()))
            # After it was done, while the daemon looks; and between then and the end of its time, while it is down.
            for ending in (".ndjson", ".json"):
                name = self.append(ending)
                wait_until(lambda name=name: "a file grew in done/ after it was finished" in journal(since) and
                           name in journal(since).split("a file grew in done/", 1)[1], 90, lambda: journal(since)[-3000:], step=0.5)
                self.finished()
            self.assertTrue(is_active())
            run("systemctl stop setclickd")
            self.append(".ndjson")
            Ledger(LEDGER).let_days_pass(2)
            ours = pwd.getpwnam("setclickd")
            for name in os.listdir(os.path.dirname(LEDGER)):
                at = os.stat(os.path.join(os.path.dirname(LEDGER), name))
                self.assertEqual((at.st_uid, name), (ours.pw_uid, name))
        run("systemctl start setclickd")
        self.finished()
        wait_until(lambda: len(self.filed()) < 8, 60, lambda: f"what is past its time goes: {self.filed()}", step=0.5)
        run("systemctl stop setclickd")

    def test_1_with_notifications(self):
        self.days("true")

    def test_2_without(self):
        self.days("false")


if __name__ == "__main__":
    machine.main()
