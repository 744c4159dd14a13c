// When files in done/ are looked at again, for what was appended after they were finished: at once,
// then less and less often, for an hour. What is appended later is found before retention removes
// the file. A file that was finished again, or filed anew after it was given back, is looked at as it was
// filed last: what was known of it before would take it for changed, again and again. Pure; memory is
// bounded: of more than `most` files the oldest are dropped.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <unordered_map>

#include "done_return.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::intake {

class recheck_schedule {
public:
    static constexpr std::array<milliseconds, 6> delays{0ms, 1s, 10s, 60s, 600s, 3600s};
    static constexpr std::uint32_t most = 4096;

    /// It was finished just now. Nothing where a file of a higher number is known to be the one with its inode.
    void add(filed file, steady_time now);
    /// No file with this inode lies in done/ any more.
    void gone(std::uint64_t inode) { last_filing_.erase(inode); }
    /// The next file to be looked at now; its next time is noted. Nothing: none is due.
    std::optional<filed> due(steady_time now);
    steady_time next() const noexcept;

private:
    struct entry {
        filed file;
        steady_time at;
        std::uint64_t filing;
    };
    bool is_last(entry const& e) const;
    void forget(entry const& e);

    /// All of a row wait equally long, so each row is in the order of its times.
    std::array<std::deque<entry>, delays.size()> rows_;
    std::size_t size_ = 0;
    struct filing {
        std::uint64_t serial;
        file_no no;
    };
    std::unordered_map<std::uint64_t, filing> last_filing_;  ///< by inode
    std::uint64_t filings_ = 0;
};

}  // namespace setclick::intake
