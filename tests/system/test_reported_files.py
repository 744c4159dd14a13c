#!/usr/bin/env python3
"""Files that people reported trouble with in other programs (tests/corpus/reported): each comes out as its
reporter would have wanted, good rows delivered, the others with their reason, line by line."""
import csv
import io
import json
import os

from case import SystemTest, main
from harness import event

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus", "reported")
PROFILES = (
    "[[csv.profile]]", 'name = "our-google"', 'like = "google-ads"', 'fixed = { utm_source = "google", utm_medium = "cpc" }',
    "[[csv.profile]]", 'name = "our-microsoft"', 'like = "microsoft-ads"', 'fixed = { utm_source = "bing", utm_medium = "cpc" }',
    "[[csv.profile]]", 'name = "shop"', 'like = "setclickd"', 'columns = { "lead.amount" = "value" }', 'needs = ["click_time", "lead.amount"]',
    "[[csv.profile]]", 'name = "notes"', 'like = "setclickd"', 'match = "39-quoted*"', 'extra = "ignore"',
    "[[csv.profile]]", 'name = "madrid"', 'like = "setclickd"', 'match = "40-*"', 'time_zone = "Europe/Madrid"')
AT = 1634707888000  # 2021-10-20T05:31:28Z

# Name → how many are delivered, and what refuses which line ("file": the file, once).
WANT = {
    # 16: UTF-16 as PowerShell writes it, with and without a mark.
    "16-utf16le-bom.json": (3, {}), "16-utf16le-bom.ndjson": (3, {}), "16-utf16le-nobom.ndjson": (3, {}),
    # 17: compressed, and named as if it were not: one reason.
    "17-gzip-named.json": (0, {"file": "gzip: unpack"}), "17-gzip-named.ndjson": (0, {"file": "gzip: unpack"}),
    # 18, 19: one behind the other, on one line, under the other ending.
    "18-concatenated.json": (3, {}), "18-concatenated.ndjson": (3, {}), "18-record-separator.ndjson": (3, {}),
    "18-one-line-400-events.ndjson": (400, {}), "19-ndjson-named.json": (3, {}), "19-pretty.ndjson": (3, {}),
    # 20: a moment in 25 forms; microseconds are named, and refused.
    "20-time-forms.ndjson": (24, {8: "seems to be microseconds"}),
    # 21: characters that nobody sees.
    "21-bom-in-first-key.ndjson": (0, dict.fromkeys((1, 2, 3), '\\u{feff}event_id: is not a field of an event; did you mean "event_id"')),
    "21-invisible-values.ndjson": (5, {5: "U+200B", 7: 'did you mean "60a52f6ac660b269d13c3f53"'}),
    # 22, 23: PHP's empty maps, and what PowerShell cut off.
    "22-php-empty-map.ndjson": (3, {3: "at least one utm_ parameter"}),
    "23-powershell-depth.json": (2, {2: "ConvertTo-Json -Depth 10", 9: "ConvertTo-Json -Depth 10"}),
    # 24: noise and envelopes; nothing to export is no fault.
    "24-envelope-data.json": (2, {}), "24-html-comment-behind.json": (2, {}), "24-no-rows.json": (0, {}), "24-php-warning-before.json": (2, {}),
    # 25: CR alone.
    "25-cr-only.csv": (2, {}), "25-cr-only.ndjson": (3, {}),
    # 36: the ad platforms' templates.
    "36-google-clicks.csv": (8, {11: '"Google Click ID": is empty'}), "36-google-no-zone.csv": (0, {"file": "have no time zone"}),
    "36-microsoft.csv": (2, {}),
    # 37: amounts: one convention a file; what it leaves open is refused.
    "37-amounts-comma.csv": (7, {8: "rounded", 10: "no amount", 11: "rounded"}), "37-amounts-dots.csv": (13, {}),
    "37-amounts-open.csv": (1, dict.fromkeys((2, 3, 4), "may have thousands or decimals")),
    # 38: what Excel did.
    "38-excel-damage.csv": (7, {2: "rounded", 3: "rounded", 4: "number of days", 6: "spreadsheet's error", 7: "spreadsheet's error", 11: "rounded"}),
    # 39: encodings, titles, footers, quotes.
    "39-quoted-line-ends.csv": (2, {4: "a quote is opened here and not closed"}), "39-utf16le-tabs-title-rows.csv": (2, {}),
    "39-bad-byte.csv": (2, {3: "column 3 (utm_source): holds bytes that are no text"}), "39-footers.csv": (2, {}),
    "39-comma-each-end.csv": (2, {}), "39-bom-header.csv": (2, {}), "39-adwords-utf16-total.csv": (2, {}),
    # 40: the hour that is missing, and the one that comes twice.
    "40-madrid-clock-changes.csv": (10, {**dict.fromkeys((3, 4, 5), "does not exist in Europe/Madrid"), 11: "the hour 24"}),
    # googleads/aw-reporting#177 and googleads/googleads-dfa-reporting-samples#12: ends and beginnings of reports.
    "41-total-with-dashes.csv": (2, {}), "42-zone-of-the-report.csv": (2, {}),
    # firefly-iii/firefly-iii#1087: CR and DR are a sign that each bank means its own way.
    "43-amounts-in-brackets.csv": (9, {10: "no amount"}),
    # odoo/odoo#99995, thephpleague/csv#586, firefly-iii/firefly-iii#1938, TablePress/TablePress#198.
    "44-phone-with-apostrophe.csv": (2, {}), "45-mark-before-quotes.csv": (2, {}), "46-bank-preamble.csv": (2, {}),
    "47-separator-behind-each-row.csv": (3, {}),
    # BingAds/BingAds-PHP-SDK#41, reinzor/timeline-exporter#14; logs, shells.
    "48-times-of-logs-and-shells.csv": (5, {2: "no time that", 3: "no time that", 7: "two digits", 8: "short name", 11: "no time that"}),
    # What follows a line break without quotes is refused, and named.
    "49-line-breaks-without-quotes.csv": (3, {4: "column 3 (utm_source): is missing"}), "50-end-of-file-of-dos.csv": (2, {}),
}
WARNED = {"41-total-with-dashes.csv": "no event", "50-end-of-file-of-dos.csv": "no event", "39-footers.csv": "no event", "39-adwords-utf16-total.csv": "no event", "38-excel-damage.csv": "", "21-invisible-values.ndjson": "odd",
          "24-envelope-data.json": "no event", "24-php-warning-before.json": "no event", "40-madrid-clock-changes.csv": "odd"}
TIMES = {
    "42-zone-of-the-report.csv": [AT + 6 * 3_600_000, AT], "48-times-of-logs-and-shells.csv": [AT] * 5,
    "36-google-clicks.csv": [AT] * 6 + [1633152688000, 1634707860000], "36-microsoft.csv": [AT + 3_600_000, 1609542000000],
    "38-excel-damage.csv": [AT] * 7,
    # 01:59:59 and 03:00 are a second apart; 02:30 is the earlier one, or as its offset has it.
    "40-madrid-clock-changes.csv": [1774745999000, 1774746000000] + [1792888200000] * 5 + [1792891800000, 1792879200000, 1792893600000],
}
AMOUNTS = {
    "43-amounts-in-brackets.csv": ["-63.12", "-182.77", "1.23", "-5.10", "-5.10", "-5.10", "-7.00", "-7.00", "-1234.50"],
    "46-bank-preamble.csv": ["-1000.00", "-950.00"],
    "37-amounts-comma.csv": ["198.09", "1488.69", "1000", "1000", "0.5", "198.09", "198.090000000000003"],
    "37-amounts-dots.csv": ["198.09", "1488.69", "1000", "1355.90", "-1000", "-12.50", "-12.50", "1234.5", "1234.5", "1234.50", "5", "5", "110.7"],
}


def content_of(name):
    if name == "18-one-line-400-events.ndjson":
        return " ".join(json.dumps(event(n)) for n in range(400)).encode() + b"\n"
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


class ReportedFiles(SystemTest):
    def refused(self, name):
        """Line → reason."""
        listed = self.bench.run_command("list", "--file", name, "--results", "csv").stdout.decode()
        return {int(row["line"]): row["reason"] for row in csv.DictReader(io.StringIO(listed)) if row["result"] == "refused"}

    def test_each_comes_out_as_its_reporter_would_have_wanted(self):
        self.start(sections=("[dedupe]", 'key = "off"', *PROFILES))
        self.assertEqual(set(os.listdir(FOLDER)) - set(WANT), set(), "each file has an outcome here")
        alone = {*TIMES, *AMOUNTS}
        for name in set(WANT) - alone:
            self.bench.drop(name, content_of(name))
        self.bench.wait_results(*set(WANT) - alone)
        for name, (good, refused) in WANT.items():
            forms = []
            if name in alone:
                before = len(self.bench.booked())
                self.bench.drop(name, content_of(name))
            result = self.bench.wait_results(name)[name]
            if name in alone:
                forms = [call["form"] for call in self.bench.booked()[before:]]
            with self.subTest(name):
                self.assertEqual((result["delivered"], result["rejected"]), (good, len(refused)), result)
                if "file" in refused:
                    [reason] = self.refused(name).values()
                    self.assertIn(refused["file"], reason)
                    self.assertEqual(self.bench.rejected(name), content_of(name), "it comes back unchanged")
                else:
                    got = self.refused(name)
                    self.assertEqual(set(got), set(refused), got)
                    for line, part in refused.items():
                        self.assertIn(part, got[line])
                warned = " ".join(one["text"] for one in result["warnings"])
                if name in WARNED:
                    self.assertTrue(warned)
                    self.assertIn(WARNED[name], warned)
                if name in TIMES:
                    self.assertEqual(sorted(int(form["click_time"]) for form in forms), sorted(TIMES[name]))
                if name in AMOUNTS:
                    # Every digit as it was written.
                    self.assertEqual(sorted(json.loads(form["lead"], parse_float=str, parse_int=str)["amount"] for form in forms),
                                     sorted(AMOUNTS[name]))


if __name__ == "__main__":
    main()
