#!/usr/bin/env python3
"""Tables: dropped as they are, each row is delivered or comes back in a table that can be mended and dropped again."""
import collections
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from case import SANITIZED, SLOWER, SystemTest, main, size
from harness import ACCOUNT, ndjson, event, wait_until

SOURCE = re.compile(rb'utm_source\\":\\"(s\d+)')
MANY_TABLES_MIB = 48  # one of them alone: 27
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
        """How often each arrived, by its utm_source; a line of the book at a time."""
        self.bench.stats()  # promises that the book is written
        with open(self.bench.book, "rb") as book:
            return collections.Counter(found[1].decode() for line in book if (found := SOURCE.search(line)))

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

    def test_what_the_server_refused_comes_back_in_the_tables_own_dialect(self):
        bench = self.start()
        bench.faults(status=400)
        rows = [row(n, email=f'"J\u00f6rg; {n}" <user{n}@example.com>') for n in range(6)]
        rows[3][1] = "yesterday"
        content = table(rows, separator=";", encoding="utf-16", above="Deals;;;;\r\n")
        bench.drop("deals.csv", content)
        result = bench.wait_results("deals.csv")["deals.csv"]
        self.assertEqual((result["delivered"], result["rejected"]), (0, 6), result)
        back = bench.rejected("deals.rejected-by-server.csv")
        lines = list(csv.reader(io.StringIO(back.decode("utf-16"), newline=""), delimiter=";"))
        self.assertEqual(lines[:2], [["Deals", "", "", "", ""], ["setclickd_line", "setclickd_error", *NAMES]])
        self.assertEqual([line[2:] for line in lines[2:]], [r for n, r in enumerate(rows) if n != 3])
        self.assertEqual([line[0] for line in lines[2:]], ["3", "4", "5", "7", "8"])
        self.assertTrue(all("http-400" in line[1] for line in lines[2:]), lines)
        listed = self.results_of("deals.csv")
        self.assertEqual([one["result"] for one in listed], ["rejected"] * 3 + ["refused"] + ["rejected"] * 2)
        bench.faults()
        bench.drop("deals-again.csv", back)
        result = bench.wait_results("deals-again.csv")["deals-again.csv"]
        self.assertEqual((result["delivered"], result["rejected"], result["duplicate"]), (5, 0, 0))

    def results_of(self, name):
        return list(csv.DictReader(io.StringIO(
            self.bench.run_command("list", "--file", name, "--results", "csv", timeout=300).stdout.decode())))

    def test_results_are_in_the_order_of_the_rows_whatever_their_accounts(self):
        others = ("acc-b", "acc-c")
        for name in others:
            self.bench.accounts[name] = self.bench.accounts[ACCOUNT]
        bench = self.start()
        count, accounts = 3_000, (ACCOUNT, *others)
        lines = [event(n, accounts[n * 7 % 3]) for n in range(count)]
        for n in range(5, count, 50):
            lines[n]["click_time"] = "yesterday"
        for n in range(7, count, 50):
            lines[n] = lines[n - 7]
        bench.drop("mixed.ndjson", ndjson(lines))
        bench.wait_final(count)
        listed = self.results_of("mixed.ndjson")
        self.assertEqual([int(one["line"]) for one in listed], list(range(1, count + 1)))
        wanted = {5: "refused", 7: "duplicate"}
        self.assertEqual([one["result"] for one in listed], [wanted.get(n % 50, "delivered") for n in range(count)])

    def dropped_with_bad_rows(self, name, count, bad, seed=7):
        """Starts a daemon and drops a table of so many rows; the numbers of those that are no good."""
        wrong = set(random.Random(seed).sample(range(count), bad))
        rows = (row(n, click_time="yesterday" if n in wrong else "2021-10-20T05:31:28Z") for n in range(count))
        self.bench.start_sandbox("--latency", "1ms")
        self.bench.write_config(connections=64)
        self.bench.drop(name, table(rows, quoting=csv.QUOTE_ALL))
        return wrong

    def check_outcome(self, name, count, wrong):
        """Each good row arrived, twice only what was in doubt; exactly the others came back."""
        delivered, doubted, refused = set(), set(), set()
        for one in self.results_of(name):
            number = int(one["line"]) - 2
            (delivered if one["result"] == "delivered" else refused).add(number)
            if "may have been received before" in one["reason"]:
                doubted.add(f"s{number}")
        self.assertEqual((len(delivered), refused), (count - len(wrong), wrong))
        booked = self.sources()
        self.assertEqual(booked.keys(), {f"s{n}" for n in range(count) if n not in wrong})
        self.assertEqual({source for source, times in booked.items() if times > 1} - doubted, set())
        back = self.bench.rejected(name)
        self.assertEqual({int(line[0]) - 2 for line in list(csv.reader(io.StringIO(back.decode(), newline="")))[1:]}, wrong)
        return booked, back

    def test_kill_at_any_time_and_every_row_is_there_once_and_what_came_back_is_mended(self):
        count = size(20_000, 1_000_000)
        kills = size(8, 24)
        wrong = self.dropped_with_bad_rows("large.csv", count, count // 1000)
        bench, moments = self.bench, random.Random(11)
        bench.start_daemon()
        for n in range(kills):
            if n < kills // 3:  # while it is looked at, imported, and its refused rows are written
                time.sleep(moments.uniform(0, size(0.3, 4)))
            else:
                before = bench.stats()["booked"]
                wanted = before + (count - before) // (kills - n + 1)
                wait_until(lambda: bench.stats()["booked"] >= wanted, 600 * SLOWER, "more has arrived")
            bench.daemon.kill()
            bench.start_daemon()
        bench.wait_final(count, 900 * SLOWER)
        result = bench.wait_results("large.csv")["large.csv"]
        self.assertEqual((result["delivered"], result["rejected"], result["duplicate"]), (count - len(wrong), len(wrong), 0))
        booked, back = self.check_outcome("large.csv", count, wrong)
        mended = self.through_libreoffice(back)
        lines = list(csv.reader(io.StringIO(mended.decode("utf-8"), newline="")))
        self.assertEqual(lines[0], ["setclickd_line", "setclickd_error", *NAMES])
        for line in lines[1:]:
            line[3] = "2021-10-20T05:31:29Z"
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(lines)
        bench.drop("mended.csv", self.through_libreoffice(out.getvalue().encode()))
        result = bench.wait_results("mended.csv")["mended.csv"]
        self.assertEqual((result["delivered"], result["rejected"], result["duplicate"]), (len(wrong), 0, 0), bench.story())
        after = self.sources()
        self.assertEqual(after.keys(), {f"s{n}" for n in range(count)})
        self.assertEqual(sum(after.values()), sum(booked.values()) + len(wrong), "none of the others again")

    def through_libreoffice(self, content):
        """Opened and saved as CSV; as it is, and said loudly, where there is no LibreOffice."""
        program = shutil.which("soffice")
        if program is None:
            print("LEFT OUT: the way through LibreOffice (package libreoffice-calc-nogui)", file=sys.stderr, flush=True)
            return content
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "in.csv"), "wb") as file:
                file.write(content)
            done = subprocess.run([program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--infilter=CSV:44,34,76,1",
                                   "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
                                   "--outdir", os.path.join(folder, "out"), os.path.join(folder, "in.csv")],
                                  capture_output=True, timeout=300, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(os.path.join(folder, "out", "in.csv"), "rb") as file:
                return file.read()

    def test_a_kill_at_each_step_between_the_first_pass_and_the_refused_rows(self):
        count = 3_000
        wrong = self.dropped_with_bad_rows("steps.csv", count, 40)
        for fault in ("ledger.import:1", "ledger.import:1:after", "ledger.import:1", "ledger.import:1:after", "ledger.import:2",
                      "spool.publish.write:1", "spool.publish.sync:1", "spool.publish.rename:1", "spool.publish.rename:1:after",
                      "spool.publish.sync_dir:1"):
            self.bench.start_daemon(ready=False, env=dict(os.environ, SETCLICKD_FAULT=fault))
            self.assertEqual(self.bench.daemon.wait(60 * SLOWER), -signal.SIGKILL, f"{fault}: {self.bench.story()}")
        self.bench.start_daemon()
        self.bench.wait_final(count, 60 * SLOWER)
        self.bench.wait_results("steps.csv")
        self.check_outcome("steps.csv", count, wrong)

    def test_the_same_table_again_is_harmless_by_id_and_by_content(self):
        bench = self.start()
        rows = [row(n) for n in range(50)]
        bench.drop("by-id.csv", table(rows))
        without = [name for name in NAMES if name != "event_id"]

        def by_content(separator, names, time_text="2021-10-20T05:31:28Z"):
            out = io.StringIO()
            writer = csv.DictWriter(out, names, delimiter=separator)
            writer.writeheader()
            for n in range(100, 150):
                writer.writerow({name: dict(zip(NAMES, row(n, click_time=time_text)))[name] for name in names})
            return out.getvalue().encode()
        bench.drop("by-content.csv", by_content(",", without))
        bench.wait_results("by-id.csv", "by-content.csv")
        bench.drop("by-id-again.csv", table(list(reversed(rows)), separator=";", encoding="utf-16", above="Report\r\n"))
        bench.drop("by-content-again.csv", by_content("\t", list(reversed(without)), "2021-10-20 07:31:28 +0200"))
        changed = [row(n, email="other@example.com") for n in range(50)]
        bench.drop("changed.csv", table(changed))
        results = bench.wait_results("by-id-again.csv", "by-content-again.csv", "changed.csv")
        for name in ("by-id-again.csv", "by-content-again.csv"):
            self.assertEqual((results[name]["delivered"], results[name]["duplicate"], results[name]["rejected"]), (0, 50, 0), name)
        self.assertEqual((results["changed.csv"]["delivered"], results["changed.csv"]["rejected"]), (0, 50))
        self.assertIn(b"already used by by-id.csv:2 with other content", bench.rejected("changed.csv"))
        self.assertEqual(sum(self.sources().values()), 100)

    def test_a_txt_is_taken_only_where_a_profile_names_it(self):
        bench = self.start(sections=("[[csv.profile]]", 'name = "shop"', 'like = "setclickd"', 'match = ["shop-*.txt"]'))
        content = table([row(1)], separator="\t")
        bench.drop("readme.txt", content)
        bench.drop("shop-1.TXT", content)
        bench.wait_results("shop-1.TXT")
        wait_until(lambda: "readme.txt" in bench.daemon.output(), 20, "the other is named")
        self.assertIn("in .txt where match of a [[csv.profile]] has it", bench.daemon.output())
        self.assertEqual(bench.files("incoming"), [b"readme.txt"])
        self.assertEqual(bench.status()["files"]["incoming"], 0)
        self.assertEqual(sum(self.sources().values()), 1)
        again = bench.path("shop-2.txt")
        with open(again, "wb") as file:
            file.write(table([row(2)], separator="\t"))
        bench.run_command("submit", again)
        bench.wait_results("shop-2.txt")
        self.assertEqual(sum(self.sources().values()), 2)

    def test_a_tail_that_contradicts_what_was_decided_is_refused_row_by_row(self):
        bench = self.start(spool=('settle = "100ms"',), sections=("[[csv.profile]]", 'name = "shop"', 'like = "setclickd"',
                                                                  'time_zone = "Europe/Madrid"'))
        bench.drop("shop.csv", table([row(n, click_time=f"{n}/11/2021 10:00") for n in range(11, 16)]))
        bench.wait_results("shop.csv")
        tail = table([row(20, click_time="11/25/2021 10:00"), row(21, click_time="3/4/2021 10:00")]).split(b"\r\n", 1)[1]
        tail += b"22;2021-10-20T05:31:28Z;a;b;c\r\n"
        with open(os.path.join(os.fsencode(bench.spool), b"done", b"shop.csv"), "ab") as file:
            file.write(tail)
        wait_until(lambda: bench.results()["shop.csv"]["rejected"] == 2, 60, lambda: f"the tail is read: {bench.results()}")
        result = bench.results()["shop.csv"]
        self.assertEqual((result["delivered"], result["rejected"]), (6, 2), bench.story())
        back = list(csv.reader(io.StringIO(bench.rejected("shop.csv").decode(), newline="")))
        self.assertEqual([line[0] for line in back[1:]], ["7", "9"])
        self.assertIn("month first, and the dates of this file have the day first", back[1][1])
        self.assertIn("has 1 cell, and the header 5", back[2][1])

    def test_many_large_tables_at_once_take_turns_in_little_memory(self):
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        note = 'he said "yes", ' * 180
        names = [f"large-{n}.csv" for n in range(size(12, 50))]
        each = 250
        for n, name in enumerate(names):
            rows = [row(n * each + i, email=note) for i in range(each)]
            content = table(rows, encoding="utf-16")
            self.assertGreater(len(content), 1 << 20, "more than one step of the first pass")
            bench.drop(name, content)
        bench.start_daemon()
        bench.wait_final(len(names) * each, 120 * SLOWER)
        bench.wait_results(*names)
        self.assertEqual(self.sources().keys(), {f"s{n}" for n in range(len(names) * each)})
        if not SANITIZED:
            self.assertLess(bench.daemon.memory("VmHWM") >> 20, MANY_TABLES_MIB)

    def test_a_profile_that_is_gone_holds_the_file_and_one_that_comes_back_lets_it_go_on(self):
        section = ("[[csv.profile]]", 'name = "shop"', 'like = "setclickd"', 'match = ["shop-*"]', 'time_zone = "Europe/Madrid"')
        bench = self.bench
        bench.start_sandbox()
        bench.write_config(sections=section)
        count = 5_000
        bench.drop("shop-1.csv", table(row(n, click_time="2021-10-20 07:31:28") for n in range(count)))
        bench.start_daemon(ready=False, env=dict(os.environ, SETCLICKD_FAULT="ledger.import:3"))
        self.assertEqual(bench.daemon.wait(60), -signal.SIGKILL)
        bench.write_config()
        bench.start_daemon()
        wait_until(lambda: "the file was begun with the profile shop, which the configuration no longer has" in bench.daemon.output(),
                   20, "it is named")
        bench.drop("other.csv", table([row(count)]))
        bench.wait_results("other.csv")
        self.assert_stops()
        bench.write_config(sections=[line.replace("Madrid", "Paris") for line in section])
        bench.start_daemon()
        bench.wait_final(count + 1)
        self.assertRegex(bench.daemon.output(), "a profile has changed since a table was looked at.*profile=shop from_line=")
        self.assertEqual(bench.wait_results("shop-1.csv")["shop-1.csv"]["delivered"], count)
        self.assertEqual(self.sources().keys(), {f"s{n}" for n in range(count + 1)})


if __name__ == "__main__":
    main()
