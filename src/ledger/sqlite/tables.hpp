// All tables of one ledger with their caches, and what one transaction needs of them together.
//
// Its parts (import, cycle, recovery, commands, pruning, adoption) work on this, inside a transaction
// that the store opens and ends. Failures are thrown as `failure`; after one, `forget`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../core/adopted_files.hpp"
#include "../core/span_map.hpp"
#include "account_table.hpp"
#include "attempt_table.hpp"
#include "file_table.hpp"
#include "history_table.hpp"
#include "identity_index.hpp"
#include "ledger_age.hpp"
#include "line_table.hpp"
#include "mark_table.hpp"
#include "meta_table.hpp"
#include "note_table.hpp"
#include "pack_table.hpp"
#include "setclickd/ledger/types.hpp"
#include "span_table.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

struct tables {
    /// The schema is there already.
    explicit tables(connection& on);
    tables(tables const&) = delete;
    tables& operator=(tables const&) = delete;

    /// Writes what spans and accounts have gathered: before the commit.
    void flush();
    /// Drops what was cached: after a rollback.
    void forget();
    /// Bounds the caches: after a commit.
    void trim() noexcept;

    /// Ids of the account below this were imported before the last `days` days. 0 for none.
    std::uint64_t older_than(account_no account, std::int64_t days);
    account_info info_of(account_row const& a);
    queue_depth depth_of(account_row const& a);

    connection& db;
    meta_table meta;
    account_table accounts;
    file_table files;
    pack_table packs;
    span_table span_rows;
    span_map spans;
    identity_index identities;
    attempt_table attempts;
    ledger_age age;
    adopted_files adopted;
    note_table notes;
    line_table lines;
    mark_table marks;
    history_table history;
};

}  // namespace setclick::ledger
