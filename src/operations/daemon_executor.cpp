#include "daemon_executor.hpp"

#include <utility>

#include "setclickd/control/json_fields.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::operations {
namespace {

constexpr milliseconds patience{std::chrono::minutes{1}};

}  // namespace

daemon_executor::daemon_executor(std::string socket, control::client client)
    : socket_(std::move(socket)), client_(std::move(client)) {}

result<ledger::operation_counts> daemon_executor::operate(ledger::operation const& what,
                                                          progress_fn const& on_progress) {
    auto const done = operate_own(what, on_progress);
    if (!done) return done.error();
    return done->counts;
}

auto daemon_executor::operate_own(ledger::operation const& what, progress_fn const& on_progress)
    -> result<operated> {
    auto const answer =
        ask(control::operate_message(what), what.dry_run ? repeat::once : repeat::never,
            [&](boost::json::object const& step) {
                if (on_progress) on_progress(control::counts_from(boost::json::value(step)));
            });
    if (!answer) return answer.error();
    return operated{control::counts_from(*answer), control::elsewhere_in(*answer)};
}

result<std::uint64_t> daemon_executor::apply(control::pause_request const& what) {
    auto const done = apply_own(what);
    if (!done) return done.error();
    return done->changed;
}

auto daemon_executor::apply_own(control::pause_request const& what) -> result<applied> {
    auto const answer = ask(control::pause_message(what), repeat::never);
    if (!answer) return answer.error();
    return applied{control::count_of(*answer, "changed"), control::elsewhere_in(*answer)};
}

result<control::read_permit> daemon_executor::pass_read(std::string const& account) {
    auto const answer = ask({{"cmd", "pass-read"}, {"account", account}}, repeat::once);
    if (!answer) return answer.error();
    return control::permit_from(*answer);
}

result<void> daemon_executor::read_answered(std::string const& account,
                                            api::answer_facts const& facts, milliseconds ago) {
    auto const answer = ask(control::answered_message(account, facts, ago), repeat::once);
    if (!answer) return answer.error();
    return {};
}

result<readback::account_token> daemon_executor::token(std::string const& account,
                                                       std::optional<std::uint64_t> refused) {
    boost::json::object request{{"cmd", "token"}, {"account", account}};
    if (refused) request["refused"] = static_cast<std::int64_t>(*refused);
    auto const answer = ask(request, repeat::once);
    if (!answer) return answer.error();
    readback::account_token out{secret<std::string>(control::text(*answer, "token")), {}, 0};
    if (auto const end = control::integer(*answer, "expires_at_ms")) out.expires_at = from_ms(*end);
    if (auto const issue = control::integer(*answer, "issue"))
        out.issue = static_cast<std::uint64_t>(*issue);
    return out;
}

result<void> daemon_executor::keep_verdict(std::string const& account, std::string const& verdict) {
    auto const answer =
        ask({{"cmd", "keep-verdict"}, {"account", account}, {"verdict", verdict}}, repeat::once);
    if (!answer) return answer.error();
    return {};
}

/// Between two requests a page of the report may come slowly, or a person be asked, for longer than
/// the daemon keeps a silent connection.
result<boost::json::value> daemon_executor::ask(boost::json::object const& request, repeat again,
                                                control::client::progress_fn const& on_progress) {
    if (client_.is_closed())
        if (auto done = reconnect(); !done) return done.error();
    auto answer = client_.call(request, patience, on_progress);
    if (answer || again == repeat::never || answer.error().code != errc::unreachable ||
        !client_.is_closed())
        return answer;
    if (auto done = reconnect(); !done) return done.error();
    return client_.call(request, patience, on_progress);
}

result<void> daemon_executor::reconnect() {
    auto fresh = control::client::connect(socket_);
    if (!fresh) return fresh.error();
    client_ = std::move(*fresh);
    return {};
}

}  // namespace setclick::operations
