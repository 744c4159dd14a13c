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
#include "identity_index.hpp"
#include "ledger_age.hpp"
#include "meta_table.hpp"
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
    /// The last account_note; 0 is what all accounts share.
    std::string note_of(account_no account);

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
    statement note;       ///< (account, text): replaces the account's note
    statement refuse;     ///< (file, line, offset, length, reason)
    statement duplicate;  ///< (file, line, count, event)
    statement add_mark;   ///< (account, day, first id of that day)

private:
    template <class To>
    void add_due_times(account_no no, To& out);

    statement select_mark_;
    statement select_note_;
    statement due_times_;
    statement oldest_pending_;
};

}  // namespace setclick::ledger
