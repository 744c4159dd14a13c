#include "address_memory.hpp"

#include <algorithm>

namespace setclick::net {

address_memory::order address_memory::ordered(std::vector<address> const& found,
                                              steady_time now) const {
    std::vector<entry> bad;
    order out;
    for (auto const& where : found) {
        auto const known = std::ranges::find(entries_, where, &entry::where);
        if (known != entries_.end() && now < known->until)
            bad.push_back(*known);
        else
            out.addresses.push_back(where);
    }
    out.good = out.addresses.size();
    std::ranges::stable_sort(bad, {}, &entry::failed_at);
    for (auto const& e : bad)
        out.addresses.push_back(e.where);
    return out;
}

void address_memory::failed(address const& where, steady_time began, steady_time now) {
    auto known = std::ranges::find(entries_, where, &entry::where);
    if (known == entries_.end()) {
        if (entries_.size() >= most)
            entries_.erase(std::ranges::min_element(entries_, {}, &entry::failed_at));
        entries_.push_back({where, now, now + first_time, first_time});
        return;
    }
    bool const is_new = began >= known->failed_at;
    known->failed_at = now;
    if (!is_new) return;
    known->time = std::min(known->time * 2, longest_time);
    known->until = now + known->time;
}

void address_memory::worked(address const& where) {
    std::erase_if(entries_, [&](entry const& e) { return e.where == where; });
}

}  // namespace setclick::net
