#include "schema_rule.hpp"

#include "setclickd/base/version.hpp"

namespace setclick::ledger::postgres {
namespace {

/// "setclickd 1.2.0, which knows version 3"
std::string this_program(int mine) {
    return "setclickd " + std::string(version()) + ", which knows version " + std::to_string(mine);
}

}  // namespace

schema_fit fit_of(schema_state const& stored, int mine) noexcept {
    if (stored.version == 0) return schema_fit::none;
    if (mine < stored.min_writer) return schema_fit::too_new;
    return stored.version < mine ? schema_fit::outdated : schema_fit::works;
}

std::string why_not(schema_state const& stored, int mine) {
    switch (fit_of(stored, mine)) {
        case schema_fit::works:
            return {};
        case schema_fit::none:
            return "there is no ledger in this database";
        case schema_fit::outdated:
            return "the ledger's tables in PostgreSQL are of version " +
                   std::to_string(stored.version) + ", too old for " + this_program(mine) +
                   ": run `setclickd ledger migrate` with the role of their owner; nodes that work "
                   "meanwhile go on";
        case schema_fit::too_new:
            break;
    }
    return "the ledger's tables in PostgreSQL are of version " + std::to_string(stored.version) +
           ", for programs that know version " + std::to_string(stored.min_writer) +
           " or later; this is " + this_program(mine) + ": upgrade it on this host";
}

}  // namespace setclick::ledger::postgres
