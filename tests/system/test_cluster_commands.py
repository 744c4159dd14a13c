#!/usr/bin/env python3
"""Commands from any host of a cluster: each part is carried out by the node that has the account, once, whoever dies meanwhile."""
import json
import subprocess
import time

from case import SLOWER, main
from cluster import OfCluster, start_server, stop_server
from harness import DIES_WITH_US

RECONCILE = ("[reconcile]", 'labels = ["offline-lead"]', 'delay = "0s"')
MANY = 5_000


def setUpModule():
    start_server()


def tearDownModule():
    stop_server()


class CommandsCase(OfCluster):
    def json(self, node, *arguments):
        return json.loads(node.run_command(*arguments, "--json").stdout)

    def in_ledger(self, cluster, count):
        self.wait(lambda: cluster.counts()["all"] == count, 20, f"{count} are in the ledger", cluster)

    def share_out(self, cluster, a, b):
        """Half of the accounts each, without the half minute after which a node gets some by itself."""
        self.shared_out(cluster)
        half = len(cluster.names) // 2
        for node, numbers in ((a, range(1, half + 1)), (b, range(half + 1, len(cluster.names) + 1))):
            cluster.ask("UPDATE account_run r SET node = n.no, epoch = n.epoch FROM node n WHERE n.name = "
                        f"'{node.name}' AND r.account IN ({','.join(map(str, numbers))})")
        time.sleep(2.5)  # both have looked
        self.assertEqual((len(a.owned()), len(b.owned())), (half, half))

    def name_of(self, cluster, node):
        """An account that this node has."""
        return cluster.names[min(node.owned()) - 1]


class FromAnyHost(CommandsCase):
    def test_what_is_commanded_anywhere_is_done_where_the_account_is(self):
        cluster = self.cluster(nodes=3, accounts=6, sections=RECONCILE)
        a, b, c = cluster.nodes  # no daemon runs on c, ever
        a.start_daemon()
        b.start_daemon()
        self.share_out(cluster, a, b)
        of_a, of_b = self.name_of(cluster, a), self.name_of(cluster, b)

        # Paused from a host without a daemon: nothing is sent by anybody.
        self.assertEqual(self.json(c, "pause", "--all")["changed"], 6)
        self.assertEqual(self.json(a, "pause", "--all")["changed"], 0)
        cluster.drop(a, 60)
        cluster.drop(b, 60)
        self.in_ledger(cluster, 120)

        # Held on a for an account of b; by a file that has events of both; on a host without a daemon.
        self.assertEqual(self.json(a, "hold", "--account", of_b)["touched"], 20)
        self.assertEqual(self.json(c, "hold", "--file", "f1.ndjson", "--dry-run")["touched"], 50)
        self.assertEqual(self.json(c, "hold", "--file", "f1.ndjson")["touched"], 50)
        self.assertEqual(cluster.counts()["held"], 70)
        self.assertEqual(self.json(b, "release", "--all")["touched"], 70)
        self.assertEqual(self.json(b, "hold", "--account", of_a)["touched"], 20)
        one = json.loads(c.run_command("list", "--account", of_a, "--limit", "1", "--json").stdout.splitlines()[0])
        self.assertEqual(self.json(b, "release", str(one["id"]))["touched"], 1)
        refused = c.run_command("discard", "--account", of_a, check=False)
        self.assertEqual(refused.returncode, 1, "it asks")
        self.assertEqual(self.json(c, "discard", "--account", of_a, "--yes")["touched"], 20)
        self.assertEqual(self.json(b, "retry", "--account", of_a)["touched"], 20)
        shown = json.loads(c.run_command("show", str(one["id"]), "--json").stdout)
        self.assertRegex(json.dumps(shown), r"uid \d+ on [^\"]*, as setclick")
        self.assertEqual(cluster.arrivals(), [], "still paused")
        self.assertEqual(c.run_command("pause", "nobody", check=False).returncode, 1)

        # The endpoint's pause is everybody's, and outlives a start.
        self.assertEqual(self.json(c, "pause", "--endpoint")["changed"], 1)
        self.assertEqual(self.json(b, "pause", "--endpoint")["changed"], 0)
        self.assertEqual(self.json(c, "resume", of_a)["changed"], 1)
        self.assertEqual(self.json(a, "resume", of_b)["changed"], 1)
        for node in (a, b):
            self.assertEqual(node.status()["endpoint_parked"]["reason"], "paused")
        self.assertEqual(b.daemon.stop(), 0)
        b.start_daemon()
        self.assertEqual(b.status()["endpoint_parked"]["reason"], "paused")
        self.assertEqual(cluster.arrivals(), [])
        self.assertGreaterEqual(self.json(c, "resume", "--all")["changed"], 5)
        cluster.wait_all()
        self.assertEqual(cluster.verdict(), [])

        # Its report is read at the owner's rate.
        before = cluster.number("SELECT count(*) FROM command")
        account = self.name_of(cluster, a)
        for node in (b, c):
            done = node.run_command("reconcile", "--account", account, "--date-range", "2025-03-01,2025-03-31", "--json")
            self.assertTrue(json.loads(done.stdout)["agrees"])
        asked = cluster.ask(f"SELECT request FROM command WHERE id > {before} ORDER BY id")
        self.assertGreaterEqual(sum('"pass-read"' in row[0] for row in asked), 2, asked)

        # An account that nobody can send for has a caretaker for as long as a command takes.
        cluster.ask("INSERT INTO account(no, id) VALUES(7, 'orphan'); INSERT INTO account_run(account, node, epoch) VALUES(7, 0, 0)")
        self.assertEqual(self.json(c, "pause", "orphan")["changed"], 1)
        self.assertEqual(self.json(b, "hold", "--account", "orphan")["touched"], 0)
        self.wait(lambda: cluster.number("SELECT node FROM account_run WHERE account = 7") == 0, 5, "it is given back", cluster)
        self.operator_may(cluster, c, account)
        self.without_a_node(cluster)

    def operator_may(self, cluster, node, account):
        """With the role that may insert into `command` and read, and nothing else."""
        cluster.ask("DO $$ BEGIN CREATE ROLE setclick_operator LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        node.run_command("ledger", "migrate")
        with open(node.config, encoding="utf-8") as file:
            text = file.read()
        with open(node.config, "w", encoding="utf-8") as file:
            file.write(text.replace("user=setclick", "user=setclick_operator"))
        self.assertEqual(self.json(node, "pause", account)["changed"], 1)
        self.assertEqual(self.json(node, "resume", "--all")["changed"], 1, "the orphan is nobody's to send for")
        self.assertEqual(self.json(node, "hold", "--all")["touched"], 0)
        some = json.loads(node.run_command("list", "--limit", "1", "--json").stdout.splitlines()[0])["id"]
        self.assertEqual(node.run_command("retry", str(some), check=False).returncode, 1, "it needs --force")
        self.assertTrue(node.run_command("status").stdout)
        self.assertTrue(node.run_command("files").stdout)
        self.assertNotEqual(node.run_command("show", str(some), check=False).returncode, 0, "contents are not its to read")
        as_operator = cluster.conninfo.replace("user=setclick", "user=setclick_operator")
        for sql in ("UPDATE command SET done = true", "DELETE FROM command", "UPDATE node SET leaves = true",
                    "INSERT INTO shared(key) VALUES('x')", "SELECT body FROM pack"):
            self.assertIsNone(cluster.server.execute(as_operator, sql, check=False), sql)

    def without_a_node(self, cluster):
        """While none runs a command works as this host's node, for all accounts."""
        a, b, c = cluster.nodes
        self.assertEqual([n.daemon.stop() for n in (a, b)], [0, 0])
        self.assertEqual(self.json(a, "pause", "--all")["changed"], 6)
        self.assertEqual(self.json(b, "resume", "--all")["changed"], 7)
        none = c.run_command("pause", "--all", check=False)
        self.assertEqual(none.returncode, 75)
        self.assertIn("no node of this ledger runs now", none.stderr.decode())


class NodesThatGo(CommandsCase):
    def test_owner_that_is_killed_in_the_middle_is_followed_and_given_up(self):
        cluster = self.cluster(nodes=3, accounts=4)
        a, b, c = cluster.nodes
        a.start_daemon()
        b.start_daemon()
        self.share_out(cluster, a, b)
        account = self.name_of(cluster, b)
        a.run_command("pause", "--all")
        cluster.drop(b, MANY, account=account)
        self.in_ledger(cluster, MANY)

        client = subprocess.Popen([*DIES_WITH_US, *c.command("hold", "--account", account, "--json")], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        self.wait(lambda: cluster.number("SELECT count(*) FROM command WHERE NOT done AND progress <> ''") == 1, 10, "it has begun",
                  cluster)
        b.daemon.kill()
        self.assertEqual(cluster.number("SELECT count(*) FROM command WHERE NOT done"), 1, "killed in the middle")
        early = a.run_command("cluster", "forget", "b", "--yes", check=False)
        self.assertEqual(early.returncode, 1, "it may live")
        out, err = client.communicate(timeout=90 * SLOWER)
        self.assertEqual(client.returncode, 0, err)
        self.assertIn("waiting for node b", err.decode())
        self.assertEqual(json.loads(out)["touched"], MANY)
        self.assertEqual(cluster.counts()["held"], MANY)
        self.assertEqual(cluster.number("SELECT count(*) FROM attempt"), MANY, "each event once")
        moves = cluster.ask("SELECT how FROM move m JOIN node n ON n.no = m.from_node WHERE n.name = 'b' AND m.to_node <> 0")
        self.assertEqual({row[0] for row in moves}, {"3"})

        # It is gone for good: its file is named, and nobody waits for it any more.
        self.assertEqual(a.status()["files"]["open"], 1)
        asks = c.run_command("cluster", "forget", "b", check=False)
        self.assertEqual(asks.returncode, 1)
        self.assertRegex(asks.stderr.decode(), r"1 file unfinished[\s\S]*f1\.ndjson[\s\S]*--yes")
        self.assertEqual([f["name"] for f in self.json(c, "cluster", "forget", "b", "--yes")["files"]], ["f1.ndjson"])
        self.assertEqual(a.status()["files"]["open"], 0)
        self.assertIn("given up", a.run_command("files").stdout.decode())
        # All the same it may come back, as itself.
        b.start_daemon()
        self.assertEqual(a.status()["files"]["open"], 1)

        # A node that a person wants empty gives all it has to the others, and takes nothing.
        self.assertEqual(c.run_command("cluster", "drain", "nobody", check=False).returncode, 1)
        emptied = self.json(c, "cluster", "drain", "a")
        self.assertEqual(emptied["stay"], [])
        self.assertEqual((len(a.owned()), len(b.owned())), (0, 4))
        time.sleep(1.5)
        self.assertEqual(a.owned(), set())
        self.assertIn("5", {row[0] for row in cluster.ask("SELECT how FROM move")})
        stays = c.run_command("cluster", "drain", "b", check=False)
        self.assertEqual(stays.returncode, 3, "nobody else could take them")
        c.run_command("cluster", "drain", "--undo", "a")
        self.wait(lambda: len(a.owned()) == 4, 10, "b leaves, and a takes", cluster)
        c.run_command("cluster", "drain", "--undo", "b")
        c.run_command("release", "--all")
        c.run_command("resume", "--all")
        cluster.wait_all()
        self.assertEqual(cluster.verdict(), [])
        b.wait_results("f1.ndjson")


if __name__ == "__main__":
    main()
