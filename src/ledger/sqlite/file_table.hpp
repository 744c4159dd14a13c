// The table `file`: `file_rows` over SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "../core/file_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

inline constexpr char const* file_columns =
    "no, name, work_name, device, inode, size, state, offset, line, at_end, reader_state, "
    "accepted, "
    "duplicate, refused, pending, delivered, rejected, discarded, claimed_at, finished_at, "
    "done_name, held";
file_info file_from(statement::cursor const& row);

class file_table final : public file_rows {
public:
    explicit file_table(connection& db);

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

private:
    flushed apply(changes const& by_file, std::int64_t now) override;
    void reload() override;
    static bool change_row(statement& how, file_no no, file_delta const& d, std::int64_t now,
                           std::vector<file_no>& complete, std::vector<file_no>& reopened);

    statement insert_;
    statement select_;
    statement select_not_done_;
    statement select_state_;
    statement advance_;
    statement done_;
    statement change_;
    statement reopen_;
    statement removed_;
    statement given_back_;
    statement read_on_;
    statement highest_;
    statement names_;
    statement expire_;
    statement forgettable_;
    statement erase_;
    std::uint64_t next_number_ = 1;
};

}  // namespace setclick::ledger
