// What a file's result and its mended successor need: refused lines, rejected events, duplicates.
// For readers; inside one read transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "reader_rows.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger {

class file_lines {
public:
    explicit file_lines(reader_rows& rows) : rows_(rows) {}

    // As the reader's functions of these names.
    std::vector<refused_row> refused(file_no file, std::uint64_t after_line, std::uint32_t limit);
    std::vector<rejected_row> rejected(file_no file, event_no after, std::uint32_t limit);
    std::vector<duplicate_row> duplicates(file_no file, std::uint64_t after_line,
                                          std::uint32_t limit);
    bool count_refused(file_no file, std::uint64_t& after, std::uint32_t limit, reason_counts& to);
    bool count_rejected(file_no file, event_no& after, std::uint32_t limit, reason_counts& to);

private:
    reader_rows& rows_;
};

}  // namespace setclick::ledger
