#!/usr/bin/env python3
"""A real server that is reloaded, restarted, or closes its connections early, under load: nothing stands still.

nginx is started here with a configuration, a folder and a port of its own, and the sandbox's certificate.
"""
import os
import shutil
import signal
import socket
import time

from case import FULL, SystemTest, main, size
from harness import Failure, Process, event, ndjson, tail, wait_until
from stalls import now_us

NGINX = """
{user} worker_processes 2; daemon off; pid {dir}/nginx.pid; error_log {log} error;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests {requests}; client_body_buffer_size 64k; client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fcgi; uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  ssl_certificate {certificates}/server.pem; ssl_certificate_key {certificates}/server.key;
  server {{ listen 127.0.0.1:{port} ssl; location / {{ return 200; }} }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    def __init__(self, bench):
        self.bench, self.port, self.child = bench, free_port(), None
        self.folder, self.log = bench.path("nginx"), bench.path("nginx.log")
        os.makedirs(self.folder, exist_ok=True)
        self.program = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.access(self.program, os.X_OK):
            raise Failure("nginx is missing: ./dev setup installs it (nginx-light)")

    def write_config(self, requests):
        with open(self.bench.path("nginx.conf"), "w", encoding="ascii") as file:
            file.write(NGINX.format(user="user root;" if os.geteuid() == 0 else "", dir=self.folder, log=self.log, port=self.port,
                                    requests=requests, certificates=self.bench.path("sandbox")))

    def start(self):
        self.child = Process("nginx", [self.program, "-c", self.bench.path("nginx.conf"), "-p", self.folder, "-e", self.log],
                             self.bench.path("nginx.out"))
        wait_until(self.accepts, 20, lambda: "nginx listens\n" + tail(self.log), step=0.01)

    def accepts(self):
        if not self.child.running():
            raise Failure("nginx ended at its start\n" + tail(self.log))
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            return True
        except ConnectionRefusedError:
            return False

    def reload(self):
        self.child.signal(signal.SIGHUP)

    def stop(self):
        """At once: whoever is answered just then sees a broken connection."""
        if self.child and self.child.running():
            self.child.stop()


class RealServer(SystemTest):
    def begin(self, connections, requests=100_000_000):
        """A daemon whose server is an nginx."""
        self.bench.start_sandbox()  # for its certificate
        self.nginx = Nginx(self.bench)
        self.addCleanup(self.nginx.stop)
        self.nginx.write_config(requests)
        self.nginx.start()
        self.bench.url = f"https://127.0.0.1:{self.nginx.port}/api"
        self.bench.write_config(connections=connections, sections=["[retry]", 'cap = "2s"'])
        self.bench.start_daemon()
        self.total = 0

    def drop(self, count):
        self.bench.drop(f"n-{self.total}.ndjson", ndjson(event(n) for n in range(self.total, self.total + count)))
        self.total += count

    def disturb(self, seconds, every, what, works=1.0):
        """Does it again and again while there is something to send, then everything arrives."""
        begin = now_us()
        self.drop(2000)
        self.bench.wait_final(self.total, 60)
        rate = self.total / ((now_us() - begin) / 1e6)
        # All at once: what is imported meanwhile would wake what sleeps. Enough for the whole time, and not for much more: the
        # server works for a share of it, and each disturbance opens every connection anew.
        self.drop(int(rate * (seconds * works + 2)))
        wait_until(lambda: self.bench.daemon.output().count("file read") == 2, 60, "all is imported")
        begin = now_us()
        while now_us() - begin < seconds * 1e6:
            time.sleep(every)
            what()
        counts = self.bench.wait_final(self.total, 10)
        self.assertEqual(counts["delivered"], self.total, self.bench.story())

    def reloaded(self, connections):
        for _ in range(size(1, 20)):
            self.begin(connections)
            self.disturb(size(5, 20), 0.5, self.nginx.reload)
            self.renew()

    def renew(self):
        """The next round has a folder of its own."""
        self.nginx.stop()
        self.assert_stops()
        self.bench.__exit__(None, None, None)
        self.bench = type(self.bench)()

    def test_reloaded_again_and_again_with_8_connections(self):
        self.reloaded(8)

    def test_reloaded_again_and_again_with_32_connections(self):
        self.reloaded(32)

    def test_reloaded_again_and_again_with_1_and_128_connections(self):
        if not FULL:
            self.skipTest("with SETCLICK_FULL=1")
        self.reloaded(1)
        self.reloaded(128)

    def test_stopped_and_started_each_second(self):
        def restart():
            self.nginx.stop()
            time.sleep(0.5)
            self.nginx.start()
        for connections in size([32], [1, 8, 32, 128]):
            self.begin(connections)
            self.disturb(size(5, 20), 0.5, restart, works=0.4)
            self.renew()

    def test_closes_each_connection_after_a_few_requests(self):
        for requests in range(1, 6):
            self.begin(32, requests=requests)
            self.drop(size(500, 20_000))
            counts = self.bench.wait_final(self.total, size(20, 240))
            self.assertEqual(counts["delivered"], self.total, self.bench.story())
            self.renew()


if __name__ == "__main__":
    main()
