#!/usr/bin/env python3
"""Every rule must find what is planted for it, and leave the allowed forms alone."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rules  # noqa: E402

LAYERS = ["base", "event", "api", "delivery", "spool", "net", "pipeline", "cli", "daemon"]
AGGREGATE = "struct opts { int a; std::string b; };\nclass built { public: built(int); };\nstruct made { made(int); };\n"


def found(text, path="src/pipeline/x.cpp"):
    sources = [rules.Source("src/net/opts.hpp", AGGREGATE), rules.Source(path, text)]
    return [f.rule for f in rules.check(rules.Tree(sources, LAYERS))]


def whole(files, uses=None):
    """The findings of a tree of {path: text}, as (rule, path)."""
    sources = [rules.Source(path, text) for path, text in files.items()]
    return [(f.rule, f.path) for f in rules.check(rules.Tree(sources, LAYERS, uses=uses))]


def in_coroutine(statement):
    return "awaitable<void> f(int x) {\n    int before = 0;\n    " + statement + "\n}\n"


class Purity(unittest.TestCase):
    def test_each_forbidden_include_of_a_pure_module_is_found(self):
        for header in ("boost/asio/post.hpp", "boost/beast/http.hpp", "openssl/ssl.h", "spdlog/spdlog.h", "sqlite3.h",
                       "filesystem", "fstream", "iostream", "thread", "mutex", "condition_variable", "future",
                       "unistd.h", "fcntl.h", "signal.h", "csignal", "sys/stat.h"):
            for module in rules.PURE:
                with self.subTest(header=header, module=module):
                    text = f"#  include <{header}>\n"
                    self.assertEqual(found(text, f"src/{module}/x.cpp"), ["pure"])
                    self.assertEqual(found(text, f"src/{module}/x.hpp"), ["pure"])

    def test_a_clock_in_a_pure_module_is_found(self):
        for call in ("std::chrono::steady_clock::now()", "clock :: now ( )", "::time(nullptr)",
                     "clock_gettime(CLOCK_REALTIME, &t)"):
            with self.subTest(call=call):
                self.assertEqual(found(f"auto t = {call};\n", "src/delivery/x.cpp"), ["pure"])

    def test_environment_files_signals_and_processes_in_a_pure_module_are_found(self):
        for call in ('std::getenv("X")', '::getenv("X")', 'secure_getenv("X")', 'std::fopen("x", "r")', "::open(path, 0)",
                     "::read(fd, p, n)", "::kill(pid, 9)", "std::raise(9)", "raise(9)", "std::abort()", "::fork()",
                     'std::system("ls")', 'std::printf("x")', "std::this_thread::sleep_for(t)", "::pause()", "::stat(p, &s)",
                     "std::cerr << x", "::unlink(path)"):
            for module in rules.PURE:
                with self.subTest(call=call, module=module):
                    self.assertEqual(found(f"void f() {{ {call}; }}\n", f"src/{module}/x.cpp"), ["pure"])

    def test_members_and_functions_of_the_same_names_are_left_alone(self):
        for call in ("gate.open(now)", "reader->read(text)", "park::kind::open", "window_.close(1)", "std::remove_if(a, b, c)",
                     "list.remove(x)", "std::snprintf(b, n, f)", "account::kill_count(x)", "gate::read(x)"):
            with self.subTest(call=call):
                self.assertEqual(found(f"void f() {{ {call}; }}\n", "src/delivery/x.cpp"), [])

    def test_the_named_exceptions_are_left_alone_and_their_neighbours_are_not(self):
        text = "#include <unistd.h>\nvoid f() { ::close(1); }\n"
        self.assertEqual(found(text, "include/setclickd/base/unique_fd.hpp"), ["public"])
        self.assertEqual(found(text, "include/setclickd/base/unique_file.hpp"), ["pure", "pure", "public"])

    def test_edges_comments_and_strings_are_left_alone(self):
        self.assertEqual(found("#include <thread>\nauto t = steady_clock::now(); auto e = getenv(x);\n", "src/net/x.cpp"), [])
        self.assertEqual(found("// clock::now() is never called here\n/* #include <thread> */\n", "src/api/x.cpp"), [])
        self.assertEqual(found('auto t = "clock::now()";\nauto u = R"x(clock::now())x";\n', "src/api/x.cpp"), [])
        self.assertEqual(found("#include <string>\nauto until(time_point now);\n", "src/api/x.cpp"), [])


class Clock(unittest.TestCase):
    def test_the_wall_clock_is_asked_in_one_place(self):
        text = "auto t = std::chrono::system_clock::now();\n"
        self.assertEqual(found(text, "src/net/x.cpp"), ["clock"])
        self.assertEqual(found(text, "include/setclickd/base/clock.hpp"), ["public"])
        self.assertEqual(found(text, "tests/unit/net/x.cpp"), [])


class Durable(unittest.TestCase):
    def test_a_rename_or_fsync_outside_of_a_durable_step_is_found(self):
        for call in ("::fsync(fd)", "::fdatasync(fd)", "::renameat2(a, b, c, d, 0)", "std::filesystem::rename(a, b)"):
            with self.subTest(call=call):
                self.assertEqual(found(f"void f() {{ {call}; }}\n", "src/spool/x.cpp"), ["durable"])
        after = 'durable_step("a", [&] { return ::fsync(a); });\n::fsync(b);\n'
        self.assertEqual(found(after, "src/spool/x.cpp"), ["durable"])

    def test_inside_of_one_and_elsewhere_it_is_allowed(self):
        text = 'if (durable_step("a",\n    [&] { return ::renameat(a, (b), c, d); }) != 0) return;\n'
        self.assertEqual(found(text, "src/spool/x.cpp"), [])
        self.assertEqual(found("void f() { ::fsync(fd); }\n", "src/daemon/x.cpp"), [])


class Layers(unittest.TestCase):
    def test_an_include_of_a_higher_layer_is_found(self):
        self.assertEqual(found('#include "setclickd/net/pool.hpp"\n', "src/spool/x.cpp"), ["layers"])
        self.assertEqual(found('#include "setclickd/event/event.hpp"\n', "src/base/x.hpp"), ["layers"])
        self.assertEqual(found('#include "../daemon/instance.hpp"\n', "src/pipeline/x.cpp"), ["layers"])

    def test_the_same_and_lower_layers_are_allowed(self):
        self.assertEqual(found('#include "setclickd/net/pool.hpp"\n#include "setclickd/base/ids.hpp"\n',
                               "src/pipeline/x.cpp"), [])
        self.assertEqual(found('#include "setclickd/net/pool.hpp"\n', "src/net/x.cpp"), [])

    def test_the_order_is_read_from_cmake(self):
        self.assertEqual(rules.layers_of("foreach(module IN ITEMS base event\n   api)\n"), ["base", "event", "api"])


class Siblings(unittest.TestCase):
    def test_a_program_that_includes_another_one_is_found(self):
        for own, other in (("daemon", "cli"), ("cli", "daemon"), ("daemon", "sandbox"), ("web", "daemon"), ("cli", "web")):
            with self.subTest(own=own, other=other):
                layers = LAYERS + ["web", "sandbox"]
                for path in (f"src/{own}/x.cpp", f"src/{own}/x.hpp"):
                    source = rules.Source(path, f'#include "setclickd/{other}/x.hpp"\n')
                    self.assertEqual([f.rule for f in rules.check_layers(source, rules.Tree([source], layers))], ["siblings"])

    def test_only_a_main_joins_them(self):
        main = '#include "setclickd/cli/main.hpp"\n#include "setclickd/daemon/run.hpp"\n'
        self.assertEqual(found(main + "int main(int argc, char** argv) { return 0; }\n", "src/daemon/main.cpp"), [])
        self.assertEqual(found(main + "int run() { return 0; }\n", "src/daemon/main.cpp"), ["siblings"])


def declared(**modules):
    return {name: rules.Declared(f"src/{name}/CMakeLists.txt", 1, used) for name, used in modules.items()}


class Uses(unittest.TestCase):
    FILES = {
        "include/setclickd/base/ids.hpp": "",
        "include/setclickd/net/pool.hpp": '#include "setclickd/base/ids.hpp"\n#include <boost/asio/post.hpp>\n',
        "src/pipeline/x.cpp": '#include "setclickd/net/pool.hpp"\n',
    }

    def of(self, uses, **more):
        return [f for f in whole({**self.FILES, **more}, uses) if f[0] == "uses"]

    def test_what_is_declared_and_included_is_fine(self):
        self.assertEqual(self.of(declared(base=[], net=["base", "boost"], pipeline=["net"])), [])

    def test_an_include_that_is_not_declared_is_found_where_it_stands(self):
        self.assertEqual(self.of(declared(base=[], net=["base", "boost"], pipeline=[])), [("uses", "src/pipeline/x.cpp")])
        self.assertEqual(self.of(declared(base=[], net=["base"], pipeline=["net"])),
                         [("uses", "include/setclickd/net/pool.hpp")])

    def test_what_another_module_declares_does_not_count(self):
        more = {"src/pipeline/y.cpp": '#include "setclickd/base/ids.hpp"\n'}
        self.assertEqual(self.of(declared(base=[], net=["base", "boost"], pipeline=["net"]), **more),
                         [("uses", "src/pipeline/y.cpp")])

    def test_a_declaration_that_nothing_needs_is_found(self):
        self.assertEqual(self.of(declared(base=[], net=["base", "boost"], pipeline=["net", "base"])),
                         [("uses", "src/pipeline/CMakeLists.txt")])
        self.assertEqual(self.of(declared(base=["json"], net=["base", "boost"], pipeline=["net"])),
                         [("uses", "src/base/CMakeLists.txt")])

    def test_libraries_count_too(self):
        uses = declared(base=[], net=["base", "boost"], pipeline=["net"])
        for header, library in (("fmt/format.h", "fmt::fmt"), ("spdlog/logger.h", "spdlog::spdlog"), ("sqlite3.h", "SQLite::SQLite3"),
                                ("zlib.h", "ZLIB::ZLIB"), ("date/tz.h", "date::date-tz"), ("boost/json/value.hpp", "json")):
            more = {"src/pipeline/y.cpp": f"#include <{header}>\n"}
            with self.subTest(header):
                self.assertEqual(self.of(uses, **more), [("uses", "src/pipeline/y.cpp")])
                self.assertEqual(self.of({**uses, **declared(pipeline=["net", library])}, **more), [])
                self.assertEqual(self.of({**uses, **declared(pipeline=["net", library])}), [("uses", "src/pipeline/CMakeLists.txt")])

    def test_a_part_of_a_module_declares_for_itself(self):
        files = {"src/ledger/core/span.cpp": '#include "setclickd/ledger/types.hpp"\n', "include/setclickd/ledger/types.hpp": "",
                 "src/ledger/sqlite/table.cpp": '#include "../core/span.hpp"\n'}
        sound = declared(ledger=[], ledger_core=[], ledger_sqlite=["ledger_core"])
        uses = lambda files, declarations: [f for f in whole(files, declarations) if f[0] == "uses"]
        self.assertEqual(uses(files, sound), [])
        self.assertEqual(uses(files, declared(ledger=[], ledger_core=[], ledger_sqlite=[])), [("uses", "src/ledger/sqlite/table.cpp")])
        upward = {**files, "src/ledger/core/up.cpp": '#include "../sqlite/table.hpp"\n'}
        self.assertEqual(uses(upward, sound), [("uses", "src/ledger/core/up.cpp")])

    def test_a_program_declares_for_itself(self):
        main = {"src/pipeline/main.cpp": '#include "setclickd/base/ids.hpp"\nint main() { return 0; }\n'}
        self.assertEqual(self.of(declared(base=[], net=["base", "boost"], pipeline=["net"]), **main), [])

    def test_the_declarations_are_read_from_cmake(self):
        text = ("# setclick_module(no USES x)\nsetclick_module(net COLD\n  SOURCES a.cpp b.cpp  # USES no\n"
                "  USES base\n       boost\n  LINKS ZLIB::ZLIB)\nsetclick_module(base SOURCES e.cpp)\n")
        read = dict(rules.targets_in("src/net/CMakeLists.txt", text))
        self.assertEqual({name: sorted(d.modules) for name, d in read.items()}, {"net": ["ZLIB::ZLIB", "base", "boost"], "base": []})


    def test_several_targets_of_a_folder_are_one_module(self):
        text = ("setclick_module(ledger_core SOURCES a.cpp USES base)\nsetclick_module(ledger_lite SOURCES b.cpp USES ledger_core fault)\n"
                "setclick_module(ledger SOURCES c.cpp USES ledger_lite base)\n")
        name, read = rules.declared_in("src/ledger/CMakeLists.txt", text)
        self.assertEqual((name, sorted(read.modules)), ("ledger", ["base", "fault"]))


class Core(unittest.TestCase):
    def test_sql_in_the_ledgers_core_is_found(self):
        for header in ("sqlite3.h", "../sqlite/tables.hpp", "ledger/sqlite/sqlite.hpp"):
            with self.subTest(header):
                self.assertEqual(found(f'#include "{header}"\n', "src/ledger/core/x.cpp"), ["core"])
        self.assertEqual(found('#include "sqlite3.h"\n#include "../core/span.hpp"\n', "src/ledger/sqlite/x.cpp"), [])
        self.assertEqual(found('#include "span.hpp"\n', "src/ledger/core/x.cpp"), [])


class Public(unittest.TestCase):
    def of(self, files):
        return [path for rule, path in whole(files) if rule == "public"]

    def test_a_public_header_without_a_reader_is_found(self):
        header = {"include/setclickd/net/x.hpp": ""}
        self.assertEqual(self.of(header), ["include/setclickd/net/x.hpp"])
        for path in ("src/net/x.cpp", "include/setclickd/net/y.hpp", "tests/unit/net/x_test.cpp"):
            with self.subTest(path):
                self.assertIn("include/setclickd/net/x.hpp", self.of({**header, path: '#include "setclickd/net/x.hpp"\n'}))

    def test_another_module_a_program_or_a_header_that_is_read_makes_it_public(self):
        header = {"include/setclickd/net/x.hpp": ""}
        self.assertEqual(self.of({**header, "src/pipeline/x.cpp": '#include "setclickd/net/x.hpp"\n'}), [])
        self.assertEqual(self.of({**header, "src/net/main.cpp": '#include "setclickd/net/x.hpp"\nint main() {}\n'}), [])
        self.assertEqual(self.of({**header, "include/setclickd/net/y.hpp": '#include "setclickd/net/x.hpp"\n',
                                  "src/pipeline/x.cpp": '#include "setclickd/net/y.hpp"\n'}), [])


class Coroutines(unittest.TestCase):
    TRAPS = {
        "inline capturing lambda": "co_await post(x, [x, name] { use(x, name); });",
        "inline lambda that moves": "auto r = co_await call(1, [p = std::move(p)](int v) mutable { return v + *p; });",
        "capture by reference": "co_await call([&](int v) { return v; });",
        "aggregate with braces": "co_await connect(opts{1, \"a\"});",
        "aggregate, qualified": "auto r = co_await connect(net::opts{.a = 1});",
        "aggregate with parentheses": "co_await connect(opts(1, \"a\"));",
        "braced argument": "co_await connect({1, \"a\"});",
        "second braced argument": "co_await connect(x, {.a = 1});",
        "aggregate around the await": "auto r = opts{co_await number(), \"a\"};",
        "co_spawn with captures": "co_await co_spawn(ex, [self, x]() { return run(self, x); }, use_awaitable);",
        "invoked lambda": "co_await [](int v) -> awaitable<void> { return g(v); }(x);",
        "in a condition": "if (co_await connect(opts{1, \"a\"})) { g(); }",
        "in a return": "co_return co_await connect(opts{1, \"a\"});",
        "over several lines": "auto [ec, n] = co_await connect(\n        x,\n        opts{\n            1,\n            \"a\"});",
        "after a block": "if (x) { g(); }\n    co_await connect(opts{1, \"a\"});",
    }

    def test_each_trap_is_found(self):
        for name, statement in self.TRAPS.items():
            with self.subTest(name):
                self.assertIn("coroutine", found(in_coroutine(statement)))

    def test_broken_parts_of_the_library_are_found(self):
        self.assertIn("coroutine", found("#include <boost/asio/experimental/awaitable_operators.hpp>\n"))
        self.assertIn("coroutine", found("using namespace asio::experimental::awaitable_operators;\n"))
        self.assertIn("coroutine", found("asio::experimental::concurrent_channel<void(int)> c;\n"))

    def test_a_capturing_lambda_that_is_a_coroutine_is_found(self):
        self.assertIn("coroutine", found(
            "void f() {\n    auto run = [self]() -> awaitable<void> { co_await self->go(); };\n    use(run);\n}\n"))
        self.assertIn("coroutine", found(
            "void f() {\n    co_spawn(ex, [this] () -> awaitable<int> { co_return 1; }, detached);\n}\n"))

    ALLOWED = {
        "names and moves": "co_await connect(x, std::move(named));",
        "a class with a constructor": "co_await connect(std::string(\"a\"), built{1}, made{2});",
        "lambda without captures": "co_await call([](int v) { return v; });",
        "lambda in the statement before": "auto keep = [x] { return x; };\n    co_await call(std::move(keep));",
        "aggregate in the statement before": "opts o{1, \"a\"};\n    co_await connect(o);",
        "aggregate in the block after": "if (co_await ready()) { use(opts{1, \"a\"}); }",
        "aggregate in the statement after": "co_await ready();\n    use(opts{1, \"a\"});",
        "aggregate in the block before": "if (x) { use(opts{1, \"a\"}); }\n    co_await ready();",
        "subscript": "co_await connect(table[x], (*map)[x]);",
        "structured binding": "auto [ec, n] = co_await socket.async_read(buffer, as_result);",
        "in a comment": "co_await ready();  // never co_await connect(opts{1})",
        "chained calls": "auto t = co_await this_coro::executor;\n    co_await timer.async_wait(as_result);",
        "loop": "for (auto const& e : events) {\n        co_await post(e);\n    }",
        "return of an aggregate": "co_await ready();\n    co_return opts{1, \"a\"};",
    }

    def test_the_allowed_forms_are_left_alone(self):
        for name, statement in self.ALLOWED.items():
            with self.subTest(name):
                self.assertEqual(found(in_coroutine(statement)), [])


class Messages(unittest.TestCase):
    TABLE = 'constexpr message table[]{\n    {"ready", info, "it is "\n     "ready", "", ""},\n    {"ended", info, "it has ended", "", ""},\n};\n'

    def findings(self, code):
        return [rule for rule, path in whole({rules.MESSAGES: self.TABLE, "src/daemon/x.cpp": code}) if rule == "message"]

    def test_a_line_of_the_log_without_a_row_is_found(self):
        self.assertEqual(self.findings('log_line(level::info, "it is ready"); log_line(level::warn, on ? "it has ended" : "odd");'),
                         ["message"])

    def test_a_row_that_nobody_logs_is_found(self):
        self.assertEqual(self.findings('log_line(level::info, "it is ready", {{"a, b", "it has ended"}});'), ["message"])

    def test_a_text_that_cannot_be_seen_where_it_is_logged_is_found(self):
        self.assertEqual(self.findings('log_line(l, "it is ready"); log_line(l, "it has ended"); log_line(l, text_of(x));'), ["message"])

    def test_joined_texts_and_those_of_a_variable_are_known(self):
        self.assertEqual(self.findings('auto const m = a ? "it is " "ready" : "it has ended"; log_line(l, m, {{"k", f("x")}});'), [])


class Texts(unittest.TestCase):
    def of(self, text, path="docs/x.md"):
        return [f.rule for f in rules.check(rules.Tree([], LAYERS, [(path, text)]))]

    def test_each_is_found(self):
        self.assertEqual(self.of("see /work/main/x\n"), ["path"])
        self.assertEqual(self.of('dir = "/home/somebody/spool"\n'), ["path"])
        self.assertEqual(self.of("// TODO later\n"), ["open"])
        self.assertEqual(self.of("# FIXME\n"), ["open"])
        self.assertEqual(self.of("done in issue 12\n"), ["tracker"])

    def test_ordinary_text_is_left_alone(self):
        self.assertEqual(self.of("spool/work/ and /var/spool/setclickd/work/, /etc/setclickd, an issue of its own\n"), [])


class Whole(unittest.TestCase):
    def test_the_loader_sees_the_sources_of_this_tree(self):
        tree = rules.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
        self.assertGreater(len(tree.sources), 5)
        self.assertTrue(set(rules.PURE) <= set(tree.layers))
        modules = {m for m in tree.uses if m in tree.layers or m.partition("_")[0] not in tree.layers}
        self.assertEqual(set(tree.layers), modules, "each module of the list has a CMakeLists.txt, and each is listed")


if __name__ == "__main__":
    unittest.main()
