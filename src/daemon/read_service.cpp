#include "read_service.hpp"

#include <fmt/format.h>

#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::daemon {

read_service::read_service(dispatch::dispatcher& deliver, ledger::writer& writer, login& logins,
                           configuration const& config)
    : deliver_(deliver), writer_(writer), logins_(logins), config_(config) {}

result<account_no> read_service::known(std::string const& id) const {
    if (auto const no = config_.number_of(id)) return *no;
    return fail(errc::not_found,
                fmt::format("the daemon serves no account {}; `setclickd reload` reads the "
                            "configuration again",
                            printable(id)));
}

result<account_no> read_service::configured(std::string const& id) const {
    auto no = known(id);
    // One that the configuration no longer names: as if it were not there.
    if (no && config_.configured(*no) == nullptr)
        return fail(errc::not_found,
                    fmt::format("the daemon serves no account {}; `setclickd reload` reads the "
                                "configuration again",
                                printable(id)));
    return no;
}

result<account_no> read_service::own(std::string const& id) const {
    auto no = configured(id);
    if (no && deliver_.is_elsewhere(*no))
        return fail(
            errc::refused,
            fmt::format("another node sends for account {}, and keeps its rate", printable(id)));
    return no;
}

void read_service::pass_read(std::string const& id, done_fn<control::read_permit> done) {
    auto const no = own(id);
    if (!no) return done(no.error());
    auto const now = std::chrono::steady_clock::now();
    auto const turn = deliver_.permit_read(*no, now);
    if (turn.is_paused)
        return done(fail(errc::busy, fmt::format("account {} is paused; `setclickd resume` ends "
                                                 "that",
                                                 printable(id))));
    control::read_permit permit;
    permit.events_wait = turn.events_wait;
    if (turn.at > now) {
        permit.wait = turn.at == never ? milliseconds{std::chrono::hours{1}}
                                       : std::chrono::ceil<milliseconds>(turn.at - now);
        return done(permit);
    }
    ledger::cycle_request request;
    request.now = wall_now();
    request.notes = deliver_.notes(*no, now);
    writer_.post(
        ledger::writer::priority::delivery,
        [done = std::move(done), permit, request = std::move(request)](ledger::store& store) {
            auto const kept = store.cycle(request);
            kept ? done(permit) : done(kept.error());
        });
}

result<void> read_service::read_answered(std::string const& id,
                                         control::read_answer const& answer) {
    auto const no = own(id);
    if (!no) return no.error();
    auto const now = std::chrono::steady_clock::now();
    deliver_.read_answered(*no, answer.facts, now - answer.ago, now);
    return {};
}

void read_service::token(std::string const& id, std::optional<std::uint64_t> refused,
                         done_fn<readback::account_token> done) {
    auto const no = configured(id);
    if (!no) return done(no.error());
    if (refused && logins_.knows(*no) && *refused == logins_.issue(*no))
        return logins_.want(
            *no, [this, id, done = std::move(done)](std::optional<error> const& why_not) {
                why_not ? done(*why_not) : token(id, std::nullopt, done);
            });
    readback::account_token out;
    out.token = deliver_.token_of(*no);
    if (out.token.reveal().empty())
        return done(fail(errc::config,
                         fmt::format("account {} has no token now; `setclickd status` says why",
                                     printable(id))));
    out.issue = logins_.issue(*no);
    out.expires_at = logins_.expires_at(*no);
    done(std::move(out));
}

void read_service::keep_verdict(std::string const& id, std::string verdict, done_fn<void> done) {
    auto const no = known(id);
    if (!no) return done(no.error());
    writer_.post(ledger::writer::priority::import,
                 [no = *no, verdict = std::move(verdict), done = std::move(done)](
                     ledger::store& store) { done(store.keep_verdict(no, verdict)); });
}

}  // namespace setclick::daemon
