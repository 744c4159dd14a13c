#!/usr/bin/env python3
"""Secrets and personal data stay inside: canaries in every place where they may come from, and all output read."""
import json
import os
import socket

from case import SLOWER, SystemTest, main
from harness import ACCOUNT, event, ndjson, wait_until

CANARY_TOKEN = "canaryTOKENaaaa.bbbbcanary.TOKENcccc"
CANARY_EMAIL = "canary.person@canary-mail.example"
CANARY_VALUE = "canary-settings-value-Zq7"
CANARIES = (CANARY_TOKEN, CANARY_EMAIL, CANARY_VALUE, "canary.person", "canaryTOKEN")


def bad_lines():
    """Lines that are refused, each with a canary in the part that is wrong or beside it."""
    good = event(0, settings={"email": CANARY_EMAIL, "note": CANARY_VALUE})
    broken = json.dumps(good)
    yield broken[:-1]                                             # cut off
    yield broken[:broken.index(CANARY_VALUE) + 9]                 # cut off inside the value
    yield broken.replace('"note"', '"note" "x"')                  # garbage between
    yield broken + CANARY_VALUE                                   # garbage behind
    yield json.dumps({**good, "settings": CANARY_EMAIL})          # wrong type
    yield json.dumps({**good, "settings": [CANARY_EMAIL]})
    yield json.dumps({**good, "setings": {"email": CANARY_EMAIL}})  # unknown field
    yield json.dumps({**good, "click_time": "soon"})
    yield json.dumps({**good, "click_time": CANARY_EMAIL})        # columns of an export shifted by one
    yield json.dumps({**good, "account_id": CANARY_EMAIL})
    yield json.dumps({**good, "url_parameters": {"campaign": "x"}})
    yield json.dumps({**good, "microconversion": CANARY_VALUE})
    yield '{"settings":{"email":"%s","email":"%s"}}' % (CANARY_EMAIL, CANARY_VALUE)
    yield CANARY_EMAIL
    yield json.dumps({**good, "settings": {"deep": {"x": CANARY_VALUE}}}).replace(
        '{"x"', "[" * 40 + '{"x"').replace("}}", "}" + "]" * 40 + "}", 1)


class Canary(SystemTest):
    def setUp(self):
        super().setUp()
        self.bench.accounts = {ACCOUNT: CANARY_TOKEN}
        self.outputs = []

    def see(self, name, text):
        self.outputs.append((name, text if isinstance(text, str) else text.decode("utf-8", "replace")))

    def see_command(self, *arguments, stdin=None):
        done = self.bench.run_command(*arguments, stdin=stdin, check=False)
        self.see("setclickd " + " ".join(arguments), done.stdout + done.stderr)
        return done

    def asked(self, request):
        """The answer of the control socket."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20 * SLOWER)
            client.connect(self.bench.path("control.sock"))
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as answer:
                line = answer.readline()
        self.assertIn("result", json.loads(line))
        return line

    def assert_no_canary(self):
        self.assertTrue(any(text for _, text in self.outputs))
        for name, text in self.outputs:
            for canary in CANARIES:
                at = text.find(canary)
                self.assertEqual(at, -1, f"{name} shows {canary!r}: …{text[max(0, at - 200):at + 60]}…")

    def live(self, log_format):
        """Everything that makes the daemon speak: good and bad events, refusals that echo, trouble, a kill."""
        bench = self.bench
        bench.start_sandbox("--latency", "2ms")
        bench.write_config(log=('level = "debug"', f'format = "{log_format}"'),
                           sections=("[retry]", 'base = "50ms"', 'cap = "100ms"', 'probe_first = "1s"'))
        bench.start_daemon()
        good = [event(n, settings={"email": CANARY_EMAIL, "note": CANARY_VALUE + str(n)}) for n in range(400)]
        bench.drop("good.ndjson", ndjson(good[:50]))
        bad = list(bad_lines())
        bench.drop("bad.ndjson", "\n".join(bad).encode() + b"\n")
        bench.drop("broken.json", bad[1].encode())
        bench.wait_final(50 + len(bad) + 1, 40 * SLOWER)

        bench.faults(fail_share=0.3, reset_before_read=0.1, reset_after_read=0.1, reset_after_book=0.1)
        bench.drop("trouble.ndjson", ndjson(good[50:150]))
        bench.wait_final(150 + len(bad) + 1, 60 * SLOWER)
        # A server that says back what it was sent.
        bench.faults(status=422, body=json.dumps({"status": "error", "message": f"{CANARY_EMAIL} {CANARY_VALUE} "
                                                  f"Bearer {CANARY_TOKEN}"}))
        bench.drop("echo.ndjson", ndjson(good[150:155]))
        bench.wait_final(155 + len(bad) + 1, 40 * SLOWER)
        bench.faults(status=401)
        bench.drop("unauthorised.ndjson", ndjson(good[155:200]))
        wait_until(lambda: any(entry.get("status") == 401 for entry in bench.recorded()), 20 * SLOWER, "a 401")
        for name in ("cmdline", "environ"):
            with open(f"/proc/{bench.daemon.pid}/{name}", "rb") as file:
                self.see(f"the process list: {name}", file.read())
        self.see_command("status")
        self.see_command("status", "--json")
        self.see_command("files")
        self.see_command("files", "--json")
        self.see_command("top", "--once", "--interval", "200ms")
        self.see("the last lines of the log, asked for", self.asked({"cmd": "log"}))
        bench.daemon.kill()
        bench.faults()
        bench.start_daemon()
        bench.wait_final(200 + len(bad) + 1, 60 * SLOWER)
        self.assert_stops()
        with open(bench.daemon_log, "rb") as file:
            self.see(f"the log as {log_format}", file.read())
        # The reasons, not the refused lines themselves: those are the producer's own data.
        for name in bench.files("rejected"):
            reasons = [line for line in bench.rejected(name).split(b"\n") if line.startswith(b"#! ")]
            self.see(f"reasons in rejected/{os.fsdecode(name)}", b"\n".join(reasons))
        for name, result in bench.results().items():
            self.see(f"result of {name}", json.dumps(result))

    def test_text_log(self):
        self.live("text")
        self.assert_no_canary()

    def test_journald_log(self):
        self.live("journald")
        self.assert_no_canary()

    def test_logfmt_log(self):
        self.live("logfmt")
        self.assert_no_canary()

    def test_json_log(self):
        self.live("json")
        self.assert_no_canary()

    def test_commands(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config(
            account=(f'login = {{ email = "{CANARY_EMAIL}", password_file = "/nonexistent/password" }}',))
        self.see_command("check")
        self.see_command("run", "--once")
        bench.write_config()
        lines = "\n".join(bad_lines()).encode() + b"\n"
        self.see_command("submit", "-", stdin=lines)
        self.see_command("submit", "--check", "-", stdin=lines)
        self.see_command("submit", "--partial", "-", stdin=lines)
        self.see_command("run", "--once")
        self.see_command("status")
        self.assert_no_canary()
        good = ndjson([event(1, settings={"email": CANARY_EMAIL})])
        self.outputs.clear()
        done = bench.run_command("submit", "--show-request", "-", stdin=good, check=False)
        self.assertNotIn(CANARY_TOKEN, (done.stdout + done.stderr).decode(), "what would be sent, but not the token")

    def test_the_canaries_do_travel(self):
        """The counter-proof: without it a test that reads nothing would pass."""
        bench = self.start()
        bench.drop("a.ndjson", ndjson([event(1, settings={"email": CANARY_EMAIL})]))
        bench.wait_final(1, 20 * SLOWER)
        self.see("the sandbox's record", json.dumps(bench.recorded()).replace("%40", "@"))
        with self.assertRaises(AssertionError):
            self.assert_no_canary()


if __name__ == "__main__":
    main()
