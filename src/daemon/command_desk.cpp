#include "command_desk.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/operations/stopped_account.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
namespace json = boost::json;
using telemetry::level;
using telemetry::log_line;
using priority = ledger::writer::priority;

namespace {

/// Who asks for a permit does not wait for longer, so that one would be lost to nobody.
constexpr milliseconds oldest_permit{60'000};

}  // namespace

struct command_desk::running {
    ledger::node_command command;
    bool is_stray = false;
    bool is_read = false;  // one of many, of no interest in the log
    ledger::operation what{};
    control::operate_progress at{};
};

template <class Task, class Then>
void command_desk::on_ledger(priority when, Task task, Then then) {
    with_.writer.post(
        when, [this, task = std::move(task), then = std::move(then)](ledger::store& store) mutable {
            asio::post(with_.context, [done = task(store), then = std::move(then)]() mutable {
                then(std::move(done));
            });
        });
}

void command_desk::offered(std::vector<ledger::node_command> own,
                           std::vector<ledger::node_command> strays,
                           ledger::endpoint_pause const& pause) {
    if (has_stopped_) return;
    see_pause(pause);
    for (auto const no : std::vector(took_.begin(), took_.end()))
        if (!queue_.is_busy(no)) give_back(no, [] {});
    std::vector<ledger::node_command> all = own;
    all.insert(all.end(), strays.begin(), strays.end());
    std::ranges::sort(all, {}, &ledger::node_command::id);
    for (auto& c : queue_.offered(std::move(all))) {
        bool const is_stray =
            std::ranges::find(strays, c.id, &ledger::node_command::id) != strays.end();
        begin(std::move(c), is_stray);
    }
}

void command_desk::begin(ledger::node_command command, bool is_stray) {
    auto const w = std::make_shared<running>();
    w->command = std::move(command);
    w->is_stray = is_stray;
    is_stray ? take(w) : serve(w);
}

/// Nobody can send for the account: it is this node's until the command is done.
void command_desk::take(work const& w) {
    auto const no = w->command.account;
    auto task = [no](ledger::store& store) { return store.take_over(std::array{no}, wall_now()); };
    on_ledger(priority::delivery, std::move(task),
              [this, w](result<ledger::taken_accounts> const& taken) {
                  if (!taken) return end(w, taken.error());
                  if (taken->accounts.empty())
                      return end(w, fail(errc::not_found, "another node has it"));
                  took_.insert(w->command.account);
                  serve(w);
              });
}

void command_desk::serve(work const& w) {
    auto const request = control::request_from(w->command.request);
    if (!request) return answered(w, request.error());
    auto const cmd = control::text(json::value(*request), "cmd");
    if (cmd == "operate") return operate(w, *request);
    if (cmd == "pause" || cmd == "resume") return pause_or_resume(w, *request);
    if (w->command.account != account_no{}) return read(w, cmd, *request);
    auto const change = control::cluster_change_from(*request);
    if (!change) return answered(w, change.error());
    change_cluster(w, *change, json::object{});
}

// ---- over many events ----

void command_desk::operate(work const& w, json::object const& request) {
    auto what = control::operation_from(request, w->command.who);
    if (!what) return answered(w, what.error());
    w->what = std::move(*what);
    // Each account's part is a command of its own.
    w->what.filter.account = w->command.account;
    w->at = control::progress_from(w->command.progress);
    operate_slice(w);
}

void command_desk::operate_slice(work const& w) {
    if (has_stopped_) return;
    ledger::command_slice slice{w->command.id, w->command.account, w->what, w->at.after, {}};
    slice.note = [before = w->at](ledger::operation_slice const& now) {
        auto at = before;
        at.counts += now.counts;
        at.after = now.next;
        ledger::command_note note{control::progress_text(at), {}, now.done};
        if (now.done)
            note.answer = control::answer_text(json::value(control::counts_message(at.counts)));
        return note;
    };
    auto task = [slice = std::move(slice)](ledger::store& store) {
        return store.carry_out(slice, wall_now());
    };
    on_ledger(priority::import, std::move(task),
              [this, w](result<ledger::operation_slice> done) { operated(w, std::move(done)); });
}

void command_desk::operated(work const& w, result<ledger::operation_slice> done) {
    if (!done) return end(w, done.error());
    with_.deliver.depths_changed(done->depths);
    if (!done->complete_files.empty()) wiring_.complete(std::move(done->complete_files));
    if (done->done) return end(w, {});
    w->at.counts += done->counts;
    w->at.after = done->next;
    operate_slice(w);
}

// ---- pause and resume ----

void command_desk::pause_or_resume(work const& w, json::object const& request) {
    auto const what = control::pause_from(request);
    if (!what) return answered(w, what.error());
    if (what->endpoint) return pause_endpoint(w, *what);
    auto const no = w->command.account;
    auto& deliver = with_.deliver;
    if (w->is_stray || deliver.is_elsewhere(no)) return change_stopped(w, *what);
    bool const forgot = what->forget_rate && deliver.forget_rate(no);
    bool const went =
        what->resume ? deliver.resume(no, what->accept_rejections) : deliver.pause(no);
    json::object counted{{"changed", forgot || went ? 1 : 0}};
    // "Done" would be a lie while a kill could still undo it.
    deliver.when_kept([this, w, counted = std::move(counted)](result<void> const& kept) {
        kept ? answered(w, json::value(counted)) : end(w, kept);
    });
}

/// Of an account that this node has and does not send for.
void command_desk::change_stopped(work const& w, control::pause_request const& what) {
    auto task = [what, no = w->command.account,
                 who = w->command.who](ledger::store& store) -> result<bool> {
        auto const accounts = store.accounts();
        if (!accounts) return accounts.error();
        for (auto const& a : *accounts)
            if (a.no == no) return operations::change_stopped_account(store, a, what, who);
        return fail(errc::not_found, "the ledger does not know the account any more");
    };
    on_ledger(priority::import, std::move(task), [this, w](result<bool> const& changed) {
        if (!changed) return end(w, changed.error());
        answered(w, json::value(json::object{{"changed", *changed ? 1 : 0}}));
    });
}

void command_desk::pause_endpoint(work const& w, control::pause_request const& what) {
    auto& deliver = with_.deliver;
    bool const was_paused = control::endpoint_pause_from(pause_.value).is_paused;
    bool const forgot = what.forget_rate && deliver.forget_endpoint_rate();
    bool const went = what.resume ? deliver.resume_endpoint() : deliver.pause_endpoint();
    bool const changed = forgot || went || was_paused == what.resume;
    ledger::cluster_change change;
    change.is = ledger::cluster_change::kind::set_endpoint_pause;
    change.pause = control::endpoint_pause_value(what.resume, what.forget_rate);
    change_cluster(w, std::move(change), json::object{{"changed", changed ? 1 : 0}});
}

/// Another node's pause or resume of the endpoint: done here, and only then acknowledged.
void command_desk::see_pause(ledger::endpoint_pause const& pause) {
    pause_ = pause;
    if (pause.seen >= pause.version || is_keeping_pause_) return;
    if (did_pause_ < pause.version) {
        auto const words = control::endpoint_pause_from(pause.value);
        if (words.forget_rate) with_.deliver.forget_endpoint_rate();
        words.is_paused ? with_.deliver.pause_endpoint() : with_.deliver.resume_endpoint();
        did_pause_ = pause.version;
    }
    is_keeping_pause_ = true;
    with_.deliver.when_kept([this, version = pause.version](result<void> const& kept) {
        is_keeping_pause_ = false;
        if (!kept || has_stopped_) return;
        is_keeping_pause_ = true;
        auto task = [version](ledger::store& store) { return store.saw_endpoint_pause(version); };
        on_ledger(priority::delivery, std::move(task),
                  [this](result<void> const&) { is_keeping_pause_ = false; });
    });
}

// ---- all nodes ----

void command_desk::change_cluster(work const& w, ledger::cluster_change what,
                                  json::value answered_with) {
    auto task = [id = w->command.id, what = std::move(what),
                 text = control::answer_text(std::move(answered_with))](ledger::store& store) {
        return store.change_cluster(id, what, text);
    };
    on_ledger(priority::delivery, std::move(task), [this, w](result<void> const& done) {
        if (!done && done.error().code == errc::invalid_data)
            return answered(w, fail(errc::refused, done.error().message));
        end(w, done);
    });
}

// ---- for comparisons with the vendor's report ----

void command_desk::read(work const& w, std::string_view cmd, json::object const& request) {
    json::value const all(request);
    auto const id = control::text(all, "account");
    w->is_read = true;
    auto const to_main = [this, w](answer const& found) {
        asio::post(with_.context, [this, w, found] { answered(w, found); });
    };
    if (cmd == "pass-read") {
        if (w->command.age > oldest_permit)
            return answered(w, fail(errc::busy, "nobody carried it out for too long; ask again"));
        if (w->is_stray)
            return answered(w, fail(errc::busy,
                                    "no node can call for this account now: none has a "
                                    "token for it"));
        with_.reads.pass_read(id, [to_main](result<control::read_permit> const& permit) {
            permit ? to_main(json::value(control::permit_message(*permit)))
                   : to_main(permit.error());
        });
    } else if (cmd == "read-answered") {
        auto facts = control::answered_from(request);
        facts.ago += w->command.age;
        auto const done = with_.reads.read_answered(id, facts);
        answered(w, done ? answer(json::value(json::object{})) : answer(done.error()));
    } else if (cmd == "keep-verdict") {
        with_.reads.keep_verdict(
            id, control::text(all, "verdict"), [to_main](result<void> const& done) {
                done ? to_main(json::value(json::object{})) : to_main(done.error());
            });
    } else {
        answered(w, fail(errc::usage, "this node does not know the command \"" + std::string(cmd) +
                                          "\"; is it older than the program that asks?"));
    }
}

// ---- the end ----

void command_desk::answered(work const& w, answer const& with) {
    auto task = [id = w->command.id, text = control::answer_text(with)](ledger::store& store) {
        return store.answer(id, text);
    };
    on_ledger(priority::import, std::move(task),
              [this, w](result<void> const& written) { end(w, written); });
}

void command_desk::end(work const& w, result<void> const& written) {
    // Somebody else's, or done already: the ledger does not offer it again.
    bool const is_over = written || written.error().code == errc::not_found || has_stopped_;
    auto const ended = [this, w, is_done = written.has_value()] {
        queue_.ended(w->command, is_done);
        if (is_done && !has_stopped_) wiring_.look();
    };
    if (written && !w->is_read)
        log_line(level::info, "a command that was given through the ledger is carried out",
                 {{"command", w->command.id},
                  {"account", static_cast<std::uint32_t>(w->command.account)},
                  {"by", w->command.who}});
    if (!is_over)
        log_line(level::warn, "a command that was given through the ledger waits",
                 {{"command", w->command.id}, {"error", written.error().message}});
    took_.contains(w->command.account) ? give_back(w->command.account, ended) : ended();
}

/// Where that fails it is tried again with the next look.
void command_desk::give_back(account_no no, std::function<void()> then) {
    if (has_stopped_) return then();
    auto task = [no](ledger::store& store) { return store.give_up(std::array{no}); };
    on_ledger(priority::delivery, std::move(task),
              [this, no, then = std::move(then)](result<void> const& given) {
                  if (given || given.error().code == errc::invalid_data) took_.erase(no);
                  then();
              });
}

}  // namespace setclick::daemon
