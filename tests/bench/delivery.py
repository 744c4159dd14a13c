#!/usr/bin/env python3
"""How fast one file goes from the spool to the sandbox, end to end, on this machine. Usage: delivery.py --build BUILD
[--events N] [--connections N] [--latency 5ms]
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from harness import Bench, Sampler, event, ndjson, wait_until  # noqa: E402


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--latency", default="0ms")
    asked = parser.parse_args()
    with Bench(asked.build) as bench:
        bench.start_sandbox("--latency", asked.latency)
        bench.write_config(connections=asked.connections)
        bench.start_daemon()
        content = ndjson(event(n) for n in range(asked.events))
        sampler = Sampler(bench.daemon)
        begin = time.monotonic()
        bench.drop("many.ndjson", content)
        wait_until(lambda: bench.stats()["booked"] >= asked.events, 600, "everything arrives", step=0.02)
        arrived = time.monotonic() - begin
        wait_until(lambda: b"many.ndjson" in bench.files("done"), 60, "the file is filed away", step=0.02)
        settled = time.monotonic() - begin
        peak = max(sampler.stop(), bench.daemon.memory("VmHWM"))
        print(f"{asked.events} events, {asked.connections} connections, latency {asked.latency}: "
              f"{asked.events / arrived:.0f} events/s; all arrived after {arrived:.2f} s, filed away after {settled:.2f} s; "
              f"daemon {processor_seconds(bench.daemon.pid) / asked.events * 1e6:.1f} us CPU an event, "
              f"peak {peak / (1 << 20):.1f} MiB")


if __name__ == "__main__":
    main()
