#include "once_run.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "setclickd/ledger/reader.hpp"

namespace setclick::daemon {
namespace {

/// Nothing where the ledger cannot be read just now.
not_delivered not_delivered_in(ledger::place const& where) {
    auto opened = ledger::reader::open(where);
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

once_run::once_run(boost::asio::io_context& context, boost::asio::thread_pool& blocking,
                   current_intake const& intake, dispatch::dispatcher const& deliver,
                   ledger::place where, std::function<void(exit_code)> over)
    : context_(context),
      blocking_(blocking),
      intake_(intake),
      deliver_(deliver),
      where_(std::move(where)),
      over_(std::move(over)),
      timer_(context) {}

void once_run::start() {
    // Nothing runs yet that could wait for it.
    refused_at_start_ = not_delivered_in(where_).refused;
    look();
}

void once_run::look() {
    timer_.expires_after(100ms);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        if (!rule_.is_over(intake_.is_idle(), deliver_.is_idle())) return look();
        end();
    });
}

void once_run::end() {
    boost::asio::post(blocking_, [this] {
        auto const left = not_delivered_in(where_);
        boost::asio::post(context_, [this, left] {
            over_(exit_code_of(once_end{intake_.has_unreadable(), deliver_.waits_behind_parks(),
                                        refused_at_start_, left}));
        });
    });
}

}  // namespace setclick::daemon
