"""A marketer's walk: an export of HubSpot with local times and no UTMs, from the file to delivered, one row mended on the way.

test_marketer.py compares it with docs/csv.md, and writes it there when SETCLICKD_WRITE_DOCS=1. Her commands run as a user who
may drop files and nothing else; those that the page shows with sudo, as the user of the test. The days of the export lie
in this week, and are those of the page's example in what is shown.
"""
import datetime
import os
import re
import stat
import subprocess
import textwrap

from harness import DIES_WITH_US, wait_until

BEGIN = "<!-- walk: made by tests/system/test_marketer.py -->\n"
END = "<!-- end of the walk -->\n"
SHOWN_DAY = datetime.date(2026, 10, 20)
DROPPERS = 64_001  # a group as setclickd-drop is
MARKETER = 64_002

EXPORT = """\
Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Email
8841,Roof for Ann,Closed won,{0} 07:31,Sam,"1.234,50 €",ann@example.com
8842,Roof for Bob,Closed won,{0} 09:05,Sam,"980,00 €",bob@example.com
8843,Garage for Cem,Closed won,{1} 16:20,Lea,pending,cem@example.com
8844,Roof for Dee,Closed won,{1} 18:02,Lea,"2.100,00 €",dee@example.com
"""

PROFILE = """\
[[csv.profile]]
name = "our-hubspot"
like = "hubspot"                                         # its columns, and in its place
time_zone = "America/Bogota"                             # where HubSpot showed these times
fixed = { utm_source = "crm", utm_medium = "offline" }   # what is true of these conversions
"""


class Walk:
    def __init__(self, bench):
        self.bench = bench
        self.text = []
        self.desk = bench.path("desk")
        self.first_day = datetime.date.today() - datetime.timedelta(days=4)
        self.name = "hubspot-deals.csv"

    def say(self, words):
        self.text.append(("" if not self.text else "\n") + textwrap.fill(words, 145, break_on_hyphens=False) + "\n")

    def prepare(self):
        """A machine on which the daemon runs, and a desk of the marketer's own."""
        os.chmod(self.bench.folder, 0o755)
        os.mkdir(self.desk)
        with open(os.path.join(self.desk, self.name), "w", encoding="utf-8") as file:
            file.write(EXPORT.format(self.first_day, self.first_day + datetime.timedelta(days=1)))
        for folder in ("incoming", "rejected"):
            os.chown(os.path.join(self.bench.spool, folder), 0, DROPPERS)
        os.chmod(os.path.join(self.bench.spool, "incoming"), stat.S_ISGID | stat.S_ISVTX | 0o730)
        os.chmod(os.path.join(self.bench.spool, "rejected"), 0o710)
        for path in (self.desk, os.path.join(self.desk, self.name)):
            os.chown(path, MARKETER, MARKETER)

    def type(self, line, code=0):
        """A line that the page shows after its prompt, typed as it stands there."""
        is_root = "sudo " in line
        typed = line.replace("/var/spool/setclickd", self.bench.spool)
        program = os.path.abspath(self.bench.command()[0])
        script = (f'setclickd() {{ "{program}" --config "{self.bench.config}" "$@"; }}\n'
                  f'sudo() {{ "$@"; }}\n{typed}\n')
        who = () if is_root else ("setpriv", f"--reuid={MARKETER}", f"--regid={MARKETER}", f"--groups={DROPPERS}")
        done = subprocess.run([*DIES_WITH_US, *who, "sh", "-c", script], cwd=self.desk, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120,
                              env={"PATH": os.environ["PATH"], "HOME": self.desk, "LC_ALL": "C.UTF-8"})
        printed = self.masked(done.stdout.decode())
        if done.returncode != code:
            raise AssertionError(f"{line}: exit {done.returncode}, not {code}\n{printed}\n{self.bench.story()}")
        self.text.append(f"\n```console\n$ {line}\n{printed}```\n")
        if code:
            self.text.append(f"Exit code {code}.\n")
        return printed

    def masked(self, text):
        text = text.replace(self.bench.spool, "/var/spool/setclickd")
        text = text.replace(self.bench.url, "https://app.sealmetrics.com/api").replace(self.bench.ledger, "/var/lib/setclickd/ledger.db")
        text = text.replace(self.bench.config, "/etc/setclickd/setclickd.toml").replace(self.desk + "/", "")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-10-24T10:00:00Z", text)
        moved = self.first_day - SHOWN_DAY
        for days in (0, 1, 2):
            day = datetime.timedelta(days=days)
            text = text.replace(str(self.first_day + day), str(SHOWN_DAY + day))
        text = re.sub(r"click_time=(\d{13})", lambda at: f"click_time={int(at[1]) - moved.days * 86_400_000}", text)
        return "\n".join(line.rstrip() for line in text.split("\n"))

    def has_ended(self, name, seconds=30):
        wait_until(lambda: name in self.bench.results(), seconds, lambda: f"{name} has ended\n{self.bench.story()}")

    def whole(self):
        self.prepare()
        self.say("Maria sells roofs, has no other rights on the machine than to drop files (she is in the group `setclickd-drop`), and "
                 "has exported her won deals from HubSpot. The times are those that HubSpot showed her, in Bogotá; UTMs there are none.")
        self.type(f"cat {self.name}")
        self.say("**1. Look.** Nothing is sent, and nothing is changed.")
        self.type(f"setclickd preview {self.name}", code=1)
        self.say("HubSpot's columns are known. But SealMetrics takes no event without a UTM parameter, and no export of a CRM has them: "
                 "somebody must say where these conversions came from.")
        self.say("**2. A profile.** It begins as the built-in one (`setclickd profiles hubspot` shows that). Whoever looks after the "
                 "machine adds to `/etc/setclickd/setclickd.toml`:")
        self.text.append(f"\n```toml\n{PROFILE}```\n")
        with open(self.bench.config, "a", encoding="utf-8") as file:
            file.write("\n" + PROFILE)
        self.type("sudo setclickd check")
        self.type("sudo setclickd reload")
        self.say("**3. Look again.** What `click_time` is stands first; what becomes of the rows, last.")
        self.type(f"setclickd preview {self.name}", code=3)
        self.say("Three of four rows are good. `***` stands for values that are nobody's business; `--reveal` shows them.")
        self.say("**4. Drop it.** Without `--partial` nothing would be dropped as long as a row is bad; with it the good ones go out, and "
                 "the bad one comes back.")
        self.type(f"setclickd submit --partial {self.name}", code=3)
        self.has_ended(self.name)
        self.say("**5. Fetch what came back.**")
        self.type("setclickd rejected")
        self.type(f"cp /var/spool/setclickd/rejected/{self.name} mended.csv && cat mended.csv")
        self.say("The same table, with two columns in front: the line of the row in her file, and what is wrong with it. She opens it in "
                 "her spreadsheet, writes the amount, and saves. The two columns may stay: they are not read. (Here `sed` is the "
                 "spreadsheet.)")
        self.type("sed -i 's/,pending,/,\"450,00 €\",/' mended.csv && setclickd submit mended.csv")
        self.has_ended("mended.csv")
        self.say("**6. What became of it.** For whoever may read the ledger, row by row:")
        self.type(f"sudo setclickd list --file {self.name} --results csv")
        self.type("sudo setclickd list --file mended.csv --results csv")
        self.say("Somebody drops the first export once more, with the amount filled in there? Nothing goes out twice: HubSpot's `Record ID` is "
                 "the `event_id`, and all four are known.")
        self.type(f"sed -i 's/,pending,/,\"450,00 €\",/' {self.name} && sudo setclickd preview {self.name} | tail -n 4")
        return "".join(self.text)
