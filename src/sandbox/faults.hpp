// The trouble that the sandbox makes on purpose, as data: which share of the requests meets what.
//
// Words: a *fault set* is everything that is switched on; a *fault* is what one request meets. One
// draw a request decides between the shares, so that their sum is the share of requests in trouble
// and none meets two of them. Promise: the same seed and the same order of requests meet the same
// faults.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

enum class fault_kind : std::uint8_t {
    none,
    reset_before_read,  ///< RST once the head has come; the body is not read, nothing booked
    reset_after_read,   ///< RST after the whole body; not booked
    reset_after_book,   ///< booked, then RST in place of the answer
    stall,              ///< read, never answered, not booked
    stall_after_book,   ///< booked, never answered
    fail,               ///< answered with `fail_status`; booked only under `fail_books`
    throttle,           ///< answered 429
    slow_bytes,         ///< answered as usual, byte by byte
    late_answer,        ///< answered as usual, after `late_answer_delay`
    rate_limit,         ///< 429 of the real limit, `rate_per_minute`
    status,             ///< `status` answers everything
    status_for,         ///< `status_for` answers this account
    informational,      ///< 1xx before the answer
    double_response,    ///< the answer twice
};
inline constexpr std::size_t fault_kinds = 15;

/// The name in record and statistics: "reset_after_book"; "" for none.
std::string_view name_of(fault_kind kind) noexcept;

enum class rate_reset { epoch, delta };
enum class endpoint_kind : std::uint8_t { set_click, login, accounts, report, unknown, control };

struct fault_set {
    std::uint64_t seed = 1;
    milliseconds latency{0};
    double fail_share = 0;
    int fail_status = 500;
    bool fail_books = false;
    double throttle_share = 0;
    throttle_shape throttle_body = throttle_shape::message;
    std::string retry_after;      ///< "", "auto", or seconds
    std::string retry_after_raw;  ///< what the header holds instead, literally
    double rate_per_minute = 0;
    int burst = 0;  ///< 0: as many as a minute allows
    bool rate_headers = false;
    sandbox::rate_reset rate_reset = sandbox::rate_reset::epoch;
    double reset_before_read = 0;
    double reset_after_read = 0;
    double reset_after_book = 0;
    double stall = 0;
    double stall_after_book = 0;
    double slow_bytes = 0;
    milliseconds slow_interval{50};
    double late_answer = 0;
    milliseconds late_answer_delay{0};
    int close_every = 0;
    milliseconds idle_close{0};
    int status = 0;
    std::string body;  ///< of the answer that `status` asks for
    std::vector<std::string> headers;
    bool status_books = false;
    std::vector<std::pair<std::string, int>> status_for;
    int informational = 0;
    bool double_response = false;
    bool on_set_click = true;
    bool on_report = false;
    bool on_login = false;
};

/// What a draw from [0, 1) means. Never one of the kinds that are no shares.
fault_kind choose(fault_set const& faults, double draw) noexcept;
/// True where the shares, `latency`, `informational` and `double_response` apply.
bool applies_to(fault_set const& faults, endpoint_kind endpoint) noexcept;

/// A number in [0, 1) for each request; the same seed gives the same row.
class dice {
public:
    explicit dice(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t next() noexcept;
    double roll() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

}  // namespace setclick::sandbox
