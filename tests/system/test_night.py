#!/usr/bin/env python3
"""A bad night (night_session.py) is what docs/night.md shows. When the program's words change:
    SETCLICKD_WRITE_DOCS=1 python3 tests/system/test_night.py
"""
import os
import threading

import night_session
from case import SANITIZED, SystemTest, main
from harness import Bench

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "night.md")


class Night(SystemTest):
    maxDiff = 6000

    def test_each_trouble_of_a_night_is_logged_and_shown_as_the_page_says(self):
        if SANITIZED or os.geteuid() != 0:
            self.skipTest("NOT TESTED: a full disk needs root, and a sanitizer has signal handlers of its own")
        texts, failures = {}, {}

        def run(trouble):
            try:
                with Bench() as bench:
                    texts[trouble] = trouble(bench)
            except BaseException as fault:  # pylint: disable=broad-except
                failures[trouble.__name__] = fault
        threads = [threading.Thread(target=run, args=(trouble,)) for trouble in night_session.TROUBLES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            self.fail("\n\n".join(f"{name}: {fault}" for name, fault in failures.items()))
        if texts[night_session.disk_is_full] is None:
            self.skipTest("NOT TESTED: a tmpfs cannot be mounted here")
        made = "\n".join(texts[trouble].text for trouble in night_session.TROUBLES)
        with open(PAGE, encoding="utf-8") as file:
            before, shown = file.read().split(night_session.BEGIN)
        if os.environ.get("SETCLICKD_WRITE_DOCS") == "1":
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(before + night_session.BEGIN + made)
            shown = made
        self.assertEqual(shown, made)


if __name__ == "__main__":
    main()
