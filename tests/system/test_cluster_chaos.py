#!/usr/bin/env python3
"""Three nodes on one ledger with everything at random: kills, stops, partitions, restarts of the server, clocks that are set. Nothing is lost, nothing is
repeated in silence, no rate is exceeded."""
import random
import signal
import time

from case import SLOWER, main, size
from cluster import OfCluster, most_in_window, start_server, stop_server
from harness import tail


def setUpModule():
    start_server()


def tearDownModule():
    stop_server()


class Chaos(OfCluster):
    """Must show 2: three nodes, everything at random."""

    def chaos(self, policy, seconds, seed):
        dice = random.Random(seed)
        rate, burst = 300, 5
        together, bunch = 50, 10  # a second, of all accounts and nodes
        cluster = self.cluster(nodes=3, accounts=20, rate=rate, burst=burst, policy=policy, sandbox=("--latency", "150ms"),
                               endpoint=(f"rate_per_minute = {60 * together}", f"burst = {bunch}"))
        for node in cluster.nodes:
            node.with_own_clock()
        cluster.start()
        wakes, starts, done = [], [], {}
        end = time.monotonic() + seconds
        next_drop = next_fault = 0.0
        server_back = None

        def count(what):
            done[what] = done.get(what, 0) + 1

        while (now := time.monotonic()) < end:
            for at, node in [w for w in wakes if w[0] <= now]:
                wakes.remove((at, node))
                node.to_postgres.thaw()
                node.to_endpoint.mend()
                if node.stopped_at:
                    node.resume()
            for node in cluster.nodes:
                if not node.alive() and not any(s[1] is node for s in starts):
                    starts.append((now + dice.choice((0.1, 1, 5, 30)), node))
            for at, node in [s for s in starts if s[0] <= now]:
                starts.remove((at, node))
                node.start_daemon(ready=False)
            if server_back and now >= server_back:
                cluster.server.start()
                server_back = None
            if now >= next_drop:
                node = dice.choice(cluster.nodes)
                cluster.drop(node, dice.choice((1, 5, 40)))
                next_drop = now + dice.uniform(0.1, 0.6)
            if now >= next_fault:
                next_fault = now + dice.uniform(0.5, 3)
                node = dice.choice(cluster.nodes)
                busy = any(w[1] is node for w in wakes) or not node.alive()
                what = dice.choice(("kill", "stop", "postgres", "postgres one way", "endpoint", "endpoint one way", "server", "clock"))
                if what == "server":
                    if not server_back and dice.random() < 0.4:
                        cluster.server.stop(dice.choice((signal.SIGINT, signal.SIGQUIT)))
                        server_back = now + dice.choice((0.1, 3, 16))
                        count(what)
                elif what == "clock":
                    # Before the day on which the endpoint's certificate was made nothing is sent: not for long, then.
                    node.set_clock(dice.choice((0, 0, -3600, -1, 1, 90, 86400, 400 * 86400 if seconds > 120 else 3600)))
                    count(what)
                elif busy:
                    continue
                elif what == "kill":
                    node.daemon.kill()
                    count(what)
                else:
                    wakes.append((now + dice.choice((2, 8, 15, 30) if seconds < 120 else (5, 15, 30, 60)), node))
                    count(what)
                    if what == "stop":
                        node.pause()
                    elif what == "postgres":
                        node.to_postgres.freeze()
                    elif what == "postgres one way":
                        node.to_postgres.freeze(dice.choice((("server",), ("client",))))
                    elif what == "endpoint":
                        node.to_endpoint.cut()
                    else:
                        node.to_endpoint.cut(dice.choice(("to", "from")))
            time.sleep(0.02)
        if server_back:
            cluster.server.start()
        for node in cluster.nodes:
            node.set_clock(0)
            node.to_postgres.thaw()
            node.to_endpoint.mend()
            if node.stopped_at:
                node.resume()
        time.sleep(3)
        for node in cluster.nodes:
            self.keep(node, cluster)
        self.finish(cluster, together)
        counts = cluster.counts()
        print(f"\n  {policy}, seed {seed}: {cluster.dropped} events, {done}, "
              f"{cluster.number('SELECT count(*) FROM attempt WHERE in_doubt')} attempts in doubt, {counts['held']} held", flush=True)
        self.assertEqual(cluster.verdict(), [])
        left = [t for node in cluster.nodes for t in node.to_endpoint.left]
        for window in (1, 10, 60):
            self.assertLessEqual(most_in_window(left, window), together * window + bunch, f"requests of all nodes in {window} s")

    def keep(self, node, cluster):
        """Whatever its end was, it is started again: 75 is one that was deposed."""
        if not node.alive():
            if node.daemon:
                self.assertIn(node.daemon.child.returncode, (75, -9), tail(node.daemon_log))
            node.start_daemon()

    def finish(self, cluster, together):
        """Goes on until nothing is left: at half of the common rate at least, and never still for a minute."""
        begin = moved = time.monotonic()
        before = None
        while True:
            for node in cluster.nodes:
                self.keep(node, cluster)
            found = cluster.counts()
            if found["all"] == cluster.dropped and found["delivered"] + found["held"] == cluster.dropped:
                return
            now = time.monotonic()
            if found != before:
                before, moved = found, now
            if now - moved > 60 * SLOWER or now - begin > (120 + cluster.dropped / (together / 2)) * SLOWER:
                self.fail(f"{cluster.dropped} dropped; {found}; still for {now - moved:.0f} s\n{cluster.story()}")
            time.sleep(0.5)

    def test_three_nodes_with_everything_at_random_under_hold(self):
        self.chaos("hold", size(30, 600), seed=1)

    def test_three_nodes_with_everything_at_random_under_resend(self):
        self.chaos("resend", size(30, 600), seed=2)


if __name__ == "__main__":
    main()
