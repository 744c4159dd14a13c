// What a node was told to be durable, kept beside its spool: so that a server which lost it is noticed.
//
// A failover to a standby that lagged, or a restored copy, takes back what had been acknowledged, and every row in
// it looks right. Each node therefore keeps the number of its last acknowledged transaction (`lane.commits`, which
// only grows, whoever begins an epoch) in a small file. A database that has fewer of them has lost some; one that
// has more had a COMMIT whose answer nobody read.
//
// The file outlives the process, however that ends; after a power cut of the node it may be older than the truth,
// which raises no alarm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger::postgres {

struct acknowledged {
    std::string ledger;          ///< its id
    std::int64_t adoptions = 0;  ///< how often a person adopted it
    std::int64_t commits = 0;

    friend bool operator==(acknowledged const&, acknowledged const&) = default;
};

enum class kept : std::uint8_t {
    all,
    lost,    ///< the database has less than was acknowledged
    unheld,  ///< another ledger, or a person has adopted it since: what was kept says nothing
};
/// `stored`: as the database says; -1 commits: it does not know the node. Pure.
kept compare(acknowledged const& mine, acknowledged const& stored) noexcept;

/// The file. Blocks as a write to the page cache does; for the ledger's thread.
class acknowledged_file {
public:
    /// Made where it is not there; throws `io` where it can be neither read nor written.
    explicit acknowledged_file(std::string path);

    std::optional<acknowledged> const& last() const noexcept { return last_; }
    /// One write of one block, which lies there already: what fails of it is not heard of.
    void keep(acknowledged const& now) noexcept;

private:
    unique_fd fd_;
    std::optional<acknowledged> last_;
};

}  // namespace setclick::ledger::postgres
