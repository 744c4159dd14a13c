#include "open.hpp"

#include "postgres_reader.hpp"
#include "postgres_store.hpp"
#include "whole_import.hpp"

namespace setclick::ledger {

result<std::unique_ptr<store>> open_postgres_store(options const& opts) {
    return postgres::postgres_store::open(opts);
}

result<std::unique_ptr<reader>> open_postgres_reader(place const& where) {
    try {
        return std::unique_ptr<reader>(new postgres::postgres_reader(where));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<std::unique_ptr<ledger_target>> open_postgres_target(place const& where) {
    try {
        return std::unique_ptr<ledger_target>(new postgres::whole_import(where));
    } catch (failure const& f) {
        return f.what_failed();
    }
}

}  // namespace setclick::ledger
