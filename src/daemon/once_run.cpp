#include "once_run.hpp"

#include <utility>

#include "setclickd/ledger/reader.hpp"

namespace setclick::daemon {
namespace {

/// Nothing where the ledger cannot be read just now.
not_delivered not_delivered_in(std::string const& ledger_path) {
    auto opened = ledger::reader::open(ledger_path);
    if (opened.has_error()) return {};
    auto* const reader = opened->get();
    auto const totals = reader->totals();
    if (totals.has_error()) return {};
    auto const count = [&](ledger::event_state s) {
        return totals->counts[static_cast<std::size_t>(s)];
    };
    return {totals->refused + count(ledger::event_state::rejected),
            count(ledger::event_state::held)};
}

}  // namespace

once_run::once_run(boost::asio::io_context& context, current_intake const& intake,
                   dispatch::dispatcher const& deliver, std::string ledger_path,
                   std::function<void(exit_code)> over)
    : intake_(intake),
      deliver_(deliver),
      ledger_path_(std::move(ledger_path)),
      over_(std::move(over)),
      timer_(context) {}

void once_run::start() {
    refused_at_start_ = not_delivered_in(ledger_path_).refused;
    look();
}

void once_run::look() {
    timer_.expires_after(100ms);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        if (!rule_.is_over(intake_.is_idle(), deliver_.is_idle())) return look();
        over_(exit_code_of(once_end{intake_.has_unreadable(), deliver_.waits_behind_parks(),
                                    refused_at_start_, not_delivered_in(ledger_path_)}));
    });
}

}  // namespace setclick::daemon
