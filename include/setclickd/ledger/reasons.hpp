// How often which reason occurs in a file: lines refused on reading, and events that the server
// rejected.
//
// A file may have millions of them, and a reason may name a place (`"e-17" already used by
// a.ndjson:4`), so that each line has one of its own. Hence by pages, each a short read
// transaction, and of so many distinct reasons as fit; whatever else there is, is in the file's
// counts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger {

/// Pure.
class reason_counts {
public:
    /// Those that come when so many others are known are not counted.
    static constexpr std::size_t most_distinct = 1000;

    void add(std::string_view reason, std::uint64_t count);
    /// The most frequent first, at most `limit`.
    std::vector<std::pair<std::string, std::uint64_t>> top(std::size_t limit) const;

private:
    std::map<std::string, std::uint64_t, std::less<>> counts_;
};

class reasons_walk {
public:
    /// Lines, or runs of events, that one turn looks at.
    static constexpr std::uint32_t page_size = 4096;

    reasons_walk(reader& from, file_info const& file);

    /// A page further; true when all are counted.
    result<bool> turn();

    reason_counts const& refused() const noexcept { return refused_; }
    reason_counts const& rejected() const noexcept { return rejected_; }

private:
    reader* from_;
    file_no file_;
    bool refused_left_;
    bool rejected_left_;
    std::uint64_t after_line_ = 0;
    event_no after_event_{};
    reason_counts refused_;
    reason_counts rejected_;
};

}  // namespace setclick::ledger
