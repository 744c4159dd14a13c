// `store` over PostgreSQL, as one of the nodes that share it. Each public call that changes something is one
// transaction, made by `change`, around one of the parts of the core.
//
// Keeps true: a transaction is committed under this node's epoch or not at all, and changes states only of
// accounts that this node owns; where the answer of a COMMIT is missing or comes with a warning, it is looked
// up before anything else is done; what is cached in memory is what the database says, or is read again
// before it is used. After each connect, what had been acknowledged is compared with what is there: where some of it
// is gone, the whole ledger is halted. PostgreSQL away is no breakage: a call changes nothing then and is `unreachable`. Who
// lost single accounts goes on without them (`cycle_result::lost`, `poll`); who was deposed is `refused` for
// good.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../core/tables.hpp"
#include "acknowledged.hpp"
#include "command_table.hpp"
#include "lane.hpp"
#include "move_table.hpp"
#include "owner_table.hpp"
#include "postgres_tables.hpp"
#include "read_ahead.hpp"
#include "session.hpp"
#include "setclickd/fault/fault.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {
class pruner;
}

namespace setclick::ledger::postgres {

class postgres_store final : public store {
public:
    /// What an open is for: only who adopts a ledger may go on where one has lost what it had acknowledged.
    enum class use : std::uint8_t { work, adopt };
    /// As `store::open`.
    static result<std::unique_ptr<postgres_store>> open(options const& opts, use what = use::work);
    ~postgres_store() override;

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
    /// The server's disk is not ours to know.
    result<std::optional<std::uint64_t>> free_bytes() override { return std::nullopt; }
    result<node_news> poll(wall_time now) override;
    result<taken_accounts> take_over(std::span<account_no const> accounts, wall_time now) override;
    result<void> give_up(std::span<account_no const> accounts) override;
    result<operation_slice> carry_out(command_slice const& slice, wall_time now) override;
    result<void> answer(std::int64_t command, std::string_view text) override;
    result<void> change_cluster(std::int64_t command, cluster_change const& what,
                                std::string_view answer) override;
    result<void> saw_endpoint_pause(std::int64_t version) override;
    result<ledger_health> look_after() override;
    /// For `use::adopt`, instead of everything else: what is not final is in doubt, and nothing is halted any more.
    /// `busy` where a setclickd works with the ledger.
    result<adoption_report> adopt(adoption const& how, wall_time now);
    /// A person has adopted the ledger since this node worked with it last, and the node does not know it yet.
    result<bool> has_to_join_adoption();
    /// What this node's files may hold twice is noted, and its start counter is that of its spool at least.
    result<void> join_adoption(adoption const& how);
    std::string id() const override { return id_; }
    std::uint64_t run() const override { return run_; }

private:
    postgres_store(options const& opts, use what);

    /// Runs `body` in a transaction, writes what its tables gathered, commits; `before` ahead of it, `after`
    /// with its result when it is durable. All but `after` may run more than once.
    template <class Before, class Body, class After>
    auto change(fault_step step, Before&& before, Body&& body, After&& after)
        -> result<decltype(body())>;
    template <class Body>
    auto change(fault_step step, Body&& body) -> result<decltype(body())>;
    template <class Body>
    result<void> change_only(fault_step step, Body&& body);
    /// Runs `body` without a transaction of its own.
    template <class Body>
    auto look(Body&& body) -> result<decltype(body())>;

    void require_only_one();
    bool take_locks();
    std::string other_node();
    /// At the beginning of each call: connected, and the epoch's locks are held as far as may be.
    void reconnect();
    void note_reach(error const* failed);
    /// Reads again what a transaction that failed may have left wrong in memory.
    void refresh();
    void commit(fault_step step);
    /// Does it again until PostgreSQL is there.
    template <class Body>
    auto patiently(std::string_view what, Body&& body) -> decltype(body());
    bool look_up();

    /// Reads all accounts and who owns them; those of this node that got events. What is cached stays right.
    void renew_accounts();
    /// The daemon knows of all events of this account up to now.
    void note_told(account_no no);
    std::vector<queue_depth> untold_depths();
    /// Everything again, inside a transaction that has changed nothing that is cached.
    void reload();
    void lock_accounts_of(std::span<import_chunk const> chunks);
    static void require_fit(rows found);
    void verify_kept();
    [[noreturn]] void halt(acknowledged const& stored);
    acknowledged acknowledged_now() const;
    void note_adopted_files(adoption const& how);
    std::string joined_key() const;
    void note_owned();
    std::vector<account_no> not_owned(cycle_request const& request);
    /// What was only looked for before COMMIT.
    void complete(cycle_result& out);
    std::vector<account_no> elsewhere(event_filter const& filter);
    /// What the caller is told; decides whether the store goes on.
    error failed(error e);

    options options_;
    session db_;
    lane lane_;
    owner_table owners_;
    statement ledger_row_;
    command_table commands_;
    move_table moves_;
    postgres_tables rows_;
    std::optional<tables> t_;
    std::unique_ptr<pruner> pruner_;
    std::set<account_no> owned_;  ///< as the node was told
    /// Up to where the daemon knows of an account's events.
    std::map<account_no, std::uint64_t> told_ends_;
    std::optional<acknowledged_file> acknowledged_;
    std::int64_t adoptions_ = 0;
    std::uint64_t verified_ = 0;  ///< the number of the connection
    use use_;
    std::string id_;
    std::uint64_t run_ = 0;
    bool recovered_ = false;
    bool is_stale_ = false;
    std::optional<error> broken_;
};

}  // namespace setclick::ledger::postgres
