// A world for dispatch_control: a ledger that counts, a pool whose connections break, a server with
// moods, a disk that fills, two clocks, and people. Everything random comes from one seed; time
// passes only to the next thing that happens.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "setclickd/delivery/call_permit.hpp"
#include "setclickd/delivery/dispatch_control.hpp"
#include "timeline.hpp"

namespace setclick::delivery {

class dispatch_world {
public:
    enum class mood {
        well,
        slow,
        closes,
        resets,
        fails,
        bad_gateway,
        unreadable,
        throttles,
        refuses_token,
        moved,
        down
    };
    static constexpr std::uint64_t moods = 11;

    dispatch_world(std::uint64_t seed, int accounts, int connections)
        : random_(seed), most_(static_cast<std::size_t>(connections)) {
        all.set_connections(most_);
        endpoint_control_settings common;
        common.accounts = static_cast<std::size_t>(accounts);
        common.probes = {2s, 20s};
        common.retry_cap = 10s;
        if (chance(4)) common.gate.rate_per_minute = 600;
        all.endpoint().configure(t.now, common);
        for (int i = 1; i <= accounts; ++i) {
            account_settings s;
            double const rates[] = {0, 0, 60, 3000};
            s.gate.rate_per_minute = rates[below(4)];
            s.gate.burst = 1 + static_cast<int>(below(10));
            s.retry = {500ms, 10s, 2, 100ms};
            s.probes = {2s, 20s};
            s.unavailable_for = 5s;
            s.refresh_wait = 5s;
            s.in_doubt = chance(3) ? doubt_policy::hold : doubt_policy::resend;
            s.max_in_doubt = 1 + static_cast<int>(below(4));
            auto& a = all.add(account_no{static_cast<std::uint32_t>(i)}, s, seed + 7);
            a.has_credential = true;
            left_[a.no] = {};
        }
    }

    // ---- what happens from outside ----

    void import(account_no no, std::uint64_t count) {
        left_[no].waiting += count;
        tell_queue(no);
        news();
    }
    void be(mood m) { mood_ = m; }
    void set_policy(doubt_policy policy) {
        for (auto const& a : all.accounts())
            if (a) {
                auto s = a->control.settings();
                s.in_doubt = policy;
                a->control.configure(t.now, s);
            }
    }
    /// As a server that is reloaded: what is idle closes, what is busy too when `hard`.
    void close_connections(bool hard) {
        auto const busy = std::exchange(busy_, {});
        idle_ = 0;
        for (auto const& b : busy)
            if (hard)
                end(b, broken(transport_failure::reset, wire_phase::sent));
            else
                busy_.push_back(b);
        told_ = true;  // a pool asks for work when a connection has ended
    }
    /// As a reload of the daemon: idle and opening connections close, then it asks for work.
    void configure_pool() {
        idle_ = 0;
        opening_.clear();
        told_ = true;
    }
    void random_command() {
        auto& a = *all.find(account_no{1 + static_cast<std::uint32_t>(below(left_.size()))});
        switch (below(9)) {
            case 0:
                a.control.pause(t.wall);
                give_back(a);
                all.note_due();
                break;
            case 1:
                resume(a);
                break;
            case 2:
                all.endpoint().pause(t.wall);
                give_back_all();
                break;
            case 3:
                resume_endpoint();
                break;
            case 4:  // its token was taken away
                a.has_credential = false;
                give_back(a);
                all.reconsider(a, t.wall);
                break;
            case 5:
                a.has_credential = true;
                a.control.credential_changed(t.now);
                all.endpoint().wake(t.now);
                all.reconsider(a, t.wall);
                break;
            case 6:
                is_disk_full_ = !is_disk_full_;
                break;
            case 7: {  // a read stands at the gate
                a.control.gate().expect_report(true);
                a.read_until = t.now + 1s;
                break;
            }
            case 8: {
                auto s = a.control.settings();
                s.gate.rate_per_minute = chance(2) ? 0 : 120;
                a.control.configure(t.now, s);
                all.reconsider(a, t.wall);
                break;
            }
        }
        news();
    }
    void jump(milliseconds by) {
        t.wall += by;
        news();
    }
    /// The server is well, the disk has room, and people have done what is theirs.
    void mend() {
        mood_ = mood::well;
        is_disk_full_ = false;
        for (auto const& a : all.accounts())
            if (a) {
                a->has_credential = true;
                a->is_configured = true;
                resume(*a);
            }
        resume_endpoint();
        news();
    }

    // ---- time ----

    /// To the next thing that happens; false when nothing ever will.
    bool step() {
        auto const next = next_time();
        if (next == never) return false;
        if (next > t.now) t.advance(std::chrono::ceil<milliseconds>(next - t.now));
        pool_turn();
        end_reports();
        if (cycle_ends_ && *cycle_ends_ <= t.now) end_cycle();
        if (t.now >= wait_.until || is_news_) loop();
        return true;
    }
    void run(milliseconds time, int most_steps = 2000) {
        auto const until = t.now + time;
        while (most_steps-- > 0 && next_time() <= until && step() && fault_.empty())
            ;
        if (t.now < until) t.advance(std::chrono::ceil<milliseconds>(until - t.now));
        news();
        loop();
    }

    // ---- what is asked afterwards ----

    bool all_final() const {
        return std::ranges::all_of(left_, [](auto const& l) {
            return l.second.waiting + l.second.deferred.size() + l.second.claimed == 0;
        });
    }
    std::string left() const {
        std::string out;
        for (auto const& [no, l] : left_) {
            auto const w = wait_of(all, *all.find(no), view(), t.now, t.wall);
            out += " account " + std::to_string(static_cast<unsigned>(no)) + ": " +
                   std::to_string(l.waiting) + " waiting, " + std::to_string(l.deferred.size()) +
                   " deferred, " + std::to_string(l.claimed) + " claimed, waits for " +
                   name_of(w.why) + ";";
        }
        return out + " all wait for " + name_of(wait_.why) + ", connections " +
               std::to_string(idle_) + " idle, " + std::to_string(busy_.size()) + " busy, " +
               std::to_string(opening_.size()) + " opening";
    }
    /// The first breach of the invariant; empty for none.
    std::string const& fault() const { return fault_; }
    std::uint64_t attempts() const { return attempts_; }
    std::uint64_t held() const { return held_; }
    std::uint64_t reports() const { return reports_made_; }

    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    bool chance(std::uint64_t one_in) { return below(one_in) == 0; }

    dispatch_control all;
    timeline t;

private:
    struct ledger_account {
        std::uint64_t waiting = 0;
        std::uint64_t claimed = 0;
        std::vector<wall_time> deferred;
    };
    struct exchange {
        account_no account{};
        steady_time begun{};
        steady_time ends{};
        int attempt = 1;
        bool reused = false;
    };
    struct report {
        account_no account{};
        steady_time ends{};
    };
    struct deferral {
        account_no account{};
        wall_time due{};
    };

    connection_view view() const { return {opening_.size(), idle_, busy_.size()}; }
    void news() { is_news_ = true; }

    void resume(account_flow& a) {
        static_cast<void>(a.control.resume(t.now, true));
        retry_deferred(a.no);
        all.endpoint().wake(t.now);
        all.reach().try_now(t.now);
        all.reconsider(a, t.wall);
    }
    void resume_endpoint() {
        all.endpoint().resume();
        all.reach().try_now(t.now);
        all.reconsider_all(t.now, t.wall);
    }
    void retry_deferred(account_no no) {
        auto& l = left_[no];
        l.waiting += l.deferred.size();
        l.deferred.clear();
        tell_queue(no);
    }
    void tell_queue(account_no no) {
        auto& l = left_[no];
        ledger_queue q;
        q.waiting = l.waiting;
        q.deferred = l.deferred.size();
        if (q.deferred > 0) {
            q.next_due = *std::ranges::min_element(l.deferred);
            q.last_due = *std::ranges::max_element(l.deferred);
        }
        all.know_queue(*all.find(no), q, t.wall);
    }
    void give_back(account_flow& a) {
        auto const n = static_cast<std::uint64_t>(all.give_back(a));
        for (std::uint64_t i = 0; i < n; ++i) {
            all.group().answered(t.now);
            returned_.push_back(a.no);
        }
    }
    void give_back_all() {
        for (auto const& a : all.accounts())
            if (a) give_back(*a);
    }

    // The dispatch loops.
    void loop() {
        is_news_ = false;
        if (all.wake(t.now, t.wall)) told_ = true;
        if (all.is_cycle_due(t.now)) begin_cycle();
        ask_reports();
        wait_ = next_wake(all, view(), t.now, t.wall);
        if (wait_.until <= t.now) wait_.until = t.now + 1ms;
        check();
    }
    void ask_reports() {
        for (auto const& a : all.accounts()) {
            if (!a || !permit_probing_report(all, *a, t.now)) continue;
            ++reports_made_;
            reports_.push_back({a->no, t.now + milliseconds(1 + below(3000))});
        }
    }
    void end_reports() {
        auto const asked = std::exchange(reports_, {});
        for (auto const& r : asked) {
            if (r.ends > t.now) {
                reports_.push_back(r);
                continue;
            }
            bool const own = mood_ == mood::well || mood_ == mood::slow || mood_ == mood::closes ||
                             mood_ == mood::refuses_token || mood_ == mood::throttles;
            // Some are lost, as when the daemon's own call never ends.
            if (!chance(20))
                all.find(r.account)->control.report_ended(
                    t.now, own ? report_word::own : report_word::none);
            all.note_due();
            news();
        }
    }
    void begin_cycle() {
        std::vector<claim_grant> wishes;
        if (all.group().settling() == 0) {
            all.plan_claims(t.now, all.group().filling() > 0, wishes);
            wishes_ = wishes;
            settle_ = std::exchange(answered_, {});
            back_ = std::exchange(returned_, {});
            all.group().taken();
        }
        all.cycle_began();
        for (auto const& a : all.accounts())
            if (a) a->control.saved();
        all.endpoint().saved();
        cycle_ends_ = t.now + milliseconds(chance(40) ? 5000 : 1 + below(15));
        cycle_fails_ = is_disk_full_;
    }
    void end_cycle() {
        cycle_ends_.reset();
        all.cycle_ended();
        if (cycle_fails_) {
            if (chance(2))
                all.disk().failed(t.now);
            else
                all.disk().locked(t.now, "locked by somebody");
            for (auto const& w : wishes_)
                all.not_claimed(*all.find(w.account), w.count);
            for (auto const& w : wishes_)
                tell_queue(w.account);
            wishes_.clear();
            all.note_due();
            if (settle_.empty() && back_.empty()) all.group().settled();
            return news();
        }
        all.disk().wrote();
        if (!wishes_.empty()) all.disk().claimed();
        all.group().settled();
        std::vector<account_no> touched;
        for (auto const& d : std::exchange(settle_, {})) {
            auto& l = left_[d.account];
            --l.claimed;
            if (d.due == wall_time::max())
                ;  // final
            else if (d.due <= t.wall)
                ++l.waiting;
            else
                l.deferred.push_back(d.due);
            touched.push_back(d.account);
        }
        for (auto const no : std::exchange(back_, {})) {
            --left_[no].claimed;
            ++left_[no].waiting;
            touched.push_back(no);
        }
        for (auto const& w : std::exchange(wishes_, {})) {
            auto& l = left_[w.account];
            // As the ledger does: the deferred ones that are due are claimed too.
            std::erase_if(l.deferred, [&](wall_time due) {
                if (due > t.wall &&
                    due <= latest_due(t.wall, all.find(w.account)->control.longest_deferral()))
                    return false;
                ++l.waiting;
                return true;
            });
            auto const n = std::min<std::uint64_t>(l.waiting, static_cast<std::uint64_t>(w.count));
            l.waiting -= n;
            l.claimed += n;
            auto& a = *all.find(w.account);
            if (n > 0 && all.claimed(a, static_cast<int>(n), t.now) == claimed_events::give_back)
                give_back(a);
            if (auto const missing = w.count - static_cast<int>(n); missing > 0)
                all.not_claimed(a, missing);
            touched.push_back(w.account);
        }
        for (auto const no : touched)
            tell_queue(no);
        if (all.reach().is_unreached() && view().open() == 0) give_back_all();
        told_ = true;
        news();
    }

    // The pool.
    void pool_turn() {
        for (std::size_t i = 0; i < busy_.size();) {
            if (busy_[i].ends > t.now) {
                ++i;
                continue;
            }
            auto const ended = busy_[i];
            busy_.erase(busy_.begin() + static_cast<std::ptrdiff_t>(i));
            bool const stays = answer_of(ended);
            if (stays) ++idle_;
            told_ = true;
        }
        for (std::size_t i = 0; i < opening_.size();) {
            if (opening_[i] > t.now) {
                ++i;
                continue;
            }
            opening_.erase(opening_.begin() + static_cast<std::ptrdiff_t>(i));
            if (mood_ == mood::down) {
                all.reach().open_failed(t.now, view().open() > 0, "connection refused");
                if (all.reach().is_unreached()) give_back_all();
            } else {
                ++idle_;
                all.reach().opened();
            }
            told_ = true;
            news();
        }
        if (!std::exchange(told_, false)) return;
        while (idle_ > 0) {
            auto* const a = all.next_to_send(t.now);
            if (a == nullptr) break;
            all.begin(*a, t.now);
            --idle_;
            ++attempts_;
            exchange e;
            e.account = a->no;
            e.begun = t.now;
            e.attempt = 1 + static_cast<int>(below(3));
            e.reused = chance(2);
            e.ends = t.now + milliseconds(mood_ == mood::slow ? 50 + below(5000) : 1 + below(30));
            busy_.push_back(e);
        }
        wait_.until = std::min(wait_.until, all.next_look());
        auto const wanted = all.wanted(t.now, t.wall);
        auto const coming = opening_.size() + idle_;
        for (auto n = coming; n < wanted && view().all() < most_; ++n)
            opening_.push_back(t.now + milliseconds(1 + below(20)));
    }
    /// True when the connection stays open.
    bool answer_of(exchange const& e) {
        switch (mood_) {
            case mood::well:
            case mood::slow:
                end(e, accepted());
                return true;
            case mood::closes:
                end(e, e.reused ? broken(transport_failure::closed, wire_phase::not_sent, true)
                                : accepted());
                return false;
            case mood::resets:
                end(e, broken(transport_failure::reset,
                              chance(2) ? wire_phase::sent : wire_phase::not_sent, e.reused));
                return false;
            case mood::fails:
                end(e, chance(3) ? unavailable(503, 2s) : unavailable(500));
                return true;
            case mood::bad_gateway:
                end(e, unavailable(502));
                return false;
            case mood::unreadable:
                end(e, answer(200, api::verdict::foreign_content));
                return true;
            case mood::throttles:
                end(e, chance(2) ? throttled(1s) : throttled());
                return true;
            case mood::refuses_token:
                end(e, chance(2) ? unauthorised() : forbidden());
                return true;
            case mood::moved:
                end(e, chance(3) ? refused(400) : not_found());
                return true;
            case mood::down:
                end(e, broken(transport_failure::reset, wire_phase::sent));
                return false;
        }
        return false;
    }
    void end(exchange const& e, attempt_outcome const& outcome) {
        auto& a = *all.find(e.account);
        auto const d = all.ended(a, t.now, t.wall, outcome,
                                 {event_no::of(a.no, ++event_), e.attempt, e.begun});
        news();
        if (d.made.what == disposition::hold) ++held_;
        if (!d.is_ready_again) {
            all.settled(a.no);
            answered_.push_back({a.no, due_of(d.made)});
        }
        if (d.made.credential_refresh_wanted) {
            if (chance(2))
                a.control.credential_refreshed(t.now);
            else if (a.control.credential_refresh_failed(t.now, t.wall, "gone"))
                give_back(a);
            all.reconsider(a, t.wall);
        }
        if (d.endpoint == endpoint_change::parked)
            give_back_all();
        else if (d.others == claimed_events::give_back)
            give_back(a);
    }
    wall_time due_of(decision const& d) const {
        switch (d.what) {
            case disposition::wait_again:
                return {};
            case disposition::defer:
                return t.wall + d.due;
            case disposition::resend:
                return d.due > 0ms ? t.wall + d.due : wall_time{};
            default:
                return wall_time::max();
        }
    }

    steady_time next_time() const {
        auto next = wait_.until;
        if (is_news_ || told_) next = t.now;
        if (cycle_ends_) next = std::min(next, *cycle_ends_);
        for (auto const& b : busy_)
            next = std::min(next, b.ends);
        for (auto const& o : opening_)
            next = std::min(next, o);
        for (auto const& r : reports_)
            next = std::min(next, r.ends);
        return next;
    }
    /// What is said to be under way is, and nothing is forgotten.
    void check() {
        if (!fault_.empty()) return;
        for (auto const& a : all.accounts()) {
            if (!a) continue;
            auto const w = wait_of(all, *a, view(), t.now, t.wall);
            bool const is_true =
                w.why == wait_reason::answer   ? !busy_.empty()
                : w.why == wait_reason::others ? all.turn().ready() > 0
                : w.why == wait_reason::ledger ? cycle_ends_.has_value()
                : w.why == wait_reason::forgotten
                    ? false
                    : is_outside(w.why) || w.until != never || w.why == wait_reason::nothing;
            if (!is_true) {
                fault_ = "account " + std::to_string(static_cast<unsigned>(a->no)) + " waits for " +
                         name_of(w.why) + ":" + left();
                return;
            }
        }
    }

    std::mt19937_64 random_;
    std::size_t most_;
    std::map<account_no, ledger_account> left_;
    mood mood_ = mood::well;
    bool is_disk_full_ = false;
    // the wake loop
    wait wait_;
    bool is_news_ = true;
    // the ledger
    std::vector<deferral> answered_, settle_;
    std::vector<account_no> returned_, back_;
    std::vector<claim_grant> wishes_;
    std::optional<steady_time> cycle_ends_;
    bool cycle_fails_ = false;
    // the pool
    std::size_t idle_ = 0;
    std::vector<exchange> busy_;
    std::vector<steady_time> opening_;
    bool told_ = false;
    std::vector<report> reports_;
    std::uint64_t attempts_ = 0;
    std::uint64_t held_ = 0;
    std::uint64_t reports_made_ = 0;
    std::uint64_t event_ = 0;
    std::string fault_;
};

}  // namespace setclick::delivery
