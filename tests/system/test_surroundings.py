#!/usr/bin/env python3
"""Machines as they are: folders of the spool that go away, file systems that know no RENAME_NOREPLACE, an address of two that
stalls, files that nobody may read, a server that says 429 and no more. Each once against the running daemon."""
import os
import shutil
import socket
import subprocess
import threading

from benches import ParallelTest, wait_until
from case import SANITIZED, SLOWER, main, sources_of
from harness import event, ndjson
from test_disk import can_trace

NOBODY = 65534
ROOT = os.geteuid() == 0
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def has_two_addresses():
    """A name can be given two addresses, in a namespace of the daemon's own."""
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return ROOT and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


class StallingServer:
    """Accepts and answers nothing, at one address."""

    def __init__(self, address, port):
        self.socket = socket.socket(socket.AF_INET6)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(64)
        self.kept = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.kept.append(self.socket.accept()[0])
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        for connection in self.kept:
            connection.close()


class Surroundings(ParallelTest):
    def begin(self, bench, **how):
        bench.start_sandbox("--latency", "2ms")
        bench.write_config(spool=('scan_every = "100ms"',), delivery=('tls_timeout = "1s"',),
                           sections=("[retry]", 'base = "20ms"', 'cap = "200ms"'))
        return bench.start_daemon(**how)

    # --- 3: folders of the spool ---

    def folder_removed(self, folder, is_made_again):
        """As by a tidy script: said at once, and the daemon ends with 74, after which nothing is missing."""
        def job(bench):
            self.begin(bench)
            bench.drop("a.ndjson", ndjson([event(1)]))
            bench.wait_final(1, 30 * SLOWER)
            wait_until(lambda: bench.files("work") == [], 20 * SLOWER, bench.story)
            path = os.path.join(bench.spool, folder)
            shutil.rmtree(path)
            if is_made_again:
                os.mkdir(path)
            bench.drop("b.ndjson", ndjson([event(2)]) + b"no event\n")
            wait_until(lambda: not bench.daemon.running(), 20 * SLOWER, lambda: "it ends\n" + bench.story())
            self.assertEqual(bench.daemon.child.returncode, 74, bench.story())
            self.assertIn(path, bench.daemon.output())
            bench.start_daemon()
            # The line that is no event is final before the event is.
            self.assertEqual(bench.wait_final(3, 30 * SLOWER)["delivered"], 2)
        return job

    # --- 9: a 429 that names no wait, and a burst ---

    def throttled_burst(self, bench):
        bench.start_sandbox()
        bench.faults(throttle_share=1)
        bench.write_config(rate=600, account=("burst = 50",))
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(100)))
        wait_until(lambda: len(bench.recorded()) >= 2, 30 * SLOWER, bench.story)
        wait_until(lambda: bench.counts()["in_flight"] == 0, 10 * SLOWER, "none is on the wire")
        self.assertLess(len(bench.recorded()), 50, "a 429 uses up the burst")
        bench.faults()
        wait_until(lambda: bench.counts()["delivered"] >= 10, 30 * SLOWER, lambda: "the rate comes back\n" + bench.story())
        self.assertEqual(bench.run_command("resume", "--forget-rate", "--all").returncode, 0)

    # --- 10: an address that stalls in TLS ---

    def stalling_address(self, bench):
        hosts = bench.path("hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("::1 two.test\n127.0.0.1 two.test\n")
        prefix = ("unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh")
        bench.start_sandbox("--latency", "2ms", "--name", "two.test")
        port = int(bench.url.split(":")[2].split("/")[0])
        bench.url = f"https://two.test:{port}/" + bench.url.split("/", 3)[3]
        with StallingServer("::1", port):
            bench.write_config(delivery=('tls_timeout = "1s"',), sections=("[retry]", 'base = "20ms"', 'cap = "200ms"'))
            bench.start_daemon(prefix=prefix)
            bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
            self.assertEqual(bench.wait_final(20, 30 * SLOWER)["delivered"], 20)
            self.assertIn("::1", bench.daemon.output(), "the address is named")

    # --- 14: a file system that knows no RENAME_NOREPLACE ---

    def plain_rename(self, bench):
        refuses = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2", "-e", "inject=renameat2:error=EINVAL")
        self.begin(bench, prefix=refuses)
        bench.drop("a.ndjson", ndjson([event(1), event(2)]) + b"no event\n")
        counts = bench.wait_final(3, 30 * SLOWER)
        self.assertEqual(counts["delivered"], 2)
        with open(bench.path("s.ndjson"), "wb") as file:
            file.write(ndjson([event(3)]))
        done = subprocess.run([*refuses, *bench.command("submit", bench.path("s.ndjson"))], capture_output=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        bench.wait_final(4, 30 * SLOWER)
        wait_until(lambda: {b"a.ndjson", b"s.ndjson"} <= set(bench.files("done")), 20 * SLOWER, bench.story)
        self.assertEqual(sorted(sources_of(bench.booked())), ["source-1", "source-2", "source-3"])

    # --- 15: run --once ---

    def once_with_a_file_that_nobody_may_read(self, bench):
        bench.start_sandbox()
        bench.write_config()
        bench.drop("good.ndjson", ndjson([event(1)]))
        bench.drop("secret.ndjson", ndjson([event(2)]))
        for at, folders, files in os.walk(bench.folder):
            for name in (*folders, *files):
                os.chown(os.path.join(at, name), NOBODY, NOBODY)
        os.chown(bench.folder, NOBODY, NOBODY)
        os.chown(bench.incoming("secret.ndjson"), 0, 0)
        os.chmod(bench.incoming("secret.ndjson"), 0o600)
        daemon = bench.start_daemon("--once", ready=False, prefix=AS_NOBODY)
        self.assertNotEqual(daemon.wait(60 * SLOWER), 0, "a file was left\n" + bench.story())
        self.assertIn("secret.ndjson", daemon.output())
        self.assertNotIn("a+r", daemon.output(), "the cure keeps the data private")
        self.assertEqual(sources_of(bench.booked()), ["source-1"])

    def test_each_is_met_as_documented(self):
        jobs = {"work_replaced": self.folder_removed("work", True), "rejected_removed": self.folder_removed("rejected", False),
                "throttled_burst": self.throttled_burst}
        if has_two_addresses():
            jobs["stalling_address"] = self.stalling_address
        if ROOT:
            jobs["once_unreadable"] = self.once_with_a_file_that_nobody_may_read
        if can_trace() and not SANITIZED:
            jobs["plain_rename"] = self.plain_rename
        self.at_once(**jobs)


if __name__ == "__main__":
    main()
