#!/usr/bin/env python3
"""The rules of the tree that no compiler checks. `rules.py [ROOT]` prints every finding; exit 1 when there is one.

Each rule is a function from a `Source` (or a whole `Tree`) to findings; selftest.py plants a violation for each, so that a
rule which stops finding anything fails the tests.
"""
import os
import re
import sys

PURE = ("base", "event", "api", "delivery", "reconcile")

PURE_FORBIDDEN = re.compile(
    r"^(boost/asio|boost/beast|openssl/|spdlog/|sqlite3|filesystem$|fstream$|thread$|boost/filesystem)")
CLOCK_CALL = re.compile(
    r"::\s*now\s*\(|\b(?:clock_gettime|gettimeofday)\s*\(|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)")

# The one place of the pure modules that asks a clock, for the layers above them.
THE_CLOCK = "include/setclickd/base/clock.hpp"

# Folders that hold no source of ours.
SKIPPED = re.compile(r"(^|/)(\.git|\.demo|build[^/]*|__pycache__|\.cache)(/|$)")
# The rules and their planted violations name what they forbid.
SELF = "tests/rules/"


class Finding:
    def __init__(self, path, line, rule, text):
        self.path, self.line, self.rule, self.text = path, line, rule, text

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


# --- reading C++ ----------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.S)


def blank(text, keep_strings=False):
    """The text with comments (and strings) replaced by spaces: same length, same lines."""
    def hide(match):
        found = match.group(0)
        if keep_strings and not found.startswith("/"):
            return found
        hidden = re.sub(r"[^\n]", " ", found)
        if found[0] in "\"'":
            hidden = found[0] + hidden[1:-1] + found[-1]  # a string stays an argument
        return hidden
    return _TOKEN.sub(hide, text)


class Source:
    """One C++ file, with the module that it belongs to."""

    def __init__(self, path, text):
        self.path = path
        self.code = blank(text)
        self.uncommented = blank(text, keep_strings=True)
        found = re.match(r"(?:include/setclickd|src)/(\w+)/", path)
        self.module = found.group(1) if found else None

    def line_of(self, position):
        return self.code.count("\n", 0, position) + 1

    def includes(self):
        for found in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', self.uncommented, re.M):
            yield self.line_of(found.start()), found.group(1)


class Tree:
    def __init__(self, sources, layers, texts=()):
        self.sources = list(sources)
        self.layers = list(layers)
        self.texts = list(texts)  # (path, text) of every file that people read
        self.aggregates = set()
        for source in self.sources:
            self.aggregates |= aggregates_of(source.code)


# --- layers and purity ----------------------------------------------------------------------------

def layers_of(cmake):
    """The modules in the order in which CMakeLists.txt adds them, lowest first."""
    found = re.search(r"foreach\(module IN ITEMS([^)]*)\)", cmake)
    return found.group(1).split() if found else []


def check_purity(source, _tree):
    if source.module not in PURE:
        return
    for line, included in source.includes():
        if PURE_FORBIDDEN.match(included):
            yield Finding(source.path, line, "pure", f"the pure module '{source.module}' includes <{included}>")
    if source.path == THE_CLOCK:
        return
    for found in CLOCK_CALL.finditer(source.code):
        yield Finding(source.path, source.line_of(found.start()), "pure",
                      f"the pure module '{source.module}' asks a clock; the time is an argument")


def check_layers(source, tree):
    if source.module not in tree.layers:
        return
    own = tree.layers.index(source.module)
    for line, included in source.includes():
        found = re.match(r"(?:setclickd|\.\.)/(\w+)/", included)
        if not found or found.group(1) not in tree.layers:
            continue
        if tree.layers.index(found.group(1)) > own:
            yield Finding(source.path, line, "layers",
                          f"'{source.module}' includes '{included}', which is a layer above it")


# --- coroutine traps of GCC 12 and Boost 1.81 -----------------------------------------------------

_PAIRS = {")": "(", "]": "[", "}": "{"}


def _back_over(code, position):
    """The index of the bracket that opens the one closed at `position`."""
    depth = 0
    while position >= 0:
        if code[position] in ")]}":
            depth += 1
        elif code[position] in "([{":
            depth -= 1
            if depth == 0:
                return position
        position -= 1
    return 0


def _forward_over(code, position):
    depth = 0
    while position < len(code):
        if code[position] in "([{":
            depth += 1
        elif code[position] in ")]}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return len(code) - 1


def _opens_block(code, position):
    """Whether the brace at `position` begins a block of statements, rather than a braced value."""
    before = code[max(0, position - 200):position].rstrip()
    if not before or before[-1] in ");{}:":
        return True
    if re.search(r"\b(else|do|try|const|noexcept|override|mutable|final)$", before):
        return True
    tail = re.split(r"[;{}]", before)[-1]
    return "->" in tail or bool(re.match(r"\s*(class|struct|namespace|union|enum|extern)\b", tail))


def statement_around(code, position):
    """The statement that holds `position`, as (begin, end). Blocks inside it (bodies of lambdas) stay in."""
    begin, index = position, position - 1
    while index >= 0:
        char = code[index]
        if char == ";":
            break
        if char in ")]":
            index = _back_over(code, index)
        elif char == "}":
            following = code[index + 1:position + 8].lstrip()
            if following[:1] in (",", ")", ".", "(", "]") or following[:2] == "->":
                index = _back_over(code, index)
            else:
                break
        elif char == "{" and _opens_block(code, index):
            break
        begin = index
        index -= 1

    head = re.match(r"\s*(?:else\s+)?(?:if(?:\s+constexpr)?|while|switch|for)\s*\(", code[begin:position])
    if head:
        return begin, _forward_over(code, begin + head.end() - 1) + 1
    end, index = len(code), position
    while index < len(code):
        if code[index] in "([{":
            index = _forward_over(code, index)
        elif code[index] == ";":
            end = index
            break
        index += 1
    return begin, end


_LAMBDA = re.compile(r"(?:(?<=[(,={&|?:!])|(?<=return)|(?<=co_await)|^)\s*\[(?!\[)(?P<captures>[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*)\]"
                     r"\s*(?=[({<]|mutable|->)", re.M)


def _lambdas(text):
    """Every lambda of a text: (position of its bracket, captures, position of its body's brace or -1)."""
    for found in _LAMBDA.finditer(text):
        bracket = text.index("[", found.start())
        after = found.end()
        while after < len(text) and text[after] not in "{;":
            after = _forward_over(text, after) + 1 if text[after] in "(<[" and text[after] != "<" else after + 1
        body = after if after < len(text) and text[after] == "{" else -1
        yield bracket, found.group("captures").strip(), body


def aggregates_of(code):
    """Names of structs without a constructor of their own."""
    names = set()
    for found in re.finditer(r"\bstruct\s+(\w+)\s*(?:final\s*)?\{", code):
        body = code[found.end():_forward_over(code, found.end() - 1)]
        # Members of members do not count.
        flat, depth = [], 0
        for char in body:
            depth -= char == "}"
            if depth == 0:
                flat.append(char)
            depth += char == "{"
        flat = "".join(flat)
        if not re.search(r"(?<![\w~.>])" + found.group(1) + r"\s*\(", flat) and "virtual" not in flat:
            names.add(found.group(1))
    return names


def check_coroutines(source, tree):
    code = source.code
    for found in re.finditer(r"awaitable_operators|concurrent_channel", source.uncommented):
        yield Finding(source.path, source.line_of(found.start()), "coroutine",
                      f"'{found.group(0)}' is broken in this Boost; use a deadline or a signal of cancellation")

    for bracket, captures, body in _lambdas(code):
        if captures and body >= 0:
            inner = code[body:_forward_over(code, body)]
            if re.search(r"\bco_(await|return|yield)\b", inner):
                yield Finding(source.path, source.line_of(bracket), "coroutine",
                              "a capturing lambda is a coroutine; make it a function, what it captures its arguments")

    seen = set()
    for found in re.finditer(r"\bco_await\b", code):
        begin, end = statement_around(code, found.start())
        if (begin, end) in seen:
            continue
        seen.add((begin, end))
        statement = code[begin:end]
        # What stands in the body of a lambda is another statement.
        flat = list(statement)
        for _, _, body in _lambdas(statement):
            if body >= 0:
                for index in range(body + 1, _forward_over(statement, body)):
                    if flat[index] != "\n":
                        flat[index] = " "
        flat = "".join(flat)
        if not re.search(r"\bco_await\b", flat):
            continue
        line = source.line_of(found.start())
        for _, captures, _ in _lambdas(flat):
            if captures and re.search(r"\bco_spawn\s*\(", flat):
                yield Finding(source.path, line, "coroutine",
                              "co_await co_spawn with a capturing lambda is a use after free; spawn a function")
            elif captures:
                yield Finding(source.path, line, "coroutine",
                              "a capturing lambda is a temporary of a statement with co_await; name it on the line above")
        if re.search(r"\bco_await\s*\[", flat):
            yield Finding(source.path, line, "coroutine",
                          "a lambda is invoked in the statement that awaits it; make it a function")
        for name in re.findall(r"(?<![\w.>])(?:\w+::)*(\w+)\s*[{(]", flat):
            if name in tree.aggregates:
                yield Finding(source.path, line, "coroutine",
                              f"'{name}' is an aggregate and a temporary of a statement with co_await; name it above")
        if re.search(r"[(,]\s*\{", flat):
            yield Finding(source.path, line, "coroutine",
                          "a braced argument in a statement with co_await may be an aggregate temporary; name it above")


# --- durable steps --------------------------------------------------------------------------------

_DURABLE = re.compile(r"::\s*(fsync|fdatasync|rename|renameat|renameat2|link|linkat)\s*\(|\b(?:fs|filesystem)::(rename)\s*\(")
DURABLE_MODULES = ("spool", "ledger", "pipeline", "cli")


def check_durable(source, _tree):
    """A rename or fsync that the fault layer does not know is one at which no test stops the program."""
    if source.module not in DURABLE_MODULES:
        return
    for found in _DURABLE.finditer(source.code):
        before = source.code[max(0, found.start() - 300):found.start()]
        # Inside the lambda that durable_step is given: that statement has not ended yet.
        opened = before.rfind("durable_step(")
        if opened < 0 or before.count("(", opened) <= before.count(")", opened):
            yield Finding(source.path, source.line_of(found.start()), "durable",
                          f"'{found.group(1) or found.group(2)}' outside of durable_step: no test can stop the program there")


# --- texts ----------------------------------------------------------------------------------------

_MACHINE_PATH = re.compile(r"""(?:^|[\s"'`=(:])(/(?:work|farm)/|/tmp/roots\b|/home/\w+/|/root/\w)""")
_OPEN_END = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_TRACKER = re.compile(r"\bissues? #?\d", re.I)


def check_text(path, text):
    if path.startswith(SELF):
        return
    for number, line in enumerate(text.split("\n"), 1):
        found = _MACHINE_PATH.search(line)
        if found:
            yield Finding(path, number, "path", f"'{found.group(1)}' is a path of one machine")
        found = _OPEN_END.search(line)
        if found:
            yield Finding(path, number, "open", f"'{found.group(1)}' left in the tree")
        if _TRACKER.search(line):
            yield Finding(path, number, "tracker", "the tree stands for itself; say what is meant instead of a number")


# --- the whole tree -------------------------------------------------------------------------------

SOURCE_RULES = (check_purity, check_layers, check_coroutines, check_durable)


def check(tree):
    for source in tree.sources:
        for rule in SOURCE_RULES:
            yield from rule(source, tree)
    for path, text in tree.texts:
        yield from check_text(path, text)


def load(root):
    sources, texts, layers = [], [], []
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        folders[:] = sorted(f for f in folders if not SKIPPED.search(os.path.normpath(os.path.join(relative, f))))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(relative, name))
            # (.git is a file in a further work tree.)
            if path == ".git" or path.startswith("tests/corpus/") or os.path.islink(os.path.join(folder, name)):
                continue
            try:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
            except (UnicodeDecodeError, OSError):
                continue
            texts.append((path, text))
            if path.endswith((".cpp", ".hpp")):
                sources.append(Source(path, text))
            if path == "CMakeLists.txt":
                layers = layers_of(text)
    return Tree(sources, layers, texts)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    tree = load(os.path.abspath(root))
    if not tree.sources or not tree.layers:
        sys.exit("rules: nothing to check here: no sources, or no list of layers in CMakeLists.txt")
    findings = list(check(tree))
    for finding in findings:
        print(finding)
    print(f"rules: {len(tree.sources)} C++ files, {len(tree.texts)} texts, {len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
