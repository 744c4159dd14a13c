#!/usr/bin/env python3
"""The daemon on a ledger in PostgreSQL, one node: whatever becomes of the server, nothing is lost, nothing is in doubt by it, and what
is the matter is in the log and in `status`, with its cure."""
import collections
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from case import FULL, SLOWER, SystemTest, main, size, sources_of
from certificates import CA, ELSE, Authority
from harness import event, ndjson, start_child, tail, wait_until
from postgres_proxy import PLACES, PostgresProxy
from postgres_server import PostgresServer, Standby, programs
from postgres_witness import PostgresWitness
from rounds import Rounds
from stalls import now_us

server = None
_databases = 0


def setUpModule():
    global server
    server = PostgresServer()
    server.start()


def tearDownModule():
    server.remove()


class OnPostgres(SystemTest):
    def setUp(self):
        super().setUp()
        global _databases
        _databases += 1
        self.name = f"ledger{_databases}"
        self.database = server.make_database(self.name)
        self.use(self.database)
        self.addCleanup(self.bring_back)

    def bring_back(self):
        """Whatever a test did to it: the next one finds it well."""
        server.thaw()
        if server.child.poll() is not None:
            server.start()

    def use(self, conninfo, *more):
        self.bench.postgres = [f'postgres = "{conninfo}"', 'node = "alpha"', *more]

    def log_has(self, *texts, seconds=12):
        wait_until(lambda: all(text in self.bench.daemon.output() for text in texts), seconds * SLOWER,
                   lambda: f"the log has {texts}\n" + tail(self.bench.daemon_log))

    def is_away(self, *texts):
        """Log, status, health and metrics' source agree that the server is away, and why."""
        self.log_has("event=ledger_away", *texts)
        status = wait_until(lambda: (s := self.bench.status())["daemon"]["ledger_away"] and s, 10 * SLOWER, "status shows it")
        for text in texts:
            self.assertIn(text, status["daemon"]["ledger_away"])
        return status

    def assert_all_booked_once(self, count, seconds=60):
        counts = self.bench.wait_final(count, seconds * SLOWER)
        self.assertEqual((counts["delivered"], self.bench.status()["in_doubt_ever"]), (count, 0), self.bench.story())
        seen = sources_of(self.bench.booked())
        self.assertEqual((len(seen), len(set(seen))), (count, count), "each is booked once")
        self.bench.run_command("ledger", "check")


class Work(OnPostgres):
    def test_files_are_delivered_looked_at_and_operated_on(self):
        bench = self.start("--latency", "1ms")
        bench.drop("a.ndjson", ndjson(event(n) for n in range(300)))
        bench.drop("b.ndjson", ndjson(event(n) for n in range(10)) + b'{"no": "event"}\n')
        counts = bench.wait_final(311)
        self.assertEqual((counts["delivered"], counts["duplicate"], counts["rejected"]), (300, 10, 1))
        results = bench.wait_results("a.ndjson", "b.ndjson")
        self.assertEqual(results["a.ndjson"]["delivered"], 300)
        self.assertIn(b"no", bench.rejected("b.ndjson"))
        # The person's side, while it runs and while it is down.
        bench.faults(status="503")
        bench.drop("c.ndjson", ndjson(event(1000 + n) for n in range(20)))
        wait_until(lambda: (c := bench.counts())["waiting"] + c["deferred"] + c["in_flight"] == 20, 20, "20 wait")
        bench.run_command("pause", "--all")
        bench.run_command("hold", "--file", "c.ndjson")
        self.assertEqual(bench.counts()["held"], 20)
        listed = bench.run_command("list", "--state", "held", "--json").stdout.splitlines()
        self.assertEqual(len(listed), 20)
        shown = json.loads(bench.run_command("show", str(json.loads(listed[0])["id"]), "--json").stdout)
        self.assertEqual(shown["state"], "held")
        self.assertIn(b"c.ndjson", bench.run_command("files").stdout)
        self.assert_stops()
        down = bench.run_command("status").stdout.decode()
        self.assertIn("does not run", down)
        bench.run_command("release", "--file", "c.ndjson")
        self.assertEqual(bench.counts()["waiting"], 20)
        bench.run_command("ledger", "check")
        bench.run_command("doctor", check=False)
        refused = bench.run_command("ledger", "backup", bench.path("copy.db"), check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(b"pg_basebackup", refused.stderr)
        bench.faults()
        bench.start_daemon()
        bench.run_command("resume", "--all")
        bench.wait_final(331)
        self.assert_stops()

    def test_once_ends_when_all_is_done(self):
        bench = self.bench
        bench.start_sandbox("--latency", "1ms")
        bench.write_config()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(50)))
        bench.start_daemon("--once", ready=False)
        self.assertEqual(bench.daemon.wait(40 * SLOWER), 0, bench.story())
        self.assertEqual(len(sources_of(bench.booked())), 50)

    def test_killed_under_load_it_repeats_nothing_under_hold_and_its_restart_is_quick(self):
        count = size(1500, 20_000)
        bench = self.start("--latency", "3ms", in_doubt="hold")
        bench.drop("a.ndjson", ndjson(event(n) for n in range(count)))
        wait_until(lambda: bench.stats()["booked"] > count // 4, 60 * SLOWER, "a quarter has arrived")
        bench.daemon.kill()
        begin = now_us()
        bench.start_daemon()
        self.assert_within(3 * SLOWER, begin, what="its own lock and epoch hold nobody up")
        counts = bench.wait_final(count, 120 * SLOWER, more=("held",))
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual(set(seen.values()), {1}, "nothing is booked twice")
        self.assertEqual(counts["delivered"] + counts["held"], count)
        self.assertGreater(counts["held"], 0, "nothing was in flight: the kill showed nothing")
        bench.run_command("ledger", "check")
        self.assert_stops()

    def test_who_was_deposed_ends_with_75_and_comes_back(self):
        bench = self.start("--latency", "1ms")
        bench.drop("a.ndjson", ndjson([event(1)]))
        bench.wait_final(1)
        server.execute(self.database, "UPDATE lane SET epoch = epoch + 1; UPDATE node SET epoch = epoch + 1")
        bench.drop("b.ndjson", ndjson([event(2)]))
        self.assertEqual(bench.daemon.wait(40 * SLOWER), 75, bench.story())
        self.assertIn("event=deposed", bench.daemon.output())
        bench.start_daemon()
        bench.wait_final(2)
        self.assert_stops()


class Away(OnPostgres):
    """PostgreSQL away, slow, full, read only, restarted."""

    @staticmethod
    def set_read_only(how):
        server.execute(server.conninfo(), f"ALTER SYSTEM SET default_transaction_read_only = {how}")
        server.execute(server.conninfo(), "SELECT pg_reload_conf()")

    def start_load(self, count):
        bench = self.start("--latency", "10ms", in_doubt="hold", connections=16)
        bench.drop("load.ndjson", ndjson(event(n) for n in range(count)))
        wait_until(lambda: bench.stats()["booked"] > 30, 20 * SLOWER, "some are booked")
        return bench

    def test_crashes_and_a_long_absence_put_nothing_in_doubt(self):
        count = size(2500, 30_000)
        bench = self.start_load(count)
        for how in size(("crash",), ("crash", "restart", "kill") * 5):
            if how == "restart":
                server.restart()
            else:
                server.crash() if how == "crash" else server.kill()
                server.start()
            booked = bench.stats()["booked"]
            wait_until(lambda: bench.stats()["booked"] > booked + 20, 20 * SLOWER, lambda: "it goes on\n" + bench.story())
        server.crash()
        bench.drop("first.ndjson", ndjson([event(count)]))
        status = self.is_away()
        self.assertIsNone(status["events"], "what cannot be asked is not called nothing")
        self.assertNotEqual(bench.run_command("health", "--strict", check=False).returncode, 0)
        self.assertIn("ledger away", bench.run_command("status").stdout.decode())
        # One import may wait for the ledger, and one behind it: what comes then is not taken.
        time.sleep(1)
        bench.drop("second.ndjson", ndjson([event(count + 1)]))
        time.sleep(1)
        bench.drop("later.ndjson", ndjson(event(count + 2 + n) for n in range(10)))
        time.sleep(size(3, 60))
        self.assertTrue(bench.daemon.running(), tail(bench.daemon_log))
        self.assertIn(b"later.ndjson", bench.files("incoming"), "it stays where it is")
        at_rest = bench.stats()["booked"]
        time.sleep(1)
        self.assertEqual(bench.stats()["booked"], at_rest, "nothing is sent that is not claimed")
        server.start()
        begin = now_us()
        wait_until(lambda: bench.stats()["booked"] > at_rest, 20 * SLOWER, lambda: "it goes on\n" + bench.story())
        self.assert_within(5 * SLOWER, begin, what="on again within 5 s")
        self.assert_all_booked_once(count + 12, 120)
        self.log_has("event=ledger_back")
        self.assertIsNone(bench.status()["daemon"]["ledger_away"])
        self.assert_stops()

    def test_a_server_that_hangs_is_left_and_met_again(self):
        bench = self.start_load(size(1500, 6000))
        server.freeze()
        self.is_away("no answer in time")
        time.sleep(size(2, 30))
        at_rest = bench.stats()["booked"]
        server.thaw()
        begin = now_us()
        wait_until(lambda: bench.stats()["booked"] > at_rest, 20 * SLOWER, lambda: "it goes on\n" + bench.story())
        self.assert_within(5 * SLOWER, begin, what="on again within 5 s")
        self.assert_all_booked_once(size(1500, 6000), 120)
        self.assert_stops()

    def test_a_full_disk_a_read_only_server_and_cut_connections_are_waited_for(self):
        count = size(1200, 6000)
        bench = self.start_load(count)
        server.execute(self.database, "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                       "'could not extend file' USING ERRCODE = '53100'; END $$; CREATE TRIGGER full_disk BEFORE INSERT ON claim "
                       "EXECUTE FUNCTION full_disk(); CREATE TRIGGER full_disk BEFORE INSERT ON pack EXECUTE FUNCTION full_disk()")
        bench.drop("b.ndjson", ndjson(event(count + n) for n in range(10)))
        self.log_has("could not extend file", "53100", "make room on the disk of PostgreSQL")
        wait_until(lambda: bench.status()["daemon"]["disk_full"], 10 * SLOWER, "status shows it")
        server.execute(self.database, "DROP TRIGGER full_disk ON claim; DROP TRIGGER full_disk ON pack")
        self.log_has("the ledger can be written again")
        # As a primary that became a standby: who is connected stays so, and is to look for another.
        (before,) = server.backends(self.database, "setclickd/alpha")
        self.set_read_only("on")
        self.is_away("name every host of the cluster")  # 25006, or at a new connection in words
        self.assertNotIn(before, server.backends(self.database, "setclickd/alpha"), "it let go of that connection")
        self.set_read_only("off")
        self.log_has("event=ledger_back")
        for _ in range(size(3, 30)):
            server.cut_connections(self.database)
            time.sleep(0.2)
        self.assert_all_booked_once(count + 10, 120)
        self.assert_stops()

    def test_settings_of_others_locks_and_a_killed_backend_do_no_harm(self):
        """What users of other queues met: a role's timeouts, tables that somebody locks, an OOM killer, a lost setting."""
        for name, value in (("statement_timeout", "'1ms'"), ("lock_timeout", "'1ms'"), ("synchronous_commit", "off"),
                            ("idle_session_timeout", "'1s'"), ("default_transaction_isolation", "'serializable'")):
            server.execute(server.conninfo(), f"ALTER DATABASE {self.name} SET {name} = {value}")
        count = size(600, 6000)
        bench = self.start_load(count)
        (pid,) = server.backends(self.database, "setclickd/alpha")
        # Somebody locks a table for long: as another program that locks a file.
        locker = start_child([os.path.join(programs(), "psql"), "-XAqt", "-d",
                              f"{self.database} options='-c statement_timeout=0 -c lock_timeout=0'", "-c",
                              "BEGIN; LOCK TABLE account_run; SELECT pg_sleep(7)"])
        # With work, then: what came before may be done already where a child takes long to start.
        wait_until(lambda: server.number(server.conninfo(), "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE granted "
                                                            f"AND mode = 'AccessExclusiveLock' AND datname = '{self.name}'"), 20 * SLOWER, "the table is locked")
        bench.drop("more.ndjson", ndjson(event(n) for n in range(count, 2 * count)))
        count *= 2
        self.log_has("55P03", "see pg_locks")
        wait_until(lambda: "55P03" in (bench.status()["daemon"]["ledger_locked"] or ""), 10 * SLOWER, "status shows it")
        locker.wait(30)
        self.log_has("the ledger can be written again")
        self.assertEqual(server.backends(self.database, "setclickd/alpha"), [pid], "that is no reason for another connection")
        booked = bench.stats()["booked"]
        os.kill(pid, signal.SIGKILL)  # the server ends every session then, and recovers
        wait_until(lambda: bench.stats()["booked"] >= min(booked + 20, count), 20 * SLOWER, lambda: "it goes on\n" + bench.story())
        wait_until(lambda: server.is_ready(), 20, "the server is there")
        self.assert_all_booked_once(count)
        self.assert_stops()

    def test_a_stop_while_it_is_away_ends_in_time(self):
        bench = self.start("--latency", "10ms", in_doubt="hold", delivery=('drain_timeout = "1s"',))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(300)))
        wait_until(lambda: bench.stats()["booked"] > 30, 20 * SLOWER, "some are booked")
        server.crash()
        self.is_away()
        bench.daemon.stop(30 * SLOWER)
        server.start()
        bench.start_daemon()
        counts = bench.wait_final(300, more=("held",))
        seen = sources_of(bench.booked())
        self.assertEqual(len(seen), len(set(seen)), "nothing twice under hold")
        self.assertEqual(counts["delivered"] + counts["held"], 300)
        self.assert_stops()

    def test_a_start_waits_for_its_server(self):
        bench = self.start("--latency", "1ms")
        self.assert_stops()
        server.stop()
        bench.start_daemon(ready=False)
        self.log_has("event=ledger_away_start")
        time.sleep(1)
        self.assertTrue(bench.daemon.running())
        server.start()
        wait_until(lambda: "is ready" in bench.daemon.output(), 10 * SLOWER, lambda: "it starts\n" + tail(bench.daemon_log))
        bench.drop("a.ndjson", ndjson([event(1)]))
        bench.wait_final(1)
        self.assert_stops()


class Commits(OnPostgres):
    """Kill points around COMMIT, by a proxy between the daemon and its server."""

    def test_a_commit_that_is_cut_or_delayed_anywhere_is_looked_up_never_guessed(self):
        proxy = PostgresProxy(server)
        self.addCleanup(proxy.remove)
        self.use(proxy.conninfo(self.name))
        rounds = size(2, 60)
        chance = random.Random(16)
        bench = self.start("--latency", "2ms", in_doubt="hold", connections=8)
        total = 0
        for turn in range(rounds):
            for place in PLACES:
                actions = ["cut"] + ([0.3] if not FULL or turn % 20 else [0.3, 6.5])
                for action in actions:
                    # Of an import, of a cycle, of a file's end: whatever comes then.
                    acted = proxy.acted
                    proxy.at(place, action, after=chance.randrange(4))
                    bench.drop(f"{total}.ndjson", ndjson(event(total + n) for n in range(12)))
                    total += 12
                    wait_until(lambda: proxy.acted > acted, 30 * SLOWER,
                               lambda: f"a COMMIT comes ({place}, {action})\n" + bench.story(), step=0.01)
        self.assert_all_booked_once(total, 60)
        self.assertGreater(server.number(self.database, "SELECT max(looks) FROM lane"), 0, "no outcome was looked up")
        results = bench.wait_results(f"{total - 12}.ndjson")
        wait_until(lambda: len(bench.results()) == total // 12, 20 * SLOWER, "each file has its result")
        self.assertEqual(sum(r["delivered"] for r in bench.results().values()), total)
        self.assertIn("delivered", results[f"{total - 12}.ndjson"])
        self.assert_stops()

    def test_a_partition_of_either_way_loses_nothing(self):
        proxy = PostgresProxy(server)
        self.addCleanup(proxy.remove)
        self.use(proxy.conninfo(self.name))
        count = size(900, 6000)
        bench = self.start("--latency", "10ms", in_doubt="hold", connections=16)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(count)))
        wait_until(lambda: bench.stats()["booked"] > 30, 20 * SLOWER, "some are booked")
        for toward in size((("client",),), (("client",), ("server",), ("server", "client")) * 3):
            proxy.freeze(toward)
            self.is_away()
            proxy.thaw()
            at_rest = bench.stats()["booked"]
            begin = now_us()
            wait_until(lambda: bench.stats()["booked"] > at_rest, 20 * SLOWER, lambda: "it goes on\n" + bench.story())
            self.assert_within(5 * SLOWER, begin, what="on again within 5 s")
        self.assert_all_booked_once(count, 120)
        self.assert_stops()

    def test_a_start_whose_own_commits_are_cut_gets_there(self):
        proxy = PostgresProxy(server)
        self.addCleanup(proxy.remove)
        self.use(proxy.conninfo(self.name))
        bench = self.start("--latency", "1ms")
        self.assert_stops()
        for place in PLACES:
            proxy.at(place)
            bench.start_daemon(ready=False)
            try:
                wait_until(lambda: "is ready" in bench.daemon.output() or not bench.daemon.running(), 30 * SLOWER, "it starts")
            finally:
                if bench.daemon.running():
                    self.assert_stops()
                else:
                    self.assertEqual(bench.daemon.child.returncode, 75, bench.story())
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson([event(1)]))
        self.assert_all_booked_once(1)
        self.assert_stops()


@unittest.skipUnless(FULL, "two servers take long to make: SETCLICK_FULL=1")
class Failover(SystemTest):
    def test_a_synchronous_standby_that_takes_over_has_all_and_nothing_is_in_doubt(self):
        primary = PostgresServer()
        self.addCleanup(primary.remove)
        primary.start()
        primary.make_database("one")
        standby = Standby(primary)
        self.addCleanup(standby.remove)
        standby.start()
        primary.execute(primary.conninfo(), "ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute(primary.conninfo(), "SELECT pg_reload_conf()")
        wait_until(lambda: primary.execute(primary.conninfo(), "SELECT sync_state FROM pg_stat_replication") == [["sync"]], 20,
                   "the standby follows")
        self.bench.postgres = [f'postgres = "host={primary.folder},{standby.folder} dbname=one user=setclick"', 'node = "alpha"']
        count = size(1200, 10_000)
        bench = self.start("--latency", "5ms", in_doubt="hold", connections=16)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(count)))
        wait_until(lambda: bench.stats()["booked"] > 30, 20 * SLOWER, "some are booked")
        # Without its standby the primary acknowledges nothing: a COMMIT without an answer, for longer than we wait for one.
        standby.freeze()
        wait_until(lambda: bench.status()["daemon"]["ledger_away"], 20 * SLOWER, lambda: "it is noticed\n" + bench.story())
        at_rest = bench.stats()["booked"]
        time.sleep(1)
        self.assertEqual(bench.stats()["booked"], at_rest, "nothing is sent whose claim nobody acknowledged")
        standby.thaw()
        wait_until(lambda: bench.stats()["booked"] > at_rest + 20, 30 * SLOWER, lambda: "it goes on\n" + bench.story())
        # The primary is gone under load.
        primary.crash()
        standby.promote()
        begin = now_us()
        at_rest = bench.stats()["booked"]
        wait_until(lambda: bench.stats()["booked"] > at_rest, 20 * SLOWER, lambda: "it goes on\n" + bench.story())
        self.assert_within(5 * SLOWER, begin, what="on again within 5 s")
        counts = bench.wait_final(count, 120 * SLOWER)
        self.assertEqual((counts["delivered"], bench.status()["in_doubt_ever"]), (count, 0), bench.story())
        seen = sources_of(bench.booked())
        self.assertEqual((len(seen), len(set(seen))), (count, count), "each is booked once")
        bench.run_command("ledger", "check")
        self.assert_stops()


class KillPoints(OnPostgres):
    """The daemon itself is killed before and after its durable steps; test_kill_points does it on a file."""

    STEPS = size(("ledger.recover", "ledger.import", "ledger.cycle"),
                 ("ledger.recover", "ledger.account", "ledger.import", "ledger.cycle", "ledger.done"))

    def ledger_of(self, one):
        name = f"{self.name}_{os.path.basename(one.folder).split('-')[0]}"
        database = server.make_database(name)
        one.postgres = [f'postgres = "{database}"', 'node = "alpha"']
        return PostgresWitness(server, database)

    def killed_by(self, fault):
        one = self.rounds.new(fault)
        one.drop_all()
        first = one.run_once(fault, 60 * SLOWER)
        self.assertIn(first, (-signal.SIGKILL, 0, 3), f"{fault}\n{tail(one.daemon_log)}")
        one.run_once(seconds=60 * SLOWER)
        one.check(fault)
        return first == -signal.SIGKILL

    def test_killed_at_a_durable_step_ledger_and_book_agree(self):
        self.bench.start_sandbox("--latency", "2ms")
        self.rounds = Rounds(self.bench, self.ledger_of)
        jobs = [f"{step}:{n}{when}" for step in self.STEPS
                for n in range(1, size(1, 4) + 1) for when in size((":after",), ("", ":after"))]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            hits = dict(zip(jobs, pool.map(self.killed_by, jobs)))
        self.assertEqual([job for job in jobs if ":1" in job and not hits[job]], [], "a kill that did not hit shows nothing")


class Access(SystemTest):
    """TLS, passwords, users, databases: what is wrong is named, with its cure, and no password is shown."""

    SECRET = "s3cret-of-the-ledger"

    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(prefix="pg-ca-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        authority = Authority(folder)
        self.ca = authority.make("ca", "The test's authority", CA)
        authority.make("other", "Another authority", CA)
        self.other_ca = authority.path("other.pem")
        certificate = authority.make("server", "localhost", ELSE + "subjectAltName=DNS:localhost\n", issuer="ca")
        self.server = PostgresServer(tls=(certificate, authority.path("key.pem")))
        self.addCleanup(self.server.remove)
        self.server.start()
        self.server.execute(self.server.conninfo(), f"CREATE ROLE sender LOGIN PASSWORD '{self.SECRET}'")
        self.server.execute(self.server.conninfo(), "CREATE DATABASE one OWNER sender")

    def use(self, host="localhost", database="one", **more):
        conninfo = self.server.tcp_conninfo(database, host, **more).replace("user=setclick", "user=sender")
        self.bench.postgres = [f'postgres = "{conninfo}"', f'password_file = "{self.bench.path("password")}"']
        self.bench.write_config()

    def password(self, text):
        with open(os.open(self.bench.path("password"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")

    def ends_with(self, code, *texts):
        daemon = self.bench.start_daemon(ready=False)
        self.assertEqual(daemon.wait(30 * SLOWER), code, tail(self.bench.daemon_log))
        for text in texts:
            self.assertIn(text, daemon.output())
        self.assertNotIn(self.SECRET, daemon.output())

    def test_a_connection_over_the_network_is_checked_and_each_fault_has_its_cure(self):
        bench = self.bench
        bench.start_sandbox("--latency", "1ms")
        self.password(self.SECRET)
        self.use()
        self.ends_with(78, "certificate", "sslrootcert")  # the system's authorities do not know it
        self.use(sslrootcert=self.other_ca)
        self.ends_with(78, "certificate", "sslrootcert")
        self.use(host="another.example.com", sslrootcert=self.ca)
        self.ends_with(78, "another.example.com", "certificate")
        self.use(sslrootcert=self.ca, database="two")
        self.ends_with(78, "3D000", "create the database")
        self.password("wrong")
        self.use(sslrootcert=self.ca)
        self.ends_with(78, "28P01", "ledger.password_file")
        self.password(self.SECRET)
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        bench.wait_final(10)
        self.assertEqual(self.server.execute(self.server.conninfo(), "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity "
                                             "USING (pid) WHERE application_name LIKE 'setclickd%'"), [["t"]])
        # It is changed while it runs; the file follows later.
        self.server.execute(self.server.conninfo(), f"ALTER ROLE sender PASSWORD '{self.SECRET}-2'")
        self.server.cut_connections(self.server.conninfo("one"))
        bench.drop("b.ndjson", ndjson([event(10)]))
        wait_until(lambda: "28P01" in bench.daemon.output(), 20 * SLOWER, lambda: "it is named\n" + tail(bench.daemon_log))
        self.password(self.SECRET + "-2")
        bench.wait_final(11)
        # No connection is left for it.
        self.server.execute(self.server.conninfo(), "ALTER ROLE sender CONNECTION LIMIT 0")
        self.server.cut_connections(self.server.conninfo("one"))
        bench.drop("c.ndjson", ndjson([event(11)]))
        wait_until(lambda: "53300" in bench.daemon.output(), 20 * SLOWER, lambda: "it is named\n" + tail(bench.daemon_log))
        self.server.execute(self.server.conninfo(), "ALTER ROLE sender CONNECTION LIMIT -1")
        bench.wait_final(12)
        self.assertEqual(bench.status()["in_doubt_ever"], 0)
        self.assertNotIn(self.SECRET, bench.daemon.output())
        with open(f"/proc/{bench.daemon.pid}/cmdline", "rb") as file:
            self.assertNotIn(self.SECRET.encode(), file.read())
        self.assert_stops()


class Findings(SystemTest):
    def test_a_password_in_the_setting_is_a_finding(self):
        bench, secret = self.bench, Access.SECRET
        bench.start_sandbox()
        for conninfo in (f"host=localhost dbname=one user=sender password={secret}",
                         f"postgresql://sender:{secret}@localhost/one"):
            bench.postgres = [f'postgres = "{conninfo}"']
            bench.write_config()
            for command in (("check",), ("run",), ("status",), ("config", "show")):
                done = bench.run_command(*command, check=False)
                self.assertNotIn(secret.encode(), done.stdout + done.stderr, command)
                if command == ("check",):
                    self.assertEqual(done.returncode, 78)
                    self.assertIn(b"ledger.password_file", done.stdout + done.stderr)


if __name__ == "__main__":
    main()
