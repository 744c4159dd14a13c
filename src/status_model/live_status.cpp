#include "setclickd/status_model/live_status.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <limits>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/control/figures_message.hpp"
#include "setclickd/control/json_fields.hpp"

namespace setclick::status_model {
namespace {

namespace json = boost::json;
using control::count_of;
using control::flag;
using control::integer;
using control::member;
using control::number;
using control::text;

constexpr milliseconds patience{3000};

std::optional<park_report> park_from(json::value const* live) {
    if (live == nullptr || !live->is_object()) return std::nullopt;
    return park_report{text(*live, "reason"), text(*live, "text"),
                       text(*live, "detail"), text(*live, "cure"),
                       text(*live, "since"),  integer(*live, "next_probe_seconds")};
}

std::string trouble_from(json::value const* live) {
    if (live == nullptr || !live->is_object()) return {};
    return fmt::format("{}, {} failures since {}, next try in {} s", text(*live, "last"),
                       count_of(*live, "failures"), text(*live, "since"),
                       count_of(*live, "next_try_seconds"));
}

std::optional<delivery::member_status> member_from(json::value const* live) {
    if (live == nullptr || !live->is_object()) return std::nullopt;
    return delivery::member_status{flag(*live, "may_send"),
                                   milliseconds{integer(*live, "lease_left_ms").value_or(0)},
                                   milliseconds{integer(*live, "beat_took_ms").value_or(0)},
                                   count_of(*live, "taken_over"),
                                   count_of(*live, "given_up"),
                                   count_of(*live, "taken_in_doubt")};
}

live_account account_from(json::value const& live) {
    live_account a;
    a.parked = park_from(member(live, "parked"));
    a.effective_per_minute =
        number(live, "effective_per_minute").value_or(std::numeric_limits<double>::infinity());
    a.rate_why = text(live, "rate_why");
    a.quiet_for = milliseconds{integer(live, "quiet_ms").value_or(0)};
    a.delivered_per_minute = number(live, "delivered_per_minute").value_or(0);
    a.has_credential = flag(live, "has_credential");
    a.rate_waited_seconds = number(live, "rate_waited_seconds").value_or(0);
    if (member(live, "permits") != nullptr) a.permits = count_of(live, "permits");
    if (auto const end = integer(live, "token_end_ms")) a.token_end = from_ms(*end);
    a.trouble = trouble_from(member(live, "trouble"));
    return a;
}

}  // namespace

live_status live_status_from(json::value const& answer) {
    live_status out;
    auto& d = out.daemon;
    d.is_running = true;
    d.pid = integer(answer, "pid").value_or(0);
    d.version = text(answer, "version");
    d.uptime_seconds = integer(answer, "uptime_seconds").value_or(0);
    d.is_ending = flag(answer, "ending");
    d.stalled_disk = text(answer, "stalled_disk");
    d.disk_full = flag(answer, "disk_full");
    d.ledger_locked = text(answer, "ledger_locked");
    d.ledger_away = text(answer, "ledger_away");
    d.intake_held_up = text(answer, "intake_held_up");
    d.unreachable = text(answer, "unreachable");
    d.stalled = flag(answer, "stalled");
    d.connections_open = integer(answer, "connections_open").value_or(0);
    if (auto const* figures = member(answer, "figures"))
        d.figures = control::figures_from(*figures);
    d.endpoint_parked = park_from(member(answer, "endpoint_parked"));
    d.member = member_from(member(answer, "member"));
    if (auto const* list = member(answer, "accounts"); list != nullptr && list->is_array())
        for (auto const& a : list->get_array())
            out.accounts[text(a, "id")] = account_from(a);
    if (auto const* gone = member(answer, "gone_rate_waited_seconds");
        gone != nullptr && gone->is_object())
        for (auto const& [id, waited] : gone->get_object())
            if (waited.is_number()) out.gone_rate_waited[id] = waited.to_number<double>();
    if (auto const* left = member(answer, "left_alone"); left != nullptr && left->is_object())
        for (std::size_t i = 0; i < out.left_alone.size(); ++i)
            out.left_alone[i] = count_of(*left, spool::name_of(static_cast<spool::left_reason>(i)));
    return out;
}

live_status ask_daemon(std::string const& socket) {
    auto client = control::client::connect(socket);
    auto const answer =
        client ? client->call({{"cmd", "status"}}, patience) : result<json::value>(client.error());
    if (answer) return live_status_from(*answer);
    live_status out;
    out.daemon.why_not = answer.error().message;
    // It is there, but does not talk to this user, or not in time: what the ledger holds is still of
    // a running daemon, and that it does not answer is what must be seen.
    out.daemon.is_running = client.has_value() || client.error().code == errc::refused ||
                            client.error().code == errc::busy;
    return out;
}

}  // namespace setclick::status_model
