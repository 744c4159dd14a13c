#include "broom.hpp"

#include <boost/asio/post.hpp>

#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

/// Between two looks when there is nothing to do: the age is counted in days.
constexpr milliseconds rest{std::chrono::minutes{1}};
/// Between two slices: the ledger's thread belongs to delivery.
constexpr milliseconds breath{50};
/// Files that are named and still in done/.
constexpr std::size_t most_expiring = 1024;

}  // namespace

broom::broom(asio::io_context& context, ledger::writer& writer, wiring w)
    : context_(context), writer_(writer), wiring_(std::move(w)), timer_(context) {}

void broom::keep(settings::retention_settings const& settings) {
    // A finished file's lines are part of its receipts.
    keep_.receipt_days = keep_.file_days = ledger::days_kept(settings.receipts);
    keep_.body_days = ledger::days_kept(settings.bodies);
    keep_.done_days = ledger::days_kept(settings.done_files);
}

void broom::start() {
    sweep();
}

void broom::stop() {
    stopped_ = true;
    timer_.cancel();
}

void broom::sweep() {
    // The first look counts the time in which the daemon was down, as far as it is plausible.
    auto const now = std::chrono::steady_clock::now();
    auto const elapsed =
        counted_up_to_ ? std::chrono::floor<milliseconds>(now - *counted_up_to_) : 0ms;
    if (!counted_up_to_) counted_up_to_ = now;
    writer_.post(ledger::writer::priority::import, [this, keep = keep_,
                                                    elapsed](ledger::store& store) {
        auto const done =
            std::make_shared<result<ledger::prune_slice>>(store.prune(keep, wall_now(), elapsed));
        asio::post(context_, [this, done, elapsed] { swept(*done, elapsed); });
    });
}

void broom::swept(result<ledger::prune_slice>& done, milliseconds elapsed) {
    if (stopped_) return;
    if (done.has_error()) {
        if (done.error().code != errc::disk_full) return wiring_.fatal(done.error());
        return again_in(rest);
    }
    *counted_up_to_ += elapsed;
    gone_.events += done->events;
    gone_.files += done->files;
    gone_.identities += done->identities;
    gone_.bodies += done->bodies;
    wiring_.expire(*done);
    if (done->more) return again_in(breath);
    if (gone_.events + gone_.files + gone_.identities + gone_.bodies > 0)
        log_line(level::info, "what is past its retention is gone from the ledger",
                 {{"receipts", gone_.events},
                  {"contents", gone_.bodies},
                  {"files", gone_.files},
                  {"identities", gone_.identities}});
    gone_ = {};
    again_in(rest);
}

void broom::again_in(milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        // On a slow disk they are named faster than they go.
        if (wiring_.expiring() > most_expiring) return again_in(breath);
        sweep();
    });
}

}  // namespace setclick::daemon
