// A whole ledger of another store written into an empty one in PostgreSQL: `ledger_target`.
//
// Keeps true: all of it is one transaction, which holds off every writer; a COMMIT without an answer is looked
// up. Numbers of events, accounts and files stay what they were; what belongs to a node (files, claims,
// accounts, the counter of starts) becomes that of `place.node`.
#pragma once

#include <memory>

#include "../core/whole_ledger.hpp"
#include "bulk_insert.hpp"
#include "session.hpp"
#include "setclickd/ledger/place.hpp"

namespace setclick::ledger::postgres {

class whole_import final : public ledger_target {
public:
    /// Connects; makes the schema where there is none.
    explicit whole_import(place const& to);
    ~whole_import() override;

    content begin(ledger_name const& source) override;
    transfer_counts counts() override;
    std::vector<std::string> findings() override;
    void commit() override;

    void account(account_row const& row) override;
    void note(account_no account, std::string_view text) override;
    void mark(account_no account, std::int64_t day, std::uint64_t first) override;
    void span(span_row const& row) override;
    void pack(pack_rows::row const& row) override;
    void identity(identity_entry const& entry) override;
    void attempt(std::uint64_t event, std::uint64_t seq, attempt_receipt const& row) override;
    void file(whole_file const& row) override;
    void refused(file_no file, refused_row const& row) override;
    void duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                    std::uint64_t event) override;
    void history(history_slot const& slot) override;
    void meta(std::string_view key, std::int64_t value) override;
    void meta(std::string_view key, std::string_view value) override;

private:
    struct inserts;

    void take_lock();
    void make_node(std::uint64_t run);
    bool is_empty();
    void flush();
    bool was_committed();

    place place_;
    session db_;
    std::unique_ptr<inserts> into_;
    ledger_name source_;
    std::int64_t node_ = 0;
    std::vector<std::uint64_t> next_ids_;  ///< of account n at n - 1
};

}  // namespace setclick::ledger::postgres
