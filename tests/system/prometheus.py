"""Debian's Prometheus for the tests: `promtool`, and a server that scrapes and is asked."""
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import Failure, Process, tail, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
_folder = None


def program(name):
    """The path of `prometheus` or `promtool`, which prometheus.sh gets the first time."""
    global _folder
    if _folder is None:
        done = subprocess.run([os.path.join(HERE, "prometheus.sh")], capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            raise Failure(f"Debian's prometheus cannot be got (./dev test does, with apt):\n{done.stderr.decode()[-2000:]}")
        _folder = done.stdout.decode().strip()
    return os.path.join(_folder, name)


def promtool(*arguments, stdin=None):
    """What it prints and whether it is content: (ok, text)."""
    done = subprocess.run([program("promtool"), *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=600, check=False)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")


class Server:
    """A Prometheus of its own, below `folder`, that reads one daemon each second and judges the rules of one file."""

    def __init__(self, folder, target, rules):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{one.getsockname()[1]}"
        self.log = os.path.join(folder, "log")
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"},
                       "rule_files": [rules],
                       "scrape_configs": [{"job_name": "setclickd", "static_configs": [{"targets": [target]}]}]}, file)
        self.process = Process("prometheus", [
            program("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={self.address}", "--log.level=warn"], self.log)
        wait_until(self._is_ready, 30, lambda: "Prometheus is ready\n" + tail(self.log))

    def _is_ready(self):
        if not self.process.running():
            raise Failure("Prometheus ended at its start\n" + tail(self.log))
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except OSError:
            return False

    def ask(self, path, **parameters):
        """`data` of its answer; a Failure with its words where it refuses."""
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise Failure(f"{parameters}: {error.read().decode()[:1000]}") from None

    def last_seconds(self, query, seconds):
        """The series of the query over that time, each as (labels, [values])."""
        now = time.time()
        found = self.ask("query_range", query=query, start=now - seconds, end=now, step=1)
        return [(one["metric"], [float(value) for _, value in one["values"]]) for one in found["result"]]

    def names(self):
        return set(self.ask("label/__name__/values"))

    def rules(self):
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def firing(self):
        """The alerts that fire, by name: {name: [labels]}."""
        found = {}
        for alert in self.ask("alerts")["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"], []).append(alert["labels"])
        return found

    def stop(self):
        self.process.kill()
