#include "offline_executor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/operations/stopped_account.hpp"

namespace setclick::operations {
namespace {

/// For the receipt.
std::string this_user() {
    return fmt::format("uid {}", ::getuid());
}

error no_longer_alone(std::size_t accounts, std::uint64_t changed) {
    return fail(
        errc::busy,
        fmt::format("a node took {} of the accounts meanwhile, and nothing of {} was changed "
                    "(of others: {}); give the command again",
                    accounts, accounts == 1 ? "it" : "them", changed));
}

}  // namespace

offline_executor::offline_executor(settings::settings const& s,
                                   std::unique_ptr<ledger::store> store)
    : store_(std::move(store)), gate_(s, store_.get()) {}

result<ledger::operation_counts> offline_executor::operate(ledger::operation const& what,
                                                           progress_fn const&) {
    if (!what.dry_run)
        if (auto const own = own_all(); !own) return own.error();
    auto by_person = what;
    by_person.who = this_user();
    auto const done = ledger::operate_all(*store_, by_person, wall_now());
    if (!done) return done.error();
    if (!what.dry_run && !done->elsewhere.empty())
        return no_longer_alone(done->elsewhere.size(), done->counts.touched);
    return done->counts;
}

/// No other node lives: what the last owners had is anybody's.
result<void> offline_executor::own_all() {
    auto const accounts = store_->accounts();
    if (!accounts) return accounts.error();
    std::vector<account_no> others;
    for (auto const& a : *accounts)
        if (!a.owned) others.push_back(a.no);
    if (others.empty()) return {};
    auto const taken = store_->take_over(others, wall_now());
    if (!taken) return taken.error();
    return {};
}

result<std::uint64_t> offline_executor::apply(control::pause_request const& what) {
    if (what.endpoint)
        return fail(errc::unreachable,
                    fmt::format("the daemon does not run, and only it knows the endpoint's park; "
                                "start it, then: setclickd {} --endpoint",
                                what.resume ? "resume" : "pause"));
    if (auto const own = own_all(); !own) return own.error();
    auto const accounts = store_->accounts();
    if (!accounts) return accounts.error();
    std::uint64_t changed = 0;
    std::size_t elsewhere = 0;
    bool is_known = what.all;
    for (auto const& a : *accounts) {
        if (!what.all && a.id != what.account) continue;
        is_known = true;
        if (!a.owned) {
            ++elsewhere;
            continue;
        }
        auto const one = change_stopped_account(*store_, a, what, this_user());
        if (!one) return one.error();
        changed += *one ? 1 : 0;
    }
    if (!is_known)
        return fail(errc::not_found,
                    fmt::format("the ledger knows no account {}", printable(what.account)));
    if (elsewhere > 0) return no_longer_alone(elsewhere, changed);
    return changed;
}

result<control::read_permit> offline_executor::pass_read(std::string const& account) {
    return gate_.pass(account);
}

result<void> offline_executor::read_answered(std::string const& account,
                                             api::answer_facts const& facts, milliseconds ago) {
    gate_.answered(account, facts, std::chrono::steady_clock::now() - ago);
    return {};
}

result<readback::account_token> offline_executor::token(std::string const& account,
                                                        std::optional<std::uint64_t>) {
    return fail(errc::unreachable,
                fmt::format("the token of account {} cannot be read by this command, and the "
                            "daemon, which has it, does not run",
                            printable(account)));
}

result<void> offline_executor::keep_verdict(std::string const& account,
                                            std::string const& verdict) {
    auto const no = store_->account(account);
    if (!no) return no.error();
    return store_->keep_verdict(*no, verdict);
}

}  // namespace setclick::operations
