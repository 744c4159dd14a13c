#include "setclickd/control/ledger_commands.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

#include "protocol.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::control {
namespace {

namespace json = boost::json;

constexpr std::string_view paused = "paused";
constexpr std::string_view resumed = "resumed";
constexpr std::string_view rate_forgotten = "resumed, rate forgotten";

json::value parsed(std::string_view text) {
    boost::system::error_code ec;
    auto found = json::parse({text.data(), text.size()}, ec);
    return ec ? json::value(nullptr) : found;
}

}  // namespace

result<json::object> request_from(std::string_view text) {
    auto found = parsed(text);
    if (!found.is_object())
        return fail(errc::usage, "the command is no request that this daemon understands");
    return std::move(found.get_object());
}

std::string answer_text(result<json::value> const& answer) {
    if (!answer) return json::serialize(error_line(answer.error()));
    return json::serialize(json::object{{"result", *answer}});
}

result<json::value> answer_from(std::string_view text) {
    auto const found = parsed(text);
    if (auto const* const e = member(found, "error"); e != nullptr && e->is_object())
        return fail(errc_named(control::text(*e, "code")), control::text(*e, "message"));
    if (auto const* const r = member(found, "result")) return *r;
    return fail(errc::io, "the command's answer in the ledger cannot be read");
}

std::string progress_text(operate_progress const& p) {
    return json::serialize(
        json::object{{"counts", counts_message(p.counts)}, {"after", p.after.value}});
}

operate_progress progress_from(std::string_view text) {
    operate_progress out;
    auto const found = parsed(text);
    if (auto const* const counts = member(found, "counts")) out.counts = counts_from(*counts);
    out.after = event_no{count_of(found, "after")};
    return out;
}

json::object drain_message(int node, bool undo) {
    json::object made{{"cmd", "drain"}, {"node", node}};
    if (undo) made["undo"] = true;
    return made;
}

json::object forget_message(int node) {
    return {{"cmd", "forget"}, {"node", node}};
}

result<ledger::cluster_change> cluster_change_from(json::object const& request) {
    using kind = ledger::cluster_change::kind;
    json::value const all(request);
    auto const node = integer(all, "node");
    if (!node || *node <= 0 || *node > INT32_MAX)
        return fail(errc::usage, "the command names no node");
    auto const cmd = text(all, "cmd");
    ledger::cluster_change out;
    out.node = static_cast<int>(*node);
    if (cmd == "drain")
        out.is = flag(all, "undo") ? kind::undrain : kind::drain;
    else if (cmd == "forget")
        out.is = kind::forget;
    else
        return fail(errc::usage, "this node does not know the command \"" + cmd +
                                     "\"; is it older than the program that asks?");
    return out;
}

std::string_view endpoint_pause_value(bool resume, bool forget_rate) noexcept {
    if (!resume) return paused;
    return forget_rate ? rate_forgotten : resumed;
}

endpoint_pause_words endpoint_pause_from(std::string_view value) noexcept {
    return {value == paused, value == rate_forgotten};
}

}  // namespace setclick::control
