#!/usr/bin/env python3
"""The web page as a browser shows it: a real daemon in each state, a headless Chromium, and what a person would look for."""
import base64
import http.client
import http.server
import json
import os
import threading
import time
import unittest

from browser import Browser, free_port, missing
from case import FULL, SLOWER, SystemTest, main
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until
from page_audit import FOCUSABLE, FOCUSED, audit

TAB, ENTER = "\ue004", "\ue007"
SECOND = "60a52f6ac660b269d13c3f54"
PASSWORD = "correct-horse-battery"
SHOTS = os.environ.get("SETCLICK_SHOTS")  # a folder: every state is left there as pictures
HOSTILE = ("<img src=x onerror=alert(1)>.json", '"><script>alert(1)<script>.ndjson', "\u202egnp.nosj.json", "a&amp;b'c.json",
           "\u05e9\u05dc\u05d5\u05dd.json", "x" * 195 + ".json")
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "web", "page")
TABLES = ("Accounts", "Recent files")

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'")

# Every change of the document from now on that a person could notice: nodes that vanish or come, beside new text in them.
WATCH = """
window.seen = {removed: [], added: 0, texts: 0};
new MutationObserver(all => { for (const m of all) {
  if (m.type === 'characterData') ++seen.texts;
  for (const node of m.removedNodes) seen.removed.push(node.nodeName + ' ' + node.textContent.slice(0, 40));
  seen.added += m.addedNodes.length;
} }).observe(document.body, {childList: true, characterData: true, subtree: true});
"""
# From the beginning of the navigation: the document is there, and the first numbers stand in it.
LOADED = """
const shown = performance.getEntriesByName('shown')[0];
return shown ? {load: performance.getEntriesByType('navigation')[0].loadEventEnd, shown: shown.startTime} : null;
"""


class Substitute:
    """Serves the page's files, and as page.json whatever a test wants: a history of weeks, a proxy that wants a password."""
    KINDS = {"": ("index.html", "text/html"), "page.css": ("page.css", "text/css"), "page.js": ("page.js", "text/javascript")}

    def __init__(self):
        self.data, self.status, self.kind, self.head, self.asked = b"{}", 200, "application/json", {}, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name = self.path.rpartition("/")[2]
                if name == "page.json":
                    outer.asked += 1
                    self.answer(outer.status, outer.kind, outer.data, outer.head)
                elif name in outer.KINDS:
                    file, kind = outer.KINDS[name]
                    with open(os.path.join(SOURCES, file), "rb") as source:
                        self.answer(200, kind, source.read(), {})
                else:
                    self.answer(404, "text/plain", b"nothing is here\n", {})

            def answer(self, status, kind, body, head):
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": len(body), "Content-Security-Policy": POLICY, **head}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/behind/a/prefix/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def history_of(now, days, zone_hours):
    """A history of so many days to `now`: one event an hour, and in the hour of the viewer's midnight a hundred."""
    month_from = now // 3600 * 3600 - 743 * 3600
    rows = []
    for index in range(744):
        at = month_from + index * 3600
        if at >= now - days * 86400:
            rows.append([index, 100 if (at // 3600 + zone_hours(at)) % 24 == 0 else 1, 0, 0, 0, 0, 0])
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(month_from + rows[0][0] * 3600))
    return {"fields": ["delivered", "rejected", "deferred", "in_doubt", "duplicate", "discarded"], "since": since,
            "day": {"from": now // 900 * 900 - 95 * 900, "slot_seconds": 900, "slots": 96, "rows": []},
            "month": {"from": month_from, "slot_seconds": 3600, "slots": 744, "rows": rows}, "later": [0] * 6}


@unittest.skipIf(missing(), f"NOT TESTED: the page in a browser: {missing()}")
class Page(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.browser.zone("Europe/Madrid")
        cls.least = {}

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        if cls.least:
            print(f"the smallest contrast of text {min(v['text'] for v in cls.least.values()):.2f}, "
                  f"of what is drawn {min(v['other'] for v in cls.least.values()):.2f}", flush=True)

    def setUp(self):
        super().setUp()
        self.browser.complaints(forget=True)
        self.addCleanup(self.browser.open, "about:blank")  # before the daemon ends: an open page would go on asking
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.address = self.origin.replace("//", f"//owner:{PASSWORD}@") + "/"

    # --- states ---

    def serve(self, *flags, faults=None, env=None, **config):
        """A sandbox, and a daemon that serves the page."""
        bench = self.bench
        bench.start_sandbox(*flags)
        bench.faults(**(faults or {}))
        self.configure(**config)
        bench.start_daemon(env=env and {**os.environ, **env})
        return bench

    def configure(self, **config):
        self.write_password(PASSWORD)
        self.bench.metrics = [f'listen = "127.0.0.1:{self.port}"', f'password_file = "{self.bench.path("web-password")}"']
        self.bench.write_config(**config)

    def write_password(self, password):
        path = self.bench.path("web-password")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(password + "\n")

    def open_page(self):
        self.browser.open(self.address)
        self.browser.wait("!document.getElementById('content').hidden", 10 * SLOWER,
                          lambda: f"the page shows what it got: {self.browser.run('return document.body.innerText')}\n{self.bench.story()}")

    def headline(self):
        return self.text("#headline")

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).textContent", selector)

    def wait_headline(self, words, seconds=15):
        wait_until(lambda: words in self.headline(), seconds * SLOWER,
                   lambda: f"the headline has {words!r}: {self.headline()!r}\n{self.bench.story()}", step=0.1)

    def look(self, state, tables=TABLES):
        """Everything that holds in every state; and pictures, where they are wanted."""
        self.least[state] = audit(self, self.browser, state, tables)
        self.assert_quiet()
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            for width in (360, 1200):
                for scheme in ("light", "dark"):
                    self.browser.size(width)
                    self.browser.media(prefers_color_scheme=scheme)
                    self.browser.picture(os.path.join(SHOTS, f"{state.replace(' ', '-')}-{scheme}-{width}.png"))
            self.browser.size(1200)
            self.browser.media(prefers_color_scheme="light")

    def assert_quiet(self, allowed=()):
        """Nothing was asked of anybody else, and the console has no complaint, none of the policy among them."""
        asked = [url for url in self.browser.requests() if url.startswith(("http", "ws"))]
        here = "http://127.0.0.1:"
        self.assertTrue(asked)
        self.assertEqual([url for url in asked if not url.replace(f"owner:{PASSWORD}@", "").startswith(here)], [])
        self.assertEqual([c for c in self.browser.complaints() if not any(a in c for a in allowed)], [])

    # --- each state ---

    def test_nothing_has_happened_yet(self):
        self.serve()
        self.open_page()
        self.assertEqual(self.headline(), "Ready: nothing has been delivered yet")
        self.assertEqual(self.browser.run("return document.title"), "\u2013 Ready: nothing has been delivered yet \u2013 setclickd")
        self.assertEqual((self.text("#pending"), self.text("#last")), ("0", "never"))
        self.assertIn("No file has been taken yet", self.text("#recent-none"))
        self.look("empty", tables=TABLES[:1])

    def test_at_work(self):
        """Loads at once; goes on by itself, and nobody who reads or points at something is disturbed."""
        bench = self.serve(rate=600)
        bench.drop("monday.ndjson", ndjson(event(n) for n in range(400)) + b'{"account_id": "no"}\n')
        wait_until(lambda: bench.counts()["delivered"] > 0, 20 * SLOWER, "an event is delivered")
        self.open_page()
        times = []
        for _ in range(5):
            self.open_page()
            times.append(self.browser.wait(f"(() => {{ {LOADED} }})()", 5, "the page is loaded"))
        load, shown = (min(t[what] for t in times) for what in ("load", "shown"))  # what it costs, not what else runs here
        print(f"loaded after {load:.0f} ms, the first numbers after {shown:.0f} ms", flush=True)
        # On a machine that has more to do than it has cores, each of which gets its share only.
        self.assertLess(load, 200 * SLOWER * max(1, os.getloadavg()[0] / os.cpu_count()))

        self.assertEqual(self.headline(), "Yes, it is delivering")
        self.assertIn("monday.ndjson", self.text("#recent"))
        self.browser.run("document.querySelector('#plots summary').focus(); scrollTo(0, 200);"
                         "getSelection().selectAllChildren(document.querySelector('#accounts .name'));")
        before = self.browser.run("return {y: scrollY, selected: String(getSelection())}")
        self.assertEqual(before["selected"], ACCOUNT)
        self.browser.run(WATCH)
        delivered = self.text("#totals")
        self.browser.wait(f"document.getElementById('totals').textContent !== {delivered!r} && window.seen.texts > 3", 20 * SLOWER,
                          "the numbers go on")
        seen = self.browser.run("return window.seen")
        self.assertEqual(seen["removed"], [], "nodes were replaced")
        self.assertEqual(self.browser.run("return {y: scrollY, selected: String(getSelection())}"), before)
        self.assertEqual(self.browser.run(FOCUSED)["what"], "SUMMARY As a table: The last 24 hours")
        self.look("at work")
        self.as_a_table(bench)

    def as_a_table(self, bench):
        """Whoever cannot see the plots reads the same numbers."""
        self.browser.press(ENTER)
        rows = self.browser.wait("(r => r.length && r)([...document.querySelectorAll('#plots figure:first-child tbody tr')]"
                                 ".map(r => [...r.cells].map(c => c.textContent)))", 5, "the table is there")
        counted = [sum(int(row[i].replace(",", "")) for row in rows) for i in (1, 2)]
        self.browser.open("about:blank")
        self.configure()  # without a limit, for the rest
        bench.run_command("reload")
        counts = bench.wait_final(401, 90 * SLOWER)
        self.assertLessEqual(counted[0], counts["delivered"])
        self.assertGreater(counted[0], 0)
        self.assertEqual(counted[1], 1)

    def test_parked(self):
        """One of two accounts: it stands first, with its cure; what is copied is what stands there."""
        bench = self.bench
        bench.accounts = {ACCOUNT: TOKEN, SECOND: TOKEN + "x"}
        bench.start_sandbox()
        bench.accounts[SECOND] = "wrong.token.of-another-time"
        self.configure()
        bench.start_daemon()
        bench.drop("a.ndjson", ndjson([event(1)] + [event(n, account=SECOND) for n in range(2, 5)]))
        wait_until(lambda: any(a["parked"] for a in bench.status()["accounts"]), 20 * SLOWER, "an account is parked")
        self.open_page()
        self.wait_headline("In part: 1 of 2 accounts does not deliver")
        self.assertIn(f"setclickd token {SECOND}", self.text("#cure-commands"))
        first = self.text("#accounts tbody")
        for words in (SECOND, "parked", "does not accept the token"):
            self.assertIn(words, first)
        self.browser.click("#cure-commands button")
        self.browser.wait("document.querySelector('#cure-commands button').textContent !== 'Copy'", 5, "it says that it was copied")
        self.look("parked")
        self.by_keyboard()
        # The cure: it comes back by itself.
        with open(bench.path("token-" + SECOND), "w", encoding="ascii") as file:
            file.write(TOKEN + "x\n")
        self.wait_headline("Nothing waits to be delivered", 20)

    def by_keyboard(self):
        """Each control is reached, in order, and it is seen where one is; the first of all leads past the head."""
        self.open_page()  # from its beginning: what was clicked is where Tab would go on from
        count = self.browser.run(FOCUSABLE)
        reached = []
        for _ in range(count):
            self.browser.press(TAB)
            at = self.browser.run(FOCUSED)
            self.assertFalse(at["is_body"], f"{len(reached)} of {count} reached: {reached}")
            self.assertGreaterEqual(at["outline"], 2, at)
            self.assertTrue(at["is_seen"], at)
            reached.append(at["what"])
        self.assertTrue(reached[0].startswith("A Skip"), reached)
        self.assertGreater(count, 5)
        self.browser.run("document.querySelector('.skip').focus()")
        self.browser.press(ENTER)
        self.assertEqual(self.browser.run("return document.activeElement.id"), "main")

    def test_unreachable(self):
        bench = self.serve()
        bench.sandbox.kill()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3)))
        wait_until(lambda: bench.status()["daemon"]["unreachable"], 30 * SLOWER, "the endpoint is unreachable")
        self.open_page()
        self.wait_headline("No: the endpoint cannot be reached")
        self.assertIn("setclickd doctor", self.text("#cure-commands"))
        self.assertEqual(self.text("#accounts .state"), "waiting")
        self.assertEqual((self.text("#pending"), self.text("#until")), ("3", "open"))
        self.look("unreachable")

    def test_disk_full(self):
        bench = self.serve(env={"SETCLICKD_FAULT": "ledger.cycle:2+:ENOSPC"})
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3)))
        wait_until(lambda: bench.status()["daemon"]["disk_full"], 30 * SLOWER, "the disk is full")
        self.open_page()
        self.wait_headline("No: the disk is full")
        self.assertIn("Make room", self.text("#cure-text"))
        self.look("disk full", tables=TABLES[:1])

    def test_held(self):
        bench = self.serve(faults={"reset_after_book": 1}, in_doubt="hold")
        bench.drop("tuesday.ndjson", ndjson(event(n) for n in range(3)))
        bench.wait_final(3, 30 * SLOWER, more=("held",))
        self.open_page()
        self.assertIn("until a person decides", self.text("#sentence"))
        self.assertIn("3 events held, account " + ACCOUNT, self.text("#held"))
        self.assertIn("setclickd reconcile", self.text("#held"))
        self.assertIn("held", self.text("#accounts .state"))
        self.look("held")

    def test_hostile_names(self):
        """Names that are markup, that turn the line round, that are as long as a name can be: text, as it was dropped."""
        bench = self.serve()
        for number, name in enumerate(HOSTILE):
            bench.drop(name, ndjson([event(number), {"account_id": ACCOUNT, "<b>": 1}]))
        bench.wait_final(2 * len(HOSTILE), 30 * SLOWER)
        bench.wait_results(*HOSTILE)
        self.open_page()
        shown = self.browser.run("return [...document.querySelectorAll('#recent .name')].map(e => e.textContent)")
        self.assertEqual(sorted(shown), sorted(name.replace("\u202e", "\\u{202e}") for name in HOSTILE))
        self.assertIn("<b>", self.text("#recent .reasons"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('main img, main script, main b').length"), 0)
        self.look("hostile names")

    def test_many_accounts(self):
        """500: those with trouble first, found by the filter, all of them at hand, and quick."""
        bench = self.bench
        ids = [f"60a52f6ac660b269d13{n:05x}" for n in range(500)]
        bench.accounts = {name: TOKEN for name in ids}
        bench.start_sandbox()
        self.configure(rate=6000)
        wrong = ids[321]
        with open(bench.path("token-" + wrong), "w", encoding="ascii") as file:
            file.write("wrong.token.of-another-time\n")
        bench.start_daemon()
        bench.drop("all.ndjson", ndjson(event(n, account=name) for n, name in enumerate(ids)))
        wait_until(lambda: bench.counts()["delivered"] == 499, 60 * SLOWER, lambda: f"499 are delivered\n{bench.story()}", step=0.5)
        self.open_page()
        self.wait_headline("In part: 1 of 500 accounts does not deliver")
        self.assertIn(wrong, self.text("#accounts tbody"))
        count = "return document.querySelectorAll('#accounts tbody').length"
        self.assertEqual(self.browser.run(count), 25)
        self.look("500 accounts")
        self.browser.click("#more-button")
        self.assertEqual(self.browser.run(count), 500)
        took = self.browser.run("document.body.offsetHeight; const begin = performance.now();"
                                "document.getElementById('filter').dispatchEvent(new Event('input'));"
                                "document.body.offsetHeight; return performance.now() - begin")
        print(f"500 rows brought up to date in {took:.0f} ms", flush=True)
        self.assertLess(took, 300 * SLOWER)
        self.browser.type("#filter", ids[77][-5:])
        self.browser.wait("document.querySelectorAll('#accounts tbody').length < 3", 5, "the filter finds it")
        self.assertIn(ids[77], self.text("#accounts"))
        self.assertEqual(self.browser.run("return document.activeElement.id"), "filter")
        self.assert_quiet()

    # --- when nobody answers ---

    def test_the_daemon_goes_and_comes_back(self):
        bench = self.serve()
        bench.drop("a.ndjson", ndjson(event(n) for n in range(3)))
        bench.wait_final(3)
        self.open_page()
        before = self.text("#totals")
        self.browser.run("window.isTheSame = true")
        bench.daemon.kill()
        self.wait_headline("Not known: the daemon does not answer", 20)
        sentence = self.text("#sentence")
        self.assertRegex(sentence, r"^No answer since \d\d:\d\d:\d\d\. What you see below is from \d\d:\d\d:\d\d\.")
        self.assertEqual(self.text("#totals"), before, "what was there is still shown")
        self.assertIn("systemctl status setclickd", self.text("#cure-commands"))
        self.assertEqual(self.browser.run("return document.getElementById('answer').dataset.answer"), "unknown")
        self.least["gone"] = audit(self, self.browser, "gone", TABLES)
        if SHOTS:
            self.browser.picture(os.path.join(SHOTS, "gone-light-1200.png"))
        bench.start_daemon()
        self.wait_headline("Nothing waits", 40)
        self.assertTrue(self.browser.run("return window.isTheSame"), "the page was not loaded anew")
        # What failed is complained of by the browser itself; nothing else is.
        self.assert_quiet(allowed=("ERR_CONNECTION",))
        self.browser.complaints(forget=True)

    @unittest.skipUnless(FULL, "SETCLICK_FULL=1: a password that changes while the page is open")
    def test_another_password(self):
        """Who has to do something first is told what, and is not asked for a password every few seconds."""
        bench = self.serve()
        self.open_page()
        self.write_password("another-password")
        bench.run_command("reload")
        self.wait_headline("Not shown: the password is wanted", 20)
        self.assertIn("metrics.password_file", self.text("#sentence"))
        asked = len(self.browser.requests())
        time.sleep(7)
        self.assertEqual(len(self.browser.requests()), asked, "it is not asked again and again")
        self.browser.complaints(forget=True)

    @unittest.skipUnless(FULL, "SETCLICK_FULL=1: a page that is hidden")
    def test_hidden_it_does_not_ask(self):
        self.serve()
        self.open_page()
        self.browser.run("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});"
                         "document.dispatchEvent(new Event('visibilitychange'))")
        time.sleep(1)  # what was under way
        asked = len(self.browser.requests())
        time.sleep(6)
        self.assertEqual(len(self.browser.requests()), asked)
        self.browser.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        wait_until(lambda: len(self.browser.requests()) > asked, 2 * SLOWER, "it is asked at once when it is seen again")

    def test_what_answers_is_not_the_daemon(self):
        """A proxy that wants a password, a page of another program, an error: each is said, and nothing breaks."""
        site = Substitute()
        self.addCleanup(site.close)
        for status, kind, body, head, headline, words, ends in (
                (200, "text/html", b"<html>welcome</html>", {}, "does not answer", "what answers is not the daemon", False),
                (200, "application/json", b'{"other": 1}', {}, "does not answer", "what answers is not the daemon", False),
                (503, "text/plain", b"the ledger <b>cannot</b> be read\n", {}, "does not answer", "503: the ledger <b>cannot</b> be read", False),
                (302, "text/plain", b"", {"Location": "/login"}, "wants you to sign in", "redirect", True),
                (403, "text/plain", b"no password is configured\n", {}, "refuses it (403)", "no password is configured", True),
                (404, "text/html", b"nothing", {}, "page.json is not there", "end with a slash", True)):
            with self.subTest(status=status, body=body):
                site.status, site.kind, site.data, site.head, site.asked = status, kind, body, head, 0
                self.browser.open(site.address)
                self.wait_headline(headline)
                self.assertIn(words, self.text("#sentence"))
                self.assertEqual(self.browser.run("return document.querySelectorAll('main b').length"), 0)
                self.assertTrue(self.browser.run("return document.getElementById('content').hidden"), "there is nothing to show")
                if ends:
                    self.assertEqual(self.text("#again-button"), "Load the page anew")
                else:
                    self.browser.click("#again-button")
                    wait_until(lambda: site.asked > 1, 5, "it is asked again, as it was pressed")
        self.browser.complaints(forget=True)

    def test_nodes_that_share_a_ledger(self):
        """Who lives and which account moved; while PostgreSQL is away the last counts stay, and say from when they are."""
        self.serve()
        data = json.loads(self.get("/page.json")[1])
        self.open_page()
        self.assertTrue(self.browser.run("return document.getElementById('nodes-section').hidden"), "of a ledger in a file")
        site = Substitute()
        self.addCleanup(site.close)

        def node(no, name, state, **more):
            return {"no": no, "name": name, "spool_id": "0a1b2c3d", "host": f"web{no}", "version": "0.1.0", "epoch": 3, "state": state,
                    "is_self": no == 1, "beat_age_seconds": 2.5, "accounts_owned": 1, "accounts_willing": 2, "files_unfinished": 1,
                    "files_unread": 0, **more}
        data["now"] = "2026-11-29T12:00:00Z"
        data["status"]["daemon"]["member"] = {"may_send": True, "lease_left_seconds": 9.2}
        data["status"]["cluster"] = {
            "at": data["now"], "self": 1, "sum": "1 of 2 nodes lives (1 dead); 2 accounts, each with an owner",
            "nodes": [node(1, "a", "living"), node(2, "b", "dead", files_unread=1, accounts_owned=0), node(3, "c", "forgotten")],
            "moves": [{"at": "2026-11-29T11:58:00Z", "account": ACCOUNT, "from": 2, "to": 1, "how": "dead",
                       "why": "b was silent for too long", "in_doubt": 14}],
            "unread_files": [{"no": 7, "node": 2, "name": "<b>half-read.ndjson", "bytes": 10, "read_bytes": 1, "taken_at": None}],
            "server": {}}
        data["status"]["accounts"][0]["owner"] = {"node": "b", "is_self": False, "can_be_taken": False}
        site.data = json.dumps(data).encode()
        self.browser.open(site.address)
        self.browser.wait("!document.getElementById('content').hidden", 10 * SLOWER, "the page is there")
        rows = self.browser.run("return [...document.querySelectorAll('#nodes tbody')].map(r => r.textContent)")
        self.assertEqual(len(rows), 2, "who is forgotten is not shown")
        self.assertIn("a (this one)", rows[0])
        self.assertIn("lease 9 s", rows[0])
        self.assertIn("dead", rows[1])
        self.assertIn("<b>half-read.ndjson", rows[1])
        self.assertIn("b was silent for too long; 14 events in doubt", self.text("#moves"))
        self.assertIn("sent by node b", self.browser.run("return document.querySelector('#accounts tbody .why').textContent").lower())
        audit(self, self.browser, "nodes", ("Accounts", "Nodes"))
        data["status"].update(ledger_fault="PostgreSQL: no connection", counted_at="2026-11-29T11:57:00Z")
        data["status"]["events"]["delivered"] = 4711
        site.data = json.dumps(data).encode()
        self.browser.open(site.address)
        self.browser.wait("!document.getElementById('old-counts').hidden", 10 * SLOWER, "it says that they are old")
        self.assertIn("3 min", self.text("#old-counts"))
        self.assertIn("4,711 delivered", self.text("#totals"))
        self.assert_quiet()

    def test_days_of_the_viewer(self):
        """30 days of history, as days of the viewer's time zone, over the end of summer time and without it."""
        self.serve()
        _, body = self.get("/page.json")
        site = Substitute()
        self.addCleanup(site.close)
        data = json.loads(body)
        now = 1762000000  # 2025-11-01 12:26:40 UTC: Madrid's clocks went back on 26 October at 01:00 UTC
        data["now"] = "2025-11-01T12:26:40Z"
        # Days of which all hours are counted: the first of ten days in the history is not whole.
        for zone, hours in (("Europe/Madrid", lambda at: 2 if at < 1761440400 else 1), ("UTC", lambda at: 0), ("Asia/Tokyo", lambda at: 9)):
            with self.subTest(zone=zone):
                data["history"] = history_of(now, 10, hours)
                site.data = json.dumps(data).encode()
                self.browser.zone(zone)
                self.browser.open(site.address)
                self.browser.wait("!document.getElementById('content').hidden", 10, "the page is there")
                self.browser.run("document.querySelector('#plots figure:last-child details').open = true")
                rows = self.browser.wait("(r => r.length && r)([...document.querySelectorAll('#plots figure:last-child tbody tr')]"
                                         ".map(r => [...r.cells].map(c => c.textContent)))", 5, "the table is there")
                by_day = {row[0]: int(row[1]) for row in rows}
                # Each whole day has one midnight; the day on which the clocks went back has 25 hours.
                self.assertEqual(by_day["Fri, 31 Oct" if "Fri, 31 Oct" in by_day else "Fri 31 Oct"], 123, by_day)
                sunday = next(count for day, count in by_day.items() if "26 Oct" in day)
                self.assertEqual(sunday, 124 if zone == "Europe/Madrid" else 123, by_day)
                bars = self.browser.run("return document.querySelectorAll('#plots figure:last-child .delivered rect:not(.at)').length")
                self.assertEqual(bars, 30)
                unknown = self.browser.run("return document.querySelectorAll('#plots figure:last-child .delivered .unknown').length")
                self.assertIn(unknown, (18, 19), "before the history began nothing is known, which is not nothing")
        self.browser.zone("Europe/Madrid")
        self.assert_quiet()

    # --- what is served ---

    def test_what_is_served(self):
        """Under 100 KiB in all; relative, so that it works below a proxy's prefix; kept by the browser, and never old."""
        self.serve()
        total = 0
        for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")):
            head, body = self.get(path)
            self.assertTrue(head["Content-Type"].startswith(kind), head["Content-Type"])
            self.assertNotIn("unsafe", head["Content-Security-Policy"])
            total += len(body)
            for absolute in (b'href="/', b'src="/', b"https://", b"http://127", b"'/"):
                self.assertNotIn(absolute, body, path)
            again, nothing = self.get(path, {"If-None-Match": head["ETag"]}, 304)
            self.assertEqual(nothing, b"")
            self.assertEqual(again["ETag"], head["ETag"])
        print(f"the page has {total} bytes", flush=True)
        self.assertLess(total, 100 * 1024)

    def get(self, path, headers=(), status=200):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"Authorization": "Basic " + self.basic(), **dict(headers)})
            answer = connection.getresponse()
            body = answer.read()
            self.assertEqual(answer.status, status, body[:300])
            return answer.headers, body
        finally:
            connection.close()

    @staticmethod
    def basic():
        return base64.b64encode(f"owner:{PASSWORD}".encode()).decode()


if __name__ == "__main__":
    main()
