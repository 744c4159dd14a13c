#include "command_follower.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/ledger_commands.hpp"

namespace setclick::operations {
namespace {

std::string how_many_done(std::vector<followed> const& all) {
    auto const done = std::ranges::count(all, true, &followed::is_done);
    return all.size() == 1 ? std::string()
                           : fmt::format(" ({} of {} accounts are done)", done, all.size());
}

}  // namespace

std::string this_person() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    return fmt::format("uid {} on {}", ::getuid(), printable(host.data()));
}

std::string node_name(ledger::cluster_look const& seen, int node) {
    auto const found = std::ranges::find(seen.nodes, node, &ledger::node_row::no);
    return found == seen.nodes.end() ? fmt::format("node {}", node)
                                     : "node " + printable(found->name);
}

result<std::vector<followed>> command_follower::give(std::vector<account_no> const& accounts,
                                                     boost::json::object const& request) {
    std::vector<followed> out;
    if (accounts.empty()) return out;
    std::vector<ledger::new_command> commands;
    for (auto const no : accounts)
        commands.push_back({no, boost::json::serialize(request), this_person()});
    auto const ids = box_->give(commands);
    if (!ids) return ids.error();
    for (std::size_t i = 0; i < accounts.size(); ++i)
        out.push_back({(*ids)[i], accounts[i], {}, false, {}});
    return out;
}

bool command_follower::is_told_to_stop() {
    if (stop_ == nullptr && hooks_.stop) stop_ = &hooks_.stop();
    return stop_ != nullptr && *stop_;
}

void command_follower::say(std::vector<int> const& nodes, ledger::cluster_look const& seen,
                           std::vector<followed> const& open) const {
    if (!hooks_.waits) return;
    for (auto const node : nodes) {
        auto const count = std::ranges::count_if(
            open, [node](followed const& f) { return !f.is_done && f.by.node == node; });
        hooks_.waits(fmt::format(
            "waiting for {}{}", node == 0 ? "a node that takes the account" : node_name(seen, node),
            open.size() == 1 ? "" : fmt::format(", for {} accounts", count)));
    }
}

auto command_follower::wait(std::vector<followed> given, progress_fn const& on_progress)
    -> result<std::vector<answered>> {
    std::vector<answered> out;
    if (given.empty()) return out;
    std::vector<std::int64_t> ids;
    for (auto const& f : given)
        ids.push_back(f.id);
    follow_rule rule(steady_now());
    constexpr char const* stays =
        "; the command stays in the ledger, and is carried out by whoever gets the account";
    for (;; std::this_thread::sleep_for(rule.pause(steady_now()))) {
        if (is_told_to_stop())
            return fail(errc::busy, "interrupted" + how_many_done(given) + stays);
        auto const rows = box_->follow(ids);
        auto const seen = rows ? box_->look() : result<ledger::cluster_look>(rows.error());
        if (!seen && seen.error().code != errc::unreachable) return seen.error();
        std::vector<std::string> progress;
        if (rows && seen) {
            for (auto& f : given) {
                auto const row = std::ranges::find(*rows, f.id, &ledger::given_command::id);
                if (f.is_done || row == rows->end()) continue;
                f.progress = row->progress;
                f.by = ledger::carrier_of(f.account, seen->owners, seen->nodes);
                f.is_done = row->done;
                if (f.is_done) out.push_back({f.account, control::answer_from(row->answer)});
            }
            for (auto const& f : given)
                if (!f.is_done && !f.progress.empty()) progress.push_back(f.progress);
        }
        auto const what = rule.looked(steady_now(), given);
        if (what.is == follow_rule::decision::kind::done) return out;
        if (what.is == follow_rule::decision::kind::give_up)
            return fail(errc::busy, (seen ? "no node carries it out now" + how_many_done(given)
                                          : seen.error().message) +
                                        stays);
        if (seen) say(what.waits_for, *seen, given);
        if (on_progress && !progress.empty()) on_progress(progress);
    }
}

result<boost::json::value> command_follower::ask(account_no account,
                                                 boost::json::object const& request) {
    auto given = give({account}, request);
    if (!given) return given.error();
    auto answers = wait(std::move(*given));
    if (!answers) return answers.error();
    return answers->front().answer;
}

result<void> command_follower::wait_until(
    std::function<result<bool>(ledger::cluster_look const&)> const& is_done,
    std::function<std::string()> const& for_what, milliseconds longest) {
    auto const begun = steady_now();
    std::string said;
    for (;; std::this_thread::sleep_for(milliseconds{200})) {
        if (is_told_to_stop())
            return fail(errc::busy, "interrupted; it goes on without this command");
        auto const seen = box_->look();
        if (!seen) return seen.error();
        auto const done = is_done(*seen);
        if (!done) return done.error();
        if (*done) return {};
        auto const took = steady_now() - begun;
        if (took >= longest) return fail(errc::busy, "still waiting for " + for_what());
        if (took >= follow_rule::patience && hooks_.waits && said != for_what()) {
            said = for_what();
            hooks_.waits("waiting for " + said);
        }
    }
}

}  // namespace setclick::operations
