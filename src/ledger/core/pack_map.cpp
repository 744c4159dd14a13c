#include "pack_map.hpp"

#include <iterator>

#include "failure.hpp"

namespace setclick::ledger {
namespace {

constexpr std::size_t cache_limit = 4096;

}  // namespace

void pack_map::missing(std::uint64_t id) {
    throw failure(fail(errc::not_found, "the record of event " + std::to_string(id) +
                                            " is no longer in the ledger"));
}

bool pack_map::has_record(std::uint64_t id) {
    bool has = false;
    read(id, id, [&](std::uint64_t, std::string_view record) { has = !record.empty(); });
    return has;
}

origin const& pack_map::remember(origin const& o) {
    return cache_.insert_or_assign(o.first, o).first->second;
}

origin const* pack_map::look_up(std::uint64_t id) {
    auto const it = cache_.upper_bound(id);
    if (it != cache_.begin())
        if (auto const& known = std::prev(it)->second; known.last >= id) return &known;
    auto const found = stored_->at_or_before(id);
    if (!found || id > found->last) return nullptr;
    return &remember(*found);
}

origin const& pack_map::find(std::uint64_t id) {
    auto const* found = look_up(id);
    if (found == nullptr) missing(id);
    return *found;
}

std::uint64_t pack_map::line_of(std::uint64_t id) {
    auto const line = stored_->line_of(id);
    if (!line) missing(id);
    return *line;
}

void pack_map::trim() noexcept {
    if (cache_.size() > cache_limit) cache_.clear();
}

}  // namespace setclick::ledger
