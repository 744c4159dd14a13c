#include "setclickd/api/answers.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace setclick::api {
namespace {

/// Statuses written as "500 502-504".
std::set<int> statuses(std::string_view text) {
    std::set<int> out;
    while (!text.empty()) {
        auto const part = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        auto const first = std::atoi(std::string(part).c_str());
        auto const dash = part.find('-');
        auto const last = dash == std::string_view::npos
                              ? first
                              : std::atoi(std::string(part.substr(dash + 1)).c_str());
        for (int status = first; status <= last; ++status)
            out.insert(status);
    }
    return out;
}

// Written the other way round than the table: by what is true of a status.
struct expected_row {
    verdict what;
    fault_scope scope;
    booking booked;
    connection_use connection;
};

std::map<int, expected_row> expected_rows() {
    std::map<int, expected_row> out;
    for (int s = 100; s < 600; ++s)
        out[s] = {verdict::foreign_content, fault_scope::account, booking::possible,
                  connection_use::keep};
    auto const set = [&](std::string_view which, auto change) {
        for (auto const s : statuses(which))
            change(out.at(s));
    };
    auto const are = [&](verdict v, std::string_view which) {
        set(which, [v](auto& row) { row.what = v; });
    };
    are(verdict::accepted, "200-299");
    are(verdict::redirected, "300-399");
    are(verdict::rejected, "400 413 414 422");
    are(verdict::unauthorised, "401 440 498");
    are(verdict::forbidden, "402 403");
    are(verdict::not_found, "404 405 410");
    are(verdict::throttled, "420 429");
    are(verdict::misdirected, "421");
    are(verdict::unavailable, "408 424 425 444 460 499 500-599");
    are(verdict::blocked, "406 407 419 426 430 431 450 451 463 464 494-497 511 561");

    auto const concern = [&](fault_scope scope, std::string_view which) {
        set(which, [scope](auto& row) { row.scope = scope; });
    };
    concern(fault_scope::none, "200-299");
    concern(fault_scope::event, "400 413 414 422");
    concern(fault_scope::endpoint,
            "100-199 406 407 408 411 412 415-419 421 424-426 428 430 444 450 451 460 463 464 "
            "495-497 499 500-599");

    auto const follow = [&](booking b, std::string_view which) {
        set(which, [b](auto& row) { row.booked = b; });
    };
    follow(booking::done, "200-299");
    follow(booking::no,
           "300-302 304-399 400-408 410-423 425 426 428-431 440 450 451 463 464 494-498 "
           "501 505 506 509-511 521-523 525 526 530 561");
    follow(booking::if_behind, "503 529");

    auto const wants = [&](connection_use use, std::string_view which) {
        set(which, [use](auto& row) { row.connection = use; });
    };
    wants(connection_use::now, "421");
    wants(connection_use::renew,
          "100-199 407 408 425 431 444 460 463 464 494-497 499 502 504 511 520-527 530 598 599");
    return out;
}

TEST(answers, every_status_from_100_to_599_has_its_row) {
    for (auto const& [status, want] : expected_rows()) {
        auto const& row = row_of(status);
        EXPECT_LE(row.first, status);
        EXPECT_GE(row.last, status);
        EXPECT_EQ(name_of(row.verdict), name_of(want.what)) << status;
        EXPECT_EQ(name_of(row.scope), name_of(want.scope)) << status;
        EXPECT_EQ(row.booking, want.booked) << status;
        EXPECT_EQ(row.connection, want.connection) << status;
        EXPECT_FALSE(row.meaning.empty()) << status;
        bool const parks = row.verdict != verdict::accepted && row.verdict != verdict::rejected &&
                           row.verdict != verdict::throttled && row.verdict != verdict::unavailable;
        EXPECT_FALSE(parks && row.cure.empty()) << status << " parks without a cure";
    }
}

TEST(answers, what_follows_a_booking_and_what_was_never_received) {
    for (int const status : {500, 502, 504, 520, 524})
        EXPECT_EQ(row_of(status).booking, booking::possible) << status;
    for (int const status : {521, 522, 523, 525, 526, 530, 429, 421, 408, 425})
        EXPECT_EQ(row_of(status).booking, booking::no) << status;
    EXPECT_EQ(row_of(503).booking, booking::if_behind);
}

TEST(answers, a_number_that_is_no_status_may_follow_a_booking) {
    for (int const status : {-1, 0, 99, 600, 999, 1'000'000}) {
        EXPECT_EQ(row_of(status).verdict, verdict::foreign_content);
        EXPECT_EQ(row_of(status).booking, booking::possible);
    }
}

// docs/answers.md shows the table. When it changes: SETCLICKD_WRITE_REFERENCE=1 api_test
// --gtest_filter='answers_page*'
TEST(answers_page, shows_this_table) {
    std::string const begin = "<!-- answer table: made by api_test -->\n";
    std::string const end = "<!-- end of the answer table -->";
    std::string const page = std::string(SETCLICKD_DOCS_DIR) + "/answers.md";
    std::string text;
    {
        std::ifstream in(page, std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(in), {});
    }
    auto const from = text.find(begin);
    auto const to = text.find(end);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << page;
    auto const at = from + begin.size();
    if (std::getenv("SETCLICKD_WRITE_REFERENCE") != nullptr)
        std::ofstream(page, std::ios::binary)
            << text.substr(0, at) << answer_table() << text.substr(to);
    else
        EXPECT_EQ(text.substr(at, to - at), answer_table());
}

}  // namespace
}  // namespace setclick::api
