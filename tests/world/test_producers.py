#!/usr/bin/env python3
# root: producers
"""Producers that really run, set up as docs/producers.md says: OpenSSH's internal-sftp, a Samba share, rsync, rclone, cron.

Each delivers a file that takes it long to write, and stands still in the middle for longer than `spool.settle`: nothing may be
taken until it is whole, and then each event arrives once.
"""
import os
import re
import signal
import subprocess
import time

import machine
from machine import (DESK, SPOOL, booked, configure, counts, event, journal, ndjson, run, sources, user, wait_delivered,
                     wait_until, write)

RECIPES = "/tree/docs/producers.md"
INCOMING = f"{SPOOL}/incoming"
MANY = 3000  # about 700 KiB
STILL = 6  # seconds; spool.settle is 2 s


def recipe(title):
    """The blocks of a section: (language, text)."""
    with open(RECIPES, encoding="utf-8") as file:
        section = file.read().split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", section, re.M | re.S)


def follow(title, **words):
    """Runs its shell blocks, and puts the others where their first line, a comment, says. The client's block is returned."""
    client = None
    for language, text in recipe(title):
        for name, value in words.items():
            text = text.replace(name, value)
        if language == "sh":
            run(text)
        elif language == "client":
            client = text.strip()
        else:
            path = re.match(r"[#;] (/\S+)", text).group(1)
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o644)
    return client


class Producers(machine.Story):
    sent = 0

    @classmethod
    def setUpClass(cls):
        machine.packages()
        machine.start_vendor()
        machine.install()
        configure()
        run("systemctl start setclickd")

    def file_of(self, name, count=MANY, note=""):
        """A new file of that many events on the desk of the one who sends it; `note` makes them longer."""
        path = f"{DESK}/{name}"
        more = {"settings": {"email": "user@example.com", "note": note}} if note else {}
        write(path, ndjson(event(n, **more) for n in range(self.sent, self.sent + count)))
        type(self).sent += count
        return path

    def stands_still(self, command):
        """Runs it, stops it in the middle for a while, lets it end; nothing is taken until it has."""
        known = sum(counts().values())
        print(f"root$ {command}", flush=True)
        child = subprocess.Popen(["bash", "-c", command], cwd=DESK, start_new_session=True)
        wait_until(self.part_size, 20, "something is written")
        time.sleep(1)
        self.assertIsNone(child.poll(), "it was too quick to be stopped")
        os.killpg(child.pid, signal.SIGSTOP)
        size, end = self.part_size(), time.monotonic() + STILL
        while time.monotonic() < end:
            self.assertEqual(sum(counts().values()), known, "taken half written")
            self.assertEqual(os.listdir(f"{SPOOL}/work"), [])
            time.sleep(0.5)
        self.assertGreater(self.part_size(), 0)
        self.assertLess(size, os.path.getsize(f"{DESK}/{self.current}"))
        os.killpg(child.pid, signal.SIGCONT)
        self.assertEqual(child.wait(120), 0, "the client itself is content")

    def part_size(self):
        return sum(os.path.getsize(os.path.join(INCOMING, name)) for name in os.listdir(INCOMING))

    def arrived(self):
        wait_delivered(self.sent)
        self.assertEqual(sorted(booked()), sorted(sources(0, self.sent)), "each once")
        now = counts()
        self.assertEqual(now["rejected"] + now["duplicate"], 0, now)
        wait_until(lambda: os.listdir(INCOMING) == [], 10, lambda: str(os.listdir(INCOMING)))
        wait_until(lambda: os.path.exists(f"{SPOOL}/done/{self.current}.result.json"), 20,
                   lambda: str(os.listdir(f"{SPOOL}/done")))

    def producer(self, name, *groups):
        """A user who may log in with a key of root's."""
        user(name, *groups)
        if not os.path.exists("/etc/ssh/desk"):
            run("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/desk && mkdir -p ~/.ssh &&"
                " printf 'Host *\\n IdentityFile /etc/ssh/desk\\n StrictHostKeyChecking accept-new\\n' > ~/.ssh/config")

    def test_1_sftp_in_a_chroot(self):
        self.producer("crm")
        with open("/etc/ssh/desk.pub", encoding="ascii") as file:
            client = follow("SFTP", PUBLIC_KEY=file.read().strip())
        self.current = "sftp.ndjson"
        self.file_of(self.current)
        self.stands_still(client.replace("orders.ndjson", self.current).replace("sftp ", "sftp -l 1200 ", 1))
        self.arrived()
        # It sees nothing but the folder, and cannot list that.
        self.assertNotEqual(run("echo 'ls incoming' | sftp -b - crm@localhost", code=None).code, 0)
        self.assertNotEqual(run("ssh crm@localhost id", code=None).code, 0)
        self.assertEqual(run("echo 'ls -1 /' | sftp -q -b - crm@localhost").text.split()[-1], "/incoming")

    def test_2_rclone(self):
        client = follow("rclone")
        self.current = "rclone.ndjson"
        self.file_of(self.current)
        self.stands_still(client.replace("orders.ndjson", self.current).replace("rclone ", "rclone --bwlimit 150k ", 1))
        self.arrived()

    def test_3_rsync(self):
        self.producer("shop")
        run("install -d -m 700 -o shop -g shop ~shop/.ssh && install -m 600 -o shop -g shop /etc/ssh/desk.pub"
            " ~shop/.ssh/authorized_keys")
        client = follow("rsync")
        self.current = "rsync.ndjson"
        os.chmod(self.file_of(self.current), 0o600)  # rsync would take that along
        self.stands_still(client.replace("orders.ndjson", self.current).replace("rsync ", "rsync --bwlimit=150 ", 1))
        self.arrived()

    def test_4_samba(self):
        self.producer("till")
        client = follow("Samba", PASSWORD="s3cret")
        self.current = "samba.ndjson"
        # smbclient has no limit of its own, and writes megabytes at once: what it reads is large, and comes slowly.
        path = self.file_of(self.current, 700, "x" * 40_000)
        command = client.replace("orders.ndjson", f"- {self.current}").replace("PASSWORD", "s3cret")
        feed = f"(head -c 20000000 {path}; sleep 4; tail -c +20000001 {path}) | {command}"
        self.stands_still(feed)
        self.arrived()

    def test_5_cron(self):
        self.producer("nightly")
        follow("cron")
        self.current = "cron.ndjson"
        path = self.file_of(self.current, 3)
        run(f"mv {path} ~nightly/export/ && chown nightly ~nightly/export/*")
        run("sed -i 's/^30 2 /* * /' /etc/cron.d/setclickd-orders && systemctl reload-or-restart cron")
        wait_until(lambda: counts()["delivered"] == self.sent, 90, lambda: str(counts()), step=1)
        self.arrived()
        self.assertEqual(run("ls ~nightly/export").text.split(), ["sent"])

    def test_6_the_names_that_they_write_meanwhile_are_left_alone_in_silence(self):
        # One that is still empty under its own name is named; what they call it meanwhile is not.
        named = set(re.findall(r"^file left alone file=(\S+)", journal(), re.M))
        self.assertLessEqual(named, {f"{name}.ndjson" for name in ("sftp", "rclone", "rsync", "samba", "cron")})


if __name__ == "__main__":
    machine.main()
