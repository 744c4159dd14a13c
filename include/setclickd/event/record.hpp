// An event as the ledger keeps it: text that a person can read in the sqlite3 tool and that costs
// seven memchr to take apart on the way to the wire; nothing is unescaped there.
//
//     1m                          version, then m (microconversion) or -
//     1634707888000
//     {"utm_medium":"a","utm_source":"b"}
//     {"email":"user@example.com"}
//     "https://facebook.com/"     empty line = absent; so are the next two
//     "https://sealmetrics.com/"
//     {"label":"call"}
//     crm-8841                    event_id, raw, to the end of the record (it alone may hold a
//                                 newline)
//
// Lines end in '\n', the last one has none. The account is not part of it: the ledger knows whose
// event it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "setclickd/event/event.hpp"

namespace setclick::event {

/// Appends the record of `value` to `out`; allocates only when `out` must grow.
void append_record(std::string& out, view const& value);

/// The event of a record; its texts point into `record`. Nothing for anything that append_record
/// did not write: a record of a newer version, or a damaged one.
std::optional<view> parse_record(std::string_view record) noexcept;

}  // namespace setclick::event
