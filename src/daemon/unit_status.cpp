#include "unit_status.hpp"

#include <algorithm>

#include "notify.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::daemon {
namespace {

constexpr unsigned looks_a_minute = 60;

std::string parked_accounts(delivery::deliver_status const& s) {
    auto const is_parked = [](auto const& a) { return a.parked.is_on(); };
    auto const first = std::ranges::find_if(s.accounts, is_parked);
    if (first == s.accounts.end()) return {};
    auto out =
        "account " + printable(first->id) + " is parked: " + delivery::text(first->parked.reason);
    auto const more = std::ranges::count_if(s.accounts, is_parked) - 1;
    if (more > 0) out += ", and " + grouped(static_cast<std::uint64_t>(more)) + " more";
    return out;
}

}  // namespace

std::string unit_status_text(delivery::deliver_status const& s, std::string const& stalled_disk) {
    if (!stalled_disk.empty()) return "the disk does not answer: " + stalled_disk;
    if (s.disk_full) return "disk full: nothing is taken until there is room";
    if (!s.ledger_away.empty())
        return "the ledger's server cannot be worked with: " + printable(s.ledger_away);
    if (!s.ledger_locked.empty()) return "the ledger is locked: " + printable(s.ledger_locked);
    if (!s.intake_held_up.empty()) return "the intake waits: " + s.intake_held_up;
    if (s.stalled) return "events were forgotten and woken again, see the log";
    if (s.endpoint_parked.is_on())
        return std::string("the endpoint is parked: ") + delivery::text(s.endpoint_parked.reason);
    if (s.unreachable) return "the endpoint cannot be reached: " + printable(s.unreachable_why);
    if (auto parked = parked_accounts(s); !parked.empty()) return parked;
    bool const delivers = std::ranges::any_of(s.accounts, [](auto const& a) {
        return a.in_flight > 0 || a.ready > 0 || a.delivered_per_minute > 0;
    });
    return delivers ? "delivering" : "nothing to deliver";
}

void unit_status::start() {
    timer_.expires_after(std::chrono::seconds{1});
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        look();
        start();
    });
}

void unit_status::look() {
    bool const is_minute = ++looks_ >= looks_a_minute;
    if (is_minute) {
        looks_ = 0;
        counts_ = with_.minute();
    }
    auto text = unit_status_text(with_.status(), with_.stalled_disk());
    if (text == sent_ && !is_minute) return;
    sent_ = std::move(text);
    notify_status(counts_.empty() ? sent_ : sent_ + "; " + counts_);
}

}  // namespace setclick::daemon
