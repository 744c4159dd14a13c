// The table `pack`: `pack_rows` over PostgreSQL. Its pages have the server's checksums.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "../core/pack_map.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class pack_table final : public pack_rows {
public:
    explicit pack_table(session& db);

    void insert(pack_draft const& draft, std::int64_t imported_at) override;
    void rewrite(origin const& of, std::string_view lines, pack_draft const& records) override;
    void erase(std::uint64_t first) override { erase_.run(first); }
    std::optional<origin> at_or_before(std::uint64_t id) override;
    void each(std::uint64_t first, std::uint64_t last, row_visit const& visit) override;
    std::optional<std::uint64_t> line_of(std::uint64_t id) override;
    void each_head(std::uint64_t from, std::uint64_t end, std::size_t most,
                   head_visit const& visit) override;
    void each_content(std::uint64_t from, std::uint64_t end, std::size_t most,
                      head_visit const& visit) override;

    /// Queued, ahead of a transaction: the packs that hold these ids. `keep_ahead` takes the rows, and `each`
    /// finds them there until `forget_ahead`: records never change, and only their owner prunes them.
    void look_ahead(std::uint64_t first, std::uint64_t last);
    void keep_ahead(rows found);
    void forget_ahead() noexcept {
        ahead_.clear();
        ahead_rows_.clear();
    }

private:
    row const* ahead(std::uint64_t id) const;

    std::map<std::uint64_t, row> ahead_;  ///< by first; views of the rows
    std::vector<rows> ahead_rows_;
    statement insert_;
    statement select_origin_;
    statement select_records_;
    statement select_lines_;
    statement rewrite_;
    statement erase_;
    statement select_heads_;
    statement select_contents_;
};

/// Of a row that begins with first, count, file, imported_at.
origin origin_of(rows const& row) noexcept;

}  // namespace setclick::ledger::postgres
