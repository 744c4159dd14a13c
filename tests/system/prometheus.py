"""Debian's Prometheus for the tests: `promtool`, and a server that scrapes and is asked."""
import os
import subprocess

from harness import Failure

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
                          timeout=120, check=False)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")
