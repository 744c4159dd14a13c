#include <algorithm>
#include <array>
#include <chrono>

#include "form.hpp"
#include "setclickd/api/report.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::api {
namespace {

constexpr std::array<std::string_view, 13> named_ranges{"today",
                                                        "yesterday",
                                                        "last_7_days",
                                                        "last_14_days",
                                                        "last_30_days",
                                                        "last_60_days",
                                                        "last_90_days",
                                                        "this_month",
                                                        "last_month",
                                                        "this_week_monday_sunday",
                                                        "this_week_sunday_saturday",
                                                        "this_year",
                                                        "last_year"};

/// "YYYYMMDD" of a date written so or as "YYYY-MM-DD"; empty when it is no date that exists.
std::string compact_date(std::string_view text) {
    std::string digits;
    bool const is_iso = text.size() == 10 && text[4] == '-' && text[7] == '-';
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!is_iso || (i != 4 && i != 7)) digits += text[i];
    if (digits.size() != 8 || digits.find_first_not_of("0123456789") != std::string::npos)
        return {};
    std::chrono::year_month_day const date{
        std::chrono::year{std::stoi(digits.substr(0, 4))},
        std::chrono::month{static_cast<unsigned>(std::stoi(digits.substr(4, 2)))},
        std::chrono::day{static_cast<unsigned>(std::stoi(digits.substr(6, 2)))}};
    return date.ok() ? digits : std::string{};
}

}  // namespace

std::span<std::string_view const> date_range_names() noexcept {
    return named_ranges;
}

result<std::string> date_range(std::string_view text) {
    if (std::find(named_ranges.begin(), named_ranges.end(), text) != named_ranges.end())
        return std::string(text);
    auto const comma = text.find(',');
    auto const first = compact_date(text.substr(0, comma));
    auto const last =
        comma == std::string_view::npos ? first : compact_date(text.substr(comma + 1));
    if (first.empty() || last.empty()) {
        auto message = "\"" + printable(text, 60) +
                       "\" is not a date range; write YYYYMMDD,YYYYMMDD, or 2025-03-01,2025-03-31, "
                       "or a name such as "
                       "this_month";
        if (auto const near = nearest(text, named_ranges); !near.empty())
            message += "; did you mean \"" + std::string(near) + "\"?";
        return fail(errc::usage, std::move(message));
    }
    if (last < first)
        return fail(errc::usage, "the date range " + first + "," + last + " ends before it begins");
    return first + "," + last;
}

result<void> check(report_query const& query) {
    if (query.limit < 1 || query.limit > 100)
        return fail(errc::usage, "limit " + std::to_string(query.limit) +
                                     " is out of range; 1 to 100 are allowed");
    bool const two_letters =
        query.country.size() == 2 && is_letter(query.country[0]) && is_letter(query.country[1]);
    if (!query.country.empty() && !two_letters)
        return fail(errc::usage, "country \"" + printable(query.country, 20) +
                                     "\" is not a two-letter code such as es");
    return {};
}

void append_query(std::string& out, report_query const& query) {
    out += "account_id=";
    append_encoded(out, query.account_id);
    out += "&date_range=";
    append_encoded(out, query.date_range);
    out += "&skip=" + std::to_string(query.skip) + "&limit=" + std::to_string(query.limit);
    if (query.country.empty()) return;
    out += "&country=";
    append_encoded(out, query.country);
}

result<secret<std::string>> report_request(target const& to, secret<std::string> const& token,
                                           report_query const& query) {
    if (auto const usable = check_head(to, token); !usable) return usable.error();
    if (auto const checked = check(query); !checked) return checked.error();
    std::string out = "GET " + to.path + "?";
    append_query(out, query);
    out += " HTTP/1.1\r\nHost: " + to.host + "\r\nAuthorization: Bearer " + token.reveal() +
           "\r\nAccept: application/json\r\nConnection: keep-alive"
           "\r\nAccept-Encoding: gzip, deflate, br\r\nUser-Agent: setclickd/";
    out += version();
    out += "\r\n\r\n";
    return secret<std::string>(std::move(out));
}

}  // namespace setclick::api
