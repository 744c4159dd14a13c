// What was read of a file, as a checksum and the file's time stamp: shows whether somebody has changed
// bytes that were read.
//
// Promises: where the time stamp is another one, the checksum of the same bytes decides. Never: opens
// a file. Against accidents, not against a forger.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "setclickd/base/checksum.hpp"

namespace setclick::intake {

struct fingerprint {
    std::uint64_t sum = 0;
    std::int64_t modified_ns = 0;  ///< 0: it changed while it was read

    friend bool operator==(fingerprint const&, fingerprint const&) = default;
};

std::int64_t modified_ns(struct stat const& seen) noexcept;

/// The checksum of a file's bytes from its beginning on, a chunk at a time.
class running_sum {
public:
    /// At offset 0 it begins anew; bytes that do not follow those before end it. `is_last`: nothing
    /// will follow.
    void add(std::uint64_t offset, std::string_view bytes, bool is_last);
    /// Of all bytes before `end`; nothing where it has not met exactly these.
    std::optional<std::uint64_t> up_to(std::uint64_t end) const;

private:
    std::unique_ptr<gradual_checksum> parts_;  ///< of a file in more than one chunk
    std::uint64_t end_ = 0;
    std::uint64_t only_ = 0;  ///< of a file in one
    bool is_known_ = false;
};

/// A pass over a file's first bytes, a piece of it each turn.
class sum_pass {
public:
    static constexpr std::size_t piece = std::size_t{1} << 20;

    /// `fd` outlives this.
    sum_pass(int fd, std::uint64_t size);
    /// False when it is over.
    bool turn();
    /// When it is over; nothing where the file is shorter, or cannot be read.
    std::optional<std::uint64_t> sum() const { return sum_.up_to(size_); }

private:
    int fd_;
    std::uint64_t size_;
    std::uint64_t at_ = 0;
    std::unique_ptr<char[]> buffer_;
    running_sum sum_;
};

/// Of a larger file that grew it is not known any more what was read: its size alone shows that it
/// grows. A second or two of a slow disk, which the intake alone waits for.
constexpr std::uint64_t most_in_one_go = std::uint64_t{256} << 20;

/// In one go; nothing beyond `most_in_one_go`.
std::optional<std::uint64_t> sum_of(int fd, std::uint64_t size);

}  // namespace setclick::intake
