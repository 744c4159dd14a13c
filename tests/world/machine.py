"""For what runs in the booted machine (boot.sh): commands as a person types them, a terminal to answer questions on, and
`setclick-sandbox` in the place of SealMetrics, under the vendor's own name, so that nothing is configured for the test.

Everything that is typed, and what it printed, is in the log of the test.
"""
import glob
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, "/tree/tests/system")

from harness import ACCOUNT, TOKEN, event, ndjson, wait_until  # noqa: E402,F401  (for the tests)

VENDOR = "app.sealmetrics.com"
SPOOL = "/var/spool/setclickd"
BOOK, RECORD = "/srv/sealmetrics/book.ndjson", "/srv/sealmetrics/record.ndjson"
DESK = "/srv/desk"  # where the person sits who types
PACKAGES = f"{DESK}/build/package"
CONFIGURATION = "/etc/setclickd/setclickd.toml"


class Done:
    """What a command printed, and its exit code."""

    def __init__(self, code, text):
        self.code, self.text = code, text


def run(command, user=None, code=0, stdin=""):
    """A line of shell, as root or as `user`; an exit code other than `code` (None: any) fails the test."""
    words = ["bash", "-c", command] if user is None else ["runuser", "-l", user, "-c", command]
    done = subprocess.run(words, input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          cwd=DESK, check=False)
    text = done.stdout.decode("utf-8", "replace")
    print(f"{user or 'root'}$ {command}\n{text}", flush=True)
    if code is not None and done.returncode != code:
        raise AssertionError(f"{command}: exit {done.returncode} instead of {code}\n{text}")
    return Done(done.returncode, text)


def dialogue(command, answers):
    """A command on a terminal: waits for each question, by a word of it, and types the answer. All that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(DESK)
        os.execvp("bash", ["bash", "-c", command])
    shown, unread, end = "", 0, time.monotonic() + 120
    answers = list(answers)
    while True:
        ready, _, _ = select.select([terminal], [], [], 1)
        if ready:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                data = b""  # its other end is closed
            if not data:
                break
            shown += data.decode("utf-8", "replace")
        if answers and answers[0][0] in shown[unread:]:
            unread = len(shown)
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            break
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    shown = shown.replace("\r\n", "\n")
    print(f"root$ {command}\n{shown}", flush=True)
    if answers:
        raise AssertionError(f"{command} never asked for {answers[0][0]!r}\n{shown}")
    return Done(os.waitstatus_to_exitcode(status), shown)


def write(path, content, mode=0o644):
    path = os.path.expanduser(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)


def journal(since=None):
    """What the service logged; `since` is a cursor of `here()`."""
    after = f"--after-cursor='{since}'" if since else ""
    return subprocess.run(["bash", "-c", f"journalctl --no-pager -o cat -u setclickd {after}"], capture_output=True,
                          check=True, timeout=60).stdout.decode("utf-8", "replace")


def here():
    text = subprocess.run(["journalctl", "--no-pager", "-n", "0", "--show-cursor"], capture_output=True, check=True,
                          timeout=60).stdout.decode()
    return text.split("-- cursor: ")[1].strip()


def property_of_unit(name):
    return subprocess.run(["systemctl", "show", "-P", name, "setclickd"], capture_output=True, check=True,
                          timeout=60).stdout.decode().strip()


def main_pid():
    return int(property_of_unit("MainPID"))


def is_active():
    return property_of_unit("ActiveState") == "active"


def counts():
    """events.{waiting,…} of `status --json`."""
    done = subprocess.run(["setclickd", "status", "--json"], capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)["events"]


def wait_delivered(total, seconds=60):
    def enough():
        return counts()["delivered"] >= total
    wait_until(enough, seconds, lambda: f"{total} delivered; {counts()}\n{journal()[-3000:]}", step=0.2)


def booked():
    """The utm_source of every event that the vendor has booked, in order."""
    ask_vendor("stats")  # which agree with its files
    sources = []
    with open(BOOK, encoding="utf-8") as file:
        for line in file:
            sources += re.findall(r'"utm_source":"([^"]*)"', json.loads(line)["form"]["url_parameters"])
    return sources


def sources(first, last):
    """Those of the events `event(first)` to `event(last - 1)`."""
    return [f"source-{n}" for n in range(first, last)]


def ask_vendor(what, body=None):
    request = urllib.request.Request(f"https://{VENDOR}/_sandbox/{what}", body, method="POST" if body else "GET")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def faults(**names):
    """Replaces what the vendor does wrong; nothing, for `faults()`."""
    ask_vendor("faults", json.dumps(names).encode())


def packages():
    """Puts the two packages where `./dev package` leaves them."""
    os.makedirs(PACKAGES, exist_ok=True)
    run(f"cp /world/package/*.deb {PACKAGES}/")


def start_vendor():
    """The sandbox as app.sealmetrics.com, trusted by the machine: installed from its package, as a service."""
    run(f"apt-get -y -qq install ca-certificates {PACKAGES}/setclick-sandbox_*.deb")
    with open("/etc/hosts", "a", encoding="ascii") as file:
        file.write(f"127.0.0.1 {VENDOR}\n")
    run("mkdir -p /srv/sealmetrics && systemd-run --quiet --unit=sealmetrics setclick-sandbox --listen 127.0.0.1:443"
        f" --name {VENDOR} --base-path /api --dir /srv/sealmetrics --record {RECORD} --book {BOOK} --token {TOKEN}"
        f" --account {ACCOUNT}=Shop")
    certificates = wait_until(lambda: glob.glob("/srv/sealmetrics/ca*.pem"), 15, "the sandbox's own CA")
    run(f"cp {certificates[0]} /usr/local/share/ca-certificates/sealmetrics.crt && update-ca-certificates")

    def answers():
        try:
            faults()
            return True
        except OSError:
            return False
    wait_until(answers, 15, lambda: run("systemctl status sealmetrics", code=None).text)


def install():
    run(f"apt-get -y -qq install {PACKAGES}/setclickd_*_amd64.deb")


def configure(rate=0, account="", **tables):
    """A configuration with the token where the package wants it; `rate` 0 is unlimited."""
    text = "".join(f"[{name}]\n{lines}\n" for name, lines in tables.items())
    text += (f'[[account]]\nid = "{ACCOUNT}"\ntoken_file = "/etc/setclickd/token"\nrate_per_minute = {rate}\n{account}\n')
    write(CONFIGURATION, text)
    run("setclickd token", stdin=TOKEN + "\n")


def drop(name, content):
    """As a careful producer: written beside, then renamed into incoming/."""
    write(f"{SPOOL}/incoming/.{name}.part", content)
    os.rename(f"{SPOOL}/incoming/.{name}.part", f"{SPOOL}/incoming/{name}")


def user(name, *groups):
    run(f"useradd --create-home --shell /bin/bash {name}")
    for group in groups:
        run(f"adduser --quiet {name} {group}")


class Story(unittest.TestCase):
    """Steps in the order of their names, each on what the ones before it left: after a failure the rest is left out."""
    failed = None

    def setUp(self):
        if type(self).failed:
            self.skipTest(f"{type(self).failed} failed")
        print(f"\n===== {self.id()}", flush=True)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            type(self).failed = type(self).failed or self._testMethodName
            print(run("journalctl --no-pager -n 60 -o short-monotonic", code=None).text, flush=True)


def main():
    os.makedirs(DESK, exist_ok=True)
    def state():
        return subprocess.run(["systemctl", "is-system-running"], capture_output=True, timeout=60, check=False).stdout.strip()
    wait_until(lambda: state() in (b"running", b"degraded"), 60,
               lambda: "booted; there is still\n" + run("systemctl list-jobs", code=None).text, step=0.2)
    unittest.main(verbosity=2)
