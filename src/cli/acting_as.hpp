// While it lives, the effective user is another one, with that user's groups: what root looks at is
// then seen as a service that runs as that user would see it.
//
// Where the caller is not root, or the user is unknown, nothing changes. One thread only: the
// process has one effective user.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace setclick::cli {

class acting_as {
public:
    /// An empty name changes nothing.
    explicit acting_as(std::string const& user);
    ~acting_as();
    acting_as(acting_as const&) = delete;
    acting_as& operator=(acting_as const&) = delete;

private:
    bool changed_ = false;
    gid_t group_ = 0;              // to be given back
    std::vector<gid_t> groups_{};  // to be given back
};

}  // namespace setclick::cli
