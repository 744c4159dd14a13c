#!/usr/bin/env python3
"""A fault that is not the event's own costs no event and few calls, and delivery resumes as soon as it is mended."""
import os
import time

from benches import ParallelTest, first_after, now_us
from case import SLOWER, main, size
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until
from witness import Ledger

TROUBLE = size(6, 30)  # seconds
FEW, MANY = size(500, 2000), 5000
WRONG = "wrong.token.of-another-time"
HTML = "<html><body>Welcome to the hotel. Please sign in.</body></html>"
IDS = [f"60a52f6ac660b269d13c3f{n:02x}" for n in range(0x53, 0x5d)]
# Probes begin at once, so that the trouble's time holds several of them.
PROBES = ("[retry]", 'probe_first = "1s"')


def events_of(account, count, first=0):
    return ndjson(event(n, account=account) for n in range(first, first + count))


def write_token(bench, token, account=ACCOUNT):
    with open(os.open(bench.path("token-" + account), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="ascii") as file:
        file.write(token + "\n")


class Parks(ParallelTest):
    def start_with(self, bench, token=None, flags=(), **faults):
        bench.start_sandbox(*flags)
        bench.faults(**faults)
        bench.write_config(sections=PROBES)
        if token:
            write_token(bench, token)
        bench.start_daemon()

    def in_trouble(self, bench, count, reason, calls=10):
        """`count` events meet the trouble for its whole time: none rejected, at most `calls` calls."""
        bench.drop("a.ndjson", events_of(ACCOUNT, count))
        wait_until(lambda: bench.status()["accounts"][0]["parked"], 30 * SLOWER,
                   lambda: f"the account is parked\n{bench.story()}")
        time.sleep(TROUBLE)  # the trouble's own time
        wait_until(lambda: sum(bench.counts().values()) == count, 40 * SLOWER, "all are imported")
        status = bench.status()
        parked = status["accounts"][0]["parked"]
        self.assertEqual(parked["reason"], reason)
        self.assertTrue(parked["cure"])
        self.assertEqual((status["events"]["rejected"], status["events"]["delivered"]), (0, 0))
        self.assertLessEqual(len(bench.recorded()), calls, bench.story())
        self.assertGreater(len(bench.recorded()), 1, "it is probed")

    def assert_resumes(self, bench, count, mended):
        booked = wait_until(lambda: first_after(bench.booked(), mended), 20 * SLOWER,
                            lambda: "an event is delivered again\n" + bench.story(), step=0.02)
        self.assert_within(2 * SLOWER, mended, booked["mono_us"], bench.story())
        counts = bench.wait_final(count, 60 * SLOWER)
        self.assertEqual((counts["delivered"], counts["rejected"]), (count, 0))
        status = bench.status()
        self.assertIsNone(status["accounts"][0]["parked"])
        self.assertIsNone(status["endpoint_parked"])

    def unauthorised(self, bench):
        self.start_with(bench, WRONG)
        self.in_trouble(bench, MANY, "unauthorised")
        # Neither empty nor half of it is a token; the old one stays and nothing else happens.
        write_token(bench, "")
        mended = now_us()
        write_token(bench, TOKEN)
        self.assert_resumes(bench, MANY, mended)

    def the_same_token_again(self, bench):
        """The account is open again at the server: the file is written with what it held."""
        self.start_with(bench, status=401)
        self.in_trouble(bench, FEW, "unauthorised")
        self.assertNotIn("has a new token", bench.daemon.output(), "it was read again, and is the same")
        bench.faults()
        mended = now_us()
        write_token(bench, TOKEN)
        self.assert_resumes(bench, FEW, mended)

    def forbidden(self, bench):
        foreign = "token.of.another-account"
        self.start_with(bench, foreign, flags=("--token", f"{foreign}:{IDS[3]}"))
        self.in_trouble(bench, MANY, "forbidden")
        mended = now_us()
        write_token(bench, TOKEN)
        self.assert_resumes(bench, MANY, mended)

    def resumed(self, bench, reason, whom=ACCOUNT, **faults):
        """A status for everything until it ends; then a person says `resume`."""
        self.start_with(bench, **faults)
        self.in_trouble(bench, FEW, reason)
        bench.faults()
        mended = now_us()
        bench.run_command("resume", whom)
        # A 2xx with HTML may have been a success: such an event is sent again, under resend.
        self.assert_resumes(bench, FEW, mended)

    def resumed_by_a_token(self, bench):
        """A token written is a person's word, too: the park of the only account's endpoint ends with it."""
        self.start_with(bench, status=404)
        self.in_trouble(bench, FEW, "not-found")
        bench.faults()
        mended = now_us()
        write_token(bench, TOKEN)
        self.assert_resumes(bench, FEW, mended)

    def refused_all(self, bench):
        """400 to everything, over three restarts: twenty are rejected, then a person is asked, who has them sent again."""
        self.start_with(bench, status=400)
        bench.drop("a.ndjson", events_of(ACCOUNT, FEW))
        for n in range(4):
            wait_until(lambda: bench.status()["accounts"][0]["parked"], 30 * SLOWER,
                       lambda: "the account is suspect\n" + bench.story())
            bench.drop(f"more-{n}.ndjson", events_of(ACCOUNT, 10, FEW + n * 10))
            wait_until(lambda n=n: sum(bench.counts().values()) == FEW + n * 10 + 10, 20 * SLOWER, "all are imported")
            self.assertLessEqual(bench.counts()["rejected"], 20)
            if n < 3:
                (bench.daemon.kill if n % 2 else bench.daemon.stop)()
                bench.start_daemon()
        self.assertEqual(bench.status()["accounts"][0]["parked"]["reason"], "suspect")
        # The window is small after a start: few answers came after the twentieth.
        self.assertLessEqual(len(bench.recorded()), 20 + 64)
        bench.faults()
        mended = now_us()
        bench.run_command("resume", ACCOUNT)
        self.assert_resumes(bench, FEW + 40, mended)

    def suspect(self, bench):
        wait_until(lambda: (bench.status()["accounts"][0]["parked"] or {}).get("reason") == "suspect", 40 * SLOWER,
                   lambda: "the account is suspect\n" + bench.story())
        # The daemon knows its decision before the ledger has the last answers of the group.
        wait_until(lambda: bench.counts()["rejected"] >= 20, 5 * SLOWER, "twenty rejections are durable")
        self.assertEqual(bench.counts()["rejected"], 20)

    def doubtful_then_refused(self, bench):
        """What a crash left in doubt and was refused then comes back with `resume` like the others: the refusal counts."""
        self.start_with(bench, latency="3s")
        bench.drop("a.ndjson", events_of(ACCOUNT, 20))
        wait_until(lambda: bench.counts()["in_flight"] > 0 and bench.stats()["requests"] > 0, 20 * SLOWER, "one is on the wire")
        bench.daemon.kill()
        bench.faults(status=400)
        bench.start_daemon()
        self.suspect(bench)
        self.assertGreater(len(Ledger(bench.ledger).in_doubt()), 0)
        bench.faults()
        mended = now_us()
        bench.run_command("resume", ACCOUNT)
        self.assert_resumes(bench, 20, mended)

    def resumed_without_room(self, bench):
        """The events come back once the ledger has room for it; till then nobody is told that all is done."""
        bench.start_sandbox()
        bench.faults(status=400)
        bench.write_config(sections=PROBES)
        bench.start_daemon(env={**os.environ, "SETCLICKD_FAULT": "ledger.operate:1:ENOSPC"})
        bench.drop("a.ndjson", events_of(ACCOUNT, 20))
        self.suspect(bench)
        bench.faults()
        said = bench.run_command("resume", ACCOUNT, check=False)
        self.assertNotEqual(said.returncode, 0, bench.story())
        self.assertIn(b"not written down yet", said.stderr)
        wait_until(lambda: bench.counts()["delivered"] == 20, 30 * SLOWER, lambda: "all are delivered\n" + bench.story())
        self.assertEqual(bench.stats()["booked"], 20)

    def decided_meanwhile(self, bench, down=False):
        """What a person has discarded since stays discarded: `resume` returns what is still rejected."""
        self.start_with(bench, status=400)
        bench.drop("a.ndjson", events_of(ACCOUNT, 20))
        self.suspect(bench)
        bench.run_command("discard", "--yes", "e-3", "e-5", "e-7")
        bench.faults()
        if down:
            bench.daemon.stop()
        bench.run_command("resume", ACCOUNT)
        if down:
            bench.start_daemon()
        else:
            self.assertIn("returned_to_waiting=17", bench.daemon.output())
        wait_until(lambda: bench.counts()["delivered"] == 17, 30 * SLOWER, lambda: "17 are delivered\n" + bench.story())
        self.assertEqual(bench.counts()["discarded"], 3)
        self.assertEqual(bench.stats()["booked"], 17)

    def one_of_ten(self, bench):
        """One account is answered 404; the nine others go on, and the endpoint is not blamed."""
        bench.accounts = dict.fromkeys(IDS, TOKEN)
        self.start_with(bench, status_for=[f"{IDS[4]}=404"])
        each = FEW // 10
        bench.drop("a.ndjson", ndjson(event(n, account=IDS[n % 10]) for n in range(each * 10)))
        bench.wait_final(each * 9, 60 * SLOWER)
        time.sleep(TROUBLE)  # the trouble's own time
        status = bench.status()
        self.assertEqual(status["events"]["delivered"], each * 9)
        self.assertEqual(status["events"]["rejected"], 0)
        self.assertIsNone(status["endpoint_parked"])
        parked = {a["id"]: a["parked"]["reason"] for a in status["accounts"] if a["parked"]}
        self.assertEqual(parked, {IDS[4]: "not-found"})
        bench.faults()
        bench.run_command("resume", IDS[4])
        self.assertEqual(bench.wait_final(each * 10, 30 * SLOWER)["delivered"], each * 10)

    def endpoint_paused(self, bench):
        """The brake for all: it holds at once, and over a kill that follows at once."""
        bench.start_sandbox()
        bench.write_config(sections=PROBES)
        bench.start_daemon()
        bench.run_command("pause", "--endpoint")
        bench.daemon.kill()
        bench.start_daemon()
        bench.drop("a.ndjson", events_of(ACCOUNT, 20))
        wait_until(lambda: bench.counts()["waiting"] == 20, 20 * SLOWER, "all are imported, and none is claimed")
        self.assertEqual(bench.status()["endpoint_parked"]["reason"], "paused")
        bench.run_command("resume", "--endpoint")
        bench.daemon.kill()
        bench.start_daemon()
        self.assertIsNone(bench.status()["endpoint_parked"])
        bench.wait_final(20, 20 * SLOWER)

    def flaky(self, bench):
        """Half of the answers are failures and retries come quickly: trouble, but no park, and all are delivered."""
        bench.start_sandbox("--fail-share", "0.47")
        bench.write_config(sections=("[retry]", 'base = "50ms"', 'cap = "1s"'))
        bench.start_daemon()
        bench.drop("a.ndjson", events_of(ACCOUNT, FEW))
        bench.wait_final(FEW, 30 * SLOWER)
        self.assertNotIn("reason=unavailable", bench.daemon.output())

    def test_unauthorised_and_forbidden_wait_for_a_token(self):
        self.at_once(unauthorised=self.unauthorised, forbidden=self.forbidden, again=self.the_same_token_again,
                     by_a_token=self.resumed_by_a_token)

    def test_wrong_doors_wait_for_a_person(self):
        self.at_once(
            not_found=lambda bench: self.resumed(bench, "not-found", status=404),
            gone_everywhere=lambda bench: self.resumed(bench, "not-found", "--all", status=410),
            redirected=lambda bench: self.resumed(bench, "redirected", status=302,
                                                  header=["Location: https://elsewhere.example/"]),
            foreign=lambda bench: self.resumed(bench, "foreign-content", status=200, body=HTML),
        )

    def test_refusals_one_account_and_a_flaky_server_stop_nobody_else(self):
        self.at_once(refused_all=self.refused_all, one_of_ten=self.one_of_ten, flaky=self.flaky,
                     endpoint_paused=self.endpoint_paused, doubtful=self.doubtful_then_refused,
                     without_room=self.resumed_without_room, decided=self.decided_meanwhile,
                     decided_down=lambda bench: self.decided_meanwhile(bench, down=True))


if __name__ == "__main__":
    main()
