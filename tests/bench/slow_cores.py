"""Threads that each have a core of their own, on a machine with two: each gets the same small share of a real one.

A group of the kernel's CPU controller (cgroup v1, as root) for each thread, with a quota: what a machine with many cores, each
a fraction as fast, would do. Sleep and wake-up, locks and hand-over between threads are real.
"""
import os
import threading
import time

ROOT = "/sys/fs/cgroup/cpu"
PERIOD = 10_000  # microseconds


def missing():
    if not os.access(os.path.join(ROOT, "cpu.cfs_quota_us"), os.W_OK):
        return "needs root and the CPU controller of cgroup v1"
    return None


class SlowCores:
    """Gives each thread of a process, those that come later too, its own slow core, until it is left."""

    def __init__(self, pid, share):
        self.pid, self.quota = pid, int(PERIOD * share)
        self.groups, self.over = {}, threading.Event()
        self.worker = threading.Thread(target=self.watch)

    def __enter__(self):
        self.look()
        self.worker.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.worker.join()
        for group in self.groups.values():
            for _ in range(100):
                try:
                    os.rmdir(group)
                    break
                except OSError:  # its thread has not ended yet
                    time.sleep(0.02)

    def watch(self):
        while not self.over.wait(0.005):
            self.look()

    def look(self):
        try:
            tasks = os.listdir(f"/proc/{self.pid}/task")
        except OSError:
            return
        for task in tasks:
            if task in self.groups:
                continue
            group = os.path.join(ROOT, f"setclickd-bench-{task}")
            os.makedirs(group, exist_ok=True)
            self.groups[task] = group
            try:
                for name, value in (("cpu.cfs_period_us", PERIOD), ("cpu.cfs_quota_us", self.quota), ("tasks", task)):
                    with open(os.path.join(group, name), "w", encoding="ascii") as file:
                        file.write(str(value))
            except OSError:
                pass  # it has ended
