"""The ledger in PostgreSQL beside the one in a file: events a second from end to end, and the processor's time of daemon and server together.

The server is a PostgreSQL of its own with `fsync` on, on the same disk. F is what `pgbench -N -M prepared -c 1` commits a second on it, right
before each pair. The server's processes end with their connections: their time is taken from the postmaster's, which has waited for them.
"""
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from postgres_server import PostgresServer, programs  # noqa: E402

SETTINGS = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB", "max_wal_size": "2GB", "autovacuum_naptime": "10s"}


def server_seconds(server):
    """Of the postmaster, of its children that live, and of those that have ended."""
    def fields(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return [int(x) for x in file.read().rsplit(")", 1)[1].split()[11:15]]
    pid = server.child.pid
    ticks = sum(fields(pid))
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in file.read().split():
            ticks += sum(fields(child)[:2])
    return ticks / os.sysconf("SC_CLK_TCK")


def commits_a_second(server, conninfo, seconds=4):
    bench = os.path.join(programs(), "pgbench")
    if not server.has_pgbench:
        subprocess.run([bench, "-i", "-q", conninfo], check=True, capture_output=True)
        server.has_pgbench = True
    done = subprocess.run([bench, "-N", "-n", "-M", "prepared", "-c", "1", "-T", str(seconds), conninfo], check=True,
                          capture_output=True, text=True)
    return float(done.stdout.split("tps = ")[1].split()[0])


def run(rig, pairs, events):
    path = rig.events_file(events)
    found = []
    with PostgresServer(**SETTINGS) as server:
        server.has_pgbench = False
        pgbench = server.make_database("pgbench")
        for pair in range(pairs):
            f = commits_a_second(server, pgbench)
            rig.postgres = None
            alone = rig.daemon([path], events, connections=64)
            rig.postgres = server.make_database(f"ledger{pair}")
            begin, wal = server_seconds(server), written(server, pgbench)
            shared = rig.daemon([path], events, connections=64)
            server_cpu = server_seconds(server) - begin
            wal = written(server, pgbench) - wal
            rig.postgres = None
            one = {"f": f, "rate": events / shared.wall, "rate_in_a_file": events / alone.wall, "daemon": shared.cpu, "server": server_cpu,
                   "in_a_file": alone.cpu, "times": (shared.cpu + server_cpu) / alone.cpu, "wal": wal / events}
            found.append(one)
            print(f"  F {f:.0f}; in PostgreSQL {one['rate']:.0f} events a second ({one['rate'] / f:.1f} F), in a file {one['rate_in_a_file']:.0f}; "
                  f"CPU an event: daemon {shared.cpu / events * 1e6:.1f} µs + server {server_cpu / events * 1e6:.1f} µs, in a file "
                  f"{alone.cpu / events * 1e6:.1f} µs: {one['times']:.2f} times; log {one['wal']:.0f} bytes an event with full pages", flush=True)
    middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
    print(f"\n{pairs} pairs of {events:,} events, medians: {middle['rate']:.0f} events a second ({middle['rate'] / middle['f']:.1f} F at F = "
          f"{middle['f']:.0f}), {middle['times']:.2f} times the processor's time of a ledger in a file")


def written(server, conninfo):
    return server.number(conninfo, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
