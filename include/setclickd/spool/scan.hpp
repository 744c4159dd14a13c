// The truth about incoming/: every name in it, in rounds, with a cursor that stays.
//
// One pass after the other over the directory through one kept stream: 100,000 files cost their own
// look each, never a listing of all of them in memory, and a round goes on where the last one
// ended. Files that are taken away in between do not disturb it; those that appear after the
// cursor are found by the next pass.
#pragma once

#include <dirent.h>

#include <memory>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/wholeness.hpp"

namespace setclick::spool {

/// A name that may be worth a look.
struct candidate {
    std::string name;
    unsigned char type = DT_UNKNOWN;  ///< DT_REG …, DT_UNKNOWN where the file system does not know
    arrival how = arrival::found;
};

class scanner {
public:
    /// Appends up to `limit` names; dots and unfinished ones (name_kind::leave_silently) are left
    /// out and do not count. True when the pass has come to its end: the next call begins a new
    /// one. A replaced incoming/ is opened anew there.
    result<bool> next(directory& spool, std::size_t limit, std::vector<candidate>& out);

    /// Begins a new pass with the next call.
    void restart() noexcept { dir_.reset(); }

private:
    struct closer {
        void operator()(DIR* dir) const noexcept { ::closedir(dir); }
    };
    std::unique_ptr<DIR, closer> dir_;
};

}  // namespace setclick::spool
