#!/usr/bin/env python3
"""`check --online` and logins: what each account may do, why not, and what to do; nothing is delivered by looking."""
import json
import os
import socket
import subprocess
import time

from benches import Timed, now_us
from case import SLOWER, SystemTest, main
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until

OTHER = "70b63f53c660b269d13c52a6"
EMAIL, PASSWORD = "api@example.com", "pass-word-1"


class Online(SystemTest):
    def look(self, *arguments):
        """Exit code, the "online" part, and everything that was said."""
        done = self.bench.run_command("check", "--online", "--json", *arguments, check=False)
        text = self.bench.run_command("check", "--online", *arguments, check=False)
        self.assertEqual(text.returncode, done.returncode, text.stdout)
        said = (text.stdout + text.stderr + done.stderr).decode()
        for secret in (TOKEN, EMAIL, PASSWORD):
            self.assertNotIn(secret, said)
        return done.returncode, json.loads(done.stdout)["online"], said

    def set_config(self, *replacements):
        with open(self.bench.config, encoding="utf-8") as file:
            text = file.read()
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(self.bench.config, "w", encoding="utf-8") as file:
            file.write(text)

    def with_login(self, *flags, password=PASSWORD):
        bench = self.bench
        bench.start_sandbox("--login", f"{EMAIL}:{PASSWORD}", *flags)
        bench.write_config()
        path = bench.path("password")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(password + "\n")
        self.set_config((f'token_file = "{bench.path("token-" + ACCOUNT)}"',
                         f'login = {{ email = "{EMAIL}", password_file = "{path}" }}'))
        return bench

    def calls(self, part):
        return [entry for entry in self.bench.recorded() if part in entry["target"]]

    def test_all_well_with_and_without_the_daemon(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        for daemon in (False, True):
            if daemon:
                bench.start_daemon()
            code, online, said = self.look()
            self.assertEqual(code, 0, said)
            self.assertIn("TLSv1.3", online["endpoint"]["reached"])
            self.assertTrue(online["accounts"][0]["may_read_report"])
            self.assertIsNone(online["accounts"][0]["may_deliver"])
            self.assertIn("offline-leads", said)
        self.assertEqual(self.calls("set-click"), [], "looking sends no event")

    def test_what_one_account_may_not_is_told_with_its_cure_and_the_others_are_tried(self):
        bench = self.bench
        bench.accounts[OTHER] = TOKEN
        bench.start_sandbox()
        bench.write_config()
        for status, words in ((401, "is not accepted"), (403, "may not read reports"), (404, "endpoint.report_path"),
                              (302, "redirects are not followed")):
            bench.faults(status_for=[f"{OTHER}={status}"])
            code, online, said = self.look()
            self.assertEqual(code, 3, said)
            self.assertIn(words, said)
            self.assertIn("not all is well online", said)
            self.assertIn(str(status), online["accounts"][1]["fault"]["message"])
            self.assertIsNone(online["accounts"][0]["fault"])

    def test_when_no_account_may_anything_the_exit_code_is_the_reasons(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        for faults, code, words in (({"status": 401}, 78, "is not accepted"), ({"status": 503}, 69, "503"),
                                    ({"status": 200, "body": "<html>Welcome to the hotel</html>"}, 1, "captive portal")):
            bench.faults(**faults)
            found, _, said = self.look()
            self.assertEqual(found, code, said)
            self.assertIn(words, said)
            self.assertNotIn("hotel", said)

    def test_an_endpoint_that_cannot_be_reached_is_told_with_reason_and_cure(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        port = bench.url.split(":")[2].split("/")[0]
        bench.sandbox.stop()
        code, online, said = self.look()
        self.assertEqual((code, online["accounts"]), (69, []))
        self.assertIn("refused the connection", said)
        self.set_config((bench.url, f"https://no-such-host.invalid:{port}/api"))
        code, _, said = self.look()
        self.assertEqual(code, 69)
        self.assertIn("cannot be resolved", said)

    def test_a_certificate_for_another_host_is_told(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        # The same address by a name that the certificate does not hold.
        self.set_config((bench.url, bench.url.replace("127.0.0.1", "127.1")))
        code, _, said = self.look()
        self.assertEqual(code, 69)
        self.assertIn("subjectAltName", said)

    def test_a_paused_account_is_not_tried_and_the_rate_is_kept(self):
        bench = self.start(rate=600, account=("burst = 1",))
        bench.run_command("pause", ACCOUNT)
        code, online, said = self.look()
        self.assertEqual(code, 75)
        self.assertIn("resume", said)
        self.assertEqual(self.calls("/api"), [])
        bench.run_command("resume", ACCOUNT)
        for _ in range(4):
            self.assertEqual(self.look()[0], 0)
        calls = Timed(self.calls("/report/"))
        self.assertEqual(len(calls.at), 8)
        self.assertLessEqual(calls.most_over(600, 1), 0)

    def test_a_login_is_tried_and_its_end_told(self):
        bench = self.with_login("--login-ttl", "30m")
        code, online, said = self.look()
        self.assertEqual(code, 0, said)
        self.assertIn("login accepted, good until", said)
        bench.start_daemon()
        wait_until(lambda: len(self.calls("auth/login")) == 3, 20 * SLOWER, "the daemon has logged in")
        wait_until(lambda: bench.status()["accounts"][0]["has_credential"], 20 * SLOWER, "it has the token")
        code, online, said = self.look()
        self.assertEqual(code, 0, said)
        self.assertIn("token from the daemon's login, good until", said)
        self.assertEqual(len(self.calls("auth/login")), 3, "the daemon's token is used")

    def test_a_login_that_is_refused_is_told(self):
        self.with_login(password="wrong")
        code, online, said = self.look()
        self.assertEqual(code, 78, said)
        self.assertIn("does not accept e-mail and password", said)

    def test_a_401_to_a_report_logs_in_again_once_for_all_who_wait(self):
        bench = self.with_login("--login-ttl", "1h")
        bench.start_daemon()
        wait_until(lambda: bench.status()["accounts"][0]["has_credential"], 20 * SLOWER, "logged in")
        # A sandbox that is started anew knows the tokens of the last one no more.
        port = int(bench.url.rsplit(":", 1)[1].split("/")[0])
        bench.sandbox.stop()
        bench.start_sandbox("--login", f"{EMAIL}:{PASSWORD}", "--latency", "300ms", "--faults-on", "login", port=port)
        before = len(self.calls("auth/login"))
        began = now_us()
        waiting = [self.start_report() for _ in range(4)]
        for process in waiting:
            _, said = process.communicate(timeout=60 * SLOWER)
            self.assertEqual(process.returncode, 0, said)
        logins = [entry for entry in self.calls("auth/login")[before:] if entry["mono_us"] >= began]
        self.assertEqual(len(logins), 1, "one login for all of them")
        # And events go on with the new token.
        bench.drop("a.ndjson", ndjson([event(1)]))
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["delivered"], 1)
        self.assertEqual(len([e for e in self.calls("set-click") if e["status"] == 401]), 0)

    def test_who_hears_of_a_401_after_the_login_that_it_led_to_gets_that_logins_token(self):
        bench = self.with_login("--login-ttl", "1h")
        bench.start_daemon()
        wait_until(lambda: bench.status()["accounts"][0]["has_credential"], 20 * SLOWER, "logged in")
        first = self.ask_for_token()
        again = self.ask_for_token(refused=first["issue"])
        self.assertNotEqual(again["token"], first["token"])
        # The second one held the same token, and its 401 came late.
        self.assertEqual(self.ask_for_token(refused=first["issue"])["token"], again["token"])
        self.assertEqual(len(self.calls("auth/login")), 2)

    def ask_for_token(self, **more):
        """As a command that reads a report does."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(60 * SLOWER)
            asking.connect(self.bench.path("control.sock"))
            asking.sendall(json.dumps({"cmd": "token", "account": ACCOUNT, **more}).encode() + b"\n")
            with asking.makefile("rb") as lines:
                return json.loads(next(line for line in lines if b'"result"' in line))["result"]

    def start_report(self):
        return subprocess.Popen(self.bench.command("report", "microconversions", "--format", "json"),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_a_paused_account_does_not_log_in(self):
        bench = self.with_login()
        bench.start_daemon()
        wait_until(lambda: bench.status()["accounts"][0]["has_credential"], 20 * SLOWER, "logged in")
        bench.run_command("pause", ACCOUNT)
        self.assert_stops()
        bench.start_daemon()
        time.sleep(1)
        self.assertEqual(len(self.calls("auth/login")), 1)
        began = now_us()
        bench.run_command("resume", ACCOUNT)
        again = wait_until(lambda: self.calls("auth/login")[1:], 20 * SLOWER, "it logs in again")[0]
        self.assert_within(5 * SLOWER, began, again["mono_us"], "it logs in now")

    def test_a_login_that_is_told_to_wait_waits_as_told(self):
        bench = self.with_login("--retry-after", "4")
        bench.faults(throttle_share=1, retry_after=4, faults_on="login")
        bench.start_daemon()
        first = wait_until(lambda: self.calls("auth/login"), 20 * SLOWER, "a login")[0]
        self.assertEqual(first["status"], 429)
        bench.drop("a.ndjson", ndjson([event(1)]))
        time.sleep(0.5)
        bench.faults()
        second = wait_until(lambda: self.calls("auth/login")[1:], 30 * SLOWER, "another one")[0]
        self.assertGreaterEqual(second["mono_us"] - first["mono_us"], 4_000_000)
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["delivered"], 1)


if __name__ == "__main__":
    main()
