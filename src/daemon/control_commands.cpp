#include "control_commands.hpp"

#include <boost/asio/co_spawn.hpp>

#include <unistd.h>

#include <exception>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/async/ledger_call.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/control/log_lines.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/telemetry/recent_lines.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

std::string_view text_of(json::object const& o, std::string_view key) {
    auto const* const v = o.if_contains(key);
    return v != nullptr && v->is_string() ? std::string_view(v->get_string()) : std::string_view{};
}

}  // namespace

void control_commands::on_request(json::object request, control::peer from, control::reply to) {
    auto const cmd = text_of(request, "cmd");
    if (cmd == "status") return to.result(status());
    if (cmd == "log")
        return to.result(
            control::lines_message(telemetry::recent_lines(control::lines_wanted_after(request))));
    if (stopped_) return to.error(fail(errc::busy, "the daemon is ending; try again when it runs"));
    if (cmd == "operate") return on_operate(request, from, std::move(to));
    if (cmd == "pause" || cmd == "resume") return on_pause_or_resume(request, to);
    if (cmd == "reload") return with_.reload.ask(std::move(to));
    if (with_.reads.on_request(cmd, request, from, to)) return;
    to.error(fail(errc::usage, "this daemon does not know the command \"" + std::string(cmd) +
                                   "\"; is it older than the program that asks? Restart it"));
}

json::object control_commands::status() const {
    auto const now = std::chrono::steady_clock::now();
    auto const uptime = std::chrono::duration_cast<milliseconds>(now - started_);
    auto const counts = with_.intake.left_alone();
    std::map<std::string_view, std::uint64_t> left;
    for (std::size_t i = 0; i < counts.size(); ++i)
        left[spool::name_of(static_cast<spool::left_reason>(i))] = counts[i];
    auto out = control::status_message(known_(), ::getpid(), uptime, now, wall_now(), left);
    out["ending"] = stopped_;
    out["stalled_disk"] = with_.stalled_disk();
    return out;
}

void control_commands::on_operate(json::object const& request, control::peer from,
                                  control::reply to) {
    auto what = control::operation_from(request, "uid " + std::to_string(from.uid));
    if (what.has_error()) return to.error(what.error());
    asio::co_spawn(with_.context, operate(std::move(*what), std::move(to)),
                   [](std::exception_ptr const& thrown) {
                       if (thrown) std::rethrow_exception(thrown);
                   });
}

/// Between two slices the ledger's thread is delivery's, and the client hears how far it is.
asio::awaitable<void> control_commands::operate(ledger::operation what, control::reply to) {
    ledger::operation_counts counts;
    std::set<account_no> elsewhere;
    event_no after{};
    for (;;) {
        auto slice = [&what, after](ledger::store& store) {
            return store.operate(what, after, wall_now());
        };
        auto done = co_await async::ledger_call(with_.writer, ledger::writer::priority::import,
                                                std::move(slice));
        if (done.has_error()) {
            to.error(done.error());
            co_return;
        }
        counts += done->counts;
        after = done->next;
        if (!what.dry_run) elsewhere.insert(done->elsewhere.begin(), done->elsewhere.end());
        with_.deliver.depths_changed(done->depths);
        if (!done->complete_files.empty()) with_.intake.complete(std::move(done->complete_files));
        if (done->done) break;
        to.progress(control::counts_message(counts));
    }
    auto answer = control::counts_message(counts);
    control::add_elsewhere(answer, {elsewhere.begin(), elsewhere.end()});
    to.result(std::move(answer));
}

void control_commands::on_pause_or_resume(json::object const& request, control::reply const& to) {
    auto const what = control::pause_from(request);
    if (what.has_error()) return to.error(what.error());
    auto& deliver = with_.deliver;
    if (what->endpoint && with_.is_shared)
        return to.error(fail(errc::refused,
                             "the endpoint's pause is shared by all nodes: it is given through the "
                             "ledger, as `setclickd pause --endpoint` does"));
    std::uint64_t changed = 0;
    std::vector<account_no> elsewhere;
    auto const apply = [&](account_no no) {
        if (deliver.is_elsewhere(no)) {
            elsewhere.push_back(no);
            return;
        }
        bool const forgot = what->forget_rate && deliver.forget_rate(no);
        bool const went =
            what->resume ? deliver.resume(no, what->accept_rejections) : deliver.pause(no);
        if (went || forgot) ++changed;
    };
    if (!what->account.empty()) {
        auto const known = with_.config.number_of(what->account);
        if (!known)
            return to.error(fail(errc::not_found, "no account is called \"" + what->account +
                                                      "\"; `setclickd status` lists them"));
        apply(*known);
    }
    if (what->all)
        for (auto const no : with_.config.configured_numbers())
            apply(no);
    if (what->endpoint || (what->all && what->resume && !with_.is_shared)) {
        bool const forgot = what->forget_rate && deliver.forget_endpoint_rate();
        bool const went = what->resume ? deliver.resume_endpoint() : deliver.pause_endpoint();
        if (went || forgot) ++changed;
    }
    // "Done" would be a lie while a kill could still undo it.
    deliver.when_kept([to, changed, elsewhere](result<void> kept) {
        if (!kept.has_error()) {
            json::object answer{{"changed", changed}};
            control::add_elsewhere(answer, elsewhere);
            return to.result(std::move(answer));
        }
        to.error(fail(kept.error().code,
                      "it holds now, but is not written down yet, so a restart would forget it: " +
                          kept.error().message + ". Writing is tried once a second"));
    });
}

}  // namespace setclick::daemon
