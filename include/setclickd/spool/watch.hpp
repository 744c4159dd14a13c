// inotify on incoming/: names the files that were renamed in or closed by their writer. A
// hint that shortens the wait and nothing more: when it is off, fails or overflows, the scan finds
// the same files a little later.
#pragma once

#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/scan.hpp"

namespace setclick::spool {

class watch {
public:
    static result<watch> open(directory const& spool);

    /// incoming/ was replaced: what comes to the new one is named from now on. The descriptor stays.
    result<void> follow(directory const& spool);

    /// To wait for readability.
    int fd() const noexcept { return fd_.get(); }

    struct reading {
        bool overflow =
            false;          ///< hints were lost, or incoming/ itself was moved or removed: scan now
        bool more = false;  ///< perhaps not all was read
    };
    /// Appends the hinted names of one buffer of hints; never blocks.
    reading read(std::vector<candidate>& out);

private:
    explicit watch(unique_fd fd) : fd_(std::move(fd)) {}

    unique_fd fd_;
    int watched_ = -1;
};

}  // namespace setclick::spool
