#!/usr/bin/env python3
"""A ledger in a file moved into PostgreSQL as docs/cluster.md has it: roles, tables, `ledger import`, and the daemon goes on. What
`list`, `show` and `files` print is the same before and after; nothing goes out twice; no daemon works with the file any more."""
import json
import subprocess

from case import SLOWER, SystemTest, main, sources_of
from harness import event, ndjson, wait_until
from postgres_server import PostgresServer

server = None


def setUpModule():
    global server
    server = PostgresServer()
    server.start()


def tearDownModule():
    server.remove()


class Move(SystemTest):
    def shown(self):
        """All that a person can ask, as JSON."""
        run = self.bench.run_command
        lines = run("list", "--json", "--limit", "0").stdout.splitlines()
        out = [lines, run("files", "--json").stdout]
        for line in lines:
            out.append(run("show", str(json.loads(line)["id"]), "--json").stdout)
        return out

    def counts(self):
        report = self.bench.status()
        return report["events"], report["in_doubt_ever"], [(a["id"], a["events"]) for a in report["accounts"]]

    def conninfo(self, database, role):
        return server.conninfo(database).replace("user=setclick", f"user={role}")

    def test_moved_ledger_shows_the_same_and_goes_on(self):
        bench = self.start("--latency", "1ms", in_doubt="hold")
        bench.drop("a.ndjson", ndjson(event(n) for n in range(40)))
        bench.drop("b.ndjson", ndjson(event(n) for n in range(3)) + b'{"no": "event"}\n' + ndjson([event(40)]))
        bench.wait_final(45)
        bench.wait_results("a.ndjson", "b.ndjson")
        bench.faults(status="422")
        bench.drop("refused.ndjson", ndjson(event(100 + n) for n in range(3)))
        bench.wait_final(48)
        bench.faults()
        bench.run_command("pause", "--all")
        bench.drop("c.ndjson", ndjson(event(200 + n) for n in range(20)))
        wait_until(lambda: bench.counts()["waiting"] == 20, 20 * SLOWER, "20 wait")
        waiting = bench.run_command("list", "--file", "c.ndjson", "--json").stdout.splitlines()
        bench.run_command("hold", *(str(json.loads(line)["id"]) for line in waiting[:5]))
        self.assert_stops()
        before, counts = self.shown(), self.counts()
        self.assertGreater(len(before), 60)

        # The database, as the page has it.
        ledger = bench.path("ledger.db")
        server.make_database("moved")
        server.execute(server.conninfo("moved"), bench.run_command("ledger", "roles").stdout.decode())
        bench.postgres = [f'postgres = "{self.conninfo("moved", "setclick_daemon")}"', 'node = "alpha"']
        bench.write_config(in_doubt="hold")
        early = bench.run_command("ledger", "import", ledger, check=False)
        self.assertEqual(early.returncode, 78, early.stderr)
        self.assertIn(b"setclickd ledger migrate", early.stderr)
        made = bench.run_command("ledger", "migrate", "--as", self.conninfo("moved", "setclick_owner")).stdout
        self.assertIn(b"setclick_daemon, setclick_reader", made)
        again = json.loads(bench.run_command("ledger", "migrate", "--json", "--as",
                                             self.conninfo("moved", "setclick_owner")).stdout)
        self.assertEqual(again["from"], again["to"])
        moved = json.loads(bench.run_command("ledger", "import", ledger, "--json").stdout)
        self.assertEqual((moved["counts"]["events"], moved["counts"]["pending"]), (64, 20))

        self.assertEqual(self.shown(), before)
        self.assertEqual(self.counts(), counts)
        self.assertIn(b"sound", bench.run_command("ledger", "check").stdout)
        # The file is nobody's any more.
        twice = bench.run_command("ledger", "import", ledger, check=False)
        self.assertNotEqual(twice.returncode, 0)
        self.assertIn(b"taken over", twice.stderr)
        database, bench.postgres = bench.postgres, []
        bench.write_config(in_doubt="hold")
        wrong = subprocess.run(bench.command("run"), capture_output=True, timeout=60)
        self.assertEqual(wrong.returncode, 74, wrong.stderr)
        self.assertIn(b"taken over into PostgreSQL", wrong.stderr)

        # The daemon goes on: the pause holds, known events are known, the rest goes out once.
        bench.postgres = database
        bench.write_config(in_doubt="hold")
        bench.start_daemon()
        self.assertEqual(bench.counts()["in_doubt"], 0)
        bench.drop("again.ndjson", ndjson(event(n) for n in range(210)))
        wait_until(lambda: bench.counts()["duplicate"] == counts[0]["duplicate"] + 41 + 10, 20 * SLOWER, bench.story)
        bench.run_command("release", "--all", check=False)
        bench.run_command("resume", "--all")
        wait_until(lambda: not any(bench.counts()[s] for s in ("waiting", "in_flight", "deferred")), 30 * SLOWER, bench.story)
        seen = sources_of(bench.booked())
        self.assertEqual(len(seen), len(set(seen)), "nothing goes out twice")
        self.assert_stops()
        bench.run_command("ledger", "check")

    def test_daemon_that_runs_is_not_taken_from_under_its_feet(self):
        bench = self.start()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(5)))
        bench.wait_final(5)
        database = server.make_database("busy")
        bench.postgres = [f'postgres = "{database}"', 'node = "alpha"']
        bench.write_config()
        refused = bench.run_command("ledger", "import", bench.path("ledger.db"), check=False)
        self.assertEqual(refused.returncode, 75, refused.stderr)
        self.assertIn(str(bench.daemon.pid).encode(), refused.stderr)
        self.assert_stops()
        self.assertEqual(server.number(database, "SELECT count(*) FROM pg_tables WHERE tablename = 'account'"), 0)


if __name__ == "__main__":
    main()
