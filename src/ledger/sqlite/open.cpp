#include "open.hpp"

#include <unistd.h>

#include "ledger_files.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "sqlite_reader.hpp"
#include "sqlite_store.hpp"

namespace setclick::ledger {

result<std::unique_ptr<store>> open_sqlite_store(options const& opts) {
    auto opened = sqlite_store::open(opts);
    if (!opened) return opened.error();
    return std::unique_ptr<store>(std::move(*opened));
}

result<std::unique_ptr<reader>> open_sqlite_reader(std::string const& path) {
    try {
        return std::unique_ptr<reader>(std::make_unique<sqlite_reader>(path));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<std::uint64_t> count_pending_sqlite(std::string const& path) {
    try {
        require_own_log(path);
        connection db(path, connection::mode::read_only);
        prepare_for_reading(db);
        require_readable_accounts(db);
        statement select(db,
                         "SELECT coalesce(sum(waiting + deferred + in_flight), 0) FROM account");
        auto rows = select.rows();
        return rows.next() ? rows.number(0) : 0;
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<adoption_report> adopt_sqlite_ledger(std::string const& path, adoption const& how,
                                            wall_time now) {
    // Only an existing one: adopting must never begin a new ledger.
    if (::access(path.c_str(), F_OK) != 0)
        return fail(errc::not_found, "there is no ledger at " + printable(path, 4096));
    options opts;
    opts.where = place(path);
    auto opened = sqlite_store::open(opts, sqlite_store::use::adopt);
    if (!opened) return opened.error();
    return (*opened)->adopt(how, now);
}

}  // namespace setclick::ledger
