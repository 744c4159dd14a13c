#!/usr/bin/env python3
"""The daemon's everyday life: take, deliver, file away, stop, start again; and what its commands answer meanwhile."""
import json
import os
import stat

from case import SLOWER, SystemTest, main, sources_of
from harness import ACCOUNT, event, ndjson, wait_until
from stalls import stalled


class Basics(SystemTest):
    def test_a_dropped_file_is_delivered_and_filed_away(self):
        bench = self.start()
        events = [event(n) for n in range(25)]
        bench.drop("orders.ndjson", ndjson(events))
        counts = bench.wait_final(25, 20 * SLOWER)
        self.assertEqual(counts["delivered"], 25)
        self.assertEqual(sorted(sources_of(bench.booked())), sorted(f"source-{n}" for n in range(25)))
        wait_until(lambda: b"orders.ndjson" in bench.files("done"), 10, "the file lies in done/")
        self.assertEqual(bench.files("incoming"), [])
        self.assertEqual(bench.files("work"), [])
        self.assertEqual(bench.files("rejected"), [])
        self.assert_stops()

    def test_a_file_written_in_place_is_taken_whole(self):
        bench = self.start()
        bench.drop_in_place("slow.ndjson", ndjson(event(n) for n in range(40)), pieces=5, pause=0.2)
        self.assertEqual(bench.wait_final(40, 30 * SLOWER)["delivered"], 40)

    def test_without_inotify_the_scan_finds_every_file(self):
        self.bench.start_sandbox()
        self.bench.write_config(spool=("inotify = false", 'scan_every = "200ms"', 'settle = "0s"'))
        self.bench.start_daemon()
        for number in range(5):
            self.bench.drop(f"{number}.json", json.dumps(event(number)))
        self.assertEqual(self.bench.wait_final(5, 20 * SLOWER)["delivered"], 5)

    def test_names_that_are_being_written_are_left_alone(self):
        bench = self.start()
        for name in (".hidden.ndjson", "a.ndjson.tmp", "a.ndjson.part", "a.filepart", "a.ndjson~", "note.txt"):
            bench.drop(name, ndjson([event(1)]))
        bench.drop("good.ndjson", ndjson([event(2)]))
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["delivered"], 1)
        self.assertEqual(len(bench.files("incoming")), 6)
        self.assertIn("note.txt", bench.daemon.output())
        self.assertNotIn("filepart", bench.daemon.output())

    def test_everything_continues_after_a_stop_and_a_start(self):
        bench = self.start(rate=1200)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(60)))
        wait_until(lambda: len(bench.booked()) >= 5, 20 * SLOWER, "some arrive")
        self.assert_stops()
        bench.drop("b.ndjson", ndjson(event(n) for n in range(60, 80)))
        bench.start_daemon()
        self.assertEqual(bench.wait_final(80, 40 * SLOWER)["delivered"], 80)
        self.assertEqual(sorted(sources_of(bench.booked())), sorted(f"source-{n}" for n in range(80)))

    def test_the_rate_is_kept(self):
        bench = self.start(rate=600)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        bench.wait_final(20, 30 * SLOWER)
        times = sorted(entry["mono_us"] for entry in bench.recorded())
        # 600 a minute: one every 100 ms, and no more than a few ms of it are the network's (or what held up the first).
        span = times[-1] - times[0] + stalled(times[0] - 5_000_000, times[0]) * 1e6
        self.assertGreaterEqual(span, (19 * 100 - 60) * 1000)

    def test_status_answers_while_the_daemon_is_down(self):
        bench = self.start()
        bench.drop("a.ndjson", ndjson([event(1), event(2)]) + b"{broken\n")
        bench.wait_final(3, 20 * SLOWER)
        self.assert_stops()
        down = bench.status()
        self.assertEqual((down["events"]["delivered"], down["events"]["rejected"]), (2, 1))
        self.assertEqual(down["accounts"][0]["id"], ACCOUNT)
        for key in ("waiting", "in_flight", "deferred", "in_doubt", "held", "duplicate", "discarded"):
            self.assertEqual(down["events"][key], 0, key)
        for key in ("oldest_waiting_seconds", "drain_eta_seconds"):
            self.assertIn(key, down)
        text = bench.run_command("status").stdout.decode()
        self.assertIn("does not run", text)

    def test_missing_directories_are_made(self):
        bench = self.start()
        for name in ("incoming", "work", "done", "rejected"):
            self.assertTrue(os.path.isdir(os.path.join(bench.spool, name)), name)


class Once(SystemTest):
    def once(self, content, *faults):
        self.bench.start_sandbox(*faults)
        self.bench.write_config()
        self.bench.drop("a.ndjson", content)
        return self.bench.run_command("run", "--once", timeout=60 * SLOWER, check=False)

    def test_all_delivered_is_exit_0(self):
        self.assertEqual(self.once(ndjson([event(1), event(2)])).returncode, 0)
        self.assertEqual(len(self.bench.booked()), 2)

    def test_a_rejected_line_is_exit_3(self):
        self.assertEqual(self.once(ndjson([event(1)]) + b"{}\n").returncode, 3)
        self.assertEqual(len(self.bench.booked()), 1)

    def test_held_events_are_exit_3_in_each_run_and_are_said(self):
        bench = self.bench
        bench.start_sandbox()
        bench.faults(reset_after_book=1)
        bench.write_config(in_doubt="hold")
        bench.drop("a.ndjson", ndjson([event(1), event(2)]))
        done = bench.run_command("run", "--once", timeout=60 * SLOWER, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"events are held: they are not sent again until a person decides count=2", done.stderr)
        bench.faults()
        self.assertEqual(bench.run_command("run", "--once", timeout=60 * SLOWER, check=False).returncode, 3)
        # Nobody else reads what the events say, whatever the umask of the caller.
        for name in os.listdir(bench.folder):
            if name.startswith("ledger.db"):
                self.assertEqual(os.stat(bench.path(name)).st_mode & 0o007, 0, name)
        bench.run_command("ledger", "backup", bench.path("copy.db"))
        self.assertEqual(os.stat(bench.path("copy.db")).st_mode & 0o007, 0)

    def test_nothing_to_do_is_exit_0(self):
        self.bench.start_sandbox()
        self.bench.write_config()
        self.assertEqual(self.bench.run_command("run", "--once", timeout=30 * SLOWER, check=False).returncode, 0)


class Commands(SystemTest):
    def setUp(self):
        super().setUp()
        self.bench.start_sandbox()
        self.bench.write_config()

    def test_check_accepts_a_good_configuration_and_lists_all_findings_of_a_bad_one(self):
        self.assertEqual(self.bench.run_command("check").returncode, 0)
        with open(self.bench.config, "a", encoding="utf-8") as file:
            file.write('[retry]\nbase = "soon"\nmax_ago = "7d"\n')
        done = self.bench.run_command("check", check=False)
        said = (done.stdout + done.stderr).decode()
        self.assertEqual(done.returncode, 78, said)
        self.assertIn("retry.base", said)
        self.assertIn("max_age", said, "the nearest known name")

    def test_a_token_that_others_can_read_is_not_used(self):
        bench = self.bench
        os.chmod(bench.path(f"token-{ACCOUNT}"), stat.S_IRUSR | stat.S_IWUSR | stat.S_IROTH)
        done = bench.run_command("check", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("chmod 0600", done.stdout.decode())
        # The daemon runs, for there may be other accounts; this one waits until the file is as it should be.
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson([event(1)]))
        wait_until(lambda: bench.counts()["waiting"] == 1, 20 * SLOWER, "the event waits")
        self.assertIn("chmod 0600", bench.run_command("status").stdout.decode() + bench.daemon.output())
        self.assertEqual(bench.recorded(), [])
        os.chmod(bench.path(f"token-{ACCOUNT}"), stat.S_IRUSR | stat.S_IWUSR)
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["delivered"], 1)

    def test_submit_drops_whole_files_only(self):
        good, bad = self.bench.path("good.ndjson"), self.bench.path("bad.ndjson")
        with open(good, "wb") as file:
            file.write(ndjson([event(1), event(2)]))
        with open(bad, "wb") as file:
            file.write(ndjson([event(3)]) + b'{"account_id":1}\n')
        self.assertEqual(self.bench.run_command("submit", good).returncode, 0)
        self.assertEqual(len(self.bench.files("incoming")), 1)
        self.assertEqual(self.bench.run_command("submit", bad, check=False).returncode, 1)
        self.assertEqual(len(self.bench.files("incoming")), 1)
        self.assertEqual(self.bench.run_command("submit", "--partial", bad, check=False).returncode, 3)
        self.assertEqual(len(self.bench.files("incoming")), 2)

    def test_submit_that_waits_ends_when_the_file_is_final_with_what_became_of_it(self):
        bench = self.start()
        path = bench.path("cron.ndjson")

        def submit(events, *more):
            with open(path, "wb") as file:
                file.write(ndjson(events))
            return bench.run_command("submit", "--wait", *more, path, timeout=60 * SLOWER, check=False)
        done = submit([event(1), event(2)])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"final: 2 events delivered", done.stdout)
        self.assertEqual(len(bench.booked()), 2)
        # The same name again: another file. The server refuses what it holds.
        bench.faults(fail_share=1, fail_status=422)
        done = submit([event(3)])
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"1 not delivered", done.stdout)
        # The server is gone: the command ends, the events wait.
        bench.sandbox.stop()
        self.assertEqual(submit([event(4)], "--at-most", "1s").returncode, 75)
        self.assertEqual(bench.status()["events"]["waiting"] + bench.status()["events"]["deferred"], 1)
        # And a script sees in the exit code that it is not well.
        wait_until(lambda: bench.run_command("status", "--exit-code", check=False).returncode == 1, 20 * SLOWER,
                   "status says that the endpoint cannot be reached")

    def test_an_unknown_command_is_a_usage_error(self):
        self.assertEqual(self.bench.run_command("dleiver", check=False).returncode, 2)


if __name__ == "__main__":
    main()
