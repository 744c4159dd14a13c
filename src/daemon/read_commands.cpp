#include "read_commands.hpp"

#include <unistd.h>

#include <optional>
#include <utility>

#include "setclickd/control/json_fields.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::daemon {
namespace json = boost::json;

namespace {

json::object token_message(readback::account_token const& found) {
    json::object out{{"token", found.token.reveal()},
                     {"issue", static_cast<std::int64_t>(found.issue)}};
    if (found.expires_at) out["expires_at_ms"] = to_ms(*found.expires_at);
    return out;
}

/// For requests whose result holds nothing.
read_service::done_fn<void> empty_answer(control::reply to) {
    return [to = std::move(to)](result<void> done) {
        done ? to.result(json::object{}) : to.error(done.error());
    };
}

}  // namespace

bool read_commands::on_request(std::string_view cmd, json::object const& request,
                               control::peer from, control::reply const& to) {
    json::value const all(request);
    auto const id = control::text(all, "account");
    if (cmd == "pass-read") {
        reads_.pass_read(id, [to](result<control::read_permit> permit) {
            permit ? to.result(control::permit_message(*permit)) : to.error(permit.error());
        });
    } else if (cmd == "read-answered") {
        empty_answer(to)(reads_.read_answered(id, control::answered_from(request)));
    } else if (cmd == "token") {
        on_token(id, all, from, to);
    } else if (cmd == "keep-verdict") {
        reads_.keep_verdict(id, control::text(all, "verdict"), empty_answer(to));
    } else {
        return false;
    }
    return true;
}

/// Members of the daemon's group may command it; the token is for those who could read it anyway.
void read_commands::on_token(std::string const& id, json::value const& request, control::peer from,
                             control::reply const& to) {
    if (from.uid != 0 && from.uid != ::geteuid())
        return to.error(fail(
            errc::refused,
            "this user may not have the token; run the command as root or as the daemon's user"));
    std::optional<std::uint64_t> refused;
    if (auto const issue = control::integer(request, "refused"))
        refused = static_cast<std::uint64_t>(*issue);
    reads_.token(id, refused, [to](result<readback::account_token> found) {
        found ? to.result(token_message(*found)) : to.error(found.error());
    });
}

}  // namespace setclick::daemon
