"""nginx on one core, clients on the other, and what they cost."""
import collections
import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
import ssl

from slow_cores import SlowCores

ACCOUNT = "60a52f6ac660b269d13c3f53"
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9bench0123456789"
PATH = "/api/auth/v1.0/set-click"
SERVER_CORE, CLIENT_CORE = (1, 0) if (os.cpu_count() or 1) > 1 else (0, 0)

# cpu and wall in seconds, memory in KiB; steady: events a second once everything has opened, where it was asked for
Run = collections.namedtuple("Run", "events cpu wall memory steady")

NGINX = """
worker_processes {workers}; {affinity} daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log;
{modules}
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_buffer_size 64k; client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fcgi; uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem; ssl_protocols TLSv1.3;
  server {{ listen 127.0.0.1:{fast} ssl; location /api/ {{ return 200; }} location /count {{ stub_status; }} }}
  {slow}
}}
"""


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def peak_memory(pid):
    """KiB. Not what wait4 tells: that counts this program's own memory, which a child has until it becomes another."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            found = re.search(r"^VmHWM:\s+(\d+)", file.read(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def scattered(number):
    """A number of 64 bits that looks like chance (the finish of splitmix64)."""
    mask = (1 << 64) - 1
    number = (number * 0x9E3779B97F4A7C15) & mask
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & mask
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & mask
    return number ^ (number >> 31)


def account_id(number):
    return ACCOUNT if number == 0 else f"{number:024x}"


class Row:
    """Pairs of (wrk, client) runs."""

    def __init__(self, name, durable):
        self.name, self.durable = name, durable
        self.pairs = []

    def add(self, base, run):
        self.pairs.append((base, run))
        ratio = (run.cpu / run.events) / (base.cpu / base.events)
        print(f"  {self.name}: {run.cpu / run.events * 1e6:.1f} µs, wrk {base.cpu / base.events * 1e6:.1f} µs: {ratio:.2f}",
              flush=True)

    def ratios(self):
        return [(r.cpu / r.events) / (b.cpu / b.events) for b, r in self.pairs]

    def rates(self):
        return [r.steady / b.steady if r.steady and b.steady else (r.events / r.wall) / (b.events / b.wall)
                for b, r in self.pairs]

    def as_dict(self):
        return {"name": self.name, "cpu": self.ratios(), "rate": self.rates()}

    def markdown(self):
        cost = statistics.median(r.cpu / r.events * 1e6 for _, r in self.pairs)
        memory = max(r.memory for _, r in self.pairs) / 1024
        ratios = self.ratios()
        return (f"| {self.name} | {len(self.pairs)} | {cost:.1f} | **{statistics.median(ratios):.2f}** "
                f"({min(ratios):.2f}–{max(ratios):.2f}) | {statistics.median(self.rates()):.2f} | {memory:.1f} | {self.durable} |")


class Steady:
    """Asks the server for its count while a client runs, and takes the rate of the time between its opening and its end."""

    def __init__(self, rig):
        self.rig, self.samples, self.asked, self.over = rig, [], 0, threading.Event()
        self.worker = threading.Thread(target=self.watch)

    def __enter__(self):
        self.worker.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.worker.join()

    def watch(self):
        while not self.over.wait(0.25):
            self.samples.append((time.monotonic(), self.rig.count()))
            self.asked += 1

    def rate(self):
        (_, first), (_, last) = self.samples[0], self.samples[-1]
        opened = [s for s in self.samples if first + (last - first) * 0.35 <= s[1] <= first + (last - first) * 0.9]
        (t0, c0), (t1, c1) = opened[0], opened[-1]
        return (c1 - c0) / (t1 - t0)


class Scraper:
    """Asks a daemon for its metrics once a second, as Prometheus would at its most eager; what it got and how long it took."""

    def __init__(self, port, every=1.0):
        self.url, self.every, self.over = f"http://127.0.0.1:{port}/metrics", every, threading.Event()
        self.seconds, self.bytes = [], 0
        self.worker = threading.Thread(target=self.work)

    def __enter__(self):
        self.worker.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.worker.join()

    def scrape(self):
        started = time.monotonic()
        with urllib.request.urlopen(self.url, timeout=10) as answer:
            self.bytes = len(answer.read())
        self.seconds.append(time.monotonic() - started)

    def work(self):
        while not self.over.wait(self.every):
            with contextlib.suppress(OSError):  # it is not there yet, or not any more
                self.scrape()


class Rig:
    def __init__(self, build, workers=1):
        self.workers = workers
        self.daemon_program = self.program_of(build)
        self.moves_program = os.path.abspath(os.path.join(build, "tests/bench/spool_moves"))
        for tool in ("nginx", "wrk"):
            if not shutil.which(tool) and not os.path.exists(f"/usr/sbin/{tool}"):
                raise SystemExit(f"bench: {tool} is missing: ./dev bench installs it")
        self.folder = tempfile.mkdtemp(prefix="setclickd-bench-")
        self.server = None
        self.postgres = None  # a connection string: the ledger lies there

    @staticmethod
    def program_of(build):
        program = os.path.abspath(os.path.join(build, "src/daemon/setclickd"))
        if not os.access(program, os.X_OK):
            raise SystemExit(f"bench: {program} is missing: ./dev bench builds it (another build: cmake --preset release there)")
        return program

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-keyout", self.path("key.pem"), "-out", self.path("cert.pem"), "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        self.ports = {"fast": free_port(), "slow": free_port()}
        echo = "/usr/share/nginx/modules/ngx_http_echo_module.so"
        has_echo = os.path.exists(echo)
        slow = (f"server {{ listen 127.0.0.1:{self.ports['slow']} ssl; location /api/ {{ echo_sleep 0.020; echo -n ''; }} }}"
                if has_echo else "")
        with open(self.path("nginx.conf"), "w", encoding="ascii") as file:
            file.write(NGINX.format(dir=self.folder, workers=self.workers, affinity=self.affinity(), fast=self.ports["fast"], slow=slow,
                                    modules=f"load_module {echo};" if has_echo else ""))
        self.has_slow = has_echo
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.server = subprocess.Popen([nginx, "-c", self.path("nginx.conf"), "-e", self.path("error.log")])
        deadline = time.monotonic() + 10
        while True:
            try:
                self.count()
                return self
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def affinity(self):
        return f"worker_cpu_affinity {bin(1 << SERVER_CORE)[2:]};" if self.workers == 1 else ""

    def server_pids(self):
        with open(f"/proc/{self.server.pid}/task/{self.server.pid}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def count(self):
        """Requests that nginx has answered, both ports, this question included."""
        context = ssl.create_default_context(cafile=self.path("cert.pem"))
        with urllib.request.urlopen(f"https://127.0.0.1:{self.ports['fast']}/count", context=context, timeout=5) as answer:
            return int(re.search(r"\n\s*\d+\s+\d+\s+(\d+)", answer.read().decode())[1])

    def base_url(self, port="fast"):
        return f"https://127.0.0.1:{self.ports[port]}/api"

    def run(self, command, until=None, env=None, cwd=None, allowed=(0,), pinned=True, share=None, steady=False):
        """Runs a client on its core to its end (or until nginx has counted `until` requests, then ends it)."""
        before = self.count()
        started = time.monotonic()
        with open(self.path("client.log"), "ab") as log:
            core = ["taskset", "-c", str(CLIENT_CORE)] if pinned else []
            child = subprocess.Popen([*core, *command], stdout=log, stderr=log, env=env, cwd=cwd)
            wall = None
            with SlowCores(child.pid, share) if share else contextlib.nullcontext(), \
                    Steady(self) if steady else contextlib.nullcontext() as watched:
                if until is not None:
                    while self.count() - before - 1 < until:
                        if child.poll() is not None or time.monotonic() - started > 600:
                            raise SystemExit(f"bench: {command[0]} did not finish; see {self.path('client.log')}")
                        time.sleep(0.05)
                    wall = time.monotonic() - started
                memory = peak_memory(child.pid)
                if until is not None:
                    child.send_signal(signal.SIGTERM)
                while (ended := os.wait4(child.pid, os.WNOHANG))[0] == 0:
                    memory = peak_memory(child.pid) or memory
                    time.sleep(0.02)
                _, status, usage = ended
            child.returncode = os.waitstatus_to_exitcode(status)
        wall = wall or time.monotonic() - started
        if until is None and child.returncode not in allowed:
            with open(self.path("client.log"), encoding="utf-8", errors="replace") as log:
                raise SystemExit(f"bench: {command[0]} ended with {child.returncode}:\n{log.read()[-2000:]}")
        events = self.count() - before - 1 - (watched.asked if watched else 0)
        return Run(events, usage.ru_utime + usage.ru_stime, wall, memory, watched.rate() if watched else None)

    def wrk(self, connections, port="fast", seconds=2, **how):
        script = self.path("post.lua")
        with open(script, "w", encoding="ascii") as file:
            file.write(f'wrk.method="POST"\nwrk.body=[[{self.body(0)}]]\n'
                       f'wrk.headers["Authorization"]="Bearer {TOKEN}"\nwrk.headers["Accept"]="application/json"\n'
                       'wrk.headers["Content-Type"]="application/x-www-form-urlencoded"\n')
        return self.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, self.base_url(port) + PATH[4:]], **how)

    @staticmethod
    def event(number, account=ACCOUNT):
        value = {"event_id": f"crm-{number:09d}", "account_id": account, "click_time": 1634707888000 + number,
                 "url_parameters": {"utm_medium": "my-medium-01", "utm_source": f"my-source-{number % 100:02d}"},
                 "settings": {"email": f"user{number}@example.com"}, "referrer": "https://facebook.com/",
                 "current_url": "https://sealmetrics.com/"}
        return value

    def body(self, number):
        import urllib.parse
        e = self.event(number)
        compact = {"separators": (",", ":")}
        return urllib.parse.urlencode({
            "account_id": e["account_id"], "url_parameters": json.dumps(e["url_parameters"], **compact),
            "click_time": e["click_time"], "settings": json.dumps(e["settings"], **compact),
            "referrer": json.dumps(e["referrer"]), "current_url": json.dumps(e["current_url"])})

    def events_file(self, events, accounts=1, kind="rising", first=0):
        path = self.path(f"events-{events}-{accounts}-{kind}-{first}.ndjson")
        if not os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                if accounts == 1:
                    self.write_many(file, first, events, kind)
                    return path
                pick = random.Random(1)
                for n in range(first, first + events):
                    file.write(json.dumps(self.event(n, account_id(pick.randrange(accounts))), separators=(",", ":")) + "\n")
        return path

    def write_many(self, file, first, events, kind):
        """The same lines without a JSON writer: there may be ten million of them."""
        mark = 987654321
        line = json.dumps(self.event(mark), separators=(",", ":")) + "\n"
        line = line.replace("%", "%%").replace(f"user{mark}", "user%(n)d")
        line = line.replace(str(1634707888000 + mark), "%(time)d").replace(f"my-source-{mark % 100:02d}", "my-source-%(part)02d")
        own = f'"event_id":"crm-{mark}",'
        line = line.replace(own, {"rising": '"event_id":"crm-%(n)09d",', "content": "", "random": '"event_id":"%(random)016x",'}[kind])
        for n in range(first, first + events):
            file.write(line % {"n": n, "time": 1634707888000 + n, "part": n % 100, "random": scattered(n) if kind == "random" else 0})

    def twin_files(self, events):
        """The same events as lines of JSON and as a table, 200 bytes a row, as a CRM exports it."""
        paths = self.path(f"twin-{events}.ndjson"), self.path(f"twin-{events}.csv")
        if os.path.exists(paths[1]):
            return paths
        with open(paths[0], "w", encoding="utf-8") as lines, open(paths[1], "w", encoding="utf-8") as table:
            table.write("account_id,event_id,click_time,utm_medium,utm_source,email,settings.company,settings.plan,referrer,current_url\r\n")
            for n in range(events):
                event = self.event(n)
                event["settings"] |= {"company": f"M\u00fcller, S\u00f6hne & Co {n % 1000}", "plan": f"yearly {n % 7}"}
                lines.write(json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n")
                seconds, ms = divmod(event["click_time"], 1000)
                at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
                urls, settings = event["url_parameters"], event["settings"]
                table.write(f'{event["account_id"]},{event["event_id"]},{at}.{ms:03}Z,{urls["utm_medium"]},{urls["utm_source"]},'
                            f'{settings["email"]},"{settings["company"]}",{settings["plan"]},{event["referrer"]},{event["current_url"]}\r\n')
        return paths

    def configure(self, connections, port="fast", accounts=1, threads=1, listen=""):
        token = self.path("token")
        if not os.path.exists(token):
            with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(TOKEN)
        # Beside the ledger, which has no folder in PostgreSQL.
        ledger = (f'postgres = "{self.postgres}"\n[control]\nsocket = "{self.path("control.sock")}"' if self.postgres
                  else f'path = "{self.path("ledger.db")}"')
        with open(self.path("setclickd.toml"), "w", encoding="ascii") as file:
            file.write(f'[spool]\ndir = "{self.path("spool")}"\nsettle = "0s"\n[ledger]\n{ledger}\n'
                       f'[endpoint]\nbase_url = "{self.base_url(port)}"\nca_file = "{self.path("cert.pem")}"\n'
                       f'[delivery]\nconnections = {connections}\nthreads = {threads}\n[metrics]\nlisten = "{listen}"\n')
            for n in range(accounts):
                file.write(f'[[account]]\nid = "{account_id(n)}"\ntoken_file = "{token}"\nrate_per_minute = 0\n')

    def clean(self, keep_ledger=False):
        shutil.rmtree(self.path("spool"), ignore_errors=True) if not keep_ledger else None
        if not keep_ledger:
            for name in os.listdir(self.folder):
                if name.startswith("ledger.db"):
                    os.remove(self.path(name))
        os.makedirs(self.path("spool/incoming"), exist_ok=True)

    def daemon(self, files, events, connections, port="fast", accounts=1, small_files=0, keep_ledger=False, threads=1, listen="",
               **how):
        """`setclickd run --once` with its default promises, from its start to its end."""
        self.clean(keep_ledger)
        self.configure(connections, port, accounts, threads, listen)
        self.drop_small(small_files)
        for n, path in enumerate(files or []):
            shutil.copyfile(path, self.path(f"spool/incoming/bench-{time.time_ns()}-{n}{os.path.splitext(path)[1]}"))
        run = self.run([self.daemon_program, "run", "--once", "--config", self.path("setclickd.toml")], **how)
        if run.events != events:
            raise SystemExit(f"bench: {events} events were dropped, but nginx counted {run.events}")
        return run

    def scrapes(self, accounts, times):
        """A daemon at rest with so many accounts, each with an event: each scrape's seconds, and its size."""
        self.clean()
        port = free_port()
        self.configure(64, accounts=accounts, listen=f"127.0.0.1:{port}")
        with open(self.path("spool/incoming/each.ndjson"), "w", encoding="ascii") as file:
            for n in range(accounts):
                file.write(json.dumps(self.event(n, account_id(n)), separators=(",", ":")) + "\n")
        with open(self.path("client.log"), "ab") as log:
            child = subprocess.Popen([self.daemon_program, "run", "--config", self.path("setclickd.toml")], stdout=log, stderr=log)
        try:
            scraper, before = Scraper(port), self.count()
            deadline = time.monotonic() + 60
            while self.count() - before < accounts and time.monotonic() < deadline:
                time.sleep(0.2)
            while len(scraper.seconds) < times:
                time.sleep(1.1)  # what is asked sooner is what was made for the last one
                with contextlib.suppress(OSError):
                    scraper.scrape()
                if time.monotonic() > deadline + 2 * times:
                    raise SystemExit(f"bench: no scrape is answered; see {self.path('client.log')}")
            return scraper.seconds, scraper.bytes
        finally:
            child.terminate()
            child.wait()

    def drop_small(self, files):
        for n in range(files):
            with open(self.path(f"spool/incoming/one-{n:06d}.ndjson"), "w", encoding="ascii") as file:
                file.write(json.dumps(self.event(n), separators=(",", ":")) + "\n")

    def moves(self, files):
        """The same files claimed, read and archived, and nothing else."""
        self.clean()
        self.drop_small(files)
        run = self.run([self.moves_program, self.path("spool")])
        return run._replace(events=files)

    def fill_ledger(self, present, kind):
        """A ledger that knows `present` delivered events."""
        self.clean()
        self.configure(64)
        path = self.events_file(present, kind=kind)
        shutil.move(path, self.path("spool/incoming/present.ndjson"))
        self.run([self.daemon_program, "run", "--once", "--config", self.path("setclickd.toml")])

    def fill_waiting(self, waiting):
        """A ledger in which `waiting` events wait."""
        path = self.events_file(waiting)
        self.take_in(path)
        os.remove(path)

    def take_in(self, path):
        """A file is imported, and nothing sent: the account has no token."""
        self.clean()
        self.configure(64)
        shutil.copyfile(path, self.path(f"spool/incoming/waiting{os.path.splitext(path)[1]}"))
        os.rename(self.path("token"), self.path("token.away"))
        try:
            return self.run([self.daemon_program, "run", "--once", "--config", self.path("setclickd.toml")], allowed=(75,))
        finally:
            os.rename(self.path("token.away"), self.path("token"))

    def deliver_some(self, events, connections=64, threads=1):
        """Delivers that many of what waits, then ends; a few more may go out."""
        self.configure(connections, threads=threads)
        return self.run([self.daemon_program, "run", "--config", self.path("setclickd.toml")], until=events)


def versions(build):
    def first_line(*command):
        try:
            out = subprocess.run(command, capture_output=True, text=True, check=False)
            return (out.stdout or out.stderr).splitlines()[0].strip()
        except (OSError, IndexError):
            return "none"
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    program = os.path.join(build, "src/daemon/setclickd")
    return "\n".join(f"- {line}" for line in (
        f"{time.strftime('%Y-%m-%d')}, {model}, {os.cpu_count()} cores, Linux {os.uname().release}",
        first_line(program, "--version"), first_line("/usr/sbin/nginx", "-v"), first_line("wrk", "-v"),
        first_line("curl", "--version"), first_line("/usr/sbin/syslog-ng", "--version")))


resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
