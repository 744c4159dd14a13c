// Events as rows of a list: what span, pack, file and attempts know of them together. For readers;
// inside one read transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reader_rows.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger {

class event_rows {
public:
    explicit event_rows(reader_rows& rows) : rows_(rows) {}

    reader::page list(event_filter const& filter, event_no after, std::uint32_t limit);
    /// Throws `invalid_data` for a number that was never given out.
    event_details show(event_no no);

private:
    event_row row_of(std::uint64_t id, event_run const& run, std::string_view lines);
    struct file {
        std::string name;
        std::string node;
    };
    file const& file_of(file_no no);
    std::string const& account_id(account_no no);
    static void describe(event_row& row, span_state const& is,
                         std::vector<attempt_receipt> const& attempts);

    reader_rows& rows_;
    std::map<file_no, file> files_;                  ///< for one call
    std::map<account_no, std::string> account_ids_;  ///< they never change
};

}  // namespace setclick::ledger
