// report/microconversions: the query and the pages of its answer.
//
// Tolerant where the vendor's pages contradict each other (null fields, unknown fields, a missing
// pagination), strict where a guess would miscount: a row without `_id`, or with a field of the
// wrong type, is an error that names row and field.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/api/request.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::api {

struct report_query {
    std::string account_id;
    std::string date_range;  ///< as date_range() returned it
    std::uint64_t skip = 0;
    std::uint32_t limit = 100;  ///< 1 to 100
    std::string country;        ///< two letters; empty = all
};

/// "YYYYMMDD,YYYYMMDD" from that form, from ISO dates ("2025-03-01,2025-03-31", one date = that
/// day), or one of the vendor's named ranges as it is. `errc::usage` with the nearest name
/// otherwise.
result<std::string> date_range(std::string_view text);
/// The vendor's named ranges.
std::span<std::string_view const> date_range_names() noexcept;

/// Checks limit and country; `errc::usage` with the allowed range.
result<void> check(report_query const& query);

/// Appends "account_id=…&date_range=…&skip=…&limit=…[&country=…]".
void append_query(std::string& out, report_query const& query);

/// The whole GET: the vendor's four headers, Host and User-Agent. Holds the token: never print it.
/// `errc::config` as request_template::make; `errc::usage` as check.
result<secret<std::string>> report_request(target const& to, secret<std::string> const& token,
                                           report_query const& query);

/// A recorded microconversion. Text fields but `id` are empty where the vendor sent null or
/// nothing.
struct report_row {
    std::string id;
    std::string date;  ///< "2025-03-31", from YYYYMMDD too
    std::string utm_source, utm_medium, utm_campaign, utm_term, utm_matchtype;
    std::string label;
    std::string country, country_name;
    std::vector<std::pair<std::string, std::string>> others;  ///< unknown fields, values as JSON

    friend bool operator==(report_row const&, report_row const&) = default;
};

struct report_page {
    std::vector<report_row> rows;
    std::optional<std::uint64_t>
        next_skip;  ///< pagination.skip: recorded answers hold the *next* one there
    std::optional<std::uint64_t> limit;  ///< pagination.limit: the effective one

    friend bool operator==(report_page const&, report_page const&) = default;
};

/// Reads a 200's body, already decompressed. `errc::invalid_data` names place and cause; a body with
/// "status":"error" is `errc::refused` with the vendor's message.
result<report_page> parse_page(std::string_view body);

}  // namespace setclick::api
