// The words that the value of an option may be, where they are few: one list for the option's help, the manual page and the
// completion in a shell.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class Option;
}

namespace setclick::cli {

/// By option; one that is not here takes anything.
using option_words = std::map<CLI::Option const*, std::vector<std::string>>;

/// "table, csv or json".
std::string alternatives(std::span<std::string const> words);

/// The names of a table, to be kept.
std::vector<std::string> words_of(std::span<std::string_view const> names);

/// The states of an event, as list prints them and --state takes them.
std::vector<std::string> state_words();

}  // namespace setclick::cli
