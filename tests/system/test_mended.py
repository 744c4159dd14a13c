#!/usr/bin/env python3
"""One event alone in a parked account, probed seldom: it goes out as soon as the fault is mended, not when its time comes."""
import os

from benches import ParallelTest, now_us
from case import SLOWER, main
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until


class Mended(ParallelTest):
    def one_event(self, bench, mend, **faults):
        bench.start_sandbox()
        bench.faults(**faults)
        bench.write_config(sections=("[retry]", 'probe_first = "60s"', 'base = "30s"', 'cap = "60s"'))
        bench.start_daemon()
        bench.drop("one.ndjson", ndjson([event(1)]))
        wait_until(lambda: bench.status()["accounts"][0]["parked"], 20 * SLOWER, lambda: "parked\n" + bench.story())
        bench.faults()
        began = now_us()
        mend(bench)
        [booked] = wait_until(bench.booked, 20 * SLOWER, lambda: "booked\n" + bench.story())
        self.assert_within(2 * SLOWER, began, booked["mono_us"], bench.story())
        self.assertEqual(bench.wait_final(1, 20 * SLOWER)["delivered"], 1)

    @staticmethod
    def write_token(bench):
        path = bench.path("token-" + ACCOUNT)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(TOKEN + "\n")

    @staticmethod
    def resume(bench):
        bench.run_command("resume", ACCOUNT)

    @staticmethod
    def resume_all(bench):
        bench.run_command("resume", "--all")

    def test_a_single_event_goes_at_once(self):
        html = "<html><body>Please sign in.</body></html>"
        self.at_once(
            unauthorised=lambda b: self.one_event(b, self.write_token, status=401),
            forbidden=lambda b: self.one_event(b, self.write_token, status=403),
            not_found=lambda b: self.one_event(b, self.resume, status=404),
            foreign=lambda b: self.one_event(b, self.resume, status=200, body=html),
            everything=lambda b: self.one_event(b, self.resume_all, status=404),
        )


if __name__ == "__main__":
    main()
