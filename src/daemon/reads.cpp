// What commands that read the vendor's report ask of the daemon: a turn at the gate, the token, a
// verdict to keep.
#include <boost/asio/post.hpp>

#include <unistd.h>

#include "instance.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/cli/messages.hpp"

namespace setclick::daemon {
namespace json = boost::json;

namespace {

std::string text_of(json::object const& o, std::string_view key) {
    auto const* const v = o.if_contains(key);
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

/// A command's answer, once the ledger has it.
void answer(control::reply const& to, std::optional<error> const& why_not,
            json::object const& what) {
    if (why_not) return to.error(*why_not);
    to.result(what);
}

}  // namespace

bool instance::on_read(std::string_view cmd, json::object const& request, control::peer from,
                       control::reply const& to) {
    bool const keeps = cmd == "keep-verdict";
    if (cmd != "pass-read" && cmd != "read-answered" && cmd != "token" && !keeps) return false;
    auto const id = text_of(request, "account");
    auto const known = numbers_.find(id);
    if (known == numbers_.end() || (!keeps && configured(known->second) == nullptr)) {
        to.error(fail(errc::not_found, "the daemon serves no account " + printable(id) +
                                           "; `setclickd reload` reads the configuration again"));
        return true;
    }
    auto const no = known->second;
    if (cmd == "pass-read") {
        pass_read(no, id, to);
    } else if (cmd == "read-answered") {
        auto const now = std::chrono::steady_clock::now();
        auto const answered = cli::answered_from(request);
        deliver_->read_answered(no, answered.facts, now - answered.ago, now);
        to.result(json::object{});
    } else if (cmd == "token") {
        std::optional<std::uint64_t> refused;
        if (auto const* const issue = request.if_contains("refused"); issue && issue->is_int64())
            refused = static_cast<std::uint64_t>(issue->get_int64());
        give_token(no, id, refused, from, to);
    } else {
        writer_->post(ledger::writer::priority::import,
                      [to, no, verdict = text_of(request, "verdict")](ledger::store& store) {
                          auto const kept = store.keep_verdict(no, verdict);
                          answer(to, kept ? std::nullopt : std::optional(kept.error()), {});
                      });
    }
    return true;
}

/// `refused`: the one of this issue was answered 401, so that an account that logs in does so
/// again, once for all who held it, however late some of them hear of the 401.
void instance::give_token(account_no no, std::string const& id,
                          std::optional<std::uint64_t> refused, control::peer from,
                          control::reply const& to) {
    // The group may ask and steer; the credential is for those who could read it anyway.
    if (from.uid != 0 && from.uid != ::geteuid())
        return to.error(fail(
            errc::refused,
            "this user may not have the token; run the command as root or as the daemon's user"));
    if (refused && login_->knows(no) && *refused == login_->issue(no))
        return login_->want(no, [this, no, id, from, to](std::optional<error> const& why_not) {
            if (why_not) return to.error(*why_not);
            give_token(no, id, std::nullopt, from, to);
        });
    auto const token = deliver_->token_of(no);
    if (token.reveal().empty())
        return to.error(fail(errc::config, "account " + printable(id) +
                                               " has no token now; `setclickd status` says why"));
    json::object said{{"token", token.reveal()},
                      {"issue", static_cast<std::int64_t>(login_->issue(no))}};
    if (auto const end = login_->expires_at(no)) said["expires_at_ms"] = to_ms(*end);
    to.result(std::move(said));
}

/// What has passed is durable before the command hears of it.
void instance::pass_read(account_no no, std::string const& id, control::reply const& to) {
    auto const now = std::chrono::steady_clock::now();
    auto const turn = deliver_->permit_read(no, now);
    if (turn.is_paused)
        return to.error(fail(
            errc::busy, "account " + printable(id) + " is paused; `setclickd resume` ends that"));
    cli::read_turn said;
    said.events_wait = turn.events_wait;
    if (turn.at > now) {
        said.wait = turn.at == never ? milliseconds{std::chrono::hours{1}}
                                     : std::chrono::ceil<milliseconds>(turn.at - now);
        return to.result(cli::turn_message(said));
    }
    ledger::cycle_request request;
    request.now = wall_now();
    request.notes = deliver_->notes(no, now);
    auto const message = cli::turn_message(said);
    writer_->post(ledger::writer::priority::delivery,
                  [to, message, request = std::move(request)](ledger::store& store) {
                      auto const done = store.cycle(request);
                      answer(to, done ? std::nullopt : std::optional(done.error()), message);
                  });
}

}  // namespace setclick::daemon
