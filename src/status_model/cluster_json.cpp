#include "setclickd/status_model/cluster_json.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "json_values.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::status_model {
namespace {

namespace json = boost::json;
using ledger::node_view;
using ledger::state_of;

json::value seconds_of(std::optional<milliseconds> d) {
    if (!d) return nullptr;
    return static_cast<double>(d->count()) / 1000;
}

std::string_view name_of(ledger::move_how how) noexcept {
    switch (how) {
        case ledger::move_how::free:
            return "free";
        case ledger::move_how::stopped:
            return "stopped";
        case ledger::move_how::dead:
            return "dead";
        case ledger::move_how::given:
            return "given";
        case ledger::move_how::drained:
            return "drained";
    }
    return "other";  // of a newer program
}

json::value number_or_null(int node) {
    return node == 0 ? json::value(nullptr) : json::value(node);
}

json::object to_json(cluster_report const& c, node_view const& n) {
    return {{"no", n.no},
            {"name", printable(n.name, 60)},
            {"spool_id", printable(n.id.substr(0, 8))},
            {"host", printable(n.machine, 255)},
            {"version", printable(n.writer)},
            {"epoch", n.epoch},
            {"state", ledger::name_of(state_of(n))},
            {"is_self", c.self == n.no},
            {"beat_age_seconds", static_cast<double>(n.beat_age.count()) / 1000},
            {"accounts_owned", n.owned},
            {"accounts_willing", n.willing.size()},
            {"files_unfinished", n.unfinished_files},
            {"files_unread", n.unread_files}};
}

json::object to_json(ledger::server_view const& s) {
    json::array standbys;
    for (auto const& b : s.standbys)
        standbys.push_back({{"name", printable(b.name)},
                            {"state", printable(b.state)},
                            {"sync", printable(b.sync)},
                            {"lag_bytes", b.lag_bytes ? json::value(*b.lag_bytes) : json::value()},
                            {"lag_seconds", seconds_of(b.lag)}});
    json::array holders;
    for (auto const& h : s.holders)
        holders.push_back({{"what", printable(h.what)},
                           {"age_seconds", seconds_of(h.age)},
                           {"transactions", h.transactions}});
    json::array slots;
    for (auto const& slot : s.idle_slots)
        slots.emplace_back(printable(slot));
    return {{"version", printable(s.version)},
            {"is_standby", s.is_standby},
            {"sees_all", s.sees_all},
            {"synchronous_standby_names", printable(s.wants_sync)},
            {"synchronous_commit", printable(s.commits)},
            {"standbys", std::move(standbys)},
            {"holds_up_vacuum", std::move(holders)},
            {"idle_slots", std::move(slots)}};
}

}  // namespace

json::object to_json(cluster_report const& c) {
    json::array nodes;
    for (auto const& n : c.seen.nodes)
        nodes.push_back(to_json(c, n));
    json::array moves;
    for (auto const& m : c.seen.moves)
        moves.push_back({{"at", wall_text(m.at)},
                         {"account", printable(m.account_id)},
                         {"from", number_or_null(m.from)},
                         {"to", number_or_null(m.to)},
                         {"how", name_of(m.how)},
                         {"why", why_text(c, m)},
                         {"in_doubt", m.in_doubt}});
    json::array unread;
    for (auto const& f : c.seen.unread)
        unread.push_back({{"no", static_cast<std::uint64_t>(f.no)},
                          {"node", f.node},
                          {"name", printable(f.name, 400)},
                          {"bytes", f.bytes},
                          {"read_bytes", f.read_bytes},
                          {"taken_at", time_or_null(f.taken_at)}});
    return {{"at", time_or_null(c.seen.at)},
            {"self", c.self ? json::value(*c.self) : json::value()},
            {"sum", sum_text(c)},
            {"nodes", std::move(nodes)},
            {"moves", std::move(moves)},
            {"unread_files", std::move(unread)},
            {"server", to_json(c.seen.server)}};
}

json::array accounts_json(cluster_report const& c) {
    json::array out;
    for (auto const& a : c.seen.owners) {
        auto const owner = owner_of(c, a);
        out.push_back({{"id", printable(a.id)},
                       {"owner", a.free ? json::value() : json::value(a.node)},
                       {"owner_name", a.free ? json::value() : json::value(owner.name)},
                       {"can_be_taken", owner.can_be_taken}});
    }
    return out;
}

}  // namespace setclick::status_model
