#!/usr/bin/env python3
"""What people and scripts see of several nodes on one ledger: `cluster`, `status`, `top`, the page and the metrics, while one is killed and
comes back; with the role that may only read; and of a ledger in a file."""
import base64
import json
import os
import socket
import unittest
import urllib.request

from case import SLOWER, SystemTest, main
from cluster import OfCluster, server_of_all, start_server, stop_server
from harness import wait_until


PASSWORD = "correct-horse-battery"


def setUpModule():
    start_server()


def tearDownModule():
    stop_server()


def free_address():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


class Sight(OfCluster):
    def test_who_lives_who_has_which_account_what_moved_and_what_is_stuck(self):
        cluster = self.cluster(nodes=2, accounts=4, rate=120, sandbox=("--latency", "50ms"))
        a, b = cluster.nodes
        self.listen = free_address()
        # a stays: it is the one that is asked, by its face too.
        with open(os.open(a.path("password"), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(PASSWORD + "\n")
        a.metrics = [f'listen = "{self.listen}"', f'password_file = "{a.path("password")}"']
        a.write_config(rate=120, spool=('settle = "0s"',))
        cluster.start()
        self.shared_out(cluster)
        if not b.owned():
            a.daemon.stop()
            self.shared_out(cluster)
            a.start_daemon()
        self.while_both_live(cluster)
        self.while_one_is_dead(cluster)
        self.while_the_server_is_away(cluster)

    # --- what is asked ---

    def seen(self, node, *more, check=True):
        return json.loads(node.run_command("cluster", "--json", *more, check=check).stdout)

    def states(self, node):
        return {n["name"]: n["state"] for n in self.seen(node)["nodes"]}

    def get(self, path):
        asked = urllib.request.Request(f"http://{self.listen}/{path}", headers={
            "Authorization": "Basic " + base64.b64encode(f"setclickd:{PASSWORD}".encode()).decode()})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.read().decode()

    def metrics(self):
        found = {}
        for line in self.get("metrics").splitlines():
            if not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found

    # --- the scenes ---

    def while_both_live(self, cluster):
        a, b = cluster.nodes
        seen = self.seen(a, "--exit-code")
        self.assertTrue(seen["shared"])
        self.assertEqual(seen["findings"], [])
        by_name = {n["name"]: n for n in seen["nodes"]}
        self.assertEqual({name: n["state"] for name, n in by_name.items()}, {"a": "living", "b": "living"})
        self.assertEqual([by_name["a"]["is_self"], by_name["b"]["is_self"]], [True, False])
        self.assertEqual(by_name["a"]["host"], socket.gethostname())
        self.assertLess(by_name["b"]["beat_age_seconds"], 8 * SLOWER)
        self.assertEqual({x["owner_name"] for x in seen["accounts"]} - {"a", "b"}, set())
        self.assertEqual(len(seen["accounts"]), 4)
        text = a.run_command("cluster").stdout.decode()
        for words in ("2 of 2 nodes live; 4 accounts, each with an owner", "nothing is stuck", "a (this one)", "no standby"):
            self.assertIn(words, text)
        status = a.status()
        self.assertEqual(status["cluster"]["sum"], seen["sum"])
        self.assertTrue(status["daemon"]["member"]["may_send"])
        self.assertGreater(status["daemon"]["member"]["lease_left_seconds"], 5)
        owners = {x["id"]: x["owner"]["is_self"] for x in status["accounts"]}
        self.assertEqual({name for name, mine in owners.items() if mine}, {cluster.names[n - 1] for n in a.owned()})
        words = a.run_command("status").stdout.decode()
        self.assertRegex(words, r"nodes +2 of 2 nodes live")
        self.assertRegex(words, r"a \(this one\): living, lease \d+ s, beat \d+ ms")
        self.assertIn("sent by node b", words)
        self.assertIn("2 of 2 nodes live", a.run_command("top", "--once", check=False).stdout.decode() or "2 of 2 nodes live")
        metrics = self.metrics()
        self.assertEqual(metrics['setclickd_nodes{state="living"}'], 2)
        self.assertEqual(metrics["setclickd_node_accounts"], len(a.owned()))
        self.assertEqual(metrics["setclickd_accounts_without_owner"], 0)
        self.assertGreater(metrics["setclickd_node_lease_seconds"], 5)
        # The role that may only read sees the same.
        reader = f"reader_of_{cluster.database}"
        cluster.ask(f"CREATE ROLE {reader} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}; REVOKE SELECT ON pack FROM {reader};"
                    f"GRANT SELECT (first, count, file, imported_at, lines, lengths) ON pack TO {reader}")
        with open(a.config, encoding="utf-8") as file:
            config = file.read()
        with open(a.path("reader.toml"), "w", encoding="utf-8") as file:
            file.write(config.replace("user=setclick", f"user={reader}"))
        kept, a.config = a.config, a.path("reader.toml")
        read = self.seen(a)
        a.config = kept
        self.assertEqual(read["nodes"][0].keys(), seen["nodes"][0].keys())
        self.assertEqual([n["state"] for n in read["nodes"]], ["living", "living"])
        self.assertFalse(read["server"]["sees_all"])

    def while_one_is_dead(self, cluster):
        a, b = cluster.nodes
        theirs = {cluster.names[n - 1] for n in b.owned()}
        cluster.drop(a, 200)
        # A file that b takes and does not read to its end.
        b.daemon.kill()
        cluster.ask("INSERT INTO file(node, name, work_name, device, inode, size, \"offset\", line, at_end, reader_state, accepted, duplicate, "
                    "refused, read_at, claimed_at) SELECT no, 'half-read.ndjson', 'w', 0, 0, 1000, 10, 1, false, '', 0, 0, 0, 0, 0 FROM node "
                    "WHERE name = 'b'")
        self.wait(lambda: self.states(a)["b"] == "silent", 20, "b is silent", cluster)
        found = self.seen(a)["findings"]
        self.assertEqual(found[0]["key"], f"node {self.number(a, 'b')} silent")
        done = a.run_command("cluster", "--exit-code", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("b is silent for", done.stdout.decode())
        self.assertNotEqual(a.run_command("status", "--exit-code", check=False).returncode, 0)
        self.wait(lambda: self.states(a)["b"] == "dead" and len(a.owned()) == 4, 30, "a has all", cluster)
        seen = self.seen(a)
        self.assertEqual({x["owner_name"] for x in seen["accounts"]}, {"a"})
        self.assertEqual([(f["name"], f["read_bytes"]) for f in seen["unread_files"]], [("half-read.ndjson", 10)])
        self.assertIn("half-read.ndjson", "".join(f["text"] for f in seen["findings"]))
        moved = [m for m in seen["moves"] if m["account"] in theirs and m["how"] == "dead"]
        if seen["moves"]:
            self.assertEqual({m["account"] for m in moved}, theirs)
            self.assertEqual({m["why"] for m in moved}, {"b was silent for too long"})
        words = a.run_command("health", "--strict", check=False).stdout.decode()
        self.assertIn("half-read.ndjson", words)
        self.assertIn("1 file that nobody reads", a.run_command("status").stdout.decode())
        metrics = wait_until(lambda: (m := self.metrics()).get('setclickd_nodes{state="dead"}') == 1 and m, 10 * SLOWER, "the metrics show it")
        self.assertEqual(metrics["setclickd_node_accounts"], 4)
        self.assertEqual(metrics["setclickd_unread_files"], 1)
        self.assertGreaterEqual(metrics["setclickd_node_taken_over_total"], len(theirs))
        page = json.loads(self.get("page.json"))
        self.assertEqual({n["name"]: n["state"] for n in page["status"]["cluster"]["nodes"]}, {"a": "living", "b": "dead"})
        self.assertIsNone(page["status"]["counted_at"])

    def number(self, node, name):
        return next(n["no"] for n in self.seen(node)["nodes"] if n["name"] == name)

    def while_the_server_is_away(self, cluster):
        """The page keeps the last figures, with their age."""
        a = cluster.nodes[0]
        json.loads(self.get("page.json"))
        before = json.loads(self.get("page.json"))["status"]
        self.assertGreater(before["events"]["delivered"], 0)
        server_of_all().stop()  # the last scene
        away = wait_until(lambda: (p := json.loads(self.get("page.json"))["status"])["counted_at"] and p, 30 * SLOWER, "the page says so", 0.5)
        self.assertGreaterEqual(away["events"]["delivered"], before["events"]["delivered"])
        self.assertTrue(away["ledger_fault"])
        self.assertEqual(len(away["cluster"]["nodes"]), 2)
        self.assertGreater(sum(x["events"]["delivered"] for x in away["accounts"]), 0)
        done = a.run_command("cluster", check=False)
        self.assertEqual(done.returncode, 69, done.stderr)


class OneNode(SystemTest):
    def test_a_ledger_in_a_file_says_so(self):
        bench = self.start()
        done = bench.run_command("cluster", "--exit-code")
        self.assertIn("one node: the ledger is the file", done.stdout.decode())
        self.assertEqual(json.loads(bench.run_command("cluster", "--json").stdout), {"shared": False, "ledger": bench.ledger})
        status = bench.status()
        self.assertIsNone(status["cluster"])
        self.assertNotIn("nodes ", bench.run_command("status").stdout.decode())


if __name__ == "__main__":
    main()
