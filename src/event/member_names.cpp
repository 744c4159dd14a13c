#include "member_names.hpp"

#include <algorithm>

namespace setclick::event {

std::span<member_name const> member_names::late_doubles(std::size_t first) {
    sorted_.clear();
    if (!is_large(first)) return {};
    auto const begin = open_.begin() + static_cast<std::ptrdiff_t>(first);
    sorted_.assign(begin, open_.end());
    // By place where the hash is equal; not stable_sort, which allocates.
    std::sort(sorted_.begin(), sorted_.end(), [](member_name const& a, member_name const& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.text.data() < b.text.data();
    });
    // Moves the doubles to the front: the first of equal names stays out, as do those among the
    // first few, which were reported as they came.
    auto const* const early = open_[first + few - 1].text.data();
    std::size_t found = 0;
    auto before = sorted_.front();
    for (std::size_t i = 1; i < sorted_.size(); ++i) {
        auto const name = sorted_[i];
        bool const is_double = before.hash == name.hash && before.text == name.text;
        if (is_double && name.text.data() > early) sorted_[found++] = name;
        before = name;
    }
    sorted_.resize(found);
    return sorted_;
}

}  // namespace setclick::event
