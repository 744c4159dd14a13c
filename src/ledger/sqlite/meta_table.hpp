// The table `meta`: single values under a name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../core/side_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class meta_table final : public meta_rows {
public:
    explicit meta_table(connection& db)
        : select_(db, "SELECT value FROM meta WHERE key = ?"),
          update_(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)") {}

    std::int64_t number(std::string_view key) override {
        auto rows = select_.rows(key);
        return rows.next() ? rows.integer(0) : 0;
    }
    std::string text(std::string_view key) override {
        auto rows = select_.rows(key);
        return rows.next() ? std::string(rows.text(0)) : std::string();
    }
    void set(std::string_view key, std::int64_t value) override { update_.run(key, value); }
    void set(std::string_view key, std::string_view value) override { update_.run(key, value); }

private:
    statement select_;
    statement update_;
};

}  // namespace setclick::ledger
