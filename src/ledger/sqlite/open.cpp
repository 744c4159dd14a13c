#include "open.hpp"

#include <unistd.h>

#include <functional>
#include <utility>

#include "ledger_files.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "sqlite_reader.hpp"
#include "sqlite_store.hpp"

namespace setclick::ledger {
namespace {

template <class Value>
Value or_throw(result<Value> done) {
    if (!done) throw failure(done.error());
    return std::move(*done);
}

/// Only an existing one: neither adopting nor giving away must ever begin a new ledger.
result<std::unique_ptr<sqlite_store>> open_existing(std::string const& path,
                                                    sqlite_store::use what) {
    if (::access(path.c_str(), F_OK) != 0)
        return fail(errc::not_found, "there is no ledger at " + printable(path, 4096));
    options opts;
    opts.where = place(path);
    return sqlite_store::open(opts, what);
}

class sqlite_source final : public ledger_source {
public:
    explicit sqlite_source(std::unique_ptr<sqlite_store> from) : from_(std::move(from)) {}

    ledger_name name() override { return {from_->id(), from_->run(), or_throw(from_->commits())}; }
    transfer_counts give(ledger_sink& to, std::function<void()> const& progress) override {
        return or_throw(from_->give(to, progress));
    }
    void mark_as_taken_over() override {
        if (auto const marked = from_->mark_as_taken_over(); !marked) throw failure(marked.error());
    }

private:
    std::unique_ptr<sqlite_store> from_;
};

}  // namespace

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
    auto opened = open_existing(path, sqlite_store::use::adopt);
    if (!opened) return opened.error();
    return (*opened)->adopt(how, now);
}

result<std::unique_ptr<ledger_source>> open_sqlite_source(std::string const& path) {
    auto opened = open_existing(path, sqlite_store::use::give_away);
    if (!opened) return opened.error();
    return std::unique_ptr<ledger_source>(std::make_unique<sqlite_source>(std::move(*opened)));
}

}  // namespace setclick::ledger
