#!/usr/bin/env python3
"""Bad input of every kind ends in a clear message with file and line, and the good lines beside it are delivered."""
import json
import os
import shutil
import time

from case import FULL, SANITIZED, SLOWER, SystemTest, main, size, sources_of
from harness import Sampler, event, ndjson, program, wait_until
from stalls import now_us, stalled

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus", "bad")
MEBIBYTE = 1 << 20


def corpus():
    """Every case of the corpus: (name, content, number of good events, [(line, text of its message)])."""
    with open(os.path.join(CORPUS, "index.tsv"), encoding="utf-8") as file:
        for row in file:
            if row.startswith("#"):
                continue
            name, good, *messages = row.rstrip("\n").split("\t")
            with open(os.path.join(CORPUS, name), "rb") as case:
                content = case.read()
            yield name, content, int(good), [tuple(message.split(": ", 1)) for message in messages]


def generated():
    """What is too large or too odd to be kept as a file."""
    good = json.dumps(event(0)).encode()
    yield "gigantic-line.ndjson", b'{"x":"' + b"a" * (20 * MEBIBYTE) + b'"}\n'
    yield "gigantic-line-without-end.ndjson", b"a" * (5 * MEBIBYTE)
    yield "gigantic-array.json", b"[" + b"[" * (2 * MEBIBYTE)
    yield "deep-object.ndjson", b'{"settings":' + b'{"a":' * 5000 + b"1" + b"}" * 5001 + b"\n"
    yield "nothing-but-nul.ndjson", b"\0" * 100_000
    yield "random.ndjson", bytes((n * 7919 >> 3) & 0xFF for n in range(200_000))
    yield "ten-thousand-broken.ndjson", b'{"account_id":\n' * 10_000
    yield "cut-off.json", good[:-1]


class BadInput(SystemTest):
    def test_each_case_ends_in_a_message_with_file_and_line(self):
        known, odd = list(corpus()), list(generated())
        self.assertGreaterEqual(len(known), 60, "the corpus is whole")
        # Its good events stand in every file: each is to be delivered. What ends inside a line is taken soon where its
        # rename was not seen, because the daemon was still starting.
        bench = self.start(sections=("[dedupe]", 'key = "off"'), spool=('patience = "2s"',))
        for name, content, *_ in [*known, *odd]:
            bench.drop(name, content)
        bench.drop("zz-good.ndjson", ndjson(event(n) for n in range(200)))
        # An empty file is left: whoever made it may still write to it.
        empty = sorted(name.encode() for name, content, *_ in known if not content)
        known = [case for case in known if case[1]]
        wait_until(lambda: not bench.files("work") and bench.files("incoming") == empty, 120 * SLOWER,
                   lambda: f"everything is final; left: {bench.files('work')} {bench.files('incoming')}\n{bench.story()}")
        self.assertTrue(bench.daemon.running())
        results = bench.wait_results(*(name for name, *_ in known))
        self.assertEqual(len(bench.booked()), 200 + sum(good for _, _, good, _ in known))
        for name, _, good, messages in known:
            with self.subTest(name):
                self.assertEqual(results[name]["delivered"], good)
                reasons = self.reasons(name)
                self.assertEqual(len(reasons), len(messages), reasons)
                for line, text in messages:
                    # Of several elements on one line each has a number of its own, and the line is said as well.
                    begins = (f"#! line {line}: ", f"#! line {int(line) + 1}: on line {line} of the file: ")
                    self.assertTrue(any(reason.startswith(begins) and text in reason for reason in reasons),
                                    f"line {line}: {text}; there is {reasons}")
        for name, _ in odd:
            with self.subTest(name):
                reasons = self.reasons(name)
                self.assertGreater(len(reasons), 0)
                for reason in reasons:
                    self.assertRegex(reason, r"^#! line \d+: .*\w{3}")
        said = bench.daemon.output()
        for name in [*(case[0] for case in [*known, *odd]), *(name.decode() for name in empty)]:
            self.assertIn(name, said, "the log names each file")

    def reasons(self, name):
        return [line.decode() for line in self.bench.rejected(name).split(b"\n") if line.startswith(b"#! line ")]

    def test_what_is_no_regular_file_is_left_with_one_log_line(self):
        bench = self.start()
        target = bench.path("target.ndjson")
        with open(target, "wb") as file:
            file.write(ndjson([event(1)]))
        os.symlink(target, bench.incoming("link.ndjson"))
        os.symlink("/nonexistent", bench.incoming("dangling.ndjson"))
        os.mkfifo(bench.incoming("fifo.ndjson"))
        os.mkdir(bench.incoming("folder.ndjson"))
        os.link(target, bench.incoming("hard.ndjson"))
        bench.drop("good.ndjson", ndjson([event(2)]))
        bench.wait_final(1, 20 * SLOWER)
        time.sleep(5)  # several scans
        lines = bench.daemon.output().splitlines()
        for name in ("link.ndjson", "dangling.ndjson", "fifo.ndjson", "folder.ndjson", "hard.ndjson"):
            self.assertEqual(sum(name in line for line in lines), 1, f"{name}: one line, not one per scan")
            self.assertTrue(os.path.lexists(bench.incoming(name)), name)
        # A file with several names waits until it has one.
        os.unlink(target)
        self.assertEqual(bench.wait_final(2, 20 * SLOWER)["delivered"], 2)

    def test_names_with_escape_codes_are_delivered_and_printed_escaped(self):
        bench = self.start()
        names = [b"new\nline.ndjson", b"\x1b[31mred.ndjson", b"\xff\xfe.ndjson", "ñandú 🙂.ndjson".encode(), b"-rf.ndjson",
                 b"a b'c\"d.ndjson", b"%s%n.ndjson", b"x" * 240 + b".ndjson"]
        for number, name in enumerate(names):
            bench.drop(name, ndjson([event(number)]))
        self.assertEqual(bench.wait_final(len(names), 20 * SLOWER)["delivered"], len(names))
        wait_until(lambda: not bench.files("work"), 10 * SLOWER, "the files are filed away")
        for name in names:
            self.assertIn(name, bench.files("done"))
        said = bench.daemon.output()
        self.assertNotIn("\x1b[31mred", said)
        self.assertNotIn("new\nline", said)

    @staticmethod
    def _for_nobody(bench):
        """The program and the directory, usable by the user nobody."""
        copy = bench.path("setclickd")
        shutil.copy(program(bench.build, "setclickd"), copy)
        os.chmod(bench.folder, 0o755)
        for folder, _, names in os.walk(bench.folder):
            os.chown(folder, 65534, 65534)
            for name in names:
                os.chown(os.path.join(folder, name), 65534, 65534)
        return copy

    def test_an_unreadable_file_says_which_command_would_cure_it(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        os.makedirs(bench.incoming())
        bench.drop("locked.ndjson", ndjson([event(1)]))
        os.chmod(bench.incoming("locked.ndjson"), 0)
        if os.geteuid() == 0:
            # Root reads everything: the daemon must be somebody else.
            copy = self._for_nobody(bench)
            os.chown(bench.incoming("locked.ndjson"), 0, 0)
            original, bench.command = bench.command, lambda *arguments: [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, *original(*arguments)[1:]]
        bench.start_daemon()
        wait_until(lambda: "locked.ndjson" in bench.daemon.output(), 20 * SLOWER, "the log names the file")
        said = next(line for line in bench.daemon.output().splitlines() if "locked.ndjson" in line)
        self.assertRegex(said, "chmod|chgrp|chown|setfacl|adduser")
        self.addCleanup(os.umask, os.umask(0o022))  # it may be taken at once, so it is readable from the start
        bench.drop("good.ndjson", ndjson([event(2)]))
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["delivered"], 1)
        os.chmod(bench.incoming("locked.ndjson"), 0o644)
        self.assertEqual(bench.wait_final(2, 20 * SLOWER)["delivered"], 2)

    def test_good_lines_beside_bad_ones_keep_their_speed_and_memory(self):
        count = size(10_000, 100_000)
        good = [ndjson([event(n)]) for n in range(count)]

        def run(bad_too):
            bench = self.start()
            if bad_too:
                for name, content, *_ in [*corpus(), *generated()]:
                    bench.drop(name, content)
            begin = now_us()
            bench.drop("good.ndjson", b"".join(good))
            sampler = Sampler(bench.daemon)
            wait_until(lambda: bench.stats()["booked"] >= count, (60 + count / 250) * SLOWER, "all good lines arrive",
                       step=0.02)
            end = now_us()
            seconds = (end - begin) / 1e6 - stalled(begin, end)
            peak = max(sampler.stop(), bench.daemon.memory("VmHWM"))
            self.bench.__exit__(None, None, None)
            super(BadInput, self).setUp()
            return seconds, peak

        alone, alone_peak = run(False)
        beside, beside_peak = run(True)
        print(f"\n  {count} good lines: {alone:.2f} s alone, {beside:.2f} s beside bad ones; "
              f"{alone_peak / MEBIBYTE:.1f} and {beside_peak / MEBIBYTE:.1f} MiB", flush=True)
        if SANITIZED:
            return
        self.assertLess(beside_peak, alone_peak + 8 * MEBIBYTE)
        # A run of a second or two measures the machine's mood as well: the full count is the measure.
        self.assertLess(beside, alone * (1.10 if FULL else 1.6) + (0 if FULL else 1))


if __name__ == "__main__":
    main()
