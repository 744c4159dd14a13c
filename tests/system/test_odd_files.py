#!/usr/bin/env python3
"""Files as other programs write them: what is plain is read, and what lies in rejected/ can be mended and dropped again."""
import gzip
import json
import os
import time

from case import SLOWER, SystemTest, main
from harness import event, wait_until

ONE, TWO, THREE = (json.dumps(event(n)) for n in range(3))
LINES = f"{ONE}\n{TWO}\n{THREE}\n"
ARRAY = f"[{ONE},{TWO},{THREE}]\n"
PRETTY = "".join(json.dumps(event(n), indent=2) + "\n" for n in range(3))
WARNING = "<br />\n<b>Warning</b>: Undefined array key \"source\" in <b>/srv/export.php</b> on line <b>12</b><br />\n"

# Each holds the three events, and refuses nothing.
READ = {
    "lines.json": LINES, "array.ndjson": ARRAY, "pretty.ndjson": PRETTY, "pretty.json": PRETTY,
    "behind.ndjson": ONE + TWO + THREE, "behind.json": ONE + TWO + THREE,
    "cr.ndjson": LINES.replace("\n", "\r"), "cr.json": LINES.replace("\n", "\r"),
    "separators.ndjson": "".join(f"\x1e{line}\n" for line in (ONE, TWO, THREE)),
    "marks.ndjson": f"\ufeff{ONE}\n\ufeff{TWO}\n{THREE}\n",
    "mark.json": f"\ufeff[{ONE},\n\ufeff{TWO},{THREE}]",
    "comment.json": ARRAY + "<!-- made in 0.2 s -->\n", "comment.ndjson": LINES + "<!-- made in 0.2 s -->\n",
    "warning.json": WARNING + ARRAY, "warning.ndjson": WARNING + LINES,
    "data.json": f'{{"data":[{ONE},{TWO},{THREE}]}}', "data.ndjson": f'{{"ok":true,"rows":{ARRAY.strip()},"next":null}}\n',
    "nested.json": f'{{"d":{{"results":[{ONE},{TWO},{THREE}],"__next":null}}}}', "arrays.ndjson": f"[{ONE}]\n[{TWO},{THREE}]\n",
    "pages.json": f'{{"data":[{ONE}],"page":1}}\n{{"data":[{TWO},{THREE}],"page":2}}\n', "arrays.json": f"[{ONE},{TWO}][{THREE}]",
    "commas.json": f"[{ONE},,{TWO} {THREE},]",
    "utf16le.ndjson": b"\xff\xfe" + LINES.encode("utf-16-le"), "utf16be.json": b"\xfe\xff" + ARRAY.encode("utf-16-be"),
    "utf16-plain.ndjson": LINES.encode("utf-16-le"), "utf16-plain.json": PRETTY.encode("utf-16-be"),
    "utf32.ndjson": b"\xff\xfe\0\0" + LINES.encode("utf-32-le"), "utf32-plain.json": ARRAY.encode("utf-32-be"),
    "empty-array.json": "[]\n",
}
NOTHING = {"empty-array.json"}
REMARKS = {"warning.json", "warning.ndjson", "data.json", "data.ndjson", "nested.json", "pages.json", "commas.json"}

BAD = json.dumps({**event(1), "click_time": "yesterday"})
BAD_PRETTY = json.dumps({**event(1), "click_time": "yesterday"}, indent=2)
# Each holds two good events, and one whose click_time is to be mended (or a file to be unpacked).
MENDED = {
    "bad-lines.ndjson": f"{ONE}\n{BAD}\n{THREE}\n", "bad-lines.json": f"{ONE}\n{BAD}\n{THREE}\n",
    "bad-array.json": f"[{ONE},{BAD},{THREE}]", "bad-array.ndjson": f"[{ONE},{BAD},{THREE}]\n",
    "bad-pretty.ndjson": PRETTY.replace(json.dumps(event(1), indent=2), BAD_PRETTY),
    "bad-pretty.json": f"[\n{json.dumps(event(0), indent=2)},\n{BAD_PRETTY},\n{json.dumps(event(2), indent=2)}\n]\n",
    "bad-data.json": json.dumps({"data": [event(0), json.loads(BAD), event(2)]}, indent=2),
    "bad-utf16.ndjson": f"\ufeff{ONE}\r\n{BAD}\r\n{THREE}\r\n".encode("utf-16-le"),
    "bad-utf16.json": f"[{ONE},\n{BAD},\n{THREE}]".encode("utf-16-be"),
    "bad-utf32.ndjson": f"{ONE}\n{BAD}\n{THREE}\n".encode("utf-32-le"),
}
# The rest of the array is refused with the element that is broken.
BROKEN = ONE.replace('"event_id"', '"event_id', 1)
REST = {"rest.json": f"[{ONE},{BROKEN},{THREE}]", "rest-data.json": f'{{"data":[{ONE},{BROKEN},{THREE}],"next":null}}'}
PACKED = {"packed.ndjson": gzip.compress(LINES.encode()), "packed.json": gzip.compress(ARRAY.encode())}


def raw(content):
    return content if isinstance(content, bytes) else content.encode()


class OddFiles(SystemTest):
    def results(self, files):
        for name, content in files.items():
            self.bench.drop(name, raw(content))
        wait_until(lambda: not self.bench.files("work") and not self.bench.files("incoming"), 60 * SLOWER,
                   lambda: "everything is final\n" + self.bench.story())
        all_of_them = self.bench.wait_results(*files)
        return {name: all_of_them[name] for name in files}

    def test_what_is_plain_is_read_and_refuses_nothing(self):
        self.start(sections=("[dedupe]", 'key = "off"'))
        for name, result in self.results(READ).items():
            with self.subTest(name):
                want = 0 if name in NOTHING else 3
                self.assertEqual((result["delivered"], result["rejected"], result["events"]), (want, 0, want), result)
                self.assertEqual(bool(result["warnings"]), name in REMARKS, result)
        self.assertEqual(self.bench.files("rejected"), [])
        warned = [line for line in self.bench.daemon.output().splitlines() if " warn " in line]
        self.assertEqual(len(warned), len(REMARKS), warned)

    def test_what_lies_in_rejected_can_be_mended_and_dropped(self):
        self.start(sections=("[dedupe]", 'key = "off"'))
        first = self.results(MENDED | PACKED)
        again = {}
        for name in MENDED:
            self.assertEqual((first[name]["delivered"], first[name]["rejected"]), (2, 1), name)
            lies = self.bench.rejected(name)
            self.assertTrue(lies.startswith(b"#! line "), lies)
            again["mended-" + name] = lies.replace(b'"yesterday"', b"1634707888000")
        for name, content in PACKED.items():
            self.assertEqual((first[name]["delivered"], first[name]["rejected"]), (0, 1), name)
            self.assertEqual(self.bench.rejected(name), content, "as it was")
            self.assertIn("gzip", json.dumps(first[name]["reasons"]))
            again["mended-" + name] = gzip.decompress(self.bench.rejected(name))
        for name, result in self.results(again).items():
            with self.subTest(name):
                # A file of one event has a line among others', with what it delivered.
                self.assertEqual((result["delivered"], result.get("rejected", 0)), (3 if "packed" in name else 1, 0), result)

    def test_a_long_line_comes_back_as_a_whole_and_can_be_split(self):
        self.start(spool=("max_line = 4096", 'patience = "3s"'))
        many = [json.dumps(event(n)) for n in range(40)]
        files = {"long.ndjson": f"{ONE}\n{{{' ' * 70_000}}}\n{' '.join(many).replace('} {', '} ; {')}\n", **REST}
        first = self.results(files)
        self.assertEqual((first["long.ndjson"]["delivered"] + first["long.ndjson"]["duplicate"], first["long.ndjson"]["rejected"]), (1, 2))
        lies = self.bench.rejected("long.ndjson").decode()
        self.assertEqual([line for line in lies.splitlines() if not line.startswith("#! ")], files["long.ndjson"].splitlines()[1:])
        self.assertIn("4,096 bytes allowed (spool.max_line) (70,002 bytes at offset", lies)
        again = {"mended-long.ndjson": lies.replace("} ; {", "}\n{").replace("{" + " " * 70_000 + "}\n", "")}
        for name in REST:
            self.assertEqual((first[name]["delivered"] + first[name]["duplicate"], first[name]["rejected"]), (1, 1), name)
            again["mended-" + name] = self.bench.rejected(name).decode().replace('"event_id:', '"event_id":').replace(BROKEN, TWO)
        for name, result in self.results(again).items():
            self.assertEqual(result["rejected"], 0, (name, result, self.bench.story()))
        self.assertEqual(self.bench.status()["events"]["delivered"], 40)

    def test_names_that_are_not_taken_are_counted_and_said_once_a_kind(self):
        self.start(spool=('scan_every = "200ms"',))
        silent = ("orders.ndjson.1a2b3c4d.partial", "orders.ndjson.partial", "orders.ndjson.6eF3a2Bc", "orders.ndjson_.gstmp",
                  "orders.ndjson.crdownload", "orders.ndjson.!sync", "orders.ndjson.lftp-pget-status", "orders.ndjson.ocTransferId7.part",
                  ".orders.ndjson.Xy12Ab", ".in.orders.ndjson.", ".syncthing.orders.ndjson.tmp", "~syncthing~orders.ndjson.tmp", "~$orders.json",
                  "#orders.ndjson#", "._orders.ndjson", "orders.ndjson:Zone.Identifier", "Thumbs.db", "desktop.ini", "4913",
                  "orders.json.sb-3f2a1b4c-aBcDeF", "orders.json.tmp.77")
        others = ("orders.json ", "orders.json.txt", "orders.ndjson.bak", "orders.ndjson.old", "orders.xlsx", "orders.ndjson.zip")
        for n, name in enumerate(silent):
            self.bench.drop(name, ONE.encode())
            self.bench.drop(f"{n}{name}", ONE.encode()) if name.endswith((".partial", ".part")) else None
        for n in range(20):
            for name in others:
                self.bench.drop(f"{n}-{name}", ONE.encode())
        self.bench.drop("orders (1).json", ONE.encode())
        self.bench.drop("ORDERS.JSON", TWO.encode())
        self.bench.drop("empty.json", b"")
        os.mkdir(self.bench.incoming("folder.json"))
        self.bench.wait_final(2)
        left = lambda: {why: n for why, n in self.bench.status()["files"]["left_alone"].items() if n}
        want = {"temporary_name": len(silent) + 3, "other_name": 20 * len(others), "empty": 1, "not_regular": 1}
        wait_until(lambda: left() == want and self.bench.status()["files"]["incoming"] == 0, 10 * SLOWER, lambda: f"{left()}")
        said = lambda: [line for line in self.bench.daemon.output().splitlines() if "file left alone" in line]
        wait_until(lambda: len(said()) >= len(others) + 2, 10 * SLOWER, lambda: f"{said()}")
        time.sleep(0.5)  # two more scans
        self.assertEqual(len(said()), len(others) + 2, said())
        text = self.bench.run_command("status").stdout.decode()
        self.assertIn(f"left alone: {len(silent) + 3} with a temporary name", text)
        self.assertIn("left alone: 1 empty", text)

    def test_odd_times_are_one_warning_with_a_count(self):
        self.start()
        now = int(time.time() * 1000)
        many = lambda at: "".join(json.dumps(event(n, click_time=at(n))) + "\n" for n in range(100))
        files = {"zone.ndjson": many(lambda n: now + 7_200_000 - n * 1000), "of2012.ndjson": many(lambda n: 1_334_707_888_000 + n * 1000),
                 "second.ndjson": many(lambda n: now - 86_400_000)}
        results = self.results(files)
        for name, text in (("zone.ndjson", "ahead"), ("of2012.ndjson", "warn_older"), ("second.ndjson", "one second")):
            [warning] = results[name]["warnings"]
            self.assertEqual((warning["count"], warning["first_line"]), (100, 1), name)
            self.assertIn(text, warning["text"])
            said = [line for line in self.bench.daemon.output().splitlines() if "looks odd" in line and name in line]
            self.assertEqual(len(said), 1, said)


if __name__ == "__main__":
    main()
