#include "setclickd/cli/main.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <exception>
#include <iostream>
#include <vector>

#include "commands.hpp"
#include "console.hpp"
#include "setclickd/base/help_text.hpp"
#include "setclickd/base/text.hpp"
#include "terminal_width.hpp"

namespace setclick::cli {
namespace {

/// The command, or the command of a command, that the words name; the app itself where they name none.
struct named_command {
    CLI::App const* app;
    std::string path;          ///< "setclickd ledger"
    std::string_view unknown;  ///< the first word after it that is neither a command nor an option
};

named_command named(CLI::App const& app, int argc, char** argv) {
    named_command at{&app, "setclickd", {}};
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "--config") {
            ++i;
            continue;
        }
        if (word.starts_with("-")) continue;
        auto const subs = at.app->get_subcommands([](CLI::App const*) { return true; });
        auto const sub =
            std::ranges::find(subs, word, [](CLI::App const* s) { return s->get_name(); });
        if (sub == subs.end()) {
            if (!subs.empty()) at.unknown = word;
            return at;
        }
        at.app = *sub;
        at.path += " " + std::string(word);
    }
    return at;
}

std::string nearest_of(std::string_view word, std::vector<std::string> const& names) {
    std::vector<std::string_view> const views(names.begin(), names.end());
    auto const near = nearest(word, views);
    return near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?";
}

std::vector<std::string> commands_of(CLI::App const& app) {
    std::vector<std::string> names;
    for (auto const* sub : app.get_subcommands([](CLI::App const*) { return true; }))
        names.push_back(sub->get_name());
    return names;
}

/// Empty for a list that nobody would read.
std::string short_list(std::vector<std::string> const& names) {
    if (names.size() > 6) return {};
    std::string all;
    for (auto const& name : names)
        all += (all.empty() ? "; there is: " : ", ") + name;
    return all;
}

/// CLI11 reports "a subcommand is required" for a misspelt one; people want to know which they meant.
std::string unknown_command(named_command const& at) {
    if (at.unknown.empty()) return {};
    auto const there_is_none = "there is no command \"" + printable(at.unknown) + "\"";
    for (auto const* option : at.app->get_options())
        if (option->check_lname(std::string(at.unknown)))
            return there_is_none + "; did you mean \"--" + std::string(at.unknown) + "\"?";
    auto const names = commands_of(*at.app);
    auto const near = nearest_of(at.unknown, names);
    return there_is_none + (near.empty() ? short_list(names) : near);
}

/// Where the words end before a command that is needed; empty where none is.
std::string no_command(named_command const& at) {
    auto const names = commands_of(*at.app);
    return names.empty() ? std::string() : "no command is given" + short_list(names);
}

/// An option that no command of these words has; empty where all are known.
std::string unknown_option(named_command const& at, CLI::App const& app, int argc, char** argv) {
    std::vector<std::string> known;
    for (auto const* of : {&app, at.app})
        for (auto const* option : of->get_options())
            for (auto const& name : option->get_lnames())
                known.push_back("--" + name);
    for (int i = 1; i < argc; ++i) {
        std::string_view word = argv[i];
        if (word == "-v") return "there is no option -v; did you mean \"-V\"?";
        if (!word.starts_with("--") || word == "--") continue;
        word = word.substr(0, word.find('='));
        if (std::ranges::find(known, word) == known.end())
            return "there is no option " + printable(word) + nearest_of(word, known);
    }
    return {};
}

int usage(console const& io, std::string const& message, std::string const& command) {
    io.err << "setclickd: " << message << "\nTry \"" << command << " --help\"." << std::endl;
    return static_cast<int>(exit_code::usage);
}

int parse_and_run(int argc, char** argv, run_fn const& run, console const& io) {
    CLI::App app({}, "setclickd");
    command_line line(app, run, io);
    try {
        app.parse(argc, argv);
    } catch (CLI::CallForHelp const&) {
        io.out << wrapped(app.help(), terminal_width());
        return 0;
    } catch (CLI::Success const& e) {
        return app.exit(e, io.out, io.err);
    } catch (CLI::ParseError const& e) {
        auto const at = named(app, argc, argv);
        auto message = unknown_command(at);
        if (message.empty()) message = unknown_option(at, app, argc, argv);
        if (message.empty() && e.get_name() == "RequiredError") message = no_command(at);
        if (message.empty()) message = printable(e.what(), 500);
        return usage(io, message, at.path);
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
