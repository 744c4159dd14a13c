#include "seating.hpp"

#include <algorithm>
#include <map>

namespace setclick::web {
namespace {

/// The smaller, the sooner it goes; nothing for one that is at work.
std::optional<int> rank_of(seat const& s, steady_time now, seat_limits const& limits) {
    switch (s.stage) {
        case connection_stage::leaving:
        case connection_stage::closed:
            return 0;
        case connection_stage::idle:
            return 1;
        case connection_stage::receiving:
        case connection_stage::holding:
            return 2;
        case connection_stage::sending:
            if (now - s.since >= limits.patience) return 3;
            return std::nullopt;
        case connection_stage::answering:
            break;
    }
    return std::nullopt;
}

}  // namespace

seating seat_for(std::string_view newcomer, std::span<seat const> seats, steady_time now,
                 seat_limits const& limits) {
    std::map<std::string_view, std::size_t> counts;
    for (auto const& s : seats)
        ++counts[s.client];
    auto const of_newcomer = counts.contains(newcomer) ? counts[newcomer] : 0;
    bool const is_greedy = of_newcomer >= limits.of_one_client;
    if (!is_greedy && seats.size() < limits.all) return {true, std::nullopt};
    // A greedy one gives a place of its own; else one of those who have most.
    std::size_t most = of_newcomer;
    if (!is_greedy)
        for (auto const& [client, count] : counts)
            most = std::max(most, count);
    seating out;
    int best = 0;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        bool const may_lose =
            is_greedy ? seats[i].client == newcomer : counts[seats[i].client] == most;
        auto const rank = may_lose ? rank_of(seats[i], now, limits) : std::nullopt;
        if (!rank) continue;
        bool const is_better = !out.closes || *rank < best ||
                               (*rank == best && seats[i].since < seats[*out.closes].since);
        if (!is_better) continue;
        best = *rank;
        out.closes = i;
    }
    out.is_taken = out.closes.has_value();
    return out;
}

milliseconds longest(connection_stage stage) noexcept {
    switch (stage) {
        case connection_stage::idle:
            return std::chrono::seconds{75};  // a scraper comes once a minute
        case connection_stage::receiving:
            return std::chrono::seconds{10};
        case connection_stage::answering:
        case connection_stage::holding:
            return std::chrono::seconds{20};  // a backstop: each has limits of its own
        case connection_stage::sending:
            return std::chrono::seconds{30};
        case connection_stage::leaving:
            return std::chrono::seconds{1};
        case connection_stage::closed:
            break;
    }
    return milliseconds{0};
}

}  // namespace setclick::web
