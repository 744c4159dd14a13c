// PATH.mark: what the ledger PATH was after its last commit, kept outside of it.
//
// Written after each durable commit, so that it is never newer than what the disk holds; synced by
// nobody, so that after a power cut it may be older. A ledger that is older than its mark has lost
// commits: its log was cut, emptied or taken away, or another file was put in its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger {

/// Of the head of a log: which of its lives it is in. The first counts up, the second is random.
struct log_salt {
    std::uint32_t count = 0;
    std::uint32_t random = 0;
    friend bool operator==(log_salt const&, log_salt const&) = default;
};

struct mark_values {
    std::string ledger;         ///< its id
    std::uint64_t commits = 0;  ///< that it had
    std::uint64_t in_file = 0;  ///< of those: certainly in the main file, not only in the log
    std::uint64_t file_bytes =
        0;           ///< of the main file when its log began: it only grows from there
    log_salt log{};  ///< zeros: the log was empty
};

/// None where there is no mark, or none that can be read.
std::optional<mark_values> read_mark(std::string const& ledger_path);
/// None for a log that is empty or not there.
std::optional<log_salt> read_log_salt(int log_fd) noexcept;

class commit_mark {
public:
    explicit commit_mark(std::string ledger_path);

    /// Before the first commit of a run. `commits`: what it goes on from; `in_ledger`: what the
    /// ledger itself says, which is less where an older one is adopted.
    void begin(std::string const& ledger_id, std::uint64_t commits, std::uint64_t in_ledger);
    bool is_begun() const noexcept { return is_begun_; }
    /// Before the main file is written anew, and may become smaller: what is known of its size does
    /// not hold any more. Durable; throws `failure`.
    void file_may_shrink();
    /// The number that the next commit has.
    std::uint64_t next() const noexcept { return now_.commits + 1; }
    /// The next commit is durable.
    void committed() noexcept;

private:
    std::optional<log_salt> log_now() noexcept;
    void log_begins() noexcept;
    void write() noexcept;

    std::string path_;
    mark_values now_;
    bool is_begun_ = false;
    unique_fd fd_;
    unique_fd log_;  ///< for its head alone
};

}  // namespace setclick::ledger
