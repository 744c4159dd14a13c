// The report over what was booked: rows, pages, and the ways in which a vendor's report disagrees
// with the bookings.
//
// Promises: newest row first; what was booked and shown stays; `pagination` holds what the recorded
// answers hold: the *next* skip and the limit that was really used. Never reads a clock: `now` is an
// argument.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "answers.hpp"
#include "date_range.hpp"
#include "form.hpp"
#include "microconversion.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

struct report_switches {
    std::uint64_t seed = 1;
    int page_cap = 0;       ///< rows of a page whatever `limit` asks; 0: none
    milliseconds delay{0};  ///< a row appears so long after its booking
    int website_rows = 0;   ///< of the website's own, in every account's report
    int website_days = 30;  ///< spread over the last so many days
    std::vector<std::string> website_labels{"add-to-cart", "newsletter-signup"};
    int swallow = 0;                    ///< the first so many microconversions never appear
    int swallow_every = 0;              ///< every so many-th never appears
    int doubled = 0;                    ///< so many after the swallowed ones appear twice
    bool rows_between_pages = false;    ///< a website's row comes before every page but the first
    bool vanish_between_pages = false;  ///< a website's row goes before every page but the first
    bool pagination = true;
};

struct report_query {
    std::string account;
    date_range days;
    std::string country;  ///< empty: all
    std::int64_t skip = 0;
    std::int64_t limit = 100;
};

/// The query, or the answer that refuses it: the documented 400 for account_id, then date_range.
std::variant<report_query, answer> parse_report_query(form const& query,
                                                      std::chrono::sys_days today);

class report {
public:
    report(report_switches switches, wall_time now);

    /// Books one microconversion; returns how many rows it will have (0 swallowed, 2 doubled).
    int book(conversion const& c, wall_time now);
    /// The answer's body: {"status":"ok","data":[…],"pagination":{…}}.
    std::string page(report_query const& query, wall_time now);
    std::size_t rows() const noexcept { return rows_.size(); }

private:
    using text_no = std::uint32_t;  // 0: null
    struct row {
        std::int64_t visible_ms = 0;
        std::uint32_t created_s = 0;
        std::int32_t day = 0;
        text_no account = 0;  // 0: every account
        text_no matchtype, campaign, source, medium, term, country, country_name, label;
        bool is_website = false;
    };

    text_no intern(std::optional<std::string> const& text);
    row make_row(conversion const& c, wall_time created);
    void add_website_row(wall_time created, std::chrono::sys_days day);
    void change_between_pages(wall_time now);
    bool matches(row const& r, report_query const& query, text_no account, wall_time now) const;
    void append_row(std::string& out, std::size_t index) const;

    report_switches switches_;
    std::uint64_t random_;
    int accepted_ = 0;
    std::vector<row> rows_;  // oldest first
    std::vector<std::string> texts_;
    std::unordered_map<std::string, text_no> text_numbers_;
};

}  // namespace setclick::sandbox
