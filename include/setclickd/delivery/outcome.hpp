// What came of one attempt: the API's answer, or a transport failure with its wire phase.
#pragma once

#include <string_view>
#include <variant>

#include "setclickd/api/verdict.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/delivery/failure.hpp"

namespace setclick::delivery {

struct transport_fault {
    transport_failure failure = transport_failure::local;
    wire_phase phase = wire_phase::not_sent;
    bool reused_connection = false;
};

struct attempt_outcome {
    std::variant<api::answer_facts, transport_fault> what;
    /// For `status` and the log where this outcome parks the account: the Location of a redirect,
    /// the first words of foreign content, what TLS said. Printable, without secrets; need only
    /// live during the call.
    std::string_view detail{};

    api::answer_facts const* answer() const noexcept {
        return std::get_if<api::answer_facts>(&what);
    }
    transport_fault const* fault() const noexcept { return std::get_if<transport_fault>(&what); }
};

/// Which attempt it was.
struct attempt_info {
    event_no event{};
    /// The number of this attempt, from 1, uncounted ones left out: `attempt - 1` own failures came
    /// before it.
    int attempt = 1;
    /// The `now` that was given to `begin`.
    steady_time begun{};
};

}  // namespace setclick::delivery
