#!/usr/bin/env python3
"""`setclickd reconcile` after runs in which the other side lost, doubled, delayed and doubted."""
import collections
import json
import signal
import time

from case import SLOWER, SystemTest, main, size
from harness import TOKEN, event, ndjson, wait_until
from witness import Ledger

FIRST_CLICK = 1741000000000  # 2025-03-03
RANGE = ("--date-range", "2025-03-01,2025-03-31")
OURS = "offline-lead"


def micro(number, **more):
    """Each has a tuple of its own, in the order of their clicks."""
    values = dict(click_time=FIRST_CLICK + number % 20 * 86_400_000, microconversion=True, lead={"label": OURS},
                  url_parameters={"utm_medium": "call", "utm_source": f"source-{number}", "utm_campaign": "spring"})
    values.update(more)
    return event(number, **values)


def section(labels=(OURS,), delay="0s", **more):
    lines = ["[reconcile]", f"labels = {json.dumps(list(labels))}", f'delay = "{delay}"']
    return [*lines, *(f'{name} = "{value}"' for name, value in more.items())]


PATIENCE = ("[retry]", 'base = "100ms"', 'cap = "1s"', 'probe_first = "1s"', 'probe_cap = "1s"')


class ReconcileCase(SystemTest):
    def reconcile(self, *arguments, code=None, days=RANGE):
        done = self.bench.run_command("reconcile", *days, "--json", *arguments, check=False, timeout=60 * SLOWER)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr.decode() + done.stdout.decode())
        return json.loads(done.stdout) if done.stdout else done

    def deliver(self, events, name="m.ndjson", more=()):
        self.bench.drop(name, ndjson(events))
        return self.bench.wait_final(len(events), 60 * SLOWER, more=more)

    def sources(self, verdict, what):
        return {tuple_["utm_source"]: tuple_[what] for tuple_ in verdict["tuples"] if tuple_[what]}

    def booked_sources(self):
        return [json.loads(entry["form"]["url_parameters"])["utm_source"] for entry in self.bench.booked()]


class Agreement(ReconcileCase):
    def test_what_was_delivered_and_recorded_agrees(self):
        self.start("--website-rows", "50", sections=section())
        self.deliver([micro(n) for n in range(60)] + [event(n) for n in range(60, 70)])
        verdict = self.reconcile(code=0)
        self.assertTrue(verdict["agrees"])
        self.assertEqual((verdict["delivered"], verdict["recorded"], verdict["confirmed"]), (60, 60, 60))
        self.assertEqual(verdict["tuples"], [])
        text = self.bench.run_command("reconcile", *RANGE).stdout.decode()
        self.assertIn("agrees", text)
        shown = self.bench.status()["accounts"][0]["reconciled"]
        self.assertTrue(shown["agrees"])
        self.assertEqual(shown["delivered"], 60)
        self.assertIn("agrees", self.bench.run_command("status").stdout.decode())
        self.assert_stops()
        # Without the daemon, under the ledger's lock, the same.
        self.assertEqual(self.reconcile(code=0)["confirmed"], 60)

    def test_days_whose_events_have_no_contents_any_more_are_refused_and_not_called_surplus(self):
        bench = self.start("--website-rows", "10", sections=(*section(), "[retention]", 'bodies = "1h"'))
        self.deliver([micro(n) for n in range(3)])
        self.assertTrue(self.reconcile(code=0)["agrees"])
        self.assert_stops()
        Ledger(bench.ledger).let_days_pass(3)
        bench.start_daemon()
        wait_until(lambda: "contents=3" in bench.daemon.output(), 30 * SLOWER, bench.story)
        refused = bench.run_command("reconcile", *RANGE, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("retention.bodies", refused.stderr.decode())
        self.assertEqual(refused.stdout, b"")

    def test_swallowed_and_doubled_ones_are_named_exactly(self):
        count = size(120, 2000)
        self.start("--swallow", "7", "--double", "3", "--website-rows", "500", sections=section())
        self.deliver([micro(n) for n in range(count)])
        in_order = self.booked_sources()
        verdict = self.reconcile(code=3)
        self.assertEqual(self.sources(verdict, "missing"), {source: 1 for source in in_order[:7]})
        self.assertEqual(self.sources(verdict, "surplus"), {source: 1 for source in in_order[7:10]})
        self.assertEqual(self.sources(verdict, "ambiguous"), {})
        self.assertEqual((verdict["missing"], verdict["surplus"], verdict["confirmed"]), (7, 3, count - 7))
        self.assertEqual(len(verdict["tuples"]), 10)
        text = self.bench.run_command("reconcile", *RANGE, check=False).stdout.decode()
        for source in in_order[:10]:
            self.assertIn(source, text)
        shown = self.bench.status()["accounts"][0]["reconciled"]
        self.assertEqual((shown["agrees"], shown["missing"], shown["surplus"]), (False, 7, 3))
        self.assertIn("7 missing, 3 surplus", self.bench.run_command("status").stdout.decode())
        # Nothing is sent again by itself.
        self.assertEqual(len(self.booked_sources()), count)

    def test_rows_of_the_websites_own_are_counted_and_never_judged(self):
        self.start("--website-rows", "500", "--website-label", OURS, "--website-label", "cart", sections=section(labels=["nobody"]))
        self.deliver([micro(n) for n in range(5)])
        verdict = self.reconcile(days=("--date-range", "last_30_days"), code=0)
        self.assertGreater(verdict["shared_recorded"], 400)
        self.assertEqual(verdict["recorded"], 0)

    def test_a_report_that_is_late_raises_no_alarm(self):
        self.start("--report-delay", "1h", sections=section(delay="6h"))
        self.deliver([micro(n) for n in range(20)])
        verdict = self.reconcile(code=0)
        self.assertEqual((verdict["pending"], verdict["delivered"], verdict["missing"]), (20, 0, 0))
        # One that is not waited for is missed.
        self.bench.write_config(sections=section(delay="0s"))
        self.assertEqual(self.reconcile(code=3)["missing"], 20)

    def test_what_stands_on_the_day_beside_is_ambiguous(self):
        # The vendor's day begins two hours earlier than ours.
        self.start("--report-utc-offset", "120", sections=section())
        late = FIRST_CLICK - FIRST_CLICK % 86_400_000 + 23 * 3_600_000
        self.deliver([micro(n, click_time=late) for n in range(4)])
        verdict = self.reconcile(code=3)
        self.assertEqual((verdict["missing"], verdict["surplus"]), (0, 0))
        self.assertEqual((verdict["ambiguous"], verdict["day_shifted"]), (4, 4))
        # And not with the vendor's zone.
        self.bench.write_config(sections=section(time_zone="Etc/GMT-2"))
        self.assertEqual(self.reconcile(code=0)["confirmed"], 4)

    def test_every_account_has_its_own_verdict_and_the_day_may_be_of_the_delivery(self):
        self.start("--report-day", "delivery", sections=section(day="delivery"))
        self.deliver([micro(n) for n in range(5)])
        done = self.bench.run_command("reconcile", "--date-range", "last_7_days", "--json", check=False)
        verdict = json.loads(done.stdout)
        self.assertEqual((done.returncode, verdict["confirmed"]), (0, 5))

    def test_mistakes_have_exit_codes_and_say_what_to_do(self):
        bench = self.start()
        refused = bench.run_command("reconcile", *RANGE, check=False)
        self.assertEqual(refused.returncode, 78)
        self.assertIn(b"reconcile.labels", refused.stderr)
        self.assertEqual(bench.run_command("reconcile", "--dry-run", check=False).returncode, 2)
        bench.write_config(sections=section(time_zone="Mars/Olympus"))
        self.assertEqual(bench.run_command("reconcile", *RANGE, check=False).returncode, 78)
        bench.write_config(sections=section())
        self.deliver([micro(1)])
        bench.sandbox.stop()
        gone = bench.run_command("reconcile", *RANGE, check=False)
        self.assertEqual(gone.returncode, 69)
        self.assertNotIn(TOKEN.encode(), gone.stderr)

    def test_the_daemon_compares_by_itself(self):
        # Its ranges are those of today, which must not end meanwhile.
        while not 5 < time.time() % 86_400 < 86_400 - 60:
            time.sleep(1)
        today = int(time.time() * 1000) - 1000
        self.start("--swallow", "1", sections=section(every="1s"))
        self.deliver([micro(n, click_time=today) for n in range(4)])
        shown = wait_until(lambda: (self.bench.status()["accounts"][0]["reconciled"] or {}).get("delivered") == 4
                           and self.bench.status()["accounts"][0]["reconciled"], 20 * SLOWER, "the daemon has compared")
        self.assertEqual(shown["missing"], 1)
        wait_until(lambda: "differ" in self.bench.daemon.output(), 10, "the log says so")
        self.assert_stops()

    def test_reloads_do_not_put_the_daemons_own_comparison_off(self):
        bench = self.start(sections=section(every="3s"))
        self.deliver([micro(1)])

        def is_compared():
            bench.daemon.signal(signal.SIGHUP)
            return bench.status()["accounts"][0]["reconciled"]

        wait_until(is_compared, 15 * SLOWER, "the daemon has compared")


class InDoubt(ReconcileCase):
    def doubtful(self, fault, events, name):
        """Sends these so that all of them are in doubt: booked or not, as the fault says."""
        self.bench.faults(**{fault: 1.0})
        held_before = self.bench.counts()["held"]
        self.bench.drop(name, ndjson(events))
        wait_until(lambda: self.bench.counts()["held"] == held_before + len(events), 40 * SLOWER,
                   lambda: f"all are held: {self.bench.counts()}")
        self.bench.faults()

    def setUp(self):
        super().setUp()
        # Trouble after trouble is what these are about: it must not make them wait.
        self.start(sections=[*section(), *PATIENCE], in_doubt="hold", connections=4)

    def held(self):
        rows = self.bench.run_command("list", "--state", "held", "--limit", "0", "--json").stdout.decode().splitlines()
        return {json.loads(row)["line"]: json.loads(row) for row in rows}

    def test_resolve_releases_exactly_the_unrecorded_ones_where_counts_decide(self):
        bench = self.bench
        self.deliver([micro(n) for n in range(10)], "well.ndjson")
        self.doubtful("reset_after_read", [micro(n) for n in range(10, 16)], "lost.ndjson")
        self.doubtful("reset_after_book", [micro(n) for n in range(16, 20)], "booked.ndjson")
        # Two that nobody can tell apart, one of them recorded.
        alike = {"click_time": FIRST_CLICK, "url_parameters": {"utm_source": "alike", "utm_medium": "call"}}
        self.doubtful("reset_after_read", [micro(20, **alike)], "alike-lost.ndjson")
        self.doubtful("reset_after_book", [micro(21, **alike)], "alike-booked.ndjson")
        booked_before = collections.Counter(self.booked_sources())

        # Not without a look first.
        early = bench.run_command("reconcile", *RANGE, "--resolve", check=False)
        self.assertEqual(early.returncode, 1)
        self.assertIn(b"--dry-run", early.stderr)
        self.assertEqual(bench.counts()["held"], 12)

        shown = self.reconcile("--resolve", "--dry-run", code=3)
        self.assertEqual(shown["resolved"], {"released": 6, "confirmed": 4, "dry_run": True})
        self.assertEqual(self.sources(shown, "ambiguous"), {"alike": 2})
        self.assertEqual(bench.counts()["held"], 12)

        done = self.reconcile("--resolve", code=3)
        self.assertEqual(done["resolved"], {"released": 6, "confirmed": 4, "dry_run": False})
        wait_until(lambda: bench.counts()["delivered"] == 20, 20 * SLOWER, lambda: f"the released ones go: {bench.status()} {bench.story()}")
        self.assertEqual(bench.counts()["held"], 2)
        booked = collections.Counter(self.booked_sources())
        self.assertEqual(booked - booked_before, collections.Counter(f"source-{n}" for n in range(10, 16)))
        self.assertEqual({source: n for source, n in booked.items() if n > 1}, {}, "none is recorded twice")
        # Afterwards only what nobody can tell is open.
        verdict = self.reconcile(code=3)
        self.assertEqual((verdict["missing"], verdict["surplus"], verdict["confirmed"]), (0, 0, 20))
        self.assertEqual(self.sources(verdict, "ambiguous"), {"alike": 2})
        self.assertEqual((verdict["to_release"], verdict["to_confirm"]), (0, 0))

    def test_what_the_dry_run_did_not_show_is_not_done(self):
        self.doubtful("reset_after_read", [micro(1)], "a.ndjson")
        self.reconcile("--resolve", "--dry-run")
        self.doubtful("reset_after_read", [micro(2)], "b.ndjson")
        refused = self.bench.run_command("reconcile", *RANGE, "--resolve", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(self.bench.counts()["held"], 2)

    def test_without_the_daemon_resolve_works_under_the_ledgers_lock(self):
        self.doubtful("reset_after_book", [micro(1)], "a.ndjson")
        self.assert_stops()
        self.reconcile("--resolve", "--dry-run")
        done = self.reconcile("--resolve")
        self.assertEqual(done["resolved"]["confirmed"], 1)
        self.assertEqual(self.bench.counts()["delivered"], 1)
        self.bench.start_daemon()
        self.assertEqual(self.reconcile(code=0)["confirmed"], 1)


if __name__ == "__main__":
    main()
