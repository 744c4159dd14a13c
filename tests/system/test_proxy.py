#!/usr/bin/env python3
"""Through a real proxy (tinyproxy): delivered by CONNECT, with credentials from a file; while it is down events wait."""
import os
import shutil
import socket

from case import SLOWER, SystemTest, main, sources_of
from harness import Process, event, ndjson, wait_until

USER, PASSWORD = "setclickd", "s3cret-of-the-proxy"
DOWN = "the endpoint cannot be reached; events wait"


def find_tinyproxy():
    return shutil.which("tinyproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")


def reserved_port():
    """A socket that keeps a port free for the proxy: nobody else is given it, and until the proxy listens there nobody does."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


class Proxy(SystemTest):
    def setUp(self):
        super().setUp()
        self.proxy = None
        reserved = reserved_port()
        self.addCleanup(reserved.close)
        self.port = reserved.getsockname()[1]

    def _end(self):
        if self.proxy and self.proxy.running():
            self.proxy.kill()
        super()._end()

    def start_proxy(self, *lines):
        config = self.bench.path("tinyproxy.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write("\n".join([f"Port {self.port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 60", "MaxClients 50",
                                  "LogLevel Connect", *lines]) + "\n")
        self.proxy = Process("tinyproxy", [find_tinyproxy(), "-d", "-c", config], self.bench.path("tinyproxy.log"))
        wait_until(self._answers, 10 * SLOWER, "the proxy listens")

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def begin(self, credentials=None):
        bench = self.bench
        bench.start_sandbox()
        bench.proxy = f"http://127.0.0.1:{self.port}"
        if credentials:
            bench.proxy_credentials = bench.path("proxy-credentials")
            with open(os.open(bench.proxy_credentials, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(credentials + "\n")
        bench.write_config(connections=4, sections=("[retry]", 'base = "50ms"', 'cap = "200ms"'))
        bench.start_daemon()

    def drop(self, name, numbers):
        self.bench.drop(name, ndjson(event(n) for n in numbers))

    def down_lines(self):
        return [line for line in self.bench.daemon.output().splitlines() if DOWN in line]

    def connects(self):
        return self.proxy.output().count("CONNECT 127.0.0.1:")

    def test_events_go_through_the_proxy(self):
        self.start_proxy()
        self.begin()
        self.drop("a.ndjson", range(50))
        self.assertEqual(self.bench.wait_final(50, 30 * SLOWER)["delivered"], 50)
        self.assertEqual(len(set(sources_of(self.bench.booked()))), 50)
        self.assertGreaterEqual(self.connects(), 1, self.proxy.output())
        self.assertEqual(self.down_lines(), [])

    def test_events_go_through_a_proxy_that_wants_credentials(self):
        self.start_proxy(f"BasicAuth {USER} {PASSWORD}")
        self.begin(f"{USER}:{PASSWORD}")
        self.drop("a.ndjson", range(20))
        self.assertEqual(self.bench.wait_final(20, 30 * SLOWER)["delivered"], 20)
        self.assertNotIn(PASSWORD, self.bench.daemon.output())

    def test_without_the_credentials_events_wait_and_the_log_names_the_setting(self):
        self.start_proxy(f"BasicAuth {USER} {PASSWORD}")
        self.begin()
        self.drop("a.ndjson", range(5))
        line = wait_until(self.down_lines, 20 * SLOWER, self.bench.story)[0]
        self.assertIn("reason=proxy", line)
        self.assertIn("set endpoint.proxy_credentials_file", line)
        self.assertEqual(self.bench.counts()["waiting"] + self.bench.counts()["in_flight"], 5)
        self.assertEqual(self.bench.booked(), [])

    def test_wrong_credentials_are_told_from_missing_ones(self):
        self.start_proxy(f"BasicAuth {USER} {PASSWORD}")
        self.begin(f"{USER}:wrong-{PASSWORD}")
        self.drop("a.ndjson", range(5))
        line = wait_until(self.down_lines, 20 * SLOWER, self.bench.story)[0]
        self.assertIn("reason=proxy", line)
        self.assertIn("does not accept the credentials", line)
        self.assertIn("check endpoint.proxy_credentials_file", line)
        self.assertNotIn(PASSWORD, self.bench.daemon.output())

    def test_while_the_proxy_is_down_events_wait_and_go_when_it_is_back(self):
        self.begin()
        self.drop("a.ndjson", range(30))
        line = wait_until(self.down_lines, 20 * SLOWER, self.bench.story)[0]
        self.assertIn("reason=proxy", line)
        self.assertIn(f"proxy: 127.0.0.1:{self.port} refused the connection", line)
        # Down again and again, one line.
        wait_until(lambda: "proxy" in (self.bench.status()["daemon"]["unreachable"] or ""), 10 * SLOWER, "status says so")
        self.assertEqual((len(self.down_lines()), self.bench.booked()), (1, []))
        self.start_proxy()
        self.assertEqual(self.bench.wait_final(30, 40 * SLOWER)["delivered"], 30)
        self.assertEqual(len(self.down_lines()), 1)
        self.assertEqual(self.bench.daemon.output().count("the endpoint can be reached again"), 1)
        self.assertEqual(self.bench.status()["in_doubt_ever"], 0)
        self.assertEqual(len(sources_of(self.bench.booked())), 30)


if __name__ == "__main__":
    if find_tinyproxy():
        main()
    else:
        print("skipped: tinyproxy is not installed (./dev setup installs it; Debian: tinyproxy-bin)")
