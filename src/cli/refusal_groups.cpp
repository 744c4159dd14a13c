#include "refusal_groups.hpp"

#include <algorithm>

namespace setclick::cli {

std::string refusal_groups::without_values(std::string_view reason) {
    std::string out;
    constexpr std::string_view gap = "\xE2\x80\xA6";
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

void refusal_groups::add(std::uint64_t line, std::string_view reason) {
    auto as = without_values(reason);
    auto at = std::ranges::find(groups_, as, &refusal_group::reason);
    if (at == groups_.end()) {
        if (groups_.size() == most_groups) {
            ++others_;
            return;
        }
        groups_.push_back({std::move(as), 0, {}});
        at = groups_.end() - 1;
    }
    ++at->count;
    if (at->examples.size() < most_examples) at->examples.push_back({line, std::string(reason)});
}

std::vector<refusal_group> refusal_groups::sorted() const {
    auto out = groups_;
    std::ranges::stable_sort(out, [](auto const& a, auto const& b) { return a.count > b.count; });
    return out;
}

}  // namespace setclick::cli
