#!/usr/bin/env python3
"""Runs the tests that need a machine of their own: each in a Debian 12 with a booted systemd (boot.sh), from the packages.

    world.py --packages DIR --root 'bare=systemd … -- adduser …' [--root …] [NAME…]

Each test_NAME.py says in its second line which root it wants, and which it wants to see as /beside (`# root: bare, beside: slim`);
root.sh makes them, once, from the packages named.
Exit 0: all passed; 77: this machine cannot boot one, and why is on stderr.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
# Seconds for a test, boot included. SETCLICK_FULL=1 asks for the whole counts, as in tests/system.
FULL = os.environ.get("SETCLICK_FULL") == "1"
LIMIT = 3600 if FULL else 600


def roots_of(path):
    """The root that is booted, and the one to be seen beside it (None: none)."""
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^# root: (\w+)(?:, beside: (\w+))?$", "".join(next(file) for _ in range(3)), re.M)
    return found.groups()


def made_root(name, packages):
    """Where it is; nothing when Debian cannot be reached."""
    done = subprocess.run([os.path.join(HERE, "root.sh"), name, *packages.split()], stdout=subprocess.PIPE, check=False)
    return done.stdout.decode().strip() if done.returncode == 0 else None


def run(name, root, beside, packages, keep):
    """The exit code of a test in a machine of its own; prints a line, and all that was said where it failed."""
    share = tempfile.mkdtemp(prefix="setclickd-world-")
    shutil.copytree(packages, os.path.join(share, "package"))
    begin = time.monotonic()
    also = ["--beside", beside] if beside else []
    code = subprocess.run([os.path.join(HERE, "boot.sh"), *also, root, TREE, share, str(LIMIT), "/usr/bin/env",
                           f"SETCLICK_FULL={int(FULL)}", "/usr/bin/python3", f"/tree/tests/world/test_{name}.py"],
                          check=False).returncode
    took = time.monotonic() - begin
    print(f"  world {name:<22} {'passed' if code == 0 else 'left out' if code == 77 else 'FAILED':>8} {took:5.0f} s",
          flush=True)
    if code not in (0, 77):
        for part in ("log", "console"):
            path = os.path.join(share, part)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    print(f"--- {part} of {name}\n{file.read()[-40000:]}", flush=True)
    if keep:
        print(f"    {share}")
    else:
        shutil.rmtree(share)
    return code


def main():
    every = sorted(os.path.basename(path)[5:-3] for path in glob.glob(os.path.join(HERE, "test_*.py")))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", required=True, help="a folder with the two .deb files")
    parser.add_argument("--root", action="append", default=[], metavar="NAME=PACKAGES", help="what a root holds")
    parser.add_argument("--keep", action="store_true", help="keep what the machines left, and print where")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}; all without one")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in every]
    if unknown:
        parser.error(f"there is no test {unknown[0]!r}; there are {', '.join(every)}")
    can = subprocess.run([os.path.join(HERE, "boot.sh"), "--can"], check=False).returncode
    if can != 0:
        return can
    lists, roots = dict(word.split("=", 1) for word in given.root), {}
    names = given.names or every
    wanted = {name: roots_of(os.path.join(HERE, f"test_{name}.py")) for name in names}
    for root in sorted({root for pair in wanted.values() for root in pair if root}):
        begin = time.monotonic()
        roots[root] = made_root(root, lists[root])
        if not roots[root]:
            print(f"the Debian root {root!r} could not be made", file=sys.stderr)
            return 77
        if time.monotonic() - begin > 3:
            print(f"  world: made root {root:<15} {time.monotonic() - begin:14.0f} s", flush=True)
    # They mostly wait: two at a time take half as long.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        codes = dict(zip(names, pool.map(
            lambda name: run(name, roots[wanted[name][0]], roots.get(wanted[name][1]), given.packages, given.keep), names)))
    if 77 in codes.values():
        return 77
    failed = [name for name in names if codes[name] != 0]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
