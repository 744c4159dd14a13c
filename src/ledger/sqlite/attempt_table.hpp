// The table `attempt`: `attempt_rows` over SQLite.
#pragma once

#include <cstdint>
#include <string_view>

#include "../core/attempt_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class attempt_table final : public attempt_rows {
public:
    explicit attempt_table(connection& db);

    void add(std::uint64_t event, attempt_row const& row, bool has_earlier) override;
    attempt_history history(std::uint64_t event) override;
    std::map<std::uint64_t, attempt_marks> marks(std::uint64_t first, std::uint64_t last) override;
    std::uint32_t restarts_in_a_row(std::uint64_t event, std::string_view reason) override;
    void erase(std::uint64_t first, std::uint64_t last) override { erase_.run(first, last); }

private:
    statement insert_;
    statement insert_next_;
    statement select_;
    statement select_marks_;
    statement select_newest_;
    statement erase_;
};

}  // namespace setclick::ledger
