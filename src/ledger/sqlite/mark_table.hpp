// The table `mark`: for each day of the ledger's age the account's first event that was imported on
// it, so that an event's number tells how old it is.
#pragma once

#include <cstdint>
#include <optional>

#include "setclickd/base/ids.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class mark_table {
public:
    explicit mark_table(connection& db)
        : select_(db, "SELECT min(first) FROM mark WHERE account = ? AND day > ?"),
          insert_(db, "INSERT OR IGNORE INTO mark(account, day, first) VALUES(?, ?, ?)") {}

    /// The first event imported after that day; nothing where none was.
    std::optional<std::uint64_t> first_after(account_no account, std::int64_t day) {
        auto rows = select_.rows(account, day);
        if (!rows.next() || rows.is_null(0)) return std::nullopt;
        return rows.number(0);
    }
    /// The first one of a day stands.
    void add(account_no account, std::int64_t day, std::uint64_t first) {
        insert_.run(account, day, first);
    }

private:
    statement select_;
    statement insert_;
};

}  // namespace setclick::ledger
