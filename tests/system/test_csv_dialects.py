#!/usr/bin/env python3
"""The platforms' own templates, saved by LibreOffice and in Excel's ways: whatever saved them, the same events arrive."""
import collections
import csv
import datetime
import decimal
import io
import json
import tempfile
import unittest
import zoneinfo

from case import SystemTest, main
from harness import ACCOUNT
from spreadsheet import LibreOffice, why_left_out

MADRID = zoneinfo.ZoneInfo("Europe/Madrid")
# The parts of the templates' cells that dialects differ in: umlauts, quotes, every separator, a line end (Alt+Enter).
TEXTS = ["Käufer „Müller“", 'the "first" one', "a;b", "a,b", "a\tb", "two\nlines", "a|b", "€ 5 – then more", "l’été", 'all: ";,|\t"\nend']
# No separator, quote or line end in what is an address.
ADDRESSES = [f"Ann.Bauer{n}@Example.com" for n in range(10)]
HASHES = [f"{n:x}" * 64 for n in range(10)]


def moments(seconds=True):
    """Ten moments in Madrid, in summer and winter, before and after noon; none has both readings, one decides the order."""
    days = [(10, 20), (10, 21), (1, 13), (2, 28), (3, 30), (7, 31), (12, 24), (11, 15), (8, 19), (5, 25)]
    return [datetime.datetime(2025, month, day, (n * 5 + 7) % 24, 31, 28 if seconds else 0, tzinfo=MADRID) for n, (month, day) in enumerate(days)]


def in_twelve(at, seconds=True):
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M}{f':{at:%S}' if seconds else ''} {'AM' if at.hour < 12 else 'PM'}"


def utc(at):
    return at.astimezone(datetime.timezone.utc)


# Forms of the platforms' pages, and of their exporters.
ISO = lambda at: f"{at:%Y-%m-%d %H:%M:%S}"
WITH_OFFSET = lambda at: f"{at:%Y-%m-%d %H:%M:%S%z}"
ZULU = lambda at: f"{utc(at):%Y-%m-%dT%H:%M:%SZ}"
COLON = lambda at: at.isoformat()
WORDS = lambda at: f"{at:%b} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"
SECONDS = lambda at: str(int(at.timestamp()))
MILLISECONDS = lambda at: str(int(at.timestamp()) * 1000)
NAMED = lambda at: f"{at:%Y-%m-%d %H:%M:%S} Europe/Madrid"
T_LOCAL = lambda at: f"{at:%Y-%m-%dT%H:%M:%S}"
MINUTES = lambda at: f"{at:%Y-%m-%d %H:%M}"
RFC = lambda at: f"{at:%a, %d %b %Y %H:%M:%S %z}"
EUROPEAN = lambda at: f"{at:%d/%m/%Y %H:%M}"


class Template:
    """A platform's file: what stands above its header, the header, rows; and the events they are."""

    def __init__(self, name, header, rows, events, above=(), fixed=None, profile=()):
        self.name, self.header, self.rows, self.above = name, header, rows, list(above)
        self.fixed, self.profile = fixed or {}, profile
        self.events = [{**one, "url_parameters": {**one.get("url_parameters", {}), **self.fixed}} for one in events]

    def table(self, width=0, inside="\n"):
        """Every row as wide as the header, as spreadsheets have it; `inside`: a cell's line ends."""
        width = max(width, len(self.header))
        return [[cell.replace("\n", inside) for cell in row] + [""] * (width - len(row)) for row in [*self.above, self.header, *self.rows]]

    def section(self):
        if not self.fixed:
            return ()
        fixed = ", ".join(f'{key} = "{value}"' for key, value in self.fixed.items())
        return ("[[csv.profile]]", f'name = "our-{self.name}"', f'like = "{self.name.removesuffix("-leads")}"', f"fixed = {{ {fixed} }}",
                *self.profile)


def ms(at):
    return int(at.timestamp()) * 1000


def setclickd():
    forms = [ZULU, COLON, SECONDS, MILLISECONDS, NAMED, WITH_OFFSET, RFC, ZULU, COLON, MILLISECONDS]
    header = ["event_id", "account_id", "click_time", "utm_source", "utm_medium", "utm_term", "email", "settings.plan", "lead.amount",
              "referrer", "current_url", "label"]
    amounts = ["198.09", "1,488.69", "5.50", "-12.00", "$7.25", "0.99", "12", "1,234,567.80", "(3.10)", ""]
    numbers = ["198.09", "1488.69", "5.50", "-12.00", "7.25", "0.99", "12", "1234567.80", "-3.10", None]
    rows, events = [], []
    for n, (at, form) in enumerate(zip(moments(), forms)):
        rows.append([f"00{n}", ACCOUNT, form(at), "news", "e-mail", TEXTS[n], ADDRESSES[n], TEXTS[9 - n], amounts[n],
                     f"https://shop.example/?a=1;b=2,3&n={n}", f"https://shop.example/thanks?n={n}", TEXTS[n]])
        lead = {"label": TEXTS[n]}
        if numbers[n]:
            lead["amount"] = numbers[n]
        events.append({"click_time": ms(at), "url_parameters": {"utm_source": "news", "utm_medium": "e-mail", "utm_term": TEXTS[n]},
                       "settings": {"email": ADDRESSES[n], "plan": TEXTS[9 - n]}, "lead": lead,
                       "referrer": f"https://shop.example/?a=1;b=2,3&n={n}", "current_url": f"https://shop.example/thanks?n={n}"})
    return Template("setclickd", header, rows, events)


def google_clicks():
    forms = [ISO, WITH_OFFSET, in_twelve, T_LOCAL, WORDS, NAMED, ISO, WITH_OFFSET, in_twelve, RFC]
    header = ["Google Click ID", "Conversion Name", "Conversion Time", "Conversion Value", "Conversion Currency"]
    rows, events = [], []
    for n, (at, form) in enumerate(zip(moments(), forms)):
        rows.append([f"Cj0KCQ-test_{n}_BwE", TEXTS[n], form(at), ["198.09", "1,488.69", "", "10"][n % 4], "EUR"])
        lead = {"label": TEXTS[n], "currency": "EUR"}
        if rows[-1][3]:
            lead["amount"] = rows[-1][3].replace(",", "")
        events.append({"click_time": ms(at), "url_parameters": {"gclid": f"Cj0KCQ-test_{n}_BwE"}, "settings": {}, "lead": lead})
    return Template("google-ads", header, rows, events, above=[["Parameters:TimeZone=Europe/Madrid"]],
                    fixed={"utm_source": "google", "utm_medium": "cpc"})


def google_leads():
    forms = [ISO, WITH_OFFSET, COLON, T_LOCAL, WORDS, in_twelve, ISO, COLON, in_twelve, WITH_OFFSET]
    header = ["Email", "Phone Number", "Conversion Name", "Conversion Time", "Conversion Value", "Conversion Currency", "Ad User Data",
              "Ad Personalization"]
    rows, events = [], []
    for n, (at, form) in enumerate(zip(moments(), forms)):
        email = HASHES[n] if n % 3 == 2 else ADDRESSES[n]
        rows.append([email, f"+34600123{n:03}", TEXTS[n], form(at), f"{n}.50", "EUR", "Granted", "Denied"])
        known = {"email_sha256": email} if n % 3 == 2 else {"email": email.lower()}
        events.append({"click_time": ms(at), "settings": {**known, "phone": f"+34600123{n:03}"},
                       "lead": {"label": TEXTS[n], "amount": f"{n}.50", "currency": "EUR"}})
    return Template("google-ads-leads", header, rows, events, above=[["Parameters:TimeZone=Europe/Madrid"]],
                    fixed={"utm_source": "google", "utm_medium": "cpc"})


def microsoft():
    forms = [in_twelve, ISO, in_twelve, T_LOCAL, WITH_OFFSET, in_twelve, ZULU, in_twelve, ISO, in_twelve]
    header = ["Microsoft Click ID", "Conversion Name", "Conversion Time", "Conversion Value", "Conversion Currency Code",
              "Hashed Email Address", "Hashed Phone Number"]
    # The line names an offset, the same in summer and winter.
    zone = datetime.timezone(datetime.timedelta(hours=1))
    rows, events = [], []
    for n, (at, form) in enumerate(zip(moments(), forms)):
        at = at.astimezone(zone)
        rows.append([f"{n:032x}", TEXTS[n], form(at), f"{n}0.5", "EUR", HASHES[n], HASHES[9 - n]])
        events.append({"click_time": ms(at), "url_parameters": {"msclkid": f"{n:032x}"},
                       "settings": {"email_sha256": HASHES[n], "phone_sha256": HASHES[9 - n]},
                       "lead": {"label": TEXTS[n], "amount": f"{n * 10}.5", "currency": "EUR"}})
    above = [["### TEMPLATE ###"], ["# one row for each conversion; leave these lines, as they are"], ["Parameters:TimeZone=+0100;"]]
    return Template("microsoft-ads", header, rows, events, above=above, fixed={"utm_source": "bing", "utm_medium": "cpc"})


def hubspot():
    forms = [MINUTES, MINUTES, EUROPEAN, MINUTES, EUROPEAN, MINUTES, MINUTES, MINUTES, EUROPEAN, MINUTES]
    header = ["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Currency", "Email", "Phone Number", "Original Source"]
    amounts = ["1.234,50 €", "980,00 €", "5", "1.234.567,89", "12,3"]
    numbers = ["1234.50", "980.00", "5", "1234567.89", "12.3"]
    rows, events = [], []
    for n, (at, form) in enumerate(zip(moments(seconds=False), forms)):
        rows.append([f"0884{n}", TEXTS[n], "Closed won", form(at), "Jörg", amounts[n % 5], "EUR", ADDRESSES[n], f"0{n}71 / 23 45-{n}", TEXTS[9 - n]])
        events.append({"click_time": ms(at), "settings": {"email": ADDRESSES[n], "phone": f"0{n}71 / 23 45-{n}"},
                       "lead": {"amount": numbers[n % 5], "currency": "EUR"}})
    return Template("hubspot", header, rows, events, fixed={"utm_source": "crm", "utm_medium": "offline"}, profile=('time_zone = "Europe/Madrid"',))


def salesforce():
    header = ["Opportunity ID", "Opportunity Name", "Account Name", "Close Date", "Amount Currency", "Amount", "Email", "Phone", "Stage"]
    rows, events = [], []
    for n, at in enumerate(moments()):
        # Close Date is a day.
        noon = at.replace(hour=12, minute=0, second=0)
        rows.append([f"0064100000Xy{n}AAA", TEXTS[n], TEXTS[9 - n], f"{at.month}/{at.day}/{at.year}", "USD", f"{n},{n}00.25" if n else "0.25",
                     ADDRESSES[n], f"(555) 010-000{n}", "Closed Won"])
        events.append({"click_time": ms(noon), "settings": {"email": ADDRESSES[n], "phone": f"(555) 010-000{n}"},
                       "lead": {"amount": f"{n}{n}00.25" if n else "0.25", "currency": "USD"}})
    return Template("salesforce", header, rows, events, fixed={"utm_source": "crm", "utm_medium": "offline"}, profile=('time_zone = "Europe/Madrid"',))


TEMPLATES = [setclickd(), google_clicks(), google_leads(), microsoft(), hubspot(), salesforce()]


def written(rows, separator=",", ends="\r\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=ends, quoting=quoting).writerows(rows)
    return out.getvalue()


def excel(rows, separator, ends="\r\n"):
    """A cell is quoted where it holds the separator, a quote or a line end; and as Excel has it, a comma in any dialect."""
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in (separator, '"', "\n", "\r", ",")) else text
    return "".join(separator.join(map(cell, row)) + ends for row in rows)


# Excel's ways to save: from a template to bytes, and the line end inside of a cell where it is not LF.
EXCEL = {
    "CSV UTF-8": lambda t: b"\xef\xbb\xbf" + excel(t.table(), ",").encode(),
    "CSV UTF-8, Spanish list separator": lambda t: b"\xef\xbb\xbf" + excel(t.table(), ";").encode(),
    "CSV": lambda t: excel(t.table(), ";").encode("cp1252"),
    "CSV (Macintosh), CR alone": lambda t: excel(t.table(inside="\r"), ";", "\r").encode("cp1252"),
    "Unicode Text": lambda t: b"\xff\xfe" + excel(t.table(), "\t").encode("utf-16-le"),
    "sep= in front": lambda t: ("sep=;\r\n" + excel(t.table(), ";")).encode("cp1252"),
    "sep= behind a mark": lambda t: b"\xef\xbb\xbf" + ("sep=|\r\n" + excel(t.table(), "|")).encode(),
    "cells used once beside and below": lambda t: b"\xef\xbb\xbf" + excel(t.table(20) + [[""] * 20] * 5, ",").encode(),
    "every cell in quotes, CR LF in cells": lambda t: written(t.table(inside="\r\n"), ";", quoting=csv.QUOTE_ALL).encode("utf-16"),
}
INSIDE = {"CSV (Macintosh), CR alone": "\r", "every cell in quotes, CR LF in cells": "\r\n"}
# LibreOffice's, with a column opened as text.
LIBRE = {"UTF-8, commas": (",", "utf-8"), "UTF-8, semicolons": (";", "utf-8"), "UTF-16, tabs": ("\t", "utf-16"),
         "Windows-1252, commas": (",", "cp1252"), "Windows-1252, semicolons": (";", "cp1252"), "Windows-1252, tabs": ("\t", "cp1252")}


def seen(call):
    """A posted form as the events above are written; amounts with the digits they were sent with."""
    form = dict(call["form"])
    out = {"click_time": int(form["click_time"]), "url_parameters": json.loads(form["url_parameters"]), "settings": json.loads(form["settings"])}
    for name in ("referrer", "current_url", "lead"):
        if name in form:
            out[name] = json.loads(form[name], parse_float=str, parse_int=str)
    return out


def key(event):
    return json.dumps(event, sort_keys=True)


class Dialects(SystemTest):
    def setUp(self):
        super().setUp()
        self.maxDiff = None
        self.start(sections=("[dedupe]", 'key = "off"', *(line for t in TEMPLATES if t is not TEMPLATES[2] for line in t.section())))

    def events_of(self, files):
        """What is posted for these files, one after the other: a dialect at a time, so that each event is seen to be its own."""
        before = len(self.bench.booked())
        for name, content in files.items():
            self.bench.drop(name, content)
        results = self.bench.wait_results(*files)
        for name in files:
            self.assertEqual((results[name]["delivered"], results[name]["rejected"]), (10, 0), f"{name}\n{results[name]}\n{self.bench.story()}")
        return [seen(call) for call in self.bench.booked()[before:]]

    def compare(self, dialect, contents, inside="\n"):
        got = self.events_of({f"{t.name}-{dialect.replace('/', ' ')}.csv": content for t, content in zip(TEMPLATES, contents)})
        want = [event for t in TEMPLATES for event in t.events]
        got, want = (collections.Counter(key(event) for event in events) for events in (got, want))
        want = collections.Counter({event.replace("\\n", json.dumps(inside)[1:-1]): count for event, count in want.items()})
        self.assertEqual(got - want, want - got, f"{dialect}: what came and was not to, what did not come")

    def test_saved_in_the_ways_of_excel(self):
        for dialect, save in EXCEL.items():
            with self.subTest(dialect):
                self.compare(dialect, [save(t) for t in TEMPLATES], INSIDE.get(dialect, "\n"))

    @unittest.skipIf(why_left_out(), why_left_out())
    def test_saved_by_libreoffice(self):
        folder = tempfile.TemporaryDirectory(prefix="setclickd-office-")
        self.addCleanup(folder.cleanup)
        office = LibreOffice(folder.name)
        for dialect, (separator, encoding) in LIBRE.items():
            with self.subTest(dialect):
                saved = office.save({f"{t.name}.csv": written(t.table()).encode() for t in TEMPLATES}, separator, encoding)
                self.compare(dialect, [saved[f"{t.name}.csv"] for t in TEMPLATES])

    @unittest.skipIf(why_left_out(), why_left_out())
    def test_what_libreoffice_changes_where_columns_are_not_opened_as_text(self):
        """It makes numbers of ids and telephone numbers, and takes zeros off amounts: nothing in the file shows it later. What it
        recognises as times and amounts it writes as it shows them, and these stay the same."""
        folder = tempfile.TemporaryDirectory(prefix="setclickd-office-")
        self.addCleanup(folder.cleanup)
        given = {"setclickd.csv": TEMPLATES[0], "google-ads.csv": TEMPLATES[1], "google-ads-leads.csv": TEMPLATES[2]}
        saved = LibreOffice(folder.name).save({name: written(t.table()).encode() for name, t in given.items()}, ",", "utf-8", as_text=False)
        got = self.events_of(saved)
        want = [event for t in given.values() for event in t.events]
        amount = lambda event: decimal.Decimal(event["lead"].get("amount", "-1")).normalize()
        for what in (lambda event: event["click_time"], lambda event: (event["click_time"], amount(event)),
                     lambda event: (event["click_time"], event["lead"]["label"]), lambda event: event["url_parameters"].get("gclid", "")):
            self.assertEqual(collections.Counter(map(what, got)), collections.Counter(map(what, want)))
        self.assertIn(",34600123000,", saved["google-ads-leads.csv"].decode(), "the + of telephone numbers is gone")
        self.assertIn("\n0,", saved["setclickd.csv"].decode(), "the zeros in front of ids are gone")


if __name__ == "__main__":
    main()
