#!/usr/bin/env python3
"""The alerts that the package brings: what promtool thinks of them, and that each has its timeline and its page."""
import os
import re
import shutil
import tempfile
import unittest

from prometheus import promtool

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(TREE, "monitoring", "setclickd.rules.yml")
TIMELINES = os.path.join(TREE, "tests", "monitoring")
FULL = os.environ.get("SETCLICK_FULL") == "1"


def read(*path):
    with open(os.path.join(TREE, *path), encoding="utf-8") as file:
        return file.read()


def alerts():
    """The text of each rule by its alert's name."""
    parts = re.split(r"(?m)^      - alert: (\w+)$", read("monitoring", "setclickd.rules.yml"))
    return dict(zip(parts[1::2], parts[2::2]))


def timelines():
    return sorted(name for name in os.listdir(TIMELINES) if name.endswith(".yml"))


def judged(rules):
    """Whether all timelines pass for the rules in this text."""
    folder = tempfile.mkdtemp(prefix="setclickd-test-")
    try:
        shutil.copytree(TIMELINES, os.path.join(folder, "tests", "monitoring"))
        os.mkdir(os.path.join(folder, "monitoring"))
        with open(os.path.join(folder, "monitoring", "setclickd.rules.yml"), "w", encoding="utf-8") as file:
            file.write(rules)
        return promtool("test", "rules", *(os.path.join(folder, "tests", "monitoring", name) for name in timelines()))
    finally:
        shutil.rmtree(folder)


class Rules(unittest.TestCase):
    def test_promtool_has_nothing_to_say(self):
        ok, text = promtool("check", "rules", RULES)
        self.assertTrue(ok, text)

    def test_each_alert_fires_when_it_should_and_only_then(self):
        ok, text = promtool("test", "rules", *(os.path.join(TIMELINES, name) for name in timelines()))
        self.assertTrue(ok, text)

    def test_each_alert_has_a_timeline_in_which_it_fires_and_one_in_which_it_is_quiet(self):
        text = "".join(read("tests", "monitoring", name) for name in timelines())
        asked = re.findall(r"alertname: (\w+)\n +exp_alerts:(.*)", text)
        for name in alerts():
            self.assertIn((name, ""), asked, "fires")
            self.assertIn((name, " []"), asked, "is quiet")
        self.assertEqual({name for name, _ in asked}, set(alerts()))

    def test_each_alert_has_what_a_person_needs_and_its_page(self):
        page = read("docs", "alerts.md")
        titles = re.findall(r"(?m)^### (Setclickd\w+)$", page)
        self.assertEqual(sorted(titles), sorted(alerts()))
        for name, text in alerts().items():
            self.assertRegex(text, r"severity: (critical|warning|info)\}", name)
            for field in ("summary", "description", "cure"):
                self.assertRegex(text, rf'(?m)^          {field}: "[^"]', f"{name}: {field}")
            self.assertIn(f'/usr/share/doc/setclickd/docs/alerts.md#{name.lower()}"', text)

    def test_the_page_names_messages_that_exist(self):
        known = set(re.findall(r"(?m)^\| `(\w+)` \|", read("docs", "messages.md")))
        named = re.findall(r"`(?:event=)?(\w+)`", "".join(re.findall(r"[Ii]n the log: (.*?)\n\n", read("docs", "alerts.md") + "\n\n", re.S)))
        self.assertGreater(len(named), 15)
        self.assertEqual(set(named) - known - {"reason"}, set())

    # The proof that the timelines hold the numbers: each alert is made more patient, and each limit another one.
    @unittest.skipUnless(FULL, "with SETCLICK_FULL=1")
    def test_another_number_is_noticed(self):
        rules = read("monitoring", "setclickd.rules.yml")
        changes = [(m.start(1), m.end(1)) for m in re.finditer(r"(?m)^        for: (\w+)$", rules)]
        changes += [(m.start(1), m.end(1)) for m in
                    re.finditer(r"[<>,]\s*((?:[1-9]|0\.)[\d.]*(?: \* \d+)*)(?= *(?:\n|\)| and))", rules)]
        self.assertGreater(len(changes), 25)
        for begin, end in changes:
            old = rules[begin:end]
            new = str(int(old[:-1]) * 3) + old[-1] if old[-1].isalpha() else f"1.9 * {old}"
            ok, _ = judged(rules[:begin] + new + rules[end:])
            line = rules.count("\n", 0, begin) + 1
            self.assertFalse(ok, f"line {line}: {old} became {new}, and no timeline noticed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
