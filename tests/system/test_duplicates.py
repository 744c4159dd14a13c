#!/usr/bin/env python3
"""The same export again: as it is, re-ordered and respelled under another name, after a crash in its first import; and
rejected lines mended and dropped as they are, also before the rejected events are sent again."""
import json
import os
import random
from datetime import datetime, timedelta, timezone

from case import SLOWER, SystemTest, main, size
from harness import ACCOUNT, event, ndjson, wait_until
from witness import Ledger

KILLED = -9
CLICK = 1634707888000


def export(count):
    """Every second event has an event_id, the others are told apart by their content."""
    events = [event(n) for n in range(count)]
    for one in events[1::2]:
        del one["event_id"]
    return events


def respelled(one, dice):
    """The same event by another hand: other order, other white space, escapes, and click_time as a date with an offset."""
    offset = timezone(timedelta(hours=dice.choice((-5, 0, 2))))
    at = datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=one["click_time"])
    value = dict(one, click_time=at.astimezone(offset).isoformat(timespec="milliseconds"))
    members = list(value.items())
    dice.shuffle(members)
    text = json.dumps(dict(members), indent=None, separators=dice.choice(((",", ":"), (" , ", " : "))))
    return text.replace("user", "\\u0075ser").replace("my-medium", "my\\u002dmedium")


class Duplicates(SystemTest):
    def counts(self):
        return Ledger(self.bench.ledger).counts()

    def settled(self, delivered, duplicates, files):
        def reached():
            counts = self.counts()
            return counts["delivered"] == delivered and counts["duplicate"] == duplicates and len(
                [n for n in self.bench.files("done") if n.endswith(b".result.json")]) == files
        wait_until(reached, (60 + delivered / 300) * SLOWER, lambda: f"{delivered} delivered, {duplicates} duplicates; "
                   f"{self.counts()} {self.bench.files('done')[:9]}\n{self.bench.story()}", 0.1)

    def booked_numbers(self):
        return [int(e["form"]["url_parameters"].split("source-")[1].split('"')[0]) for e in self.bench.booked()]

    def test_export_dropped_twice_then_reordered_and_respelled_is_delivered_once(self):
        count = size(4_000, 100_000)
        events, dice = export(count), random.Random(5)
        bench = self.start()
        bench.drop("export.ndjson", ndjson(events))
        self.settled(count, 0, 1)
        bench.drop("export.ndjson", ndjson(events))
        self.settled(count, count, 2)
        dice.shuffle(events)
        lines = [respelled(one, dice) for one in events]
        bench.drop("other name.ndjson", "\r\n".join(lines[:count // 2]) + "\r\n")
        bench.drop("third.json", "[\n" + ",\n".join(lines[count // 2:]) + "]")
        self.settled(count, 2 * count, 4)
        self.assertEqual(sorted(self.booked_numbers()), list(range(count)))
        results = bench.results()
        self.assertEqual(sum(r["duplicate"] for r in results.values()), 2 * count)
        self.assert_stops()

    def test_export_dropped_again_after_a_crash_in_its_first_import_is_delivered_once(self):
        count = size(4_000, 100_000)
        events, dice = export(count), random.Random(6)
        bench = self.bench
        bench.start_sandbox()
        bench.write_config()
        content = ndjson(events)
        bench.drop("export.ndjson", content)
        for fault in ("ledger.import:2:after", "ledger.import:2"):  # some of it is in the ledger, the rest is not
            bench.start_daemon(ready=False, env={**os.environ, "SETCLICKD_FAULT": fault})
            self.assertEqual(bench.daemon.wait(30 * SLOWER), KILLED)
        known = self.counts()
        known = sum(known[s] for s in ("waiting", "in_flight", "deferred", "delivered"))
        self.assertTrue(0 < known < count, f"killed in the middle of the import: {known}")
        dice.shuffle(events)
        bench.drop("again.ndjson", "\n".join(respelled(one, dice) for one in events))
        bench.start_daemon()
        self.settled(count, count, 2)
        doubts, booked = Ledger(bench.ledger).in_doubt(), self.booked_numbers()
        self.assertEqual(set(booked), set(range(count)))
        self.assertLessEqual(len(booked) - count, sum(doubts.values()))
        self.assert_stops()

    def test_thousand_rejected_lines_mended_and_dropped_as_they_are_deliver_a_thousand_more(self):
        good, bad = size(1_000, 50_000), 1_000
        events = [event(n) for n in range(good + bad)]
        for one in events[::(good + bad) // bad][:bad]:
            one["click_time"] = 17  # long before 2010
        bench = self.start()
        bench.drop("export.ndjson", ndjson(events))
        self.settled(good, 0, 1)
        self.assertEqual(self.counts()["refused"], bad)
        published = bench.rejected("export.ndjson").decode()
        self.assertEqual(published.count("#! line "), bad)
        number = iter(range(bad))
        mended = "".join(line.replace('"click_time":17,', f'"click_time":{CLICK + next(number)},')
                         if not line.startswith("#!") else line for line in published.splitlines(keepends=True))
        bench.drop("export.ndjson", mended)
        self.settled(good + bad, 0, 2)
        self.assertEqual(sorted(self.booked_numbers()), list(range(good + bad)))
        self.assertEqual(self.counts()["refused"], bad, "the lines with the reasons are skipped")
        self.assert_stops()

    def test_what_was_rejected_and_dropped_again_goes_out_once_whatever_is_resumed_or_retried(self):
        count, again = 20, 17  # twenty in a row make the account suspect
        bench = self.start()
        bench.faults(status=400)
        for n in range(count):
            bench.drop(f"one-{n}.ndjson", ndjson([event(n)]))
        wait_until(lambda: self.counts()["rejected"] == count, 30 * SLOWER, lambda: "all are rejected\n" + bench.story())
        names = [f"one-{n}.rejected-by-server.ndjson" for n in range(count)]
        wait_until(lambda: {os.fsencode(name) for name in names} <= set(bench.files("rejected")), 20 * SLOWER,
                   lambda: "each file has its rejects\n" + bench.story())
        self.assertEqual(bench.status()["accounts"][0]["parked"]["reason"], "suspect")
        for n, name in enumerate(names[:again]):
            bench.drop(f"again-{n}.ndjson", bench.rejected(name))
        wait_until(lambda: self.counts()["waiting"] == again, 20 * SLOWER, lambda: "they are there again\n" + bench.story())
        bench.faults()
        bench.run_command("resume", ACCOUNT)
        wait_until(lambda: self.counts()["delivered"] >= count, 30 * SLOWER, lambda: "delivered\n" + bench.story())
        done = bench.run_command("retry", "--state", "rejected", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(b"17 events not touched: dropped again since", done.stdout)
        counts = self.counts()
        self.assertEqual((counts["delivered"], counts["rejected"]), (count, again), bench.story())
        self.assertIn(f"those that were dropped again since stay so account={ACCOUNT} count={again}", bench.daemon.output())
        self.assert_stops()
        self.assertEqual(sorted(self.booked_numbers()), list(range(count)))


if __name__ == "__main__":
    main()
