#!/usr/bin/env python3
"""A server that does everything wrong: each misbehaviour ends in its class, in time, and hurts nobody else.

The classes are those of delivery/failure.hpp and api/verdict.hpp: delivered, rejected, deferred (surely not received), in doubt, parked.
Each event is misanswered once and then properly, so every event that is not refused must be delivered in the end, by the same daemon.
"""
import json
import os
import re

from case import SANITIZED, SLOWER, SystemTest, main
from harness import event, ndjson, wait_until
from hostile_answers import BEHAVIOURS
from hostile_server import BEFORE_A_REQUEST, HostileServer
from stalls import now_us, stalled

TIMEOUT = 1 if SANITIZED else 0.4
SLACK = 0.7 * SLOWER  # the tick of 0.1 s, and a busy machine
DISTURBED = TIMEOUT / 4  # seconds for which the machine stood still: the daemon may have lost patience with a good answer
DESCRIPTORS = 60

TIMED_OUT = ("silence", "half-a-status-line", "half-a-header", "header-without-body", "trickled-header", "trickled-body",
             "length-too-long-and-open", "chunks-without-end")
OVERSIZED = ("endless-header", "endless-header-line", "endless-status-line", "endless-body", "endless-chunks",
             "endless-chunk-extension", "endless-trailer", "huge-length", "many-headers")
MALFORMED = ("informational-flood", "two-lengths", "length-list", "negative-length", "length-overflows", "length-and-chunks",
             "bad-chunk-size", "huge-chunk-size", "switching-protocols", "garbage", "zeros", "ssh", "smtp", "http09",
             "http2-preface", "http2-frame", "status-of-letters", "nul-in-header", "header-without-colon", "request-instead",
             "reason-missing")
BROKEN = ("length-too-long", "chunks-cut-off", "empty-answer", "reset-after-read", "reset-in-header", "half-a-status-line-closed",
          "header-cut-off")
FOREIGN = ("status-600", "status-000", "ended-by-close", "html", "status-error", "success-false", "error-object", "status-failed",
           "notice-before", "unknown-coding")
DELIVERED = ("gzip", "zlib", "raw-deflate", "brotli", "byte-order-mark", "white-space", "no-content-with-body", "two-answers", "late-second-answer", "unasked-answer-later", "keep-alive-then-close")
OTHERS = ("redirect", "refused", "busy", "retry-after-nonsense")
AT_REQUEST = ("close-at-request", "reset-at-request", "close-after-handshake")
BEFORE_EACH = tuple(BEFORE_A_REQUEST)
NO_HANDSHAKE = tuple(name for name in BEFORE_A_REQUEST if name not in AT_REQUEST)


def kind(name):
    """The behaviour that an event's name asks for: NAME or NAME.anything."""
    return name.split(".")[0]


class Hostile(SystemTest):
    def begin(self, in_doubt="resend", probe_first="60s"):
        bench = self.bench
        self.server = HostileServer(bench.folder)
        self.addCleanup(self.server.stop)
        bench.url, bench.ca = self.server.url, self.server.ca
        bench.write_config(connections=2, in_doubt=in_doubt,
                           delivery=(f'response_timeout = "{round(TIMEOUT * 1000)}ms"', f'tls_timeout = "{round(TIMEOUT * 1000)}ms"'),
                           sections=("[retry]", 'base = "20ms"', 'cap = "50ms"', f'probe_first = "{probe_first}"'))
        bench.start_daemon()
        self.dropped = 0

    def undisturbed(self, name, check, *more):
        """`check(NAME)`, once more as NAME.1 and so on where it failed while the machine stood still: no answer is in time then."""
        for again in range(5):
            began = now_us()
            try:
                return check(f"{name}.{again}" if again else name, *more)
            except AssertionError:
                if again == 4 or stalled(began, now_us()) < DISTURBED:
                    raise

    def drop(self, name):
        self.dropped += 1
        self.bench.drop(f"{name}.ndjson", ndjson([event(self.dropped, event_id=name, url_parameters={"utm_source": name})]))

    def show(self, name):
        return json.loads(self.bench.run_command("show", name, "--json").stdout)

    def until(self, name, *states):
        """The event once it is in one of these states."""
        # A look at the server costs less than one at the daemon.
        often = 1 if kind(name) in DELIVERED + BEFORE_EACH + ("refused",) or "held" in states else 2
        wait_until(lambda: self.server.seen[name] >= often, 10 * SLOWER,
                   lambda: f"{name} arrives {often} times\n{self.bench.story()}", step=0.01)
        counts = None

        def there():
            nonlocal counts
            counts = self.bench.counts()
            return sum(counts[s] for s in ("delivered", "rejected", "held")) == self.dropped
        wait_until(there, 10 * SLOWER, lambda: f"{name} is settled; the counts are {dict(counts)}\n{self.bench.story()}",
                   step=0.01)
        shown = self.show(name)
        self.assertIn(shown["state"], states)
        return shown

    def assert_in_doubt(self, name, reasons):
        """The first attempt is in doubt for one of these reasons and let go in time; the second delivers."""
        self.drop(name)
        shown = self.until(name, "delivered")
        first, last = shown["attempts"][0], shown["attempts"][-1]
        self.assertEqual((first["state"], first["in_doubt"], last["state"]), ("deferred", True, "delivered"), shown)
        self.assertIn(first["reason"], reasons)
        self.assertTrue(shown["in_doubt_ever"])
        self.assertEqual(self.server.seen[name], 2)
        self.assert_let_go(name)

    def assert_let_go(self, name):
        """The daemon closed a connection that would not end; one that ended by itself has nothing to say."""
        if kind(name) in TIMED_OUT + OVERSIZED + NO_HANDSHAKE:
            held = kind(name) if kind(name) in NO_HANDSHAKE else name
            wait_until(lambda: held in self.server.held, 5 * SLOWER, f"{name}'s connection ends", step=0.01)
            self.assertLess(self.server.held[held], TIMEOUT + SLACK, f"{name} kept its connection")

    def assert_in_doubt_each(self, names, *reasons):
        for name in names:
            with self.subTest(name):
                self.undisturbed(name, self.assert_in_doubt, reasons)

    def assert_delivered(self, name):
        """By its first answer, whatever came with it or behind it."""
        self.drop(name)
        self.assertFalse(self.until(name, "delivered")["in_doubt_ever"])
        self.assertEqual(self.server.seen[name], 1)
        if kind(name) == "unasked-answer-later":
            wait_until(lambda: name in self.server.held, 5 * SLOWER, "the stray answer ends its connection", step=0.01)

    def assert_ended_at_the_request(self, name):
        met = self.server.met[kind(name)]
        self.server.arm(kind(name))
        self.drop(name)
        shown = self.until(name, "delivered")
        # Sent, as far as anybody can tell; unless the end of the connection was seen before it was used.
        if shown["attempts"]:
            self.assertIn(shown["attempts"][0]["reason"], ("closed", "reset"))
            self.assertTrue(shown["attempts"][0]["in_doubt"])
        self.assertEqual((self.server.met[kind(name)] - met, self.server.seen[name]), (1, 1))

    def test_the_tables_here_and_of_the_server_name_the_same_behaviours(self):
        here = TIMED_OUT + OVERSIZED + MALFORMED + BROKEN + FOREIGN + DELIVERED + OTHERS
        self.assertEqual(sorted(here), sorted(BEHAVIOURS))

    def test_every_misbehaviour_ends_in_its_class_within_its_deadline(self):
        self.begin()
        self.assert_in_doubt_each(TIMED_OUT, "response-timeout")
        self.assert_in_doubt_each(OVERSIZED, "oversized-answer")
        self.assertLess(self.server.flooded, 16 << 20, "an endless answer was read on and on")
        self.assert_in_doubt_each(MALFORMED, "malformed-answer")
        # A reset may overtake what was sent before it.
        self.assert_in_doubt_each(BROKEN, "closed", "reset")
        for name in DELIVERED:
            with self.subTest(name):
                self.undisturbed(name, self.assert_delivered)
        # The stray answer after the last of them marked nobody.
        self.assertEqual(self.bench.counts()["rejected"], 0)
        for name in AT_REQUEST:
            with self.subTest(name):
                self.undisturbed(name, self.assert_ended_at_the_request)
        with self.subTest("refused"):
            self.undisturbed("refused", self.assert_refused)
        with self.subTest("busy"):
            self.undisturbed("busy", self.assert_busy)
        self.assert_alive()

    def assert_refused(self, name):
        self.drop(name)
        self.assertEqual(self.until(name, "rejected")["reason"], "http-422")

    def assert_busy(self, name):
        self.drop(name)
        first = self.until(name, "delivered")["attempts"][0]
        self.assertEqual((first["state"], first["in_doubt"]), ("deferred", False))

    def test_what_is_not_the_api_parks_and_goes_on_when_resumed(self):
        # The event itself may have been booked: it is sent again when the probe would be, the others at once.
        self.begin(probe_first="1s")
        for name, reason in [*((name, "foreign-content") for name in FOREIGN), ("redirect", "redirected")]:
            with self.subTest(name):
                self.undisturbed(name, self.assert_parks, reason)
        # Nonsense in the headers of a 429 slows the account down, and no more. (The last, for that reason.)
        self.undisturbed("retry-after-nonsense", self.assert_throttled)
        self.assert_alive()

    def assert_throttled(self, name):
        self.drop(name)
        first = self.until(name, "delivered")["attempts"][0]
        self.assertEqual((first["status"], first["in_doubt"]), (429, False))

    def assert_parks(self, name, reason):
        self.before = len(self.bench.daemon.output())
        self.drop(name)
        # Read from the log: on a busy machine the probe comes before a command has asked for the status.
        parked = wait_until(self.parked, 10 * SLOWER, lambda: f"{name} parks the account\n{self.bench.story()}", step=0.01)
        requests = self.server.seen[name]
        self.assertEqual((parked["reason"], requests), (reason, 1))
        self.assertIn("setclickd resume", parked["cure"])
        self.bench.run_command("resume", "--all")
        first = self.until(name, "delivered")["attempts"][0]
        # A redirect is an answer that books nothing; a 2xx that is not the API's may have.
        self.assertEqual(first["in_doubt"], reason == "foreign-content")

    def parked(self):
        """What the log says of the park that came after the last file was dropped."""
        return re.search(r" reason=(?P<reason>\S+) .* cure=\"(?P<cure>[^\n]*)\" event=account_parked",
                         self.bench.daemon.output()[self.before:])

    def test_in_doubt_events_are_held_where_the_account_says_so(self):
        self.begin(in_doubt="hold", probe_first="1s")
        for name in ("silence", "garbage", "reset-after-read", "endless-chunk-extension", "html"):
            with self.subTest(name):
                self.drop(name)
                shown = self.until(name, "held")
                self.assertTrue(shown["in_doubt_ever"])
                self.assertEqual(self.server.seen[name], 1)

    def test_a_handshake_that_fails_sends_nothing_and_is_tried_again(self):
        self.begin()
        for name in NO_HANDSHAKE:
            with self.subTest(name):
                self.undisturbed(name, self.assert_tried_again)
        self.assert_alive()

    def assert_tried_again(self, name):
        """After one handshake that failed, which the log says once, and its end as well."""
        said = ("the endpoint cannot be reached; events wait reason=tls-handshake", "the endpoint can be reached again")

        def counts():
            log = self.bench.daemon.output()
            return (*map(log.count, said), self.server.met[kind(name)])
        before = counts()
        self.server.held.pop(kind(name), None)
        self.server.arm(kind(name))
        self.drop(name)
        shown = self.until(name, "delivered")
        self.assertEqual((shown["in_doubt_ever"], self.server.seen[name]), (False, 1))
        self.assertEqual(tuple(now - then for now, then in zip(counts(), before)), (1, 1, 1), self.bench.story())
        self.assert_let_go(name)

    def assert_alive(self):
        """Still there, with no more than the connections it may have, and it ends in order."""
        self.assertTrue(self.bench.daemon.running())
        self.assertLess(len(os.listdir(f"/proc/{self.bench.daemon.pid}/fd")), DESCRIPTORS)
        self.assertEqual(self.bench.counts()["held"], 0)
        self.assert_stops()


if __name__ == "__main__":
    main()
