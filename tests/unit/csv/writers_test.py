#!/usr/bin/env python3
"""Any table of strings that Python's csv or LibreOffice wrote is read back as the same cells, however it is cut into windows.

writers_test.py PROGRAM [SEED]: `cells` of this folder. What our own writer writes: row_property_test.cpp."""
import csv
import io
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "system"))

from spreadsheet import LibreOffice, why_left_out  # noqa: E402

# Numbers of event::text_encoding.
ENCODINGS = {"utf-8": 0, "utf-8-sig": 0, "utf-16-le": 1, "utf-16-be": 2, "utf-16": 1, "cp1252": 5}
PARTS = ["a", "B", "7", "00", " ", "  ", ",", ";", "\t", "|", '"', '""', "'", "\n", "\r\n", "\r", "=", "+", "@", "#", "Total", "sep=", "\\", "\\n",
         "Parameters:", "é", "ß", "€", "’", "–"]
WIDE_PARTS = [*PARTS, "😀", "中文", "й", "\u2028", "\u0085", "\u00a0", "\u200b", "\u202e", "e\u0301"]
HEADER = ["event_id", "click_time", "a", "b", "c", "d"]


def cell(source, parts):
    return "".join(source.choice(parts) for _ in range(source.choice((0, 0, 1, 1, 2, 3, 5, 9))))


def table(source, parts, rows=12):
    columns = source.randint(3, len(HEADER))
    return [HEADER[:columns]] + [[cell(source, parts) for _ in range(columns)] for _ in range(source.randint(0, rows))]


def read(program, folder, content, source, columns, given=None):
    """The rows, or what was written in their place."""
    path = os.path.join(folder, "table")
    with open(path, "wb") as out:
        out.write(content)
    step, restarts = source.randint(1, len(content) + 9), source.randint(0, 1)
    command = [program, path, str(step), str(restarts), str(columns)]
    if given:
        command += [str(ord(given[0])), str(ENCODINGS[given[1]])]
    done = subprocess.run(command, capture_output=True, timeout=60)
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stdout[:300]!r} {done.stderr[:300]!r}", None
    out, rest = [], done.stdout
    found, rest = rest.split(b"\n", 1)
    while rest:
        count, rest = rest.split(b"\n", 1)
        if not count.isdigit():
            out.append(count.decode())
            continue
        row = []
        for _ in range(int(count)):
            length, rest = rest.split(b" ", 1)
            row.append(rest[:int(length)].decode())
            rest = rest[int(length) + 1:]
        out.append(row)
    return out, tuple(map(int, found.split()))


def same(what, got, wanted, content):
    if got == wanted:
        return
    if isinstance(got, str):
        raise SystemExit(f"{what}: {got}\n{content!r}")
    for n, row in enumerate(wanted):
        if n >= len(got) or got[n] != row:
            raise SystemExit(f"{what}: row {n} is {got[n] if n < len(got) else None}, not {row}\n{content!r}")
    raise SystemExit(f"{what}: {len(got)} rows, not {len(wanted)}\n{content!r}")


def by_python(program, folder, seed, rounds):
    for n in range(rounds):
        source = random.Random(seed + n)
        encoding = source.choice(list(ENCODINGS))
        wanted = table(source, PARTS if encoding == "cp1252" else WIDE_PARTS)
        quoting = source.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
        # Python before 3.13 puts no quotes around a CR where lines end in LF: its own reader does not read that back either.
        ends = "\r\n" if quoting == csv.QUOTE_MINIMAL else source.choice(("\r\n", "\n", "\r"))
        separator = source.choice(",;\t|")
        text = io.StringIO()
        csv.writer(text, delimiter=separator, lineterminator=ends, quoting=quoting).writerows(wanted)
        content = text.getvalue().encode(encoding)
        what = f"Python, seed {seed + n}, {encoding}, separator {separator!r}"
        # What Windows-1252 is cannot always be told.
        given = (separator, encoding) if encoding == "cp1252" else None
        got, found = read(program, folder, content, source, len(wanted[0]), given)
        if found and found[0] != ord(separator):
            raise SystemExit(f"{what}: separator {chr(found[0])!r}\n{content!r}")
        same(what, got, wanted, content)


def by_libreoffice(program, folder, seed, rounds):
    office = LibreOffice(folder)
    for separator, encoding in ((",", "utf-8"), (";", "cp1252"), ("\t", "utf-16"), ("|", "utf-8")):
        tables = {}
        for n in range(rounds):
            source = random.Random(f"{seed + n} {separator}")
            made = table(source, PARTS if encoding == "cp1252" else WIDE_PARTS, 30)
            # It knows one line end inside of a cell.
            made = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in made]
            # It ends a sheet with the last column and row that hold something.
            made = [row + ["end"] for row in made] + [["end"] * (len(made[0]) + 1)]
            tables[f"t{n}.csv"] = made
        opened = {}
        for name, made in tables.items():
            text = io.StringIO()
            csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(made)
            opened[name] = text.getvalue().encode()
        for n, (name, content) in enumerate(office.save(opened, separator, encoding).items()):
            what = f"LibreOffice, seed {seed + n}, {encoding}, separator {separator!r}"
            given = (separator, encoding) if encoding == "cp1252" else None
            got, _ = read(program, folder, content, random.Random(seed + n), len(tables[name][0]), given)
            same(what, got, tables[name], content)


def main(program, seed=20211020):
    with tempfile.TemporaryDirectory(prefix="setclickd-writers-") as folder:
        by_python(program, folder, seed, 400)
        print(f"Python: 400 tables from seed {seed}")
        if why_left_out():
            print(why_left_out())
        else:
            by_libreoffice(program, folder, seed, 30)
            print(f"LibreOffice: 120 tables from seed {seed}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
