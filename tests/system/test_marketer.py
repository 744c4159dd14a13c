#!/usr/bin/env python3
"""A marketer's walk (marketer_session.py) is what docs/csv.md shows. When the program's words change:
    SETCLICKD_WRITE_DOCS=1 python3 tests/system/test_marketer.py
"""
import json
import os

from case import SystemTest, main
from marketer_session import BEGIN, END, Walk

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "csv.md")


class Marketer(SystemTest):
    maxDiff = 6000

    def test_hubspot_export_with_local_times_and_no_utms_goes_from_the_file_to_delivered_as_the_page_shows(self):
        if os.geteuid() != 0:
            self.skipTest("NOT TESTED: to be a user who may only drop files takes root")
        bench = self.start(rate=60, account=("burst = 10",))
        walk = Walk(bench).whole()
        booked = bench.booked()
        self.assertEqual(sorted(json.loads(entry["form"]["lead"])["amount"] for entry in booked), [450, 980, 1234.5, 2100])
        self.assertEqual({entry["form"]["url_parameters"] for entry in booked}, {'{"utm_medium":"offline","utm_source":"crm"}'})
        self.assertNotIn("ann@example.com", bench.daemon.output())
        with open(PAGE, encoding="utf-8") as file:
            before, rest = file.read().split(BEGIN)
        shown, after = rest.split(END)
        if os.environ.get("SETCLICKD_WRITE_DOCS") == "1":
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(before + BEGIN + walk + END + after)
            shown = walk
        self.assertEqual(shown, walk)
        self.assert_stops()


if __name__ == "__main__":
    main()
