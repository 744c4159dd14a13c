#!/usr/bin/env python3
"""Ends and reloads under load: nothing in doubt, nothing lost, nothing repeated."""
import collections
import os
import signal
import socket
import subprocess
import time

from benches import ParallelTest, now_us
from case import SLOWER, main, size, sources_of
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until

OTHER = "60a52f6ac660b269d13c3f54"
RELOADS = size(100, 400)
EVENTS = size(6000, 60000)


def connections_to(port):
    """How many connections of this machine to that port are established."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        return sum(fields[2].endswith(f":{port:04X}") and fields[3] == "01" for fields in map(str.split, file))


class Lifecycle(ParallelTest):
    def assert_each_once(self, bench, total):
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual((len(seen), set(seen.values())), (total, {1}))
        self.assertEqual(sum(a["in_doubt_ever"] for a in bench.status()["accounts"]), 0)

    # --- SIGTERM ---

    def ends_within(self, bench, seconds):
        began = now_us()
        code = bench.daemon.stop()
        self.assertEqual(code, 0, bench.story())
        self.assert_within(seconds * SLOWER, began, what=bench.story())
        return (now_us() - began) / 1e6

    def drains(self, bench):
        """Many under way, answers that come after half a second: SIGTERM waits for them and for nothing else."""
        bench.start_sandbox("--latency", "500ms")
        bench.write_config(delivery=('drain_timeout = "5s"',))
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(2000)))
        wait_until(lambda: bench.stats()["requests"] >= 63, 30 * SLOWER, "many are under way")
        self.ends_within(bench, 3)  # half a second for the answers, and little more
        counts = bench.counts()
        self.assertEqual((counts["in_doubt"], counts["in_flight"]), (0, 0))
        self.assertEqual(counts["delivered"], len(bench.booked()))
        bench.faults()
        bench.start_daemon()
        self.assertEqual(bench.wait_final(2000, 40 * SLOWER)["delivered"], 2000)
        self.assert_each_once(bench, 2000)

    def silent_server(self, bench):
        """A server that never answers: at the drain's end only what was sent is in doubt, and the daemon is gone."""
        bench.start_sandbox("--stall", "1")
        bench.write_config(delivery=('drain_timeout = "2s"',), in_doubt="hold")
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(300)))
        wait_until(lambda: bench.stats()["requests"] >= 1, 30 * SLOWER, "one is under way")
        self.assertGreaterEqual(self.ends_within(bench, 4), 1.9)
        counts = bench.counts()
        # Alone, since nothing ever succeeded: one was sent, held by its account's policy.
        arrived = len(bench.recorded())
        self.assertEqual((counts["held"], counts["waiting"]), (arrived, 300 - arrived), counts)

    def name_server_is_gone(self, bench):
        """A look-up that nobody answers cannot be called off; the end does not wait for it."""
        bench.start_sandbox()
        bench.write_config()
        with open(bench.config, encoding="utf-8") as file:
            config = file.read()
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(config.replace(bench.url, "https://api.example"))
        mounts = "true"
        for name, text in (("resolv.conf", "nameserver 127.0.0.77\noptions timeout:30 attempts:3\n"),
                           ("nsswitch.conf", "hosts: dns\n")):
            with open(bench.path(name), "w", encoding="utf-8") as file:
                file.write(text)
            mounts += f" && mount --bind {bench.path(name)} /etc/{name}"
        if subprocess.run(["unshare", "-m", "sh", "-c", mounts], check=False).returncode != 0:
            return print("NOT TESTED: a name server that is gone; the mounts for it need root, and the files in /etc")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.77", 53))
            silent.settimeout(20 * SLOWER)
            bench.start_daemon(prefix=("unshare", "-m", "sh", "-c", f'{mounts} && exec "$@"', "sh"))
            bench.drop("a.ndjson", ndjson(event(n) for n in range(5)))
            self.assertIn(b"api", silent.recv(512))
            self.ends_within(bench, 6)
        self.assertEqual(bench.counts()["waiting"], 5)

    def hangs(self, bench):
        """A daemon that does not answer is not one that does not run."""
        bench.start_sandbox()
        bench.start_daemon()
        bench.daemon.child.send_signal(signal.SIGSTOP)
        said = bench.status()["daemon"]
        text = bench.run_command("status").stdout.decode()
        bench.daemon.child.send_signal(signal.SIGCONT)
        self.assertTrue(said["running"], said)
        self.assertIn("runs, but did not answer", text)

    def quiet_outage(self, bench, threads):
        """A quiet account's connection has idled out when the endpoint goes away: its next event is given back unsent, and goes
        out behind the outage without anything else happening."""
        bench.start_sandbox()
        bench.write_config(delivery=(f"threads = {threads}", 'idle_timeout = "1s"'))
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson([event(0)]))
        bench.wait_final(1, 30 * SLOWER)
        port = int(bench.url.rsplit(":", 1)[1].split("/")[0])
        wait_until(lambda: connections_to(port) == 0, 20 * SLOWER, "the connection has idled out")
        bench.sandbox.stop()
        bench.drop("b.ndjson", ndjson([event(1)]))
        wait_until(lambda: "cannot be reached" in bench.daemon.output(), 20 * SLOWER, "it meets the outage")
        wait_until(lambda: bench.counts()["waiting"] == 1, 20 * SLOWER, lambda: f"the event waits: {bench.counts()}")
        bench.start_sandbox(port=port)
        self.assertEqual(bench.wait_final(2, 40 * SLOWER)["delivered"], 2)
        self.assert_each_once(bench, 2)

    def parked_and_waiting(self, bench):
        """Waits of every kind (a park, Retry-After, a rate of one an hour) hold up no end."""
        bench.accounts[OTHER] = "another.token"
        bench.start_sandbox("--status-for", f"{OTHER}=404", "--retry-after", "3600")
        bench.write_config(rate=1 / 60)
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n, account=(ACCOUNT, OTHER)[n % 2]) for n in range(100)))
        wait_until(lambda: len(bench.recorded()) == 2, 30 * SLOWER, "a call of each")
        self.ends_within(bench, 2)
        self.assertEqual(bench.counts()["in_doubt"], 0)

    def test_sigterm_and_outages(self):
        self.at_once(drains=self.drains, name_server=self.name_server_is_gone, hangs=self.hangs, silent=self.silent_server, waiting=self.parked_and_waiting,
                     outage=lambda bench: self.quiet_outage(bench, 1),
                     outage_with_threads=lambda bench: self.quiet_outage(bench, 2))

    # --- reload ---

    def under_load(self, bench, reload):
        """Files keep coming, answers come at once, and RELOADS reloads happen, each with another configuration."""
        bench.start_sandbox("--latency", "2ms")
        bench.write_config(spool=('scan_every = "200ms"',))
        bench.start_daemon()
        each = EVENTS // RELOADS
        for n in range(RELOADS):
            bench.drop(f"{n}.ndjson", ndjson(event(i) for i in range(n * each, n * each + each)))
            if n % 3 == 0:  # an account comes or goes: the intake has to begin anew
                bench.accounts.pop(OTHER, None) or bench.accounts.update({OTHER: TOKEN})
            bench.write_config(spool=('scan_every = "200ms"',), rate=(0, 600000)[n % 2], connections=8 + n % 40)
            reload(n)
        counts = bench.wait_final(each * RELOADS, 60 * SLOWER)
        self.assertEqual(counts["delivered"], each * RELOADS, bench.story())
        self.assert_each_once(bench, each * RELOADS)
        self.assertEqual(counts["duplicate"], 0, "no line was read twice")
        wait_until(lambda: bench.files("work") == [], 20 * SLOWER, "every file is finished")
        self.assertEqual(len([name for name in bench.files("done") if not name.endswith(b".json")
                              and not name.startswith(b"results-")]), RELOADS)

    def by_signal(self, bench):
        def reload(_):
            bench.daemon.signal(signal.SIGHUP)
            time.sleep(0.02)  # many signals, some of them during a reload
        self.under_load(bench, reload)
        self.assertIn("the configuration was reloaded", bench.daemon.output())

    def by_command(self, bench):
        def reload(_):
            bench.run_command("reload")
        self.under_load(bench, reload)
        self.assertEqual(bench.daemon.output().count("the configuration was reloaded"), RELOADS)

    def invalid(self, bench):
        """A configuration that cannot be used changes nothing, says why, and exits 78."""
        bench.start_sandbox()
        bench.write_config()
        bench.start_daemon()
        with open(bench.config, encoding="utf-8") as file:
            good = file.read()
        for bad, word in ((good.replace("connections = 64", "connections = 0"), "connections"),
                          (good + "\n[spol]\n", "spol"),
                          (good.replace(bench.ca, "/nonexistent/ca.pem"), "ca_file"),
                          (good.replace(bench.spool, bench.spool + "2"), "spool.dir")):
            with open(bench.config, "w", encoding="utf-8") as file:
                file.write(bad)
            done = bench.run_command("reload", check=False)
            self.assertEqual(done.returncode, 78, (word, done.stdout, done.stderr))
            self.assertIn(word, done.stderr.decode())
        # Where `reload` does not find the daemon any more, a signal does.
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(good + f'\n[control]\nsocket = "{bench.path("other.sock")}"\n')
        bench.daemon.child.send_signal(signal.SIGHUP)
        wait_until(lambda: "control.socket cannot change" in bench.daemon.output(), 20 * SLOWER, "it says so")
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(good)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        self.assertEqual(bench.wait_final(20, 20 * SLOWER)["delivered"], 20)

    def comes_and_goes(self, bench):
        """An account that goes keeps its events; when it comes back they are delivered."""
        bench.accounts[OTHER] = TOKEN
        bench.start_sandbox("--status-for", f"{OTHER}=503")
        bench.write_config()
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n, account=(ACCOUNT, OTHER)[n % 2]) for n in range(60)))
        bench.wait_final(30, 20 * SLOWER)
        del bench.accounts[OTHER]
        bench.write_config()
        bench.run_command("reload")
        wait_until(lambda: bench.counts()["in_flight"] == 0, 20 * SLOWER, "what was on the wire is answered")
        bench.faults()
        calls = len(bench.recorded())
        time.sleep(1.5)  # longer than its retries would take
        self.assertEqual(len(bench.recorded()), calls, "an account that is not configured makes no call")
        self.assertEqual(sum(bench.counts()[s] for s in ("waiting", "deferred")), 30)
        bench.accounts[OTHER] = TOKEN
        bench.write_config()
        bench.run_command("reload")
        bench.run_command("resume", OTHER)
        self.assertEqual(bench.wait_final(60, 30 * SLOWER)["delivered"], 60)

    def test_reload(self):
        self.at_once(by_signal=self.by_signal, by_command=self.by_command, invalid=self.invalid,
                     comes_and_goes=self.comes_and_goes)


if __name__ == "__main__":
    main()
