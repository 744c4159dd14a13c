#!/usr/bin/env python3
"""Completion in a real bash and a real zsh: each runs on a terminal, a line is typed, and the key for completion is pressed.

What the shell was offered is noted by the function that is under test, before the shell decides what to show.
"""
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import tempfile
import termios
import time
import unittest

from harness import Failure, program, wait_until

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

PATIENCE = 20
# Each shell is told where to write what is offered (one a line, then an empty line).
BASH = r"""
PS1='ready> '
bind 'set bell-style none'
. {tree}/completion/{program}.bash
_noted() {{ {function} "$@"; printf '%s\n' "${{COMPREPLY[@]}}" '' >> {notes}; }}
complete -F _noted {program}
"""
ZSH = r"""
PS1='ready> '
unsetopt beep zle_bracketed_paste
fpath=({folder} $fpath)
autoload -U compinit
compinit -u -D
zstyle ':completion:*' menu no
setopt no_always_last_prompt
LISTMAX=10000
compadd() {{
    # A call that stores elsewhere offers nothing.
    if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    local -a offered
    builtin compadd -A offered "$@"
    print -l -- $offered >> {notes}
    builtin compadd "$@"
}}
# Each completion takes the functions off the list.
_end_of_notes() {{ print >> {notes}; comppostfuncs=(_end_of_notes) }}
comppostfuncs=(_end_of_notes)
"""


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, folder, kind, program, programs):
        self.notes = os.path.join(folder, f"{kind}-{program}.notes")
        self.seen = b""
        how = {"tree": TREE, "program": program, "function": "_" + program.replace("-", "_"), "notes": self.notes,
               "folder": os.path.join(TREE, "completion")}
        start = os.path.join(folder, f"{kind}-{program}.start")
        with open(start, "w", encoding="ascii") as file:
            file.write((BASH if kind == "bash" else ZSH).format(**how))
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            # Wide and high: nothing is asked before a list, and no line is broken.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 300, 0, 0))
            os.chdir(folder)
            os.environ.update(TERM="dumb" if kind == "bash" else "xterm", LC_ALL="C.UTF-8", ZDOTDIR=folder, HOME=folder,
                              PATH=programs + ":" + os.environ["PATH"])
            os.execvp(kind, ["bash", "--noprofile", "--norc", "-i"] if kind == "bash" else ["zsh", "-f", "-i"])
        self.type(f". {start}\n")
        wait_until(lambda: self.read().count(b"ready> ") >= 1, 20, lambda: f"{kind} is ready\n{self.seen!r}")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                more = os.read(self.terminal, 65536)
            except OSError:
                break
            if not more:
                break
            self.seen += more
        return self.seen

    def offered(self, line):
        """What is offered at the end of the line."""
        open(self.notes, "w", encoding="ascii").close()
        self.type(line + "\t")

        def noted():
            self.read()
            with open(self.notes, encoding="utf-8") as file:
                text = file.read()
            return text if text.endswith("\n\n") or text == "\n" else None
        text = wait_until(noted, PATIENCE, lambda: f"the shell completes {line!r}\n{self.seen[-400:]!r}", step=0.01)
        self.type("\x15")  # the line is empty again
        time.sleep(0.02)
        return {word for word in text.split("\n") if word}

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Completion:
    kind = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in ("crm.ndjson", "with blank.ndjson"):
            open(os.path.join(cls.folder, name), "w", encoding="ascii").close()
        os.mkdir(os.path.join(cls.folder, "folder"))
        cls.programs = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.programs)
        os.symlink(program(os.environ.get("SETCLICK_BUILD", "build/dev"), "setclickd"), os.path.join(cls.programs, "setclickd"))
        cls.shell = Shell(cls.folder, cls.kind, "setclickd", cls.programs)
        cls.addClassCleanup(cls.shell.end)
        cls.sandbox = Shell(cls.folder, cls.kind, "setclick-sandbox", cls.programs)
        cls.addClassCleanup(cls.sandbox.end)

    def offered(self, line):
        return {word.rstrip(" ") for word in self.shell.offered(line)}

    def test_commands(self):
        self.assertEqual(self.offered("setclickd re"), {"reconcile", "rejected", "release", "reload", "report", "resume", "retry"})
        self.assertEqual(self.offered("setclickd ledger "), {"check", "backup", "adopt", "import", "migrate", "roles"})
        self.assertEqual(self.offered("setclickd --config crm.ndjson config "), {"init", "show"})
        self.assertEqual(self.offered("setclickd report m"), {"microconversions"})

    def test_options(self):
        self.assertEqual(self.offered("setclickd list --a"), {"--account"})
        self.assertEqual(self.offered("setclickd ledger adopt --"), {"--yes", "--json", "--config", "--help"})
        self.assertEqual(self.offered("setclickd config show --o"), {"--origin"})
        self.assertIn("--version", self.offered("setclickd --"))
        self.assertIn("--config", self.offered("setclickd list --file crm.ndjson --"))

    def test_values_that_are_few(self):
        self.assertEqual(self.offered("setclickd list --state re"), {"rejected", "refused"})
        self.assertEqual(self.offered("setclickd hold --state re"), {"rejected"})
        self.assertEqual(self.offered("setclickd report microconversions --format "), {"table", "csv", "ndjson", "json"})
        self.assertEqual(self.offered("setclickd reconcile --date-range last_m"), {"last_month"})
        self.assertEqual(self.offered("setclickd list --state=he"), {"held"})

    def test_lists(self):
        line = "setclickd report microconversions --by "
        self.assertEqual(self.offered(line), {"day", "label", "source", "medium", "campaign"})
        self.assertEqual({word.rsplit(",", 1)[-1] for word in self.offered(line + "day,")},
                         {"label", "source", "medium", "campaign"})

    def test_files(self):
        for line in ("setclickd submit ", "setclickd --config ", "setclickd submit --partial crm.ndjson "):
            found = {word.replace("\\ ", " ").rstrip("/") for word in self.offered(line)}
            self.assertLessEqual({"crm.ndjson", "with blank.ndjson", "folder"}, found, line)
        self.assertEqual(self.offered("setclickd ledger backup cr"), {"crm.ndjson"})

    def test_nothing_where_only_a_person_knows(self):
        for line in ("setclickd list --account ", "setclickd show ", "setclickd pause ", "setclickd report microconversions --country "):
            self.assertEqual(self.offered(line), set(), line)

    def test_what_the_program_itself_lists(self):
        self.assertEqual(self.offered("setclickd explain account_par"), {"account_parked"})
        self.assertGreater(len(self.offered("setclickd explain ")), 50)

    def test_the_sandbox(self):
        offered = {word.rstrip(" ") for word in self.sandbox.offered("setclick-sandbox --reset-")}
        self.assertEqual(offered, {"--reset-before-read", "--reset-after-read", "--reset-after-book"})
        self.assertEqual(self.sandbox.offered("setclick-sandbox --compress def"), {"deflate", "deflate-raw"})
        self.assertEqual({word.rstrip("/") for word in self.sandbox.offered("setclick-sandbox --dir ")}, {"folder"})


@unittest.skipUnless(shutil.which("bash"), "NOT TESTED: completion in bash, which is not installed")
class Bash(Completion, unittest.TestCase):
    kind = "bash"


@unittest.skipUnless(shutil.which("zsh"), "NOT TESTED: completion in zsh, which is not installed")
class Zsh(Completion, unittest.TestCase):
    kind = "zsh"


if __name__ == "__main__":
    try:
        unittest.main()
    except Failure as failure:
        raise SystemExit(str(failure)) from failure
