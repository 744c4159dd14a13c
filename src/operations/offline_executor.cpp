#include "offline_executor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/resume.hpp"

namespace setclick::operations {
namespace {

/// For the receipt.
std::string this_user() {
    return fmt::format("uid {}", ::getuid());
}

ledger::cycle_request request_of(account_no no, delivery::account_state const& state) {
    ledger::cycle_request request;
    request.now = wall_now();
    request.notes.push_back({no, to_text(state)});
    return request;
}

}  // namespace

offline_executor::offline_executor(settings::settings const& s,
                                   std::unique_ptr<ledger::store> store)
    : store_(std::move(store)), gate_(s, store_.get()) {}

result<ledger::operation_counts> offline_executor::operate(ledger::operation const& what,
                                                           progress_fn const&) {
    auto by_person = what;
    by_person.who = this_user();
    auto const done = ledger::operate_all(*store_, by_person, wall_now());
    if (!done) return done.error();
    if (!what.dry_run && !done->elsewhere.empty())
        return ledger::elsewhere_error(done->elsewhere.size(), done->counts.touched);
    return done->counts;
}

result<std::uint64_t> offline_executor::apply(control::pause_request const& what) {
    if (what.endpoint)
        return fail(errc::unreachable,
                    fmt::format("the daemon does not run, and only it knows the endpoint's park; "
                                "start it, then: setclickd {} --endpoint",
                                what.resume ? "resume" : "pause"));
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
        auto const one = apply_to(a, what);
        if (!one) return one.error();
        changed += *one ? 1 : 0;
    }
    if (!is_known)
        return fail(errc::not_found,
                    fmt::format("the ledger knows no account {}", printable(what.account)));
    if (elsewhere > 0) return ledger::elsewhere_error(elsewhere, changed);
    return changed;
}

/// The account's note as the daemon left it, with the change; the daemon reads it at its start.
result<bool> offline_executor::apply_to(ledger::account_info const& a,
                                        control::pause_request const& what) {
    auto state = delivery::account_state_from_text(a.state);
    if (!state) return state.error();
    return what.resume ? resume(a.no, std::move(*state), what) : pause(a.no, std::move(*state));
}

result<bool> offline_executor::pause(account_no no, delivery::account_state state) {
    if (!delivery::pause(state, wall_now())) return false;
    if (auto done = store_->cycle(request_of(no, state)); !done) return done.error();
    return true;
}

/// As the daemon does it, also for an account that was not stopped: what was deferred while it was
/// need not wait for its time.
result<bool> offline_executor::resume(account_no no, delivery::account_state state,
                                      control::pause_request const& what) {
    auto const resumed = delivery::resume(state, what.accept_rejections);
    bool const forgot = what.forget_rate && delivery::forget_rate(state.gate);
    auto const woken =
        ledger::operate_all(*store_, ledger::wake_deferred(no, this_user()), wall_now());
    if (!woken) return woken.error();
    if (!resumed.was_stopped && !forgot) return false;
    auto const returned =
        ledger::return_rejected(*store_, resumed.refused, this_user(), request_of(no, state));
    if (!returned) return returned.error();
    return true;
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
