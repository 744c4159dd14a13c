// What lies in rejected/ for whom, told to producers who may cross that folder and not list it.
//
//     rejected/.uid-1001.names    the names of the files that this user may read, each ended by a NUL;
//     rejected/.group.names       the same for the group of rejected/
//
// Each list may be read by those whom it is for, by the same kind of entry as the files themselves, so the kernel
// keeps the promise: nobody learns the name of another one's file. No daemon is asked, none need run.
// The access lists of the files are the truth: the names are gathered from them anew at each start, so what a
// crash has left out is there again, and no list is ever synced.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/share.hpp"

namespace setclick::spool {

class shared_names {
public:
    /// A list this long is looked through for names that are gone.
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 20;

    /// The directory must outlive it.
    explicit shared_names(directory const& spool) : spool_(&spool) {}

    /// Writes every list anew, by what lies in rejected/ now; those of nobody go.
    result<void> gather();
    /// One more name.
    result<void> add(readers const& to, std::string_view name);

private:
    result<void> write(std::string const& list, readers const& to, std::string_view names,
                       bool anew);
    result<void> shorten(std::string const& list, readers const& to);
    std::string list_of(readers const& to) const;

    directory const* spool_;
    std::map<std::string, std::uint64_t> shortened_;  ///< bytes that a list had after that
};

struct rejected_file {
    std::string name;
    std::uint64_t bytes = 0;
    wall_time written{};
};

/// The files of SPOOL/rejected/ that this process may read, by name: all where it may list the folder, else those on its
/// lists. `refused` where it may not even cross it, with what to do.
result<std::vector<rejected_file>> files_to_fetch(std::string const& spool);

}  // namespace setclick::spool
