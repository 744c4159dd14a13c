// Tests that every kind of store must pass: TEST_P of a fixture, and LEDGER_CONTRACT once for it.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "ledger_fixture.hpp"
#include "temporary_postgres.hpp"

namespace setclick::ledger {

/// In a PostgreSQL that the tests start themselves.
inline store_kind const postgres_kind{
    "postgres", [](std::filesystem::path const&) { return temporary_postgres::new_ledger(); },
    []() -> char const* {
        return temporary_postgres::is_installed()
                   ? nullptr
                   : "no PostgreSQL is installed (apt install postgresql-15)";
    }};
inline std::vector<store_kind> every_store() {
    return {sqlite_kind, postgres_kind};
}

class contract_test : public ledger_test, public testing::WithParamInterface<store_kind> {
protected:
    store_kind kind() const override { return GetParam(); }
};

#define LEDGER_CONTRACT(fixture)                                                     \
    INSTANTIATE_TEST_SUITE_P(every_store, fixture, testing::ValuesIn(every_store()), \
                             [](auto const& chosen) { return chosen.param.name; })

}  // namespace setclick::ledger
