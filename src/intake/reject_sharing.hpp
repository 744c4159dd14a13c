// Gives what is published in rejected/ back to who dropped the file that it is from (spool.share_rejected).
//
// Promises: nothing of it holds up a file: where lines cannot be given back, that is logged once and they lie in
// rejected/ all the same. The intake's thread.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/sharing.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/spool/shared_names.hpp"

namespace setclick::intake {

class reject_sharing {
public:
    reject_sharing(spool::directory const& spool, sharing how)
        : spool_(&spool), how_(how), names_(spool) {}

    /// Before all else: the producers' lists, by what lies there.
    void take_up();
    /// Before `out` has its name: who may read it. `input` is the file that it is from, -1 where that is gone: nobody
    /// then. An error only where the disk is in trouble.
    result<spool::readers> share(spool::publication& out, int input, std::string_view name);
    /// It has this name now.
    void published(spool::readers const& to, std::string_view name);

private:
    void note(std::string_view name, std::string const& why);

    spool::directory const* spool_;
    sharing how_;
    spool::shared_names names_;
    bool is_reported_ = false;
};

}  // namespace setclick::intake
