// What is odd about a file and refuses none of its events, counted: one warning a file, whatever the
// number of its events.
//
// Promises: each kind once, with how often it was met and the first line; the counts go on after a
// restart from what `saved` gave. Never: names a value, an address or a token; refuses anything. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/base/time.hpp"

namespace setclick::event {

enum class remark_kind : std::uint8_t {
    layout,  ///< of the file, not of an event: words before the JSON, commas, an object around it
    ahead,   ///< a click later than the file's arrival
    old,     ///< a click older than `dialect.warn_older`
    odd,     ///< an event that the reader warned of
    one_second,  ///< all clicks of the file lie in one second
};

class file_remarks {
public:
    /// Our clock and the producer's may differ by so much.
    static constexpr milliseconds most_ahead{std::chrono::minutes{30}};
    /// Fewer clicks may well lie in one second.
    static constexpr std::uint64_t enough_in_a_second = 10;

    void add(remark_kind what, std::uint64_t line) noexcept;
    /// An accepted event's click, read at `now`. `warn_older`: 0 = never.
    void clicked(std::int64_t click_ms, std::uint64_t line, wall_time now,
                 milliseconds warn_older) noexcept;

    bool empty() const noexcept;
    /// For the log: "12 clicks lie up to 2 h ahead of …, the first on line 3; …".
    std::string text() const;
    /// [{"count":12,"first_line":3,"text":"…"},…]
    std::string json() const;

    /// Without ';'; empty where nothing is to be kept.
    std::string saved() const;
    /// `at_start`: nothing of the file was read before. Nonsense is as nothing.
    static file_remarks from(std::string_view saved, bool at_start) noexcept;

    friend bool operator==(file_remarks const&, file_remarks const&) = default;

private:
    static constexpr std::size_t kinds = 5;
    struct entry {
        std::uint64_t count = 0;
        std::uint64_t first_line = 0;
        friend bool operator==(entry const&, entry const&) = default;
    };
    entry of(remark_kind what) const noexcept;
    std::string text_of(remark_kind what, entry const& met) const;

    std::array<entry, kinds> met_{};
    std::uint64_t furthest_s_ = 0;  ///< ahead
    bool is_one_second_ = true;     ///< so far
    std::int64_t second_ = 0;       ///< of the first click
};

}  // namespace setclick::event
