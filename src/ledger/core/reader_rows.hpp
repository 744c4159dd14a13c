// What readers look up beside spans and packs: where it is kept. A store implements this; each call is
// inside the read transaction that the store opened.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "event_scan.hpp"
#include "pack_map.hpp"
#include "setclickd/ledger/reader.hpp"
#include "span_map.hpp"

namespace setclick::ledger {

class reader_rows {
public:
    virtual ~reader_rows() = default;

    virtual scan_rows& scan() = 0;
    virtual pack_rows& packs() = 0;
    virtual span_rows& spans() = 0;

    /// An event's receipt, in order.
    virtual std::vector<attempt_receipt> attempts(std::uint64_t event) = 0;
    /// The lines of the pack that begins there; `line_at` reads them.
    virtual std::string lines_of(std::uint64_t pack) = 0;
    /// Empty for one that is not known any more.
    virtual std::string file_name(file_no no) = 0;
    /// Name of the node that the file belongs to; empty where there is one only.
    virtual std::string file_node(file_no) { return {}; }
    virtual std::string account_id(account_no no) = 0;

    // A visit returns false to end.
    struct refused_line_view {
        std::uint64_t line = 0;
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
        std::string_view reason;
    };
    /// By line; at most so many.
    virtual void each_refused(file_no file, std::uint64_t after_line, std::uint32_t most,
                              std::function<bool(refused_line_view const&)> const& visit) = 0;
    /// Runs of duplicates by line, from the one that may hold `from` on.
    virtual void each_duplicate(file_no file, std::uint64_t from,
                                std::function<bool(std::uint64_t line, std::uint64_t count,
                                                   std::uint64_t event)> const& visit) = 0;
    struct attempt_view {
        std::uint64_t event = 0;
        attempt_kind kind = attempt_kind::attempt;
        bool in_doubt = false;
        std::int64_t at = 0;
        std::string_view reason;
    };
    /// Of the events [first, last], in order.
    virtual void each_attempt(std::uint64_t first, std::uint64_t last,
                              std::function<void(attempt_view const&)> const& visit) = 0;
};

}  // namespace setclick::ledger
