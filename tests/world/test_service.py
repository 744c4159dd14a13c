#!/usr/bin/env python3
# root: bare
"""The unit at work: a daemon that hangs, one that is stopped under load, a start without a network and on a read-only /etc."""
import base64
import glob
import json
import os
import re
import signal
import urllib.error
import urllib.request

import machine
from machine import (VENDOR, booked, configure, counts, drop, event, faults, here, is_active, journal, main_pid, ndjson,
                     property_of_unit, run, sources, user, wait_delivered, wait_until)

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
        # Each field of a line is one of the journal's.
        for field, words in (("SETCLICKD_EVENT=ready", "setclickd is ready"), ("SETCLICKD_FILE=hangs.ndjson", "file read")):
            self.assertIn(words, run(f"journalctl --no-pager -o cat -u setclickd {field}").text)
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

    def test_2_then_a_trouble_makes_one_mail_that_names_the_cure(self):
        examples, units = "/usr/share/doc/setclickd/examples", "/etc/systemd/system"
        os.makedirs("/srv/mail")
        # A mail goes into a file; the first one cannot be handed over.
        machine.write("/usr/sbin/sendmail", "#!/bin/sh\n"
                      "[ -e /srv/mail/tried ] || { touch /srv/mail/tried; exit 75; }\n"
                      'cat >"/srv/mail/$(date +%s.%N).eml"\n', 0o755)
        run(f"cp {examples}/setclickd-health.* {examples}/setclickd-mail@.service {units}/")
        run(f"sed -i 's/--for 3m/--for 4s/; /^RestrictAddressFamilies/i StartLimitBurst=100' {units}/setclickd-health.service"
            f" && sed -i 's/^OnCalendar=.*/OnCalendar=*:*:0\\/3/; s/^AccuracySec=.*/AccuracySec=100ms/' {units}/setclickd-health.timer"
            f" && sed -i 's/^RestartSec=.*/RestartSec=1/' {units}/setclickd-mail@.service"
            " && systemctl daemon-reload && systemctl enable --now setclickd-health.timer")

        def looks():
            done = run("journalctl --quiet --no-pager -o cat -t setclickd-health", code=None).text
            return len(re.findall(r"(?m)^(well|unwell|known|early)", done))

        def looked_again(times):
            before = looks()
            wait_until(lambda: looks() >= before + times, 60, "the timer goes on", step=1)

        def mails():
            return sorted(glob.glob("/srv/mail/*.eml"))
        looked_again(2)
        self.assertEqual(mails(), [], "all is well")
        faults(status=403)
        drop("parked.ndjson", ndjson([event(9 * MANY)]))
        wait_until(mails, 60, lambda: run("journalctl --no-pager -n 60", code=None).text, step=1)
        with open(mails()[0], encoding="utf-8") as file:
            mail = file.read()
        print(mail, flush=True)
        header, text = mail.split("\n\n", 1)
        self.assertIn("To: root\n", header)
        self.assertIn(f"Subject: [debian] setclickd-health.service: unwell: account {machine.ACCOUNT} is parked: forbidden", header)
        self.assertRegex(text, rf"(?m)^unwell: account {machine.ACCOUNT} is parked: forbidden; cure: .*setclickd resume {machine.ACCOUNT}$")
        # One for the occurrence, however often it is looked; the daemon that is started anew meanwhile is none.
        run("systemctl restart setclickd")
        looked_again(4)
        self.assertEqual(len(mails()), 1)
        faults()
        run(f"setclickd resume {machine.ACCOUNT}")
        wait_delivered(2 * MANY + 1)
        looked_again(2)
        self.assertEqual(len(mails()), 1)
        run("systemctl disable --now setclickd-health.timer")

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

    def test_4_what_it_serves_from_within_the_unit(self):
        run("systemctl restart setclickd")
        with urllib.request.urlopen("http://localhost:9464/readyz", timeout=10) as answer:
            self.assertEqual(answer.read(), b"ready\n")
        with self.assertRaisesRegex(urllib.error.HTTPError, "403"):
            urllib.request.urlopen("http://localhost:9464/status.json", timeout=10)
        # Followed by the letter.
        run("sudo setclickd web-password && sudo systemctl reload setclickd")
        with open("/etc/setclickd/web-password", encoding="ascii") as file:
            key = base64.b64encode(b"me:" + file.read().strip().encode()).decode()
        asked = urllib.request.Request("http://localhost:9464/status.json", headers={"Authorization": f"Basic {key}"})

        def status():
            try:
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError:
                return None
        self.assertEqual(wait_until(status, 10, "the password is taken")["accounts"][0]["id"], machine.ACCOUNT)
        # The socket, in a folder that the unit makes, for members of the group only.
        run("sed -i 's|^\\[metrics\\]|[metrics]\\nlisten = \"unix:/run/setclickd/web.sock\"|; /^password_file/d'"
            f" {machine.CONFIGURATION} && systemctl reload setclickd")
        user("viewer", "setclickd")
        user("stranger")
        ask = ("python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/run/setclickd/web.sock\");"
               " s.sendall(b\"GET /status.json HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n\"); print(s.recv(15))'")
        wait_until(lambda: os.path.exists("/run/setclickd/web.sock"), 10, "the socket")
        self.assertIn("200", run(ask, user="viewer").text)
        self.assertIn("PermissionError", run(ask, user="stranger", code=None).text)
        self.assertEqual(oct(os.stat("/run/setclickd/web.sock").st_mode)[-3:], "660")

    def test_5_the_units_exposure(self):
        done = run("systemd-analyze security --no-pager setclickd.service | tail -n 1").text
        self.assertLessEqual(float(done.split("setclickd.service:")[1].split()[0]), 1.3, done)


if __name__ == "__main__":
    machine.main()
