#!/usr/bin/env python3
"""The rules of the tree that no compiler checks. `rules.py [ROOT]` prints every finding; exit 1 when there is one.

Each rule is a function from a `Source` (or a whole `Tree`) to findings; selftest.py plants a violation for each, so that a
rule which stops finding anything fails the tests.
"""
import os
import re
import sys

PURE = ("base", "event", "csv", "api", "delivery", "reconcile")

PURE_FORBIDDEN = re.compile(
    r"^(boost/asio|boost/beast|boost/filesystem|openssl/|spdlog/|sqlite3|filesystem$|fstream$|iostream$|csignal$|signal\.h$"
    r"|unistd\.h$|dirent\.h$|fcntl\.h$|poll\.h$|sys/|thread$|mutex$|shared_mutex$|condition_variable$|future$|stop_token$)")
CLOCK_CALL = re.compile(
    r"::\s*now\s*\(|\b(?:clock_gettime|gettimeofday|wall_now|steady_now)\s*\(|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)")
# Calls that reach the world without an include that gives them away.
WORLD_CALL = re.compile(
    r"(?<![\w.>])(?:std::|::)?(getenv|secure_getenv|setenv|unsetenv|fopen|freopen|tmpfile|remove|popen|system|raise|abort"
    r"|_exit|quick_exit|sleep_for|usleep|printf|puts|perror)\s*\("
    r"|(?<![\w>])::\s*(open|openat|creat|read|write|pread|pwrite|close|kill|pause|fork|execve?|socket|stat|fstat|lstat|fsync"
    r"|unlink|rename|mkdir|rmdir|sleep|nanosleep|signal|sigaction)\s*\("
    r"|\bstd::(cin|cout|cerr|clog)\b")
# The places of a pure module where the world is the point of the file, each with what it may do.
PURE_EXCEPTIONS = {
    "include/setclickd/base/clock.hpp": "asks the clock, for everyone",
    "include/setclickd/base/unique_dir.hpp": "closes the directory that it owns",
    "include/setclickd/base/unique_fd.hpp": "closes the descriptor that it owns",
}

# The programs' faces: none of them includes another; only a main.cpp joins them.
SIBLINGS = ("daemon", "cli", "web", "sandbox")

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
        # A main.cpp is a program: it joins modules, and belongs to none of them.
        self.is_program = bool(self.module) and path.endswith("/main.cpp") and \
            bool(re.search(r"^int\s+main\s*\(", self.code, re.M))

    def line_of(self, position):
        return self.code.count("\n", 0, position) + 1

    def includes(self):
        for found in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', self.uncommented, re.M):
            yield self.line_of(found.start()), found.group(1)

    def modules_included(self):
        """(line, module, include) for each include of a module's header, public or by a path into its folder."""
        for line, included in self.includes():
            found = re.match(r"setclickd/(\w+)/|\.\./(\w+)/", included)
            if found:
                yield line, found.group(1) or found.group(2), included


class Tree:
    def __init__(self, sources, layers, texts=(), uses=None):
        self.sources = list(sources)
        self.layers = list(layers)
        self.texts = list(texts)  # (path, text) of every file that people read
        self.uses = dict(uses or {})  # module → `Declared`
        self.aggregates = set()
        for source in self.sources:
            self.aggregates |= aggregates_of(source.code)


class Declared:
    """What a module's CMakeLists.txt says that it uses."""

    def __init__(self, path, line, modules):
        self.path, self.line, self.modules = path, line, frozenset(modules)


def declared_in(path, text):
    """(module, Declared) of a folder's CMakeLists.txt; several targets in one folder are parts of one module."""
    targets = list(targets_in(path, text))
    if not targets:
        return None
    own = {name for name, _ in targets}
    return path.split("/")[-2], Declared(path, targets[0][1].line, set().union(*(d.modules for _, d in targets)) - own)


def targets_in(path, text):
    """(target, Declared) for each setclick_module() of a CMakeLists.txt."""
    text = re.sub(r"#[^\n]*", "", text)
    for found in re.finditer(r"\bsetclick_module\(\s*(\w+)([^)]*)\)", text):
        words = found.group(2).split()
        used, taking = [], False
        for word in words:
            if word in ("USES", "SOURCES", "LINKS", "COLD"):
                taking = word in ("USES", "LINKS")
            elif taking:
                used.append(word)
        yield found.group(1), Declared(path, text.count("\n", 0, found.start()) + 1, used)


# --- layers and purity ----------------------------------------------------------------------------

def layers_of(cmake):
    """The modules in the order in which CMakeLists.txt adds them, lowest first."""
    found = re.search(r"foreach\(module IN ITEMS([^)]*)\)", cmake)
    return found.group(1).split() if found else []


def check_purity(source, _tree):
    if source.module not in PURE or source.path in PURE_EXCEPTIONS:
        return
    for line, included in source.includes():
        if PURE_FORBIDDEN.match(included):
            yield Finding(source.path, line, "pure", f"the pure module '{source.module}' includes <{included}>")
    if source.path == THE_CLOCK:
        return
    for found in CLOCK_CALL.finditer(source.code):
        yield Finding(source.path, source.line_of(found.start()), "pure",
                      f"the pure module '{source.module}' asks a clock; the time is an argument")
    for found in WORLD_CALL.finditer(source.code):
        name = next(group for group in found.groups() if group)
        yield Finding(source.path, source.line_of(found.start()), "pure",
                      f"the pure module '{source.module}' calls '{name}': environment, files, signals and processes are for the edges")


def check_clock(source, _tree):
    """The wall clock is read in one place, so that a test (or a rounding) has one place to change."""
    if source.module is None or source.path in PURE_EXCEPTIONS:
        return
    for found in re.finditer(r"\bsystem_clock\s*::\s*now\s*\(", source.code):
        yield Finding(source.path, source.line_of(found.start()), "clock",
                      "the wall clock is asked here; call wall_now() of base/clock")


def check_layers(source, tree):
    if source.module not in tree.layers or source.is_program:
        return
    own = tree.layers.index(source.module)
    for line, module, included in source.modules_included():
        if module == source.module or module not in tree.layers:
            continue
        if source.module in SIBLINGS and module in SIBLINGS:
            yield Finding(source.path, line, "siblings",
                          f"'{source.module}' includes '{included}': programs are joined in a main.cpp only")
        elif tree.layers.index(module) > own:
            yield Finding(source.path, line, "layers",
                          f"'{source.module}' includes '{included}', which is a layer above it")


def check_core(source, _tree):
    """What every store shares knows none of them: a second one is added without touching it."""
    if not re.match(r"(?:include/setclickd|src)/ledger/core/", source.path):
        return
    for line, included in source.includes():
        if "sqlite" in included:
            yield Finding(source.path, line, "core", f"the ledger's core includes '{included}', which is one store's own")


# Libraries, by what a module declares for them: those that are built here once are used like modules.
LIBRARIES = {
    "boost": re.compile(r"boost/(asio|beast)\b|openssl/(ssl|x509v3)"),
    "json": re.compile(r"boost/(json|url)\b"),
    "fmt::fmt": re.compile(r"fmt/"),
    "spdlog::spdlog": re.compile(r"spdlog/"),
    "SQLite::SQLite3": re.compile(r"sqlite3\.h$"),
    "PostgreSQL::PostgreSQL": re.compile(r"libpq-fe\.h$"),
    "ZLIB::ZLIB": re.compile(r"zlib\.h$"),
    "date::date-tz": re.compile(r"date/tz\.h$"),  # date/date.h is a header alone
}


def target_of(source, tree):
    """A module is one target, or has parts: src/MODULE/PART/ is MODULE_PART where CMakeLists.txt says so."""
    found = re.match(r"src/(\w+)/(\w+)/", source.path)
    part = f"{found.group(1)}_{found.group(2)}" if found else None
    return part if part in tree.uses else source.module


def parts_included(source, tree):
    """(line, part, include) for each header of a part of its own module."""
    for line, included in source.includes():
        found = re.match(r"(?:\.\./)?(\w+)/", included)
        part = f"{source.module}_{found.group(1)}" if found else None
        if part in tree.uses:
            yield line, part, included


def check_uses(tree):
    """CMake has one include path for all modules, so that only this holds a module to what it declares."""
    found = {module: {} for module in tree.uses}
    for source in tree.sources:
        if source.module not in found or source.is_program:
            continue
        own = target_of(source, tree)
        used = found[own]
        for line, module, included in source.modules_included():
            if module != source.module:  # a part reads its module's public headers
                used.setdefault(module, (source.path, line, included))
        for line, part, included in parts_included(source, tree):
            used.setdefault(part, (source.path, line, included))
        for line, included in source.includes():
            for library, pattern in LIBRARIES.items():
                if pattern.match(included):
                    used.setdefault(library, (source.path, line, included))
    for module, declared in sorted(tree.uses.items()):
        used = found[module]
        for other, (path, line, included) in sorted(used.items()):
            known = other in tree.uses or other in LIBRARIES
            if known and other != module and other not in declared.modules:
                yield Finding(path, line, "uses", f"'{module}' includes '{included}', and {declared.path} does not declare {other}")
        for other in sorted(declared.modules - set(used)):
            if other not in tree.uses and other not in LIBRARIES:
                continue  # a library whose headers nothing here knows
            yield Finding(declared.path, declared.line, "uses", f"'{module}' declares {other} and includes nothing of it")


def check_public(tree):
    """A header in include/ is a promise to other modules; one that none of them reads belongs into src/."""
    headers = {s.path[len("include/"):]: s for s in tree.sources if s.path.startswith("include/setclickd/")}
    reached, todo = set(), []
    for source in tree.sources:
        if source.module is None:
            continue  # a test reads private headers by their path in src
        for _, module, included in source.modules_included():
            if included in headers and (module != source.module or source.is_program):
                todo.append(included)
    # What a header that others read includes, they read too.
    while todo:
        header = todo.pop()
        if header in reached:
            continue
        reached.add(header)
        todo.extend(included for _, _, included in headers[header].modules_included() if included in headers)
    for header in sorted(set(headers) - reached):
        yield Finding(headers[header].path, 1, "public",
                      f"no other module nor program reads it: it belongs into src/{headers[header].module}/")


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
# Nothing of these carries a promise about an event.
NOT_DURABLE = ("fault", "sandbox", "daemon")


def check_durable(source, _tree):
    """A rename or fsync that the fault layer does not know is one at which no test stops the program."""
    if source.module is None or source.module in NOT_DURABLE:
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


MESSAGES = "src/telemetry/messages.cpp"
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def call_arguments(text, begin):
    """The arguments of the call whose parenthesis opens right before `begin`."""
    arguments, depth, at, start = [], 1, begin, begin
    while at < len(text) and depth:
        literal = _STRING.match(text, at)
        if literal:
            at = literal.end()
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and text[at] == ","):
            arguments.append(text[start:at])
            start = at + 1
        at += 1
    return arguments


def literals_of(expression):
    """The string literals of an expression, adjacent ones joined; of a comparison's sides none."""
    joined = re.sub(r'"\s*"', "", expression)
    return [m.group(1) for m in _STRING.finditer(joined)]


def check_messages(tree):
    """Each line of the log has its row in the table of messages, and no row is without its line."""
    table = next((s for s in tree.sources if s.path == MESSAGES), None)
    if table is None:
        return
    rows = {}
    for m in re.finditer(r'\{"(\w+)",\s*\w+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+),', table.uncommented):
        rows["".join(_STRING.findall(m.group(2)))] = m.group(1)
    used = set()
    for source in tree.sources:
        if not source.path.startswith("src/") or source.module == "telemetry":
            continue
        for call in re.finditer(r"\blog_line\(", source.uncommented):
            arguments = call_arguments(source.uncommented, call.end())
            if len(arguments) < 2:
                continue
            texts = literals_of(arguments[1])
            name = arguments[1].strip()
            if not texts and re.fullmatch(r"\w+", name):  # a variable: what was last given to it
                given = re.findall(r"\b%s\s*=\s*([^;]*);" % name, source.uncommented[:call.start()])
                texts = literals_of(given[-1]) if given else []
            line = source.uncommented.count("\n", 0, call.start()) + 1
            if not texts:
                yield Finding(source.path, line, "message", "the text of a line of the log is not written where it is logged")
            for text in texts:
                used.add(text)
                if text not in rows:
                    yield Finding(source.path, line, "message", f"'{text}' has no row in {MESSAGES}: its key, what it means, what to do")
    for text in sorted(set(rows) - used):
        yield Finding(MESSAGES, 1, "message", f"'{rows[text]}' is logged nowhere: '{text}'")


# --- the whole tree -------------------------------------------------------------------------------

SOURCE_RULES = (check_purity, check_clock, check_layers, check_core, check_coroutines, check_durable)
TREE_RULES = (check_messages, check_uses, check_public)


def check(tree):
    for source in tree.sources:
        for rule in SOURCE_RULES:
            yield from rule(source, tree)
    for rule in TREE_RULES:
        yield from rule(tree)
    for path, text in tree.texts:
        yield from check_text(path, text)


def load(root):
    sources, texts, layers, uses = [], [], [], {}
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
            elif path.startswith("src/") and name == "CMakeLists.txt":
                declared = declared_in(path, text)
                uses.update([declared] if declared else [])
    return Tree(sources, layers, texts, uses)


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
