// A 2xx that cannot be read: each one may be the answer to a booking, and a probe must not book for
// ever.
#include "timeline.hpp"

#include <map>

namespace setclick::delivery {
namespace {

attempt_outcome unreadable() {
    return answer(200, api::verdict::foreign_content);
}

/// A queue of `events` waiting events, answered alike for `span`: how often each was sent.
struct spent_events {
    std::map<std::uint64_t, int> sent;
    std::map<std::uint64_t, bool> held;
    int reports = 0;
};

spent_events probe(driven_account& a, std::uint64_t events, milliseconds span, report_word report,
                   attempt_outcome const& outcome = unreadable()) {
    spent_events out;
    std::vector<std::uint64_t> queue;
    for (std::uint64_t n = 1; n <= events; ++n)
        queue.push_back(n);
    auto const until = a.time.now + span;
    while (a.time.now < until && !queue.empty()) {
        auto const next = a.control.next_chance(a.time.now);
        if (next == never) break;
        if (next > a.time.now) a.time.advance(std::chrono::ceil<milliseconds>(next - a.time.now));
        if (a.control.wants_report(a.time.now)) {
            a.control.report_begun(a.time.now);
            EXPECT_EQ(a.control.room(a.time.now), 0);
            EXPECT_GT(a.control.next_chance(a.time.now), a.time.now + std::chrono::minutes{1})
                << "one report at a time";
            ++out.reports;
            a.time.advance(20ms);
            a.control.report_ended(a.time.now, report);
            continue;
        }
        if (a.control.room(a.time.now) == 0) {
            a.time.advance(1ms);
            continue;
        }
        auto const event = queue.front();
        queue.erase(queue.begin());
        a.control.begin(a.time.now);
        ++out.sent[event];
        auto const begun = a.time.now;
        a.time.advance(10ms);
        auto const made = a.end({event_no{event}, 1, begun}, outcome);
        if (made.what == disposition::hold)
            out.held[event] = true;
        else if (made.what != disposition::delivered)
            queue.push_back(event);
    }
    return out;
}

TEST(account_unreadable, no_event_is_sent_more_than_three_times_and_then_it_is_held) {
    for (std::uint64_t const events : {1, 2, 5, 50})
        for (auto const word : {report_word::none, report_word::own}) {
            driven_account a;
            auto const got = probe(a, events, std::chrono::hours{24 * 7}, word);
            int total = 0;
            for (auto const& [event, times] : got.sent) {
                EXPECT_LE(times, 3) << events;
                total += times;
            }
            EXPECT_TRUE(events > 1 || got.held.contains(1));
            // Reports that nobody of the API answers spend nothing further: the answer that parked
            // it, and three probes.
            EXPECT_TRUE(word == report_word::own || total <= 4)
                << events << " events, sent " << total;
        }
}

TEST(account_unreadable, after_an_own_answer_to_a_report_one_event_is_spent) {
    driven_account a;
    auto const got = probe(a, 100, std::chrono::hours{48}, report_word::own);
    int total = 0;
    for (auto const& entry : got.sent)
        total += entry.second;
    EXPECT_GT(got.reports, 10);
    EXPECT_LE(total, got.reports + 4);
}

// Its report's scope or path is missing: what probes in an event's place never has an answer.
TEST(account_unreadable, a_report_that_is_missing_stops_delivery_for_a_while_and_not_for_ever) {
    driven_account a;
    auto const got = probe(a, 100, std::chrono::hours{48}, report_word::missing);
    int total = 0;
    for (auto const& [event, times] : got.sent) {
        EXPECT_LE(times, 3) << event;
        total += times;
    }
    EXPECT_GT(total, 4) << "it goes on trying";
    EXPECT_LE(total, got.reports / 3 + 4) << "one event after three such answers";
    auto const well = probe(a, 100, std::chrono::hours{4}, report_word::missing, accepted());
    EXPECT_EQ(well.sent.size(), 100U) << "and ends by itself";
    EXPECT_FALSE(a.control.is_parked());
}

TEST(account_unreadable, only_missing_reports_in_a_row_let_an_event_through) {
    doubt_budget budget(3);
    for (int i = 0; i < 3; ++i)
        budget.probe_unreadable();
    for (auto const word : {report_word::missing, report_word::missing, report_word::none,
                            report_word::missing, report_word::missing}) {
        budget.report_ended(word);
        EXPECT_TRUE(budget.wants_report());
    }
    budget.report_ended(report_word::missing);
    EXPECT_FALSE(budget.wants_report());
    budget.probe_unreadable();
    EXPECT_TRUE(budget.wants_report()) << "one event only";
}

TEST(account_unreadable, one_that_is_readable_again_forgets_all_and_delivers_everything) {
    driven_account a;
    probe(a, 5, std::chrono::hours{12}, report_word::none);
    ASSERT_TRUE(a.control.is_parked());
    auto const well = probe(a, 5, std::chrono::hours{2}, report_word::own, accepted());
    EXPECT_EQ(well.sent.size(), 5U);
    EXPECT_TRUE(well.held.empty());
    EXPECT_FALSE(a.control.is_parked());
    EXPECT_TRUE(a.control.save(a.time.now, a.time.wall).doubts.events.empty());
}

// A notice that only some events provoke, such as those without a certain field.
TEST(account_unreadable, an_event_whose_own_answers_cannot_be_read_is_held_though_others_are_fine) {
    driven_account a;
    int sent = 0;
    std::uint64_t others = 1000;
    disposition last = disposition::resend;
    while (last == disposition::resend && sent < 20) {
        a.wait_for_room();
        a.control.begin(a.time.now);
        auto const begun = a.time.now;
        a.time.advance(10ms);
        last = a.end({event_no{7}, ++sent, begun}, unreadable()).what;
        ASSERT_TRUE(a.wait_for_room());
        a.control.begin(a.time.now);
        EXPECT_EQ(a.end({event_no{++others}, 1, a.time.now}, accepted()).what,
                  disposition::delivered);
        EXPECT_FALSE(a.control.is_parked());
    }
    EXPECT_EQ(sent, 3);
    EXPECT_EQ(last, disposition::hold);
    EXPECT_TRUE(a.control.save(a.time.now, a.time.wall).doubts.events.empty());
}

TEST(account_unreadable, whatever_it_is_parked_for) {
    for (auto const& first : {forbidden(), unauthorised(), not_found(), unavailable(502)}) {
        driven_account a;
        for (int i = 0; i < 50 && !a.control.is_parked(); ++i) {
            ASSERT_TRUE(a.wait_for_room() || a.control.phase() == account_phase::refreshing);
            if (a.control.phase() == account_phase::refreshing)
                a.control.credential_refreshed(a.time.now);
            else
                a.one(first);
        }
        ASSERT_TRUE(a.control.is_parked());
        auto const got = probe(a, 100, std::chrono::hours{24}, report_word::none);
        EXPECT_EQ(got.sent.size(), 3U) << "then reports go on in the events' place";
        EXPECT_GT(got.reports, 10);
    }
}

TEST(account_unreadable, under_hold_nothing_is_sent_twice_and_nothing_need_be_remembered) {
    auto settings = driven_account::unlimited();
    settings.in_doubt = doubt_policy::hold;
    driven_account a(settings);
    auto const got = probe(a, 500, std::chrono::hours{24}, report_word::own);
    EXPECT_EQ(got.sent.size(), got.held.size());
    EXPECT_GT(got.reports, 10);
    EXPECT_LE(got.held.size(), static_cast<std::size_t>(got.reports) + 4);
    EXPECT_TRUE(a.control.save(a.time.now, a.time.wall).doubts.events.empty());
}

TEST(account_unreadable, a_restart_forgets_nothing) {
    driven_account a;
    probe(a, 1, std::chrono::minutes{3}, report_word::none);
    auto const before = a.control.save(a.time.now, a.time.wall).doubts;
    ASSERT_FALSE(before.events.empty() && before.probes == 0);
    a.restart(5s);
    EXPECT_EQ(a.control.save(a.time.now, a.time.wall).doubts, before);
}

TEST(account_unreadable, failures_that_are_no_answers_do_not_count) {
    for (auto const& outcome :
         {unavailable(502), broken(transport_failure::reset, wire_phase::sent),
          broken(transport_failure::response_timeout, wire_phase::sent)}) {
        driven_account a;
        auto const got = probe(a, 1, std::chrono::hours{10}, report_word::none, outcome);
        EXPECT_TRUE(got.held.empty());
        EXPECT_EQ(got.reports, 0);
        EXPECT_GT(got.sent.at(1), 20);
    }
}

TEST(account_unreadable, ten_hours_of_502_end_by_themselves_and_everything_is_delivered) {
    driven_account a;
    auto const during = probe(a, 50, std::chrono::hours{10}, report_word::none, unavailable(502));
    EXPECT_TRUE(during.held.empty());
    EXPECT_TRUE(a.control.is_parked());
    auto const well = probe(a, 50, std::chrono::hours{1}, report_word::none, accepted());
    EXPECT_EQ(well.sent.size(), 50U);
    for (auto const& [event, times] : well.sent)
        EXPECT_EQ(times, 1) << event;
    EXPECT_TRUE(well.held.empty());
    EXPECT_EQ(well.reports, 0);
    EXPECT_FALSE(a.control.is_parked());
}

TEST(account_unreadable, under_hold_an_outage_costs_one_event_a_round) {
    auto settings = driven_account::unlimited();
    settings.in_doubt = doubt_policy::hold;
    driven_account a(settings);
    auto const got = probe(a, 500, std::chrono::hours{10}, report_word::none, unavailable(502));
    EXPECT_EQ(got.sent.size(), got.held.size()) << "none is sent twice";
    // At most ten minutes (retry.cap) lie between two probes, at least half of that in the end.
    EXPECT_LT(got.held.size(), 10 * 60 / 5U);
}

TEST(account_unreadable, a_person_who_resumes_begins_anew) {
    driven_account a;
    probe(a, 3, std::chrono::hours{5}, report_word::none);
    a.control.resume(a.time.now);
    EXPECT_EQ(a.control.room(a.time.now), 1);
    EXPECT_TRUE(a.control.save(a.time.now, a.time.wall).doubts.events.empty());
}

TEST(account_unreadable, nonsense_that_was_saved_is_tamed) {
    auto const state = account_state_from_text(
        R"({"gate":{},"doubts":[[7,-5],[8,2],[9,99999999999]],"doubt_probes":99999999999})");
    ASSERT_TRUE(state.has_value());
    doubt_budget budget;
    budget.load(state->doubts);
    EXPECT_EQ(budget.save().events.size(), 2U);
    EXPECT_EQ(budget.save().probes, 3);
    EXPECT_FALSE(account_state_from_text(R"({"gate":{},"doubts":[7]})").has_value());
}

}  // namespace
}  // namespace setclick::delivery
