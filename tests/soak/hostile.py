#!/usr/bin/env python3
"""Ten thousand hostile exchanges and failed handshakes: everything is delivered, and neither memory nor descriptors grow.

    ./dev soak hostile [--exchanges 10000] [--seed N]

Each event is misanswered the first time by a behaviour drawn at random (tests/system/hostile_answers.py), and properly from then on; a share
of the connections fails before or at the handshake. After a fifth of it the daemon counts as warm: from there on its resident
memory may grow by MEMORY at most, and when all is done it has no more descriptors than before the first event.
"""
import argparse
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

from harness import TOKEN, Bench, Failure, event, ndjson, wait_until  # noqa: E402
from hostile_answers import BEHAVIOURS  # noqa: E402
from hostile_server import HostileServer  # noqa: E402

MEMORY = 4 << 20
BATCH = 500
ACCOUNTS = [f"{n:024x}" for n in range(1, 17)]  # trouble is an account's: many of them, or it would all go one by one
# Not here: what parks (a few of them, below), what slows an account down for good, and what no client can tell from the
# answer to its next request.
ELSEWHERE = ("refused", "retry-after-nonsense", "unasked-answer-later", "late-second-answer")
PARKS = ("status-600", "status-000", "ended-by-close", "html", "status-error", "gzip", "unknown-coding", "redirect")


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--exchanges", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--patience", type=float, default=1800, help="seconds for all of it")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    usual = [name for name in BEHAVIOURS if name not in ELSEWHERE + PARKS]
    names = [draw.choice(PARKS) if draw.random() < 0.005 else draw.choice(usual) for _ in range(options.exchanges)]

    with Bench(options.build) as bench:
        server = HostileServer(bench.folder)
        server.random, server.early_share = draw, 0.06
        bench.url, bench.ca = server.url, server.ca
        bench.accounts = dict.fromkeys(ACCOUNTS, TOKEN)
        bench.write_config(connections=32, delivery=('response_timeout = "100ms"', 'tls_timeout = "200ms"', 'idle_timeout = "1s"'),
                           sections=("[retry]", 'base = "10ms"', 'cap = "20ms"', 'probe_first = "1s"', 'probe_cap = "1s"'))
        daemon = bench.start_daemon()
        before = descriptors(daemon)
        begin = time.monotonic()
        warm = most_descriptors = 0
        for first in range(0, len(names), BATCH):
            batch = range(first, min(first + BATCH, len(names)))
            bench.drop(f"{first}.ndjson", ndjson(event(n, account=ACCOUNTS[n % len(ACCOUNTS)],
                                                       url_parameters={"utm_source": f"{names[n]}.{n}"}) for n in batch))

            def done():
                nonlocal most_descriptors
                if not daemon.running():
                    raise Failure(f"the daemon ended\n{bench.story()}")
                status = bench.status()
                if status.get("endpoint_parked") or any(a.get("parked") for a in status["accounts"]):
                    bench.run_command("resume", "--all")
                most_descriptors = max(most_descriptors, descriptors(daemon))
                return status["events"]["delivered"] == batch[-1] + 1
            wait_until(done, options.patience - (time.monotonic() - begin),
                       lambda: f"{batch[-1] + 1} are delivered: {bench.counts()}\n{bench.story()}", step=0.1)
            now = daemon.memory("VmRSS")
            if not warm and batch[-1] + 1 >= len(names) / 5:
                warm = now
            print(f"{batch[-1] + 1:7} events  {time.monotonic() - begin:6.0f} s  {now / 1048576:6.1f} MiB resident  "
                  f"{descriptors(daemon):4} descriptors  {sum(server.met.values()):5} failed handshakes", flush=True)
        server.early_share = 0
        wait_until(lambda: descriptors(daemon) <= before, 30,
                   lambda: f"as many descriptors as before the first event ({before}); there are {descriptors(daemon)}")
        grown = daemon.memory("VmRSS") - warm
        misanswered = sum(1 for n, name in enumerate(names) if server.seen[f"{name}.{n}"] >= 1)
        bad = []
        if grown > MEMORY:
            bad.append(f"memory grew by {grown} bytes after warming up")
        if misanswered < len(names):
            bad.append(f"only {misanswered} of {len(names)} events met their misbehaviour")
        if bench.counts()["rejected"]:
            bad.append("events were rejected")
        if daemon.stop() != 0:
            bad.append(f"the daemon did not end in order\n{bench.story()}")
        print(f"{misanswered} hostile exchanges, {sum(server.met.values())} connections failed before a request "
              f"({len(server.met)} kinds), memory {grown / 1048576:+.1f} MiB after warm-up, at most {most_descriptors} descriptors, "
              f"{before} before and after")
        for line in bad:
            print("FAILED: " + line)
        return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
