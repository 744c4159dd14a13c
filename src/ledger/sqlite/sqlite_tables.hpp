// Every table of an SQLite ledger: what `tables` works on.
#pragma once

#include "../core/tables.hpp"
#include "account_table.hpp"
#include "attempt_table.hpp"
#include "file_table.hpp"
#include "history_table.hpp"
#include "identity_index.hpp"
#include "line_table.hpp"
#include "mark_table.hpp"
#include "meta_table.hpp"
#include "note_table.hpp"
#include "pack_table.hpp"
#include "scan_table.hpp"
#include "span_table.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

struct sqlite_tables {
    /// The schema is there already: statements are prepared with it.
    explicit sqlite_tables(connection& db)
        : meta(db),
          accounts(db),
          files(db),
          packs(db),
          spans(db),
          identities(db),
          attempts(db),
          notes(db),
          lines(db),
          marks(db),
          history(db, meta),
          scan(db) {}
    sqlite_tables(sqlite_tables const&) = delete;
    sqlite_tables& operator=(sqlite_tables const&) = delete;

    stored_rows rows() noexcept {
        return {meta,     accounts, files, packs, spans,   identities,
                attempts, notes,    lines, marks, history, scan};
    }

    meta_table meta;
    account_table accounts;
    file_table files;
    pack_table packs;
    span_table spans;
    identity_index identities;
    attempt_table attempts;
    note_table notes;
    line_table lines;
    mark_table marks;
    history_table history;
    scan_table scan;
};

}  // namespace setclick::ledger
