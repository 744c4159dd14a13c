#!/usr/bin/env python3
"""kill -9 at random moments, hundreds of times, while events go to a sandbox that fails: nothing lost, nothing silently
repeated.

    ./dev soak kill [--kills 500] [--events 200000] [--policy resend|hold|both] [--connections 64] [--threads 1] [--seed N]

Many files (one event to two thousand, some with two accounts) are dropped while the daemon is killed and started again.
The sandbox answers some requests 5xx and some 429, and resets connections before it reads, after it has read, and after it
has booked. Its record and its book are the outside view; the ledger, read behind the
daemon's back after each kill, is the inside view. What must hold:

  both     every event ends delivered (or held, with `hold`), and what is delivered is in the book: 0 lost.
           What is in flight in the ledger after a kill is what the next start reports in doubt, no more and no less.
  resend   an event that arrived n times without having been refused was reported in doubt at least n - 1 times, and a kill
           makes at most connections + 512 events arrive again.
  hold     no event is booked twice; each event that was ever in doubt is held; a kill leaves at most
           connections + 512 + one claim of them.

The phase of a kill is read from the ledger and from the record (several may be under way at once, each is counted):

  import   a file in work/ that the ledger does not know yet or has not read to its end
  claim    events in flight of which none has reached the sandbox in this run
  send     an event in flight has reached the sandbox, and its answer was not due before the kill
  settle   an event in flight had its answer before the kill: answered, not settled
  finish   a file whose last event is final, not moved to done/ yet
  idle     none of these
"""
import argparse
import collections
import http.client
import json
import os
import random
import re
import ssl
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

from harness import ACCOUNT, TOKEN, Bench, Failure, event, ndjson, tail, wait_until  # noqa: E402
from witness import Arrivals, Ledger  # noqa: E402

SECOND = "70b63f53c660b269d13c52a6"
UNSETTLED = 512  # DESIGN section 2: answers that wait to be settled
CLAIM = 256      # one claim
LATENCY = 0.025
FAILS = {"resend": 500, "hold": 507}  # 500 is in doubt under `hold`, and would be held
PHASES = ("import", "claim", "send", "settle", "finish", "idle")
FAULTS = {"latency": f"{int(LATENCY * 1000)}ms", "fail_share": 0.03, "throttle_share": 0.0005,
          "retry_after": "1", "reset_before_read": 0.002, "reset_after_read": 0.003, "reset_after_book": 0.003}


class Producer:
    """Drops files of mixed sizes until `total` events are dropped."""

    def __init__(self, bench, dice, total):
        self.bench, self.dice, self.total = bench, dice, total
        self.dropped = self.files = 0

    def left(self):
        return self.total - self.dropped

    def drop_file(self):
        kind = self.dice.random()
        if kind < 0.45:
            size = 1
        elif kind < 0.8:
            size = self.dice.randint(2, 40)
        elif kind < 0.97:
            size = self.dice.randint(41, 300)
        else:
            size = self.dice.randint(301, 2000)
        size = min(size, self.left())
        mixed = self.dice.random() < 0.5
        owner = self.dice.choice((ACCOUNT, SECOND))
        events = []
        for number in range(self.dropped, self.dropped + size):
            account = self.dice.choice((ACCOUNT, SECOND)) if mixed else owner
            one = event(number, account=account)
            if number % 2:
                del one["event_id"]  # told apart by its content
            events.append(one)
        self.files += 1
        name = f"{self.files}.json" if size == 1 and self.dice.random() < 0.7 else f"{self.files}.ndjson"
        self.bench.drop(name, ndjson(events))
        self.dropped += size

    def drop_events(self, count):
        goal = min(self.total, self.dropped + count)
        while self.dropped < goal:
            self.drop_file()


class KillRun:
    def __init__(self, bench, policy, kills, events, seed, say=print, least_share=80, connections=64, threads=1):
        self.bench, self.policy, self.kills, self.events, self.say = bench, policy, kills, events, say
        self.connections, self.threads = connections, threads
        self.least_share = least_share  # per cent of the kills that must hit events in flight
        self.dice = random.Random(f"{seed} {policy}")
        self.producer = Producer(bench, self.dice, events)
        self.arrivals = Arrivals(bench)
        self.ledger = Ledger(bench.ledger)
        self.phases = collections.Counter()
        self.in_flight_kills = 0
        self.at_start = 0
        self.most_in_doubt = self.most_twice = self.doubts = 0
        self.last = set()      # in flight after the last kill
        self.settled = 0       # delivered or held, by the ledger
        self.pace = 700.0      # events a second, as measured
        self.start_time = 0.3  # seconds until it is ready, as measured
        self.asking = None
        self.problems = []

    def check(self, good, text):
        if not good:
            self.problems.append(text)
            self.say(f"  WRONG: {text}")

    # --- one life of the daemon ---

    def span(self, number):
        """How long this run may last: what is left is spread over the kills that are left."""
        left = self.events - self.settled
        return min(4.0, max(0.15, 2 * left / max(1, self.kills - number) / self.pace))

    def requests(self):
        """How many the sandbox has seen; one connection for all of these questions."""
        if self.asking is None:
            address = urllib.parse.urlsplit(self.bench.url)
            self.asking = http.client.HTTPSConnection(
                address.hostname, address.port, timeout=20, context=ssl.create_default_context(cafile=self.bench.ca))
        self.asking.request("GET", "/_sandbox/stats")
        return json.load(self.asking.getresponse())["requests"]

    def live(self, number):
        """Starts the daemon and kills it: one time in twelve while it starts, else a random time after its first request.
        The time of that request, or None."""
        bench = self.bench
        span = self.span(number)
        # So much must be there that the work outlasts the run, and half of it comes while it runs.
        behind = self.producer.dropped - self.settled
        # Under `hold` this start holds what was in flight: nothing of it is work.
        if self.policy == "hold":
            behind -= len(self.last)
        wanted = max(200.0, self.pace * span * 1.5)
        # Under `hold` a kill uses up more events than it lets through: no kill finds nothing to do.
        missing = int(wanted) - behind - self.producer.left()
        if missing > 0:
            self.producer.total += missing
            self.events += missing
        self.producer.drop_events(max(0, int(wanted / 2 - behind)))
        while_running = max(1, int((wanted - max(behind, wanted / 2)) / 40))
        seen = self.requests()
        bench.start_daemon(ready=False)
        begin = time.monotonic()
        early = begin + self.dice.uniform(0, 1.2 * self.start_time) if self.dice.random() < 1 / 12 else None
        ready = at_work = kill_at = None
        while True:
            now = time.monotonic()
            if ready is None and "is ready" in bench.daemon.output():
                ready = now
                self.start_time = 0.7 * self.start_time + 0.3 * (now - begin)
                self.check_report()
            if ready and at_work is None and self.requests() > seen:
                at_work = time.monotonic()
                kill_at = at_work + self.dice.uniform(0, span)
            if now >= min(t for t in (early, kill_at, begin + 60) if t is not None):
                break
            if not bench.daemon.running():
                raise Failure(f"the daemon ended by itself\n{tail(bench.daemon_log)}")
            if ready and while_running > 0:
                self.producer.drop_events(1)
                while_running -= 1
            time.sleep(self.dice.uniform(0.001, 0.012))
        if at_work is None and early is None:
            raise Failure(f"nothing was sent within a minute\n{tail(bench.daemon_log)}")
        self.killed = time.monotonic()
        bench.daemon.kill()
        self.at_start += ready is None
        return at_work

    def check_report(self):
        """The log names what was in flight, and the number agrees with what lay in the ledger."""
        said = re.search(r"attempts under way.* in_doubt=(\d+)", self.bench.daemon.output())
        count = int(said[1]) if said else 0
        self.check(count == len(self.last), f"{len(self.last)} were in flight, the start reports {count} in doubt")
        self.doubts += count
        self.last = set()

    def one(self, number):
        self.bench.faults(**FAULTS, seed=number + 1, fail_status=FAILS[self.policy])
        self.arrivals.this_run = {}
        before = len(self.arrivals.booked)
        at_work = self.live(number)
        killed = self.killed
        # The rest of what the dead daemon sent is on the way still.
        time.sleep(0.02)
        self.arrivals.read_on()
        if not self.ledger.exists():
            self.phases["idle"] += 1
            return
        self.last = self.ledger.in_flight()
        counts = self.ledger.counts()
        self.settled = counts["delivered"] + counts["held"]
        if at_work and killed - at_work > 0.1:
            pace = (len(self.arrivals.booked) - before) / (killed - at_work)
            self.pace = max(50.0, 0.8 * self.pace + 0.2 * pace)
        arrived = self.arrivals.this_run
        twice = [n for n in self.last if n in arrived]
        self.in_flight_kills += bool(self.last)
        self.most_in_doubt = max(self.most_in_doubt, len(self.last))
        self.most_twice = max(self.most_twice, len(twice))
        bound = self.connections + UNSETTLED + CLAIM
        self.check(len(self.last) <= bound, f"kill {number}: {len(self.last)} in doubt, more than {bound}")
        self.check(len(twice) <= self.connections + UNSETTLED, f"kill {number}: {len(twice)} of them had been sent")
        for phase in self.phases_of(twice, killed):
            self.phases[phase] += 1

    def phases_of(self, sent, killed):
        files = self.ledger.files()
        known = set().union(*files.values())
        work = {n for n in self.bench.files("work") if not n.startswith(b".")}
        found = []
        if files[0] or work - known:
            found.append("import")
        if self.last and not sent:
            found.append("claim")
        answered = [n for n in sent if self.arrivals.this_run[n] + LATENCY < killed]
        if len(sent) > len(answered):
            found.append("send")
        if answered:
            found.append("settle")
        if files[2]:
            found.append("finish")
        return found or ["idle"]

    # --- the whole ---

    def run(self):
        bench, begin = self.bench, time.monotonic()
        bench.accounts = {ACCOUNT: TOKEN, SECOND: "second.token.value"}
        bench.start_sandbox("--seed", "1")
        bench.write_config(in_doubt=self.policy, connections=self.connections,
                           delivery=(f"threads = {self.threads}",), spool=('settle = "0s"',),
                           sections=("[retry]", 'cap = "2s"'))
        for number in range(self.kills):
            self.one(number)
            if (number + 1) % 25 == 0:
                self.say(f"  {number + 1:4} kills, {self.in_flight_kills} in flight, {len(self.arrivals.booked)} of "
                         f"{self.events} arrived, {time.monotonic() - begin:.0f} s")
        self.finish()
        self.verdict()
        self.report(time.monotonic() - begin)
        return self

    def finish(self):
        """No more faults, no more kills: everything must come to its end."""
        bench = self.bench
        bench.faults()
        self.producer.drop_events(self.producer.left())
        bench.start_daemon()
        self.check_report()

        def settled():
            if not bench.daemon.running():
                raise Failure(f"the daemon ended by itself\n{tail(bench.daemon_log)}")
            counts = self.ledger.counts()
            done = counts["delivered"] + (counts["held"] if self.policy == "hold" else 0)
            if done < self.events or counts["in_flight"] or counts["deferred"] or counts["waiting"]:
                return False
            return not bench.files("incoming") and (self.policy == "hold" or not bench.files("work"))
        wait_until(settled, 120 + self.events / 100, lambda: f"all {self.events} are final; {self.ledger.counts()}", 0.3)
        self.check(bench.daemon.stop(60) == 0, "the daemon ends with 0")
        self.arrivals.read_on()
        if self.asking:
            self.asking.close()

    def verdict(self):
        counts = self.ledger.counts()
        doubts = self.ledger.in_doubt()
        delivered, held = self.ledger.in_state("delivered"), self.ledger.in_state("held")
        booked, everything = self.arrivals.booked, set(range(self.events))
        self.lost = everything - (delivered | held)
        self.unbooked = {n for n in delivered if n not in booked}
        self.twice = [n for n, times in booked.items() if times > 1]
        silently = [n for n, times in self.arrivals.accepted.items() if times - 1 > doubts[n]]
        self.check(not self.lost, f"{len(self.lost)} events are lost")
        self.check(not self.unbooked, f"{len(self.unbooked)} are called delivered and are not in the book")
        self.check(counts["delivered"] == len(delivered) and counts["duplicate"] == counts["refused"] == 0,
                   f"the counts agree with the events: {counts}")
        self.check(counts["in_doubt_ever"] == sum(doubts.values()), "in_doubt_ever agrees with the receipts")
        self.check(not silently, f"{len(silently)} arrived again without having been reported in doubt")
        if self.policy == "hold":
            self.check(not self.twice, f"{len(self.twice)} are booked twice")
            self.check(set(doubts) == held, f"{len(doubts)} were in doubt, {len(held)} are held")
            self.check(all(times == 1 for times in doubts.values()), "what is in doubt is never sent again")
        else:
            self.check(delivered == everything, "everything is delivered")
            self.check(not held, f"{len(held)} are held")
        listed = self.bench.run_command("list", "--in-doubt", "--limit", "0", "--json", timeout=300).stdout
        self.check(listed.count(b"\n") == len(doubts), "`list --in-doubt` names each of them")
        self.check(self.bench.run_command("ledger", "check", check=False, timeout=300).returncode == 0,
                   "`ledger check` finds the ledger sound")
        share = 100 * self.in_flight_kills / self.kills
        self.check(share >= self.least_share, f"only {share:.0f} % of the kills hit events in flight")
        self.ever, self.held = len(doubts), len(held)

    def report(self, seconds):
        phases = ", ".join(f"{name} {self.phases[name]}" for name in PHASES)
        self.say(f"  policy {self.policy}: {self.kills} kills in {seconds:.0f} s, {self.events} events in "
                 f"{self.producer.files} files; {self.arrivals.refused} answers refused")
        self.say(f"  kills by phase: {phases}; at the start {self.at_start}")
        self.say(f"  with events in flight: {self.in_flight_kills} of {self.kills} "
                 f"({100 * self.in_flight_kills / self.kills:.0f} %)")
        self.say(f"  lost {len(self.lost)}, delivered but not booked {len(self.unbooked)}, booked twice "
                 f"{len(self.twice)}, ever in doubt {self.ever}, held {self.held}")
        self.say(f"  most in doubt by one kill {self.most_in_doubt} (allowed {self.connections + UNSETTLED + CLAIM}), of them "
                 f"sent before {self.most_twice} (allowed {self.connections + UNSETTLED})")
        self.say("  " + ("ALL HOLDS" if not self.problems else f"{len(self.problems)} PROBLEMS"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.environ.get("SETCLICK_BUILD"))
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--policy", choices=("resend", "hold", "both"), default="both")
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    policies = ("resend", "hold") if options.policy == "both" else (options.policy,)
    print(f"kill loop, seed {options.seed}", flush=True)
    bad = 0
    for policy in policies:
        with Bench(options.build) as bench:
            run = KillRun(bench, policy, options.kills, options.events, options.seed,
                          say=lambda text: print(text, flush=True),
                          connections=options.connections, threads=options.threads).run()
            if run.problems:
                bad += 1
                bench.keep = True
                print(f"  everything is kept in {bench.folder}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
