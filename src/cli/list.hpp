// `setclickd list`: events by state, account, file, age and reason.
#pragma once

#include <cstdint>
#include <string>

#include "console.hpp"
#include "filters.hpp"

namespace setclick::cli {

struct list_options {
    std::string config = {};
    filter_options filter = {};
    bool counts = false;        ///< of the files of one name, instead of their events
    std::uint64_t limit = 100;  ///< 0 = all
    bool json = false;          ///< one object a line
    std::string results = {};   ///< "csv": each row of the files of one name, with its outcome
};

int list(list_options const& options, console const& io);

}  // namespace setclick::cli
