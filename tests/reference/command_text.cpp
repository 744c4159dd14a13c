#include "reference/command_text.hpp"

namespace setclick::reference {
namespace {

using known_words = std::map<CLI::Option const*, std::vector<std::string>>;

/// A text that CLI11 ends without a full stop, or with one: without.
std::string without_stop(std::string text) {
    while (!text.empty() && (text.back() == '.' || text.back() == '\n'))
        text.pop_back();
    return text;
}

option_text described(CLI::Option const& option, known_words const& words) {
    option_text out;
    for (auto const& name : option.get_snames())
        out.names.push_back("-" + name);
    for (auto const& name : option.get_lnames())
        out.names.push_back("--" + name);
    if (option.get_type_size() != 0) {
        out.value =
            option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
        out.preset = option.get_default_str();
    }
    out.text = without_stop(option.get_description());
    out.group = option.get_group();
    out.is_required = option.get_required();
    out.is_repeated = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
    if (auto const known = words.find(&option); known != words.end()) out.words = known->second;
    return out;
}

command_text described(CLI::App const& app, std::vector<std::string> path,
                       known_words const& words) {
    command_text out;
    out.path = std::move(path);
    out.text = without_stop(app.get_description());
    out.examples = app.get_footer();
    for (auto const* option : app.get_options()) {
        if (option == app.get_help_ptr()) continue;
        auto text = described(*option, words);
        (option->nonpositional() ? out.options : out.arguments).push_back(std::move(text));
    }
    for (auto const* sub : app.get_subcommands([](CLI::App const*) { return true; })) {
        auto below = out.path;
        below.push_back(sub->get_name());
        out.commands.push_back(described(*sub, std::move(below), words));
    }
    return out;
}

}  // namespace

std::string command_text::name() const {
    std::string out;
    for (auto const& word : path)
        out += (out.empty() ? "" : " ") + word;
    return out;
}

command_text described(CLI::App const& app, known_words const& words) {
    return described(app, {}, words);
}

}  // namespace setclick::reference
