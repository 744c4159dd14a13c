#!/usr/bin/env python3
"""`setclickd top` and `status --watch`: on a real terminal what they show, and that it is as it was after every end."""
import json
import os
import re
import select
import signal
import subprocess
import termios

from case import SLOWER, SystemTest, main
from harness import ACCOUNT, event, ndjson, start_child, wait_until
from terminal import Terminal

WAIT = 20 * SLOWER
CODES = re.compile(rb"\x1b\[(3[0-9]|9[0-9]|4[0-9]|2|38[;0-9]*)m")


class Top(SystemTest):
    def top(self, *options, columns=80, rows=24, env=None, shell=None):
        command = shell or self.bench.command("top", "--interval", "200ms", *options)
        terminal = Terminal(command, columns, rows, env)
        self.addCleanup(terminal.__exit__)
        return terminal

    def shown(self, *options, **how):
        """Of an idle daemon, with its first frame drawn."""
        terminal = self.top(*options, **how)
        terminal.wait_for("q quit", WAIT)
        self.assertEqual(terminal.faults(), ["modes", "alternate screen", "no cursor", "no wrapping"])
        return terminal

    def assert_given_back(self, terminal):
        self.assertEqual(terminal.faults(), [])
        self.assertEqual(terminal.screen.main_text.replace("^C", "").strip(), "")

    def test_a_life_is_shown_and_q_ends_it(self):
        bench = self.start("--latency", "5ms")
        terminal = self.shown()
        self.assertIn("nothing has been delivered yet", terminal.screen.text())
        bench.drop("\x1b[2Jöl.ndjson", ndjson(event(n) for n in range(40)))
        bench.drop("note\x1b]0;t\x07.txt", b"x")
        terminal.wait_for("40 delivered", WAIT)
        terminal.wait_for(r"\x1b[2Jöl.ndjson", WAIT)  # readable, and not obeyed
        terminal.wait(lambda: re.search("delivered .*[▁▂▃▄▅▆▇█]", terminal.screen.text()), WAIT, "a plot of them")
        terminal.wait_for("95%", WAIT)  # the latency of those forty
        self.assertRegex(terminal.screen.text(), "attempts .*[▁▂▃▄▅▆▇█]")
        terminal.type("h")
        terminal.wait_for("mended by the command reset", WAIT)
        terminal.type("\x1b[B")
        terminal.wait_for("> " + ACCOUNT, WAIT)
        # All that it shows is what the status says.
        counts = bench.counts()
        for name in ("delivered", "rejected", "duplicate", "discarded"):
            self.assertIn(f"{counts[name]} {name}", terminal.screen.text())
        # The daemon goes, and comes again.
        self.assert_stops()
        terminal.wait_for("No: the daemon does not run", WAIT)
        terminal.wait_for("does not run; the numbers are the ledger's", WAIT)
        bench.start_daemon()
        terminal.wait_for("Nothing waits to be delivered", WAIT)
        terminal.wait_for(f"pid {bench.daemon.pid}", WAIT)
        terminal.wait_for("setclickd is ready", WAIT)  # the lines of the new one
        # It hangs: keys are answered all the same.
        bench.daemon.signal(signal.SIGSTOP)
        terminal.wait_for("the daemon does not answer", WAIT)
        terminal.type("h")
        terminal.wait_for("in doubt   was cut short", 2 * SLOWER)
        terminal.type("qq")
        terminal.wait(lambda: not terminal.screen.is_alternate, 2 * SLOWER, "the terminal is given back")
        self.assertEqual(terminal.wait_for_end(WAIT), 0)
        bench.daemon.signal(signal.SIGCONT)
        self.assert_given_back(terminal)

    def test_every_end_gives_the_terminal_back(self):
        self.start()
        for number, code in ((signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 0),
                             (signal.SIGQUIT, -signal.SIGQUIT)):
            terminal = self.shown()
            terminal.signal(number)
            self.assertEqual(terminal.wait_for_end(WAIT), code, number)
            self.assert_given_back(terminal)
        terminal = self.shown()
        terminal.type("\x03")
        self.assertEqual(terminal.wait_for_end(WAIT), 0)
        self.assert_given_back(terminal)
        # One that takes nothing any more: SIGTERM is obeyed all the same, and the modes are put back.
        terminal = self.shown(columns=250, rows=60)
        wait_until(lambda: not select.select([], [terminal.slave], [], 0)[1], WAIT, "the terminal is full")
        terminal.signal(signal.SIGTERM)
        self.assertEqual(terminal.process.wait(WAIT), -signal.SIGTERM)
        self.assertEqual(terminal.modes(), terminal.before)
        # One that is gone.
        terminal = self.shown()
        for fd in (terminal.slave, terminal.master):
            os.close(fd)
        terminal.slave = terminal.master = None
        self.assertIn(terminal.process.wait(WAIT), (0, -signal.SIGHUP))

    def test_another_size_is_drawn_anew(self):
        self.start()
        terminal = self.shown()
        for columns, rows in ((120, 40), (40, 10), (20, 3), (80, 24)):
            terminal.resize(columns, rows)
            terminal.wait(lambda: not terminal.screen.is_stale, WAIT, "it is cleared for the new size")
            terminal.wait_for("Ready: nothing", WAIT)
            if rows > 3:
                terminal.wait(lambda: "q quit" in terminal.screen.text().splitlines()[-1], WAIT, "in the last row: the keys")
        terminal.signal(signal.SIGTERM)
        self.assertEqual(terminal.wait_for_end(WAIT), -signal.SIGTERM)
        self.assert_given_back(terminal)

    def test_stopped_by_ctrl_z_it_goes_on_with_fg(self):
        self.start()
        terminal = self.top(shell=["bash", "--norc", "--noprofile", "-i"], env={"PS1": "ready> ", "HISTFILE": ""})
        terminal.wait(lambda: "ready> " in terminal.screen.main_text, WAIT, "the shell is ready")
        quoted = " ".join(f"'{word}'" for word in self.bench.command("top", "--interval", "200ms"))
        for key, prompts in (("\x1a", 2), ("\x1a", 3)):
            terminal.type(f"{quoted}\n" if prompts == 2 else "fg\n")
            terminal.wait(lambda: terminal.screen.is_alternate, WAIT, "it takes the terminal")
            terminal.wait_for("q quit", WAIT)
            self.assertFalse(terminal.modes()[3] & termios.ICANON)
            terminal.type(key)
            terminal.wait(lambda: terminal.screen.main_text.count("ready> ") >= prompts, WAIT, "the shell has it back")
            self.assertFalse(terminal.screen.is_alternate)
            self.assertTrue(terminal.screen.has_cursor and terminal.screen.wraps)
        terminal.type("fg\n")
        terminal.wait(lambda: terminal.screen.is_alternate, WAIT, "it takes the terminal")
        terminal.wait_for("q quit", WAIT)
        terminal.type("q")
        terminal.wait(lambda: not terminal.screen.is_alternate, WAIT, "it gives the terminal back")
        terminal.type("\nexit\n")
        terminal.wait_for_end(WAIT)
        self.assertTrue(terminal.screen.has_cursor and terminal.screen.wraps)

    def test_where_nothing_can_be_drawn_it_prints_lines(self):
        bench = self.start()
        for env in ({"TERM": "dumb"}, {"TERM": ""}):
            terminal = self.top(env=env)
            terminal.wait(lambda: terminal.raw.count(b"\n") >= 3, WAIT, "three lines")
            terminal.type("\x03")
            self.assertEqual(terminal.wait_for_end(WAIT), 0)
            self.assertNotIn(b"\x1b", terminal.raw)
            self.assertIn(b"Ready: nothing has been delivered yet; ", terminal.raw)
            self.assertEqual(terminal.modes(), terminal.before)
        piped = start_child(bench.command("top", "--interval", "200ms"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertRegex(piped.stdout.readline(), rb"^20..-..-..T..:..:..Z Ready: .*; 0 wait, 0 held\n$")
        piped.stdout.close()
        self.assertNotEqual(piped.wait(WAIT), 0)  # nobody reads
        piped.stderr.close()
        terminal = self.shown(env={"NO_COLOR": "1", "LC_ALL": "C"})
        self.assertIsNone(CODES.search(terminal.raw))
        self.assertTrue(terminal.raw.isascii())
        terminal.type("q")
        terminal.wait_for_end(WAIT)
        once = bench.run_command("top", "--once", "--interval", "200ms").stdout.decode().splitlines()
        self.assertEqual(len(once), 24)
        self.assertLessEqual(max(map(len, once)), 80)
        self.assertEqual(bench.run_command("top", "--interval", "1ms", check=False).returncode, 2)

    def test_status_is_repeated(self):
        bench = self.start()
        bench.drop("a.ndjson", ndjson([event(1)]))
        bench.wait_final(1, WAIT)

        def watched(*options, env=None):
            child = start_child(bench.command("status", *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            lines = []
            while sum(line.startswith((b"---- 20", b"{")) for line in lines) < 3:
                lines.append(child.stdout.readline())
            child.send_signal(signal.SIGINT)
            rest, complaints = child.communicate(timeout=WAIT)
            self.assertEqual((child.returncode, complaints), (0, b""))
            return lines + rest.splitlines(True)
        lines = watched("--watch", "200ms")
        self.assertNotIn(b"\x1b", b"".join(lines))
        self.assertGreaterEqual(sum(b"1 delivered" in line for line in lines), 2)
        for line in watched("--json", "--watch", "200ms"):
            self.assertEqual(json.loads(line)["events"]["delivered"], 1)
        terminal = self.top(shell=bench.command("status", "--watch"))
        terminal.wait(lambda: terminal.raw.count(b"\x1b[2J") >= 2, WAIT, "it is drawn again, each two seconds")
        self.assertIn(b"every 2 s; Ctrl-C ends", terminal.raw)
        terminal.type("\x03")
        self.assertEqual(terminal.wait_for_end(WAIT), 0)
        self.assertEqual(terminal.faults(), [])


if __name__ == "__main__":
    main()
