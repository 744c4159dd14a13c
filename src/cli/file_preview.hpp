// What preview learnt about one file; plain data, with its two faces.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "console.hpp"
#include "refusal_groups.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/event/file_remarks.hpp"

#include <boost/json/object.hpp>

namespace setclick::cli {

struct previewed_event {
    std::uint64_t line = 0;
    std::string account;
    std::string event_id;
    std::string time;  ///< in its account's zone
    std::string url_parameters, settings, lead, referrer,
        current_url;  ///< JSON, masked where it is asked for
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
    std::uint64_t known = 0;    ///< of the good ones: duplicates of what the ledger knows
    bool has_ledger = false;
    refusal_groups reasons;
    std::map<std::string, account_preview> accounts;

    void print(console const& io, std::size_t width) const;
    boost::json::object json() const;
};

}  // namespace setclick::cli
