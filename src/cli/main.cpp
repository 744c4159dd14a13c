#include "setclickd/cli/main.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <iostream>

#include "commands.hpp"
#include "console.hpp"
#include "setclickd/base/text.hpp"
#include "version_text.hpp"

namespace setclick::cli {
namespace {

/// CLI11 reports "a subcommand is required" for a misspelt one; people want to know which they meant.
std::string unknown_subcommand(CLI::App const& app, int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "--config") {
            ++i;
            continue;
        }
        if (word.starts_with("-")) continue;
        std::vector<std::string> names;
        for (auto const* sub : app.get_subcommands([](CLI::App const*) { return true; })) {
            if (sub->get_name() == word) return {};
            names.push_back(sub->get_name());
        }
        std::vector<std::string_view> const views(names.begin(), names.end());
        auto const near = nearest(word, views);
        return "there is no command \"" + printable(word) + "\"" +
               (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?");
    }
    return {};
}

int usage(console const& io, std::string const& message) {
    io.err << "setclickd: " << message << "\nTry \"setclickd --help\"." << std::endl;
    return static_cast<int>(exit_code::usage);
}

int parse_and_run(int argc, char** argv, run_fn const& run, console const& io) {
    CLI::App app("Delivers offline conversions from a spool directory to SealMetrics.",
                 "setclickd");
    app.set_version_flag("--version", version_text(),
                         "Print the version, and those of the libraries");
    app.footer(
        "Every command has its own --help, with examples.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 partly, 69 unreachable, 74 I/O, 75 try later, 78 "
        "configuration.");
    app.require_subcommand(1);
    command_line line(app, run, io);
    try {
        app.parse(argc, argv);
    } catch (CLI::Success const& e) {
        return app.exit(e, io.out, io.err);
    } catch (CLI::ParseError const& e) {
        auto const misspelt = unknown_subcommand(app, argc, argv);
        return usage(io, misspelt.empty() ? printable(e.what(), 500) : misspelt);
    }
    return line.run_chosen();
}

}  // namespace

int main(int argc, char** argv, run_fn const& run) {
    auto const io = process_console();
    try {
        int const code = parse_and_run(argc, argv, run, io);
        io.out.flush();
        if (code == 0 && !io.out)
            return io.complain(fail(errc::io, "cannot write to standard output"));
        return code;
    } catch (std::exception const& e) {
        io.err << "setclickd: " << e.what() << std::endl;
    }
    return static_cast<int>(exit_code::failed);
}

}  // namespace setclick::cli
