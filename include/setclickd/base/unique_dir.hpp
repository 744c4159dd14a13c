// A directory stream that closes itself.
#pragma once

#include <dirent.h>

#include <memory>

namespace setclick {

struct dir_closer {
    void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

using unique_dir = std::unique_ptr<DIR, dir_closer>;

}  // namespace setclick
