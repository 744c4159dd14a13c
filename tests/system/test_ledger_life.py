#!/usr/bin/env python3
"""The life of the ledger's files: brought back wrongly, met by a second daemon, taken away under a running one.

A start, `check` and `ledger adopt` look before anything is written: what does not belong together is refused with the file
and the step that helps, and stays as it was, byte for byte.
"""
import hashlib
import json
import os
import random
import shutil
import subprocess

from case import SLOWER, SystemTest, main, size, sources_of
from harness import ACCOUNT, event, ndjson, tail, wait_until
from stalls import now_us
from witness import Ledger

FILES = ("ledger.db", "ledger.db-wal", "ledger.db.mark")
FRAMES = 60  # of the log, that hold commits which are nowhere else


def live_bytes(log):
    """How much of a log counts: when it begins anew, what is behind is of before and means nothing (sqlite.org/fileformat2)."""
    with open(log, "rb") as file:
        head = file.read(32)
        if len(head) < 32:
            return 0
        page, salts, live = int.from_bytes(head[8:12], "big"), head[16:24], 32
        while len(frame := file.read(24 + page)) == 24 + page and frame[8:16] == salts:
            live += len(frame)
    return live


class WrongWays(SystemTest):
    """Made once: `then` and `now`, as kill -9 leaves a ledger, a backup of then, and `other`, a ledger of another spool."""

    def keep(self, name):
        folder = self.bench.path(name)
        os.makedirs(folder)
        for file in FILES:
            if os.path.exists(self.bench.path(file)):
                shutil.copy2(self.bench.path(file), os.path.join(folder, file))

    def deliver(self, first, count):
        self.bench.drop(f"{first}.ndjson", ndjson(event(first + n) for n in range(count)))
        self.bench.wait_final(first + count)
        wait_until(lambda: not self.bench.files("work"), 20 * SLOWER, "the file is finished")

    def make_history(self):
        bench = self.bench
        self.start("--latency", "1ms")
        bench.daemon.kill()
        self.keep("other")
        for file in (*FILES, "ledger.db-shm", "ledger.db.lock"):
            os.remove(bench.path(file))
        shutil.rmtree(bench.spool)
        bench.start_daemon()
        self.deliver(0, 300)
        self.keep("then")
        bench.run_command("ledger", "backup", bench.path("backup.db"))
        # So much that the log begins anew, and the main file moves on.
        for n in range(6):
            self.deliver(300 + 3000 * n, 3000)
        # It may have begun anew just now: then there is nothing in it that can be lost.
        first = 300 + 6 * 3000
        while live_bytes(bench.ledger + "-wal") < FRAMES * 4096:
            self.deliver(first, 20)
            first += 20
        self.delivered = first
        bench.daemon.kill()
        self.keep("now")

    # --- what lies in the place ---

    def clear(self):
        for name in os.listdir(self.bench.folder):
            if name.startswith("ledger.db"):
                os.remove(self.bench.path(name))

    def take(self, source, *suffixes):
        for suffix in suffixes or ("", "-wal", ".mark"):
            shutil.copy2(os.path.join(self.bench.path(source), "ledger.db" + suffix), self.bench.ledger + suffix)

    def backup(self):
        shutil.copy2(self.bench.path("backup.db"), self.bench.ledger)

    def write(self, suffix, content):
        with open(self.bench.ledger + suffix, "wb") as file:
            file.write(content)

    def cut(self, suffix, size):
        os.truncate(self.bench.ledger + suffix, int(size(os.path.getsize(self.bench.ledger + suffix))))

    def flip(self, suffix, at):
        with open(self.bench.ledger + suffix, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 0x10]))

    def contents(self):
        """Of what a start must leave alone. The log's index is made of the log; a lock file means nothing; who opens a
        ledger makes an empty log."""
        found = {}
        for folder, _, names in os.walk(self.bench.folder):
            if not folder.startswith((self.bench.spool,)) and folder != self.bench.folder:
                continue
            for name in names:
                path = os.path.join(folder, name)
                ours = folder.startswith(self.bench.spool) or name.startswith("ledger.db")
                if not ours or name.endswith(("-shm", ".lock", ".log")) or (name.endswith("-wal") and not os.path.getsize(path)):
                    continue
                with open(path, "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
        return found

    def test_no_way_of_bringing_it_back_wrongly_overwrites_anything_and_each_is_named(self):
        self.make_history()
        bench = self.bench
        booked = len(bench.booked())
        db, log, mark, journal = (bench.ledger + s for s in ("", "-wal", ".mark", "-journal"))
        move, adopt = f"Move {log} and {db}-shm", "ledger adopt"
        # (what was done, the files, what the message names; whether `ledger adopt` is right then)
        ways = [
            ("an empty file beside its log", lambda: (self.take("now"), self.write("", b"")), (db, log, move), False),
            ("no file beside its log", lambda: self.take("now", "-wal", ".mark"), (db, log, "put the ledger back"), False),
            ("a log and nothing else", lambda: self.take("now", "-wal"), (db, log), False),
            ("an empty file alone", lambda: (self.take("now", ".mark"), self.write("", b"")), (db, mark, adopt), False),
            ("a backup over the live one", lambda: (self.take("now"), self.backup()), (db, log, move), False),
            ("a backup beside the log", lambda: (self.take("now", "-wal"), self.backup()), (db, log, move), False),
            ("a backup with our mark", lambda: (self.take("now", ".mark"), self.backup()), (db, adopt), True),
            ("a backup alone", self.backup, (db, adopt), True),
            ("restored twice", lambda: (self.take("then"), self.backup(), self.backup()), (db, log, move), False),
            ("an older file beside the newer log", lambda: (self.take("now"), self.take("then", "")), (db, log, move), False),
            ("an older log beside the newer file", lambda: (self.take("now"), self.take("then", "-wal")), (db, log, move), False),
            ("all older but the mark", lambda: (self.take("then"), self.take("now", ".mark")), (db,), False),
            ("an older file without a log", lambda: (self.take("then", ""), self.take("now", ".mark")), (db, adopt), True),
            ("copied without its log", lambda: self.take("now", "", ".mark"), (db, log, mark, adopt), True),
            ("with an empty log", lambda: (self.take("now"), self.write("-wal", b"")), (db, log, mark, adopt), True),
            ("with half its log", lambda: (self.take("now"), self.cut("-wal", lambda _: live_bytes(log) / 3)), (db, log, mark, adopt), True),
            ("with a damaged log", lambda: (self.take("now"), self.flip("-wal", live_bytes(log) // 4)), (db, log, mark, adopt), True),
            ("a foreign ledger", lambda: self.take("other"), (db, "belongs to", adopt), True),
            ("a foreign file beside our log", lambda: (self.take("now"), self.take("other", "")), (db, log, move), False),
            ("a foreign ledger with our mark", lambda: (self.take("other"), self.take("now", ".mark")), (db, log, move), False),
            ("a foreign log", lambda: (self.take("now"), self.take("other", "-wal")), (db, log, move), False),
            ("a foreign log without a mark", lambda: (self.take("now", ""), self.take("other", "-wal")), (db, log, move), False),
            ("only the first page", lambda: (self.take("now"), self.cut("", lambda n: 4096)), (db, log, "is cut off"), False),
            ("half its head", lambda: (self.take("now"), self.cut("", lambda n: 50)), (db, log, move), False),
            ("half copied", lambda: (self.take("now"), self.cut("", lambda n: n // 2)), (db, log, "is cut off"), False),
            ("half copied, without its log", lambda: (self.take("now", "", ".mark"), self.cut("", lambda n: n // 2)), (db,), False),
            ("another host's, with its index", lambda: (self.take("other"), self.write("-shm", b"\1" * 32768)), (db, "belongs to", adopt), True),
            ("something else", lambda: (self.take("now"), self.write("", b"x" * 9000)), (db, log, move), False),
            ("an old journal", lambda: (self.take("now"), self.write("-journal", b"journal")), (db, journal, f"Move {journal}"), False),
        ]
        self.assertGreaterEqual(len(ways), 20)
        for name, bring, says, may_adopt in ways:
            with self.subTest(name):
                self.clear()
                bring()
                before = self.contents()
                for _ in range(2):
                    daemon = bench.start_daemon(ready=False)
                    self.assertEqual(daemon.wait(20 * SLOWER), 74, tail(bench.daemon_log))
                    self.assertNotIn("is ready", daemon.output())
                    for words in says:
                        self.assertIn(words, daemon.output())
                for command in (("check",), ("ledger", "check"), ("status",), ("list",)):
                    bench.run_command(*command, check=False)
                if not may_adopt:
                    adopted = bench.run_command("ledger", "adopt", "--yes", check=False)
                    self.assertNotEqual(adopted.returncode, 0, adopted.stdout.decode())
                    self.assertIn(bench.ledger, adopted.stderr.decode())
                if move in says:  # what lies beside the ledger is found before a start, too
                    checked = bench.run_command("check", check=False)
                    self.assertEqual(checked.returncode, 78)
                    self.assertIn(move, checked.stdout.decode())
                after = self.contents()
                self.assertEqual({p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}, set(), "was written")
        self.assertEqual(len(bench.booked()), booked, "nothing went out")
        # And the right ways: what the kill left; a backup with the log moved away, as the message said.
        self.clear()
        self.take("now")
        bench.start_daemon()
        self.assertEqual(bench.counts()["delivered"], self.delivered)
        bench.run_command("ledger", "check")
        bench.daemon.kill()
        self.clear()
        self.take("now", "", ".mark")
        self.backup()
        bench.run_command("ledger", "adopt", "--yes")
        bench.start_daemon()
        bench.run_command("ledger", "check")
        self.assert_stops()
        # The same backup once more, over what came of it: again nobody works with it before it is adopted.
        self.backup()
        daemon = bench.start_daemon(ready=False)
        self.assertEqual(daemon.wait(20 * SLOWER), 74, tail(bench.daemon_log))
        for words in (db, "is a copy", adopt):
            self.assertIn(words, daemon.output())
        bench.run_command("ledger", "adopt", "--yes")
        bench.start_daemon()
        bench.run_command("ledger", "check")
        self.assert_stops()
        self.assertEqual(len(bench.booked()), booked, "nothing went out")


class InUse(SystemTest):
    def backlog(self):
        """20 events wait behind a slow rate."""
        bench = self.bench
        self.start("--latency", "2ms", rate=60)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        wait_until(lambda: bench.counts()["delivered"] >= 1, 20 * SLOWER, "some are delivered")
        return bench

    def test_second_start_without_lock_files_leaves_a_live_ledger_alone(self):
        bench = self.backlog()
        for lock in (bench.ledger + ".lock", os.path.join(bench.spool, ".lock")):
            os.remove(lock)
        for command in (["run"], ["ledger", "adopt", "--yes"]):
            for _ in range(2):
                second = subprocess.run(bench.command(*command), capture_output=True, timeout=30)
                said = second.stdout.decode() + second.stderr.decode()
                self.assertEqual(second.returncode, 75, said)
                self.assertIn(f"pid {bench.daemon.pid}", said)
                for lock in (bench.ledger + ".lock", os.path.join(bench.spool, ".lock")):
                    os.remove(lock)
        bench.wait_final(20)
        self.assertEqual(len(bench.booked()), 20)
        self.assertEqual(bench.counts()["in_doubt_ever" if "in_doubt_ever" in bench.counts() else "in_doubt"], 0)
        bench.run_command("ledger", "check")
        listed = bench.run_command("list", "--state", "delivered", "--json").stdout.decode().splitlines()
        self.assertEqual(len(listed), 20)
        self.assert_stops()

    def test_a_ledger_taken_away_under_the_daemon_ends_it_with_74_and_what_was_in_it_is_saved(self):
        bench = self.backlog()
        begin = now_us()
        os.remove(bench.ledger)
        asked = bench.run_command("status", "--json", check=False)
        self.assertEqual(asked.returncode, 74)
        self.assertIn(f"its ledger {bench.ledger} is gone", asked.stderr.decode())
        self.assertEqual(bench.daemon.wait(60 * SLOWER), 74)
        self.assert_within(30 * SLOWER, begin)
        saved = bench.ledger + ".rescued-1"
        self.assertIn(f"{bench.ledger} was removed or replaced", bench.daemon.output())
        self.assertIn(saved, bench.daemon.output())
        self.assertEqual(sum(Ledger(saved).counts()[s] for s in ("waiting", "in_flight", "delivered", "deferred")), 20)
        # The way that the message names.
        for suffix in ("-wal", "-shm", ".mark"):
            if os.path.exists(bench.ledger + suffix):
                os.rename(bench.ledger + suffix, bench.path("old" + suffix))
        os.rename(saved, bench.ledger)
        bench.write_config(in_doubt="hold")
        bench.run_command("ledger", "adopt", "--yes")
        bench.start_daemon()
        counts = bench.wait_final(20, more=("held",))
        self.assertEqual(counts["delivered"] + counts["held"], 20)
        self.assertLessEqual(len(bench.booked()), 20, "nothing twice")
        self.assert_stops()


class Damaged(WrongWays):
    """Bits flip, sectors are zeros, files are cut, after a kill: nothing goes out twice, nothing changed goes out."""

    test_no_way_of_bringing_it_back_wrongly_overwrites_anything_and_each_is_named = None

    def damage(self, choose):
        suffix = choose.choice(("", "", "-wal"))
        path = self.bench.ledger + suffix
        whole = os.path.getsize(path)
        spot, kind = choose.randrange(whole), choose.choice(("flip", "zeros", "cut"))
        if kind == "cut":
            os.truncate(path, spot)
            return f"{path} cut at {spot} of {whole}"
        with open(path, "r+b") as file:
            if kind == "flip":
                file.seek(spot)
                byte = file.read(1)[0]
                file.seek(spot)
                file.write(bytes([byte ^ (1 << choose.randrange(8))]))
            else:
                file.seek(spot // 512 * 512)
                file.write(bytes(min(512, whole - spot // 512 * 512)))
        return f"{path} {kind} at {spot} of {whole}"

    def test_damage_ends_with_74_or_is_without_effect(self):
        bench = self.bench
        self.start("--latency", "5ms", in_doubt="hold")
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3000)))
        wait_until(lambda: bench.stats()["booked"] > 1500, 20 * SLOWER, "half is booked")
        bench.daemon.kill()
        self.keep("now")
        spool = bench.path("spool-now")
        shutil.copytree(bench.spool, spool)
        before = sources_of(bench.booked())
        sent = {f"source-{n}": event(n) for n in range(3000)}
        generator, codes = random.Random(11), []
        for _ in range(size(8, 100)):
            self.clear()
            self.take("now")
            shutil.rmtree(bench.spool)
            shutil.copytree(spool, bench.spool)
            what = self.damage(generator)
            began = len(bench.booked())
            with self.subTest(what):
                daemon = bench.start_daemon("--once", ready=False)
                codes.append(daemon.wait(60 * SLOWER))
                self.assertIn(codes[-1], (0, 3, 74), tail(bench.daemon_log))
                book = bench.booked()[began:]
                now = sources_of(book)
                self.assertEqual(set(now) & set(before), set(), "went out again")
                self.assertEqual(len(now), len(set(now)))
                for entry in book:
                    source = sources_of([entry])[0]
                    self.assertEqual(json.loads(entry["form"]["settings"]), sent[source]["settings"])
        self.assertIn(74, codes)


    def test_a_log_that_changes_under_a_running_daemon_ends_it_before_it_is_folded(self):
        bench = self.bench
        self.start("--latency", "20ms", in_doubt="hold")
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3000)))
        wait_until(lambda: bench.stats()["booked"] > 200, 20 * SLOWER, "it is at work")
        bench.run_command("pause", ACCOUNT)
        wait_until(lambda: bench.counts()["in_flight"] == 0, 10 * SLOWER, "nothing is on the wire")
        log = bench.ledger + "-wal"
        spot = 32 + 4120 * 2 + 1000  # in the third frame
        with open(log, "r+b") as file:
            file.seek(spot)
            byte = file.read(1)[0]
            file.seek(spot)
            file.write(bytes([byte ^ 16]))
        wait_until(lambda: not bench.daemon.running(), 40 * SLOWER, lambda: "it notices\n" + bench.story())
        self.assertEqual(bench.daemon.child.returncode, 74, bench.story())
        self.assertIn(log, bench.daemon.output())
        before = len(bench.booked())
        self.assertEqual(bench.start_daemon(ready=False).wait(30 * SLOWER), 74, bench.story())
        self.assertEqual(len(bench.booked()), before)


class Adopted(SystemTest):
    """A backup is put back and adopted, while files of the time after it lie half delivered in work/, and in done/."""

    def life_after_the_copy(self, in_doubt):
        bench = self.start("--latency", "1ms", in_doubt=in_doubt)
        bench.drop("before.ndjson", ndjson(event(n) for n in range(20)))
        bench.wait_final(20)
        wait_until(lambda: not bench.files("work"), 20 * SLOWER, "the file is finished")
        bench.run_command("ledger", "backup", bench.path("backup.db"))
        bench.drop("filed.ndjson", ndjson(event(n) for n in range(20, 40)))
        bench.wait_final(40)
        wait_until(lambda: not bench.files("work"), 20 * SLOWER, "the file is finished")
        bench.faults(latency="20ms")
        bench.drop("half.ndjson", ndjson(event(n) for n in range(40, 1040)))
        wait_until(lambda: bench.stats()["booked"] > 240, 20 * SLOWER, "a part is booked")
        bench.daemon.kill()
        booked = set(sources_of(bench.booked()))
        self.assertLess(len(booked), 1040)
        bench.faults(latency="1ms")
        for suffix in ("", "-wal", "-shm"):
            os.rename(bench.ledger + suffix, bench.path("old" + suffix))
        shutil.copy(bench.path("backup.db"), bench.ledger)
        adopted = bench.run_command("ledger", "adopt", "--yes").stdout.decode()
        self.assertIn("2 files in work/ or done/", adopted)
        return booked

    def test_under_hold_nothing_is_booked_twice_whatever_is_dropped_again(self):
        bench = self.bench
        booked = self.life_after_the_copy("hold")
        os.rename(os.path.join(bench.spool, "done", "filed.ndjson"), bench.incoming("filed.ndjson"))
        bench.start_daemon()
        counts = bench.wait_final(1040, more=("held",))
        self.assertEqual((counts["delivered"], counts["held"]), (20, 1020))
        self.assertEqual(bench.status()["in_doubt_ever"], 1020)
        held = bench.run_command("list", "--state", "held", "--in-doubt", "--limit", "0", "--json").stdout.splitlines()
        self.assertEqual(len(held), 1020)
        seen = sources_of(bench.booked())
        self.assertEqual((len(seen), set(seen)), (len(booked), booked), "nothing went out")
        # What comes from now on is nobody's doubt.
        bench.drop("after.ndjson", ndjson(event(n) for n in range(2000, 2020)))
        self.assertEqual(bench.wait_final(1060, more=("held",))["delivered"], 40)
        self.assert_stops()

    def test_under_resend_all_is_delivered_and_what_went_out_twice_is_counted(self):
        bench = self.bench
        self.life_after_the_copy("resend")
        bench.start_daemon()
        counts = bench.wait_final(1020)
        self.assertEqual(counts["delivered"], 1020)
        seen = sources_of(bench.booked())
        self.assertEqual(len(set(seen)), 1040)
        self.assertLessEqual(len(seen) - len(set(seen)), bench.status()["in_doubt_ever"])
        self.assertEqual(bench.status()["in_doubt_ever"], 1000)
        self.assert_stops()


if __name__ == "__main__":
    main()
