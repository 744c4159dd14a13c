#include "read_only_executor.hpp"

namespace setclick::operations {
namespace {

error no_ledger() {
    return fail(errc::unreachable,
                "there is no ledger yet: it is made by the daemon's first start");
}

}  // namespace

result<ledger::operation_counts> read_only_executor::operate(ledger::operation const&,
                                                             progress_fn const&) {
    return no_ledger();
}

result<std::uint64_t> read_only_executor::apply(control::pause_request const&) {
    return no_ledger();
}

result<control::read_permit> read_only_executor::pass_read(std::string const& account) {
    return gate_.pass(account);
}

result<void> read_only_executor::read_answered(std::string const& account,
                                               api::answer_facts const& facts, milliseconds ago) {
    gate_.answered(account, facts, std::chrono::steady_clock::now() - ago);
    return {};
}

result<readback::account_token> read_only_executor::token(std::string const&,
                                                          std::optional<std::uint64_t>) {
    return no_ledger();
}

result<void> read_only_executor::keep_verdict(std::string const&, std::string const&) {
    return no_ledger();
}

}  // namespace setclick::operations
