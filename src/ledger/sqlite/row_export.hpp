// Every row of an SQLite ledger, for another store.
//
// Works inside one read transaction and changes nothing; memory does not depend on the ledger's size. What
// is damaged ends it (`io`): a ledger that is given away is whole.
#pragma once

#include <functional>

#include "../core/whole_ledger.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class row_export {
public:
    row_export(connection& db, ledger_sink& to, std::function<void()> const& progress)
        : db_(db), to_(to), progress_(progress) {}

    transfer_counts run();

private:
    void accounts();
    void notes_and_marks();
    void spans();
    void packs();
    void identities();
    void attempts();
    void files();
    void lines();
    void history();
    void meta();
    void tick();

    connection& db_;
    ledger_sink& to_;
    std::function<void()> const& progress_;
    transfer_counts counts_;
    std::uint64_t rows_ = 0;
};

/// In `meta`, instead of 1 for a copy: another store has taken the ledger over.
inline constexpr std::int64_t taken_over_mark = 2;

}  // namespace setclick::ledger
