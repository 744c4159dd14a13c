#!/usr/bin/env python3
"""Each hour of two years in six zones, as a cell of a table has it, against Python's zoneinfo.

zones_test.py PROGRAM: `zones` of this folder. The half hours are tried too: Lord Howe puts its clocks forward by one."""
import datetime
import subprocess
import sys
import zoneinfo

# Madrid: as most of Europe. New York: other days. Lord Howe: half an hour, in the south. Casablanca: back for Ramadan.
# Kolkata: half an hour from the full one, no change. Santiago: changes at midnight, so that a day begins at 01:00.
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "America/Santiago")
FIRST = datetime.datetime(2025, 1, 1)
HALF_HOURS = 2 * 365 * 48


def expected(zone, local):
    """What a clock on a wall there means: by both folds, and whether it comes back as the same."""
    moments = []
    for fold in (0, 1):
        aware = local.replace(tzinfo=zone, fold=fold)
        moment = int(aware.timestamp())
        back = datetime.datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
        if back == local and moment not in moments:
            moments.append(moment)
    if not moments:
        return "never"
    return f"{min(moments)} twice" if len(moments) > 1 else str(moments[0])


def main(program):
    asked, wanted = [], []
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        for i in range(HALF_HOURS):
            local = FIRST + datetime.timedelta(minutes=30 * i)
            asked.append(f"{name} {local:%Y-%m-%d %H:%M:%S}")
            wanted.append(expected(zone, local))
    got = subprocess.run([program], input="\n".join(asked) + "\n", capture_output=True, text=True, check=True, timeout=300)
    answers = got.stdout.splitlines()
    assert len(answers) == len(wanted), (len(answers), len(wanted))
    wrong = [f"{a}: {b}, zoneinfo: {c}" for a, b, c in zip(asked, answers, wanted) if b != c]
    kinds = [sum(w == "never" for w in wanted), sum(w.endswith("twice") for w in wanted)]
    print(f"{len(wanted)} times in {len(ZONES)} zones: {kinds[0]} never were, {kinds[1]} were twice, {len(wrong)} differ")
    print("\n".join(wrong[:20]))
    # A table without changes of the clocks would prove nothing.
    assert kinds[0] > 10 and kinds[1] > 10, kinds
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
