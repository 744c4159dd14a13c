#include "retention_timer.hpp"

#include <boost/asio/post.hpp>

#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

/// Between two looks when there is nothing to do: the age is counted in days.
constexpr milliseconds pause_when_done{std::chrono::minutes{1}};
/// Between two slices: the ledger's thread belongs to delivery.
constexpr milliseconds pause_between_slices{50};
/// Files that are named and still in done/.
constexpr std::size_t most_expiring = 1024;

}  // namespace

retention_timer::retention_timer(asio::io_context& context, ledger::writer& writer, wiring w)
    : context_(context), writer_(writer), wiring_(std::move(w)), timer_(context) {}

void retention_timer::keep(settings::retention_settings const& settings) {
    // A finished file's lines are part of its receipts.
    keep_.receipt_days = keep_.file_days = ledger::days_kept(settings.receipts);
    keep_.body_days = ledger::days_kept(settings.bodies);
    keep_.done_days = ledger::days_kept(settings.done_files);
}

void retention_timer::start() {
    prune();
}

void retention_timer::stop() {
    stopped_ = true;
    timer_.cancel();
}

void retention_timer::prune() {
    // The first look counts the time in which the daemon was down, as far as it is plausible.
    auto const now = std::chrono::steady_clock::now();
    auto const elapsed =
        counted_up_to_ ? std::chrono::floor<milliseconds>(now - *counted_up_to_) : 0ms;
    if (!counted_up_to_) counted_up_to_ = now;
    writer_.post(ledger::writer::priority::import, [this, keep = keep_,
                                                    elapsed](ledger::store& store) {
        auto const done =
            std::make_shared<result<ledger::prune_slice>>(store.prune(keep, wall_now(), elapsed));
        asio::post(context_, [this, done, elapsed] { pruned(*done, elapsed); });
    });
}

void retention_timer::pruned(result<ledger::prune_slice>& done, milliseconds elapsed) {
    if (stopped_) return;
    if (done.has_error()) {
        if (!ledger::may_be_given_again(done.error().code)) return wiring_.fatal(done.error());
        return prune_in(pause_when_done);
    }
    *counted_up_to_ += elapsed;
    pruned_so_far_.events += done->events;
    pruned_so_far_.files += done->files;
    pruned_so_far_.identities += done->identities;
    pruned_so_far_.bodies += done->bodies;
    wiring_.expire(*done);
    if (done->more) return prune_in(pause_between_slices);
    if (pruned_so_far_.events + pruned_so_far_.files + pruned_so_far_.identities +
            pruned_so_far_.bodies >
        0)
        log_line(level::info, "what is past its retention is gone from the ledger",
                 {{"receipts", pruned_so_far_.events},
                  {"contents", pruned_so_far_.bodies},
                  {"files", pruned_so_far_.files},
                  {"identities", pruned_so_far_.identities}});
    pruned_so_far_ = {};
    prune_in(pause_when_done);
}

void retention_timer::prune_in(milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        // On a slow disk they are named faster than they go.
        if (wiring_.expiring() > most_expiring) return prune_in(pause_between_slices);
        prune();
    });
}

}  // namespace setclick::daemon
