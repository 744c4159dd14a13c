#!/usr/bin/env python3
"""The daemon, killed before and behind each of its durable steps, by name, and started again.

Every step that the program itself lists (`SETCLICKD_FAULT=list`) must be hit, or the test fails: a new step in the code
needs a scenario here that passes it. After each kill the ledger, read behind the daemon's back, is held against the
sandbox's book: nothing lost, nothing called delivered that was not booked, and what was booked twice had been in doubt.
"""
import concurrent.futures
import os
import signal
import subprocess

from case import SLOWER, SystemTest, main, size
from harness import Failure, event, ndjson, program, tail, wait_until
from rounds import EVENTS, Rounds
from witness import Ledger

AT_ONCE = 6  # rounds: they mostly wait for fsyncs and timers
KILLED = -signal.SIGKILL
IN_A_COMMAND = ("ledger.operate",)
IN_A_BACKUP = ("backup.sync", "backup.rename", "backup.sync_dir")
IN_A_RETURN = ("spool.return.rename", "spool.return.sync_work", "spool.return.sync_done")
IN_A_SUBMIT = ("submit.write", "submit.sync", "submit.rename", "submit.sync_dir")
IN_A_TOKEN = ("file.write", "file.sync", "file.rename", "file.sync_dir")


class KillPoints(SystemTest):
    def points(self):
        listed = subprocess.run([program(self.bench.build, "setclickd")], env={**os.environ, "SETCLICKD_FAULT": "list"},
                                capture_output=True, timeout=30, check=True)
        return listed.stdout.decode().split()

    def killed_by(self, fault):
        """One round; True when the kill hit."""
        one = self.rounds.new(fault)
        one.drop_all()
        first = one.run_once(fault, 60 * SLOWER)
        if first not in (KILLED, 0, 3):  # 3: a line was refused
            raise Failure(f"{fault}: exit {first}\n{tail(one.daemon_log)}")
        # Where the recovery takes the same step, it is killed once more.
        name, _, rest = fault.partition(":")
        one.run_once(f"{name}:1{':after' if rest.endswith('after') else ''}", 60 * SLOWER)
        one.run_once(seconds=60 * SLOWER)
        one.check(fault)
        return first == KILLED

    def killed_in_a_command(self, fault):
        """`hold` through the control socket kills the daemon; then `release`, likewise; then everything goes out."""
        one = self.rounds.new(fault, rate=1)  # the first goes out, the others wait
        one.drop_all()
        hit = True
        for command in ("hold", "release"):
            daemon = one.start_daemon(env={**os.environ, "SETCLICKD_FAULT": fault})

            def one_is_out():
                counts = one.counts()
                return counts["delivered"] == 1 and counts["waiting"] + counts["held"] == EVENTS - 1
            wait_until(one_is_out, 30 * SLOWER, f"{fault}: one is delivered", 0.02)
            one.run_command(command, "--all", check=False)
            hit = daemon.wait(30) == KILLED and hit
        one.configure()
        one.run_command("release", "--all", check=False)  # takes the lock itself
        one.run_once(seconds=60 * SLOWER)
        one.check(fault)
        return hit

    def killed_in_a_backup(self, fault):
        """The copy is absent or complete, and the ledger is what it was; the same command again makes a complete one."""
        one = self.rounds.new(fault)
        one.drop_all()
        one.run_once(seconds=60 * SLOWER)
        command, copy = one.command("ledger", "backup", one.path("copy.db")), one.path("copy.db")
        done = subprocess.run(command, env={**os.environ, "SETCLICKD_FAULT": fault}, capture_output=True, timeout=60)
        if os.path.exists(copy):
            self.assertEqual(Ledger(copy).counts(), one.counts(), fault)
            os.remove(copy)
        one.run_command("ledger", "backup", copy)
        self.assertEqual(Ledger(copy).counts(), one.counts(), fault)
        one.check(fault)
        return done.returncode == KILLED

    def killed_in_a_return(self, fault):
        """A file grows in done/ after it was finished; killed while it is brought back, its tail goes out once."""
        one = self.rounds.new(fault)
        late = one.first + EVENTS
        events = ndjson(event(one.first + n) for n in range(EVENTS))
        one.run_command("submit", "--name", "many.ndjson", "-", stdin=events)
        daemon = one.start_daemon(env={**os.environ, "SETCLICKD_FAULT": fault})
        wait_until(lambda: b"many.ndjson" in one.files("done") and not one.files("work"), 30 * SLOWER,
                   f"{fault}: it is finished", 0.02)
        with open(os.path.join(one.spool, "done", "many.ndjson"), "ab") as file:
            file.write(ndjson([event(late)]))
        hit = daemon.wait(60 * SLOWER) == KILLED
        one.run_once(seconds=60 * SLOWER)
        self.assertEqual(one.counts()["delivered"], EVENTS + 1, fault)
        self.assertEqual(sorted(n for n in self.rounds.book() if n == late), [late], fault)
        return hit

    def killed_in_a_submit(self, fault):
        """The file is absent or whole; submitted once more nothing goes out twice, since its content is known."""
        one = self.rounds.new(fault)
        events = ndjson(event(one.first + n) for n in range(EVENTS))
        command = one.command("submit", "--name", "many.ndjson", "-")
        done = subprocess.run(command, env={**os.environ, "SETCLICKD_FAULT": fault}, input=events, capture_output=True,
                              timeout=60)
        for name in one.files("incoming"):
            if not name.startswith(b"."):
                with open(one.incoming(name), "rb") as file:
                    self.assertEqual(file.read(), events, fault)
        one.run_command("submit", "--name", "many.ndjson", "-", stdin=events)
        one.run_once(seconds=60 * SLOWER)
        self.assertEqual(one.counts()["delivered"], EVENTS, fault)
        self.assertEqual(sorted(n for n in self.rounds.book() if n in one.numbers()), sorted(one.numbers()), fault)
        return done.returncode == KILLED

    def killed_in_a_token(self, fault):
        """The account has the old token or the new one, whole; written once more it has the new one."""
        one = self.rounds.new(fault)
        config, token = one.path("token.toml"), one.path("a-token")
        old, new = b"old-token-of-twenty-eight-bytes\n", b"new-token-of-twenty-eight-bytes\n"
        with open(token, "wb") as file:
            file.write(old)
        os.chmod(token, 0o600)
        with open(config, "w", encoding="ascii") as file:
            file.write(f'[[account]]\nid = "60a52f6ac660b269d13c3f53"\ntoken_file = "{token}"\n')
        command = [program(self.bench.build, "setclickd"), "token", "--config", config]
        done = subprocess.run(command, env={**os.environ, "SETCLICKD_FAULT": fault}, input=new, capture_output=True, timeout=60)
        with open(token, "rb") as file:
            self.assertIn(file.read(), (old, new), fault)
        subprocess.run(command, input=new, capture_output=True, timeout=60, check=True)
        with open(token, "rb") as file:
            self.assertEqual(file.read(), new, fault)
        return done.returncode == KILLED

    def test_killed_at_each_durable_step_ledger_and_book_agree(self):
        self.bench.start_sandbox("--latency", "2ms")
        self.rounds = Rounds(self.bench)
        points = self.points()
        self.assertGreater(len(points), 20)
        passes = self.count_passes()
        jobs = []
        for point in points:
            kill = (self.killed_in_a_command if point in IN_A_COMMAND else
                    self.killed_in_a_backup if point in IN_A_BACKUP else
                    self.killed_in_a_submit if point in IN_A_SUBMIT else
                    self.killed_in_a_return if point in IN_A_RETURN else
                    self.killed_in_a_token if point in IN_A_TOKEN else self.killed_by)
            most = min(passes[point], size(1, 5)) if kill == self.killed_by else 1
            jobs += [(kill, point, f"{point}:{n}{when}") for n in range(1, most + 1) for when in ("", ":after")]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            hits = list(pool.map(lambda job: job[0](job[2]), jobs))
        killed = {point: sum(hit for (_, p, _), hit in zip(jobs, hits) if p == point) for point in points}
        print(f"\n  {len(points)} durable steps, {len(jobs)} rounds, {sum(hits)} kills:", flush=True)
        for point in points:
            print(f"  {point:<30} {killed[point]}", flush=True)
        self.assertEqual([p for p in points if killed[p] < 2], [], "steps that no scenario covers: extend this test")

    def count_passes(self):
        """How often each step is taken in a round that nobody disturbs."""
        one = self.rounds.new("count")
        one.drop_all()
        one.run_once("count:" + one.path("counts"), 60 * SLOWER)
        one.check("no fault")
        with open(one.path("counts"), encoding="ascii") as file:
            return {name: int(count) for name, count in (line.split() for line in file)}


if __name__ == "__main__":
    main()
