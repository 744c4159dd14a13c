#include "open.hpp"

#include <unistd.h>

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
