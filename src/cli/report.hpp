// `setclickd report microconversions`: what the vendor has recorded, as it arrives.
#pragma once

#include <cstdint>
#include <string>

#include "console.hpp"

namespace setclick::cli {

struct report_options {
    std::string config = {};
    std::string account = {};  ///< may be left out where one is configured
    std::string date_range = "today";
    std::string country = {};
    std::string label = {};  ///< only rows with this label; chosen here, not by the server
    std::uint64_t skip = 0;
    std::uint64_t limit = 0;  ///< rows at most; 0 for all
    std::string format = "table";
    std::string by = {};  ///< counts instead of rows
    bool plot = false;
};

/// 0; 3 when it was interrupted; 69 when the endpoint cannot be reached.
int report_microconversions(report_options const& options, console const& io);

}  // namespace setclick::cli
