// What a walk over events reads of `span` and `pack`: `scan_rows` over SQLite.
#pragma once

#include "../core/event_scan.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class scan_table final : public scan_rows {
public:
    explicit scan_table(connection& db) : db_(db) {}

    void each_span(std::uint64_t first, std::uint64_t last, std::optional<event_state> state,
                   span_visit const& visit) override;
    void each_pack(std::uint64_t first, std::uint64_t last, pack_visit const& visit) override;
    void each_pack_of(file_no file, std::uint64_t first, std::uint64_t last,
                      pack_visit const& visit) override;

private:
    // Prepared when first needed: a walk needs few of them.
    statement& prepared(std::optional<statement>& s, std::string_view sql);

    connection& db_;
    std::optional<statement> spans_in_state_;
    std::optional<statement> spans_;
    std::optional<statement> packs_;
    std::optional<statement> packs_of_file_;
};

}  // namespace setclick::ledger
