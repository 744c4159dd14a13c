#include "setclickd/operations/cluster_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "command_follower.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/ledger_commands.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/node_identity.hpp"

namespace setclick::operations {
namespace {

/// What is on its way is answered or timed out by then.
constexpr milliseconds longest_drain{120'000};

bool can_take(ledger::node_row const& n, int but, account_no account) {
    return n.no != but && !n.stopped && !n.leaves &&
           std::ranges::find(n.willing, account) != n.willing.end();
}

}  // namespace

cluster_control::cluster_control(std::unique_ptr<command_follower> follower)
    : follower_(std::move(follower)) {}

cluster_control::~cluster_control() = default;

result<std::unique_ptr<cluster_control>> cluster_control::open(settings::settings const& s,
                                                               follow_hooks hooks) {
    auto where = setup::ledger_place_of(s);
    if (!where.is_in_postgres())
        return fail(errc::usage,
                    "[ledger] postgres names no database: a ledger in a file has one node");
    if (auto const node = spool::node_id_of(s.spool.dir)) where.node = *node;
    auto box = ledger::command_box::open(where);
    if (!box) return box.error();
    return std::unique_ptr<cluster_control>(
        new cluster_control(std::make_unique<command_follower>(std::move(*box), std::move(hooks))));
}

result<ledger::node_row> cluster_control::node(std::string const& name_or_number) {
    auto const seen = follower_->box().look();
    if (!seen) return seen.error();
    std::vector<ledger::node_row> found;
    std::string all;
    for (auto const& n : seen->nodes) {
        all += fmt::format("{}{} ({})", all.empty() ? "" : ", ", printable(n.name), n.no);
        if (n.name == name_or_number) found.push_back(n);
    }
    if (found.empty())
        for (auto const& n : seen->nodes)
            if (std::to_string(n.no) == name_or_number) found.push_back(n);
    if (found.size() == 1) return found.front();
    if (found.empty())
        return fail(errc::not_found, "no node is called " + printable(name_or_number) +
                                         "; there are: " + (all.empty() ? "none" : all));
    return fail(errc::usage, "several nodes are called " + printable(name_or_number) +
                                 "; name one by its number: " + all);
}

auto cluster_control::drain(ledger::node_row const& node) -> result<drained> {
    if (node.stopped)
        return fail(errc::refused, "node " + printable(node.name) +
                                       " does not run: it has no account that it sends for");
    drained out;
    auto const look = [&](ledger::cluster_look const& seen) {
        std::uint64_t has = 0;
        out.stay.clear();
        bool is_any_to_go = false;
        for (auto const& o : seen.owners) {
            if (o.node != node.no || o.free) continue;
            ++has;
            bool const goes = std::ranges::any_of(seen.nodes, [&](ledger::node_row const& n) {
                return can_take(n, node.no, o.account);
            });
            if (goes)
                is_any_to_go = true;
            else
                out.stay.push_back(o.id);
        }
        return std::pair(has, !is_any_to_go);
    };
    auto const before = follower_->box().look();
    if (!before) return before.error();
    out.had = look(*before).first;
    auto const asked = follower_->ask(account_no{}, control::drain_message(node.no, false));
    if (!asked) return asked.error();
    std::uint64_t left = out.had;
    auto const has_none = [&](ledger::cluster_look const& seen) -> result<bool> {
        auto const [has, is_done] = look(seen);
        left = has;
        return is_done;
    };
    auto const name = "node " + printable(node.name);
    auto const done = follower_->wait_until(
        has_none,
        [&] {
            return name + fmt::format(", which still has {} of its {} accounts", left, out.had);
        },
        longest_drain);
    if (!done) return done.error();
    return out;
}

result<void> cluster_control::undrain(ledger::node_row const& node) {
    auto const asked = follower_->ask(account_no{}, control::drain_message(node.no, true));
    if (!asked) return asked.error();
    return {};
}

result<std::vector<ledger::open_file>> cluster_control::open_files(ledger::node_row const& node) {
    return follower_->box().open_files(node.no, most_files);
}

result<void> cluster_control::forget(ledger::node_row const& node) {
    if (!node.stopped)
        return fail(
            errc::refused,
            "node " + printable(node.name) +
                " runs, or stopped beating less than 20 s ago: only one that is stopped, or "
                "was taken for dead by another, can be given up");
    auto const asked = follower_->ask(account_no{}, control::forget_message(node.no));
    if (!asked) return asked.error();
    return {};
}

}  // namespace setclick::operations
