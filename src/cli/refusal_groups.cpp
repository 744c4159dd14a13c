#include "refusal_groups.hpp"

#include <algorithm>

namespace setclick::cli {
namespace {

constexpr std::string_view gap = "\xE2\x80\xA6";

/// A text in quotes, a blank, or what stands up to the next of either.
std::string_view next_word(std::string_view& text) {
    std::size_t end = 1;
    if (text.empty())
        end = 0;
    else if (text.front() == '"')
        end = std::min(text.find('"', 1), text.size() - 1) + 1;
    else if (text.front() != ' ')
        end = std::min(text.find_first_of(" \""), text.size());
    auto const word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

}  // namespace

std::string refusal_groups::without_values(std::string_view reason) {
    std::string out;
    for (std::size_t i = 0; i < reason.size();) {
        if (reason[i] == '"') {
            auto const end = std::min(reason.find('"', i + 1), reason.size() - 1);
            // A column's name is what the rows have in common.
            bool const is_name = out.ends_with("column ") || out.ends_with(", ") ||
                                 out.ends_with("or ") || out.ends_with("= ");
            out += is_name ? reason.substr(i, end + 1 - i) : gap;
            i = end + 1;
        } else if (reason[i] >= '0' && reason[i] <= '9') {
            while (i < reason.size() &&
                   ((reason[i] >= '0' && reason[i] <= '9') || reason[i] == ','))
                ++i;
            if (reason[i - 1] == ',') --i;
            if (!out.ends_with(gap)) out += gap;
        } else {
            out += reason[i++];
        }
    }
    return out;
}

std::string refusal_groups::in_common(std::string_view a, std::string_view b) {
    if (a == b) return std::string(a);
    std::string out;
    while (!a.empty() || !b.empty()) {
        auto const one = next_word(a);
        auto const other = next_word(b);
        if (one == other)
            out += one;
        else if (!out.ends_with(gap))
            out += gap;
    }
    return out;
}

void refusal_groups::add(std::uint64_t line, std::string_view reason) {
    auto as = without_values(reason);
    auto const found = std::ranges::find(keys_, as);
    if (found == keys_.end()) {
        if (groups_.size() == most_groups) {
            ++others_;
            return;
        }
        keys_.push_back(std::move(as));
        groups_.push_back({std::string(reason), 1, {{line, std::string(reason)}}});
        return;
    }
    auto& group = groups_[static_cast<std::size_t>(found - keys_.begin())];
    ++group.count;
    group.reason = in_common(group.reason, reason);
    if (group.examples.size() < most_examples)
        group.examples.push_back({line, std::string(reason)});
}

std::vector<refusal_group> refusal_groups::sorted() const {
    auto out = groups_;
    std::ranges::stable_sort(out, [](auto const& a, auto const& b) { return a.count > b.count; });
    return out;
}

}  // namespace setclick::cli
