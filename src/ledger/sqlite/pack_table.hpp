// The table `pack`: `pack_rows` over SQLite, with a checksum over each row.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "../core/pack_map.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

inline constexpr char const* pack_columns =
    "first, count, file, imported_at, lines, lengths, body, sum";

/// Of a row of pack_columns; one that an earlier version wrote is believed.
bool is_as_written(statement::cursor const& rows);

/// A slice of the packs after `after` that an earlier version wrote get their checksums, in a
/// transaction; `after` is where to go on. False where none is left.
bool add_missing_sums(connection& db, std::uint64_t& after);

class pack_table final : public pack_rows {
public:
    explicit pack_table(connection& db);

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

private:
    /// Throws `failure` (`io`) for a row of pack_columns that is not what was written.
    void verify(statement::cursor const& rows) const;

    connection& db_;
    statement insert_;
    statement select_origin_;
    statement select_records_;
    statement select_lines_;
    statement rewrite_;
    statement erase_;
    statement select_heads_;
    statement select_contents_;
};

}  // namespace setclick::ledger
