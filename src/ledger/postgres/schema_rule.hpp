// Which programs may work with which tables of a ledger in PostgreSQL. Pure.
//
// `ledger.version` counts what was added, `ledger.min_writer` is the oldest program that may still write. A
// program works with tables that are newer than itself, as long as they let it; never with older ones, which lack
// what it writes.
#pragma once

#include <cstdint>
#include <string>

namespace setclick::ledger::postgres {

/// What this program knows.
inline constexpr int schema_version = 2;

/// As the ledger says; 0: there is none.
struct schema_state {
    int version = 0;
    int min_writer = 0;
};

enum class schema_fit : std::uint8_t {
    none,      ///< there are no tables
    works,     ///<
    outdated,  ///< the tables are older than the program: they are to be expanded
    too_new,   ///< the program is older than the tables let write
};
schema_fit fit_of(schema_state const& stored, int mine) noexcept;

/// For people: why, and what next. Empty where it works.
std::string why_not(schema_state const& stored, int mine);

}  // namespace setclick::ledger::postgres
