// What became of an account's events, a page at a time: for the comparison with the vendor's
// report. Inside one read transaction.
#pragma once

#include <cstdint>

#include "reader_rows.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger {

/// As `reader::receipts`.
reader::receipt_page receipts_page(reader_rows& rows, account_no account, wall_time imported_since,
                                   event_no after, std::uint32_t limit);

}  // namespace setclick::ledger
