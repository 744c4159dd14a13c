#!/usr/bin/env python3
"""`./dev demo`: drops three kinds of files, waits until every event is final, compares what the daemon says with what
arrived at the sandbox, and shows it. Exit 0 only when everything was as it should be. Usage: demo.py BUILD
"""
import json
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

from harness import ACCOUNT, Bench, Failure, event, ndjson, tail, wait_until  # noqa: E402

MANY = 10_000
ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

# The example of the vendor's documentation, which stands there three times: for cURL, Python and JavaScript.
EXAMPLE = {
    "account_id": ACCOUNT,
    "url_parameters": {"utm_medium": "my-medium-01", "utm_source": "my-source-01"},
    "click_time": 1634707888,
    "settings": {"email": "[email protected]"},
    "referrer": "https://facebook.com/",
    "current_url": "https://sealmetrics.com/",
}

# What people get wrong. Every good line has a bad neighbour.
BAD_LINES = [
    b'{"account_id":"' + ACCOUNT.encode() + b'","click_time":1634707888000,"settings":{}',
    b'{"account_id":"' + ACCOUNT.encode() + b'","click_time":"yesterday","url_parameters":{"utm_source":"x"},"settings":{}}',
    b'{"account_id":"' + ACCOUNT.encode() + b'","clicktime":1634707888000,"url_parameters":{"utm_source":"x"},"settings":{}}',
    b'{"account_id":"someone-else","click_time":1634707888000,"url_parameters":{"utm_source":"x"},"settings":{}}',
    b'{"account_id":"' + ACCOUNT.encode() + b'","click_time":1634707888000,"url_parameters":{},"settings":[]}',
]
GOOD_BESIDE = 5


def heading(text):
    print(f"\n== {text}", flush=True)


def fresh_folder():
    """.demo/ in the tree, emptied; a temporary directory where another user's remains lie in the way."""
    folder = os.path.join(ROOT, ".demo")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.makedirs(folder)
    except OSError:
        folder = tempfile.mkdtemp(prefix="setclickd-demo-")
    return folder


def drop_everything(bench):
    bench.drop("example-curl.json", json.dumps({"event_id": "example-curl", **EXAMPLE}, indent=2))
    bench.drop("example-python.json", json.dumps({"event_id": "example-python", **EXAMPLE}))
    bench.drop("example-javascript.ndjson", ndjson([{"event_id": "example-javascript", **EXAMPLE}]))
    bench.drop("crm-export.ndjson", ndjson(event(n) for n in range(MANY)))
    mixed = b""
    for number in range(GOOD_BESIDE):
        mixed += ndjson([event(MANY + number)]) + BAD_LINES[number] + b"\n"
    bench.drop("good-and-bad.ndjson", mixed)


def verify(bench, counts):
    """What the daemon says, what the sandbox booked and what lies in the spool, compared."""
    good = 3 + MANY + GOOD_BESIDE
    problems = []

    def expect(what, got, wanted):
        if got != wanted:
            problems.append(f"{what}: {got}, expected {wanted}")

    for state in ("waiting", "in_flight", "deferred", "in_doubt", "held", "duplicate", "discarded"):
        expect(f"events {state}", counts[state], 0)
    expect("events delivered", counts["delivered"], good)
    expect("events rejected", counts["rejected"], len(BAD_LINES))

    booked = bench.booked()
    expect("booked at the sandbox, by its statistics", bench.stats()["booked"], good)
    expect("entries in the sandbox's book", len(booked), good)
    texts = [entry["form"]["url_parameters"] for entry in booked]
    expect("different events at the sandbox", len(set(texts)), MANY + GOOD_BESIDE + 1)
    expect("the vendor's example at the sandbox", texts.count('{"utm_medium":"my-medium-01","utm_source":"my-source-01"}'), 3)

    for name in ("example-curl.json", "example-python.json", "example-javascript.ndjson", "crm-export.ndjson",
                 "good-and-bad.ndjson"):
        expect(f"{name} in done/", name.encode() in bench.files("done"), True)
    expect("files left in incoming/", bench.files("incoming"), [])
    expect("files left in work/", bench.files("work"), [])
    refused = bench.rejected("good-and-bad.ndjson").split(b"\n")
    expect("refused lines, byte for byte", [line for line in refused if line and not line.startswith(b"#! ")], BAD_LINES)
    expect("reasons", sum(line.startswith(b"#! ") for line in refused), len(BAD_LINES))
    return problems


def show(bench):
    heading("setclickd status")
    print(bench.run_command("status").stdout.decode().rstrip())
    heading("spool/rejected/good-and-bad.ndjson: each refused line, after its reason")
    print(bench.rejected("good-and-bad.ndjson").decode().rstrip())
    heading("the first request at the sandbox, its parameters decoded")
    first = next(entry for entry in bench.recorded() if entry["target"].endswith("/set-click"))
    print(f"{first['method']} {first['target']} -> {first['status']}")
    for title in ("headers", "form"):
        for name, value in first[title].items():
            print(f"  {title:8} {name:16} {value}")
    heading("the sandbox's own count")
    print(json.dumps(bench.stats(), indent=2))
    heading("the end of the daemon's log")
    print(tail(bench.daemon_log, 12))


def closer(bench):
    heading("look closer")
    here = os.path.relpath(bench.folder) if bench.folder.startswith(ROOT) else bench.folder
    build = os.path.relpath(bench.build)
    print(f"""  {build}/src/daemon/setclickd status --config {here}/setclickd.toml
  less {here}/spool/rejected/good-and-bad.ndjson       what was refused, and why
  ls {here}/spool/done/                                files that are finished, with their results
  head -n 1 {here}/record.ndjson                       every request that arrived
  sqlite3 -readonly {here}/ledger.db .tables           the ledger itself
  {build}/src/daemon/setclickd --help
  {build}/src/sandbox/setclick-sandbox --help""")


def main():
    os.chdir(ROOT)
    bench = Bench(build=sys.argv[1], folder=fresh_folder(), keep=True)
    with bench:
        heading("starting the sandbox and the daemon")
        bench.start_sandbox()
        bench.write_config()
        bench.start_daemon()
        print(f"  sandbox   {bench.url}\n  daemon    pid {bench.daemon.pid}\n  directory {bench.folder}")
        heading(f"dropping three examples of the vendor, {MANY} events in one file, and a file with good and bad lines")
        drop_everything(bench)
        counts = bench.wait_final(3 + MANY + GOOD_BESIDE + len(BAD_LINES), 120)
        wait_until(lambda: not bench.files("work") and not bench.files("incoming"), 20, "the files are filed away")
        show(bench)
        problems = verify(bench, counts)
        code = bench.daemon.stop()
        if code != 0:
            problems.append(f"the daemon ended with {code} on SIGTERM")
        bench.sandbox.stop()
        closer(bench)
        heading("compared: the daemon's counts, the sandbox's book and the files of the spool")
        for problem in problems:
            print(f"  WRONG  {problem}")
        if problems:
            sys.exit(1)
        print(f"  {3 + MANY + GOOD_BESIDE} delivered and booked once each, {len(BAD_LINES)} lines refused with their reasons: as it should be")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"demo: {failure}")
