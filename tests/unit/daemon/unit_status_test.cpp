// What `systemctl status` shows, by what is the matter.
#include "daemon/unit_status.hpp"

#include <gtest/gtest.h>

namespace setclick::daemon {
namespace {

using delivery::deliver_status;

deliver_status well() {
    deliver_status s;
    s.accounts.resize(3);
    s.accounts[0].id = "one";
    s.accounts[1].id = "two";
    s.accounts[2].id = "three";
    return s;
}

struct situation {
    char const* name;
    void (*set)(deliver_status&);
    char const* line;
};

/// Each makes everything after it unimportant.
situation const by_rank[] = {
    {"disk full", [](deliver_status& s) { s.disk_full = true; },
     "disk full: nothing is taken until there is room"},
    {"ledger locked", [](deliver_status& s) { s.ledger_locked = "sqlite3 (pid 7)"; },
     "the ledger is locked: sqlite3 (pid 7)"},
    {"intake", [](deliver_status& s) { s.intake_held_up = "files cannot be taken"; },
     "the intake waits: files cannot be taken"},
    {"stalled", [](deliver_status& s) { s.stalled = true; },
     "events were forgotten and woken again, see the log"},
    {"endpoint parked",
     [](deliver_status& s) { s.endpoint_parked.reason = delivery::park_reason::paused; },
     "the endpoint is parked: "},
    {"unreachable",
     [](deliver_status& s) {
         s.unreachable = true;
         s.unreachable_why = "no address";
     },
     "the endpoint cannot be reached: no address"},
    {"accounts parked",
     [](deliver_status& s) {
         for (auto n : {1, 2})
             s.accounts[static_cast<std::size_t>(n)].parked.reason =
                 delivery::park_reason::unauthorised;
     },
     "account two is parked: the server does not accept the token (401), and 1 more"},
    {"delivering", [](deliver_status& s) { s.accounts[1].in_flight = 1; }, "delivering"},
};

TEST(unit_status_text, names_the_worst_of_what_is_the_matter) {
    auto s = well();
    EXPECT_EQ(unit_status_text(s, ""), "nothing to deliver");
    for (auto at = std::rbegin(by_rank); at != std::rend(by_rank); ++at) {
        at->set(s);
        EXPECT_EQ(unit_status_text(s, "").rfind(at->line, 0), 0U)
            << at->name << ": " << unit_status_text(s, "");
    }
    EXPECT_EQ(unit_status_text(s, "/var/lib/x"), "the disk does not answer: /var/lib/x");
}

}  // namespace
}  // namespace setclick::daemon
