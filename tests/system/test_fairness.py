#!/usr/bin/env python3
"""Many accounts in one daemon: wrong, slow and enormous ones delay the others by no more than a moment."""
import json
import random
import statistics
import threading
import time

from benches import now_us
from case import SLOWER, SystemTest, main, size
from harness import ACCOUNT, TOKEN, event, ndjson, wait_until
from hostile_report import HostileReport

ACCOUNTS = size(100, 500)
WRONG = size(5, 20)        # answered 404, every time
RARE = size(5, 20)         # one call a minute
MANY = size(50_000, 1_000_000)  # events of the enormous one
DROPS = size(250, 1000)
SLOW = 1.5                 # seconds until a slow answer
LATENCY = 5                # milliseconds, of the server; its record has the request's arrival
IDS = [f"70b63f53c660b269d13c{n:04x}" for n in range(ACCOUNTS)]
ENORMOUS, WRONGS, RARES = IDS[0], IDS[1:1 + WRONG], IDS[1 + WRONG:1 + WRONG + RARE]
OTHERS = IDS[1 + WRONG + RARE:]


def enormous(first, count):
    """Many events, written quickly."""
    line = ndjson([event(0, account=ENORMOUS)]).decode().replace("e-0", "big-%d").replace("source-0", "big-%d")
    return "".join(line % (n, n) for n in range(first, first + count)).encode()


def spread(values):
    ordered = sorted(values)
    return statistics.median(ordered) / 1000, ordered[int(len(ordered) * 0.95)] / 1000


class Fairness(SystemTest):
    def configure(self):
        bench = self.bench
        bench.write_config()  # the token file of the one account that the bench knows serves all
        token = bench.path("token-" + ACCOUNT)
        with open(bench.config, "a", encoding="utf-8") as file:
            for name in IDS:
                file.write(f'[[account]]\nid = "{name}"\ntoken_file = "{token}"\n'
                           f"rate_per_minute = {1 if name in RARES else 0}\n")

    def times(self, first, count, meanwhile=None):
        """Microseconds from the drop of a file with one event to the server's answer, for `count` of the others."""
        bench = self.bench
        dropped = {}
        random.seed(first)
        for n in range(first, first + count):
            account = random.choice(OTHERS)
            line = ndjson([event(n, account=account)])
            dropped[f"source-{n}"] = now_us()
            bench.drop(f"{n}.ndjson", line)
            time.sleep(0.01)
            if meanwhile:
                meanwhile(n - first)
        arrived = {}

        def all_arrived():
            for entry in bench.booked():
                source = entry["form"]["url_parameters"].split('"utm_source":"')[1].split('"')[0]
                arrived.setdefault(source, entry["mono_us"])
            return all(name in arrived for name in dropped)
        wait_until(all_arrived, 60 * SLOWER, lambda: "the others' events arrive\n" + bench.story(), step=1)
        return [arrived[name] + LATENCY * 1000 - moment for name, moment in dropped.items()]

    def test_wrong_rare_and_enormous_accounts_hardly_delay_the_others(self):
        bench = self.bench
        bench.start_sandbox("--latency", f"{LATENCY}ms", *[flag for name in WRONGS for flag in ("--status-for", f"{name}=404")])
        self.configure()
        bench.start_daemon()
        numbers = iter(range(1_000_000, 10_000_000))

        def trouble(names, each):
            bench.drop(f"trouble-{next(numbers)}.ndjson",
                       ndjson(event(next(numbers), account=name) for name in names for _ in range(each)))

        def meanwhile(n):
            if n % 50 == 10:
                trouble(WRONGS, 2)
        # Other work of the machine comes and goes between two measurements; what the daemon makes the others wait for is there
        # each time.
        for again in range(3):
            if again:
                bench.run_command("pause", ENORMOUS)
            alone = self.times(2 * again * DROPS, DROPS)
            bench.drop(f"big-{again}.ndjson", enormous(again * MANY, MANY))
            if again:
                bench.run_command("resume", ENORMOUS)
            else:
                trouble(RARES, 50)
                trouble(WRONGS, 50)
            together = self.times((2 * again + 1) * DROPS, DROPS, meanwhile)
            left = bench.counts()["waiting"]
            before, with_all = spread(alone), spread(together)
            print(f"from drop to delivery: alone median {before[0]:.1f} ms, p95 {before[1]:.1f} ms; "
                  f"together median {with_all[0]:.1f} ms, p95 {with_all[1]:.1f} ms; {left} still wait", flush=True)
            self.assertGreater(left, MANY / 20, "the enormous account's work was over before the others' was measured")
            if with_all[0] <= 2 * before[0]:
                break
        status = bench.status()
        self.assertIsNone(status["endpoint_parked"])
        self.assertNotIn("the endpoint is parked", bench.daemon.output())
        self.assertEqual({a["id"] for a in status["accounts"] if a["parked"]}, set(WRONGS))
        self.assertLessEqual(with_all[0], 2 * before[0], "the others' median time")

    def test_a_good_account_that_comes_behind_wrong_ones_alone_waits_for_seconds_only(self):
        bench, wrong = self.bench, WRONGS[:5]
        bench.start_sandbox(*[flag for name in wrong for flag in ("--status-for", f"{name}=404")])
        self.configure()
        bench.drop("wrong.ndjson", ndjson(event(n, account=name) for n, name in enumerate(wrong)))
        bench.start_daemon()
        # Nobody else could tell whether it is the endpoint's fault.
        wait_until(lambda: bench.status()["endpoint_parked"], 20 * SLOWER, "the endpoint is parked")
        began = now_us()
        took = self.times(1000, 1)[0]
        self.assert_within(6.5 * SLOWER, began, began + took)
        status = bench.status()
        self.assertIsNone(status["endpoint_parked"])
        # Again, with all of them at once: the wrong ones come first, and stop the others for a moment at most.
        bench.run_command("resume", "--all")
        bench.drop("again.ndjson", ndjson(event(2000 + n, account=name) for n, name in enumerate(wrong + OTHERS)))
        began = now_us()
        wait_until(lambda: bench.counts()["delivered"] == 1 + len(OTHERS), 30 * SLOWER, "all others are delivered")
        self.assert_within(5 * SLOWER, began, bench.booked()[-1]["mono_us"])
        self.assertLessEqual(bench.daemon.output().count("the endpoint is parked"), 2)

    def test_accounts_with_slow_answers_do_not_take_all_connections(self):
        bench, slow, quick = self.bench, IDS[:3], IDS[3:33]
        bench.start_sandbox()  # for its certificate
        took, dropped, waiting = {}, {}, set()

        def answer(form):
            if form["account_id"] in slow:
                waiting.add(threading.get_ident())  # a connection is a thread
                time.sleep(SLOW)
                waiting.discard(threading.get_ident())
            else:
                took[form["url_parameters"]] = now_us()
            return 200, b'{"status":"ok"}'
        server = HostileReport(bench.path("sandbox"), answer)
        self.addCleanup(server.close)
        bench.url = server.url
        bench.accounts = dict.fromkeys([*slow, *quick], TOKEN)
        bench.write_config(connections=64)
        bench.start_daemon()
        bench.drop("slow.ndjson", ndjson(event(n, account=slow[n % 3]) for n in range(3000)))
        # Their windows double with each round of answers, until there is no connection left for them.
        wait_until(lambda: len(waiting) >= 54, 30 * SLOWER, lambda: f"they take what they may: {len(waiting)}", step=0.01)
        time.sleep(2 * SLOW)  # one of them may have had more than its share at first

        def drop(name, lines):
            for line in lines:
                dropped[json.dumps(line["url_parameters"], separators=(",", ":"))] = now_us()
            bench.drop(name, ndjson(lines))
        for n in range(10_000, 10_010):
            drop(f"{n}.ndjson", [event(n, account=quick[0])])
            time.sleep(0.1)
        # And of many at once.
        drop("many.ndjson", [event(20_000 + n, account=name) for n, name in enumerate(quick)])
        wait_until(lambda: len(took) == len(dropped), 60 * SLOWER, lambda: "the quick accounts' events arrive\n" + bench.story())
        worst = max(took[name] - moment for name, moment in dropped.items()) / 1e6
        print(f"the longest wait beside slow accounts: {worst:.2f} s", flush=True)
        for name, moment in dropped.items():
            self.assert_within(0.5 * SLOW * SLOWER, moment, took[name], "no slow answer had to be waited for")


if __name__ == "__main__":
    main()
