"""A terminal for tests: a pseudo-terminal with a program on it, and what its screen shows.

    with Terminal(["setclickd", "top"], columns=80, rows=24) as terminal:
        terminal.wait_for("it is delivering")
        terminal.type("q")

Knows the sequences that setclickd writes, and fails on any other one.
"""
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from harness import DIES_WITH_US, Failure, start_child
from stalls import now_us, stalled

_SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    def __init__(self, columns, rows):
        self.resize(columns, rows)
        self.is_alternate = False
        self.has_cursor = True
        self.wraps = True
        self.main_text = ""  # what was written outside of the alternate screen

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.is_stale = True  # until it is cleared: what comes may be of the size before

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def _put(self, character):
        if not self.is_alternate:
            self.main_text += character
            return
        if character in "\r\n":
            raise Failure(f"{character!r} within a frame")
        if self.row < self.rows and self.column < self.columns:
            self.cells[self.row][self.column] = character
        elif self.row < self.rows and not self.is_stale:
            raise Failure(f"{character!r} is beyond the margin of row {self.row}: {self.text()}")
        self.column += 1

    def write(self, text):
        """Returns the beginning of a sequence that is not whole yet."""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                if text[at] < " " and text[at] not in "\r\n" or text[at] == "\x7f":
                    raise Failure(f"a control character: {text[at]!r} in {text[max(0, at - 40):at + 40]!r}")
                self._put(text[at])
                at += 1
                continue
            found = _SEQUENCE.match(text, at)
            if not found:
                if len(text) - at < 16:
                    return text[at:]
                raise Failure(f"an unknown sequence: {text[at:at + 20]!r}")
            self._obey(found[1] == "?", found[2], found[3])
            at = found.end()
        return ""

    def _obey(self, is_private, parameters, final):
        if is_private:
            switch = final == "h"
            if parameters == "1049":
                self.is_alternate = switch
            elif parameters == "25":
                self.has_cursor = switch
            elif parameters == "7":
                self.wraps = switch
            elif parameters != "2004":  # a shell's bracketed paste
                raise Failure(f"an unknown mode: {parameters}")
        elif final == "H":
            row, _, column = parameters.partition(";")
            self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
        elif final == "K":
            if self.is_alternate and self.row < self.rows:
                self.cells[self.row][min(self.column, self.columns - 1):] = [" "] * (
                    self.columns - min(self.column, self.columns - 1))
        elif final == "J":
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
            self.is_stale = False
        elif final != "m":
            raise Failure(f"an unknown sequence: {parameters}{final}")


class Terminal:
    def __init__(self, command, columns=80, rows=24, env=None):
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.screen = Screen(columns, rows)
        self.raw = b""
        self._rest = ""
        self._size(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.process = start_child(["setsid", "--ctty", *DIES_WITH_US, *command], stdin=slave, stdout=slave, stderr=slave,
                                   env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})})
        self.slave = slave  # kept open, so that its modes can be asked for after the program's end

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in (self.master, self.slave):
            if fd is not None:
                os.close(fd)

    def _size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self.screen.resize(columns, rows)
        self._size(columns, rows)  # the kernel sends SIGWINCH

    def read(self, seconds=0.1):
        """What was written meanwhile goes to the screen."""
        if not select.select([self.master], [], [], seconds)[0]:
            return
        try:
            piece = os.read(self.master, 65536)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            time.sleep(0.05)
            return
        self.raw += piece
        self._rest = self.screen.write(self._rest + piece.decode("utf-8", "surrogateescape"))

    def wait(self, condition, seconds, what):
        begin = now_us()
        while not condition():
            self.read()
            now = now_us()
            if (now - begin - stalled(begin, now)) / 1e6 > seconds:
                raise Failure(f"not within {seconds} s: {what}; the screen:\n{self.screen.text()}\n{self.raw[-500:]!r}")

    def wait_for(self, text, seconds=20):
        self.wait(lambda: text in self.screen.text(), seconds, f"{text!r} is shown")

    def wait_for_end(self, seconds=20):
        """The exit code; negative for a signal."""
        self.wait(lambda: self.process.poll() is not None, seconds, "the program ends")
        while select.select([self.master], [], [], 0.1)[0]:
            before = len(self.raw)
            self.read()
            if len(self.raw) == before:
                break
        return self.process.returncode

    def type(self, text):
        os.write(self.master, text.encode())

    def signal(self, number):
        os.kill(self.process.pid, number)

    def modes(self):
        return termios.tcgetattr(self.slave)

    def faults(self):
        """What is not as it was before the program."""
        out = []
        if self.modes() != self.before:
            out.append("modes")
        if self.screen.is_alternate:
            out.append("alternate screen")
        if not self.screen.has_cursor:
            out.append("no cursor")
        if not self.screen.wraps:
            out.append("no wrapping")
        return out
