// The limit that a vendor keeps on its own side: a bucket of calls for each token.
//
// Promise: over any time t of seconds at most burst + per_minute * t / 60 calls of a token are
// granted. A refused call takes nothing.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

struct rate_verdict {
    bool granted = true;
    int remaining = 0;     ///< whole calls left now
    milliseconds next{0};  ///< until one more is allowed
    milliseconds full{0};  ///< until the bucket is full again
};

class rate_limit {
public:
    rate_limit() = default;
    /// `per_minute` 0 grants everything; `burst` 0 is a minute's worth, at least 1.
    rate_limit(double per_minute, int burst) noexcept;

    bool is_on() const noexcept { return per_ms_ > 0; }
    rate_verdict take(int token, steady_time now);

private:
    struct bucket {
        double calls = 0;
        steady_time filled{};
    };

    double per_ms_ = 0;
    double burst_ = 1;
    std::unordered_map<int, bucket> buckets_;
};

}  // namespace setclick::sandbox
