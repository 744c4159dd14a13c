"""Starts the real programs on free ports in a directory of their own, and reads what they say.

    with Bench(build) as bench:
        bench.start_sandbox("--latency", "5ms")
        bench.start_daemon()
        bench.drop("a.ndjson", lines)
        bench.wait_final(len(lines))

Everything waits with a deadline and fails with the tails of both logs; time in which the machine stood still (stalls.py)
does not count. Nothing outlives the test: the children are killed with this process.
"""
import collections
import concurrent.futures
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from stalls import now_us, stalled

ACCOUNT = "60a52f6ac660b269d13c3f53"
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImp0aSI6ImRlbW8ifQ.demo.demo"
DAY = 86_400_000  # milliseconds
FINAL = ("delivered", "rejected", "duplicate", "discarded")

# A child is killed when this process ends, however it ends. setpriv does that in the child itself: Python's preexec_fn may
# deadlock in a process that has threads, and every test has some. The kernel watches the *thread* that started the child, so
# that what outlives a call is started by one that lives as long as the process.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_starter = concurrent.futures.ThreadPoolExecutor(1)


def start_child(command, **how):
    """subprocess.Popen of a program that dies with this process."""
    return _starter.submit(subprocess.Popen, [*DIES_WITH_US, *command], **how).result()


class Failure(AssertionError):
    """Something did not happen in time; carries what the programs said last."""


def is_over(begin, seconds):
    """More than so many have passed since `begin` (`now_us`), without those in which the machine stood still."""
    now = now_us()
    return (now - begin) / 1e6 > seconds and (now - begin) / 1e6 - stalled(begin, now) > seconds


def wait_until(condition, seconds, what, step=0.05):
    """The first true value of `condition`; a Failure that names `what` when the time is over."""
    begin = now_us()
    while True:
        value = condition()
        if value:
            return value
        if is_over(begin, seconds):
            raise Failure(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(step)


def event(number, account=ACCOUNT, **more):
    """One event as a dictionary; its content differs from that of every other number."""
    value = {
        "event_id": f"e-{number}",
        "account_id": account,
        "click_time": 1634707888000 + number,
        "url_parameters": {"utm_medium": "my-medium-01", "utm_source": f"source-{number}"},
        "settings": {"email": f"user{number}@example.com"},
    }
    value.update(more)
    return value


def ndjson(events):
    return b"".join(json.dumps(e, separators=(",", ":")).encode() + b"\n" for e in events)


class Process:
    """A child whose output goes to one file."""

    def __init__(self, name, command, log, env=None, stdin=None):
        self.name, self.command, self.log = name, command, log
        with open(log, "ab") as out:
            self.start_of_output = out.tell()
            self.child = start_child(command, stdout=out, stderr=subprocess.STDOUT, stdin=stdin or subprocess.DEVNULL,
                                     env=env)
        self.pid = self.child.pid

    def running(self):
        return self.child.poll() is None

    def output(self):
        with open(self.log, "rb") as file:
            file.seek(self.start_of_output)
            return file.read().decode("utf-8", "replace")

    def signal(self, number):
        if self.running():
            self.child.send_signal(number)

    def wait(self, seconds):
        begin, step = now_us(), seconds
        while True:
            try:
                return self.child.wait(step)
            except subprocess.TimeoutExpired:
                if is_over(begin, seconds):
                    raise Failure(f"{self.name} did not end within {seconds} s\n{tail(self.log)}") from None
                step = 0.2

    def stop(self, seconds=40):
        """SIGTERM, and the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait(30)  # a thread that waits for a disk ends when the disk has answered

    def memory(self, field):
        """A line of /proc/PID/status in bytes: VmRSS (now) or VmHWM (the peak)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        raise KeyError(field)


def tail(path, lines=25):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return f"--- {path}\n" + "".join(file.readlines()[-lines:])
    except OSError as error:
        return f"--- {path}: {error}"


def program(build, name):
    folder = {"setclickd": "daemon", "setclick-sandbox": "sandbox"}[name]
    path = os.path.join(build, "src", folder, name)
    if not os.access(path, os.X_OK):
        raise Failure(f"{path} is missing: build it first")
    return os.path.abspath(path)


class Bench:
    """A directory with a sandbox, a daemon, their configuration and the spool."""

    def __init__(self, build=None, folder=None, keep=False):
        self.build = build or os.environ.get("SETCLICK_BUILD") or "build/dev"
        self.keep = keep or bool(os.environ.get("SETCLICK_KEEP"))
        self.folder = folder or tempfile.mkdtemp(prefix="setclickd-test-")
        self.spool = self.path("spool")
        self.ledger = self.path("ledger.db")
        self.postgres = []  # lines of [ledger] that put it into a database instead
        self.config = self.path("setclickd.toml")
        self.record = self.path("record.ndjson")
        self.book = self.path("book.ndjson")
        self.raw = self.path("raw.http")
        self.daemon_log = self.path("setclickd.log")
        self.sandbox_log = self.path("sandbox.log")
        self.sandbox = self.daemon = None
        self.url = self.ca = None
        self.proxy = self.proxy_credentials = ""
        self.accounts = {ACCOUNT: TOKEN}
        self.metrics = ['listen = ""']
        self._temporary = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for process in (self.daemon, self.sandbox):
            if process:
                process.signal(signal.SIGKILL)
        for process in (self.daemon, self.sandbox):
            if process:
                process.kill()
        if kind and issubclass(kind, Exception):
            print(self.story(), flush=True)
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def story(self):
        return "\n".join(tail(log) for log in (self.daemon_log, self.sandbox_log))

    # --- the sandbox ---

    def start_sandbox(self, *arguments, port=0):
        """Starts it and learns its address; a second start keeps certificate, record and book."""
        os.makedirs(self.path("sandbox"), exist_ok=True)
        command = [program(self.build, "setclick-sandbox"), "--listen", f"127.0.0.1:{port}",
                   "--dir", self.path("sandbox"), "--record", self.record, "--book", self.book]
        for token in dict.fromkeys(self.accounts.values()):
            command += ["--token", token]
        self.sandbox = Process("setclick-sandbox", command + list(arguments), self.sandbox_log)
        line = wait_until(self._listening, 15, lambda: "the sandbox says where it listens\n" + tail(self.sandbox_log))
        self.url = next(word for word in line.split() if word.startswith("https://"))
        self.ca = next(word[3:] for word in line.split() if word.startswith("ca="))
        return self.sandbox

    def _listening(self):
        if not self.sandbox.running():
            raise Failure("the sandbox ended at its start\n" + tail(self.sandbox_log))
        return next((line for line in self.sandbox.output().splitlines()
                     if line.startswith("listening ")), None)

    def sandbox_call(self, method, path, body=None):
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPSConnection(
            address.hostname, address.port, timeout=20, context=ssl.create_default_context(cafile=self.ca))
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 300:
                raise Failure(f"{method} {path}: {answer.status} {text[:300]!r}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    def stats(self):
        return self.sandbox_call("GET", "/_sandbox/stats")

    def faults(self, **names):
        """Replaces the faults: `faults(latency="5ms")`; none at all for `faults()`."""
        return self.sandbox_call("POST", "/_sandbox/faults", json.dumps(names))

    def read_ndjson(self, path):
        try:
            with open(path, encoding="utf-8") as file:
                return [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def booked(self):
        """What the sandbox accepted, in order: {"form": {name: value}, "mono_us": …}."""
        self._flush()
        return self.read_ndjson(self.book)

    def recorded(self):
        """Every request: "target", "headers", "form", "status", "fault", "booked"."""
        self._flush()
        return self.read_ndjson(self.record)

    def raw_requests(self):
        """Every request byte for byte, as (head, body); wants the flag `--record-raw bench.raw`."""
        self._flush()
        with open(self.raw, "rb") as file:
            rest = file.read()
        while rest:
            head, rest = rest.split(b"\r\n\r\n", 1)
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                           if line.lower().startswith(b"content-length:")), 0)
            yield head, rest[:length]
            rest = rest[length:]

    def _flush(self):
        # Its statistics promise that the files agree with them.
        if self.sandbox and self.sandbox.running():
            self.stats()

    # --- the daemon ---

    def write_config(self, spool=(), delivery=(), log=(), account=(), sections=(), rate=0, in_doubt="resend",
                     connections=64):
        """Further lines of these tables; `sections` are whole tables, line by line."""
        for name in self.accounts:
            token = self.path(f"token-{name}")
            with open(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                file.write(self.accounts[name] + "\n")
        text = [
            "[spool]", f'dir = "{self.spool}"', *spool,
            "[ledger]", f'path = "{self.ledger}"', *self.postgres,
            "[endpoint]", f'base_url = "{self.url}"', f'ca_file = "{self.ca}"',
            f'proxy = "{self.proxy}"', f'proxy_credentials_file = "{self.proxy_credentials}"',
            "[delivery]", f"connections = {connections}", *delivery,
            "[metrics]", *self.metrics,
            "[log]", *log, *sections,
        ]
        for name in self.accounts:
            text += ["[[account]]", f'id = "{name}"', f'token_file = "{self.path("token-" + name)}"',
                     f"rate_per_minute = {rate}", f'in_doubt = "{in_doubt}"', *account]
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(text) + "\n")

    def command(self, *arguments):
        return [program(self.build, "setclickd"), *arguments, "--config", self.config]

    def start_daemon(self, *arguments, ready=True, env=None, prefix=()):
        if not os.path.exists(self.config):
            self.write_config()
        self.daemon = Process("setclickd", [*prefix, *self.command("run"), *arguments], self.daemon_log, env=env)
        if ready:
            wait_until(self._serving, 30, lambda: "the daemon serves\n" + tail(self.daemon_log))
        return self.daemon

    def _serving(self):
        if not self.daemon.running():
            raise Failure("the daemon ended at its start\n" + tail(self.daemon_log))
        return "is ready" in self.daemon.output()

    def run_command(self, *arguments, stdin=None, timeout=60, check=True):
        done = subprocess.run([*DIES_WITH_US, *self.command(*arguments)], input=stdin, capture_output=True, timeout=timeout)
        if check and done.returncode != 0:
            raise Failure(f"setclickd {' '.join(arguments)}: exit {done.returncode}\n{done.stdout.decode()}\n"
                          f"{done.stderr.decode()}")
        return done

    def status(self):
        return json.loads(self.run_command("status", "--json").stdout)

    def counts(self):
        """events.{waiting,…} of status --json."""
        return collections.Counter(self.status()["events"])

    def wait_final(self, total, seconds=60, more=()):
        """Until `total` events are final (or in one of the states `more`) and none is on its way; the counts."""
        last = collections.Counter()

        def all_final():
            nonlocal last
            if self.daemon and not self.daemon.running():
                raise Failure(f"the daemon ended with {self.daemon.child.returncode}\n{tail(self.daemon_log)}")
            last = self.counts()
            return sum(last[state] for state in (*FINAL, *more)) >= total
        wait_until(all_final, seconds, lambda: f"{total} final events; the counts are {dict(last)}\n{self.story()}",
                   step=0.2)
        return last

    # --- the spool ---

    def incoming(self, name=b""):
        return os.path.join(os.fsencode(self.spool), b"incoming", os.fsencode(name))

    def drop(self, name, content):
        """As a careful producer: written beside, then renamed into incoming/."""
        self._temporary += 1
        os.makedirs(self.incoming(), exist_ok=True)
        part = os.path.join(os.fsencode(self.folder), b"drop-%d.part" % self._temporary)
        with open(part, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.rename(part, self.incoming(name))

    def drop_in_place(self, name, content, pieces=3, pause=0.05):
        """As a careless one: written under its final name, in pieces."""
        os.makedirs(self.incoming(), exist_ok=True)
        size = max(1, len(content) // pieces)
        with open(self.incoming(name), "wb") as file:
            for begin in range(0, len(content), size):
                file.write(content[begin:begin + size])
                file.flush()
                time.sleep(pause)

    def files(self, folder):
        path = os.path.join(os.fsencode(self.spool), os.fsencode(folder))
        # What is just being published has a hidden name until it is whole.
        return sorted(name for name in os.listdir(path)
                      if not (name.startswith(b".") and name.endswith(b".tmp"))) if os.path.isdir(path) else []

    def results(self):
        """Every result in done/ by the name of its file: from NAME.result.json, else from results-YYYYMMDD.ndjson."""
        found = {}
        for name in sorted(self.files("done"), key=lambda name: name.endswith(b".result.json")):
            path = os.path.join(os.fsencode(self.spool), b"done", name)
            if name.endswith(b".result.json"):
                with open(path, encoding="utf-8") as file:
                    found[os.fsdecode(name[:-len(b".result.json")])] = json.load(file)
            elif name.startswith(b"results-") and name.endswith(b".ndjson"):
                for line in self.read_ndjson(path):
                    found[line["done"]] = line
        return found

    def wait_results(self, *names):
        """`results` once there is one for each of these: they appear just behind the files."""
        def all_there():
            found = self.results()
            return found if set(names) <= found.keys() else None
        return wait_until(all_there, 60, lambda: f"results of {names[:9]}\n{self.story()}")

    def rejected(self, name):
        with open(os.path.join(os.fsencode(self.spool), b"rejected", os.fsencode(name)), "rb") as file:
            return file.read()


class Sampler:
    """Reads a process's resident memory in the background."""

    def __init__(self, process, every=0.1):
        self.peak, self._process, self._end = 0, process, threading.Event()
        self._thread = threading.Thread(target=self._run, args=(every,), daemon=True)
        self._thread.start()

    def _run(self, every):
        while not self._end.wait(every):
            try:
                self.peak = max(self.peak, self._process.memory("VmRSS"))
            except (OSError, KeyError):
                return

    def stop(self):
        self._end.set()
        self._thread.join()
        return self.peak
