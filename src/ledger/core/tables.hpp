// All tables of one ledger with their caches, whatever store they lie in, and what one transaction needs of them together.
//
// Its parts (import, cycle, recovery, commands, pruning, adoption) work on this, inside a transaction
// that the store opens and ends. Failures are thrown as `failure`; after one, `forget`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "account_map.hpp"
#include "adopted_files.hpp"
#include "attempt_rows.hpp"
#include "event_scan.hpp"
#include "file_rows.hpp"
#include "identity_rows.hpp"
#include "ledger_age.hpp"
#include "pack_map.hpp"
#include "setclickd/ledger/types.hpp"
#include "side_rows.hpp"
#include "span_map.hpp"

namespace setclick::ledger {

/// What a store implements: where each kind of row is kept. All of it outlives the tables.
struct stored_rows {
    meta_rows& meta;
    account_rows& accounts;
    file_rows& files;
    pack_rows& packs;
    span_rows& spans;
    identity_rows& identities;
    attempt_rows& attempts;
    note_rows& notes;
    line_rows& lines;
    mark_rows& marks;
    history_rows& history;
    scan_rows& scan;
};

struct tables {
    explicit tables(stored_rows const& in);
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
    /// Of any event of any account, as it is now.
    event_state state_of(std::uint64_t event);
    account_info info_of(account_row const& a);
    queue_depth depth_of(account_row const& a);

    meta_rows& meta;
    account_map accounts;
    file_rows& files;
    pack_map packs;
    ledger::span_rows& span_rows;
    span_map spans;
    identity_rows& identities;
    attempt_rows& attempts;
    ledger_age age;
    adopted_files adopted;
    note_rows& notes;
    line_rows& lines;
    mark_rows& marks;
    history_rows& history;
    scan_rows& scan;
};

}  // namespace setclick::ledger
