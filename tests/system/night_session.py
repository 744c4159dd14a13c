"""A bad night: each trouble that a delivery may meet, what the log says of it, what `status` shows, and what ends it.

test_night.py compares it with docs/night.md, and writes it there when SETCLICKD_WRITE_DOCS=1. What differs from run to run
(times, directories, ports) is replaced.
"""
import json
import os
import re
import signal
import subprocess

from certificates import CA, ELSE, PAST, Authority
from harness import ACCOUNT, Failure, event, ndjson, tail, wait_until

BEGIN = "<!-- night: made by tests/system/test_night.py -->\n"


class Trouble:
    """One trouble on a bench of its own; `text` is its part of the page."""

    def __init__(self, bench, title, words):
        self.bench = bench
        self.parts = [f"## {title}\n\n{words}\n"]

    @property
    def text(self):
        return "".join(self.parts)

    def say(self, words):
        self.parts.append(f"\n{words}\n")

    def masked(self, text):
        text = text.replace(self.bench.folder + "/spool", "/var/spool/setclickd").replace(self.bench.folder, "/var/lib/setclickd")
        text = re.sub(r"^\S+Z (info|warn|error) +", r"\1: ", text, flags=re.M)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-11-25T03:00:00Z", text)
        text = re.sub(r"127\.0\.0\.1:\d+", "192.0.2.7:443", text)
        # What a machine's resolver says of a name that is nowhere: by whether it reaches a server at all.
        text = re.sub(r"cannot be resolved: [^;\"]*;", "cannot be resolved: Host not found (authoritative);", text)
        text = re.sub(r'(next_try_in|after)=("[^"]*"|\S+)', r'\1="20 s"', text)
        text = re.sub(r"\d+ (ms|s|min|h)( \d+ (ms|s|min))?(?=\W|$)", "20 s", text)
        text = re.sub(r"\bfree=(\"[^\"]*\"|\S+)", "free=\"0 bytes\"", text)
        text = re.sub(r"\d+(\.\d+)? a minute", "30 a minute", text)
        text = re.sub(r"\d+ failures?", "3 failures", text)
        text = re.sub(r"\b(tries|times|attempts)=\d+", r"\1=3", text)
        text = re.sub(r"\bid=\d+", "id=17", text)
        return text

    def lines(self, *keys, seconds=30):
        """The first line of the log with each of these keys."""
        found = []
        for key in keys:
            line = wait_until(lambda key=key: next((line for line in self.bench.daemon.output().splitlines()
                                                    if line.endswith(f" event={key}")), None), seconds,
                              lambda key=key: f"a line with event={key}\n" + tail(self.bench.daemon_log))
            found.append(self.masked(line))
        self.parts.append("\n```\n" + "\n".join(found) + "\n```\n")

    def status(self, pattern):
        """The line of `status` that speaks of it."""
        def speaks():
            shown = self.bench.run_command("status").stdout.decode().splitlines()
            return [line for line in shown if re.search(pattern, line)]
        found = wait_until(speaks, 30, lambda: f"status says {pattern}\n" + self.bench.run_command("status").stdout.decode())
        shown = self.masked(found[0]).rstrip()
        self.parts.append(f"\n```console\n$ setclickd status\n{shown}\n```\n")

    def drop(self, count=3, name="night.ndjson"):
        self.bench.drop(name, ndjson(event(n) for n in range(count)))

    def final(self, count, **counts):
        got = self.bench.wait_final(count, 60)
        for name, wanted in counts.items():
            if got[name] != wanted:
                raise Failure(f"{name}: {got[name]}, not {wanted}\n{self.bench.story()}")


def name_is_gone(bench):
    t = Trouble(bench, "The name of the endpoint is gone (DNS)", "The resolver answers nothing, or not this name.")
    bench.start_sandbox()
    well, bench.url = bench.url, "https://sealmetrics.invalid/api"
    bench.write_config()
    # A machine without a network says so soon.
    bench.start_daemon(env=dict(os.environ, RES_OPTIONS="timeout:1 attempts:1"))
    t.drop()
    t.lines("endpoint_unreachable", seconds=60)
    t.status(r"sealmetrics\.invalid|reach")
    bench.url = well
    bench.write_config()
    bench.run_command("reload")
    t.say("Nothing was sent, so nothing is in doubt. Mend the resolver (`getent ahosts NAME` as the service sees it); it goes on by "
          "itself:")
    t.lines("endpoint_reached")
    t.final(3, delivered=3)
    return t


def certificate_has_expired(bench):
    t = Trouble(bench, "The certificate of the endpoint has expired", "Or the authority that signed it, or our clock is wrong.")
    os.makedirs(bench.path("made"))
    made = Authority(bench.path("made"))
    authority = made.make("ca", "Test CA", CA)
    leaf = made.make("leaf", "127.0.0.1", ELSE + "subjectAltName=IP:127.0.0.1\n", issuer="ca", when=PAST)
    bench.start_sandbox("--cert", leaf, "--key", made.path("key.pem"))
    bench.ca = authority
    bench.write_config()
    bench.start_daemon()
    t.drop()
    t.lines("endpoint_unreachable")
    t.status(r"reach|certificate")
    t.say("Nothing is sent to whom cannot prove that it is SealMetrics. `date -u` first: a clock that is wrong looks the same. Else it "
          "is SealMetrics that must renew it (or the firm's own proxy that breaks TLS open); it goes on by itself.")
    return t


def parked_by(bench, title, words, key, cure, **faults):
    t = Trouble(bench, title, words)
    bench.start_sandbox()
    bench.faults(**faults)
    bench.write_config()
    bench.start_daemon()
    t.drop()
    t.lines(key)
    t.status(r"parked: ")
    t.say(cure)
    bench.faults()
    return t


def unauthorised(bench):
    t = parked_by(bench, "401: the token is not accepted any more", "Expired, withdrawn, or another account's.", "account_parked",
                  "Not one event is rejected for it; three wait. Write the new token, and it is taken within two seconds:", status=401)
    with open(bench.path(f"token-{ACCOUNT}"), "w", encoding="ascii") as file:
        file.write(bench.accounts[ACCOUNT] + "\n")
    t.lines("account_cured")
    t.final(3, delivered=3)
    return t


def forbidden(bench):
    t = parked_by(bench, "403: the account may not do this", "The token lacks the scope `offline-leads`, or the account is blocked.",
                  "account_parked", "Have the scope added at SealMetrics, then:", status=403)
    bench.run_command("resume", ACCOUNT)
    t.lines("account_resumed")
    t.final(3, delivered=3)
    return t


def throttled(bench):
    t = Trouble(bench, "429: too many calls, wait", "The server asks for 90 seconds (here for 3).")
    bench.start_sandbox("--retry-after", "3")
    bench.faults(throttle_share=1, retry_after="3")
    bench.write_config()
    bench.start_daemon()
    t.drop()
    t.lines("rate_follows")
    t.status(r"rate: .*as the server asked")
    bench.faults()
    t.say("Nothing to do. It waits as long as it was asked to, and goes more slowly for a while; if it happens every night, set "
          "`rate_per_minute` to what the contract says.")
    t.final(3, delivered=3)
    return t


def failing(bench):
    t = Trouble(bench, "500: the server fails", "An application that fails may have booked the event before it did.")
    bench.start_sandbox()
    bench.faults(status=500)
    bench.write_config()
    bench.start_daemon()
    t.drop()
    t.lines("unknown_outcome", "trouble")
    t.status(r"trouble: ")
    bench.faults()
    t.say("It is tried again less and less often, and ends by itself. What was sent may be there twice afterwards: it is counted as *in "
          "doubt*, and `setclickd reconcile` tells. With `in_doubt = \"hold\"` these events wait for a person instead.")
    t.final(3, delivered=3)
    return t


def disk_is_full(bench):
    t = Trouble(bench, "The disk of the ledger is full", "By another program's log, say.")
    small = bench.path("small")
    os.makedirs(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small], capture_output=True, check=False).returncode != 0:
        return None
    try:
        bench.ledger = os.path.join(small, "ledger.db")
        bench.start_sandbox("--latency", "2ms")
        bench.write_config()
        bench.start_daemon()
        t.drop(1, "before.ndjson")
        t.final(1, delivered=1)
        with open(os.path.join(small, "full"), "ab", buffering=0) as file:
            for step in (1 << 20, 4096):
                try:
                    while file.write(bytes(step)) == step:
                        pass
                except OSError:
                    pass
        bench.drop("night.ndjson", ndjson(event(n) for n in range(1, 60_000)))
        t.lines("ledger_full_intake", seconds=60)
        t.status(r"disk full")
        os.remove(os.path.join(small, "full"))
        t.say("The files stay in the spool and nothing is lost. Make room; it goes on by itself:")
        t.lines("ledger_writable_intake")
        bench.daemon.signal(signal.SIGKILL)
        bench.daemon.wait(30)
    finally:
        subprocess.run(["umount", "-l", small], check=False)
    return t


def rejected_file(bench):
    t = Trouble(bench, "A file comes back", "Its lines are no events, or the server refuses what is in them.")
    bench.start_sandbox()
    bench.faults(status=422)
    bench.write_config()
    bench.start_daemon()
    bench.drop("night.ndjson", ndjson([event(1)]) + json.dumps({"event_id": "e-2"}).encode() + b"\n")
    t.lines("file_read_refused", "event_rejected", "file_finished_rejected")
    t.final(2, delivered=0, rejected=2)
    t.status(r" 2 rejected")
    t.say("`rejected/` holds the lines, each after its reason: mend them and drop the file again.")
    return t


def poison(bench):
    t = Trouble(bench, "A line breaks setclickd itself", "Three times at the same place: it is set aside, and everything else goes on.")
    bench.start_sandbox()
    bench.write_config()
    lines = [event(0), event(1), event(2)]
    lines[1]["settings"]["email"] = "poison@example.com"
    bench.drop("night.ndjson", ndjson(lines))
    environment = dict(os.environ, SETCLICKD_FAULT="line:poison:SEGV")
    for _ in range(3):
        bench.start_daemon(ready=False, env=environment, prefix=("prlimit", "--core=0:0"))
        if bench.daemon.wait(60) != -signal.SIGSEGV:
            raise Failure("it did not break\n" + bench.story())
    bench.start_daemon(env=environment)
    t.lines("last_run_crashed", "line_poisonous")
    t.final(3, delivered=2, rejected=1)
    t.status(r"rejected")
    t.say("Please report the first line with what stands around it. The line comes back in `rejected/` with the reason *crash*.")
    return t


TROUBLES = (name_is_gone, certificate_has_expired, unauthorised, forbidden, throttled, failing, disk_is_full, rejected_file, poison)
