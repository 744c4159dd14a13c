"""A person at work on a rejected, a held and a waiting set, while the daemon runs: every command and what it prints.

test_operator.py compares it with docs/operator.md, and writes it there when SETCLICKD_WRITE_DOCS=1. What differs from run
to run (times, directories, ports, pids) is replaced, so that the page changes only when the program's words do.
"""
import re

from harness import ACCOUNT, event, ndjson, wait_until
from witness import Ledger

BEGIN = "<!-- session: made by tests/system/test_operator.py -->\n"
END = "<!-- end of the session -->\n"


class Session:
    def __init__(self, bench):
        self.bench = bench
        self.text = []
        self.ledger = Ledger(bench.ledger)

    def say(self, words):
        self.text.append(("" if not self.text else "\n") + words + "\n")

    def run(self, *arguments, code=0):
        done = self.bench.run_command(*arguments, check=False)
        shown = self.masked(" ".join(arguments))
        printed = done.stdout.decode() + done.stderr.decode()
        if done.returncode != code:
            raise AssertionError(f"setclickd {shown}: exit {done.returncode}, not {code}\n{printed}")
        self.text.append(f"\n```console\n$ setclickd {shown}\n{self.masked(printed)}```\n")
        if code:
            self.text.append(f"Exit code {code}.\n")
        return printed

    def masked(self, text):
        text = text.replace(self.bench.folder + "/spool", "/var/spool/setclickd")
        text = text.replace(self.bench.folder, "/var/lib/setclickd")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-11-25T10:00:00Z", text)
        text = re.sub(r"\(pid \d+, version [^,]+, for [^)]+\)", "(pid 812, version 0.1.0, for 3 h)", text)
        text = re.sub(r"\((\d+ (ms|s|min|h)( \d+ (ms|s|min))?) ago\)", "(20 s ago)", text)
        text = re.sub(r"waits for [^\n]+", "waits for 2 min", text)
        return "\n".join(line.rstrip() for line in text.split("\n"))

    def until(self, **counts):
        wait_until(lambda: all(self.ledger.counts()[name] == n for name, n in counts.items()), 30,
                   lambda: f"{counts}; {self.ledger.counts()}\n{self.bench.story()}")

    def until_open(self, files):
        """So many files are not finished."""
        wait_until(lambda: sum(len(names) for names in self.ledger.files().values()) == files, 30,
                   lambda: f"{files} open files; {self.ledger.files()}\n{self.bench.story()}")

    def prepare(self):
        """Three events that the server refuses, three whose answer got lost, four that wait behind a pause."""
        bench = self.bench
        bench.drop("first.ndjson", ndjson([event(0)]))  # connections work, tokens too
        self.until(delivered=1)
        bench.faults(fail_share=1, fail_status=422)
        bench.drop("monday.ndjson", ndjson(event(n) for n in range(1, 4)))
        self.until(delivered=1, rejected=3)
        bench.faults(reset_after_book=1)
        bench.drop("tuesday.ndjson", ndjson(event(n) for n in range(4, 7)))
        self.until(rejected=3, held=3)
        bench.faults()
        bench.run_command("pause", ACCOUNT)
        bench.drop("wednesday.ndjson", ndjson(event(n) for n in range(7, 11)))
        self.until(waiting=4)
        self.until_open(2)

    def rejected(self):
        self.say("## What the server rejected\n\nThree lines of `monday.ndjson` were refused by the server. The files are in "
                 "`rejected/`, and the ledger shows the same:")
        self.run("status")
        self.run("list", "--state", "rejected")
        self.run("show", "e-1")
        self.say("The personal data stays masked; root sees it with `--reveal`. What is it about this file?")
        self.run("list", "--file", "monday.ndjson", "--counts")
        self.say("The fault was the server's, and it has been mended there. First only count, then send them again:")
        self.run("retry", "--file", "monday.ndjson", "--dry-run")
        self.run("retry", "--file", "monday.ndjson")

    def held(self):
        self.say("## What is in doubt\n\nThe connection broke before the answers for `tuesday.ndjson` came. With "
                 "`in_doubt = \"hold\"` nobody sends them again without a person:")
        self.run("list", "--in-doubt")
        self.run("show", "e-4")
        self.say("`retry` alone does not touch them; `release` says what it means:")
        self.run("retry", "--file", "tuesday.ndjson", code=1)
        self.run("release", "e-4", "--dry-run")
        self.say("SealMetrics' report shows the other two, but not this one. So this one goes out again:")
        self.run("release", "e-4")
        self.say("The others were booked: they are not to be sent. Without a terminal `discard` wants `--yes`:")
        self.run("discard", "--state", "held", code=1)
        self.run("discard", "--state", "held", "--yes")

    def waiting(self):
        self.say("## What waits\n\nThe account is paused, so everything waits. Of `wednesday.ndjson` nothing is to go out before "
                 "somebody has looked at it:")
        self.run("hold", "--file", "wednesday.ndjson")
        self.run("resume", ACCOUNT)
        self.until(waiting=0, in_flight=0, delivered=5, held=4)
        self.until_open(1)
        self.say("The rest is on its way at once. The held ones stay:")
        self.run("list", "--file", "wednesday.ndjson", "--counts")
        self.run("release", "--file", "wednesday.ndjson")
        self.until(waiting=0, in_flight=0, delivered=9, held=0)
        self.until_open(0)

    def delivered(self):
        self.say("## What was delivered\n\nSending it again wants `--force`, and is written into its receipt:")
        self.run("retry", "e-7", code=1)
        self.run("retry", "e-7", "--force")
        self.until(waiting=0, in_flight=0, delivered=9)
        self.until_open(0)
        self.run("show", "e-7")
        self.run("status")
        self.say("## The ledger as a whole\n\nBoth work while the daemon runs:")
        self.run("ledger", "check")
        self.run("ledger", "backup", self.bench.path("backup.db"))

    def whole(self):
        self.prepare()
        self.rejected()
        self.held()
        self.waiting()
        self.delivered()
        return "".join(self.text)
