#!/usr/bin/env python3
"""What /metrics says of a real run, against `status --json` and the sandbox's own book; scraped the whole time."""
import base64
import collections
import json
import os
import re
import socket
import threading
import time
import urllib.error
import urllib.request

import prometheus
from case import FULL, SLOWER, SystemTest, main, size
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until

# Where a person's word cannot be in: of the events, of the token, of the files.
CANARIES = ("canary-file", "user1@example.com", TOKEN, "e-1\"", "source-1")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def dated_token(ends_at):
    """A JSON web token, of which only the end is of interest."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return f"{part({'alg': 'none'})}.{part({'exp': ends_at})}.signature"


class Scrape:
    """One answer of /metrics: values by name and labels."""

    def __init__(self, text):
        self.text = text
        self.values, self.types = {}, {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                self.types[name] = kind
            elif line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                assert series not in self.values, f"twice: {series}"
                self.values[series] = float(value)

    def get(self, name, **labels):
        """The value of one series; the labels in any order."""
        for series, value in self.values.items():
            if self._is(series, name, labels, whole=True):
                return value
        raise AssertionError(f"no series {name}{labels}")

    def sum(self, name, **labels):
        """Of all series with these labels."""
        return sum(value for series, value in self.values.items() if self._is(series, name, labels, whole=False))

    def labels(self, name, label):
        return {found for series in self.values if series.split("{")[0] == name
                for found in re.findall(rf'{label}="([^"]*)"', series)}

    @staticmethod
    def _is(series, name, labels, whole):
        if series.split("{")[0] != name:
            return False
        found = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', series))
        return found == labels if whole else labels.items() <= found.items()

    def counters(self):
        """What never may fall: counters, and a histogram's buckets, sum and count."""
        for series, value in self.values.items():
            name = series.split("{")[0]
            if self.types.get(name) == "counter" or self.types.get(re.sub(r"_(bucket|sum|count)$", "", name)) == "histogram":
                yield series, value


class Scraper:
    """Scrapes again and again; keeps what fell, and the slowest."""

    def __init__(self, scrape, every=1.0):
        self.fell, self.count, self.failed, self.last = [], 0, [], None
        self._scrape, self._every, self._end = scrape, every, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        seen = {}
        while not self._end.wait(self._every):
            try:
                self.last = self._scrape()
            except (OSError, urllib.error.URLError) as error:
                self.failed.append(str(error))
                continue
            self.count += 1
            for series, value in self.last.counters():
                if value < seen.get(series, 0):
                    self.fell.append(f"{series}: {seen[series]} -> {value}")
                seen[series] = value

    def stop(self):
        self._end.set()
        self._thread.join()


class Metrics(SystemTest):
    def begin(self, *faults, accounts=100, **config):
        self.port = free_port()
        self.bench.metrics = [f'listen = "127.0.0.1:{self.port}"', f"accounts = {accounts}"]
        return self.start(*faults, **config)

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            return Scrape(answer.read().decode())

    def fresh(self):
        """A scrape of now: what is shown is kept for a second."""
        time.sleep(1.1)
        return self.scrape()

    def assert_as_status(self, shown, status):
        """Every number that both have."""
        events, label = status["events"], {True: "other"}
        for outcome in ("delivered", "rejected", "duplicate", "discarded"):
            self.assertEqual(shown.sum("setclickd_events_total", outcome=outcome), events[outcome], outcome)
        for state in ("waiting", "in_flight", "deferred", "in_doubt", "held"):
            self.assertEqual(shown.sum("setclickd_queue_events", state=state), events[state], state)
        self.assertEqual(shown.sum("setclickd_in_doubt_events_total"), status["in_doubt_ever"])
        own = shown.labels("setclickd_events_total", "account")
        rates, parked = collections.Counter(), collections.Counter()
        for a in status["accounts"]:
            name = a["id"] if a["id"] in own else label[True]
            if a["parked"]:
                parked[a["parked"]["reason"]] += 1
            if a["configured"] and a["rate_per_minute"] is not None:
                rates[name] += a["rate_per_minute"]
            if name == "other":
                continue
            self.assertEqual(shown.get("setclickd_events_total", account=name, outcome="delivered"), a["events"]["delivered"])
            self.assertEqual(shown.get("setclickd_events_total", account=name, outcome="rejected"),
                             a["events"]["rejected"] + a["refused_lines"])
            for state in ("waiting", "deferred", "held"):
                self.assertEqual(shown.get("setclickd_queue_events", account=name, state=state), a["events"][state])
        for name, rate in rates.items():
            self.assertEqual(shown.get("setclickd_rate_per_minute", account=name), rate, name)
        for reason in shown.labels("setclickd_accounts_parked", "reason"):
            self.assertEqual(shown.get("setclickd_accounts_parked", reason=reason), parked[reason], reason)
        files = status["files"]
        self.assertEqual(shown.get("setclickd_spool_files", state="incoming"), files["incoming"])
        self.assertEqual(shown.get("setclickd_spool_files", state="work"), files["open"])
        self.assertEqual(shown.get("setclickd_spool_files", state="left_alone"), sum(files["left_alone"].values()))

    def assert_promtool_is_content(self, shown):
        ok, said = prometheus.promtool("check", "metrics", stdin=shown.text.encode())
        self.assertTrue(ok, said)
        self.assertEqual(said.strip(), "", "a finding of promtool")

    def test_a_run_is_what_status_and_the_book_say_and_goes_on_after_a_restart(self):
        bench = self.begin("--latency", "2ms")
        total = size(3000, 200_000)
        scraper = Scraper(self.scrape, every=0.1 if not FULL else 1.0)
        bench.drop("canary-file.ndjson", ndjson(event(n) for n in range(total)) + b'{"account_id": 7}\nnonsense\n')
        bench.drop("again.ndjson", ndjson(event(n) for n in range(50)))
        bench.wait_final(total + 52, 900)
        wait_until(lambda: not bench.files("work"), 60, "the files are filed away")
        # A fast machine is done before the second look: one more after the end is a look, too.
        wait_until(lambda: scraper.count > 1, 20 * SLOWER, "it is scraped more than once")
        scraper.stop()
        self.assertEqual((scraper.fell, scraper.failed), ([], []))

        shown, status, book = self.fresh(), bench.status(), bench.booked()
        self.assert_as_status(shown, status)
        self.assertEqual(shown.get("setclickd_events_total", account=ACCOUNT, outcome="delivered"), len(book))
        self.assertEqual(shown.get("setclickd_events_total", account=ACCOUNT, outcome="duplicate"), 50)
        self.assertEqual(shown.sum("setclickd_events_total", outcome="rejected"), 2)
        self.assertGreater(shown.get("setclickd_events_total", account="other", outcome="rejected"), 0, "one names no account")
        self.assertEqual(shown.get("setclickd_rejected_events_total", reason="bad-line"), 2)
        self.assertEqual(shown.get("setclickd_attempts_total", status="2xx"), len(bench.recorded()))
        self.assertEqual(shown.sum("setclickd_attempts_total"), len(book))
        for histogram, count in (("request_duration_seconds", total), ("delivery_duration_seconds", total)):
            self.assertEqual(shown.get(f"setclickd_{histogram}_count"), count, histogram)
            self.assertEqual(shown.get(f"setclickd_{histogram}_bucket", le="+Inf"), count)
        self.assertGreater(shown.get("setclickd_request_duration_seconds_sum"), total * 0.002)
        self.assertEqual(shown.get("setclickd_claim_events_sum"), total)
        self.assertEqual(shown.get("setclickd_import_events_sum"), total + 52)
        self.assertGreater(shown.get("setclickd_ledger_commit_duration_seconds_count"), 2)
        self.assertGreater(shown.sum("setclickd_tls_handshakes_total"), 0)
        self.assertAlmostEqual(shown.get("setclickd_last_file_timestamp_seconds"), time.time(), delta=1200)
        self.assertAlmostEqual(shown.get("setclickd_last_success_timestamp_seconds", account=ACCOUNT), time.time(), delta=1200)
        self.assertEqual(shown.get("setclickd_rate_configured_per_minute", account=ACCOUNT), float("inf"))
        for place in ("ledger", "spool"):
            self.assertLess(shown.get("setclickd_disk_free_bytes", place=place), shown.get("setclickd_disk_size_bytes", place=place))
        self.assertGreater(shown.get("setclickd_ledger_bytes"), 10_000)
        self.assertEqual(shown.get("setclickd_starts_total"), 1)
        self.assertEqual(shown.get("process_threads"), len(os.listdir(f"/proc/{bench.daemon.pid}/task")))
        self.assertGreater(shown.get("process_cpu_seconds_total"), 0)
        for canary in CANARIES:
            self.assertNotIn(canary, shown.text)
        self.assert_promtool_is_content(shown)

        before = shown
        self.assert_stops()
        bench.start_daemon()
        shown = self.fresh()
        for series, value in before.values.items():
            if series.startswith(("setclickd_events_total", "setclickd_in_doubt_events_total", "setclickd_last_")):
                self.assertEqual(shown.values[series], value, f"{series} goes on")
        self.assertEqual(shown.get("setclickd_starts_total"), 2)
        self.assertEqual(shown.sum("setclickd_attempts_total"), 0, "counted since the start")

    def test_what_a_person_sends_again_makes_no_counter_fall(self):
        bench = self.begin()
        bench.faults(status=400)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(5)))
        bench.wait_final(5)
        scraper = Scraper(self.scrape, every=0.2)
        self.assertEqual(self.fresh().get("setclickd_events_total", account=ACCOUNT, outcome="rejected"), 5)
        bench.faults()
        bench.run_command("retry", "--state", "rejected")
        wait_until(lambda: bench.counts()["delivered"] == 5, 60, bench.story)
        shown = self.fresh()
        scraper.stop()
        self.assertEqual(scraper.fell, [])
        self.assertEqual(bench.counts()["rejected"], 0)
        self.assertEqual(shown.get("setclickd_events_total", account=ACCOUNT, outcome="rejected"), 5)
        self.assertEqual(shown.get("setclickd_rejected_events_total", reason="http-400"), 5)
        self.assertEqual(shown.get("setclickd_events_total", account=ACCOUNT, outcome="delivered"), 5)
        self.assert_stops()
        bench.start_daemon()
        self.assertEqual(self.fresh().get("setclickd_events_total", account=ACCOUNT, outcome="rejected"), 5)

    def test_a_hundred_accounts_of_their_own_and_the_rest_as_one(self):
        names = [f"{n:024x}" for n in range(150)]
        self.bench.accounts = {name: TOKEN for name in names}
        bench = self.begin()
        bench.drop("a.ndjson", ndjson(event(n, account=names[n % 150]) for n in range(300)))
        bench.wait_final(300)
        shown = self.fresh()
        own = shown.labels("setclickd_events_total", "account")
        self.assertEqual(own, {*names[:100], "other"})
        self.assertEqual(shown.get("setclickd_events_total", account="other", outcome="delivered"), 100)
        self.assert_as_status(shown, bench.status())
        self.assertLess(len(shown.text), 300 * 1024)
        # Others are paused: the count by reason has them, and no series of their own.
        for name in (names[3], names[120], names[140]):
            bench.run_command("pause", name)
        shown = self.fresh()
        self.assertEqual(shown.get("setclickd_accounts_parked", reason="paused"), 3)
        self.assertEqual(shown.get("setclickd_account_parked", account=names[3], reason="paused"), 1)
        self.assertEqual(shown.get("setclickd_account_parked", account="other", reason="paused"), 2)
        # A reload turns the order round: whoever has a series keeps it.
        bench.accounts = {name: TOKEN for name in reversed(names)}
        bench.write_config()
        bench.run_command("reload")
        self.assertEqual(self.fresh().labels("setclickd_events_total", "account"), own)
        self.assert_promtool_is_content(shown)

    def test_a_park_a_rate_and_a_token_that_ends(self):
        ends = int(time.time()) + 3 * 86_400
        self.bench.accounts = {ACCOUNT: dated_token(ends)}
        bench = self.begin(rate=30)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        wait_until(lambda: bench.counts()["delivered"] >= 2, 60, bench.story)
        shown = self.fresh()
        self.assertEqual(shown.get("setclickd_token_expiry_timestamp_seconds", account=ACCOUNT, source="file"), ends)
        self.assertEqual(shown.get("setclickd_rate_configured_per_minute", account=ACCOUNT), 30)
        waited = shown.get("setclickd_rate_wait_seconds_total", account=ACCOUNT)
        self.assertGreater(shown.get("setclickd_oldest_waiting_seconds", account=ACCOUNT), 0)
        self.assertEqual(shown.sum("setclickd_accounts_parked"), 0)
        wait_until(lambda: self.scrape().get("setclickd_rate_wait_seconds_total", account=ACCOUNT) > waited, 20 * SLOWER,
                   "time in which the rate is waited for", step=0.5)
        bench.faults(status=401)
        wait_until(lambda: bench.status()["accounts"][0]["parked"], 60, bench.story)
        shown = self.fresh()
        self.assertEqual(shown.get("setclickd_accounts_parked", reason="unauthorised"), 1)
        self.assertEqual(shown.get("setclickd_account_parked", account=ACCOUNT, reason="unauthorised"), 1)
        self.assertGreater(shown.get("setclickd_attempts_total", status="4xx"), 0)
        self.assert_as_status(shown, bench.status())


if __name__ == "__main__":
    main()
