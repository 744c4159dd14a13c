"""A PostgreSQL of the test's own: a cluster in a short private folder, on a Unix socket, never the system's.

    with PostgresServer() as server:
        ledger = server.make_database("one")     # a connection string for [ledger] postgres
        server.execute(ledger, "SELECT 1")
        server.crash(); server.start()           # as pg_ctl stop -m immediate does
        server.freeze(); server.thaw()           # SIGSTOP, the backends too

It ends with this process. Without fsync: what is tested is what is asked of it, not its disk; no test cuts the power of the
machine that it runs on.
"""
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import DIES_WITH_US, Failure, start_child, tail, wait_until

SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "shared_buffers": "16MB", "max_wal_size": "256MB", "max_connections": "60",
    "autovacuum_naptime": "10s", "log_line_prefix": "'%m [%p] %a '", "lc_messages": "C",
}


def programs():
    """Where the newest installed server's programs lie; None where there is none."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    return os.path.dirname(max(found, key=lambda path: int(path.split("/")[4]))) if found else None


def require_postgres():
    """Skips the test that asks on a machine without PostgreSQL."""
    if not programs():
        raise unittest.SkipTest("postgresql-15 is not installed: ./dev setup does that")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgresServer:
    def __init__(self, tls=None, **settings):
        """`tls`: (certificate, key) to listen on 127.0.0.1 with, too; there a password is asked for. `settings`: of the server."""
        require_postgres()
        self.folder = tempfile.mkdtemp(prefix="pg-", dir="/tmp")  # a socket's path must be short
        self.data, self.log = os.path.join(self.folder, "data"), os.path.join(self.folder, "log")
        self.port = free_port() if tls else 5432
        self.settings = {**SETTINGS, "unix_socket_directories": f"'{self.folder}'", "port": str(self.port),
                         "listen_addresses": "'127.0.0.1'" if tls else "''", **settings}
        self.child = None
        # PostgreSQL refuses root. The uid's change forgets who is to be killed with whom: so that comes last.
        self._as_owner = DIES_WITH_US[:1] + ("--pdeathsig", "QUIT")
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._as_owner = ("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--pdeathsig",
                              "QUIT")
        self._make_data()
        if tls:
            for source, name in zip(tls, ("server.crt", "server.key")):
                path = os.path.join(self.data, name)
                shutil.copyfile(source, path)
                os.chmod(path, 0o600)
                os.chown(path, os.stat(self.data).st_uid, os.stat(self.data).st_gid)
            self.settings.update(ssl="on")
            with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="ascii") as file:
                file.write("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")

    def _make_data(self):
        self._run_as_owner("initdb", "-D", self.data, "-A", "trust", "-U", "setclick", "-E", "UTF8", "--locale=C", "--no-sync")

    def _run_as_owner(self, name, *arguments):
        made = subprocess.run([*self._as_owner, os.path.join(programs(), name), *arguments], capture_output=True, cwd="/", check=False)
        if made.returncode != 0:
            raise Failure(f"{name} failed: " + made.stderr.decode())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        if kind and issubclass(kind, Exception):
            print(tail(self.log, 15), flush=True)
        self.remove()

    def remove(self):
        if self.child and self.child.poll() is None:
            self.thaw()
            self.child.send_signal(signal.SIGQUIT)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- its life ---

    def start(self, wait=True, **more):
        options = [f"{name}={value.strip(chr(39))}" for name, value in {**self.settings, **more}.items()]
        command = [*self._as_owner, os.path.join(programs(), "postgres"), "-D", self.data]
        for option in options:
            command += ["-c", option]
        with open(self.log, "ab") as out:
            self.child = start_child(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd="/")
        if wait:
            wait_until(self.is_ready, 60, lambda: "PostgreSQL answers\n" + tail(self.log))

    def is_ready(self):
        if self.child.poll() is not None:
            raise Failure("PostgreSQL ended at its start\n" + tail(self.log))
        return subprocess.run([os.path.join(programs(), "pg_isready"), "-q", "-h", self.folder, "-p", str(self.port)],
                              check=False).returncode == 0

    def stop(self, how=signal.SIGINT):
        """SIGTERM: smart, SIGINT: fast, SIGQUIT: immediate, as after a crash."""
        self.child.send_signal(how)
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            raise Failure("PostgreSQL did not end\n" + tail(self.log)) from None

    def crash(self):
        """-m immediate: nothing is written back, the next start recovers."""
        self.stop(signal.SIGQUIT)

    def restart(self, how=signal.SIGINT):
        self.stop(how)
        self.start()

    def kill(self):
        """The postmaster alone is killed; its backends notice, and end."""
        everybody = self.processes()
        self.child.kill()
        self.child.wait(20)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in everybody), 30, "the backends have ended")

    def processes(self):
        """The postmaster and all that it started."""
        found = [self.child.pid]
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == self.child.pid:
                found.append(int(path.split("/")[2]))
        return found

    def _signal_all(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        """It hangs: connections are accepted by the kernel, nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    # --- what is in it ---

    def conninfo(self, database="postgres"):
        return f"host={self.folder} port={self.port} dbname={database} user=setclick"

    def tcp_conninfo(self, database="postgres", host="localhost", **more):
        """Where it listens with TLS; a password is wanted there."""
        further = "".join(f" {name}={value}" for name, value in more.items())
        return f"host={host} hostaddr=127.0.0.1 port={self.port} dbname={database} user=setclick{further}"

    def make_database(self, name):
        self.execute(self.conninfo(), f"CREATE DATABASE {name}")
        return self.conninfo(name)

    def execute(self, conninfo, sql, check=True):
        """The rows of it, as text: [["1", "a"], …]. An owner of everything asks."""
        done = subprocess.run([os.path.join(programs(), "psql"), "-XAqt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", conninfo,
                               "-f", "-"], input=sql.encode(), capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            if not check:
                return None
            raise Failure(f"{sql}: {done.stderr.decode()}")
        return [line.split("\t") for line in done.stdout.decode().splitlines()]

    def number(self, conninfo, sql):
        return int(self.execute(conninfo, sql)[0][0])

    def backends(self, conninfo, name="setclickd"):
        """Process ids of the connections whose application_name begins so."""
        database = re.search(r"dbname=(\S+)", conninfo)[1]
        return [int(row[0]) for row in self.execute(
            self.conninfo(), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = "
            f"'{database}' AND application_name LIKE '{name}%'")]

    def cut_connections(self, conninfo):
        """Every connection of the daemon ends, as an administrator or a firewall does it."""
        for pid in self.backends(conninfo):
            self.execute(self.conninfo(), f"SELECT pg_terminate_backend({pid})")

    def wait_gone(self, conninfo, seconds=10):
        begin = time.monotonic()
        while self.backends(conninfo):
            if time.monotonic() - begin > seconds:
                raise Failure("connections of the daemon are still open")
            time.sleep(0.05)


class Standby(PostgresServer):
    """A copy that follows `primary`, which runs, until it is promoted."""

    def __init__(self, primary, **settings):
        self._primary = primary
        super().__init__(**settings)

    def _make_data(self):
        self._run_as_owner("pg_basebackup", "-d", self._primary.conninfo(), "-D", self.data, "-R", "-X", "stream", "-c", "fast",
                           "--no-sync")

    def promote(self):
        self.execute(self.conninfo(), "SELECT pg_promote(true, 60)")
