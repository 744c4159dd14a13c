#!/usr/bin/env python3
"""The rate, as the server's own record shows it: never exceeded, nearly all of it used, waits obeyed, limits learnt."""
import time

from benches import ParallelTest, Timed, now_us, stalled
from case import FULL, SLOWER, main, size
from email.utils import formatdate
from harness import ACCOUNT, event, ndjson, wait_until

SECONDS = size(20, 60)
RETRY = ("[retry]", 'base = "100ms"', 'cap = "1s"')
OTHER = "60a52f6ac660b269d13c3f54"


def events_of(account, count, first=0):
    return ndjson(event(n, account=account) for n in range(first, first + count))


class Rate(ParallelTest):
    def kept_and_used(self, bench):
        """600 a minute, burst 5, a fifth of the answers 5xx: retries pay like everything else."""
        bench.start_sandbox("--fail-share", "0.2", "--latency", "5ms")
        bench.write_config(rate=600, account=("burst = 5",), sections=RETRY)
        bench.drop("a.ndjson", events_of(ACCOUNT, SECONDS * 12))
        bench.start_daemon()
        wait_until(bench.recorded, 20 * SLOWER, "the first call")
        time.sleep(SECONDS)  # the span that is measured
        record = bench.recorded()
        calls = Timed(record)
        self.assertLessEqual(calls.most_over(600, 5), 0, "a window holds more calls than rate and burst allow")
        first = calls.at[0]
        end = first + SECONDS * 1_000_000
        made = sum(at < end for at in calls.at)
        self.assertGreaterEqual(made, 0.9 * (600 * (SECONDS - stalled(first, end)) / 60 + 5), "permits are not used")
        failed = sum(entry["status"] == 500 for entry in record)
        self.assertGreater(failed, made * 0.1, "the server did fail")

    def restarts(self, bench):
        """A start brings no new burst, neither after an orderly end nor after a kill."""
        bench.start_sandbox()
        bench.write_config(rate=120, account=("burst = 4",))
        bench.drop("a.ndjson", events_of(ACCOUNT, 200))
        for n in range(8):
            bench.start_daemon()
            wait_until(lambda n=n: len(bench.recorded()) >= 5 + n, 30 * SLOWER, "another call")
            if n % 2:
                self.assertEqual(bench.daemon.stop(), 0)
            else:
                bench.daemon.kill()
        self.assertLessEqual(Timed(bench.recorded()).most_over(120, 4), 0)

    def retry_after(self, bench):
        """Retry-After: 7, of a 429 and of a 503; and a date. The other account does not wait."""
        third = "60a52f6ac660b269d13c3f55"
        for account in (OTHER, third):
            bench.accounts[account] = bench.accounts[ACCOUNT]
        bench.start_sandbox("--status-for", f"{ACCOUNT}=429", "--status-for", f"{OTHER}=503", "--retry-after", "7")
        bench.write_config(sections=RETRY)
        bench.start_daemon()
        for name in (ACCOUNT, OTHER, third):
            bench.drop(f"{name}.ndjson", events_of(name, 40))
        def told(account):
            return [e["mono_us"] for e in bench.recorded() if e["form"]["account_id"] == account and e["status"] in (429, 503)]
        wait_until(lambda: told(ACCOUNT) and told(OTHER), 20 * SLOWER, "a 429 and a 503")
        # Those that were on the wire together with the first are refused with it, however long that takes here.
        wait_until(lambda: bench.counts()["in_flight"] == 0, 5, "none is on the wire")
        bench.faults()
        wait_until(lambda: bench.stats()["booked"] == 120, 30 * SLOWER, "all are delivered")
        for account in (ACCOUNT, OTHER):
            refused = told(account)
            self.assert_within(1, refused[0], refused[-1], f"{account}: called again while it was told to wait")
            again = next(e["mono_us"] for e in bench.booked() if e["form"]["account_id"] == account)
            self.assertGreaterEqual((again - refused[-1]) / 1e6, 7.0, account)
            self.assert_within(7.5, refused[-1], again, account)
        free = [e for e in bench.booked() if e["form"]["account_id"] == third]
        self.assert_within(5, told(ACCOUNT)[0], free[-1]["mono_us"], "an account that was not told to wait")

    def retry_after_as_a_date(self, bench):
        bench.start_sandbox()
        bench.write_config(sections=RETRY)
        bench.start_daemon()
        until = int(time.time()) + 9
        bench.faults(throttle_share=1, retry_after_raw=formatdate(until, usegmt=True))
        bench.drop("a.ndjson", events_of(ACCOUNT, 20))
        wait_until(lambda: any(e["status"] == 429 for e in bench.recorded()), 20 * SLOWER, "a 429")
        bench.faults()
        # What was claimed for the next moments would only be in doubt after a crash.
        wait_until(lambda: bench.counts()["waiting"] == 20, 5, lambda: f"all wait: {bench.counts()}")
        wait_until(lambda: bench.stats()["booked"] == 20, 30 * SLOWER, "all are delivered")
        first = bench.booked()[0]
        late = first["time_ms"] - until * 1000
        self.assertGreaterEqual(late, 0)
        self.assert_within(1.5, first["mono_us"] - late * 1000, first["mono_us"])

    def settles(self, bench, allowed, settling, *flags):
        """Ten times what the server allows is configured: after `settling` seconds it is within 10 % of the limit."""
        bench.start_sandbox("--rate-per-minute", str(allowed), *flags)
        bench.write_config(rate=allowed * 10, sections=RETRY)
        span = max(10, SECONDS - 5)
        bench.drop("a.ndjson", events_of(ACCOUNT, allowed * (span + 30 + settling) // 60))
        bench.start_daemon()
        wait_until(bench.recorded, 20 * SLOWER, "the first call")
        begin = Timed(bench.recorded()).at[0] + settling * 1_000_000
        end = begin + span * 1_000_000
        time.sleep((end - now_us()) / 1e6)
        record = bench.recorded()
        taken = Timed([e for e in record if e["status"] == 200]).per_minute(begin, end)
        made = Timed(record).per_minute(begin, end)
        self.assertGreaterEqual(taken, 0.9 * allowed * (1 - stalled(begin, end) / span), "accepted calls a minute")
        # What the server's allowance has grown by while the machine stood still is used afterwards.
        grown = stalled(begin - 5_000_000, begin) / span
        self.assertLessEqual(made, (1.1 + grown) * allowed, "calls a minute")
        return taken, made

    def learns_from_429(self, bench):
        """Without any header it halves at once and grows slowly: minutes until it has settled."""
        if FULL:
            self.settles(bench, 300, 240, "--burst", "1")

    def a_third_is_allowed(self, bench):
        """A third of what is configured is allowed, and no header says so: one call in twenty is refused at most."""
        bench.start_sandbox("--rate-per-minute", "400", "--burst", "5")
        bench.write_config(rate=1200, account=("burst = 5",), sections=RETRY)
        bench.drop("a.ndjson", events_of(ACCOUNT, 1000))
        bench.start_daemon()
        wait_until(bench.recorded, 20 * SLOWER, "the first call")
        time.sleep(SECONDS + 10)
        record = bench.recorded()
        refused = sum(entry["status"] == 429 for entry in record)
        self.assertGreater(refused, 0, "the limit showed")
        self.assertLessEqual(refused, len(record) / 20, f"of {len(record)} calls")
        at = [entry["mono_us"] for entry in record]
        span = (at[-1] - at[0]) / 1e6 - stalled(at[0], at[-1])
        self.assertGreater(len(record) - refused, span * 400 / 60 / 2, "and at least half of what is allowed is used")

    def refused_at(self, bench, file, first):
        """Ten events meet nothing but 429 without a wait; the rate afterwards, for people."""
        bench.faults(throttle_share=1)
        before = len(bench.recorded())
        bench.drop(file, events_of(ACCOUNT, 10, first))
        wait_until(lambda: len(bench.recorded()) > before, 20 * SLOWER, "a 429")
        wait_until(lambda: "learnt" in self.rate(bench), 20 * SLOWER, lambda: f"it is learnt: {self.rate(bench)}")
        bench.faults()

    def rate(self, bench):
        return bench.status()["accounts"][0]["rate_why"] or ""

    def forgotten(self, bench):
        """A burst of 429 is one lesson, and a person can have it forgotten, with and without the daemon."""
        bench.start_sandbox()
        bench.write_config(rate=600, account=("burst = 10",), sections=RETRY)
        bench.start_daemon()
        self.refused_at(bench, "a.ndjson", 0)
        done = bench.run_command("resume", ACCOUNT, "--forget-rate").stdout.decode()
        self.assertIn("at the configured rate", done)
        self.assertIn("as configured", self.rate(bench))
        bench.wait_final(10, 40 * SLOWER)
        again = bench.run_command("resume", ACCOUNT, "--forget-rate").stdout.decode()
        self.assertIn("nothing was learnt", again)
        self.refused_at(bench, "b.ndjson", 10)
        self.assertEqual(bench.daemon.stop(), 0)
        self.assertIn("at the configured rate", bench.run_command("resume", ACCOUNT, "--forget-rate").stdout.decode())
        bench.start_daemon()
        self.assertIn("as configured", self.rate(bench))
        bench.wait_final(20, 40 * SLOWER)

    def well_again(self, bench):
        """After a minute of nothing but 429, ten minutes of good answers bring back nine tenths (SETCLICK_FULL=1)."""
        if not FULL:
            return
        bench.start_sandbox()
        bench.write_config(rate=120, account=("burst = 10",), sections=RETRY)
        bench.start_daemon()
        bench.faults(throttle_share=1)
        bench.drop("a.ndjson", events_of(ACCOUNT, 3000))
        wait_until(bench.recorded, 20 * SLOWER, "the first call")
        time.sleep(60)
        bench.faults()
        wait_until(lambda: bench.stats()["booked"], 200, "the first good answer")
        time.sleep(600)
        calls = Timed(bench.booked())
        last = calls.at[-1]
        self.assertGreaterEqual(calls.per_minute(last - 30_000_000, last), 0.9 * 120)

    def test_rate_is_kept_used_obeyed_and_learnt(self):
        self.at_once(
            kept_and_used=self.kept_and_used,
            restarts=self.restarts,
            retry_after=self.retry_after,
            retry_after_as_a_date=self.retry_after_as_a_date,
            learnt_from_headers=lambda bench: self.settles(bench, 600, 5, "--burst", "30", "--rate-headers"),
            learnt_from_429=self.learns_from_429,
            a_third_is_allowed=self.a_third_is_allowed,
            forgotten=self.forgotten,
            well_again=self.well_again,
        )


if __name__ == "__main__":
    main()
