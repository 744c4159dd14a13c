"""Several nodes on one PostgreSQL and one sandbox, each behind proxies of its own, and what must hold of them together.

    with Cluster(server, nodes=3, accounts=20, rate=300, burst=5) as cluster:
        a, b, c = cluster.nodes
        a.start_daemon()
        cluster.drop(a, 100)                 # events for all accounts in turn, in a's spool
        cluster.wait_all()
        cluster.verdict()                    # nothing lost, nothing silently repeated, no rate exceeded
"""
import bisect
import collections
import glob
import json
import os
import re
import signal
import time
import unittest
import urllib.parse

from case import SLOWER
from endpoint_proxy import EndpointProxy
from harness import Bench, event, ndjson, tail, wait_until
from postgres_proxy import PostgresProxy
from postgres_server import PostgresServer

REFUSED = (429, 503, 507)
_databases = 0


def account_id(number):
    return f"{number:024x}"


class Node(Bench):
    """One host: a spool, a configuration, a daemon; its ways to PostgreSQL and to the endpoint can be cut."""

    def __init__(self, cluster, name):
        super().__init__(build=cluster.bench.build, folder=os.path.join(cluster.bench.folder, name))
        os.makedirs(self.folder, exist_ok=True)
        self.cluster, self.name = cluster, name
        self.to_postgres = PostgresProxy(cluster.server)
        self.to_endpoint = EndpointProxy(urllib.parse.urlsplit(cluster.bench.url).port)
        self.ca = cluster.bench.ca
        sandbox = urllib.parse.urlsplit(cluster.bench.url)
        self.url = sandbox._replace(netloc=f"{sandbox.hostname}:{self.to_endpoint.port}").geturl()
        self.accounts = dict(cluster.bench.accounts)
        self.postgres = [f'postgres = "{self.to_postgres.conninfo(cluster.database)}"', f'node = "{name}"']
        self.stopped_at = None  # SIGSTOP
        self.clock = None  # the file that sets it; see with_own_clock

    def write_config(self, endpoint=(), **how):
        super().write_config(**how)
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text.replace("[endpoint]\n", "\n".join(["[endpoint]", *endpoint, ""])))

    def with_own_clock(self):
        """From its next start on; its steady clocks stay those of the machine."""
        self.clock = self.path("clock")
        self.set_clock(0)

    def set_clock(self, seconds):
        """So much before or after everybody else's."""
        with open(self.clock + ".new", "w", encoding="ascii") as file:
            file.write(f"{seconds:+d}")
        os.rename(self.clock + ".new", self.clock)

    def start_daemon(self, *arguments, env=None, **how):
        if self.clock:
            env = {**(env or os.environ), "LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0],
                   "FAKETIME_TIMESTAMP_FILE": self.clock, "FAKETIME_CACHE_DURATION": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        return super().start_daemon(*arguments, env=env, **how)

    def remove(self):
        if self.daemon and self.daemon.running():
            self.resume()
            self.daemon.kill()
        self.to_postgres.remove()
        self.to_endpoint.remove()

    def pause(self):
        self.daemon.signal(signal.SIGSTOP)
        self.stopped_at = time.monotonic()

    def resume(self):
        self.daemon.signal(signal.SIGCONT)
        self.stopped_at = None

    def alive(self):
        return bool(self.daemon) and self.daemon.running()

    def owned(self):
        """Numbers of accounts that the database names this node the owner of."""
        return {int(row[0]) for row in self.cluster.ask(
            "SELECT r.account FROM account_run r JOIN node n ON n.no = r.node WHERE n.epoch = r.epoch AND NOT n.stopped "
            f"AND n.name = '{self.name}'")}


class Cluster:
    def __init__(self, server, nodes=2, accounts=2, rate=0, burst=1, policy="resend", sandbox=(), sections=(), endpoint=(), build=None):
        global _databases
        _databases += 1
        self.server, self.policy, self.rate, self.burst = server, policy, rate, burst
        self.database = f"cluster{os.getpid()}_{_databases}"
        server.make_database(self.database)
        self.conninfo = server.conninfo(self.database)
        self.bench = Bench(build=build)
        self.bench.accounts = {account_id(n): f"token-of-{n}" for n in range(1, accounts + 1)}
        self.bench.start_sandbox(*sandbox)
        self.names = list(self.bench.accounts)
        self.nodes = [Node(self, "abcdefgh"[n]) for n in range(nodes)]
        for node in self.nodes:
            node.write_config(endpoint=endpoint, rate=rate, in_doubt=policy, spool=('settle = "0s"',), account=(f"burst = {burst}",),
                              sections=("[retry]", 'base = "200ms"', 'cap = "2s"', *sections))
        self.dropped = self.files = 0
        self.begins = {}  # the first event's number, by file

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind and issubclass(kind, Exception):
            print(self.story(), flush=True)
        for node in self.nodes:
            node.remove()
        self.bench.__exit__(None, None, None)

    def story(self):
        return "\n".join(tail(node.daemon_log, 30) for node in self.nodes)

    def ask(self, sql):
        return self.server.execute(self.conninfo, sql)

    def number(self, sql):
        return self.server.number(self.conninfo, sql)

    def start(self):
        for node in self.nodes:
            node.start_daemon(ready=False)
        for node in self.nodes:
            wait_until(node._serving, 30 * SLOWER, lambda: "a node serves\n" + self.story())

    # --- events ---

    def drop(self, node, count, account=None, unnamed=None):
        """In one file; for this account, or for all of them in turn. `unnamed`: events for it do not say so."""
        numbers = range(self.dropped, self.dropped + count)
        self.dropped += count
        self.files += 1
        self.begins[f"f{self.files}.ndjson"] = numbers[0]
        events = [event(n, account=account or self.names[n % len(self.names)]) for n in numbers]
        for one in events:
            if one["account_id"] == unnamed:
                del one["account_id"]
        node.drop(f"f{self.files}.ndjson", ndjson(events))
        return numbers

    def counts(self):
        """Over all nodes, by the database alone."""
        names = ("in_flight", "deferred", "held", "delivered", "rejected", "discarded")
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in names)
        found = dict(zip(names, map(int, self.ask(f"SELECT {sums} FROM account_run")[0])))
        found["all"] = self.number("SELECT coalesce(sum(next_sequence - 1), 0) FROM account")
        return found

    def wait_all(self, seconds=60):
        """Everything that was dropped is delivered, or held."""
        def all_final():
            found = self.counts()
            return found["all"] == self.dropped and found["delivered"] + found["held"] + found["rejected"] == self.dropped
        wait_until(all_final, seconds * SLOWER, lambda: f"all {self.dropped} are final: {self.counts()}\n{self.story()}", 0.3)
        return self.counts()

    # --- what the sandbox saw ---

    def arrivals(self):
        """(seconds, number, status, booked, account) of each request, in order."""
        found = []
        for one in self.bench.recorded():
            if not one.get("form"):
                continue
            source = re.search(r'source-(\d+)', one["form"].get("url_parameters", ""))
            if source:
                found.append((one["mono_us"] / 1e6, int(source[1]), one["status"], bool(one["booked"]),
                              one["form"].get("account_id")))
        return found

    def in_doubt(self):
        """How often each event was reported in doubt, by its number: from the receipts."""
        found = collections.Counter()
        node = next(n for n in self.nodes if n.alive())
        times = {int(row[0]): int(row[1]) for row in self.ask(
            "SELECT event, count(*) FROM attempt WHERE in_doubt GROUP BY event")}
        listed = node.run_command("list", "--in-doubt", "--limit", "0", "--json", timeout=300).stdout
        for line in listed.splitlines():
            one = json.loads(line)
            found[self.number_of(one["file"], one["line"])] += times.get(one["id"], 0)
        return found

    def number_of(self, file, line):
        return self.begins[file] + line - 1

    # --- what must hold ---

    def verdict(self, slack=0.0):
        """Problems, as texts: none where everything holds. `slack`: seconds by which the way to the sandbox may bunch."""
        problems = []
        counts = self.counts()
        arrivals = self.arrivals()
        doubts = self.in_doubt()
        accepted, booked = collections.Counter(), collections.Counter()
        for _, number, status, is_booked, _ in arrivals:
            booked[number] += is_booked
            accepted[number] += status not in REFUSED
        if counts["all"] != self.dropped:
            problems.append(f"{self.dropped} dropped, {counts['all']} in the ledger")
        if counts["delivered"] + counts["held"] != self.dropped:
            problems.append(f"not all are delivered or held: {counts}")
        lost = [n for n in range(self.dropped) if not booked[n] and not doubts[n]]
        if lost:
            problems.append(f"{len(lost)} never arrived, such as {lost[:5]}")
        if counts["held"] == 0 and (never := [n for n in range(self.dropped) if not booked[n]]):
            problems.append(f"{len(never)} are called delivered and are not in the book: {never[:5]}")
        twice = [n for n, times in booked.items() if times > 1]
        if self.policy == "hold" and twice:
            problems.append(f"{len(twice)} are booked twice: {twice[:5]}")
        silently = [n for n, times in accepted.items() if times - 1 > doubts[n]]
        if silently:
            problems.append(f"{len(silently)} arrived again without having been in doubt: "
                            f"{[(n, accepted[n], doubts[n]) for n in silently[:5]]}")
        problems += self.exceeded(arrivals, slack)
        return problems

    def exceeded(self, arrivals, slack=0.0):
        if not self.rate:
            return []
        found = []
        for account in self.names:
            times = [t for t, _, _, _, a in arrivals if a == account]
            for window in (1, 10, 60):
                most = most_in_window(times, window)
                allowed = self.rate / 60 * (window + slack) + self.burst
                if most > allowed + 1e-9:
                    found.append(f"{account}: {most} requests in {window} s, {allowed:.1f} are allowed")
        return found


def most_in_window(times, seconds):
    """The largest number of `times` in any window of that length."""
    times = sorted(times)
    return max((bisect.bisect_right(times, t + seconds) - i for i, t in enumerate(times)), default=0)


# --- one PostgreSQL for all clusters of a test file ---

_server = None


def start_server():
    global _server
    _server = PostgresServer(max_connections="60", autovacuum_naptime="60s")
    _server.start()


def stop_server():
    _server.remove()


def server_of_all():
    return _server


class OfCluster(unittest.TestCase):
    def cluster(self, **how):
        made = Cluster(server_of_all(), **how)
        self.addCleanup(lambda: made.__exit__(AssertionError if self.has_failed() else None, None, None))
        return made

    def has_failed(self):
        outcome = self._outcome
        result = outcome.result
        return any(test is self for test, _ in (*result.failures, *result.errors)) or not outcome.success

    def wait(self, condition, seconds, what, cluster):
        wait_until(condition, seconds * SLOWER, lambda: f"{what}\n{cluster.story()}")

    def shared_out(self, cluster):
        """Each node has accounts, and none is without."""
        accounts = len(cluster.names)
        self.wait(lambda: sum(len(n.owned()) for n in cluster.nodes if n.alive()) == accounts, 30, "each account has an owner",
                  cluster)

    def give_to(self, cluster, node, *accounts):
        """The owners as a test wants them: written while no daemon runs."""
        cluster.ask("UPDATE account_run SET node = (SELECT no FROM node WHERE name = '%s') WHERE account IN (%s)" % (
            node.name, ",".join(map(str, accounts))))
