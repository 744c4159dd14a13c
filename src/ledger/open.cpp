// From a place to the store that lies there: the only file that knows every kind of store.
#include "sqlite/open.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

result<std::unique_ptr<store>> store::open(options const& opts) {
    return open_sqlite_store(opts);
}

result<std::unique_ptr<reader>> reader::open(place const& where) {
    return open_sqlite_reader(where.path);
}

result<void> verify_files(place const& where) {
    return verify_sqlite_files(where.path);
}

result<check_report> check_ledger(place const& where) {
    return check_sqlite_ledger(where.path);
}

result<void> backup_ledger(place const& where, std::string const& to) {
    return backup_sqlite_ledger(where.path, to);
}

result<std::uint64_t> count_pending(place const& where) {
    return count_pending_sqlite(where.path);
}

result<adoption_report> adopt_ledger(place const& where, adoption const& how, wall_time now) {
    return adopt_sqlite_ledger(where.path, how, now);
}

}  // namespace setclick::ledger
