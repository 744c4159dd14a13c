// The table `mark`: for each day of the ledger's age the account's first event that was imported on
// it, so that an event's number tells how old it is.
#pragma once

#include <cstdint>
#include <optional>

#include "../core/side_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class mark_table final : public mark_rows {
public:
    explicit mark_table(connection& db)
        : select_(db, "SELECT min(first) FROM mark WHERE account = ? AND day > ?"),
          insert_(db, "INSERT OR IGNORE INTO mark(account, day, first) VALUES(?, ?, ?)") {}

    std::optional<std::uint64_t> first_after(account_no account, std::int64_t day) override {
        auto rows = select_.rows(account, day);
        if (!rows.next() || rows.is_null(0)) return std::nullopt;
        return rows.number(0);
    }
    void add(account_no account, std::int64_t day, std::uint64_t first) override {
        insert_.run(account, day, first);
    }

private:
    statement select_;
    statement insert_;
};

}  // namespace setclick::ledger
