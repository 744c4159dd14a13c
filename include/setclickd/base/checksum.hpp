// A 64-bit checksum of bytes: tells what is not what was written or read before. Against damage and
// accidents, not against people.
//
// XXH3: a changed text keeps its checksum once in 2^64. Values are kept in ledgers; a change of them is
// a new version of the ledger. Pure; each object belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace setclick {

/// `seed`: what belongs to the bytes without being among them (a page's number).
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed = 0) noexcept;

/// The checksum, without a seed, of bytes that come one part after another. Half a kilobyte.
class gradual_checksum {
public:
    gradual_checksum();
    ~gradual_checksum();
    gradual_checksum(gradual_checksum const&) = delete;
    gradual_checksum& operator=(gradual_checksum const&) = delete;

    /// Forgets what came.
    void begin() noexcept;
    void add(std::string_view bytes) noexcept;
    std::uint64_t value() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace setclick
