// What the control socket is asked.
#include <boost/asio/post.hpp>

#include <unistd.h>

#include "instance.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/control/messages.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

std::string_view text_of(json::object const& o, std::string_view key) {
    auto const* const v = o.if_contains(key);
    return v != nullptr && v->is_string() ? std::string_view(v->get_string()) : std::string_view{};
}

}  // namespace

/// A person's command that is carried out slice by slice, so that delivery goes on in between.
struct running_operation {
    ledger::operation what;
    ledger::operation_counts counts;
    event_no after{};
    control::reply to;
};

void instance::on_request(json::object request, control::peer from, control::reply to) {
    auto const cmd = text_of(request, "cmd");
    if (cmd == "status") {
        auto const now = std::chrono::steady_clock::now();
        auto const uptime = std::chrono::duration_cast<milliseconds>(now - started_);
        return to.result(
            control::status_message(deliver_->status(), ::getpid(), uptime, now, wall_now()));
    }
    if (stopping_)
        return to.error(fail(errc::busy, "the daemon is ending; try again when it runs"));
    if (cmd == "operate") return on_operate(request, from, std::move(to));
    if (cmd == "pause" || cmd == "resume") return on_pause(request, to);
    if (cmd == "reload") return reload(std::move(to));
    if (on_read(cmd, request, from, to)) return;
    to.error(fail(errc::usage, "this daemon does not know the command \"" + std::string(cmd) +
                                   "\"; is it older than the program that asks? Restart it"));
}

void instance::on_operate(json::object const& request, control::peer from, control::reply to) {
    auto what = control::operation_from(request, "uid " + std::to_string(from.uid));
    if (what.has_error()) return to.error(what.error());
    operate_slice(std::make_shared<running_operation>(
        running_operation{std::move(*what), {}, {}, std::move(to)}));
}

void instance::operate_slice(std::shared_ptr<running_operation> job) {
    writer_->post(ledger::writer::priority::import, [this, job](ledger::store& store) {
        auto const slice = std::make_shared<result<ledger::operation_slice>>(
            store.operate(job->what, job->after, wall_now()));
        asio::post(context_, [this, job, slice] {
            if (slice->has_error()) return job->to.error(slice->error());
            auto& s = **slice;
            job->counts += s.counts;
            job->after = s.next;
            deliver_->depths_changed(s.depths);
            if (!s.complete_files.empty() && intake_)
                intake_->complete(ledger::numbers_of(s.complete_files));
            if (s.done) return job->to.result(control::counts_message(job->counts));
            job->to.progress(control::counts_message(job->counts));
            operate_slice(job);
        });
    });
}

void instance::on_pause(json::object const& request, control::reply const& to) {
    auto const what = control::pause_from(request);
    if (what.has_error()) return to.error(what.error());
    std::uint64_t changed = 0;
    auto const apply = [&](account_no no) {
        if (what->resume ? deliver_->resume(no, what->accept_rejections) : deliver_->pause(no))
            ++changed;
    };
    if (!what->account.empty()) {
        auto const known = numbers_.find(what->account);
        if (known == numbers_.end())
            return to.error(fail(errc::not_found, "no account is called \"" + what->account +
                                                      "\"; `setclickd status` lists them"));
        apply(known->second);
    }
    if (what->all)
        for (auto const& a : settings_.accounts)
            apply(numbers_.at(a.id));
    if (what->endpoint || (what->all && what->resume))
        if (what->resume ? deliver_->resume_endpoint() : deliver_->pause_endpoint()) ++changed;
    // "Done" would be a lie while a kill could still undo it.
    deliver_->when_kept([to, changed](result<void> kept) {
        if (!kept.has_error()) return to.result(json::object{{"changed", changed}});
        to.error(fail(kept.error().code,
                      "it holds now, but is not written down yet, so a restart would forget it: " +
                          kept.error().message + ". Writing is tried once a second"));
    });
}

}  // namespace setclick::daemon
