// The source of jitter: seeded by the caller, so that decisions stay pure and a test can repeat
// them.
#pragma once

#include <cstdint>

namespace setclick::delivery {

/// splitmix64: eight bytes of state, good enough to spread retries; never for secrets.
class random_source {
public:
    explicit random_source(std::uint64_t seed = 1) noexcept : state_(seed) {}

    /// Uniform in [0, 1).
    double next() noexcept {
        state_ += 0x9e3779b97f4a7c15ULL;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
    }

private:
    std::uint64_t state_;
};

}  // namespace setclick::delivery
