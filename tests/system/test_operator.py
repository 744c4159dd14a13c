#!/usr/bin/env python3
"""The operator's session (operator_session.py) is what docs/operator.md shows. When the program's words change:
    SETCLICKD_WRITE_DOCS=1 python3 tests/system/test_operator.py
"""
import os

from case import SystemTest, main
from operator_session import BEGIN, END, Session
from witness import Ledger

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "operator.md")


class Operator(SystemTest):
    maxDiff = 4000

    def test_session_over_rejected_held_and_waiting_events_is_what_the_page_shows(self):
        bench = self.start("--latency", "2ms", in_doubt="hold", connections=1)
        session = Session(bench).whole()
        booked = [entry["form"]["url_parameters"].split("source-")[1].split('"')[0] for entry in bench.booked()]
        # Released and forced ones are booked a second time, as the session says; the discarded ones once.
        self.assertEqual(sorted(booked, key=int), "0 1 2 3 4 4 5 6 7 7 8 9 10".split())
        self.assertEqual(Ledger(bench.ledger).counts()["discarded"], 2)
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        before, rest = page.split(BEGIN)
        shown, after = rest.split(END)
        if os.environ.get("SETCLICKD_WRITE_DOCS") == "1":
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(before + BEGIN + session + END + after)
            shown = session
        self.assertEqual(shown, session)
        self.assert_stops()


if __name__ == "__main__":
    main()
