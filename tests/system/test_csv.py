#!/usr/bin/env python3
"""Tables: dropped as they are, each row is delivered or comes back in a table that can be mended and dropped again."""
import collections
import csv
import io
import json
import os
import random

from case import SLOWER, SystemTest, main, size
from harness import ACCOUNT, ndjson, event, wait_until

NAMES = ["event_id", "click_time", "utm_source", "utm_medium", "email"]


def row(number, **other):
    known = {"event_id": f"r{number}", "click_time": "2021-10-20T05:31:28Z", "utm_source": f"s{number}", "utm_medium": "cpc",
             "email": f"user{number}@example.com", **other}
    return [known[name] for name in NAMES]


def table(rows, separator=",", ends="\r\n", encoding="utf-8", above="", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=ends, quoting=quoting)
    writer.writerow(NAMES)
    writer.writerows(rows)
    return (above + out.getvalue()).encode(encoding)


class Csv(SystemTest):
    def sources(self):
        return collections.Counter(json.loads(call["form"]["url_parameters"])["utm_source"] for call in self.bench.booked())

    def test_every_dialect_and_encoding_gives_the_same_events(self):
        self.start()
        wanted = set()
        number = 0
        for separator in ",;\t|":
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"):
                for ends in ("\r\n", "\n", "\r"):
                    rows = []
                    for _ in range(3):
                        number += 1
                        rows.append(row(number, email=f'"M\u00fcller {number}"\r\n<user{number}@example.com>'))
                        wanted.add(f"s{number}")
                    self.bench.drop(f"d{number}.csv", table(rows, separator, ends, encoding))
        self.bench.wait_final(number, 120)
        self.assertEqual(set(self.sources()), wanted)
        self.assertEqual(set(self.sources().values()), {1})

    def test_refused_rows_come_back_in_front_of_a_reason_and_go_out_once_mended(self):
        self.start()
        for n, (separator, encoding) in enumerate(((",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16"))):
            name = f"deals{n}.csv"
            base = 1000 * n
            rows = [row(base + i) for i in range(8)]
            rows[2][1] = "yesterday"
            rows[5] = rows[5][:3]
            rows[6][4] = 'J\u00f6rg "the first"'
            rows[6][1] = ""
            content = table(rows, separator, encoding=encoding, above=f"Deals of M\u00fcller{separator * 4}\r\n")
            broken = f'r{base + 50}{separator}2021-10-20T05:31:28Z{separator}"open{separator}cpc{separator}x\r\n'
            content += broken.encode(encoding.replace("-sig", "").replace("utf-16", "utf-16-le"))
            self.bench.drop(name, content)
            result = self.bench.wait_results(name)[name]
            self.assertEqual((result["delivered"], result["rejected"]), (5, 4), self.bench.story())
            back = self.bench.rejected(name)
            text = back.decode(encoding)
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
            self.assertEqual(lines[0][0], "Deals of M\u00fcller")
            self.assertEqual(lines[1], ["setclickd_line", "setclickd_error", *NAMES])
            self.assertEqual([line[0] for line in lines[2:]], ["5", "8", "9", "11"])
            self.assertIn("click_time", lines[2][1])
            self.assertEqual(lines[2][2:], rows[2])
            self.assertEqual(lines[3][2:], rows[5])
            self.assertEqual(lines[4][2:], rows[6])
            self.assertEqual(lines[5][2], broken.rstrip("\r\n"), "broken quotes: the row as one cell, at the end")
            # Mended as a person would, in the file that came back, and the good ones along with it.
            lines[2][3] = lines[4][3] = "2021-10-20T05:31:28Z"
            lines[3][5:] = row(base + 5)[3:]
            lines[5][2:] = row(base + 50)
            out = io.StringIO()
            csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(lines)
            self.bench.drop(f"mended{n}.csv", out.getvalue().encode(encoding))
            again = self.bench.wait_results(f"mended{n}.csv")[f"mended{n}.csv"]
            self.assertEqual((again["delivered"], again["rejected"]), (4, 0), self.bench.story())
        self.assertEqual(set(self.sources().values()), {1})
        self.assertEqual(sum(self.sources().values()), 27)

    def test_other_formats_are_refused_once_and_come_back_unchanged(self):
        self.start()
        cases = {"book.csv": (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml" + bytes(3000), ".xlsx"),
                 "old.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\n\n" + bytes(600), ".xls"),
                 "page.csv": (b"<html><body><table>\n<tr><td>event_id\n</table>", "HTML"),
                 "lines.csv": (ndjson([event(1)]), ".ndjson"),
                 "two.csv": (b"a;b,c\n1;2,3\n4;5,6\n", "separates the cells")}
        for name, (content, _) in cases.items():
            self.bench.drop(name, content)
        results = self.bench.wait_results(*cases)
        for name, (content, why) in cases.items():
            with self.subTest(name):
                self.assertEqual((results[name]["delivered"], results[name]["rejected"]), (0, 1))
                self.assertEqual(self.bench.rejected(name), content)
                listed = self.bench.run_command("list", "--file", name, "--state", "refused").stdout.decode()
                self.assertIn(why, listed)

    def test_results_name_the_outcome_of_each_row(self):
        self.start()
        rows = [row(1), row(2, click_time="x"), row(1)]
        self.bench.drop("deals.csv", table(rows))
        self.bench.wait_results("deals.csv")
        listed = self.bench.run_command("list", "--file", "deals.csv", "--results", "csv").stdout.decode()
        got = list(csv.DictReader(io.StringIO(listed)))
        self.assertEqual([(one["line"], one["result"]) for one in got], [("2", "delivered"), ("3", "refused"), ("4", "duplicate")])
        self.assertRegex(got[0]["at"], r"^20\d\d-.*Z$")
        self.assertIn("click_time", got[1]["reason"])
        self.assertIn("same as event", got[2]["reason"])

    def test_kill_at_any_time_and_every_row_is_there_once(self):
        count = size(20_000, 1_000_000)
        kills = size(4, 20)
        bad = count // 1000
        numbers = random.Random(7)
        wrong = set(numbers.sample(range(count), bad))
        rows = (row(n, click_time="x" if n in wrong else "2021-10-20T05:31:28Z") for n in range(count))
        bench = self.start("--latency", "1ms", connections=64)
        bench.drop("large.csv", table(rows, quoting=csv.QUOTE_ALL))
        for n in range(kills):
            before = bench.stats()["booked"]
            wanted = before + (count - before) // (kills - n + 1)
            wait_until(lambda: bench.stats()["booked"] >= wanted or n == 0, 300 * SLOWER, "more has arrived")
            bench.daemon.kill()
            bench.start_daemon()
        bench.wait_final(count - bad, 600 * SLOWER)
        result = bench.wait_results("large.csv")["large.csv"]
        self.assertEqual((result["delivered"], result["rejected"], result["duplicate"]), (count - bad, bad, 0))
        self.assertEqual(set(self.sources()), {f"s{n}" for n in range(count) if n not in wrong})
        back = list(csv.reader(io.StringIO(bench.rejected("large.csv").decode(), newline="")))
        self.assertEqual({int(line[0]) - 2 for line in back[1:]}, wrong)


if __name__ == "__main__":
    main()
