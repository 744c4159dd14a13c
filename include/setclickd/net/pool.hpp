// The connections to the endpoint: opened when there is work, kept alive, shared by all accounts.
//
// The pool pulls: a connection that is free asks the work source for a request, sends it and
// reports how it ended. One request at a time on a connection; an answer belongs to the request
// that was sent last, and a connection on which anything unexpected is seen is closed and never
// used again. The pool decides nothing about events: whether to try again, when and for whom is the
// source's business.
//
// The connections live on the caller's io_context, or on several with a thread each. For the source there is no difference: it is
// called on the thread of the caller's io_context, always.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/api/transport.hpp"
#include "setclickd/api/verdict.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/net/connect_settings.hpp"

namespace setclick::net {

class tls_client;

struct pool_settings {
    open_settings open;
    std::uint32_t connections = 64;
    milliseconds response_timeout{30s};  ///< from the request's last byte to the answer's last
    milliseconds attempt_timeout{60s};   ///< from the request's first byte to the answer's last
    milliseconds idle_timeout{50s};
    milliseconds max_age{10min};  ///< of a connection; new ones resolve the name again
    /// Asked just before a request's first byte, on the thread of its connection; false: it ends as not
    /// sent. Unset: always.
    std::function<bool()> may_send;
};

/// How one exchange ended. Views are valid only during the call.
struct exchange_end {
    std::uint64_t ticket = 0;
    steady_time now{};             ///< the pool's coarse clock: up to 100 ms old
    std::uint64_t connection = 0;  ///< its number; each connection of a pool has another
    bool reused = false;           ///< not the connection's first exchange
    /// From the request's first byte to the answer's last. Without an answer: zero.
    std::chrono::nanoseconds took{0};
    std::optional<api::answer_view> answer;             ///< a complete answer …
    api::transport_failure failure{};                   ///< … or why there is none,
    api::wire_phase phase = api::wire_phase::not_sent;  ///< and how far the request went
    std::string_view detail;                            ///< in words
};

class work_source {
public:
    virtual ~work_source() = default;
    /// How many requests could begin now, if there were connections for them.
    virtual std::size_t wanted(steady_time now) = 0;
    /// Writes the next request into `out` (replacing it) and its ticket; false when none may be
    /// sent now.
    virtual bool take(steady_time now, std::string& out, std::uint64_t& ticket) = 0;
    virtual void ended(exchange_end const& end) = 0;
    /// Bytes that nobody asked for arrived on this connection: its last answers may have been
    /// another's.
    virtual void stray(std::uint64_t connection) = 0;
    /// A connection is open; `resumed`: its TLS handshake took up an earlier session.
    virtual void opened(bool resumed) = 0;
    virtual void open_failed(open_failure const& failure) = 0;
};

struct pool_counts {
    std::size_t opening = 0;
    std::size_t idle = 0;
    std::size_t busy = 0;
};

/// How many connections to open: never more than work is waiting for, `most` in all, and 16
/// handshakes at once.
std::size_t connections_to_open(std::size_t wanted, pool_counts counts, std::size_t most) noexcept;

class pool {
public:
    virtual ~pool() = default;

    /// There may be work: free connections ask for it soon (calls are folded into one).
    virtual void wake() = 0;
    /// New settings (a reload): connections opened from now on use them, the others are closed when
    /// they are free, and those that are still opening at once. What was taken and has not begun is
    /// given back as not sent.
    virtual void configure(std::shared_ptr<tls_client> tls, pool_settings settings) = 0;
    /// No new work is taken; what is in flight goes on. For the drain.
    virtual void stop_taking() = 0;
    /// Closes everything now; what is in flight ends as `cancelled` with its wire phase.
    virtual void close_all() = 0;
    /// The same with a reset, so that nothing that the kernel still holds is delivered later; new
    /// connections are opened as before.
    virtual void reset_all() = 0;
    /// After close_all: no operation of a connection is under way any more, so that the pool may be
    /// destroyed before its io_context (operations live in the connections' own memory).
    virtual bool is_quiet() const noexcept = 0;
    virtual pool_counts counts() const noexcept = 0;
    virtual std::size_t most_connections() const noexcept = 0;
};

/// With `threads` up to 1 the connections live on `home`; with more each thread has its share of them. `source` must outlive it.
std::unique_ptr<pool> make_pool(boost::asio::io_context& home, std::size_t threads,
                                std::shared_ptr<tls_client> tls, pool_settings settings,
                                work_source& source);

}  // namespace setclick::net
