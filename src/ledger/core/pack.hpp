// A pack: the records of up to 64 events of one account with consecutive numbers out of one file,
// as the texts that a store keeps. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

inline constexpr std::uint32_t pack_events = 64;
/// A pack is closed when its records reach this, so that reading one event stays cheap.
inline constexpr std::size_t pack_bytes = std::size_t{64} << 10;

/// A pack in the making.
struct pack_draft {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
    file_no file{};
    std::vector<std::uint64_t> lines;
    std::vector<std::uint32_t> lengths;
    std::string body;

    void add(std::uint64_t line, std::string_view record);
    bool full() const noexcept { return count >= pack_events || body.size() >= pack_bytes; }
};

/// "17-80,82" for increasing or arbitrary line numbers, and the line at an index of it (0 when out
/// of range).
std::string line_runs(std::vector<std::uint64_t> const& lines);
std::uint64_t line_at(std::string_view runs, std::uint64_t index);

/// "412 418": the length of each record.
std::string lengths_text(pack_draft const& draft);

/// The records of a pack, in order, out of its columns `lengths` and `body`.
class record_walk {
public:
    record_walk(std::string_view lengths, std::string_view body) noexcept
        : lengths_(lengths), body_(body) {}
    /// Throws `failure` when the row is damaged.
    std::string_view next();
    void skip(std::uint64_t count);

private:
    std::uint64_t next_length();

    std::string_view lengths_;
    std::string_view body_;
    std::size_t at_ = 0;
};

}  // namespace setclick::ledger
