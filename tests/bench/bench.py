#!/usr/bin/env python3
"""What a delivered event costs, as a ratio to what `wrk` spends on a request, at the same server, in the same run.

    ./dev bench            everything; the table also goes to docs/performance.md
    ./dev bench quick      the first row and the peers, few pairs: under two minutes
    ./dev bench against DIR    the first row, this build and the one in DIR in turn: what a change costs
    ./dev bench csv        the same events as NDJSON and as a table, in turn; delivered, and imported alone
    ./dev bench postgres   the ledger in PostgreSQL and in a file in turn: events a second, CPU with the server's, the server's log
    ./dev bench scrape     the first row, with a scrape of /metrics each second and without one, in turn; and one with 500 accounts

The server is nginx on one core, the client runs on the other. Every client run has a wrk run right before it; the ratio is taken
pair by pair and its median is printed. CPU is user + system time of the whole process, as the kernel accounts it when the
process is reaped; events are counted by nginx (stub_status), never by the client.
"""
import contextlib
import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import postgres_rows  # noqa: E402
import slow_cores  # noqa: E402
from peers import PEERS  # noqa: E402
from rig import Rig, Row, Scraper, free_port, versions  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "..", "docs", "performance.md")
PARTS = ("full", "quick", "main", "against", "latency", "files", "accounts", "identities", "waiting", "threads", "scrape", "csv", "postgres", "peers")
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def main_row(rig, pairs, events):
    row = Row("setclickd, NDJSON, 64 connections", "receipts, identities, in-doubt")
    path = rig.events_file(events)
    for _ in range(pairs):
        base = rig.wrk(64)
        row.add(base, rig.daemon([path], events, connections=64))
    return row


def against_rows(rig, pairs, events, other):
    """This build and another one in turn, so that what the machine does meanwhile meets both."""
    rows = [Row("setclickd, the other build", "receipts, identities, in-doubt"), Row("setclickd, this build", "as above")]
    builds = [rig.program_of(other), rig.daemon_program]
    path = rig.events_file(events)
    for pair in range(pairs):
        for n in ((0, 1) if pair % 2 == 0 else (1, 0)):
            rig.daemon_program = builds[n]
            base = rig.wrk(64)
            rows[n].add(base, rig.daemon([path], events, connections=64))
    before, now = ([run for _, run in row.pairs] for row in rows)
    ratios = [n.cpu / b.cpu for b, n in zip(before, now)]
    memory = [max(run.memory for run in runs) / 1024 for runs in (before, now)]
    print(f"  this build / the other: {statistics.median(ratios):.3f} of its CPU an event "
          f"({min(ratios):.3f}–{max(ratios):.3f}, {pairs} pairs), {memory[1]:.1f} against {memory[0]:.1f} MiB", flush=True)
    return rows


def scrape_rows(rig, pairs, events):
    """The same run with somebody who reads the metrics once a second, and without."""
    rows = [Row("setclickd, not scraped", "as above"), Row("setclickd, a scrape a second", "as above")]
    path = rig.events_file(events)
    scrapes = 0
    for pair in range(pairs):
        for is_scraped in ((False, True) if pair % 2 == 0 else (True, False)):
            port = free_port()
            base = rig.wrk(64)
            with Scraper(port) if is_scraped else contextlib.nullcontext() as scraper:
                rows[is_scraped].add(base, rig.daemon([path], events, connections=64, listen=f"127.0.0.1:{port}"))
            scrapes += len(scraper.seconds) if is_scraped else 0
    ratios = [w.cpu / n.cpu for (_, n), (_, w) in zip(rows[0].pairs, rows[1].pairs)]
    print(f"  scraped / not: {statistics.median(ratios):.3f} of its CPU an event ({min(ratios):.3f}–{max(ratios):.3f}, {pairs} pairs, "
          f"{scrapes} scrapes)", flush=True)
    seconds, size = rig.scrapes(500, 15)
    print(f"  500 accounts: a scrape of {size / 1024:.0f} KiB in {statistics.median(seconds) * 1e3:.1f} ms "
          f"({min(seconds) * 1e3:.1f}–{max(seconds) * 1e3:.1f}, {len(seconds)} scrapes)", flush=True)
    return rows


def csv_rows(rig, pairs, events):
    """The same events as NDJSON and as a table, in turn: what a table costs more."""
    rows = [Row("setclickd, NDJSON", "as above"), Row("setclickd, the same events as CSV", "as above")]
    paths = rig.twin_files(events)
    taken = [[], []]
    for pair in range(pairs):
        for n in ((0, 1) if pair % 2 == 0 else (1, 0)):
            base = rig.wrk(64)
            rows[n].add(base, rig.daemon([paths[n]], events, connections=64))
            taken[n].append(rig.take_in(paths[n]))
    lines, table = ([run for _, run in row.pairs] for row in rows)
    for what, before, now in (("delivered", lines, table), ("imported alone", *taken)):
        ratios = [n.cpu / b.cpu for b, n in zip(before, now)]
        cost = [statistics.median(run.cpu for run in runs) / events * 1e6 for runs in (before, now)]
        memory = [max(run.memory for run in runs) / 1024 for runs in (before, now)]
        print(f"  CSV / NDJSON, {what}: {statistics.median(ratios):.3f} of its CPU an event ({min(ratios):.3f}–{max(ratios):.3f}, {pairs} "
              f"pairs; {cost[1]:.2f} and {cost[0]:.2f} µs), {memory[1]:.1f} and {memory[0]:.1f} MiB", flush=True)
    return rows


def latency_row(rig, pairs, connections, seconds=8):
    row = Row(f"setclickd, 20 ms latency, {connections} connections", "as above; rate once opened")
    events = int(connections / 0.0205 * seconds)
    path = rig.events_file(events)
    for _ in range(pairs):
        base = rig.wrk(connections, port="slow", seconds=5, steady=True)
        row.add(base, rig.daemon([path], events, connections=connections, port="slow", steady=True))
    return row


def small_files_row(rig, pairs, files):
    row = Row(f"setclickd, {files:,} files of one event", "as above")
    for _ in range(pairs):
        base = rig.wrk(64)
        row.add(base, rig.daemon(None, files, connections=64, small_files=files))
    return row


def moves_row(rig, pairs, files):
    """What of the row before no program could save that takes and keeps files as this one does."""
    row = Row(f"nothing but claiming, reading and archiving {files:,} files: no ledger, nothing sent", "no")
    for _ in range(pairs):
        base = rig.wrk(64)
        row.add(base, rig.moves(files))
    return row


def accounts_row(rig, pairs, events, accounts):
    row = Row(f"setclickd, {accounts} accounts mixed in one file", "as above")
    path = rig.events_file(events, accounts=accounts)
    for _ in range(pairs):
        base = rig.wrk(64)
        row.add(base, rig.daemon([path], events, connections=64, accounts=accounts))
    return row


def identity_rows(rig, pairs, events, present):
    """Cost with an empty ledger and with many identities present, in the order of the producer's ids: rising, by content, at
    random."""
    rows = []
    for kind in ("rising", "content", "random"):
        empty = Row(f"setclickd, empty ledger, {kind} ids", "as above")
        full = Row(f"setclickd, {present:,} identities present, {kind} ids", "as above")
        paths = [rig.events_file(events, kind=kind, first=present + n * events) for n in range(pairs)]
        for path in paths:
            empty.add(rig.wrk(64), rig.daemon([path], events, connections=64))
        rig.fill_ledger(present, kind)
        for path in paths:
            full.add(rig.wrk(64), rig.daemon([path], events, connections=64, keep_ledger=True))
            os.remove(path)
        print(f"  {kind} ids: {statistics.median(full.ratios()) / statistics.median(empty.ratios()):.2f} x the cost, "
              f"{statistics.median(full.rates()) / statistics.median(empty.rates()):.2f} x the rate of an empty ledger", flush=True)
        rows += [empty, full]
    return rows


def waiting_rows(rig, pairs, events):
    """Cost and memory by what waits: the same number is delivered out of few and out of many."""
    rows = []
    for waiting in (pairs * events + 10_000, 10_000_000):
        rig.fill_waiting(waiting)
        row = Row(f"setclickd, delivering {events:,} of {waiting:,} that wait", "as above, imported before")
        for _ in range(pairs):
            base = rig.wrk(64)
            row.add(base, rig.deliver_some(events))
        rows.append(row)
    return rows


def threads_rows(build, pairs, events, share=0.2):
    """One network thread and two, against two workers of the server, every thread on a slow core of its own."""
    if why := slow_cores.missing():
        print(f"left out: network threads: {why}", file=sys.stderr)
        return []
    rows = []
    with Rig(build, workers=2) as rig, contextlib.ExitStack() as slowed:
        for pid in rig.server_pids():
            slowed.enter_context(slow_cores.SlowCores(pid, share * 1.5))
        path = rig.events_file(events)
        for threads in (1, 2):
            row = Row(f"setclickd, {threads} network thread{'s' if threads > 1 else ''}, each thread on its own slow core",
                      "as above; rate once opened")
            for _ in range(pairs):
                how = {"pinned": False, "share": share, "steady": True}
                base = rig.wrk(64, seconds=5, **how)
                row.add(base, rig.daemon([path], events, connections=64, threads=threads, **how))
            rows.append(row)
    one, two = ([r.steady for _, r in row.pairs] for row in rows)
    print(f"  two network threads against one: {statistics.median(two) / statistics.median(one):.2f} x the rate", flush=True)
    return rows


def peer_rows(rig, pairs, names):
    rows = []
    for peer in PEERS:
        if names and peer.name not in names:
            continue
        why = peer.missing()
        if why:
            print(f"left out: {peer.name}: {why}", file=sys.stderr)
            continue
        row = Row(peer.name, peer.durable)
        for _ in range(min(pairs, peer.pairs)):
            base = rig.wrk(peer.connections)
            row.add(base, peer.run(rig))
        rows.append(row)
    return rows


def table(rows):
    lines = ["| client | pairs | µs CPU an event | × wrk's CPU (min–max) | × wrk's rate | MiB | survives a crash |",
             "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    lines += [row.markdown() for row in rows]
    return "\n".join(lines)


def write(text):
    try:
        with open(TABLE, encoding="utf-8") as file:
            before, rest = file.read().split(BEGIN)
            after = rest.split(END)[1]
    except (OSError, ValueError):
        print(text)
        return
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else "full"
    if mode not in PARTS:
        sys.exit(f"bench: unknown part '{mode}': {', '.join(PARTS)}")
    if (mode == "against") != (len(sys.argv) == 3):
        sys.exit("bench: `against` takes the folder of another build (its build/release), no other part takes anything")
    started = time.monotonic()
    build = os.environ.get("SETCLICK_BUILD", "build/release")
    rows = []
    with Rig(build) as rig:
        if mode in ("full", "quick", "main"):
            rows.append(main_row(rig, 3 if mode == "quick" else 7, 100_000 if mode == "quick" else 300_000))
        if mode == "against":
            rows += against_rows(rig, 9, 300_000, sys.argv[2])
        if mode == "scrape":
            rows += scrape_rows(rig, 9, 600_000)
        if mode == "postgres":
            return postgres_rows.run(rig, int(os.environ.get("BENCH_PAIRS", "5")), int(os.environ.get("BENCH_EVENTS", "300000")))
        if mode == "csv":
            rows += csv_rows(rig, int(os.environ.get("BENCH_PAIRS", "7")), int(os.environ.get("BENCH_EVENTS", "1000000")))
        if mode in ("full", "files"):
            rows += [small_files_row(rig, 7, 50_000), moves_row(rig, 7, 50_000)]
        if mode in ("full", "accounts"):
            rows.append(accounts_row(rig, 3, 300_000, 500))
        if mode in ("full", "latency"):
            rows += [latency_row(rig, 7, 64), latency_row(rig, 7, 512)]
        if mode in ("full", "identities"):
            rows += identity_rows(rig, 3, 300_000, 5_000_000)
        if mode in ("full", "waiting"):
            rows += waiting_rows(rig, 7, 100_000)
        if mode in ("full", "quick", "peers"):
            rows += peer_rows(rig, 1 if mode == "quick" else 7, None)
    if mode in ("full", "threads"):
        rows += threads_rows(build, 7, 100_000)
    text = table(rows) + "\n\n" + versions(build)
    print(text)
    print(f"\n{time.monotonic() - started:.0f} s", file=sys.stderr)
    if mode == "full":
        write(text)
    if os.environ.get("BENCH_JSON"):
        with open(os.environ["BENCH_JSON"], "w", encoding="utf-8") as file:
            json.dump([row.as_dict() for row in rows], file)


if __name__ == "__main__":
    main()
