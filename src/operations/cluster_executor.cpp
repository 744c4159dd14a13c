#include "cluster_executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/control/ledger_commands.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::operations {
namespace {

constexpr milliseconds longest_for_pause{30'000};

std::vector<account_no> without_owner(std::vector<account_no> accounts,
                                      ledger::cluster_look const& seen, int node) {
    std::erase_if(accounts, [&](account_no no) {
        auto const of = std::ranges::find(seen.owners, no, &ledger::account_owner::account);
        return node != 0 && of != seen.owners.end() && !of->free && of->node == node;
    });
    return accounts;
}

/// What this host's daemon turned out not to have, beside what was given.
std::vector<account_no> not_given(std::vector<account_no> accounts,
                                  std::vector<followed> const& given) {
    std::erase_if(accounts, [&](account_no no) {
        return std::ranges::find(given, no, &followed::account) != given.end();
    });
    return accounts;
}

error others_go_on(error e, std::vector<followed> const& given) {
    if (!given.empty()) e.message += "; what other nodes have of it was given to them";
    return e;
}

/// The first error, with how many had one.
std::optional<error> error_of(std::vector<command_follower::answered> const& answers) {
    std::optional<error> first;
    std::size_t count = 0;
    for (auto const& a : answers) {
        if (a.answer) continue;
        ++count;
        if (!first) first = a.answer.error();
    }
    if (first && answers.size() > 1)
        first->message =
            fmt::format("for {} of {} accounts: {}", count, answers.size(), first->message);
    return first;
}

}  // namespace

cluster_executor::cluster_executor(std::unique_ptr<ledger::command_box> box, follow_hooks hooks,
                                   std::unique_ptr<daemon_executor> local, std::string node)
    : follower_(std::move(box), std::move(hooks)),
      local_(std::move(local)),
      node_(std::move(node)) {}

int cluster_executor::own_number(ledger::cluster_look const& seen) const {
    if (!local_ || node_.empty()) return 0;
    auto const found = std::ranges::find(seen.nodes, node_, &ledger::node_row::id);
    return found == seen.nodes.end() ? 0 : found->no;
}

result<account_no> cluster_executor::number_of(std::string const& account) {
    auto const seen = follower_.box().look();
    if (!seen) return seen.error();
    auto const found = std::ranges::find(seen->owners, account, &ledger::account_owner::id);
    if (found == seen->owners.end())
        return fail(errc::not_found, "the ledger knows no account " + printable(account));
    return found->account;
}

result<ledger::operation_counts> cluster_executor::operate(ledger::operation const& what,
                                                           progress_fn const& on_progress) {
    // This host's daemon counts for all.
    if (what.dry_run && local_) return local_->operate(what, on_progress);
    auto const seen = follower_.box().look();
    if (!seen) return seen.error();
    auto const meant = ledger::accounts_meant(what.filter, seen->owners);
    auto const parts = without_owner(meant, *seen, own_number(*seen));
    auto const request = control::operate_message(what);
    auto given = follower_.give(parts, request);
    if (!given) return given.error();
    ledger::operation_counts sum;
    if (local_ && parts.size() < meant.size()) {
        auto const own = local_->operate_own(what, on_progress);
        if (!own) return others_go_on(own.error(), *given);
        sum = own->counts;
        auto const late = follower_.give(not_given(own->elsewhere, *given), request);
        if (!late) return others_go_on(late.error(), *given);
        given->insert(given->end(), late->begin(), late->end());
    }
    auto const begun = sum;
    auto const answers =
        follower_.wait(std::move(*given), [&](std::vector<std::string> const& progress) {
            auto so_far = begun;
            for (auto const& text : progress)
                so_far += control::progress_from(text).counts;
            if (on_progress) on_progress(so_far);
        });
    if (!answers) return answers.error();
    for (auto const& a : *answers)
        if (a.answer) sum += control::counts_from(*a.answer);
    if (auto const failed = error_of(*answers)) return *failed;
    return sum;
}

result<std::uint64_t> cluster_executor::apply(control::pause_request const& what) {
    if (what.endpoint) return apply_to_endpoint(what);
    auto const seen = follower_.box().look();
    if (!seen) return seen.error();
    std::vector<account_no> meant;
    if (what.all) {
        meant = ledger::accounts_sent(seen->owners, seen->nodes);
    } else {
        auto const no = number_of(what.account);
        if (!no) return no.error();
        meant.push_back(*no);
    }
    auto const parts = without_owner(meant, *seen, own_number(*seen));
    auto const request = control::pause_message(what);
    auto given = follower_.give(parts, request);
    if (!given) return given.error();
    std::uint64_t changed = 0;
    if (local_ && parts.size() < meant.size()) {
        auto const own = local_->apply_own(what);
        if (!own) return others_go_on(own.error(), *given);
        changed = own->changed;
        auto const late = follower_.give(not_given(own->elsewhere, *given), request);
        if (!late) return others_go_on(late.error(), *given);
        given->insert(given->end(), late->begin(), late->end());
    }
    auto const answers = follower_.wait(std::move(*given));
    if (!answers) return answers.error();
    for (auto const& a : *answers)
        if (a.answer) changed += control::count_of(*a.answer, "changed");
    if (auto const failed = error_of(*answers)) return *failed;
    if (what.all && what.resume) {
        auto endpoint = what;
        endpoint.all = false;
        endpoint.endpoint = true;
        auto const also = apply_to_endpoint(endpoint);
        if (!also) return also.error();
        changed += *also;
    }
    return changed;
}

result<std::uint64_t> cluster_executor::apply_to_endpoint(control::pause_request const& what) {
    auto const answer = follower_.ask(account_no{}, control::pause_message(what));
    if (!answer) return answer.error();
    auto const changed = control::count_of(*answer, "changed");
    std::vector<int> missing;
    std::string names;
    auto const all_saw = [&](ledger::cluster_look const& seen) -> result<bool> {
        auto without = follower_.box().without_endpoint_pause();
        if (!without) return without.error();
        missing = std::move(*without);
        names.clear();
        for (auto const node : missing)
            names += (names.empty() ? "" : ", ") + node_name(seen, node);
        return missing.empty();
    };
    auto const done = follower_.wait_until(
        all_saw, [&] { return names + " to see it"; }, longest_for_pause);
    if (!done)
        return fail(done.error().code,
                    "it holds, but not every node has seen it: " + done.error().message);
    return changed;
}

result<control::read_permit> cluster_executor::pass_read(std::string const& account) {
    if (local_) {
        auto own = local_->pass_read(account);
        if (own || own.error().code != errc::refused) return own;
    }
    auto const no = number_of(account);
    if (!no) return no.error();
    auto const answer = follower_.ask(*no, {{"cmd", "pass-read"}, {"account", account}});
    if (!answer) return answer.error();
    return control::permit_from(*answer);
}

/// Not waited for: it comes before the next permit, which is asked of the same node.
result<void> cluster_executor::read_answered(std::string const& account,
                                             api::answer_facts const& facts, milliseconds ago) {
    if (local_) {
        auto const own = local_->read_answered(account, facts, ago);
        if (own || own.error().code != errc::refused) return own;
    }
    auto const no = number_of(account);
    if (!no) return no.error();
    auto const given = follower_.give({*no}, control::answered_message(account, facts, ago));
    if (!given) return given.error();
    return {};
}

result<readback::account_token> cluster_executor::token(std::string const& account,
                                                        std::optional<std::uint64_t> refused) {
    if (local_) return local_->token(account, refused);
    return fail(errc::unreachable,
                fmt::format("the token of account {} cannot be read by this command, and no "
                            "daemon that has it runs on this host",
                            printable(account)));
}

result<void> cluster_executor::keep_verdict(std::string const& account,
                                            std::string const& verdict) {
    if (local_) return local_->keep_verdict(account, verdict);
    auto const no = number_of(account);
    if (!no) return no.error();
    auto const answer =
        follower_.ask(*no, {{"cmd", "keep-verdict"}, {"account", account}, {"verdict", verdict}});
    if (!answer) return answer.error();
    return {};
}

}  // namespace setclick::operations
