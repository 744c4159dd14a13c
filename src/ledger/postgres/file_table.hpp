// The tables `file` and `file_count`: `file_rows` over PostgreSQL.
//
// What became of a file's events is counted in a row of each node that settles them, so that no node waits
// for another; a file's state follows from the sums, and is stored nowhere. A file belongs to the node that
// claimed it, and only that node is told that it is complete: by its own settling, or by `completed_elsewhere`.
// Who finishes a file, and who opens an event of it again, lock its row first, so that one sees the other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "../core/file_rows.hpp"
#include "hot_rows.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

/// Begin of a SELECT over files; ends after WHERE-less FROM.
std::string select_files();

/// What one node, or all of them, settled of a file.
struct file_counts {
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;
    std::uint64_t discarded = 0;
    std::uint64_t held = 0;
    std::int64_t at = 0;
};
/// `more`: what the row does not count.
file_info file_from(rows const& row, file_counts const& more = {});

class file_table final : public file_rows {
public:
    explicit file_table(session& db);
    /// Whose files these are, and who settles.
    void know_node(std::int64_t node) noexcept { node_ = node; }

    std::vector<file_no> new_numbers(std::size_t count) override;
    bool add(file_no no, claimed_file const& file, import_chunk const& first,
             import_result const& counts, std::int64_t now) override;
    file_info get(file_no no) override;
    std::vector<file_info> not_done() override;
    void done(done_file const& file, std::int64_t now, std::int64_t day) override;
    void removed(file_no no) override { removed_.run(no); }
    void given_back(file_no no) override { given_back_.run(no); }
    void read_on(file_no no) override;
    bool advance(file_no no, import_chunk const& chunk, import_result const& counts,
                 std::int64_t now) override;
    void each_name(std::uint64_t after, std::size_t most,
                   std::function<bool(name const&)> const& visit) override;
    void expire(file_no no) override { expire_.run(no); }
    void each_forgettable(std::int64_t day, bool is_in_done_for_ever, std::uint64_t after,
                          std::size_t most,
                          std::function<bool(file_no, bool)> const& visit) override;
    void erase(file_no no) override { erase_.run(no); }

    /// From here on `flush` only queues what it has gathered, and names no file: `looked` does, out of rows
    /// that come with COMMIT. For transactions that open no event again.
    void look_later(bool later) noexcept { is_later_ = later; }
    /// Queued once more.
    void look_again() {
        own_counts_.clear();
        if (has_looks()) select_list_.look_later(looked_at_);
    }
    bool has_looks() const noexcept { return !looked_at_.empty(); }
    /// Of these rows: this node's files that are complete.
    std::vector<file_info> looked(rows found);

    /// Queued: this node's files that are complete, and of which another node settled events.
    void look_completed_elsewhere() { completed_elsewhere_.look_later(node_); }
    std::vector<file_info> completed_elsewhere(rows found);

private:
    flushed apply(changes const& by_file, std::int64_t now) override;
    void reload() override {
        looked_at_.clear();
        own_counts_.clear();
        told_.clear();
    }
    /// With the bare done_name.
    file_info get(file_no no, std::string& done_name);

    void tell(file_info f, std::vector<file_info>& out);

    std::int64_t node_ = 0;
    bool is_later_ = false;
    std::vector<std::int64_t> looked_at_;
    /// Of the files that were looked at without them: what the write in the same round trip left.
    std::map<file_no, file_counts> own_counts_;
    /// The node was told that they are complete, since this moment. Forgotten with a transaction that failed.
    std::map<file_no, wall_time> told_;
    statement lock_;
    statement completed_elsewhere_;
    statement numbers_;
    statement insert_;
    statement select_;
    statement select_list_;
    statement select_of_others_;
    statement select_not_done_;
    statement advance_;
    statement done_;
    hot_rows count_;
    statement reopen_;
    statement removed_;
    statement given_back_;
    statement read_on_;
    statement names_;
    statement expire_;
    statement forgettable_;
    statement erase_;
};

}  // namespace setclick::ledger::postgres
