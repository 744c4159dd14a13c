#!/usr/bin/env python3
"""`./dev demo --cluster`: two nodes share a ledger in a PostgreSQL of the demo's own. The same export is dropped on both, one node is
killed in the middle, and the sandbox's book tells what became of each event. Exit 0 only when everything was as it should be.
Usage: demo_cluster.py BUILD
"""
import collections
import os
import sys
import time

sys.dont_write_bytecode = True

from demo import ROOT, fresh_folder, heading  # noqa: E402
from harness import Bench, Failure, event, ndjson, tail, wait_until  # noqa: E402
from postgres_server import PostgresServer  # noqa: E402

ACCOUNTS = [f"60a52f6ac660b269d13c3f{n:02x}" for n in range(6)]
EVENTS = 3_000
RATE = 900  # a minute, of each account: so that a kill comes in the middle
KILL_AT = 700


class Node(Bench):
    """A host of its own, as far as this machine can be two: a spool, a configuration, a daemon."""

    def __init__(self, name, world, conninfo):
        super().__init__(build=world.build, folder=os.path.join(world.folder, name), keep=True)
        os.makedirs(self.folder, exist_ok=True)
        self.name, self.url, self.ca, self.accounts = name, world.url, world.ca, world.accounts
        self.postgres = [f'postgres = "{conninfo}"', f'node = "{name}"']
        self.write_config(rate=RATE, spool=('settle = "0s"',))


def say(text):
    print("  " + text, flush=True)


def show(node, *arguments):
    print(f"  $ setclickd {' '.join(arguments)}")
    for line in node.run_command(*arguments).stdout.decode().rstrip().splitlines():
        print("  | " + line)
    sys.stdout.flush()


def owned(server, conninfo, name):
    return server.number(conninfo, "SELECT count(*) FROM account_run r JOIN node n ON n.no = r.node WHERE n.epoch = r.epoch AND NOT "
                         f"n.stopped AND n.name = '{name}'")


def verify(world, node):
    """What the sandbox booked, beside what the nodes say; each event by its number."""
    counts = node.counts()
    booked = collections.Counter(entry["form"]["url_parameters"] for entry in world.booked())
    doubtful = [line for line in node.run_command("list", "--in-doubt", "--limit", "0", "--json").stdout.splitlines() if line]
    twice = sum(times > 1 for times in booked.values())
    problems = []
    if counts["delivered"] != EVENTS:
        problems.append(f"delivered: {counts['delivered']}, expected {EVENTS}")
    if counts["duplicate"] != EVENTS:
        problems.append(f"duplicates named: {counts['duplicate']}, expected {EVENTS}")
    if len(booked) != EVENTS:
        problems.append(f"different events in the sandbox's book: {len(booked)}, expected {EVENTS}")
    if twice > len(doubtful):
        problems.append(f"{twice} events are booked twice, and only {len(doubtful)} were reported in doubt")
    say(f"events in the export                    {EVENTS:6}")
    say(f"lines of its second copy: duplicates    {counts['duplicate']:6}   each with a receipt that names the first")
    say(f"delivered, says the ledger              {counts['delivered']:6}")
    say(f"different events in the sandbox's book  {len(booked):6}")
    say(f"in doubt by the kill, and reported      {len(doubtful):6}   on their way, or about to be, when the node died; sent again")
    say(f"of those, booked twice                  {twice:6}   in_doubt = \"hold\" would have asked a person instead")
    return problems


def closer(node, conninfo):
    heading("look closer")
    here = os.path.relpath(os.path.dirname(node.folder)) if node.folder.startswith(ROOT) else os.path.dirname(node.folder)
    print(f"""  less {here}/a/setclickd.log {here}/b/setclickd.log     what each node logged
  ls {here}/a/spool/done {here}/b/spool/done             files that are finished, with their results
  less {here}/a/setclickd.toml                         the configuration: [ledger] postgres
  docs/cluster.md                                      set-up with a PostgreSQL that stays; this one ({conninfo.split()[0]}) is gone now""")


def play(world, server):
    begin = time.monotonic()
    conninfo = server.make_database("demo")
    a, b = (Node(name, world, conninfo) for name in "ab")
    try:
        a.start_daemon()
        b.start_daemon()
        wait_until(lambda: all(owned(server, conninfo, n.name) for n in (a, b)), 45, "both nodes have accounts", 0.3)
        say(f"PostgreSQL  {conninfo}: a temporary one, on a Unix socket; the system's is left alone")
        say(f"sandbox     {world.url}")
        say(f"node a      pid {a.daemon.pid}, {a.folder}\n  node b      pid {b.daemon.pid}, {b.folder}")

        heading(f"the same export of {EVENTS} events of {len(ACCOUNTS)} accounts is dropped on both nodes")
        export = ndjson(event(n, ACCOUNTS[n % len(ACCOUNTS)]) for n in range(EVENTS))
        a.drop("export.ndjson", export)
        b.drop("export.ndjson", export)
        wait_until(lambda: a.counts()["delivered"] >= KILL_AT, 60, lambda: "events are delivered\n" + tail(a.daemon_log), 0.3)
        say("Each account is sent for by one node, at its own rate, whichever node its events were dropped on:")
        show(a, "cluster")

        heading("kill -9 for node b, with events on their way")
        b.daemon.kill()
        killed = time.monotonic()
        before = owned(server, conninfo, "a")
        say(f"It had {len(ACCOUNTS) - before} of {len(ACCOUNTS)} accounts. Their events wait; those of node a go on. A node that is silent for 20 s "
            "is taken for dead:")
        wait_until(lambda: time.monotonic() - killed > 11, 30, "ten seconds", 0.2)
        show(a, "cluster")
        wait_until(lambda: owned(server, conninfo, "a") == len(ACCOUNTS), 60, lambda: "a takes over\n" + tail(a.daemon_log), 0.2)
        say("")
        say(f"Taken over {time.monotonic() - killed:.0f} s after the kill. What b had on its way is in doubt: sent again, and said.")

        heading("node b is started again")
        b.start_daemon()
        say("It is there again, and will get accounts back by and by, so that a node that comes and goes moves little:")
        wait_until(lambda: a.counts()["delivered"] == EVENTS and not any(n.files("work") or n.files("incoming") for n in (a, b)), 120,
                   lambda: f"all are delivered: {a.counts()}\n{tail(a.daemon_log)}\n{tail(b.daemon_log)}", 0.3)
        show(b, "cluster")

        heading("what became of each event: the ledger, beside the sandbox's own book")
        problems = verify(world, a)
        codes = [n.daemon.stop() for n in (a, b)]
        if codes != [0, 0]:
            problems.append(f"the daemons ended with {codes} on SIGTERM")
        closer(a, conninfo)
        return problems, time.monotonic() - begin
    finally:
        for node in (a, b):
            if node.daemon and node.daemon.running():
                node.daemon.kill()


def main():
    os.chdir(ROOT)
    world = Bench(build=sys.argv[1], folder=fresh_folder(), keep=True)
    world.accounts = {account: f"token-of-{account}" for account in ACCOUNTS}
    heading("starting PostgreSQL, the sandbox and two nodes")
    with PostgresServer(fsync="on", full_page_writes="on") as server, world:
        world.start_sandbox("--latency", "20ms")
        problems, seconds = play(world, server)
        world.sandbox.stop()
    heading("as it should be?" if problems else f"as it should be, after {seconds:.0f} s")
    for problem in problems:
        print(f"  WRONG  {problem}")
    if problems:
        sys.exit(1)
    say(f"a node died with events on its way: none of {EVENTS} was lost, and none went out again in silence")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"demo: {failure}")
