// What preview learnt about one file: plain data. Its faces: `json`, and preview_page for people.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "refusal_groups.hpp"
#include "setclickd/csv/mapping.hpp"

namespace setclick::cli {

struct previewed_event {
    std::uint64_t line = 0;
    std::string account;
    std::string event_id;
    std::string time;                                         ///< in its account's zone
    std::vector<std::pair<std::string, std::string>> posted;  ///< the request's parameters
    // The event's own parts, as JSON; masked unless it was asked for.
    std::string url_parameters, settings, lead, referrer, current_url;
    bool microconversion = false;
};

struct account_preview {
    std::uint64_t events = 0;
    std::string oldest, newest;  ///< in the account's zone
    std::string zone;
    std::string delivery;  ///< "10 minutes for 600 events at 60 a minute"
};

struct file_preview {
    std::string file;
    std::string refusal;  ///< the file as a whole
    bool is_table = false;
    std::string layout;  ///< "UTF-8, comma, CRLF; the header is line 2"
    std::string profile, why;
    std::string click_time;  ///< what click_time is, where it is not the click's time
    std::vector<csv::column_use> columns;
    std::vector<std::string> decisions;
    std::vector<std::string> warnings;
    std::vector<previewed_event> first;
    std::uint64_t good = 0;
    std::uint64_t refused = 0;
    std::uint64_t skipped = 0;  ///< rows that are no events: totals, footers
    std::uint64_t first_skipped = 0;
    // Of the good ones, which are not sent again.
    std::uint64_t known = 0;  ///< duplicates of what the ledger knows
    std::uint64_t twice = 0;  ///< of a row before them
    std::uint64_t first_twice = 0, first_twice_of = 0;
    bool has_ledger = false;
    std::string blindness;  ///< why the ledger could not be asked
    refusal_groups reasons;
    std::map<std::string, account_preview> accounts;

    boost::json::object json() const;
};

/// Where the columns' UTM parameters come from: "columns \"utm_source\" and \"utm_medium\"".
std::string utm_origin(std::vector<csv::column_use> const& columns);

}  // namespace setclick::cli
