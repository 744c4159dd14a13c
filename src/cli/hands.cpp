#include "hands.hpp"

#include <unistd.h>

#include <boost/json/value.hpp>

#include "json_fields.hpp"
#include "own_gate.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/delivery/account_state.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/resume.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::cli {
namespace {

constexpr milliseconds patience{std::chrono::minutes{1}};

class daemon_hands final : public hands {
public:
    daemon_hands(std::string socket, control::client client)
        : socket_(std::move(socket)), client_(std::move(client)) {}

    result<ledger::operation_counts> operate(ledger::operation const& what,
                                             progress_fn const& on_progress) override {
        auto const answer = ask(operate_message(what), what.dry_run ? repeat::once : repeat::never,
                                [&](boost::json::object const& step) {
                                    if (on_progress)
                                        on_progress(counts_from(boost::json::value(step)));
                                });
        if (!answer) return answer.error();
        return counts_from(*answer);
    }
    result<std::uint64_t> apply(brake const& what) override {
        auto const answer = ask(brake_message(what), repeat::never);
        if (!answer) return answer.error();
        return count_of(*answer, "changed");
    }
    result<read_turn> pass_read(std::string const& account) override {
        auto const answer = ask({{"cmd", "pass-read"}, {"account", account}}, repeat::once);
        if (!answer) return answer.error();
        return turn_from(*answer);
    }
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override {
        auto const answer = ask(answered_message(account, facts, ago), repeat::once);
        if (!answer) return answer.error();
        return {};
    }
    result<account_token> token(std::string const& account,
                                std::optional<std::uint64_t> refused) override {
        boost::json::object request{{"cmd", "token"}, {"account", account}};
        if (refused) request["refused"] = static_cast<std::int64_t>(*refused);
        auto const answer = ask(request, repeat::once);
        if (!answer) return answer.error();
        account_token out{secret<std::string>(text(*answer, "token")), {}, 0};
        if (auto const end = integer(*answer, "expires_at_ms")) out.expires_at = from_ms(*end);
        if (auto const issue = integer(*answer, "issue"))
            out.issue = static_cast<std::uint64_t>(*issue);
        return out;
    }
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override {
        auto const answer = ask(
            {{"cmd", "keep-verdict"}, {"account", account}, {"verdict", verdict}}, repeat::once);
        if (!answer) return answer.error();
        return {};
    }
    bool is_daemon() const override { return true; }

private:
    /// Of a request on a connection that ends before its answer: whether it was carried out, nobody
    /// knows.
    enum class repeat : bool { never, once };

    /// Between two requests a page of the report may come slowly, or a person be asked, for longer
    /// than the daemon keeps a silent connection.
    result<boost::json::value> ask(boost::json::object const& request, repeat again,
                                   control::client::progress_fn const& on_progress = {}) {
        if (client_.is_closed())
            if (auto done = reconnect(); !done) return done.error();
        auto answer = client_.call(request, patience, on_progress);
        if (answer || again == repeat::never || answer.error().code != errc::unreachable ||
            !client_.is_closed())
            return answer;
        if (auto done = reconnect(); !done) return done.error();
        return client_.call(request, patience, on_progress);
    }
    result<void> reconnect() {
        auto fresh = control::client::connect(socket_);
        if (!fresh) return fresh.error();
        client_ = std::move(*fresh);
        return {};
    }

    std::string socket_;
    control::client client_;
};

class own_hands final : public hands {
public:
    own_hands(settings::settings const& s, std::unique_ptr<ledger::store> store)
        : store_(std::move(store)), gate_(s, store_.get()) {}

    result<ledger::operation_counts> operate(ledger::operation const& what,
                                             progress_fn const&) override {
        auto marked = what;
        marked.who = person();
        auto const done = ledger::operate_all(*store_, marked, wall_now());
        if (!done) return done.error();
        return done->counts;
    }

    result<std::uint64_t> apply(brake const& what) override {
        if (what.endpoint)
            return fail(errc::unreachable,
                        "the daemon does not run, and only it knows the endpoint's park; start it, "
                        "then: setclickd " +
                            std::string(what.resume ? "resume" : "pause") + " --endpoint");
        auto const accounts = store_->accounts();
        if (!accounts) return accounts.error();
        std::uint64_t changed = 0;
        bool is_known = what.all;
        for (auto const& a : *accounts) {
            if (!what.all && a.id != what.account) continue;
            is_known = true;
            auto const one = apply_to(a, what);
            if (!one) return one.error();
            changed += *one ? 1 : 0;
        }
        if (!is_known)
            return fail(errc::not_found, "the ledger knows no account " + printable(what.account));
        return changed;
    }
    result<read_turn> pass_read(std::string const& account) override { return gate_.pass(account); }
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override {
        gate_.answered(account, facts, std::chrono::steady_clock::now() - ago);
        return {};
    }
    result<account_token> token(std::string const& account, std::optional<std::uint64_t>) override {
        return fail(
            errc::unreachable,
            "the token of account " + printable(account) +
                " cannot be read by this command, and the daemon, which has it, does not run");
    }
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override {
        auto const no = store_->account(account);
        if (!no) return no.error();
        return store_->keep_verdict(*no, verdict);
    }
    bool is_daemon() const override { return false; }

private:
    /// The account's note as the daemon left it, with the change; the daemon reads it at its start.
    result<bool> apply_to(ledger::account_info const& a, brake const& what) {
        auto state = delivery::account_state_from_text(a.state);
        if (!state) return state.error();
        return what.resume ? resume(a.no, std::move(*state), what.accept_rejections)
                           : pause(a.no, std::move(*state));
    }

    result<bool> pause(account_no no, delivery::account_state state) {
        if (!delivery::pause(state, wall_now())) return false;
        if (auto done = store_->cycle(request_of(no, state)); !done) return done.error();
        return true;
    }

    /// As the daemon does it, also for an account that was not stopped: what was put off while it
    /// was need not wait for its time.
    result<bool> resume(account_no no, delivery::account_state state, bool accept_rejections) {
        auto const resumed = delivery::resume(state, accept_rejections);
        if (auto woken = operate(ledger::wake_deferred(no, "resume"), {}); !woken)
            return woken.error();
        if (!resumed.was_stopped) return false;
        auto const returned = ledger::return_rejected(*store_, resumed.refused, person(),
                                                      request_of(no, state));
        if (!returned) return returned.error();
        return true;
    }

    static ledger::cycle_request request_of(account_no no, delivery::account_state const& state) {
        ledger::cycle_request request;
        request.now = wall_now();
        request.notes.push_back({no, to_text(state)});
        return request;
    }
    static std::string person() { return "uid " + std::to_string(::getuid()); }

    std::unique_ptr<ledger::store> store_;
    own_gate gate_;
};

/// Nothing but a gate.
class bare_hands final : public hands {
public:
    explicit bare_hands(settings::settings const& s) : gate_(s, nullptr) {}

    result<ledger::operation_counts> operate(ledger::operation const&,
                                             progress_fn const&) override {
        return no_ledger();
    }
    result<std::uint64_t> apply(brake const&) override { return no_ledger(); }
    result<read_turn> pass_read(std::string const& account) override { return gate_.pass(account); }
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override {
        gate_.answered(account, facts, std::chrono::steady_clock::now() - ago);
        return {};
    }
    result<account_token> token(std::string const&, std::optional<std::uint64_t>) override {
        return no_ledger();
    }
    result<void> keep_verdict(std::string const&, std::string const&) override {
        return no_ledger();
    }
    bool is_daemon() const override { return false; }

private:
    static error no_ledger() {
        return fail(errc::unreachable,
                    "there is no ledger yet: it is made by the daemon's first start");
    }
    own_gate gate_;
};

}  // namespace

result<std::unique_ptr<hands>> hands::find(settings::settings const& s) {
    auto client = control::client::connect(s.control_socket);
    if (client)
        return std::unique_ptr<hands>(
            std::make_unique<daemon_hands>(s.control_socket, std::move(*client)));
    if (client.error().code != errc::unreachable) return client.error();
    // Opening a store would make one; a ledger is only made by the daemon.
    if (auto const there = ledger::reader::open(s.ledger.path); !there) return there.error();
    ledger::options options;
    options.path = s.ledger.path;
    options.identity_window = s.dedupe.window;
    auto store = ledger::store::open(options);
    if (!store) return store.error();
    return std::unique_ptr<hands>(std::make_unique<own_hands>(s, std::move(*store)));
}

result<std::unique_ptr<hands>> hands::find_for_reading(settings::settings const& s) {
    auto found = find(s);
    if (!found && found.error().code == errc::not_found)
        return std::unique_ptr<hands>(std::make_unique<bare_hands>(s));
    return found;
}

}  // namespace setclick::cli
