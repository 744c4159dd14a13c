#include "reconciler.hpp"

#include <algorithm>

#include "setclickd/base/clock.hpp"
#include "setclickd/readback/compare.hpp"
#include "setclickd/readback/comparison_times.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

namespace {

/// Of its reports: what is older was judged before.
constexpr char const* days = "last_7_days";

/// What earlier runs have left. Where that cannot be read, each account is compared as if for the
/// first time.
readback::comparison_times times_until_now(settings::settings const& s) {
    auto const now = std::chrono::steady_clock::now();
    readback::comparison_times times(now);
    if (auto const kept = readback::kept_comparisons(s))
        for (auto const& [account, at] : *kept)
            times.kept(account, at, now, wall_now());
    return times;
}

}  // namespace

reconciler::reconciler(settings::settings settings, access_fn const& access,
                       std::function<void()> ended)
    : settings_(std::move(settings)),
      access_(access(stopping_)),
      ended_(std::move(ended)),
      thread_([this] { work(); }) {}

reconciler::~reconciler() {
    stop();
    thread_.join();
}

void reconciler::configure(settings::settings settings) {
    std::lock_guard const lock(mutex_);
    settings_ = std::move(settings);
    changed_ = true;
    wake_.notify_all();
}

void reconciler::stop() {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
}

void reconciler::work() {
    std::unique_lock lock(mutex_);
    auto const at_start = settings_;
    lock.unlock();
    auto times = times_until_now(at_start);
    lock.lock();
    while (!stopping_) {
        changed_ = false;
        auto const is_woken = [this] { return stopping_ || changed_; };
        auto const every = settings_.reconcile.every;
        if (every == 0ms || settings_.reconcile.labels.empty() || settings_.accounts.empty()) {
            wake_.wait(lock, is_woken);
            continue;
        }
        auto const next = std::ranges::min_element(
            settings_.accounts, {}, [&](auto const& a) { return times.due(a.id, every); });
        auto const account = next->id;
        if (wake_.wait_until(lock, times.due(account, every), is_woken)) continue;
        auto const now_valid = settings_;
        lock.unlock();
        compare(now_valid, account);
        lock.lock();
        times.tried(account, std::chrono::steady_clock::now());
    }
    lock.unlock();
    ended_();
}

void reconciler::compare(settings::settings const& s, std::string const& account) {
    auto const compared = readback::compare_and_keep(s, *access_, account, days, stopping_);
    if (!compared) {
        // Another node sends for it, and compares it.
        bool const is_elsewhere = compared.error().code == errc::refused;
        if (!stopping_ && !is_elsewhere)
            log_line(level::warn, "the comparison with the report could not be made",
                     {{"account", account}, {"error", compared.error().message}});
        return;
    }
    auto const& v = *compared;
    log_line(v.agrees() ? level::info : level::warn,
             v.agrees() ? "what was delivered agrees with what was recorded"
                        : "what was delivered and what was recorded differ",
             {{"account", account},
              {"delivered", v.delivered},
              {"recorded", v.recorded},
              {"pending", v.pending},
              {"missing", v.missing},
              {"surplus", v.surplus},
              {"ambiguous", v.ambiguous},
              {"see", "setclickd reconcile"}});
}

}  // namespace setclick::daemon
