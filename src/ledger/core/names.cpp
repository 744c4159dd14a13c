#include <array>

#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {
namespace {

constexpr std::array<std::string_view, event_state_count> state_names{
    "waiting", "in_flight", "deferred", "held", "delivered", "rejected", "discarded"};

}  // namespace

std::string_view name_of(event_state state) noexcept {
    return state_names[static_cast<std::size_t>(state)];
}

std::optional<event_state> event_state_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == name) return static_cast<event_state>(i);
    return std::nullopt;
}

std::string_view name_of(operator_verb verb) noexcept {
    switch (verb) {
        case operator_verb::hold:
            return "hold";
        case operator_verb::release:
            return "release";
        case operator_verb::retry:
            return "retry";
        case operator_verb::discard:
            return "discard";
        case operator_verb::confirm:
            return "confirm";
    }
    return "";
}

}  // namespace setclick::ledger
