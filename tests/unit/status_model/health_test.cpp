#include "setclickd/status_model/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::status_model {
namespace {

using testing::HasSubstr;

status_report well_report() {
    status_report r;
    r.now = wall_time{std::chrono::hours{1000}};
    r.daemon.is_running = true;
    r.daemon.pid = 7;
    r.accounts.emplace_back().id = "60a52f6ac660b269d13c3f53";
    return r;
}

health_limits const strict{true, std::chrono::hours{1}};

park_report parked(char const* reason, char const* cure) {
    park_report park;
    park.reason = reason;
    park.cure = cure;
    return park;
}

struct situation {
    char const* name;
    void (*set)(status_report&);
    char const* lenient;  ///< in the answer; empty: well
    char const* strict;
};

TEST(Health, EachSituationIsWellOrNamesWhatIsWrong) {
    situation const table[] = {
        {"nothing wrong", [](status_report&) {}, "", ""},
        {"down", [](status_report& r) { r.daemon = {}; }, "does not run", "does not run"},
        {"hanging",
         [](status_report& r) { r.daemon.pid = 0, r.daemon.why_not = "no answer in 3 s"; },
         "no answer in 3 s", "did not answer"},
        {"the intake waits",
         [](status_report& r) { r.daemon.intake_held_up = "files cannot be taken"; },
         "the intake waits: files cannot be taken", "the intake waits: files cannot be taken"},
        {"disk full", [](status_report& r) { r.daemon.disk_full = true; }, "disk is full",
         "disk is full"},
        {"stalled", [](status_report& r) { r.daemon.stalled = true; },
         "stalled by a fault of setclickd; cure: systemctl restart", "stalled"},
        {"account parked",
         [](status_report& r) { r.accounts[0].parked = parked("unauthorised", "setclickd token"); },
         "", "60a52f6ac660b269d13c3f53 is parked: unauthorised; cure: setclickd token"},
        {"endpoint parked",
         [](status_report& r) { r.daemon.endpoint_parked = parked("redirected", "look"); }, "",
         "the endpoint is parked: redirected"},
        {"unreachable", [](status_report& r) { r.daemon.unreachable = "no address"; }, "",
         "cannot be reached: no address"},
        {"no token", [](status_report& r) { r.accounts[0].has_credential = false; }, "",
         "no usable token"},
        {"old event",
         [](status_report& r) {
             r.events.waiting = 1, r.oldest_waiting = r.now - std::chrono::hours{2};
         },
         "", "the oldest event waits for"},
        {"young event",
         [](status_report& r) {
             r.events.waiting = 1, r.oldest_waiting = r.now - std::chrono::minutes{5};
         },
         "", ""},
    };
    for (auto const& s : table) {
        auto report = well_report();
        s.set(report);
        auto const lenient = unwell(report, {});
        auto const hard = unwell(report, strict);
        EXPECT_EQ(lenient.has_value(), s.lenient[0] != '\0') << s.name;
        EXPECT_EQ(hard.has_value(), s.strict[0] != '\0') << s.name;
        EXPECT_THAT(lenient.value_or(""), HasSubstr(s.lenient)) << s.name;
        EXPECT_THAT(hard.value_or(""), HasSubstr(s.strict)) << s.name;
    }
}

}  // namespace
}  // namespace setclick::status_model
