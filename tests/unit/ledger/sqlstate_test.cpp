// What an error of PostgreSQL means: a table, and the texts of libpq from which it is read.
#include "../../../src/ledger/postgres/sqlstate.hpp"

#include <gtest/gtest.h>

namespace setclick::ledger::postgres {
namespace {

TEST(sqlstate, each_trouble_of_a_server_has_its_meaning) {
    struct {
        char const* state;
        errc code;
        bool has_cure;
    } const cases[]{
        {"", errc::unreachable, false},       // no answer at all
        {"08006", errc::unreachable, false},  // connection failure
        {"57P01", errc::unreachable, false},  // terminated by an administrator
        {"57P02", errc::unreachable, false},  // another backend crashed
        {"57P03", errc::unreachable, false},  // starting up
        {"57014", errc::unreachable, true},   // cancelled
        {"26000", errc::unreachable, true},   // a pooler gave the session to somebody else
        {"25006", errc::unreachable, true},   // read only
        {"25P03", errc::unreachable, false},  // idle in a transaction
        {"53300", errc::unreachable, true},   // too many connections
        {"53200", errc::unreachable, true},   // out of memory
        {"53100", errc::disk_full, true},    {"40001", errc::busy, false},
        {"40P01", errc::busy, false},        {"55P03", errc::busy, true},
        {"23505", errc::busy, false},        {"SC001", errc::refused, false},
        {"SC002", errc::busy, false},        {"28P01", errc::config, true},
        {"28000", errc::config, true},       {"3D000", errc::config, true},
        {"42501", errc::config, true},       {"42P01", errc::config, true},
        {"XX001", errc::io, false},  // data corrupted
        {"58030", errc::io, false},
    };
    for (auto const& c : cases) {
        SCOPED_TRACE(c.state);
        auto const means = meaning_of(c.state);
        EXPECT_EQ(means.code, c.code);
        EXPECT_EQ(!means.cure.empty(), c.has_cure);
    }
}

TEST(sqlstate, state_is_found_in_what_libpq_says_and_rows_are_not_repeated) {
    std::string_view const said =
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01: password "
        "authentication failed for user \"x\"\nLOCATION:  auth_failed, auth.c:330\n";
    EXPECT_EQ(state_in(said), "28P01");
    EXPECT_EQ(
        one_line(said),
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01: password "
        "authentication failed for user \"x\"");
    EXPECT_EQ(state_in("could not translate host name \"db\" to address:  Name or service"), "");
    EXPECT_EQ(one_line("ERROR:  duplicate key\nDETAIL:  Key (a)=(secret) exists.\n\nHINT:  x"),
              "ERROR:  duplicate key");
    EXPECT_EQ(one_line("one\ntwo\n"), "one; two");
    EXPECT_EQ(one_line(""), "");
}

}  // namespace
}  // namespace setclick::ledger::postgres
