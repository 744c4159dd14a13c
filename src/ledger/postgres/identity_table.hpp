// The table `identity`, a row for each: `identity_rows` over PostgreSQL.
//
// Keeps true: what was nobody's at the last look is inserted, what had a holder is updated; where another
// node came first the unique index refuses, and the import is judged again.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "../core/identity_rows.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class identity_table final : public identity_rows {
public:
    explicit identity_table(session& db);

    std::vector<identity_holder> find(std::vector<std::string_view> const& keys) override;
    void store(std::vector<identity_entry> const& entries,
               std::vector<std::string_view> const& keys) override;
    identity_holder find_one(std::string_view key) override;
    void hold(std::uint64_t event) override { hold_.run(event); }
    std::string sweep(std::string const& from,
                      std::function<bool(identity_entry const&)> const& keep,
                      std::uint64_t& dropped) override;

private:
    std::set<std::string_view> held_;  ///< of the last look; views of the caller's keys
    statement select_;
    statement insert_;
    statement update_;
    statement hold_;
    statement page_;
    statement erase_;
};

}  // namespace setclick::ledger::postgres
