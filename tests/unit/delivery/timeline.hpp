// Timelines: the tests move `now` themselves; nothing waits.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "setclickd/api/answers.hpp"
#include "setclickd/delivery/account_control.hpp"

namespace setclick::delivery {

/// Both clocks; a machine that has been up for a day.
struct timeline {
    steady_time now{std::chrono::hours{24}};
    wall_time wall{std::chrono::hours{24 * 365 * 50}};

    void advance(milliseconds by) {
        now += by;
        wall += by;
    }
};

inline attempt_outcome answer(int status, api::verdict verdict,
                              std::optional<milliseconds> retry_after = std::nullopt) {
    api::answer_facts facts;
    facts.status = status;
    facts.verdict = verdict;
    facts.retry_after = retry_after;
    facts.may_be_booked = verdict == api::verdict::foreign_content ||
                          api::row_of(status).booking == api::booking::possible;
    return {facts};
}

inline attempt_outcome accepted() {
    return answer(200, api::verdict::accepted);
}
inline attempt_outcome refused(int status = 400) {
    return answer(status, api::verdict::rejected);
}
inline attempt_outcome throttled(std::optional<milliseconds> retry_after = std::nullopt) {
    return answer(429, api::verdict::throttled, retry_after);
}
inline attempt_outcome unavailable(int status = 500,
                                   std::optional<milliseconds> retry_after = std::nullopt) {
    return answer(status, api::verdict::unavailable, retry_after);
}
inline attempt_outcome unauthorised() {
    return answer(401, api::verdict::unauthorised);
}
inline attempt_outcome forbidden() {
    return answer(403, api::verdict::forbidden);
}
inline attempt_outcome not_found() {
    return answer(404, api::verdict::not_found);
}
inline attempt_outcome broken(transport_failure failure, wire_phase phase = wire_phase::not_sent,
                              bool reused = false) {
    return {transport_fault{failure, phase, reused}};
}

/// An account without a limit, driven attempt by attempt: begin, let some time pass, end.
struct driven_account {
    static account_settings unlimited() {
        account_settings s;
        s.gate.rate_per_minute = 0;
        return s;
    }

    explicit driven_account(account_settings settings = unlimited())
        : control(std::move(settings), 7) {}

    timeline time;
    account_control control;
    std::uint64_t next_event = 1;
    int calls = 0;

    /// Begins one attempt; the answer comes with `end`.
    attempt_info begin(int attempt = 1) {
        EXPECT_GE(control.room(time.now), 1);
        control.begin(time.now);
        ++calls;
        return {event_no{next_event++}, attempt, time.now};
    }
    decision end(attempt_info const& info, attempt_outcome const& outcome) {
        return control.end(time.now, time.wall, outcome, info);
    }
    decision one(attempt_outcome const& outcome, int attempt = 1, milliseconds takes = 10ms) {
        auto const info = begin(attempt);
        time.advance(takes);
        return end(info, outcome);
    }
    /// Moves to the next time at which an attempt may begin; false where only an event from outside
    /// helps.
    bool wait_for_room() {
        auto const next = control.next_chance(time.now);
        if (next == never) return false;
        if (next > time.now) time.advance(std::chrono::ceil<milliseconds>(next - time.now));
        return control.room(time.now) > 0;
    }
    /// Answers every call with `outcome` for `span`; returns the calls made.
    int answer_all(attempt_outcome const& outcome, milliseconds span) {
        auto const until = time.now + span;
        auto const before = calls;
        while (wait_for_room() && time.now < until)
            one(outcome);
        if (time.now < until) time.advance(std::chrono::ceil<milliseconds>(until - time.now));
        return calls - before;
    }
    void restart(milliseconds down, milliseconds wall_jump = 0ms) {
        auto const state = account_state_from_text(to_text(control.save(time.now, time.wall)));
        ASSERT_TRUE(state.has_value());
        auto settings = control.settings();
        time.advance(down);
        time.wall += wall_jump;
        control = account_control(std::move(settings), 11);
        control.load(*state, time.now, time.wall);
    }
};

}  // namespace setclick::delivery
