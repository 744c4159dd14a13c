#!/usr/bin/env python3
"""Nodes of a cluster that stand still, or are cut off from PostgreSQL: after their lease's end nothing leaves them, the others go on, and
they begin anew when they wake."""
import time
import unittest

from case import FULL, SLOWER, main, size
from cluster import OfCluster, start_server, stop_server
from harness import tail


def setUpModule():
    start_server()


def tearDownModule():
    stop_server()


class Hanging(OfCluster):
    def hang(self, policy, seconds):
        """Must show 3. SIGSTOP of an owner under load: what it may have sent is in doubt, it begins nothing later."""
        cluster = self.cluster(nodes=2, accounts=4, rate=1200, burst=20, policy=policy, sandbox=("--latency", "50ms"))
        a, b = cluster.nodes
        cluster.start()
        self.shared_out(cluster)
        node, other = (a, b) if a.owned() else (b, a)
        theirs = [cluster.names[n - 1] for n in node.owned()]
        for _ in range(10):
            cluster.drop(other, 200)
        time.sleep(2)
        self.assertTrue(node.to_endpoint.left, "it is at work")
        node.pause()
        stopped = time.monotonic()
        self.wait(lambda: len(other.owned()) == 4, 40, "the other has all", cluster)
        taken = time.monotonic() - stopped
        self.assertLess(taken, 25 * SLOWER)
        self.wait(lambda: any(x[4] in theirs and x[0] > stopped + 1 for x in cluster.arrivals()), 20, "the others go on", cluster)
        for _ in range(5):
            cluster.drop(other, 100)
        time.sleep(max(0, stopped + seconds - time.monotonic()))
        node.resume()
        woken = time.monotonic()
        self.assertEqual(node.daemon.wait(30 * SLOWER), 75, node.story())
        ended = time.monotonic()
        late = [t for t in node.to_endpoint.left if t > stopped + 0.2]
        self.assertEqual(late, [], "no request begins after the lease's end")
        self.assertIn("event=", tail(node.daemon_log))
        node.start_daemon()
        cluster.wait_all(90)
        print(f"\n  {policy}: taken over after {taken:.1f} s; ended {ended - woken:.1f} s after it woke, "
              f"{sum(cluster.in_doubt().values())} in doubt", flush=True)
        self.assertEqual(cluster.verdict(), [])

    def test_a_node_that_hung_for_a_minute_sends_nothing_when_it_wakes(self):
        self.hang("hold", size(30, 60))

    @unittest.skipUnless(FULL, "the other policy")
    def test_a_node_that_hung_for_a_minute_under_resend(self):
        self.hang("resend", 60)

    @unittest.skipUnless(FULL, "chaos does it, too")
    def test_a_node_that_is_cut_off_from_postgres_stops_sending_and_ends(self):
        cluster = self.cluster(nodes=2, accounts=4, rate=300, burst=5)
        a, b = cluster.nodes
        cluster.start()
        self.shared_out(cluster)
        node, other = (a, b) if a.owned() else (b, a)
        for _ in range(4):
            cluster.drop(other, 100)
        time.sleep(1)
        node.to_postgres.freeze()
        cut = time.monotonic()
        self.wait(lambda: len(other.owned()) == 4, 40, "the other has all", cluster)
        taken = time.monotonic()
        late = [t - cut for t in node.to_endpoint.left if t > cut + 13]
        self.assertEqual(late, [], "nothing is sent after the lease's end")
        time.sleep(3)
        node.to_postgres.thaw()
        self.assertEqual(node.daemon.wait(40 * SLOWER), 75, node.story())
        self.assertEqual([t for t in node.to_endpoint.left if t > taken], [])
        node.start_daemon()
        cluster.wait_all(90)
        self.assertEqual(cluster.verdict(slack=0.05), [])

    def test_postgres_away_for_all_deposes_nobody_and_puts_nothing_in_doubt(self):
        cluster = self.cluster(nodes=2, accounts=4, rate=600, burst=5)
        cluster.start()
        self.shared_out(cluster)
        for node in cluster.nodes:
            cluster.drop(node, 200)
        time.sleep(1)
        cluster.server.stop()
        time.sleep(size(16, 40))
        cluster.server.start()
        cluster.wait_all(90)
        self.assertTrue(all(n.alive() for n in cluster.nodes), "nobody was deposed")
        self.assertEqual(cluster.number("SELECT count(*) FROM attempt WHERE in_doubt"), 0)
        self.assertEqual(cluster.verdict(), [])


if __name__ == "__main__":
    main()
