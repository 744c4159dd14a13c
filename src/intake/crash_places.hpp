// The places at which reading ended the daemon three times: their lines are refused unread.
#pragma once

#include <vector>

#include "reading_file.hpp"

namespace setclick::intake {

class crash_places {
public:
    explicit crash_places(std::vector<ledger::reading_place> places) : places_(std::move(places)) {}

    /// Those of this file that are still to be read; each is logged.
    void mark(reading_file& file) const;

private:
    std::vector<ledger::reading_place> places_;
};

}  // namespace setclick::intake
