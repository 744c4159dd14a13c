#!/usr/bin/env python3
"""Producers that write straight to the final name, each in its own way: the eight kinds, times formats, times pauses.

    writers.py FOLDER FIRST PAUSE…     all of them at once, with events from number FIRST on; prints the number after the last
"""
import json
import os
import sys
import threading
import time

from harness import event

HOUR = 3600
EVENTS = 6  # in a file of many


class Producer(threading.Thread):
    """Writes the `EVENTS` pieces of a file in its own way, without a rename."""

    def __init__(self, how, path, pieces, pause, shift=0):
        super().__init__(daemon=True)
        self.how, self.path, self.pause, self.shift = how, path, pause, shift
        self.pieces = pieces
        self.error = None
        self.start()

    def run(self):
        try:
            getattr(self, self.how.replace("-", "_"))()
        except OSError as error:
            self.error = error

    def write(self, file, content):
        file.write(content)
        if self.shift:
            # As a file server whose clock is another one stamps it.
            at = time.time() + self.shift
            os.utime(file.fileno(), (at, at))

    def open(self, mode="wb"):
        return open(self.path, mode, buffering=0)

    def keep_open(self):
        with self.open() as file:
            for n in range(0, EVENTS, 2):
                self.write(file, b"".join(self.pieces[n:n + 2]))
                time.sleep(self.pause)

    def stall(self):
        whole = b"".join(self.pieces)
        half = len(whole) // 2 + 40
        with self.open() as file:
            self.write(file, whole[:half])
            time.sleep(self.pause)
            self.write(file, whole[half:])

    def drip(self):
        with self.open() as file:
            for piece in self.pieces:
                self.write(file, piece)
                time.sleep(self.pause / EVENTS)

    def zero_first(self):
        self.open().close()
        time.sleep(self.pause)
        with self.open("r+b") as file:
            self.write(file, b"".join(self.pieces))

    def zero_held(self):
        with self.open() as held:
            self.open("ab").close()  # a close of an empty file, while somebody else has it open
            time.sleep(self.pause)
            self.write(held, b"".join(self.pieces))

    def broken_off(self):
        """An upload that ends inside a line, and is taken up again."""
        whole = b"".join(self.pieces)
        half = len(whole) // 2 + 40
        with self.open() as file:
            self.write(file, whole[:half])
        time.sleep(self.pause)
        with self.open("ab") as file:
            self.write(file, whole[half:])


# How, and by how much the clock of the file's server differs from ours.
PRODUCERS = (("keep-open", 0), ("stall", 0), ("drip", 0), ("zero-first", 0), ("zero-held", 0), ("broken-off", 0),
             ("drip", HOUR), ("drip", -HOUR))

# Endings of names. `one` is a single event over several lines, in a .json.
FORMATS = ("ndjson", "json", "one")


def pieces_of(form, first):
    """The content of a file of that format, and the numbers of its events."""
    if form == "one":
        whole = json.dumps(event(first), indent=2).encode()
        step = len(whole) // EVENTS + 1
        return [whole[at:at + step] for at in range(0, len(whole), step)], [first]
    numbers = list(range(first, first + EVENTS))
    text = [json.dumps(event(n), separators=(",", ":")).encode() for n in numbers]
    if form == "ndjson":
        return [piece + b"\n" for piece in text], numbers
    pieces = [(b"[" if n == 0 else b",") + piece for n, piece in enumerate(text)]
    pieces[-1] += b"]"
    return pieces, numbers


def produce(folder, first, pauses, formats=FORMATS):
    """All of them at once; the numbers of their events."""
    numbers, producers = [], []
    for how, shift in PRODUCERS:
        for pause in pauses:
            for form in formats:
                pieces, own = pieces_of(form, first + len(numbers))
                numbers += own
                ending = "one.json" if form == "one" else form
                path = os.path.join(folder, f"{how}{shift:+d}-{pause}-{own[0]}.{ending}")
                producers.append(Producer(how, path, pieces, pause, shift))
    for producer in producers:
        producer.join()
    failed = [f"{producer.path}: {producer.error}" for producer in producers if producer.error]
    if failed:
        raise AssertionError("\n".join(failed))
    return numbers


if __name__ == "__main__":
    print(max(produce(sys.argv[1], int(sys.argv[2]), [float(word) for word in sys.argv[3:]])) + 1)
