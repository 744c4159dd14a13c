// `setclickd submit`: the right way to drop a file.
#pragma once

#include <string>
#include <vector>

#include "console.hpp"

namespace setclick::cli {

struct submit_options {
    std::string config = {};
    std::vector<std::string> files = {};  ///< "-" is standard input; empty too
    std::string name = {};                ///< in the spool, where just one file is given
    std::string profile = {};             ///< of tables, where it only looks
    bool partial = false;                 ///< drop a file with bad lines all the same
    bool check = false;                   ///< look only
    bool show_request = false;            ///< look only, and print what would be sent
    bool json = false;
    bool wait = false;         ///< until every dropped file is final
    std::string at_most = {};  ///< with `wait`: a duration; empty: for ever
};

/// 0; 1 with a bad line; 3 when only a part was accepted; 74 when a file cannot be read or written.
/// With `wait`: 0 when every event was delivered, 3 when some were not, 75 when some still wait.
int submit(submit_options const& options, console const& io);

}  // namespace setclick::cli
