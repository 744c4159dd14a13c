// The versions of the tables of a ledger in PostgreSQL, as SQL: what each adds, and what is taken away later.
//
// An expansion only adds: every program that worked before it works after it, so that nodes are upgraded one by
// one. A contraction takes away what only older programs need; nobody older may write then. What is published is
// never changed; something new is added after it.
#pragma once

#include <span>

#include "schema_rule.hpp"

namespace setclick::ledger::postgres {

struct contraction {
    int min_writer = 0;  ///< the oldest that may write afterwards
    char const* sql = "";
};

struct schema_steps {
    std::span<char const* const> expansions;      ///< the first makes version 1
    std::span<contraction const> contractions{};  ///< by min_writer

    int version() const noexcept { return static_cast<int>(expansions.size()); }
};

schema_steps const& published_steps() noexcept;

}  // namespace setclick::ledger::postgres
