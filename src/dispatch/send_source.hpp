// What the pool of connections takes its requests from, and gives their ends to.
//
// Keeps true: an event is on the wire only after its claim is durable; each that was taken ends
// once, in the settle group or back among those that are ready. Never: a decision, which
// `dispatch_control` makes; an allocation for an event.
#pragma once

#include <string>

#include "flight_table.hpp"
#include "setclickd/api/dialect.hpp"
#include "shared_state.hpp"

namespace setclick::dispatch {

class claim_loop;
class wake_loop;

class send_source final : public net::work_source {
public:
    send_source(shared_state& s, wake_loop& wake, claim_loop& claims)
        : s_(s), wake_(wake), claims_(claims) {}

    void set_dialect(api::dialect dialect) { dialect_ = std::move(dialect); }

    // net::work_source
    std::size_t wanted(steady_time now) override;
    bool take(steady_time now, std::string& out, std::uint64_t& ticket) override;
    void ended(net::exchange_end const& end) override;
    void stray(std::uint64_t connection) override;
    void opened(bool resumed) override;
    void open_failed(net::open_failure const& failure) override;

private:
    void count(net::exchange_end const& end);
    void settle(flight const& f, net::exchange_end const& end,
                delivery::attempt_outcome const& outcome, delivery::attempt_end const& what,
                steady_time now, std::string excerpt);

    shared_state& s_;
    wake_loop& wake_;
    claim_loop& claims_;
    api::dialect dialect_;
    flight_table flights_;
};

}  // namespace setclick::dispatch
