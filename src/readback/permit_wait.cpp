#include "permit_wait.hpp"

#include <algorithm>
#include <thread>

namespace setclick::readback {
namespace {

/// Between two questions: the daemon closes a control connection that stays silent for a minute.
constexpr milliseconds longest_silence{20'000};

}  // namespace

result<void> pass_gate(report_access& access, std::string const& account,
                       std::atomic<bool> const& stop,
                       std::function<void(control::read_permit const&)> const& on_wait) {
    for (;;) {
        auto const permit = access.pass_read(account);
        if (!permit) return permit.error();
        if (permit->wait == 0ms) return {};
        on_wait(*permit);
        if (auto waited = wait_unless(stop, std::min(permit->wait, longest_silence)); !waited)
            return waited;
    }
}

result<void> wait_unless(std::atomic<bool> const& stop, milliseconds how_long) {
    auto const until = std::chrono::steady_clock::now() + how_long;
    for (;;) {
        if (stop) return fail(errc::busy, "interrupted");
        auto const now = std::chrono::steady_clock::now();
        if (now >= until) return {};
        std::this_thread::sleep_until(std::min(until, now + milliseconds{50}));
    }
}

}  // namespace setclick::readback
