#!/usr/bin/env python3
"""The manual pages as `man` reads them: no warning, no line that leaves the terminal, and no page that is named and missing."""
import os
import re
import shutil
import subprocess
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = os.path.join(TREE, "man")
WIDTH = 80


def shown(page, *options):
    """(text, warnings) of `man` for a page."""
    done = subprocess.run(["man", *options, "-E", "UTF-8", "-l", "-Tutf8", page], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": str(WIDTH), "MAN_KEEP_FORMATTING": "",
                               "GROFF_NO_SGR": "1", "MANPAGER": "cat"})
    # Bold and underlined letters are overstruck.
    return re.sub(".\b", "", done.stdout), done.stderr


@unittest.skipUnless(shutil.which("man"), "NOT TESTED: manual pages; man-db is not installed")
class Manual(unittest.TestCase):
    def test_each_page_is_formatted_without_a_warning(self):
        pages = sorted(os.listdir(PAGES))
        self.assertEqual(pages, ["setclick-sandbox.1", "setclickd-spool.5", "setclickd.8", "setclickd.toml.5"])
        for page in pages:
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", os.path.join(PAGES, page)],
                                  capture_output=True, timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": str(WIDTH)})
            self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), page)
            self.assertGreater(len(done.stdout), 1000, page)

    def test_what_a_page_refers_to_is_there(self):
        ours = {tuple(name.rsplit(".", 1)) for name in os.listdir(PAGES)}
        for page in os.listdir(PAGES):
            text, _ = shown(os.path.join(PAGES, page))
            for name, section in re.findall(r"\b(setclick[\w.-]*)\((\d)\)", text):
                self.assertIn((name, section), ours, page)

    def test_text_fits_a_terminal(self):
        for page in os.listdir(PAGES):
            text, _ = shown(os.path.join(PAGES, page))
            # What is typed is not broken: an example may be longer.
            wide = [line for line in text.splitlines() if len(line) > WIDTH and not re.match(r" +(setclickd|\||SET|curl|export-tool) ?", line)]
            self.assertEqual(wide, [], page)

    def test_an_option_is_found_as_it_is_typed(self):
        text, _ = shown(os.path.join(PAGES, "setclickd.8"))
        for typed in ("--show-request", "--date-range RANGE", "setclickd ledger adopt", "setclickd retry crm-8841 --force"):
            self.assertIn(typed, text)
        text, _ = shown(os.path.join(PAGES, "setclick-sandbox.1"))
        self.assertIn("--late-answer DELAY SHARE", text)


if __name__ == "__main__":
    unittest.main()
