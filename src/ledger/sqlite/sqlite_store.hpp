// `store` over one SQLite file. Each public call that changes something is one transaction, made by
// `change`, around one of the parts (importer, cycle_run, crash_recovery, …).
//
// Keeps true: what is cached in memory is what the file says, or the store is broken and refuses
// everything. A full disk is no breakage: the transaction is rolled back and the caches are dropped.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commit_mark.hpp"
#include "lock_file.hpp"
#include "log_watch.hpp"
#include "presence.hpp"
#include "reserve.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/ledger/transfer.hpp"
#include "sqlite.hpp"
#include "sqlite_tables.hpp"

namespace setclick::ledger {

class ledger_sink;
class pruner;

class sqlite_store final : public store {
public:
    /// What an open is for: a ledger that is to be adopted may be a copy, and older than its mark; one that
    /// is given away is there already.
    enum class use : std::uint8_t { work, adopt, give_away };

    /// As `store::open`.
    static result<std::unique_ptr<sqlite_store>> open(options const& opts, use what = use::work);
    ~sqlite_store() override;

    result<recovery> recover(wall_time now, last_end const& end) override;
    result<account_no> account(std::string_view id) override;
    result<import_answer> import(std::span<claimed_file const> files,
                                 std::span<import_chunk const> chunks, wall_time now) override;
    result<cycle_result> cycle(cycle_request const& request) override;
    result<void> files_done(std::span<done_file const> files, wall_time now) override;
    result<file_info> file(file_no no) override;
    result<std::vector<file_info>> files(std::span<file_no const> numbers) override;
    result<std::vector<file_info>> unfinished_files() override;
    result<std::vector<account_info>> accounts() override;
    result<operation_slice> operate(operation const& what, event_no after, wall_time now) override;
    result<prune_slice> prune(retention const& keep, wall_time now, milliseconds elapsed) override;
    result<void> files_removed(std::span<file_no const> files) override;
    result<void> given_back(file_no no) override;
    result<file_info> read_on(file_no no) override;
    result<void> keep_verdict(account_no account, std::string_view verdict) override;
    result<std::optional<std::uint64_t>> free_bytes() override;
    result<node_news> poll(wall_time) override { return node_news{}; }
    result<taken_accounts> take_over(std::span<account_no const> accounts, wall_time now) override;
    result<void> give_up(std::span<account_no const>) override { return {}; }
    result<ledger_health> look_after() override;
    std::string id() const override { return id_; }
    std::uint64_t run() const override { return run_; }

    /// A copy is made the ledger: everything that is not final is in doubt. Instead of `recover`.
    result<adoption_report> adopt(adoption const& how, wall_time now);

    // Instead of `recover`, where another store takes the ledger over.
    result<std::uint64_t> commits();
    result<transfer_counts> give(ledger_sink& to, std::function<void()> const& progress);
    result<void> mark_as_taken_over();

private:
    sqlite_store(options const& opts, lock_file lock, use what,
                 std::optional<mark_values> const& mark);

    static result<std::unique_ptr<sqlite_store>> open_locked(options const& opts, lock_file lock,
                                                             use what);

    /// What a full disk means for a transaction: one that grows the ledger is refused first, one
    /// that settles may use the reserve.
    enum class purpose : std::uint8_t { grow, settle };

    /// Runs `body` in a transaction, writes what its tables gathered, commits. `body` may run
    /// twice.
    template <class Body>
    auto change(purpose why, fault_step step, Body&& body) -> result<decltype(body())>;
    /// As `change`, for a body without a result.
    template <class Body>
    result<void> change_only(purpose why, fault_step step, Body&& body);
    /// Runs `body` without a transaction of its own.
    template <class Body>
    auto look(Body&& body) -> result<decltype(body())>;

    void verify(use what, std::optional<mark_values> const& mark);
    void begin_mark();
    error taken_away(std::string const& file) noexcept;
    result<void> note_adopted_files(adoption const& how);
    result<recovery> end_earlier_run(wall_time now, last_end const& end, bool adopting);
    bool may_grow();
    bool find_room();
    error failed(error e);

    options options_;
    lock_file lock_;
    reserve reserve_;
    connection db_;
    commit_mark mark_;
    presence presence_;
    std::optional<log_watch> log_;
    std::optional<sqlite_tables> rows_;  ///< once the schema is there
    std::optional<tables> t_;
    std::unique_ptr<pruner> pruner_;

    std::string id_;
    std::uint64_t run_ = 0;
    std::uint64_t commits_ = 0;  ///< that this run goes on from
    bool recovered_ = false;
    bool full_ = false;
    std::optional<error> broken_;
};

}  // namespace setclick::ledger
