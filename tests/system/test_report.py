#!/usr/bin/env python3
"""`setclickd report microconversions`: the documented request, all rows of all pages and none twice, a shared gate, and what
happens when the other side is hostile."""
import collections
import csv
import io
import json
import os
import signal
import subprocess
import time
import urllib.parse

from benches import Timed
from case import SLOWER, SystemTest, main, size
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until
from hostile_report import HostileReport

# The vendor's page, verbatim (without its "Additional results" comment, which is no JSON).
VENDOR_ANSWER = b"""{

"status": "ok",

"data": [

{

"_id": "67eaca8cadeb4e04b13d7df4",

"date": "2025-03-31",

"utm_matchtype": null,

"utm_campaign": "seo-yahoo",

"utm_source": "seo",

"utm_medium": "organic",

"label": "add-to-cart"

},

{

"_id": "67eaca7fba8c162635776cb1",

"date": "2025-03-31",

"utm_matchtype": null,

"utm_campaign": "newsletter",

"utm_source": "newsletter",

"utm_medium": "email",

"label": "newsletter-signup"

}

]

}"""
VENDOR_401 = b"""{

"status": "error",

"message": "Unauthenticated"

}"""
VENDOR_400 = b"""{

"status": "error",

"message": "Missing required parameter: account_id"

}"""
RANGE = ("--date-range", "2025-03-01,2025-03-31")
FIRST_CLICK = 1741000000000  # 2025-03-03


def micro(number, label=None, **more):
    """A microconversion of March 2025 whose tuple tells it apart from those that are not like it."""
    values = dict(
        click_time=FIRST_CLICK + number * 60_000 % (20 * 86_400_000),
        url_parameters={"utm_medium": f"medium-{number % 3}", "utm_source": f"source-{number % 500}",
                        "utm_campaign": f"campaign-{number % 7}"},
        microconversion=True, lead={"label": label or f"label-{number % 5}"})
    values.update(more)
    return event(number, **values)


def tuple_of(one):
    """What the report shows of a dropped event."""
    day = time.strftime("%Y-%m-%d", time.gmtime(one["click_time"] / 1000))
    parameters = one["url_parameters"]
    return (day, one["lead"]["label"], parameters.get("utm_source"), parameters.get("utm_medium"),
            parameters.get("utm_campaign"))


def tuple_of_row(row):
    return tuple(row[name] for name in ("date", "label", "utm_source", "utm_medium", "utm_campaign"))


class ReportCase(SystemTest):
    def report(self, *arguments, check=True, timeout=60):
        return self.bench.run_command("report", "microconversions", *arguments, check=check, timeout=timeout * SLOWER)

    def rows(self, *arguments, timeout=60):
        done = self.report(*RANGE, "--format", "ndjson", *arguments, timeout=timeout)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def hostile(self, answer):
        """A server of ours in place of the sandbox, with its certificate."""
        bench = self.bench
        bench.start_sandbox()
        server = HostileReport(bench.path("sandbox"), answer)
        self.addCleanup(server.close)
        bench.url = server.url
        bench.write_config()
        return server

    def report_bounded(self, *arguments, timeout=60):
        """Also the most memory that it took, in bytes."""
        out = self.bench.path("measured")
        done = subprocess.run(["python3", "-c", MEASURE, out, *self.bench.command("report", "microconversions", *RANGE, *arguments)],
                              capture_output=True, timeout=timeout * SLOWER)
        with open(out, encoding="ascii") as file:
            peak = int(file.read()) * 1024
        return done, peak


# Runs a command and writes down its peak memory (in KiB), for it alone.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


class Request(ReportCase):
    def test_the_request_is_the_documented_one_header_by_header_and_parameter_by_parameter(self):
        bench = self.bench
        bench.start_sandbox("--record-raw", bench.raw)
        bench.write_config()
        self.report(*RANGE, "--country", "es", "--skip", "20", "--limit", "10")
        requests = [head for head, _ in bench.raw_requests() if b"/report/" in head]
        lines = requests[0].decode().split("\r\n")
        method, target, version = lines[0].split(" ")
        self.assertEqual((method, version), ("GET", "HTTP/1.1"))
        path, _, query = target.partition("?")
        self.assertEqual(path, "/api/report/microconversions")
        self.assertEqual(dict(urllib.parse.parse_qsl(query, strict_parsing=True)),
                         {"account_id": ACCOUNT, "date_range": "20250301,20250331", "skip": "20", "limit": "10",
                          "country": "es"})
        fields = [line.split(": ", 1) for line in lines[1:] if line]
        headers = dict(fields)
        self.assertEqual(len(headers), len(fields), "no header twice")
        self.assertRegex(headers.pop("User-Agent"), r"^setclickd/\d")
        self.assertEqual(headers, {
            "Host": bench.url.split("/")[2],
            "Authorization": f"Bearer {TOKEN}",
            "Accept": "application/json",
            "Connection": "keep-alive",
            "Accept-Encoding": "gzip, deflate, br",
        })

    def test_named_ranges_and_defaults_are_sent_as_documented(self):
        bench = self.bench
        bench.start_sandbox("--record-raw", bench.raw)
        bench.write_config()
        self.report("--date-range", "this_month")
        head = next(head for head, _ in bench.raw_requests() if b"/report/" in head)
        query = dict(urllib.parse.parse_qsl(head.split(b" ")[1].decode().partition("?")[2]))
        self.assertEqual(query, {"account_id": ACCOUNT, "date_range": "this_month", "skip": "0", "limit": "100"})

    def test_the_vendors_documented_answers_are_understood(self):
        # A page that begins with the last known row, and nothing behind it, is the end.
        rest = json.dumps({"status": "ok", "data": json.loads(VENDOR_ANSWER)["data"][1:]}).encode()
        server = self.hostile(lambda query: (200, VENDOR_ANSWER if query["skip"] == "0" else rest))
        rows = self.rows()
        self.assertEqual([(row["_id"], row["date"], row["utm_matchtype"], row["utm_campaign"], row["utm_source"],
                           row["utm_medium"], row["label"]) for row in rows],
                         [("67eaca8cadeb4e04b13d7df4", "2025-03-31", None, "seo-yahoo", "seo", "organic", "add-to-cart"),
                          ("67eaca7fba8c162635776cb1", "2025-03-31", None, "newsletter", "newsletter", "email",
                           "newsletter-signup")])
        server.answer = lambda query: (401, VENDOR_401)
        refused = self.report(check=False)
        self.assertEqual(refused.returncode, 78)
        self.assertIn(b"Unauthenticated", refused.stderr)
        self.assertIn(b"token_file", refused.stderr)
        self.assertNotIn(TOKEN.encode(), refused.stderr)
        server.answer = lambda query: (400, VENDOR_400)
        refused = self.report(check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"Missing required parameter: account_id", refused.stderr)

    def test_every_format_has_the_same_rows(self):
        page = {"status": "ok", "data": [
            {"_id": "a1", "date": "20250331", "label": 'say "hi", twice', "utm_source": "s\u00fc\u00df", "utm_medium": None,
             "unknown": {"kept": [1, 2.50]}},
            {"_id": "a2", "date": "2025-03-31", "label": "\x1b[31mred"}]}
        self.hostile(lambda query: (200, json.dumps({**page, "data": page["data"][int(query["skip"]):]}).encode()))
        by_lines = self.rows()
        self.assertEqual(by_lines[0]["unknown"], {"kept": [1, 2.50]})
        self.assertEqual(by_lines[0]["date"], "2025-03-31")
        self.assertEqual(json.loads(self.report(*RANGE, "--format", "json").stdout), by_lines)
        in_csv = list(csv.DictReader(io.StringIO(self.report(*RANGE, "--format", "csv").stdout.decode(), newline="")))
        self.assertEqual([(row["_id"], row["label"]) for row in in_csv], [(row["_id"], row["label"]) for row in by_lines])
        table = self.report(*RANGE).stdout
        self.assertNotIn(b"\x1b", table)
        self.assertEqual(len(table.splitlines()), 3)
        counted = self.report(*RANGE, "--by", "day,label", "--format", "csv").stdout.decode().splitlines()
        self.assertEqual(counted[0], "day,label,count")
        self.assertEqual(len(counted), 3)
        self.assertIn("\u2588", self.report(*RANGE, "--plot").stdout.decode())


class AllRows(ReportCase):
    def deliver(self, count, *faults):
        self.start(*faults)
        events = [micro(n) for n in range(count)]
        self.bench.drop("m.ndjson", ndjson(events))
        counts = self.bench.wait_final(count, 60 * SLOWER + count // 100)
        self.assertEqual(counts["delivered"], count)
        return collections.Counter(tuple_of(one) for one in events)

    def assert_is_report_of(self, dropped, rows):
        ids = [row["_id"] for row in rows]
        self.assertEqual(len(ids), len(set(ids)), "no row twice")
        ours = collections.Counter(tuple_of_row(row) for row in rows if row["label"].startswith("label-"))
        self.assertEqual(ours, dropped)

    def test_all_pages_hold_what_was_dropped_in_every_coding(self):
        dropped = self.deliver(size(1234, 12_345))
        self.assert_is_report_of(dropped, self.rows())

    def coded(self, coding, *more):
        count = size(410, 12_345)
        dropped = self.deliver(count, "--compress", coding, *more)
        rows = self.rows(timeout=120)
        self.assertGreaterEqual(len(rows), count)
        self.assert_is_report_of(dropped, rows)

    def test_gzip_is_decoded(self):
        self.coded("gzip")

    def test_deflate_is_decoded(self):
        self.coded("deflate")

    def test_raw_deflate_is_decoded(self):
        self.coded("deflate-raw", "--report-chunked")

    def test_brotli_is_decoded(self):
        self.coded("br", "--report-chunked")

    def test_a_server_that_caps_pages_at_37_and_has_rows_arrive_between_them_shows_no_row_twice(self):
        self.coded("auto", "--page-cap", "37", "--rows-between-pages", "--website-label", "add-to-cart")

    def test_rows_that_vanish_between_pages_cost_none_of_ours(self):
        self.coded("none", "--page-cap", "37", "--vanish-between-pages", "--website-rows", "300", "--website-label", "cart")

    def test_an_interrupted_report_has_printed_whole_lines(self):
        # Fifteen pages, so slow that nobody can miss their middle.
        self.deliver(300, "--latency", "1s", "--faults-on", "report", "--page-cap", "20")
        out = self.bench.path("part.csv")
        with open(out, "wb") as file:
            child = subprocess.Popen(self.bench.command("report", "microconversions", *RANGE, "--format", "csv"),
                                     stdout=file, stderr=subprocess.PIPE)
            wait_until(lambda: os.path.getsize(out) > 2000, 20 * SLOWER, "some pages arrive")
            child.send_signal(signal.SIGINT)
            _, said = child.communicate(timeout=20)
        self.assertEqual(child.returncode, 3)
        self.assertIn(b"interrupted after", said)
        with open(out, "rb") as file:
            text = file.read()
        self.assertTrue(text.endswith(b"\n"))
        lines = text.decode().splitlines()
        self.assertLess(len(lines), 301)
        self.assertEqual({line.count(",") for line in lines}, {9})


class Gate(ReportCase):
    def test_reports_share_the_gate_and_events_end_hardly_later(self):
        # 600 a minute; a page costs one permit in twenty while events wait.
        waiting, pages = size((120, 5), (1000, 20))
        bench = self.start("--website-rows", str(pages * 100 + 300), rate=600)
        bench.drop("m.ndjson", ndjson(micro(n) for n in range(waiting)))
        wait_until(lambda: len(bench.booked()) > 3, 20, "they are on their way")
        done = self.bench.run_command("report", "microconversions", "--date-range", "last_60_days", "--format", "ndjson",
                                      "--limit", str(pages * 100), timeout=200)
        self.assertEqual(len(done.stdout.splitlines()), pages * 100)
        self.assertEqual(bench.wait_final(waiting, waiting // 10 + 60)["delivered"], waiting)
        events = [entry["mono_us"] for entry in bench.recorded() if "/set-click" in entry["target"]]
        reads = [entry["mono_us"] for entry in bench.recorded() if "/report/" in entry["target"]]
        self.assertEqual(len(events), waiting)
        self.assertGreaterEqual(len(reads), pages)
        # At most 6 % later than alone, and half a second that a busy machine may cost a small run.
        self.assert_within((waiting - 1) * 0.1 * 1.06 + 0.5, events[0], events[-1], f"{len(reads)} pages")
        # The rate holds over both kinds of calls.
        self.assertLessEqual(Timed(bench.recorded()).most_over(600, 1, jitter_us=150_000), 0)
        # Its wait was forecast, and about right.
        said = done.stderr.decode()
        self.assertIn("while events wait", said)
        self.assertRegex(said, r"the [0-9,]+ pages left take about")

    def test_without_a_daemon_the_gate_goes_on_from_the_ledger(self):
        bench = self.start(rate=60, account=())
        bench.drop("a.ndjson", ndjson([micro(1)]))
        bench.wait_final(1, 20 * SLOWER)
        self.assert_stops()
        self.report(*RANGE)
        self.report(*RANGE)
        calls = Timed(bench.recorded())
        self.assertGreater(len(calls.at), 2)
        self.assertLessEqual(calls.most_over(60, 1), 0)

    def test_an_endpoint_that_is_down_while_events_wait_is_exit_69(self):
        bench = self.start(rate=600)
        bench.sandbox.stop()
        bench.drop("m.ndjson", ndjson(micro(n) for n in range(100)))
        wait_until(lambda: "cannot be reached" in bench.daemon.output(), 20 * SLOWER, "the daemon knows it")
        done = self.report(check=False)
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertIn(b"refused", done.stderr)

    def test_a_paused_account_makes_no_read(self):
        bench = self.start()
        bench.run_command("pause", ACCOUNT)
        for _ in range(2):
            refused = self.report(check=False)
            self.assertEqual(refused.returncode, 75)
            self.assertIn(b"resume", refused.stderr)
            if bench.daemon.running():
                self.assert_stops()
        self.assertEqual([entry for entry in bench.recorded() if "/report/" in entry["target"]], [])

    def test_an_account_that_logs_in_reads_with_the_daemons_token(self):
        bench = self.bench
        bench.start_sandbox("--login", "api@example.com:pass-word-1")
        bench.write_config()
        password = bench.path("password")
        with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("pass-word-1\n")
        with open(bench.config, encoding="utf-8") as file:
            text = file.read()
        with open(bench.config, "w", encoding="utf-8") as file:
            file.write(text.replace(f'token_file = "{bench.path("token-" + ACCOUNT)}"',
                                    f'login = {{ email = "api@example.com", password_file = "{password}" }}'))
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson([micro(1)]))
        bench.wait_final(1, 20 * SLOWER)
        self.assertEqual(len(self.rows()), 1)
        self.assert_stops()
        alone = self.report(check=False)
        self.assertEqual(alone.returncode, 69)
        self.assertIn(b"the daemon", alone.stderr)
        self.assertNotIn(b"api@example.com", alone.stderr)

    def test_a_token_that_was_renewed_in_its_file_is_read_again_and_the_same_one_is_not_tried_twice(self):
        tries = []

        def answer(query):
            tries.append(query)
            if len(tries) == 1:
                with open(self.bench.path(f"token-{ACCOUNT}"), "w", encoding="ascii") as file:
                    file.write("a-new-token\n")
            if len(tries) == 1 or is_closed:
                return 401, VENDOR_401
            return 200, json.dumps({"data": json.loads(VENDOR_ANSWER)["data"][int(query["skip"]):]}).encode()
        is_closed = False
        self.hostile(answer)
        self.assertEqual(len(self.rows()), 2)
        is_closed, before = True, len(tries)
        self.assertEqual(self.report(check=False).returncode, 78)
        self.assertEqual(len(tries), before + 1)

    def test_a_throttled_report_waits_and_goes_on(self):
        bench = self.start("--rate-per-minute", "600", "--burst", "1")
        bench.drop("a.ndjson", ndjson([micro(1)]))
        bench.wait_final(1, 20 * SLOWER)
        self.assertEqual(len(self.rows()), 1)


class Hostile(ReportCase):
    BOUND = 150 << 20

    def assert_bounded(self, words, *arguments, code=1):
        done, peak = self.report_bounded(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr.decode())
        self.assertNotIn(TOKEN, done.stderr.decode())
        self.assertLess(len(done.stderr), 4000)
        self.assertLess(peak, self.BOUND * SLOWER)

    def test_a_decompression_bomb_is_an_error_in_bounded_memory(self):
        import zlib
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size(64, 1000))) + packer.flush()
        self.hostile(lambda query: (200, bomb, {"Content-Encoding": "gzip"}))
        self.assert_bounded(["page 1", "8,388,608"])

    def test_a_field_of_ten_megabytes_is_an_error_in_bounded_memory(self):
        self.hostile(lambda query: (200, b'{"status":"ok","data":[{"_id":"' + b"x" * 10_000_000 + b'"}]}'))
        self.assert_bounded(["page 1", "8,388,608"])

    def test_a_server_that_ignores_skip_is_given_up(self):
        page = json.dumps({"status": "ok", "data": [{"_id": f"same-{n}"} for n in range(100)]}).encode()
        server = self.hostile(lambda query: (200, page))
        self.assert_bounded(["repeats itself"])
        self.assertLess(server.requests, 60)

    def test_an_endless_stream_of_pages_keeps_to_its_memory(self):
        def endless(query):
            skip = int(query["skip"])
            return 200, json.dumps({"status": "ok", "data": [{"_id": f"row-{n}"} for n in range(skip, skip + 100)]}).encode()
        self.hostile(endless)
        few, peak_of_few = self.report_bounded("--limit", "1000")
        many, peak_of_many = self.report_bounded("--limit", str(size(30_000, 1_000_000)), timeout=300)
        self.assertEqual((few.returncode, many.returncode), (0, 0), many.stderr)
        self.assertLess(peak_of_many - peak_of_few, 24 << 20)

    def test_rows_of_the_wrong_type_name_page_row_and_field(self):
        bad = b'{"status":"ok","data":[{"_id":"a"},{"_id":"b","utm_source":["not", "text"]}]}'
        self.hostile(lambda query: (200, bad))
        self.assert_bounded(["page 1", "row 2", "utm_source"])

    def test_what_is_no_report_is_an_error_in_words(self):
        server = self.hostile(lambda query: (200, b"<html>Welcome to the hotel</html>"))
        self.assert_bounded(["not JSON"])
        server.answer = lambda query: (200, b'{"status":"ok"}')
        self.assert_bounded(["no data"])
        server.answer = lambda query: (302, b"", {"Location": "https://elsewhere.example/"})
        self.assert_bounded(["redirects are not followed"], code=78)
        server.answer = lambda query: (200, b"\x1f\x8b broken", {"Content-Encoding": "gzip"})
        self.assert_bounded(["page 1"])

    def test_a_token_or_an_address_that_a_server_echoes_is_not_printed(self):
        self.hostile(lambda query: (400, json.dumps({"status": "error", "message":
                                                     f"Bad token {TOKEN} of user@example.com"}).encode()))
        done = self.report(check=False)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn(TOKEN[:20].encode(), done.stderr)
        self.assertNotIn(b"user@example.com", done.stderr)

    def test_an_endpoint_that_is_not_there_is_exit_69(self):
        server = self.hostile(lambda query: (200, b""))
        server.close()
        done, _ = self.report_bounded(timeout=120)
        self.assertEqual(done.returncode, 69, done.stderr)


if __name__ == "__main__":
    main()
