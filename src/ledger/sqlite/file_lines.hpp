// What a file's result and its mended successor need: refused lines, rejected events, duplicates.
// For readers; inside one read transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "event_rows.hpp"
#include "setclickd/ledger/reader.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class file_lines {
public:
    file_lines(connection& db, event_rows& events);

    // As the reader's functions of these names.
    std::vector<refused_row> refused(file_no file, std::uint64_t after_line, std::uint32_t limit);
    std::vector<rejected_row> rejected(file_no file, event_no after, std::uint32_t limit);
    std::vector<duplicate_row> duplicates(file_no file, std::uint64_t after_line,
                                          std::uint32_t limit);
    bool count_refused(file_no file, std::uint64_t& after, std::uint32_t limit, reason_counts& to);
    bool count_rejected(file_no file, event_no& after, std::uint32_t limit, reason_counts& to);

private:
    connection& db_;
    event_rows& events_;
    scan_table scan_;
    statement refused_;
    statement duplicates_;
};

}  // namespace setclick::ledger
