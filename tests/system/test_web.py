#!/usr/bin/env python3
"""The HTTP face of the whole daemon: every path while events are delivered, and clients who mean no good."""
import base64
import collections
import gzip
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

from case import SANITIZED, SLOWER, SystemTest, main, size
from harness import ACCOUNT, Process, Sampler, event, ndjson, tail, wait_until
from hostile_clients import Crowd
from stalls import now_us

PASSWORD = "correct horse battery staple"
CANARIES = ("canaryTOKENaaaa.bbbbcanary.TOKENcccc", "canary.person@canary-mail.example", "canary-settings-value-Zq7", PASSWORD,
            base64.b64encode(b"x:" + PASSWORD.encode()).decode())
LOCAL = "127.0.0.1"


def free_port():
    with socket.socket() as s:
        s.bind((LOCAL, 0))
        return s.getsockname()[1]


def request(path, *fields, method="GET", host="localhost"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()


def basic(password, user="x"):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if len(lines[0].split()) > 1 else 0
        self.fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}

    @property
    def text(self):
        body = gzip.decompress(self.body) if self.fields.get("content-encoding") == "gzip" else self.body
        return body.decode()


def exchange(address, raw, timeout=10):
    """One connection, what is sent as it is, and everything that comes until the end or a whole answer."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(timeout)
        s.connect(address)
        s.sendall(raw)
        got = b""
        while True:
            head, end, body = got.partition(b"\r\n\r\n")
            if end:
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                               if line.lower().startswith(b"content-length:")), 0)
                if raw.startswith(b"HEAD") or len(body) >= length:
                    return Answer(got)
            try:
                more = s.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return Answer(got) if got else None
            got += more


class WebCase(SystemTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.at = (LOCAL, self.port)

    def begin(self, *faults, listen=None, password=PASSWORD, metrics=(), **config):
        bench = self.bench
        lines = [f'listen = "{listen if listen is not None else f"{LOCAL}:{self.port}"}"', *metrics]
        if password is not None:
            path = bench.path("web-password")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(password + "\n")
            lines.append(f'password_file = "{path}"')
        bench.metrics = lines
        return self.start(*faults, **config)

    def get(self, path, *fields, **how):
        return exchange(self.at, request(path, *fields, **how))


class Pages(WebCase):
    def test_each_page_while_events_are_delivered(self):
        bench = self.begin("--latency", "2ms", metrics=['hosts = ["stats.example.com"]'])
        total = size(3000, 200_000)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(total)))
        key = basic(PASSWORD)
        seen = set()

        def look():
            self.assertEqual(self.get("/livez").text, "alive\n")
            self.assertEqual(self.get("/readyz").text, "ready\n")
            status = json.loads(self.get("/status.json", key).text)
            seen.add(status["events"]["delivered"])
            return status["events"]["delivered"] >= total
        wait_until(look, 600, lambda: bench.story(), step=0.2)
        self.assertGreater(len(seen), 1, "the page shows work under way")

        bench.wait_final(total)
        time.sleep(1.1)  # a page is kept for a second
        shown, told = json.loads(self.get("/status.json", key).text), bench.status()
        for changing in ("uptime_seconds",):
            shown["daemon"].pop(changing), told["daemon"].pop(changing)
        self.assertEqual(shown, told)
        self.assertEqual(shown["events"]["delivered"], len(bench.booked()))

        # As a browser, a script and a monitor ask.
        for path in ("/livez", "/readyz", "/status.json"):
            whole, head = self.get(path, key), self.get(path, key, method="HEAD")
            self.assertEqual((head.status, head.body), (whole.status, b""), path)
            self.assertEqual(head.fields["content-length"], whole.fields["content-length"])
        packed = self.get("/status.json", key, "Accept-Encoding: gzip, br")
        if len(self.get("/status.json", key).body) >= 1400:
            self.assertEqual(packed.fields["content-encoding"], "gzip")
        self.assertEqual(json.loads(packed.text)["events"], told["events"])
        done = subprocess.run(["curl", "-sS", "--compressed", "-u", f"me:{PASSWORD}", f"http://localhost:{self.port}/status.json"],
                              capture_output=True, check=True)
        self.assertEqual(json.loads(done.stdout)["events"], told["events"])

        for fields, code in (((), 401), ((basic("wrong"),), 401), ((key, key), 401), ((key,), 200)):
            self.assertEqual(self.get("/status.json", *fields).status, code)
        for host, code in ((f"127.0.0.1:{self.port}", 200), ("[::1]", 200), ("stats.example.com", 200), ("evil.example", 421),
                           (f"evil.example:{self.port}", 421)):
            self.assertEqual(self.get("/livez", host=host).status, code, host)
        self.assert_nothing_in_log_of_password()
        self.assert_stops()
        with self.assertRaises(ConnectionRefusedError):
            self.get("/livez")

    def assert_nothing_in_log_of_password(self):
        with open(self.bench.daemon_log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        for canary in CANARIES:
            self.assertNotIn(canary, text)

    def test_without_a_password_only_what_is_nobodys_business_is_open(self):
        self.begin(password=None)
        self.assertEqual(self.get("/livez").status, 200)
        refused = self.get("/status.json")
        self.assertEqual(refused.status, 403)
        self.assertIn("setclickd web-password", refused.text)
        self.assertIn("closed: no metrics.password_file", self.bench.daemon.output())

    def test_a_password_file_that_others_may_read_closes_the_page(self):
        self.begin()
        os.chmod(self.bench.path("web-password"), 0o644)
        self.bench.run_command("reload")
        wait_until(lambda: self.get("/status.json", basic(PASSWORD)).status == 403, 10, "the page is closed")
        self.assertEqual(self.get("/livez").status, 200)
        self.assertIn("event=web_password_unreadable", self.bench.daemon.output())

    def test_the_unix_socket_needs_no_password_and_goes_with_the_daemon(self):
        path = self.bench.path("web.sock")
        self.begin(listen=f"unix:{path}", password=None)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o660)
        self.assertEqual(exchange(path, request("/status.json")).status, 200)
        self.bench.daemon.kill()  # leaves the socket
        self.assertTrue(os.path.exists(path))
        self.bench.start_daemon()
        self.assertEqual(exchange(path, request("/status.json")).status, 200)
        self.assert_stops()
        self.assertFalse(os.path.exists(path))

    def test_readiness_follows_the_machine_and_not_the_far_end(self):
        bench = self.begin("--latency", "1ms", sections=["[retry]", 'cap = "1s"', 'probe_first = "1s"'])
        bench.faults(status=401)
        bench.drop("a.ndjson", ndjson(event(n) for n in range(20)))
        wait_until(lambda: bench.status()["accounts"][0]["parked"], 30, "a park")
        self.assertEqual(self.get("/readyz").status, 200, "a parked account is no reason to start the daemon anew")
        bench.faults(latency="3s")
        bench.run_command("resume", "--all")
        wait_until(lambda: bench.status()["events"]["in_flight"], 30, "one on its way")
        bench.daemon.signal(signal.SIGTERM)
        wait_until(lambda: self.get("/readyz").status == 503, 5, "it ends, and that is seen")
        self.assertEqual(self.get("/livez").status, 200)
        self.assertIn("ends", self.get("/readyz").text)
        self.assertEqual(bench.daemon.wait(60), 0)

    def test_a_reload_moves_it(self):
        bench = self.begin()
        other = free_port()
        bench.metrics = [f'listen = "{LOCAL}:{other}"', 'hosts = ["new.example.com"]']
        bench.write_config()
        bench.run_command("reload")
        wait_until(lambda: self.is_open((LOCAL, other)), 10, "the new port")
        self.assertFalse(self.is_open(self.at))
        self.assertEqual(exchange((LOCAL, other), request("/livez", host="new.example.com")).status, 200)

    @staticmethod
    def is_open(address):
        try:
            socket.create_connection(address, timeout=5).close()
            return True
        except ConnectionRefusedError:
            return False


class Addresses(WebCase):
    """What is wrong with the address is named, and ends nothing."""

    def assert_goes_on(self, *texts):
        wait_until(lambda: "event=web_not_listening" in self.bench.daemon.output(), 10, lambda: self.bench.daemon.output())
        for text in texts:
            self.assertIn(text, self.bench.daemon.output())
        self.bench.drop("a.ndjson", ndjson([event(1)]))
        self.bench.wait_final(1)

    def test_a_port_in_use_is_named_and_taken_when_it_is_free(self):
        with socket.create_server(self.at):
            self.begin()
            self.assert_goes_on("is in use by another process", "ss -ltnp", f"127.0.0.1:{self.port}")
        wait_until(lambda: Pages.is_open(self.at), 30, "it is tried again")
        self.assertEqual(self.get("/livez").status, 200)

    def test_an_address_that_is_not_there(self):
        self.begin(listen="192.0.2.7:9464")
        self.assert_goes_on("is no address of this machine now")

    def test_a_folder_that_is_not_there(self):
        self.begin(listen=f"unix:{self.bench.path('no/such/web.sock')}", password=None)
        self.assert_goes_on("no/such/web.sock")

    def test_something_else_lies_where_the_socket_is_to_be(self):
        path = self.bench.path("precious")
        with open(path, "w", encoding="ascii") as file:
            file.write("mine")
        self.begin(listen=f"unix:{path}", password=None)
        self.assert_goes_on("is not a socket, so it stays")
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    def test_beyond_this_machine_is_a_warning(self):
        self.begin(listen=f"0.0.0.0:{self.port}")
        wait_until(lambda: "event=web_reached_from_outside" in self.bench.daemon.output(), 10, "the warning")
        self.assertEqual(self.get("/livez", host="10.1.2.3:9464").status, 200)
        self.assertEqual(self.get("/livez", host="evil.example").status, 421)

    def test_none_at_all(self):
        self.begin(listen="")
        self.assertFalse(Pages.is_open(self.at))
        self.assertNotIn("event=web_", self.bench.daemon.output())


class ReverseProxy(WebCase):
    """A real nginx with the lines of docs/web.md before it."""

    FRAME = """
{user} worker_processes 1; daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log error;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{ listen 127.0.0.1:{port};
{lines}
  }}
}}
"""

    def documented(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(os.path.join(root, "docs", "web.md"), encoding="utf-8") as file:
            return file.read().split("```nginx\n")[1].split("```")[0]

    def proxy(self, lines):
        folder = self.bench.path("nginx")
        os.makedirs(folder, exist_ok=True)
        port = free_port()
        with open(self.bench.path("nginx.conf"), "w", encoding="utf-8") as file:
            file.write(self.FRAME.format(user="user root;" if os.geteuid() == 0 else "", dir=folder, port=port, lines=lines))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.assertTrue(os.access(program, os.X_OK), "nginx is missing: ./dev setup installs it (nginx-light)")
        child = Process("nginx", [program, "-c", self.bench.path("nginx.conf"), "-p", folder, "-e", os.path.join(folder, "error.log")],
                        self.bench.path("nginx.out"))
        self.addCleanup(child.stop)
        wait_until(lambda: Pages.is_open((LOCAL, port)), 20, lambda: "nginx listens\n" + tail(self.bench.path("nginx.out")))
        return (LOCAL, port)

    def assert_served(self, at, *fields):
        for name in ("stats.example.com", "localhost"):
            self.assertEqual(exchange(at, request("/setclickd/livez", host=name)).text, "alive\n")
            status = exchange(at, request("/setclickd/status.json", *fields, host=name))
            self.assertEqual(status.status, 200, status.text)
            self.assertIn("accounts", json.loads(status.text))
            self.assertIn("default-src 'none'", status.fields["content-security-policy"])
        moved = exchange(at, request("/setclickd", host="stats.example.com"))
        self.assertEqual(moved.status, 301)
        for path in ("/setclickd/../etc/passwd", "/setclickd/%2e%2e/%2e%2e/etc/passwd", "/setclickd//etc/passwd"):
            self.assertIn(exchange(at, request(path, host="stats.example.com")).status, (400, 404), path)

    def test_over_tcp(self):
        self.begin()
        at = self.proxy(self.documented().replace("127.0.0.1:9464", f"127.0.0.1:{self.port}"))
        self.assert_served(at, basic(PASSWORD))
        self.assertEqual(exchange(at, request("/setclickd/status.json", host="stats.example.com")).status, 401)

    def test_over_the_unix_socket(self):
        path = self.bench.path("web.sock")
        self.begin(listen=f"unix:{path}", password=None)
        lines = [line for line in self.documented().splitlines() if "proxy_pass http://127" not in line]
        text = "\n".join(line.replace("# proxy_pass http://unix:/run/setclickd/web.sock", f"proxy_pass http://unix:{path}")
                         for line in lines)
        self.assertIn(path, text)
        self.assert_served(self.proxy(text))


class Hostile(WebCase):
    """Clients that mean no good, while events come in at a steady pace and somebody who may looks on."""

    def thread_times(self):
        """Seconds of the processor that each thread has had, by its name."""
        found = collections.Counter()
        for tid in os.listdir(f"/proc/{self.bench.daemon.pid}/task"):
            try:
                with open(f"/proc/{self.bench.daemon.pid}/task/{tid}/comm", encoding="ascii") as file:
                    name = file.read().strip()
                with open(f"/proc/{self.bench.daemon.pid}/task/{tid}/schedstat", encoding="ascii") as file:
                    found[name] += int(file.read().split()[0]) / 1e9
            except FileNotFoundError:
                continue
        return found

    def look_on(self, end, seen):
        """The owner's page and the health, twice a second, each on a connection of its own."""
        while not end.wait(0.5):
            for path, fields in (("/livez", ()), ("/status.json", (basic(PASSWORD),))):
                begin, answer = time.monotonic(), None
                for _ in range(3):
                    try:
                        answer = self.get(path, *fields)
                    except OSError:
                        continue
                    if answer is not None:
                        break
                seen.append((path, answer.status if answer else None, time.monotonic() - begin))

    def test_delivery_does_not_notice_them(self):
        clients, pace, duration = size(200, 1000), size(200, 500), size(6, 60)
        bench = self.bench
        bench.accounts = {ACCOUNT: CANARIES[0]}
        self.begin()
        time.sleep(0.5)
        before, began = self.thread_times(), time.monotonic()
        memory = bench.daemon.memory("VmRSS")
        peak, files = Sampler(bench.daemon), 0
        end, seen = threading.Event(), []
        watcher = threading.Thread(target=self.look_on, args=(end, seen), daemon=True)
        crowd = Crowd(self.at, clients, CANARIES)
        self.addCleanup(crowd.child.kill)
        watcher.start()
        dropped = []
        for second in range(duration):
            numbers = range(second * pace, (second + 1) * pace)
            content = ndjson(event(n, settings={"email": CANARIES[1], "note": CANARIES[2]}) for n in numbers)
            dropped.append(now_us())
            bench.drop(f"{second}.ndjson", content)
            files = max(files, len(os.listdir(f"/proc/{bench.daemon.pid}/fd")))
            time.sleep(max(0.0, began + second + 1 - time.monotonic()))
        after, took = self.thread_times(), time.monotonic() - began
        end.set()
        watcher.join()
        crowd = crowd.stop()
        bench.wait_final(pace * duration)

        worst = 0
        for entry in bench.booked():
            number = int(entry["form"]["event_id"].split("-")[1]) if "event_id" in entry["form"] else None
            source = entry["form"]["url_parameters"].split('"utm_source":"source-')[1].split('"')[0]
            number = int(source) if number is None else number
            late = (entry["mono_us"] - dropped[number // pace]) / 1e6
            worst = max(worst, late)
            self.assert_within(2, dropped[number // pace], entry["mono_us"], f"event {number}")
        self.assertEqual(len(bench.booked()), pace * duration)
        web, disk = after["web"] - before["web"], after["web-disk"] - before["web-disk"]
        grown = (peak.stop() - memory) / 2**20
        slowest = max(age for _, _, age in seen)
        print(f"{clients} hostile clients for {took:.0f} s, {sum(crowd['connections'].values())} connections, "
              f"{sum(crowd['statuses'].values())} answers {dict(sorted(crowd['statuses'].items()))}; {pace} events a second, the latest "
              f"booked after {worst:.2f} s; web thread {100 * web / took:.1f} %, its disk's {100 * disk / took:.1f} % of a core; memory "
              f"+{grown:.0f} MiB; {files} descriptors; {len(seen)} looks, the slowest {slowest:.2f} s", file=sys.stderr)
        self.assertEqual(crowd["bad"], [])
        self.assertGreater(sum(crowd["connections"].values()), clients, "they came again")
        self.assertLessEqual(web, 0.10 * took + 0.1)
        self.assertLessEqual(grown, 64)
        self.assertLessEqual(files, 64 + 120)
        self.assertTrue(seen)
        self.assertEqual([entry for entry in seen if entry[1] != 200], [], "who may look is let in")
        self.assertLessEqual(slowest, 8 * SLOWER)
        # Nothing stays behind.
        wait_until(lambda: self.get("/livez").status == 200, 10, "it answers as before")
        with open(bench.daemon_log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        for canary in CANARIES:
            self.assertNotIn(canary, text)
        self.assertNotIn("event=web_fault", text)
        self.assert_stops()


if __name__ == "__main__":
    main()
