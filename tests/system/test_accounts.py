#!/usr/bin/env python3
"""`setclickd accounts`, and `setup` on a terminal that offers what it lists: nobody copies an id by hand, nothing is delivered."""
import json
import os
import pty
import select
import time

from case import SLOWER, SystemTest, main
from harness import ACCOUNT, TOKEN, start_child

OTHER, THIRD = "70b63f53c660b269d13c52a6", "80b63f53c660b269d13c52a6"
SHOPS = ("--account", f"{ACCOUNT}=Shop", "--account", f"{OTHER}=Blog")
SECOND = "eyJ0eXAiOiJKV1QifQ.second.second"


class Accounts(SystemTest):
    def look(self, *arguments, stdin=None):
        """Exit code, the JSON, and everything that was printed for people."""
        done = self.bench.run_command("accounts", "--json", *arguments, stdin=stdin, check=False)
        text = self.bench.run_command("accounts", *arguments, stdin=stdin, check=False)
        self.assertEqual(text.returncode, done.returncode, text.stdout)
        said = (text.stdout + text.stderr + done.stderr).decode()
        self.assertNotIn(TOKEN, said + done.stdout.decode())
        return done.returncode, json.loads(done.stdout) if done.stdout else None, said

    def calls(self, part):
        return [entry for entry in self.bench.recorded() if part in entry["target"]]

    def test_both_forms_are_listed_with_and_without_the_daemon(self):
        bench = self.bench
        for form in ((), ("--accounts-bare",)):
            bench.start_sandbox(*SHOPS, *form)
            bench.write_config()
            for daemon in (False, True):
                if daemon:
                    bench.start_daemon()
                code, seen, said = self.look()
                self.assertEqual(code, 0, said)
                self.assertEqual([(a["id"], a["name"], a["configured"]) for a in seen["accounts"]],
                                 [(ACCOUNT, "Shop", True), (OTHER, "Blog", False)])
                self.assertIn(f"{ACCOUNT} (Shop)  configured", said)
                self.assertIn(f"sudo setclickd setup --account {OTHER}", said)
            self.assert_stops()
            bench.sandbox.stop()
        self.assertEqual(self.calls("set-click"), [], "looking sends no event")

    def test_a_token_is_asked_for_once_and_one_that_may_not_use_its_account_is_told(self):
        bench = self.bench
        bench.accounts = {ACCOUNT: TOKEN, OTHER: SECOND}
        bench.start_sandbox("--token", f"{SECOND}:{THIRD}", *SHOPS)
        bench.write_config()
        code, seen, said = self.look()
        self.assertEqual(code, 3, said)
        self.assertIn(f"account {OTHER} is configured, but is none of those that its token may use", said)
        self.assertEqual(seen["faults"][0]["account"], OTHER)
        before = len(self.calls("auth/accounts"))
        # The same file twice is one token.
        with open(bench.config, encoding="utf-8") as file:
            text = file.read()
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(text.replace(bench.path("token-" + OTHER), bench.path("token-" + ACCOUNT)))
        code, seen, said = self.look()
        self.assertEqual(code, 0, said)
        self.assertEqual(seen["accounts"][0]["by_token_of"], [ACCOUNT, OTHER])
        self.assertEqual(len(self.calls("auth/accounts")) - before, 2, "one call each time")

    def test_what_is_in_the_way_is_told_with_its_cure(self):
        bench = self.bench
        bench.start_sandbox(*SHOPS)
        bench.write_config()
        for faults, code, words in (
                ({"status": 401}, 78, "setclickd token"), ({"status": 403}, 78, "ask SealMetrics"),
                ({"status": 404}, 78, "endpoint.accounts_path"), ({"status": 302}, 78, "redirects are not followed"),
                ({"status": 503}, 69, "try again"),
                ({"status": 200, "body": "<html>Welcome to the hotel</html>"}, 1, "captive portal"),
                ({"status": 200, "body": '{"status":"ok","data":{"x":7}}'}, 1, "captive portal"),
                ({"status": 200, "body": '{"status":"error","message":"Not yet"}'}, 1, "Not yet")):
            body = faults.pop("body", None)
            if body:
                bench.faults(body=body, **faults)
            else:
                bench.faults(**faults)
            found, seen, said = self.look()
            self.assertEqual(found, code, said)
            self.assertIn(words, said)
            self.assertNotIn("hotel", said)
            self.assertEqual(seen["accounts"], [])
        bench.sandbox.stop()
        code, _, said = self.look()
        self.assertEqual(code, 69)
        self.assertIn("refused the connection", said)

    def test_a_new_token_is_tried_before_anything_is_configured(self):
        bench = self.bench
        bench.start_sandbox(*SHOPS)
        environment = {**os.environ, "SETCLICKD_ENDPOINT__BASE_URL": bench.url, "SETCLICKD_ENDPOINT__CA_FILE": bench.ca}
        with open(bench.path("typed"), "w", encoding="ascii") as file:
            file.write(f"Bearer {TOKEN}\n")
        with open(bench.path("typed"), "rb") as typed, open(bench.path("out"), "wb") as out:
            child = start_child(bench.command("accounts", "--new-token"), stdin=typed, stdout=out, env=environment)
            self.assertEqual(child.wait(30 * SLOWER), 0)
        with open(bench.path("out"), encoding="utf-8") as file:
            self.assertIn(f"{ACCOUNT} (Shop)  not configured", file.read())

    def setup(self, *answers):
        """`setclickd setup` on a terminal: each question, by a word of it, and what is typed. Exit code and the screen."""
        bench = self.bench
        environment = {**os.environ, "SETCLICKD_ENDPOINT__BASE_URL": bench.url, "SETCLICKD_ENDPOINT__CA_FILE": bench.ca,
                       "SETCLICKD_SPOOL__DIR": bench.spool, "SETCLICKD_LEDGER__PATH": bench.ledger}
        ours, theirs = pty.openpty()
        child = start_child(bench.command("setup", "--no-start"), stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        shown, unread, answers = "", 0, list(answers)
        end = time.monotonic() + 60 * SLOWER
        while time.monotonic() < end:
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                data = os.read(ours, 4096)
            except OSError:
                break  # its other end is closed
            if not data:
                break
            shown += data.decode("utf-8", "replace")
            if answers and answers[0][0] in shown[unread:]:
                unread = len(shown)
                os.write(ours, answers.pop(0)[1].encode() + b"\n")
        os.close(ours)
        code = child.wait(30 * SLOWER)
        self.assertEqual(answers, [], shown)
        for token in (TOKEN, SECOND):
            self.assertNotIn(token, shown)
        return code, shown.replace("\r\n", "\n")

    def configured(self):
        with open(self.bench.config, encoding="utf-8") as file:
            return [line.split('"')[1] for line in file if line.startswith("id =")]

    def test_setup_takes_the_only_account_of_a_token_and_adds_the_next(self):
        bench = self.bench
        bench.start_sandbox("--token", f"{SECOND}:{OTHER}", *SHOPS)
        code, shown = self.setup(("(it is not shown)", SECOND), ("[Y/n]", "n"))
        self.assertEqual(code, 0, shown)
        self.assertIn(f"The token is for one account, which is taken: {OTHER} (Blog)", shown)
        self.assertEqual(self.configured(), [OTHER])
        # The other user may use both: one is left.
        code, shown = self.setup(("(it is not shown)", TOKEN), ("[Y/n]", "n"))
        self.assertEqual(code, 0, shown)
        self.assertIn(f"not configured yet, and is taken: {ACCOUNT} (Shop)", shown)
        self.assertEqual(self.configured(), [OTHER, ACCOUNT])
        code, shown = self.setup(("(it is not shown)", TOKEN))
        self.assertNotEqual(code, 0)
        self.assertIn("configured already", shown)
        self.assertEqual(self.configured(), [OTHER, ACCOUNT])

    def test_setup_lets_choose_among_several(self):
        self.bench.start_sandbox(*SHOPS)
        code, shown = self.setup(("(it is not shown)", TOKEN), ("Which one", "3"), ("from 1 to 2", "2"), ("[Y/n]", "n"))
        self.assertEqual(code, 0, shown)
        self.assertIn(f"  2  {OTHER} (Blog)", shown)
        self.assertEqual(self.configured(), [OTHER])

    def test_setup_goes_on_by_hand_where_nothing_is_listed_and_asks_again_for_a_wrong_token(self):
        bench = self.bench
        bench.start_sandbox(*SHOPS)
        code, shown = self.setup(("(it is not shown)", "eyJ0eXAi.wrong.wrong"), ("(it is not shown)", TOKEN),
                                 ("Which one", ACCOUNT), ("[Y/n]", "n"))
        self.assertEqual(code, 0, shown)
        self.assertIn("does not accept this token", shown)
        self.assertEqual(self.configured(), [ACCOUNT])
        os.unlink(bench.config)
        os.unlink(bench.path("token"))
        bench.faults(status=503)
        code, shown = self.setup(("(it is not shown)", TOKEN), ("Account id", THIRD), ("[Y/n]", "n"))
        self.assertEqual(code, 0, shown)
        self.assertIn("cannot be listed now", shown)
        self.assertEqual(self.configured(), [THIRD])


if __name__ == "__main__":
    main()
