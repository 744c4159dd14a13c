// Every table of a ledger in PostgreSQL: what `tables` works on.
#pragma once

#include "../core/tables.hpp"
#include "account_table.hpp"
#include "attempt_table.hpp"
#include "file_table.hpp"
#include "identity_table.hpp"
#include "pack_table.hpp"
#include "scan_table.hpp"
#include "session.hpp"
#include "side_tables.hpp"
#include "span_table.hpp"

namespace setclick::ledger::postgres {

struct postgres_tables {
    explicit postgres_tables(session& db)
        : meta(db),
          accounts(db),
          files(db),
          packs(db),
          spans(db, accounts),
          identities(db),
          attempts(db),
          notes(db),
          lines(db),
          marks(db),
          history(db, meta),
          scan(db, accounts, spans) {}
    postgres_tables(postgres_tables const&) = delete;
    postgres_tables& operator=(postgres_tables const&) = delete;

    void know_owner(std::int64_t node, std::int64_t epoch) noexcept {
        accounts.know_owner(node, epoch);
        files.know_node(node);
        spans.know_owner(node);
        history.know_node(node);
        meta.know_node(node);
        notes.know_node(node);
    }
    stored_rows rows() noexcept {
        return {meta,     accounts, files, packs, spans,   identities,
                attempts, notes,    lines, marks, history, scan};
    }

    meta_table meta;
    account_table accounts;
    file_table files;
    pack_table packs;
    span_table spans;
    identity_table identities;
    attempt_table attempts;
    note_table notes;
    line_table lines;
    mark_table marks;
    history_table history;
    scan_table scan;
};

}  // namespace setclick::ledger::postgres
