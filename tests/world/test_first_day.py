#!/usr/bin/env python3
# root: bare
"""The first day, typed as the README says: from a bare Debian 12 and the two packages to a delivered file, a wrong token,
producers, a reload with a mistake, and away again."""
import os
import re
import unittest

import machine
from machine import (ACCOUNT, CONFIGURATION, DESK, SPOOL, TOKEN, booked, counts, dialogue, event, here, journal, main_pid,
                     ndjson, run, sources, user, wait_delivered, wait_until, write)

README = "/tree/README.md"


def install_section():
    """The commands of the README's section on installing, without what builds the packages."""
    with open(README, encoding="utf-8") as file:
        section = file.read().split("## Install and configure", 1)[1].split("\n## ", 1)[0]
    lines = [line[4:].split("  #")[0].strip() for line in section.splitlines() if line.startswith("    ")]
    return [line for line in lines if line not in ("", "./dev package")]


def everything():
    """Every path outside the kernel's file systems, and those who own something."""
    found = set()
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [f for f in folders if f not in ("proc", "sys", "dev", "run", "tmp", "tree", "world", "root")]
        found.update(os.path.join(folder, name) for name in folders + files)
    for path in ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"):
        with open(path, encoding="utf-8") as file:
            found.update(f"{path}: {line.split(':')[0]}" for line in file)
    return found


class FirstDay(machine.Story):
    before = set()

    @classmethod
    def setUpClass(cls):
        machine.packages()
        machine.start_vendor()
        # What the package needs comes from Debian, and stays: it is no trace of this one.
        run("apt-get -y -qq install $(dpkg-deb -f build/package/setclickd_*_amd64.deb Depends |"
            " sed 's/([^)]*)//g; s/,/ /g')")
        cls.before = everything()
        write(f"{DESK}/orders.ndjson", ndjson(event(n) for n in range(3)))

    def test_1_from_nothing_to_a_delivered_file(self):
        commands = install_section()
        self.assertLessEqual(len(commands) + 1, 6, "with ./dev package")
        self.assertEqual([c for c in commands if "setup" in c], ["sudo setclickd setup"])
        for command in commands:
            if "setup" in command:
                done = dialogue(command, [("(it is not shown)", f"Bearer {TOKEN}"), ("[Y/n]", "y")])
                self.assertIn(f"which is taken: {ACCOUNT} (Shop)", done.text)
                self.assertNotIn(TOKEN, done.text)
                self.assertEqual(done.code, 0)
            else:
                run(command.replace("apt install", "apt install -y"))
        wait_delivered(3)
        self.assertEqual(sorted(booked()), sources(0, 3))
        self.assertIn("3 delivered", run("sudo setclickd status").text)
        self.assertIn("enabled", run("systemctl is-enabled setclickd").text)
        run("setclickd health")

    def test_2_wrong_token_and_its_cure_by_the_letter(self):
        run("sudo setclickd token", stdin="eyJ0eXAiOiJKV1QifQ.wrong.wrong\n")
        write(f"{DESK}/second.ndjson", ndjson(event(n) for n in range(3, 5)))
        run("setclickd submit second.ndjson")

        def cure():
            return re.search(r"^ *cure: (.*)$", run("sudo setclickd status").text, re.M)
        said = wait_until(cure, 30, "status names a cure", step=1).group(1)
        self.assertIn("parked", run("sudo setclickd status").text)
        self.assertIn("cure=", journal())
        command = re.search(r"\b(?:sudo )?setclickd token(?: [0-9a-f]{24})?", said)
        self.assertTrue(command, said)
        run(command.group(0), stdin=TOKEN + "\n")
        wait_delivered(5, 60)
        self.assertEqual(sorted(booked()), sources(0, 5))

    def test_3_producers(self):
        user("deploy", "setclickd-drop")
        user("eve")
        write("~deploy/orders.ndjson", ndjson([event(5)]))
        run("setclickd submit orders.ndjson", user="deploy")
        wait_delivered(6)
        write("~eve/orders.ndjson", ndjson([event(6)]))
        told = run("setclickd submit orders.ndjson", user="eve", code=None)
        self.assertNotEqual(told.code, 0)
        self.assertIn("adduser eve setclickd-drop", told.text)
        # Followed by the letter.
        run(re.search(r"adduser eve setclickd-drop", told.text).group(0))
        run("setclickd submit orders.ndjson", user="eve")
        wait_delivered(7)
        # They may not look at what others dropped.
        self.assertNotEqual(run(f"ls {SPOOL}/incoming", user="deploy", code=None).code, 0)
        self.assertNotEqual(run(f"cat {SPOOL}/done/*", user="deploy", code=None).code, 0)

    def test_3b_what_was_refused_comes_back_to_who_dropped_it_and_to_nobody_else(self):
        self.assertEqual(run(f"stat -c '%a %U:%G' {SPOOL}/rejected").text.strip(), "710 setclickd:setclickd-drop")
        back = f"{SPOOL}/rejected/mend.ndjson"
        # One event that was delivered before, and one to mend.
        write("~deploy/mend.ndjson", ndjson([event(5)]) + ndjson([event(90)]).replace(b"click_time", b"clicktime"))
        run("setclickd submit --partial mend.ndjson", user="deploy", code=3)
        wait_until(lambda: os.path.exists(back), 20, journal)
        listed = wait_until(lambda: run("setclickd rejected", user="deploy").text.strip(), 20, "it is listed")
        self.assertIn(back, listed)
        mended = run(f"cat {back}", user="deploy").text
        self.assertIn("#! line 2:", mended)
        # eve is a member, too.
        self.assertIn("setclickd-drop", run("id", user="eve").text)
        self.assertNotEqual(run(f"cat {back}", user="eve", code=None).code, 0)
        self.assertNotEqual(run(f"ls {SPOOL}/rejected", user="eve", code=None).code, 0)
        self.assertNotEqual(run(f"ls {SPOOL}/rejected", user="deploy", code=None).code, 0)
        told = run("setclickd rejected", user="eve").text
        self.assertNotIn("mend", told)
        self.assertIn("nothing lies in rejected/", told)
        self.assertNotEqual(run(f"cat {SPOOL}/rejected/.uid-$(id -u deploy).names", user="eve", code=None).code, 0)
        user("guest")
        self.assertIn("setclickd-drop", run("setclickd rejected", user="guest", code=1).text)
        # Also after a start, and root sees all.
        run("systemctl restart setclickd")
        self.assertIn(back, run("setclickd rejected", user="deploy").text)
        self.assertIn(back, run("sudo setclickd rejected").text)
        self.assertNotIn("refused_not_given_back", journal())
        run(f"rm {back}; deluser --quiet --remove-home guest")

    def test_4_reload_with_a_mistake(self):
        with open(CONFIGURATION, encoding="utf-8") as file:
            good = file.read()
        lines = good.count("\n")
        write(CONFIGURATION, good + "rate_per_minite = 30\n")
        pid, since = main_pid(), here()
        self.assertNotEqual(run("systemctl reload setclickd", code=None).code, 0)
        wait_until(lambda: f"setclickd.toml:{lines + 1}" in journal(since), 10, lambda: journal(since))
        self.assertEqual(main_pid(), pid)
        write(f"{DESK}/third.ndjson", ndjson([event(7)]))
        run("setclickd submit third.ndjson", code=None)  # it reads the same file
        write(CONFIGURATION, good)
        run("systemctl reload setclickd")
        run("setclickd submit third.ndjson", code=None)
        wait_delivered(8)

    def left(self):
        """What is there and was not before the package, but for what Debian itself keeps of packages and users."""
        return sorted(path for path in everything() - self.before
                      if not re.match(r"/var/(log|cache|lib/dpkg|lib/apt|backups|lib/systemd/deb-systemd-helper)"
                                      r"|/home|/srv/desk|/var/mail|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$", path))

    def test_5_remove_keeps_and_purge_leaves_nothing(self):
        # What `systemctl edit setclickd` makes.
        write("/etc/systemd/system/setclickd.service.d/override.conf", "[Service]\nReadWritePaths=/srv\n")
        run("systemctl daemon-reload && sudo systemctl restart setclickd")
        run("sudo apt-get -y -qq remove setclickd")
        run("deluser --quiet --remove-home deploy; deluser --quiet --remove-home eve", code=None)
        kept = (r"/etc/setclickd|/var/lib/setclickd|/var/spool/setclickd|/etc/systemd/system/setclickd\.service\.d"
                r"|/etc/(passwd|group|shadow|gshadow): setclickd(-drop)?$")
        self.assertEqual([path for path in self.left() if not re.match(kept, path)], [], "of the program itself nothing")
        for path in (CONFIGURATION, "/etc/setclickd/token", "/var/lib/setclickd/ledger.db", f"{SPOOL}/done"):
            self.assertTrue(os.path.exists(path), path)
        self.assertFalse(os.path.exists("/usr/bin/setclickd"))
        self.assertNotEqual(run("systemctl is-active setclickd", code=None).code, 0)
        # Installed again it goes on where it was.
        run("sudo apt-get -y -qq install ./build/package/setclickd_*_amd64.deb")
        run("sudo systemctl enable --now setclickd")
        self.assertEqual(counts()["delivered"], 8)
        run("sudo apt-get -y -qq purge setclickd")
        self.assertEqual(self.left(), [])
        named = run("find / -xdev \\( -path /srv/desk -o -path /tree -o -path /world -o -path /proc -o -path /var/log \\) -prune"
                    " -o -name '*setclickd*' -print").text
        self.assertEqual(named, "")


if __name__ == "__main__":
    machine.main()
