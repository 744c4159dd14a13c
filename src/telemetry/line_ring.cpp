#include "line_ring.hpp"

#include <algorithm>

#include "setclickd/base/text.hpp"

namespace setclick::telemetry {

void line_ring::add(level severity, std::string_view line) {
    if (lines_.size() < most_) lines_.emplace_back();
    auto& into = lines_[last_ % most_];
    into.no = ++last_;
    into.severity = severity;
    if (line.size() <= longest_) {
        into.text = line;
        return;
    }
    line = line.substr(0, longest_);
    into.text = line.substr(0, utf8_prefix(line));
    into.text += "…";
}

std::vector<recent_line> line_ring::after(std::uint64_t no) const {
    std::vector<recent_line> out;
    auto const oldest = last_ - lines_.size();
    for (auto at = std::max(no, oldest); at < last_; ++at)
        out.push_back(lines_[at % most_]);
    return out;
}

}  // namespace setclick::telemetry
