// Accounts as an array of PostgreSQL's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "setclickd/base/ids.hpp"

namespace setclick::ledger::postgres {

inline std::vector<std::int64_t> numbers_of(std::span<account_no const> accounts) {
    std::vector<std::int64_t> out;
    out.reserve(accounts.size());
    for (auto const no : accounts)
        out.push_back(static_cast<std::int64_t>(no));
    return out;
}

}  // namespace setclick::ledger::postgres
