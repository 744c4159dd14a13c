#!/usr/bin/env python3
"""A new configuration and an end, both in the middle of the work: nothing lost, nothing repeated."""
import collections
import os
import signal
import threading
import time
import urllib.parse

from case import SANITIZED, SLOWER, SystemTest, main, size, sources_of
from harness import ACCOUNT, TOKEN, Bench, event, ndjson, wait_until
from hostile_server import Gate
from notified import Notified
from stalls import now_us
from witness import Ledger

OTHER = "70b63f53c660b269d13c52a6"


class Reload(SystemTest):
    def assert_each_once(self, count):
        seen = collections.Counter(sources_of(self.bench.booked()))
        self.assertEqual((len(seen), set(seen.values())), (count, {1}))

    def test_a_hundred_reloads_under_load_lose_and_repeat_nothing(self):
        reloads, files, lines = size(30, 100), 20, size(200, 1000)
        bench = self.start("--latency", "2ms", connections=16)
        for number in range(reloads):
            if number % max(1, reloads // files) == 0:
                first = number // max(1, reloads // files) * lines
                bench.drop(f"{number}.ndjson", ndjson(event(n) for n in range(first, first + lines)))
            if number % 2:
                bench.daemon.signal(signal.SIGHUP)
            else:
                bench.run_command("reload", check=False)  # another one may be under way
            time.sleep(0.02)
        count = len(range(0, reloads, max(1, reloads // files))) * lines
        counts = bench.wait_final(count, 90 * SLOWER)
        self.assertEqual(counts["delivered"], count)
        self.assert_each_once(count)
        self.assertEqual(bench.status()["in_doubt_ever"], 0)
        self.assertIn("the configuration was reloaded", bench.daemon.output())
        self.assert_stops()

    def test_a_configuration_that_cannot_be_used_changes_nothing(self):
        bench = self.start()
        with open(bench.config, encoding="utf-8") as file:
            good = file.read()
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(good.replace("connections = 64", 'connections = "many"'))
        done = bench.run_command("reload", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn(b"delivery.connections", done.stderr)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(good)
        self.assertEqual(bench.wait_final(10, 20 * SLOWER)["delivered"], 10)

    def test_somebody_in_the_middle_of_editing_can_still_look_and_brake(self):
        bench = self.start()
        with open(bench.config, encoding="utf-8") as file:
            good = file.read()

        def run(config, *command):
            with open(bench.config, "w", encoding="utf-8") as file:
                file.write(config)
            return bench.run_command(*command, check=False)

        wrong = good.replace("connections = 64", 'connections = "many"')
        for command in (("status",), ("list",), ("pause", "--all")):
            done = run(wrong, *command)
            self.assertEqual(done.returncode, 0, (command, done.stderr))
            self.assertIn(b"delivery.connections", done.stderr)
        self.assertIn(b"paused", run(wrong, "status").stdout)
        # Behind these nobody knows which ledger is meant.
        for config in (good + "\n[[", good.replace(f'path = "{bench.ledger}"', "path = 1")):
            for command in (("status",), ("resume", "--all"), ("reload",)):
                done = run(config, *command)
                self.assertEqual(done.returncode, 78, (command, done.stdout, done.stderr))
        self.assertEqual(run(good, "resume", "--all").returncode, 0)

    def test_a_start_that_a_wrong_path_ends_leaves_nothing_behind(self):
        """Else the spool belonged to a ledger in the wrong place, and the mended configuration could not start either."""
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        self.replace_in_config(bench.ca, bench.ca + ".none")
        self.replace_in_config(bench.ledger, bench.path("elsewhere.db"))
        self.assertEqual(bench.start_daemon(ready=False).wait(20 * SLOWER), 78)
        self.assertFalse(os.path.exists(bench.path("elsewhere.db")))
        bench.write_config()
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3)))
        self.assertEqual(bench.wait_final(3, 20 * SLOWER)["delivered"], 3)

    def write_secret(self, name, text):
        path = self.bench.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")
        return path

    def replace_in_config(self, old, new):
        with open(self.bench.config, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(self.bench.config, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def parked(self):
        return self.bench.status()["accounts"][0]["parked"]

    def reload_goes_on(self, count):
        """A reload, and all go out without waiting for anything more."""
        bench, began = self.bench, now_us()
        bench.run_command("reload")
        self.assertEqual(bench.wait_final(count, 20 * SLOWER)["delivered"], count)
        self.assert_within(3 * SLOWER, began, bench.booked()[-1]["mono_us"], bench.story())

    def test_a_reload_beside_a_token_file_that_cannot_be_used_keeps_the_old_token(self):
        bench = self.start()
        os.chmod(bench.path("token-" + ACCOUNT), 0o644)
        bench.run_command("reload")
        self.assertIn("the old token stays", bench.daemon.output())
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        self.assertEqual(bench.wait_final(10, 20 * SLOWER)["delivered"], 10)

    def test_a_reload_with_another_token_wakes_its_account(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        good = f'token_file = "{bench.path("token-" + ACCOUNT)}"'
        self.replace_in_config(good, f'token_file = "{self.write_secret("wrong", "wrong.token.here")}"')
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        wait_until(self.parked, 20 * SLOWER, "parked")
        self.replace_in_config(f'token_file = "{bench.path("wrong")}"', good)
        self.reload_goes_on(10)

    def test_a_token_that_is_written_just_before_a_reload_is_news(self):
        bench = self.bench
        bench.start_sandbox()
        bench.faults(status=401)
        bench.write_config()
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        wait_until(self.parked, 20 * SLOWER, "parked")
        bench.faults()
        self.write_secret("token-" + ACCOUNT, TOKEN)  # what it held
        self.reload_goes_on(10)

    def test_a_reload_with_another_password_logs_in_again(self):
        bench = self.bench
        bench.start_sandbox("--login", "me@example.com:right")
        bench.write_config()
        wrong, right = self.write_secret("wrong", "wrong"), self.write_secret("right", "right")
        self.replace_in_config(f'token_file = "{bench.path("token-" + ACCOUNT)}"',
                               f'login = {{ email = "me@example.com", password_file = "{wrong}" }}')
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson([event(1)]))
        wait_until(lambda: any(e["status"] == 401 for e in bench.recorded()), 20 * SLOWER, "a login that was refused")
        self.replace_in_config(wrong, right)
        self.reload_goes_on(1)

    def test_a_reload_with_the_right_address_needs_no_resume(self):
        """Also for an account that logs in: its token stays, its requests go to the new door."""
        bench = self.bench
        bench.start_sandbox("--login", "me@example.com:right")
        bench.write_config()
        password = self.write_secret("right", "right")
        self.replace_in_config(f'token_file = "{bench.path("token-" + ACCOUNT)}"',
                               f'login = {{ email = "me@example.com", password_file = "{password}" }}')
        self.replace_in_config("[endpoint]", '[endpoint]\nset_click_path = "/no-such-path"')
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        wait_until(self.parked, 20 * SLOWER, "parked")
        self.assertEqual(self.parked()["reason"], "not-found")
        self.replace_in_config('set_click_path = "/no-such-path"', "")
        self.reload_goes_on(10)
        self.assertEqual(sum("auth/login" in e["target"] for e in bench.recorded()), 1)

    def other_server(self, *flags):
        """Another server, for another `base_url`."""
        other = Bench()
        self.addCleanup(other.__exit__, None, None, None)
        other.start_sandbox(*flags)
        return other

    def move(self, old, new):
        """The configuration leads to this other server now; (url, ca) each."""
        for before, after in zip(old, new):
            self.replace_in_config(f'"{before}"', f'"{after}"')
        self.bench.run_command("reload")

    def test_a_reload_while_a_handshake_is_under_way_leaves_the_old_address_at_once(self):
        bench, other = self.bench, self.other_server()
        bench.start_sandbox()
        gate = Gate(urllib.parse.urlsplit(bench.url).port)
        self.addCleanup(gate.stop)
        through_gate = bench.url.replace(f":{gate.target}", f":{gate.port}")
        bench.write_config()
        self.replace_in_config(bench.url, through_gate)
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(10)))
        wait_until(lambda: gate.waiting, 20 * SLOWER, "a handshake waits")
        began = now_us()
        self.move((through_gate, bench.ca), (other.url, other.ca))
        gate.open()
        self.assertEqual(bench.wait_final(10, 20 * SLOWER)["delivered"], 10)
        self.assertEqual(bench.recorded(), [], "meant for another server")
        self.assertEqual(len(other.booked()), 10)
        self.assert_within(5 * SLOWER, began, other.booked()[-1]["mono_us"], bench.story())
        self.assert_stops()

    def hold_ledger(self, seconds):
        """From now on the daemon's next transaction waits; delivery goes on with what it has claimed."""
        self.after(seconds, Ledger(self.bench.ledger).lock())

    def after(self, seconds, call):
        timer = threading.Timer(seconds, call)
        self.addCleanup(timer.join)
        timer.start()

    def moves_under_load(self, threads):
        # A sanitizer slows the moves more than the delivery, which is not to end before them.
        moves, lines = size(8, 40), size(800, 3000) * (3 if SANITIZED else 1)
        other = self.other_server("--latency", "5ms")
        bench = self.start("--latency", "5ms", connections=16, delivery=(f"threads = {threads}",))
        doors = [(bench.url, bench.ca), (other.url, other.ca)]
        for number in range(moves):
            bench.drop(f"{number}.ndjson", ndjson(event(n) for n in range(number * lines, (number + 1) * lines)))
        wait_until(lambda: bench.stats()["booked"], 20 * SLOWER, "the first are there")
        for number in range(moves):
            self.hold_ledger(0.05)
            self.move(doors[number % 2], doors[(number + 1) % 2])
            time.sleep(0.02)
        self.assertGreater(bench.counts()["waiting"], 0, "there was work all the time")
        count = moves * lines
        self.assertEqual(bench.wait_final(count, 60 * SLOWER)["delivered"], count)
        seen = collections.Counter(sources_of(bench.booked()) + sources_of(other.booked()))
        self.assertEqual((len(seen), set(seen.values())), (count, {1}))
        for server in (bench, other):
            hosts = collections.Counter(e["headers"]["Host"] for e in server.recorded())
            self.assertEqual(list(hosts), [urllib.parse.urlsplit(server.url).netloc], f"{hosts}: meant for the other one")
        self.assert_stops()

    def test_a_request_written_for_one_address_never_goes_to_another(self):
        self.moves_under_load(threads=1)

    def test_a_request_written_for_one_address_never_goes_to_another_with_several_threads(self):
        self.moves_under_load(threads=2)

    def test_a_reload_on_a_full_disk_that_adds_an_account_keeps_the_old_configuration(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        # The first account is entered at the start, the other one by the reload.
        bench.start_daemon(env={**os.environ, "SETCLICKD_FAULT": "ledger.account:2:ENOSPC"})
        bench.accounts[OTHER] = TOKEN
        bench.write_config()
        done = bench.run_command("reload", check=False)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn(b"the old configuration stays", done.stderr)
        self.assertIn(OTHER.encode(), done.stderr)
        self.assertIn("the configuration was not reloaded", bench.daemon.output())
        bench.run_command("pause", "--all")
        bench.run_command("resume", "--all")
        bench.drop("a.ndjson", ndjson([event(1), event(2, account=OTHER)]))
        counts = bench.wait_final(2, 20 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"]), (1, 1))
        # There is room again.
        bench.run_command("reload")
        bench.drop("b.ndjson", ndjson([event(3, account=OTHER)]))
        self.assertEqual(bench.wait_final(3, 20 * SLOWER)["delivered"], 2)
        self.assert_stops()

    def test_a_command_while_a_reload_waits_for_the_ledger_finds_the_old_accounts(self):
        bench = self.bench
        bench.start_sandbox()
        notified = Notified(bench.path("notify"))
        bench.start_daemon(env=notified.env())
        bench.accounts[OTHER] = TOKEN
        bench.write_config()
        release = Ledger(bench.ledger).lock()
        bench.daemon.signal(signal.SIGHUP)
        wait_until(lambda: notified.has("RELOADING=1"), 20 * SLOWER, "the reload's beginning")
        self.assertNotIn("the configuration was reloaded", bench.daemon.output())
        self.after(0.3, release)  # before the daemon stops waiting for it, after a second
        bench.run_command("pause", "--all")
        wait_until(lambda: "the configuration was reloaded" in bench.daemon.output(), 20 * SLOWER, "the reload's end")
        bench.run_command("resume", "--all")
        bench.drop("a.ndjson", ndjson([event(1), event(2, account=OTHER)]))
        self.assertEqual(bench.wait_final(2, 20 * SLOWER)["delivered"], 2)
        self.assert_stops()

    def test_accounts_come_and_go(self):
        bench = self.start()
        line = ndjson([event(1, account=OTHER)])
        bench.drop("early.ndjson", line)
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["rejected"], 1)
        bench.accounts[OTHER] = TOKEN
        bench.write_config()
        bench.run_command("reload")
        bench.drop("late.ndjson", ndjson([event(2, account=OTHER)]))
        self.assertEqual(bench.wait_final(2, 20 * SLOWER)["delivered"], 1)
        # Its events wait when it is gone, and go out when it is back.
        bench.faults(latency="100ms")
        bench.drop("more.ndjson", ndjson(event(n, account=OTHER) for n in range(10, 200)))
        wait_until(lambda: bench.counts()["delivered"] > 5, 20 * SLOWER, "some of them")
        del bench.accounts[OTHER]
        bench.write_config()
        bench.run_command("reload")
        bench.accounts[OTHER] = TOKEN
        bench.write_config()
        bench.run_command("reload")
        bench.faults()
        self.assertEqual(bench.wait_final(192, 40 * SLOWER)["delivered"], 191)

    def test_sigterm_under_load_ends_in_time_with_nothing_in_doubt(self):
        count = size(3_000, 30_000)
        bench = self.start("--latency", "20ms")
        bench.drop("many.ndjson", ndjson(event(n) for n in range(count)))
        for part in (1, 2, 3):
            wait_until(lambda: bench.stats()["booked"] > part * count // 4, 60 * SLOWER, "a part has arrived")
            began = now_us()
            self.assert_stops()
            self.assert_within(5 * SLOWER, began, what=bench.story())
            bench.start_daemon()
        self.assertEqual(bench.wait_final(count, 60 * SLOWER)["delivered"], count)
        self.assert_each_once(count)
        self.assertEqual(bench.status()["in_doubt_ever"], 0)

    def test_sigterm_with_a_silent_server_ends_at_the_drains_deadline(self):
        bench = self.start("--stall", "1", connections=4, delivery=('drain_timeout = "1s"',))
        bench.drop("many.ndjson", ndjson(event(n) for n in range(100)))
        wait_until(lambda: bench.status()["events"]["in_flight"] > 0 and len(bench.recorded()) > 0, 20 * SLOWER, "in flight")
        began = now_us()
        self.assert_stops()
        self.assert_within(3 * SLOWER, began, what=bench.story())
        reached = len(bench.recorded())
        bench.faults()
        bench.start_daemon()
        self.assertEqual(bench.wait_final(100, 30 * SLOWER)["delivered"], 100)
        # Only what had begun is in doubt.
        self.assertLessEqual(bench.status()["in_doubt_ever"], reached)


if __name__ == "__main__":
    main()
