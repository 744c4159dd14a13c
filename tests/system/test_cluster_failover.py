#!/usr/bin/env python3
"""Two nodes and a failover to an asynchronous standby: one that had everything is nothing; what one lost is noticed, all nodes stop, and
a person's adoption puts in doubt what may have been sent. And a program that has become too old for the ledger's tables."""
import unittest

from case import SLOWER, main
from cluster import Cluster
from harness import tail, wait_until
from postgres_server import PostgresServer, Standby


class Failover(unittest.TestCase):
    def follow(self, primary):
        standby = Standby(primary)
        self.addCleanup(standby.remove)
        standby.start()
        wait_until(lambda: primary.execute(primary.conninfo(), "SELECT sync_state FROM pg_stat_replication") == [["async"]], 20 * SLOWER,
                   "the standby follows")
        return standby

    def fail_over(self, cluster, primary, standby):
        primary.crash()
        standby.promote()
        cluster.server, cluster.conninfo = standby, standby.conninfo(cluster.database)
        for node in cluster.nodes:
            node.to_postgres.use(standby)

    def ends_with(self, node, code):
        self.assertEqual(node.daemon.wait(30 * SLOWER), code, tail(node.daemon_log))

    def test_a_loss_stops_all_nodes_and_is_adopted_and_none_is_no_halt(self):
        primary = PostgresServer()
        self.addCleanup(primary.remove)
        primary.start()
        cluster = Cluster(primary, nodes=2, accounts=4, rate=2400, burst=10, sandbox=("--latency", "5ms"))
        self.addCleanup(lambda: cluster.__exit__(None, None, None))
        a, b = cluster.nodes
        second = self.follow(primary)
        a.start_daemon()
        b.start_daemon()
        cluster.drop(a, 60)
        cluster.drop(b, 60)
        cluster.wait_all()
        wait_until(lambda: primary.execute(primary.conninfo(), "SELECT replay_lsn = pg_current_wal_lsn() FROM pg_stat_replication")
                   == [["t"]], 20 * SLOWER, "the standby has it all")

        # Nothing was lost: it goes on by itself.
        self.fail_over(cluster, primary, second)
        cluster.drop(a, 40)
        cluster.wait_all()
        self.assertEqual(cluster.ask("SELECT halted FROM ledger"), [[""]])

        # What comes after this the standby has not: a file that is on its way, and one that it has never heard of.
        third = self.follow(second)
        cluster.bench.faults(status="503")
        cluster.drop(a, 600)
        wait_until(lambda: cluster.counts()["all"] == cluster.dropped, 20 * SLOWER, "it is read")
        third.execute(third.conninfo(), "ALTER SYSTEM SET primary_conninfo = ''")
        third.execute(third.conninfo(), "SELECT pg_reload_conf()")
        wait_until(lambda: second.execute(second.conninfo(), "SELECT count(*) FROM pg_stat_replication") == [["0"]], 20 * SLOWER,
                   "nothing reaches it any more")
        delivered = cluster.counts()["delivered"]
        cluster.bench.faults()
        wait_until(lambda: cluster.counts()["delivered"] > delivered + 40, 20 * SLOWER, lambda: f"more is delivered\n{cluster.story()}")
        cluster.bench.faults(status="503")
        cluster.drop(b, 100)
        wait_until(lambda: cluster.counts()["all"] == cluster.dropped, 20 * SLOWER, lambda: f"it is read\n{cluster.story()}")
        self.fail_over(cluster, second, third)
        for node in cluster.nodes:
            self.ends_with(node, 74)
        self.assertIn("event=ledger_lost", tail(a.daemon_log, 60) + tail(b.daemon_log, 60))
        for node in cluster.nodes:
            self.assertIn("setclickd ledger adopt", tail(node.daemon_log, 60))
        b.start_daemon(ready=False)
        self.ends_with(b, 74)

        cluster.bench.faults()
        adopted = a.run_command("ledger", "adopt", "--yes")
        self.assertIn(b"in doubt", adopted.stdout)
        b.start_daemon()
        wait_until(lambda: cluster.counts()["all"] == cluster.dropped, 20 * SLOWER, lambda: "b reads its file again\n" + cluster.story())
        a.start_daemon()
        cluster.wait_all()
        cluster.rate = 0  # what was used of it is among what was lost
        self.assertEqual(cluster.verdict(), [])
        a.run_command("ledger", "check")

        # Tables that only a later program may write to.
        cluster.ask("UPDATE ledger SET version = 99, min_writer = 98")
        for node in cluster.nodes:
            self.ends_with(node, 78)
            self.assertIn("version 98 or later", tail(node.daemon_log, 60))
        a.start_daemon(ready=False)
        self.ends_with(a, 78)


if __name__ == "__main__":
    main()
