#include "setclickd/status_model/cluster.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::status_model {
namespace {

using ledger::is_up;
using ledger::node_state;
using ledger::node_view;
using ledger::state_of;
using weight = cluster_finding::weight;

/// A transaction that holds up vacuum for longer is worth a look; the ledger's own take seconds.
constexpr milliseconds old_transaction = std::chrono::minutes{15};
constexpr std::uint64_t old_in_transactions = 1'000'000;
constexpr std::size_t most_named = 5;

std::string age_text(milliseconds age) {
    return duration_text(std::chrono::floor<seconds>(age));
}

std::string whole_name(cluster_report const& c, node_view const& n) {
    auto name = printable(n.name, 60);
    auto const same = std::ranges::count(c.seen.nodes, n.name, &node_view::name);
    return same > 1 ? name + " (node " + std::to_string(n.no) + ")" : name;
}

/// "crm-1.ndjson, crm-2.ndjson and 3 more".
std::string named_files(cluster_report const& c, node_view const& n) {
    std::string out;
    std::uint64_t named = 0;
    for (auto const& f : c.seen.unread) {
        if (f.node != n.no || named == most_named) continue;
        out += (out.empty() ? "" : ", ") + printable(f.name, 200);
        ++named;
    }
    if (n.unread_files > named)
        out += (named > 0 ? " and " : "") + grouped(n.unread_files - named) + " more";
    return out;
}

std::string many(std::uint64_t n, std::string_view one, std::string_view several) {
    return grouped(n) + " " + std::string(n == 1 ? one : several);
}

class cluster_search {
public:
    cluster_search(cluster_report const& c, std::vector<std::string> const& open)
        : c_(c), open_(open.begin(), open.end()) {}

    std::vector<cluster_finding> all() {
        for (auto const& n : c_.seen.nodes)
            node(n);
        accounts();
        replication();
        horizon();
        std::ranges::stable_sort(found_, {}, &cluster_finding::is);
        return std::move(found_);
    }

private:
    void note(weight is, std::string key, std::string text, std::string cure) {
        found_.push_back({std::move(key), std::move(text), std::move(cure), is});
    }

    void node(node_view const& n) {
        auto const state = state_of(n);
        auto const name = whole_name(c_, n);
        auto const key = "node " + std::to_string(n.no);
        if (state == node_state::silent)
            note(weight::stuck, key + " silent",
                 "node " + name + " is silent for " + age_text(n.beat_age) +
                     ": it is dead, hangs, or cannot reach PostgreSQL",
                 "the others take its accounts over after 20 s; look at " + host_of(n));
        if (state != node_state::stopped && state != node_state::dead) return;
        bool const is_dead = state == node_state::dead;
        if (n.unread_files > 0)
            note(is_dead ? weight::stuck : weight::risk, key + " unread",
                 "node " + name + (is_dead ? " is dead" : " is stopped") + " and has " +
                     many(n.unread_files, "file that is", "files that are") +
                     " not read to the end: " + named_files(c_, n),
                 "start setclickd on its spool again (" + host_of(n) +
                     "), or on another host to which the spool was moved; where it is gone for "
                     "good: "
                     "setclickd cluster forget " +
                     printable(n.name, 60));
        else if (is_dead)
            note(weight::risk, key + " dead",
                 "node " + name + " was taken for dead " + age_text(n.beat_age) +
                     " ago; the others have its accounts" +
                     (n.unfinished_files > 0
                          ? ", and the results of " +
                                many(n.unfinished_files, "file of its are", "files of its are") +
                                " not written"
                          : ""),
                 "start setclickd there (" + host_of(n) +
                     "); where it is gone for good: setclickd "
                     "cluster forget " +
                     printable(n.name, 60));
    }

    static std::string host_of(node_view const& n) {
        return "host " + printable(n.machine.empty() ? n.name : n.machine, 100);
    }

    void accounts() {
        for (auto const& a : c_.seen.owners) {
            if (!a.free || !open_.contains(a.id)) continue;
            bool const can = owner_of(c_, a).can_be_taken;
            note(weight::stuck, printable(a.id) + " no owner",
                 "account " + printable(a.id) + " has no owner, and its events wait" +
                     (can ? "" : ": no node that lives has a token for it"),
                 can ? "a node takes it within seconds; where that lasts, look at the nodes' logs"
                     : "setclickd token " + printable(a.id) + ", on a node that names it");
        }
    }

    void replication() {
        auto const& s = c_.seen.server;
        bool const is_any_sync = std::ranges::any_of(
            s.standbys, [](auto const& b) { return b.sync == "sync" || b.sync == "quorum"; });
        if (!s.wants_sync.empty() && s.sees_all && !is_any_sync && !s.is_standby)
            note(weight::stuck, "server no standby",
                 "PostgreSQL waits for a synchronous standby (" + printable(s.wants_sync, 100) +
                     "), and none follows: nothing can be committed",
                 "start the standby; or take it out of synchronous_standby_names, and reload");
        if (s.wants_sync.empty() && !s.standbys.empty())
            note(weight::risk, "server asynchronous",
                 "its standbys follow asynchronously: a failover loses what was acknowledged last",
                 "synchronous_standby_names = 'ANY 1 (*)': docs/cluster.md");
        for (auto const& slot : s.idle_slots)
            note(
                weight::risk, "slot " + printable(slot),
                "replication slot " + printable(slot) +
                    " is used by nobody: the server keeps its log for it, until the disk is full",
                "start who used it, or SELECT pg_drop_replication_slot('" + printable(slot) + "')");
    }

    void horizon() {
        for (auto const& h : c_.seen.server.holders) {
            bool const is_old =
                h.age ? *h.age > old_transaction : h.transactions > old_in_transactions;
            if (!is_old) continue;
            note(weight::risk, "horizon",
                 "an old transaction keeps dead rows from being removed, and commits get slower: " +
                     printable(h.what, 200) + (h.age ? ", for " + age_text(*h.age) : "") + ", " +
                     grouped(h.transactions) + " transactions since",
                 "end it: SELECT pg_terminate_backend(PID), or ROLLBACK PREPARED");
            return;
        }
    }

    cluster_report const& c_;
    std::unordered_set<std::string> open_;
    std::vector<cluster_finding> found_;
};

}  // namespace

node_view const* node_of(cluster_report const& c, int no) noexcept {
    auto const found = std::ranges::find(c.seen.nodes, no, &node_view::no);
    return found == c.seen.nodes.end() ? nullptr : &*found;
}

std::string name_of_node(cluster_report const& c, int no) {
    if (no == 0) return "nobody";
    auto const* const n = node_of(c, no);
    return n == nullptr ? "node " + std::to_string(no) : whole_name(c, *n);
}

owned_by owner_of(cluster_report const& c, ledger::account_owner const& account) {
    if (!account.free) return {name_of_node(c, account.node), c.self == account.node, false};
    owned_by out;
    out.can_be_taken = std::ranges::any_of(c.seen.nodes, [&](node_view const& n) {
        return is_up(state_of(n)) &&
               std::ranges::find(n.willing, account.account) != n.willing.end();
    });
    return out;
}

std::string why_text(cluster_report const& c, ledger::move_view const& m) {
    auto const from = name_of_node(c, m.from);
    switch (m.how) {
        case ledger::move_how::free:
            return "nobody had it";
        case ledger::move_how::stopped:
            return from + " had stopped";
        case ledger::move_how::dead:
            return from + " was silent for too long";
        case ledger::move_how::given:
            return from + " gave it up";
        case ledger::move_how::drained:
            return from + " is drained";
    }
    return "for a reason that this version does not know";
}

std::vector<cluster_finding> findings_of(cluster_report const& c,
                                         std::vector<std::string> const& open) {
    return cluster_search(c, open).all();
}

std::string sum_text(cluster_report const& c) {
    std::array<std::uint64_t, 6> states{};
    for (auto const& n : c.seen.nodes)
        ++states[static_cast<std::size_t>(state_of(n))];
    auto const count = [&](node_state s) { return states[static_cast<std::size_t>(s)]; };
    auto const up = count(node_state::living) + count(node_state::leaving);
    auto const all = c.seen.nodes.size() - count(node_state::forgotten);
    std::string others;
    for (auto const s :
         {node_state::leaving, node_state::silent, node_state::dead, node_state::stopped})
        if (count(s) > 0)
            others += (others.empty() ? "" : ", ") + grouped(count(s)) + " " +
                      std::string(ledger::name_of(s));
    auto const free = static_cast<std::uint64_t>(
        std::ranges::count(c.seen.owners, true, &ledger::account_owner::free));
    auto const accounts = c.seen.owners.size();
    return grouped(up) + " of " + many(all, "node lives", "nodes live") +
           (others.empty() ? "" : " (" + others + ")") + "; " +
           many(accounts, "account", "accounts") +
           (accounts == 0 ? ""
            : free == 0   ? (accounts == 1 ? ", with an owner" : ", each with an owner")
                          : ", " + grouped(free) + " without an owner");
}

}  // namespace setclick::status_model
