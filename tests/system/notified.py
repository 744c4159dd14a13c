"""What the daemon sends to its service manager (sd_notify): a phase is waited for here instead of slept for."""
import os
import socket
import threading
import time


class Notified:
    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.messages = []  # all but the watchdog's, decoded
        self.fed = []       # when the watchdog was
        threading.Thread(target=self._run, daemon=True).start()

    def env(self, **more):
        """The environment of a daemon that notifies here."""
        return dict(os.environ, NOTIFY_SOCKET=self.path, **more)

    def _run(self):
        while True:
            try:
                message = self.socket.recv(4096)
            except OSError:
                return
            if message == b"WATCHDOG=1":
                self.fed.append(time.monotonic())
            else:
                self.messages.append(message.decode())

    def has(self, line):
        """Whether a message with this line ("RELOADING=1") has come."""
        return any(line in message.splitlines() for message in self.messages)

    def longest_gap(self, begin, end):
        """Between two feedings of the watchdog."""
        times = [begin, *[t for t in self.fed if begin < t < end], end]
        return max(b - a for a, b in zip(times, times[1:]))
