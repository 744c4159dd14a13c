// The ledger over SQLite: what the factory in ledger/open.cpp calls. As the functions without
// `sqlite` in their names.
#pragma once

#include <memory>
#include <string>

#include "../core/whole_ledger.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

result<std::unique_ptr<store>> open_sqlite_store(options const& opts);
result<std::unique_ptr<reader>> open_sqlite_reader(std::string const& path);
result<void> verify_sqlite_files(std::string const& path);
result<check_report> check_sqlite_ledger(std::string const& path);
result<void> backup_sqlite_ledger(std::string const& path, std::string const& to);
result<std::uint64_t> count_pending_sqlite(std::string const& path);
result<adoption_report> adopt_sqlite_ledger(std::string const& path, adoption const& how,
                                            wall_time now);
/// Takes the lock of a ledger that is there.
result<std::unique_ptr<ledger_source>> open_sqlite_source(std::string const& path);

}  // namespace setclick::ledger
