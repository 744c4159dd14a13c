"""Many short lives of the daemon against one sandbox: each round has a spool and a ledger of its own, and what it must have
come to in the end is the same for all of them, whatever was done to it.
"""
import os
import threading

from harness import Bench, Failure, Process, event, ndjson, tail
from witness import Ledger

EVENTS = 9  # of a round, and one line that is refused


class Rounds:
    """Gives out rounds; several may be under way at once."""

    def __init__(self, bench, ledger_of=None):
        """`ledger_of`: puts a round's ledger elsewhere than into a file, and gives its witness."""
        self.bench = bench
        self.ledger_of = ledger_of or (lambda one: Ledger(one.ledger))
        self._lock = threading.Lock()
        self._count = 0

    def new(self, name, **config):
        with self._lock:
            self._count += 1
            number = self._count
        return Round(self, f"{number}-{name.replace(':', '-')}", number * 100, config)

    def book(self):
        with self._lock:
            return [int(entry["form"]["url_parameters"].split("source-")[1].split('"')[0])
                    for entry in self.bench.booked()]


class Round(Bench):
    """A bench on the sandbox that all rounds share. Its events are numbered from `first`."""

    def __init__(self, rounds, name, first, config):
        super().__init__(rounds.bench.build, folder=rounds.bench.path(name), keep=True)
        os.makedirs(self.folder)
        self.rounds, self.first = rounds, first
        self.url, self.ca = rounds.bench.url, rounds.bench.ca
        self.witness = rounds.ledger_of(self)
        self.configure(**config)

    def configure(self, **config):
        self.write_config(spool=('settle = "0s"',), delivery=('drain_timeout = "2s"',),
                          sections=("[retry]", 'base = "10ms"', 'cap = "50ms"'), **config)

    def drop_all(self):
        events = [event(self.first + n) for n in range(EVENTS - 2)]
        self.drop("many.ndjson", ndjson(events) + b"no event\n")
        self.drop("one.json", ndjson([event(self.first + EVENTS - 2)]))
        self.drop("two.json", ndjson([event(self.first + EVENTS - 1)]))

    def begin_once(self, fault=None):
        env = {**os.environ, "SETCLICKD_FAULT": fault} if fault else None
        self.daemon = Process("setclickd", self.command("run", "--once"), self.daemon_log, env=env)
        return self.daemon

    def run_once(self, fault=None, seconds=60):
        """`run --once`, the exit code; -9 when it was killed."""
        run = self.begin_once(fault)
        try:
            return run.wait(seconds)
        finally:
            if run.running():
                run.kill()

    def counts(self):
        """By the ledger."""
        return self.witness.counts()

    def numbers(self):
        return set(range(self.first, self.first + EVENTS))

    def problems(self):
        ledger = self.witness
        delivered, doubts, counts = ledger.in_state("delivered"), ledger.in_doubt(), ledger.counts()
        booked = [n for n in self.rounds.book() if n in self.numbers()]
        if delivered != self.numbers():
            yield f"delivered are {sorted(delivered)} of {sorted(self.numbers())}; {counts}"
        if set(booked) != self.numbers():
            yield f"not in the book: {sorted(self.numbers() - set(booked))}"
        for n in sorted(set(booked)):
            if booked.count(n) > 1 + doubts[n]:
                yield f"{n} was booked {booked.count(n)} times and was in doubt {doubts[n]} times"
        if counts["refused"] != 1 or counts["duplicate"] or counts["rejected"]:
            yield f"one line is refused, and nothing is imported twice: {counts}"
        left = [name for folder in ("incoming", "work") for name in self.files(folder)]
        if left or self.files("rejected") != [b"many.ndjson"]:
            yield f"left are {left}, rejected {self.files('rejected')}"
        results = self.results()
        if sorted(results) != ["many.ndjson", "one.json", "two.json"]:
            yield f"results are of {sorted(results)}"
        sound = self.run_command("ledger", "check", check=False)
        if sound.returncode != 0:
            yield sound.stdout.decode() + sound.stderr.decode()

    def check(self, what):
        """Every event is delivered and booked, what was booked twice had been in doubt, every file has come to its end."""
        problems = list(self.problems())
        if problems:
            raise Failure(f"{what}: " + "; ".join(problems) + f"\n{tail(self.daemon_log, 40)}")
