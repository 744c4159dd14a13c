// The table `meta`: single values under a name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sqlite.hpp"

namespace setclick::ledger {

class meta_table {
public:
    explicit meta_table(connection& db)
        : select_(db, "SELECT value FROM meta WHERE key = ?"),
          update_(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)") {}

    /// 0 for a name without a value.
    std::int64_t number(std::string_view key) {
        auto rows = select_.rows(key);
        return rows.next() ? rows.integer(0) : 0;
    }
    /// Empty for a name without a value.
    std::string text(std::string_view key) {
        auto rows = select_.rows(key);
        return rows.next() ? std::string(rows.text(0)) : std::string();
    }
    void set(std::string_view key, std::int64_t value) { update_.run(key, value); }
    void set(std::string_view key, std::string_view value) { update_.run(key, value); }

private:
    statement select_;
    statement update_;
};

}  // namespace setclick::ledger
