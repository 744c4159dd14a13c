#include "option_words.hpp"

#include "setclickd/ledger/types.hpp"

namespace setclick::cli {

std::string alternatives(std::span<std::string const> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return out;
}

std::vector<std::string> words_of(std::span<std::string_view const> names) {
    return {names.begin(), names.end()};
}

std::vector<std::string> state_words() {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < ledger::event_state_count; ++i)
        all.emplace_back(ledger::name_of(static_cast<ledger::event_state>(i)));
    return all;
}

}  // namespace setclick::cli
