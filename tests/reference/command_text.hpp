// What the parser of a program knows of its commands, as plain data: the one source of manual pages and completions.
#pragma once

#include <CLI/App.hpp>
#include <map>
#include <string>
#include <vector>

namespace setclick::reference {

struct option_text {
    std::vector<std::string> names;  ///< "-V", "--version"; none: an argument
    std::string value;               ///< what stands for its value, such as FILE; empty for a flag
    std::string text;
    std::string preset;  ///< the value where it is not given
    std::string group;
    std::vector<std::string> words;  ///< the values, where they are few
    bool is_required = false;
    bool is_repeated = false;
};

struct command_text {
    std::vector<std::string> path;  ///< after the program's name: "ledger", "check"
    std::string text;
    std::string examples;              ///< lines; empty for none
    std::vector<option_text> options;  ///< without --help, which each has
    std::vector<option_text> arguments;
    std::vector<command_text> commands;

    /// "ledger check".
    std::string name() const;
};

/// `words` by option, as the program knows them.
command_text described(CLI::App const& app,
                       std::map<CLI::Option const*, std::vector<std::string>> const& words);

}  // namespace setclick::reference
