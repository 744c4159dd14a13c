// The ways into the store over PostgreSQL, for the module's own `open.cpp`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "../core/whole_ledger.hpp"
#include "setclickd/ledger/command_box.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

result<std::unique_ptr<store>> open_postgres_store(options const& opts);
result<std::unique_ptr<reader>> open_postgres_reader(place const& where);
result<std::unique_ptr<command_box>> open_postgres_command_box(place const& where);
result<check_report> check_postgres_ledger(place const& where);
result<std::uint64_t> count_pending_postgres(place const& where);
result<adoption_report> adopt_postgres_ledger(place const& where, adoption const& how,
                                              wall_time now);
result<void> join_postgres_adoption(place const& where,
                                    std::function<result<adoption>()> const& how);
result<std::unique_ptr<ledger_target>> open_postgres_target(place const& where);

}  // namespace setclick::ledger
