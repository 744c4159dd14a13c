#!/usr/bin/env python3
"""A fault that is not the event's own: the account waits with its events, asks seldom, and goes on at once when it is mended."""
import time

from case import SLOWER, SystemTest, main, size
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until

PROBES = ("[retry]", 'base = "100ms"', 'cap = "1s"')


class Park(SystemTest):
    def parked(self, *faults, **more):
        """An account that is parked, with many events waiting; the calls that it took."""
        bench = self.start(*faults, sections=PROBES, **more)
        bench.drop("many.ndjson", ndjson(event(n) for n in range(self.events)))
        wait_until(lambda: bench.status()["accounts"][0]["parked"] or bench.status()["endpoint_parked"], 20 * SLOWER,
                   lambda: "parked\n" + bench.story())
        time.sleep(size(3, 30))  # it is left alone
        self.assertEqual(bench.counts()["rejected"], 0)
        calls = len(bench.recorded())
        self.assertLessEqual(calls, 10)
        return bench

    def assert_goes_on(self, mend):
        """Within two seconds of what a person does."""
        bench = self.bench
        bench.faults()
        before = len(bench.booked())
        began = time.monotonic()
        mend()
        wait_until(lambda: bench.stats()["booked"] > before, 10 * SLOWER, lambda: "delivery goes on\n" + bench.story(), step=0.05)
        self.assertLess(time.monotonic() - began, 2 * SLOWER)
        counts = bench.wait_final(self.events, 60 * SLOWER)
        self.assertEqual(counts["delivered"], self.events)

    events = size(1000, 5000)

    def write_token(self):
        with open(self.bench.path("token-" + ACCOUNT), "w", encoding="ascii") as file:
            file.write(TOKEN + "\n")

    def resume(self):
        self.bench.run_command("resume", ACCOUNT)

    def test_401_asks_seldom_and_goes_on_when_the_token_is_written(self):
        self.parked("--status", "401")
        self.assert_goes_on(self.write_token)

    def test_403_asks_seldom_and_goes_on_when_the_token_is_written(self):
        bench = self.parked("--status", "403")
        self.assertIn("offline-leads", bench.daemon.output())
        self.assert_goes_on(self.write_token)

    def test_404_goes_on_when_a_person_says_so(self):
        self.parked("--status", "404")
        self.assert_goes_on(self.resume)

    def test_302_goes_on_when_a_person_says_so(self):
        bench = self.parked("--status", "302", "--header", "Location: https://elsewhere.example/login")
        self.assertIn("https://elsewhere.example/login", bench.daemon.output())
        self.assert_goes_on(self.resume)

    def test_200_with_html_goes_on_when_a_person_says_so(self):
        page = self.bench.path("portal.html")
        with open(page, "w", encoding="ascii") as file:
            file.write("<html>Please log in</html>")
        self.parked("--status", "200", "--body", page, "--header", "Content-Type: text/html")
        self.assert_goes_on(self.resume)

    def test_400_to_everything_rejects_twenty_and_asks_also_over_restarts(self):
        bench = self.start("--status", "400", sections=PROBES)
        bench.drop("many.ndjson", ndjson(event(n) for n in range(300)))
        wait_until(lambda: bench.status()["accounts"][0]["parked"], 20 * SLOWER, lambda: "parked\n" + bench.story())
        for _ in range(3):
            self.assertLessEqual(bench.counts()["rejected"], 20)
            self.assert_stops()
            bench.start_daemon()
            time.sleep(0.5)
        self.assertLessEqual(bench.counts()["rejected"], 20)
        bench.faults()
        self.resume()
        counts = bench.wait_final(300, 30 * SLOWER)
        self.assertEqual(counts["delivered"], 300, "the twenty went back to waiting")

    def test_one_account_at_a_wrong_door_stops_none_of_the_others(self):
        bench = self.bench
        others = [f"{n:024x}" for n in range(1, 10)]
        for other in others:
            bench.accounts[other] = TOKEN
        bench.start_sandbox("--status-for", f"{ACCOUNT}=404")
        bench.write_config(sections=PROBES)
        bench.start_daemon()
        accounts = [ACCOUNT, *others]
        bench.drop("mixed.ndjson", ndjson(event(n, account=accounts[n % 10]) for n in range(500)))
        wait_until(lambda: bench.counts()["delivered"] == 450, 20 * SLOWER, lambda: "the nine go on\n" + bench.story())
        status = bench.status()
        self.assertIsNone(status["endpoint_parked"])
        parked = [account["id"] for account in status["accounts"] if account["parked"]]
        self.assertEqual(parked, [ACCOUNT])

    def test_a_park_survives_a_restart_with_its_reason(self):
        bench = self.parked("--status", "404")
        before = bench.status()["accounts"][0]["parked"]
        self.assert_stops()
        bench.start_daemon()
        after = bench.status()["accounts"][0]["parked"]
        self.assertEqual(str(after)[:40], str(before)[:40])
        self.assert_goes_on(self.resume)


if __name__ == "__main__":
    main()
