// What readers look up beside spans and packs: `reader_rows` over SQLite.
#pragma once

#include <optional>

#include "../core/reader_rows.hpp"
#include "pack_table.hpp"
#include "scan_table.hpp"
#include "span_table.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class reader_table final : public reader_rows {
public:
    explicit reader_table(connection& db);

    scan_rows& scan() override { return scan_; }
    pack_rows& packs() override { return packs_ ? *packs_ : packs_.emplace(db_); }
    span_rows& spans() override { return spans_ ? *spans_ : spans_.emplace(db_); }

    std::vector<attempt_receipt> attempts(std::uint64_t event) override;
    std::string lines_of(std::uint64_t pack) override;
    std::string file_name(file_no no) override;
    std::string account_id(account_no no) override;
    void each_refused(file_no file, std::uint64_t after_line, std::uint32_t most,
                      std::function<bool(refused_line_view const&)> const& visit) override;
    void each_duplicate(
        file_no file, std::uint64_t from,
        std::function<bool(std::uint64_t, std::uint64_t, std::uint64_t)> const& visit) override;
    void each_attempt(std::uint64_t first, std::uint64_t last,
                      std::function<void(attempt_view const&)> const& visit) override;

private:
    connection& db_;
    scan_table scan_;
    // Prepared when first needed: whoever asks for the counters needs none of them.
    std::optional<pack_table> packs_;
    std::optional<span_table> spans_;
    statement attempts_;
    statement lines_;
    statement file_name_;
    statement account_id_;
    statement refused_;
    statement duplicates_;
    statement doubts_;
};

}  // namespace setclick::ledger
