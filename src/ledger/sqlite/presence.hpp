// Whether the files of a ledger that is in use still lie where they were opened.
//
// A file that was removed or replaced goes on unseen until its process ends, and is gone then with
// all that it holds. Opens nothing: closing a descriptor would give up SQLite's locks.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>

namespace setclick::ledger {

class presence {
public:
    explicit presence(std::string ledger_path) : path_(std::move(ledger_path)) {}

    /// The first of the ledger, its log and the log's index that is not there any more, or is
    /// another file than at an earlier look. One that was never there is none.
    std::optional<std::string> missing();

private:
    struct seen_file {
        dev_t device = 0;
        ino_t inode = 0;
    };

    std::string path_;
    std::array<std::optional<seen_file>, 3> seen_;
};

}  // namespace setclick::ledger
