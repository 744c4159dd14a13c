#!/usr/bin/env python3
"""`setclickd doctor` against the sandbox: each thing that can be in the way is one finding with its cure, and nothing is delivered by
looking."""
import base64
import json
import os
import subprocess
import time
import unittest

from case import SystemTest, main
from certificates import CA, ELSE, PAST, Authority
from harness import ACCOUNT, TOKEN

OTHER = "70b63f53c660b269d13c52a6"
SHOP = ("--account", f"{ACCOUNT}=Shop")


def jwt(seconds):
    """A token that says it ends so many seconds from now; its signature is nobody's."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return f"{part({'alg': 'HS256'})}.{part({'exp': int(time.time()) + seconds})}.c2lnbmF0dXJl"


class Doctor(SystemTest):
    def look(self, *arguments):
        """Exit code, {area: [(level, message, cure)]} of what is not ok, and all that was printed."""
        done = self.bench.run_command("doctor", "--json", *arguments, check=False, timeout=120)
        text = self.bench.run_command("doctor", *arguments, check=False, timeout=120)
        self.assertEqual(text.returncode, done.returncode, text.stdout)
        said = (text.stdout + text.stderr + done.stdout + done.stderr).decode()
        for token in (*self.bench.accounts.values(), "eyJ"):
            self.assertNotIn(token, said)
        found = json.loads(done.stdout)
        ailing = {}
        for finding in found["findings"]:
            self.assertEqual(finding["cure"] is None, finding["level"] == "ok", finding)
            # Whether this machine keeps its clock by a server is not the test's to say.
            if finding["level"] != "ok" and finding["area"] != "time_sync":
                ailing.setdefault(finding["area"], []).append((finding["level"], finding["message"], finding["cure"]))
        self.assertEqual(done.returncode, 1 if found["level"] == "problem" else 0)
        self.assertEqual([e["target"] for e in self.bench.recorded() if "auth/accounts" not in e["target"]], [],
                         "nothing is asked but for accounts")
        return done.returncode, ailing, said

    def begin(self, *flags):
        bench = self.bench
        bench.start_sandbox(*SHOP, *flags)
        bench.write_config()
        os.makedirs(bench.incoming(), exist_ok=True)
        for folder in (bench.folder, bench.spool):
            os.chmod(folder, 0o755)
        os.chmod(bench.incoming(), 0o3730)
        return bench

    def expect(self, area, level, words, cure="", **more):
        code, ailing, said = self.look(**more)
        self.assertEqual(code, 1 if level == "problem" else 0, said)
        found = [f for f in ailing.get(area, []) if f[0] == level and words in f[1] and cure in f[2]]
        self.assertTrue(found, said)
        return ailing, said

    def test_all_is_well_with_the_daemon_and_without(self):
        bench = self.begin()
        code, ailing, said = self.look()
        self.assertEqual((code, set(ailing)), (0, {"daemon"}), said)
        self.assertIn("enable --now setclickd", said)
        bench.start_daemon()
        code, ailing, said = self.look()
        self.assertEqual((code, ailing), (0, {}), said)
        self.assertIn("of endpoint.ca_file", said)
        self.assertIn("TLSv1.3, issued by", said)
        self.assertIn(f"account {ACCOUNT} may be used with it", said)
        self.assertIn("agrees with the server's", said)
        # Without the network, of which nothing is seen then.
        bench.sandbox.stop()
        self.assertEqual(self.look("--offline")[0], 0)

    def test_a_clock_that_goes_wrong(self):
        bench = self.bench
        # Half a minute off the full hour: what is shown does not turn on how fast this machine is.
        for skew, level, words in ((-120, "warning", "ahead of"), (120, "warning", "behind"), (3570, "problem", "59 min")):
            self.begin("--date-skew", str(skew))
            self.expect("clock", level, words, "timedatectl")
            bench.sandbox.stop()

    def test_tokens(self):
        bench = self.bench
        for token, level, words in ((jwt(-60), "problem", "its token ended on"), (jwt(5 * 86400), "warning", "ends in"),
                                    ("eyJ0eXAiOiJKV1QifQ.wrong.wrong", "problem", "does not accept its token (401)")):
            bench.accounts = {ACCOUNT: token}
            bench.start_sandbox(*SHOP) if "wrong" not in token else self.only(TOKEN)
            bench.write_config()
            self.prepare()
            self.expect("token", level, words, f"setclickd token {ACCOUNT}")
            bench.sandbox.stop()
        bench.accounts = {ACCOUNT: jwt(300 * 86400)}
        self.begin()
        code, ailing, said = self.look()
        self.assertEqual((code, set(ailing)), (0, {"daemon"}), said)
        self.assertIn("accepted, good until", said)
        os.unlink(bench.path(f"token-{ACCOUNT}"))
        self.expect("token", "problem", "token-", f"setclickd token {ACCOUNT}")

    def only(self, token):
        """The sandbox, which knows this token alone."""
        kept, self.bench.accounts = self.bench.accounts, {ACCOUNT: token}
        self.bench.start_sandbox(*SHOP)
        self.bench.accounts = kept

    def prepare(self):
        os.makedirs(self.bench.incoming(), exist_ok=True)
        os.chmod(self.bench.folder, 0o755)
        os.chmod(self.bench.spool, 0o755)
        os.chmod(self.bench.incoming(), 0o3730)

    def test_accounts(self):
        bench = self.begin()
        bench.faults(status=403)
        self.expect("account", "warning", "may not list accounts", "check --online")
        bench.sandbox.stop()
        bench.start_sandbox("--account", f"{OTHER}=Blog")
        bench.write_config()
        self.expect("account", "problem", "none of those that its token may use", f"setclickd accounts {ACCOUNT}")

    def test_the_way_there(self):
        bench = self.begin()
        with open(bench.config, encoding="utf-8") as file:
            good = file.read()
        port = bench.url.split(":")[2].split("/")[0]

        def configure(old, new):
            self.assertIn(old, good)
            with open(bench.config, "w", encoding="utf-8") as file:
                file.write(good.replace(old, new))
        configure(bench.url, f"https://no-such-host.invalid:{port}/api")
        self.expect("name", "problem", "no-such-host.invalid cannot be resolved", "DNS")
        configure(bench.ca, bench.path("none.pem"))
        self.expect("connection", "problem", "endpoint.ca_file", "[endpoint]")
        configure(f'ca_file = "{bench.ca}"', 'ca_file = ""')
        self.expect("certificate", "problem", "the certificate was refused", "ca-certificates")
        configure(bench.url, bench.url)
        bench.sandbox.stop()
        self.expect("connection", "problem", "127.0.0.1", "")
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(good + "nonsense = 1\n")
        self.expect("configuration", "problem", "nonsense", "setclickd check")

    def test_a_certificate_that_has_expired(self):
        bench = self.bench
        os.makedirs(bench.path("tls"))
        authority = Authority(bench.path("tls"))
        authority.make("ca", "Test CA", CA)
        authority.make("old", "127.0.0.1", ELSE + "subjectAltName=IP:127.0.0.1\n", issuer="ca", when=PAST)
        bench.start_sandbox(*SHOP, "--cert", authority.path("old.pem"), "--key", authority.path("key.pem"))
        bench.ca = authority.path("ca.pem")
        bench.write_config()
        self.prepare()
        bench.sandbox_call = lambda *_: None  # nobody can ask this one
        self.expect("certificate", "problem", "certificate has expired", "renew")

    @unittest.skipUnless(os.geteuid() == 0, "mounts need root")
    def test_a_disk_that_is_full(self):
        bench = self.begin()
        small = bench.path("small")
        os.makedirs(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        bench.ledger = os.path.join(small, "ledger.db")
        bench.write_config()
        self.expect("disk", "warning", "ledger (", "make room soon")
        with open(os.path.join(small, "fill"), "wb") as file:
            file.write(bytes(8 << 20))
        self.expect("disk", "problem", "less than the ledger keeps back", "make room")

    @unittest.skipUnless(os.geteuid() == 0, "other users need root")
    def test_what_producers_may(self):
        bench = self.begin()
        os.chmod(bench.incoming(), 0o2750)
        self.expect("producers", "problem", "may not write to", "chmod 3730")
        os.chmod(bench.incoming(), 0o3730)
        os.chmod(bench.spool, 0o700)
        os.chown(bench.incoming(), 0, 65534)
        self.expect("producers", "problem", "lets them not through", "chmod o+x")
        # As somebody else: what is the daemon's own is not for him, and he is told.
        os.chmod(bench.spool, 0o755)
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                               *bench.command("doctor", "--json")], capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        said = done.stdout.decode()
        self.assertIn("not looked at: this user may not", said)
        self.assertIn("is one of them", said)


if __name__ == "__main__":
    main()
