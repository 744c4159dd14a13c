#!/usr/bin/env python3
"""Servers that confuse a client: 1xx first, two answers, late answers. No event is ever marked by another's answer."""
import collections

from case import SLOWER, SystemTest, main, sources_of
from harness import ACCOUNT, event, ndjson, wait_until

ROUNDS = 60


class Answers(SystemTest):
    def rounds(self, *faults):
        """One connection, ROUNDS events one after the other; the counts."""
        bench = self.start(*faults, connections=1)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(ROUNDS)))
        return bench, bench.wait_final(ROUNDS, 120 * SLOWER)

    def assert_each_by_its_own(self, bench, counts):
        self.assertEqual(counts["delivered"], ROUNDS)
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual((len(seen), set(seen.values())), (ROUNDS, {1}))

    def test_informational_answers_come_before_the_answer(self):
        bench, counts = self.rounds("--informational", "3")
        self.assert_each_by_its_own(bench, counts)

    def test_two_answers_to_one_request(self):
        bench, counts = self.rounds("--double-response")
        self.assert_each_by_its_own(bench, counts)

    def test_a_refusal_said_twice_refuses_one_event_only(self):
        """A second 400 on the wire must not refuse the next event, nor a second 200 deliver a refused one."""
        other = "0123456789abcdef01234567"
        bench = self.bench
        bench.accounts[other] = bench.accounts[ACCOUNT]
        bench.start_sandbox("--double-response", "--status-for", f"{other}=422")
        bench.write_config(connections=1)
        bench.start_daemon()
        # By turns, so that a stray answer would meet an event of the other kind. Fewer than twenty refusals.
        events = [event(n, account=other if n % 6 == 0 else ACCOUNT) for n in range(ROUNDS)]
        bench.drop("a.ndjson", ndjson(events))
        counts = bench.wait_final(ROUNDS, 120 * SLOWER)
        refused = {f"source-{n}" for n in range(0, ROUNDS, 6)}
        self.assertEqual((counts["delivered"], counts["rejected"]), (ROUNDS - len(refused), len(refused)))
        seen = set(sources_of(bench.booked()))
        self.assertEqual(seen, {f"source-{n}" for n in range(ROUNDS)} - refused)

    def test_an_answer_after_the_deadline_belongs_to_nobody(self):
        # Two of five answers come when nobody waits for them any more; the others on the next connection.
        events = 150
        bench = self.start("--late-answer", "500ms", "0.4", connections=1,
                           delivery=('response_timeout = "200ms"',),
                           sections=("[retry]", 'base = "20ms"', 'cap = "50ms"', 'probe_first = "1s"'))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(events)))
        counts = bench.wait_final(events, 180 * SLOWER)
        self.assertEqual(counts["delivered"], events)
        recorded = bench.recorded()
        self.assertGreaterEqual(len(recorded) - events, ROUNDS - 10, "late answers")
        arrived = collections.Counter(sources_of(recorded))
        self.assertEqual(set(arrived), {f"source-{n}" for n in range(events)})
        # Each late one was in doubt, and nothing else arrived twice.
        self.assertEqual(bench.status()["accounts"][0]["in_doubt_ever"], sum(arrived.values()) - events)

    def test_answers_cut_off_delayed_or_slow_lose_nothing(self):
        bench = self.start("--reset-before-read", "0.1", "--reset-after-read", "0.1", "--fail-share", "0.1",
                           "--slow-bytes", "0.02", "--slow-interval", "5ms", "--close-every", "7",
                           sections=("[retry]", 'base = "50ms"', 'cap = "200ms"'))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(400)))
        counts = bench.wait_final(400, 120 * SLOWER)
        self.assertEqual(counts["delivered"], 400)
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual((len(seen), set(seen.values())), (400, {1}))

    def booked_and_failed(self, status, **config):
        """The server books each event, and answers every fifth with this status; how often each event was booked."""
        events = 100
        bench = self.start("--fail-share", "0.2", "--fail-status", str(status), "--fail-books", "--seed", "7",
                           sections=("[retry]", 'base = "20ms"', 'cap = "100ms"'), **config)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(events)))
        counts = bench.wait_final(events, 120 * SLOWER, more=("held",))
        booked = collections.Counter(sources_of(bench.booked()))
        self.assertEqual(len(booked), events, "nothing is lost")
        return bench, counts, booked

    def test_a_booking_behind_a_504_is_sent_again_and_said(self):
        bench, counts, booked = self.booked_and_failed(504)
        self.assertEqual(counts["delivered"], len(booked))
        again = sum(booked.values()) - len(booked)
        self.assertGreater(again, 0, "the fault showed")
        # The server's book and ours agree on each one.
        self.assertEqual(bench.status()["accounts"][0]["in_doubt_ever"], again)
        self.assertIn("may have been received", bench.daemon.output())
        listed = bench.run_command("list", "--in-doubt", "--limit", "0", "--json").stdout
        self.assertEqual(len(listed.splitlines()), sum(times > 1 for times in booked.values()))

    def test_a_booking_behind_a_504_is_held_where_the_account_says_so(self):
        bench, counts, booked = self.booked_and_failed(504, in_doubt="hold")
        self.assertEqual(set(booked.values()), {1}, "nothing is booked twice")
        self.assertGreater(counts["held"], 0)
        self.assertEqual(bench.status()["accounts"][0]["in_doubt_ever"], counts["held"])

    def test_a_misdirected_request_goes_again_at_once_on_another_connection(self):
        bench, counts = self.rounds("--fail-share", "0.3", "--fail-status", "421")
        self.assert_each_by_its_own(bench, counts)
        self.assertGreater(sum(1 for entry in bench.recorded() if entry.get("status") == 421), 5)
        # Nobody waited for it, and it is no doubt.
        self.assertEqual(bench.status()["accounts"][0]["in_doubt_ever"], 0)

    def test_a_challenge_is_the_endpoints_wall_and_not_the_tokens_scope(self):
        bench = self.start("--status", "403", "--header", "cf-mitigated: challenge", "--latency", "1ms",
                           sections=("[retry]", 'probe_first = "1s"'))
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        wait_until(lambda: "event=endpoint_parked" in bench.daemon.output(), 20 * SLOWER, "the endpoint is parked")
        self.assertIn("a challenge of a bot wall in front of the API", bench.daemon.output())
        self.assertNotIn("offline-leads", bench.daemon.output())
        bench.faults()
        self.assertEqual(bench.wait_final(20, 60 * SLOWER)["delivered"], 20)

    def test_several_network_threads_keep_every_promise_of_one(self):
        bench = self.start("--reset-before-read", "0.05", "--reset-after-read", "0.05", "--fail-share", "0.05",
                           "--close-every", "9", "--informational", "1", connections=7, delivery=("threads = 3",),
                           sections=("[retry]", 'base = "20ms"', 'cap = "100ms"'))
        events = 1500
        bench.drop("a.ndjson", ndjson(event(n) for n in range(events)))
        wait_until(lambda: bench.stats()["booked"] > events // 3, 60 * SLOWER, "a third has arrived")
        self.assert_stops()  # in the middle
        bench.start_daemon()
        counts = bench.wait_final(events, 120 * SLOWER)
        self.assertEqual(counts["delivered"], events)
        seen = collections.Counter(sources_of(bench.booked()))
        self.assertEqual((len(seen), set(seen.values())), (events, {1}))
        self.assert_stops()


if __name__ == "__main__":
    main()
