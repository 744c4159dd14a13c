// How many requests were answered, by page and status. Of one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pages.hpp"

namespace setclick::web {

class request_counts {
public:
    /// `of`: null for what is no page.
    void add(page const* of, unsigned status) {
        auto const path = of == nullptr ? std::string_view("other") : of->path;
        auto const known = std::ranges::find_if(
            all_, [&](request_count const& c) { return c.path == path && c.status == status; });
        if (known != all_.end())
            ++known->count;
        else
            all_.push_back({path, status, 1});
    }
    std::vector<request_count> const& all() const noexcept { return all_; }

private:
    std::vector<request_count> all_;
};

}  // namespace setclick::web
