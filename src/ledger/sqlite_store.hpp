// `store` over SQLite: what its parts share. Each public call is one transaction, made by `change`.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "account_table.hpp"
#include "attempt_table.hpp"
#include "file_table.hpp"
#include "identity_index.hpp"
#include "lock_file.hpp"
#include "pack_table.hpp"
#include "reserve.hpp"
#include "setclickd/ledger/store.hpp"
#include "span_map.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

inline constexpr std::int64_t day_ms = 86'400'000;

class pruner;

class sqlite_store final : public store {
public:
    sqlite_store(options const& opts, lock_file lock);
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
    result<void> keep_verdict(account_no account, std::string_view verdict) override;
    result<std::uint64_t> free_bytes() override;
    bool disk_is_full() const noexcept override { return full_; }
    std::string id() const override { return id_; }
    std::uint64_t run() const override { return run_; }

private:
    friend class importer;
    friend class operator_hands;
    friend class pruner;
    friend class adopter;

    /// What a full disk means for a transaction: one that grows the ledger is refused first, one
    /// that settles may use the reserve.
    enum class purpose : std::uint8_t { grow, settle };

    /// Runs `body` in a transaction, writes what its tables gathered, commits. `body` may run
    /// twice.
    template <class Body>
    auto change(purpose why, fault_step step, Body&& body) -> result<decltype(body())>;
    /// Runs `body` without a transaction of its own.
    template <class Body>
    auto look(Body&& body) -> result<decltype(body())>;

    void flush();
    void forget();
    void trim() noexcept;
    bool may_grow();
    bool find_room();
    error failed(error e);

    // cycle.cpp
    cycle_result run_cycle(cycle_request const& request);
    void settle_delivered(cycle_request const& request);
    void settle_one(settlement const& s, wall_time now);
    void move_event(std::uint64_t id, event_state from, event_state to);
    batch claim(claim_wish const& wish, wall_time now);
    queue_depth depth_of(account_row const& a);
    template <class To>
    void tell_due(account_no no, To& out);

    // prune.cpp
    void grow_older(wall_time now, milliseconds elapsed);

    // recover.cpp
    void end_claim(span_row const& claim, wall_time now, bool aborted, recovery& out);
    account_info info_of(account_row const& a);
    std::vector<reading_place> note_crash(last_end const& end);

    std::int64_t meta(std::string_view key);
    void set_meta(std::string_view key, std::int64_t value);
    std::string meta_text(std::string_view key);
    std::int64_t today() const noexcept { return age_ms_ / day_ms; }
    /// Ids of the account below this were imported before the last `days` days. 0 for none.
    std::uint64_t older_than(account_no account, std::int64_t days);

    options options_;
    lock_file lock_;
    reserve reserve_;
    connection db_;

    // After the schema is there: statements are prepared with their owners.
    struct tables {
        explicit tables(connection& db);
        account_table accounts;
        file_table files;
        pack_table packs;
        span_map spans;
        identity_index identities;
        attempt_table attempts;
        statement waiting_spans;
        statement due_spans;
        statement misdated_spans;
        statement due_times;
        statement in_flight_spans;
        statement oldest_pending;
        statement note;
        statement select_note;
        statement refuse;
        statement duplicate;
        statement add_mark;
        statement select_mark;
        statement select_meta;
        statement update_meta;
    };
    std::optional<tables> t_;

    std::string id_;
    std::uint64_t run_ = 0;
    bool recovered_ = false;
    bool adopting_ = false;    ///< a copy may be used
    std::int64_t age_ms_ = 0;  ///< how long this ledger has plausibly existed
    bool age_seen_ = false;
    std::unique_ptr<pruner> pruner_;
    bool full_ = false;
    std::optional<error> broken_;
};

/// The first and the last time of what is deferred.
template <class To>
void sqlite_store::tell_due(account_no no, To& out) {
    auto rows = t_->due_times.rows(no);
    if (!rows.next()) return;
    out.next_due = from_ms(rows.integer(0));
    out.last_due = from_ms(rows.integer(1));
}

template <class Body>
auto sqlite_store::look(Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    try {
        return body();
    } catch (failure const& f) {
        return failed(f.what_failed());
    }
}

template <class Body>
auto sqlite_store::change(purpose why, fault_step step, Body&& body) -> result<decltype(body())> {
    if (broken_) return *broken_;
    if (why == purpose::grow && full_ && !may_grow())
        return fail(errc::disk_full, "no room left on the disk of the ledger " + options_.path);
    for (int tries = 0;; ++tries) {
        try {
            transaction change(db_);
            auto out = body();
            flush();
            change.commit(step);
            trim();
            return out;
        } catch (failure const& f) {
            auto const e = failed(f.what_failed());
            if (broken_) return *broken_;
            if (e.code != errc::disk_full || why != purpose::settle || tries == 2 || !find_room())
                return e;
        }
    }
}

}  // namespace setclick::ledger
