#!/usr/bin/env python3
"""A real Prometheus on a real daemon: each query of the dashboard and of the alerts gets an answer, and the alerts fire."""
import base64
import json
import os
import re
import signal
import socket
import subprocess
import time

from case import FULL, SLOWER, SystemTest, main
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until
from prometheus import Server
from test_alerts import read

REFUSED, DOUBTFUL = "60a52f6ac660b269d13c3f54", "60a52f6ac660b269d13c3f55"
# Empty where nothing is wrong: they get their series in the second scene.
IN_TROUBLE_ONLY = {"Parked", "Parked, in all", "Tokens"}
# Of nodes that share a ledger in PostgreSQL: test_cluster_sight.py sees them.
SHARED_ONLY = {"Nodes by state", "Accounts of each node", "Lease and beat"}
SHARED_ONLY_NAMES = {"setclickd_nodes", "setclickd_node_accounts", "setclickd_node_lease_seconds", "setclickd_node_beat_duration_seconds",
                     "setclickd_accounts_without_owner", "setclickd_unread_files"}
# The shipped patience is what the timelines of test_alerts.py try; here it is divided.
FASTER = 20 if FULL else 60


def ending_token(seconds):
    """A token that says itself when it ends, as the vendor's do."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return ".".join([part({"typ": "JWT", "alg": "HS256"}), part({"exp": int(time.time() + seconds)}), "c2lnbmF0dXJl"])


def faster(text):
    """The rules with their patience, their windows and the seconds of a stall divided."""
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}

    def divided(match):
        return f"{match[1]}{max(1, int(match[2]) * unit[match[3]] // FASTER)}s{match[4]}"
    text = re.sub(r"(\[)(\d+)([smhd])(\])", divided, text)
    text = re.sub(r"(?m)^( +for: )(\d+)([smhd])()$", divided, text)
    return text.replace("3 * 60 /", f"3 * {60 // FASTER} /").replace("10 * 60)", f"{600 // FASTER})")


def queries():
    """(title of the panel, query) of the whole dashboard, with the values that Grafana would put in."""
    board = json.loads(read("monitoring", "grafana-dashboard.json"))
    found = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel.get("targets", ())]
    found += [(one["name"], one["expr"]) for one in board["annotations"]["list"] if "expr" in one]
    for name, value in (("__rate_interval", "5s"), ("__range", "30s"), ("job", ".*"), ("instance", ".*"), ("account", ".*")):
        found = [(title, query.replace("$" + name, value)) for title, query in found]
    return found


class Live(SystemTest):
    def begin(self, **config):
        """The daemon with its metrics, and a Prometheus on it."""
        bench = self.bench
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            target = f"127.0.0.1:{one.getsockname()[1]}"
        bench.metrics = [f'listen = "{target}"']
        bench.write_config(**config)
        with open(bench.path("rules.yml"), "w", encoding="utf-8") as file:
            file.write(faster(read("monitoring", "setclickd.rules.yml")))
        self.server = Server(bench.path("prometheus"), target, bench.path("rules.yml"))
        self.addCleanup(self.server.stop)

    def has_series(self, query):
        """Whether the query had a number to show within the last seconds."""
        return any(value == value for _, values in self.server.last_seconds(query, 20 * SLOWER) for value in values)

    def wait_firing(self, names, seconds):
        def all_fire():
            return set(names) <= self.server.firing().keys()
        wait_until(all_fire, seconds * SLOWER, lambda: f"{sorted(names)} fire; there are {self.server.firing()}; "
                   f"{self.bench.status()}\n{self.bench.story()}", step=0.5)
        return self.server.firing()

    def assert_rules_work(self):
        """Each has been judged, without an error."""
        def all_judged():
            return all(rule["health"] != "unknown" for rule in self.server.rules())
        wait_until(all_judged, 20 * SLOWER, "each rule is judged")
        self.assertEqual([(rule["name"], rule.get("lastError")) for rule in self.server.rules() if rule["health"] != "ok"], [])


class Dashboard(Live):
    def test_every_query_has_an_answer_and_nothing_fires_where_all_is_well(self):
        bench = self.bench
        bench.start_sandbox("--latency", "10ms", "--website-rows", "5")
        self.begin(rate=6000, connections=8, sections=("[reconcile]", 'labels = ["ours"]', 'delay = "0s"'))
        bench.start_daemon()
        lines = ndjson(event(n) for n in range(1500)).splitlines(True)
        bench.drop("first.ndjson", b"".join(lines[:300] + [b"{}\n"] + lines[:5]))
        bench.wait_final(306, 60 * SLOWER)
        # A restart in between, seen from both sides, is no trouble.
        wait_until(lambda: self.has_series("setclickd_build_info"), 20 * SLOWER, "the first start is seen")
        self.assert_stops()
        bench.start_daemon()
        # It goes on while it is looked at: some of each second, one of them refused, some known already.
        bench.run_command("reconcile", "--date-range", "last_7_days", "--json", check=False)
        for second in range(8):
            bench.drop(f"{second}.ndjson", b"".join(lines[300 + 100 * second:400 + 100 * second] + [b"{}\n"] + lines[:3]))
            time.sleep(1)
        empty = {(title, query) for title, query in queries() if not self.has_series(query)}
        self.assertEqual({one for one in empty if one[0] not in IN_TROUBLE_ONLY | SHARED_ONLY}, set())
        self.assertEqual({title for title, _ in empty}, IN_TROUBLE_ONLY | SHARED_ONLY)
        self.assert_rules_work()
        named = set(re.findall(r"\b(?:setclickd|process)_[a-z_]+\b",
                               read("monitoring", "setclickd.rules.yml") + read("monitoring", "grafana-dashboard.json")))
        in_trouble_only = {"setclickd_account_parked", "setclickd_token_expiry_timestamp_seconds"}
        self.assertEqual(named - self.server.names(), in_trouble_only | SHARED_ONLY_NAMES)
        self.assertEqual(self.server.firing(), {})
        time.sleep(2 if not FULL else 120)
        self.assertEqual(self.server.firing(), {})

    def test_each_panel_can_be_read(self):
        board = json.loads(read("monitoring", "grafana-dashboard.json"))
        panels = [panel for panel in board["panels"] if panel["type"] != "row"]
        self.assertEqual(board["templating"]["list"][0]["type"], "datasource")
        places = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(places & cells, f"{panel['title']} lies over another one")
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            places |= cells
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))
        for panel in panels:
            self.assertTrue(panel["description"].endswith((".", ";")), panel["title"])
            self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], panel["title"])
            self.assertEqual(panel["datasource"]["uid"], "${datasource}", panel["title"])
            self.assertEqual([t["refId"] for t in panel["targets"]], [chr(65 + i) for i in range(len(panel["targets"]))])


class Alarms(Live):
    def drop(self, name, events):
        """As `Bench.drop`, on whatever file system the spool is."""
        incoming = os.path.join(self.bench.spool, "incoming")
        with open(os.path.join(incoming, f".{name}.part"), "wb") as file:
            file.write(ndjson(events))
        os.rename(file.name, os.path.join(incoming, name))

    def own_disk(self):
        """A file system of its own for the spool; False where none can be mounted."""
        os.makedirs(self.bench.spool)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.bench.spool], capture_output=True, check=False)
        if done.returncode != 0:
            return False
        self.addCleanup(subprocess.run, ["umount", "-l", self.bench.spool], check=False)
        return True

    def test_they_fire_each_for_its_own_trouble(self):
        bench = self.bench
        has_disk = os.geteuid() == 0 and self.own_disk()
        bench.accounts = {ACCOUNT: ending_token(3 * 86400), REFUSED: TOKEN, DOUBTFUL: TOKEN}
        bench.start_sandbox("--latency", "5ms")
        self.begin(in_doubt="hold", connections=8, delivery=('response_timeout = "1s"',))
        with open(bench.path("token-" + REFUSED), "w", encoding="ascii") as file:
            file.write("a-token.that-nobody.knows\n")
        bench.start_daemon()
        # Booked, and never answered: held.
        bench.faults(reset_after_book=1.0)
        self.drop("doubt.ndjson", [event(n, DOUBTFUL) for n in range(5)])
        wait_until(lambda: bench.counts()["held"] > 0, 30 * SLOWER, bench.story, step=0.2)
        bench.faults()
        self.drop("mixed.ndjson", [event(n, REFUSED) for n in range(10, 15)] + [event(n) for n in range(20, 40)])
        wait_until(lambda: bench.counts()["delivered"] >= 20, 30 * SLOWER, bench.story, step=0.2)
        wanted = {"SetclickdAccountParked", "SetclickdTokenEnds", "SetclickdEventsHeld"}
        if has_disk:
            with open(os.path.join(bench.spool, "ballast"), "wb") as file:
                file.write(bytes(60 << 20))
            wanted.add("SetclickdDiskLow")
        else:
            print("NOT TESTED: a disk that is nearly full; mounting a tmpfs needs root")
        fired = self.wait_firing(wanted, 60)
        self.assertEqual([(one["account"], one["reason"]) for one in fired["SetclickdAccountParked"]], [(REFUSED, "unauthorised")])
        self.assertEqual([one["account"] for one in fired["SetclickdTokenEnds"]], [ACCOUNT])
        self.assertEqual([one["account"] for one in fired["SetclickdEventsHeld"]], [DOUBTFUL])
        if has_disk:
            self.assertEqual([one["place"] for one in fired["SetclickdDiskLow"]], ["spool"])
        self.assertEqual(set(fired), wanted, "and no other")
        # What was empty while all was well.
        self.assertEqual([title for title, query in queries() if title in IN_TROUBLE_ONLY and not self.has_series(query)], [])
        # SealMetrics is there no more, and events wait that could go.
        bench.sandbox.signal(signal.SIGSTOP)
        self.drop("more.ndjson", [event(n) for n in range(50, 60)])
        self.wait_firing(wanted | {"SetclickdStalled"}, 90)
        bench.sandbox.signal(signal.SIGCONT)
        wait_until(lambda: "SetclickdStalled" not in self.server.firing(), 60 * SLOWER, lambda: str(self.server.firing()), step=0.5)
        # And at last the daemon itself.
        bench.daemon.kill()
        self.wait_firing({"SetclickdDown"}, 30)


if __name__ == "__main__":
    main()
