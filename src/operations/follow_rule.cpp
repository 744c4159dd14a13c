#include "follow_rule.hpp"

#include <algorithm>

namespace setclick::operations {
namespace {

std::string picture_of(std::span<followed const> all) {
    std::string out;
    for (auto const& f : all)
        out += std::to_string(f.by.node) + (f.is_done ? "!" : ":") + f.progress + ";";
    return out;
}

}  // namespace

auto follow_rule::looked(steady_time now, std::span<followed const> all) -> decision {
    using enum ledger::command_carrier::kind;
    if (std::ranges::all_of(all, &followed::is_done)) return {decision::kind::done, {}};
    if (auto picture = picture_of(all); picture != last_) {
        last_ = std::move(picture);
        changed_ = now;
    }
    bool const has_nobody =
        std::ranges::all_of(all, [](followed const& f) { return f.is_done || f.by.is == nobody; });
    if (now - changed_ >= (has_nobody ? longest_without_node : longest_still))
        return {decision::kind::give_up, {}};
    decision out;
    if (now - begun_ < patience) return out;
    for (auto const& f : all)
        if (!f.is_done && !std::ranges::count(named_, f.by.node)) {
            named_.push_back(f.by.node);
            out.waits_for.push_back(f.by.node);
        }
    return out;
}

milliseconds follow_rule::pause(steady_time now) const noexcept {
    return now - begun_ < patience ? milliseconds{50} : milliseconds{400};
}

}  // namespace setclick::operations
