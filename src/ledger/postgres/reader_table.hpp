// What readers look up beside spans and packs: `reader_rows` over PostgreSQL.
#pragma once

#include <vector>

#include "../core/reader_rows.hpp"
#include "account_table.hpp"
#include "attempt_table.hpp"
#include "pack_table.hpp"
#include "scan_table.hpp"
#include "session.hpp"
#include "span_table.hpp"

namespace setclick::ledger::postgres {

class reader_table final : public reader_rows {
public:
    explicit reader_table(session& db);

    /// At the start of a transaction: reads where each account's numbers end.
    void begin() {
        known_ = accounts_.all();
        spans_.forget();
    }
    std::vector<account_row> const& known_accounts() const noexcept { return known_; }
    span_table& stored_spans() noexcept { return spans_; }

    scan_rows& scan() override { return scan_; }
    pack_rows& packs() override { return packs_; }
    span_rows& spans() override { return spans_; }

    std::vector<attempt_receipt> attempts(std::uint64_t event) override {
        return attempts_.receipt(event);
    }
    std::string lines_of(std::uint64_t pack) override;
    std::string file_name(file_no no) override;
    std::string file_node(file_no no) override;
    std::string account_id(account_no no) override;
    void each_refused(file_no file, std::uint64_t after_line, std::uint32_t most,
                      std::function<bool(refused_line_view const&)> const& visit) override;
    void each_duplicate(
        file_no file, std::uint64_t from,
        std::function<bool(std::uint64_t, std::uint64_t, std::uint64_t)> const& visit) override;
    void each_attempt(std::uint64_t first, std::uint64_t last,
                      std::function<void(attempt_view const&)> const& visit) override;

private:
    account_table accounts_;
    std::vector<account_row> known_;
    pack_table packs_;
    span_table spans_;
    scan_table scan_;
    attempt_table attempts_;
    statement lines_;
    statement file_name_;
    statement file_node_;
    statement account_id_;
    statement refused_;
    statement duplicates_;
    statement doubts_;
};

}  // namespace setclick::ledger::postgres
