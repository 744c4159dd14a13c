#!/usr/bin/env python3
"""Tables as marketers have them, looked at before anything is sent: `preview`, `profiles`, `submit --check`."""
import json
import os
import re
import unicodedata

from case import SLOWER, SystemTest, main
from harness import ACCOUNT, ndjson

HUBSPOT = ("Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Email\n"
           '8841,Roof for Ann,Closed won,2026-10-20 07:31,Sam,"1.234,50 €",ann@example.com\n'
           '8842,Roof for Bob,Closed won,2026-10-20 09:05,Sam,"980,00 €",bob@example.com\n')
OUR_HUBSPOT = ("[[csv.profile]]", 'name = "our-hubspot"', 'like = "hubspot"', 'time_zone = "Europe/Madrid"',
               'fixed = { utm_source = "crm", utm_medium = "offline" }')
OUR_GOOGLE = ("[[csv.profile]]", 'name = "our-google"', 'like = "google-ads"',
              'fixed = { utm_source = "google", utm_medium = "cpc" }')
OUR_MICROSOFT = ("[[csv.profile]]", 'name = "our-microsoft"', 'like = "microsoft-ads"',
                 'fixed = { utm_source = "bing", utm_medium = "cpc" }')
SHOP = ("[[csv.profile]]", 'name = "shop"', 'like = "setclickd"', 'columns = { "lead.amount" = "value" }', 'needs = ["click_time", "lead.amount"]')
GOOGLE = ("Parameters:TimeZone=Europe/Madrid\n"
          "Google Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency\n"
          "Cj0KCQtestAAA111_BwE,lead,2021-10-20 07:31:28,198.09,EUR\n"
          " Cj0KCQtestAAA222_BwE ,lead,2021-10-20 07:31:28+0200,,EUR\n"
          "Cj0KCQtestAAA333_BwE,lead,2021-10-20 05-31-28+0000,,\n"
          "Cj0KCQtestAAA444_BwE,lead,10/20/2021 7:31:28 AM,10,EUR\n"
          "Cj0KCQtestAAA555_BwE,lead,20/10/2021 07:31,10,EUR\n"
          "Cj0KCQtestAAA666_BwE,lead,2021-10-2 7:31:28,10,EUR\n"
          "Cj0KCQtestAAA777_BwE,lead,20211020 073128 Europe/Madrid,10,EUR\n"
          "Cj0KCQtestAAA888_BwE,lead,2021-10-20T07:31:28,10,EUR\n"
          ",lead,2021-10-20 07:31:28,10,EUR\n")
MICROSOFT = ("\ufeff### TEMPLATE ###,,,,\r\n# one row for each conversion,,,,\r\nParameters:TimeZone=+0100;,,,,\r\n"
             "Microsoft Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency\r\n"
             "aabbccddeeff00112233445566778899,lead,10/20/2021 7:31:28 AM,10.5,EUR\r\n"
             "aabbccddeeff00112233445566778800,lead,1/2/2021 12:00:00 AM,10.5,EUR\r\n")
OWN = "event_id,click_time,utm_source,utm_medium,email"


class Preview(SystemTest):
    def config(self, *sections, **more):
        self.bench.start_sandbox()
        self.bench.write_config(sections=sections, **more)

    def file(self, name, content):
        path = self.bench.path(name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def text(self, *arguments, code=0):
        done = self.bench.run_command("preview", *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stdout.decode() + done.stderr.decode())
        text = done.stdout.decode()
        long = [line for line in text.splitlines() if len(line) > 80 and not line.startswith("/")]
        self.assertEqual(long, [], "lines fit a terminal of 80 columns")
        return re.sub(r"\s+", " ", text)

    def json(self, *arguments, code=0):
        done = self.bench.run_command("preview", "--json", *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stdout.decode() + done.stderr.decode())
        return json.loads(done.stdout)["files"]

    def test_from_a_hubspot_export_to_good_events_as_docs_csv_has_it(self):
        self.config()
        path = self.file("hubspot-deals.csv", HUBSPOT)
        refused = self.text(path, code=1)
        self.assertIn("gives no UTM parameter", refused)
        self.assertIn('like = "hubspot"', refused)
        self.bench.write_config(sections=OUR_HUBSPOT)
        self.assertEqual(self.bench.run_command("check").returncode, 0)
        good = self.text(path)
        self.assertLess(good.index("the time of the CRM's record, not that of the click"), good.index("UTF-8"))
        for part in ("our-hubspot, by its columns", "commas", "amounts have decimal commas (line 2)", "Europe/Madrid (the profile)",
                     "Record ID event_id", "Amount lead.amount", "Deal Name (left out)", '(profile) utm_source = "crm"',
                     "2 good events", "2026-10-20 05:31:00 to 2026-10-20 07:05:00 (UTC)", '"email":"***"'):
            self.assertIn(part, good)
        self.assertNotIn("ann@example.com", good)
        self.assertIn("ann@example.com", self.text("--reveal", path))
        self.assertIn('"amount":1234.50', self.text("--reveal", path))
        # Nothing was changed.
        self.assertEqual(self.bench.files("incoming"), [])
        self.assertFalse(os.path.exists(self.bench.ledger))

    def test_the_ad_platforms_own_files(self):
        self.config(*OUR_GOOGLE, *OUR_MICROSOFT)
        google, = self.json(self.file("clicks.csv", GOOGLE), code=3)
        self.assertEqual((google["good"], google["refused"]), (8, 1))
        self.assertIn('column "Google Click ID"', google["reasons"][0]["reason"])
        self.assertEqual(google["reasons"][0]["examples"][0]["line"], 11)
        self.assertEqual({e["click_time"] for e in google["first_events"][:4]}, {"2021-10-20 05:31:28 UTC"})
        microsoft, = self.json(self.file("bing.csv", MICROSOFT))
        self.assertEqual(microsoft["good"], 2)
        self.assertTrue(any("month first (line 5): 1/2/2021 is 2 January" in text for text in microsoft["decided"]), microsoft["decided"])
        self.assertEqual(microsoft["first_events"][0]["click_time"], "2021-10-20 06:31:28 UTC")
        no_zone, = self.json(self.file("no-zone.csv", GOOGLE.split("\n", 1)[1].replace("+0200", "").replace("+0000", "").split(
            "Cj0KCQtestAAA333")[0]), code=1)
        self.assertIn("have no time zone", no_zone["refusal"])

    def test_amounts_excel_wrote_and_files_excel_saved(self):
        self.config(*SHOP)
        rows = "".join(f'b{n},2021-10-20T05:31:28Z,google,cpc,user@example.com,{cell}\n' for n, cell in enumerate(
            ("198.09", '"1,488.69"', '"1,000"', "1000.", ".5", "$198.09", "1.98E+02", "198.090000000000003", "NaN", "1e400"), 1))
        got, = self.json("--reveal", self.file("amounts.csv", OWN + ",value\n" + rows), code=3)
        self.assertEqual((got["good"], got["refused"]), (7, 3))
        self.assertEqual([e["lead"] for e in got["first_events"]],
                         ['{"amount":198.09}', '{"amount":1488.69}', '{"amount":1000}', '{"amount":1000}', '{"amount":0.5}'])
        title = "Offline conversions\r\n20 October 2021 - 20 October 2021\r\n"
        table = OWN.replace(",", "\t") + "\r\nu1\t2021-10-20T05:31:28Z\tgoogle\tcpc\ta@example.com\r\nu2\t2021-10-20T05:31:29Z\tbjörk\tcpc\ta@example.com\r\n"
        wide, = self.json(self.file("wide.csv", b"\xff\xfe" + (title + table).encode("utf-16-le")))
        self.assertEqual(wide["good"], 2)
        self.assertIn("UTF-16", wide["layout"])
        mac, = self.json(self.file("mac.csv", f"{OWN}\rr1,2021-10-20T05:31:28Z,google,cpc,a@example.com\r"))
        self.assertEqual(mac["good"], 1)

    def test_what_the_ledger_knows_is_counted_and_lines_of_json_are_looked_at_too(self):
        bench = self.start()
        events = [{"event_id": f"r{n}", "account_id": ACCOUNT, "click_time": 1634707888000 + n * 1000,
                   "url_parameters": {"utm_source": "google", "utm_medium": "cpc"}, "settings": {"email": "a@example.com"}}
                  for n in range(3)]
        del events[2]["event_id"]
        bench.drop("first.ndjson", ndjson(events))
        self.assertEqual(bench.wait_final(3, 30 * SLOWER)["delivered"], 3)
        rows = ["r0,2021-10-20T05:31:28Z,google,cpc,a@example.com", "r1,2021-10-20T05:31:29Z,google,cpc,other@example.com",
                ",2021-10-20T05:31:30Z,google,cpc,a@example.com", "r9,2021-10-20T05:31:28Z,google,cpc,a@example.com"]
        got, = self.json(self.file("again.csv", OWN + "\n" + "\n".join(rows) + "\n"), code=3)
        self.assertEqual((got["good"], got["duplicates"], got["refused"]), (3, 2, 1))
        self.assertIn("other content", got["reasons"][0]["reason"])
        lines, = self.json(self.file("again.ndjson", ndjson(events)))
        self.assertEqual((lines["good"], lines["duplicates"]), (3, 3))

    def test_rows_that_stand_in_the_file_twice_are_named(self):
        self.config()
        row = "r{},2021-10-20T05:31:2{}Z,google,cpc,a@example.com\n"
        path = self.file("twice.csv", OWN + "\n" + row.format(1, 1) + row.format(2, 2) + row.format(1, 1) + row.format(2, 3))
        got, = self.json(path, code=3)
        self.assertEqual((got["good"], got["duplicates_in_file"], got["refused"], got["duplicates"]), (3, 1, 1, None))
        self.assertIn("by line 3 with other content", got["reasons"][0]["examples"][0]["finding"])
        text = self.text(path, code=3)
        self.assertIn("1 that stands in the file twice (the first: line 4, the same as line 2)", text)
        self.assertIn("delivery 2 events", text)
        self.assertIn('UTMs from the columns "utm_source", "utm_medium"', text)
        self.assertEqual(got["first_events"][0]["posted"], {
            "account_id": ACCOUNT, "url_parameters": '{"utm_source":"google","utm_medium":"cpc"}', "click_time": "1634707881000",
            "settings": '{"email":"***"}'})

    def test_a_profile_that_was_asked_for_and_that_the_daemon_will_not_choose_is_a_warning(self):
        self.config(*OUR_HUBSPOT, "[[csv.profile]]", 'name = "other"', 'like = "hubspot"', 'time_zone = "Europe/Madrid"',
                    'fixed = { utm_source = "x" }', 'match = ["other-*.csv"]')
        path = self.file("deals.csv", HUBSPOT)
        self.assertIn("once dropped, the file is read otherwise: with the profile our-hubspot (by its columns)",
                      self.text("--profile", "other", path))
        self.assertNotIn("once dropped", self.text("--profile", "our-hubspot", path))
        refused = self.bench.run_command("submit", "--profile", "other", path, check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("match", refused.stderr.decode())

    def test_a_table_through_a_pipe_is_looked_at_twice_all_the_same(self):
        self.config(*OUR_HUBSPOT)
        done = self.bench.run_command("preview", "--json", "-", stdin=HUBSPOT.encode(), check=False)
        self.assertEqual((done.returncode, json.loads(done.stdout)["files"][0]["good"]), (0, 2), done.stderr)

    def test_submit_checks_a_table_drops_it_and_waits_for_its_end(self):
        bench = self.start(sections=OUR_HUBSPOT)
        path = self.file("hubspot-deals.csv", HUBSPOT)
        done = bench.run_command("submit", "--wait", "--at-most", "60s", path, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("final: 2 events delivered", done.stdout.decode())
        self.assertEqual(sorted(json.loads(e["form"]["lead"])["amount"] for e in bench.booked()), [980.0, 1234.5])
        bad = self.file("bad.csv", HUBSPOT.replace("8842", "8843").replace("2026-10-20 07:31", "soon"))
        done = bench.run_command("submit", bad, check=False)
        self.assertEqual((done.returncode, bench.files("incoming")), (1, []))
        self.assertIn('bad.csv:2: column "Close Date"', done.stderr.decode())
        done = bench.run_command("submit", "--partial", "--wait", "--at-most", "60s", bad, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("setclickd_line,setclickd_error,Record ID", bench.rejected("bad.csv").decode())

    def test_a_reload_takes_new_profiles_and_zones_to_the_files_that_come_after(self):
        bench = self.start()
        bench.drop("deals.csv", HUBSPOT.encode())
        self.assertEqual(bench.wait_results("deals.csv")["deals.csv"]["rejected"], 1)
        bench.write_config(sections=[line for line in OUR_HUBSPOT if "time_zone" not in line], account=('time_zone = "Asia/Tokyo"',))
        bench.run_command("reload")
        bench.drop("again.csv", HUBSPOT.encode())
        self.assertEqual(bench.wait_results("again.csv")["again.csv"]["delivered"], 2)
        self.assertEqual(min(int(e["form"]["click_time"]) for e in bench.booked()), 1792449060000)  # 07:31 in Tokyo

    def test_profiles_are_printed_to_copy_from_and_begun_for_a_file(self):
        self.config(*OUR_HUBSPOT)
        printed = self.bench.run_command("profiles", "google-ads").stdout.decode()
        self.assertIn('name = "google-ads"', printed)
        every = self.bench.run_command("profiles").stdout.decode()
        for name in ("our-hubspot", "setclickd", "google-ads", "microsoft-ads", "salesforce"):
            self.assertIn(f'name = "{name}"', every)
        none = self.bench.run_command("profiles", "hubspott", check=False)
        self.assertEqual(none.returncode, 2)
        self.assertIn('did you mean "hubspot"', none.stderr.decode())
        # The starter, filled in, is a configuration that reads the file.
        path = self.file("crm export.csv", "Kennung;Gewonnen am;E-Mail;Notiz\nk1;20.10.2021 07:31;a@example.com;x\n")
        starter = self.bench.run_command("profiles", "--from", path).stdout.decode()
        self.assertIn('name = "crm-export"', starter)
        self.bench.write_config(sections=starter.splitlines())
        self.assertEqual(self.bench.run_command("check", check=False).returncode, 78)
        filled = starter.replace('# click_time = "…"', 'click_time = "Gewonnen am" #').replace('# event_id = "…"', 'event_id = "Kennung" #').replace(
            '# time_zone', 'time_zone').replace("# utm_", "utm_")
        self.bench.write_config(sections=filled.splitlines())
        got, = self.json(path)
        self.assertEqual((got["profile"], got["good"]), ("crm-export", 1))
        self.assertEqual(got["first_events"][0]["click_time"], "2021-10-20 05:31:00 UTC")

    def test_a_starter_for_an_export_that_is_known_stands_in_the_known_ones_place(self):
        self.config()
        path = self.file("deals.csv", HUBSPOT)
        starter = self.bench.run_command("profiles", "--from", path).stdout.decode()
        self.assertIn('like = "hubspot"', starter)
        self.bench.write_config(sections=starter.replace("# time_zone", "time_zone").replace("# utm_", "utm_").splitlines())
        got, = self.json(path)
        self.assertEqual((got["profile"], got["good"]), ("deals", 2))
        # What is in effect can be copied, and does the same.
        shown = self.bench.run_command("config", "show").stdout.decode()
        self.bench.write_config(sections=shown[shown.index("[[csv.profile]]"):].splitlines())
        again, = self.json(path)
        self.assertEqual(again, got)
        self.assertEqual(self.bench.run_command("profiles", "--from", self.file("bytes.csv", bytes(range(256)) * 9), check=False).returncode, 1)

    def test_what_is_no_file_of_events_has_its_own_answer(self):
        self.config()
        self.assertEqual(self.bench.run_command("preview", self.bench.path("none.csv"), check=False).returncode, 1)
        self.assertEqual(self.bench.run_command("preview", self.bench.folder, check=False).returncode, 74)
        self.text(self.file("x.csv", "what,ever\n1,2\n"), code=1)
        gone = self.bench.run_command("preview", "--profile", "gogle-ads", self.file("y.csv", GOOGLE), check=False)
        self.assertIn('did you mean "google-ads"', re.sub(r"\s+", " ", gone.stdout.decode()))
        for name, cure in (("book.xlsx", "save it as CSV UTF-8"), ("deals.csv.gz", "unpack it first"), ("deals.pdf", "export its table"),
                           ("deals.txt", "match of a profile"), ("deals", "must end in .csv")):
            done = self.bench.run_command("preview", self.file(name, "x"), check=False)
            self.assertEqual(done.returncode, 2, name)
            self.assertIn(cure, done.stderr.decode())
        empty, = self.json(self.file("empty.csv", ""))
        self.assertEqual((empty["good"], empty["refused"]), (0, 0))


    def test_whatever_is_wrong_with_a_file_is_said_within_80_columns_and_without_an_address(self):
        self.config(*OUR_GOOGLE, *OUR_MICROSOFT, *OUR_HUBSPOT, "[[csv.profile]]", 'name = "sheet"', 'fixed = { utm_source = "x" }',
                    'columns = { event_id = "Order", click_time = "When", "lead.amount" = "Value" }')
        corpus = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus", "bad_csv")
        files = sorted(os.path.join(corpus, name) for name in os.listdir(corpus) if not name.endswith((".tsv", ".md")))
        self.assertGreater(len(files), 240)
        done = self.bench.run_command("preview", *files, check=False)
        self.assertEqual((done.returncode, done.stderr), (3, b""))
        lines = [line for line in done.stdout.decode().splitlines() if not line.startswith("/") and corpus not in line]

        def columns(text):
            return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
        self.assertEqual([line for line in lines if columns(line) > 80], [])
        self.assertEqual([line for line in lines if re.search(r"\w@\w", line)], [])


if __name__ == "__main__":
    main()
