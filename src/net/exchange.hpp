// One request and its answer: how far the request went, what came back, and how it ended. Knows neither socket nor clock.
//
//     idle ── begin ──> running ── complete answer ──> answered
//                          └────── anything else ────> failed
//
// Promises: it ends once; what came first counts. The phase that it reports never says that less was sent than may have been.
// Memory is used again for the next exchange.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "answer_parser.hpp"
#include "setclickd/net/pool.hpp"

namespace setclick::net {

class exchange {
public:
    enum class state : std::uint8_t { idle, running, answered, failed };

    // ---- what the work source fills in before `begin` ----
    std::string request;
    std::uint64_t ticket = 0;

    /// `request` is to be sent and answered until `deadline`.
    void begin(steady_time deadline);

    /// What is still to be handed to the system; empty when all of it was.
    std::string_view unsent() const noexcept;
    /// `bytes` more were taken. The last ones: the answer must be complete by `answer_by`, or by the deadline if that is earlier.
    void on_sent(std::size_t bytes, steady_time answer_by);
    /// Where the next bytes from the peer belong; never empty while it runs.
    std::span<char> room() noexcept;
    void on_received(std::size_t bytes);
    /// The peer ended the stream. An answer that has no length of its own is complete with that.
    void on_end_of_stream(std::string_view detail);
    /// It can go no further.
    void fail(api::transport_failure why, std::string_view detail);
    /// Fails when the deadline has passed.
    void check_deadline(steady_time now);

    state at() const noexcept { return state_; }
    bool is_over() const noexcept { return state_ != state::running; }
    /// After `answered`: nothing came after the answer, and the server means to keep the connection.
    bool may_reuse() const noexcept;
    /// How it ended; valid until the next `begin`. `nothing_left`: the system took no byte of it.
    exchange_end end(bool nothing_left) const;
    /// Back to idle.
    void clear();

private:
    static constexpr std::size_t buffer_size = 8192;

    api::wire_phase phase(bool nothing_left) const noexcept;

    answer_parser parser_;
    std::array<char, buffer_size> buffer_;
    std::size_t filled_ = 0;
    std::size_t sent_ = 0;
    steady_time deadline_{};
    state state_ = state::idle;
    api::transport_failure failure_{};
    std::string detail_;
};

}  // namespace setclick::net
