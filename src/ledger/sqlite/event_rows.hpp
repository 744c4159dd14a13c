// Events as rows of a list: what span, pack, file and attempts know of them together. For readers;
// inside one read transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scan_table.hpp"
#include "setclickd/ledger/reader.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class event_rows {
public:
    explicit event_rows(connection& db);

    reader::page list(event_filter const& filter, event_no after, std::uint32_t limit);
    /// Throws `invalid_data` for a number that was never given out.
    event_details show(event_no no);

    std::vector<attempt_receipt> attempts(std::uint64_t event);
    /// The lines of the pack that begins there; `line_at` reads them.
    std::string lines_of(std::uint64_t pack);

private:
    event_row row_of(std::uint64_t id, event_run const& run, std::string_view lines);
    std::string const& file_name(file_no no);
    std::string const& account_id(account_no no);
    static void describe(event_row& row, span_state const& is,
                         std::vector<attempt_receipt> const& attempts);

    connection& db_;
    scan_table scan_;
    statement attempts_;
    statement lines_;
    statement file_name_;
    statement account_id_;
    std::map<file_no, std::string> file_names_;      ///< for one call
    std::map<account_no, std::string> account_ids_;  ///< they never change
};

}  // namespace setclick::ledger
