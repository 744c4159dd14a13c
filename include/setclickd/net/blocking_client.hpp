// Reads: one GET after the other over one connection that stays open between them, each answer whole and decoded.
//
// Blocking, with an io_context of its own, for a command or a thread that has nothing else to do. Events never go this way: they
// have the pool. Promises: every wait has a deadline; header, body and what the body decodes to are bounded; a redirect is an
// answer like any other, never followed; a 1xx is passed over; a connection on which anything was left over is closed. Never:
// prints or keeps the request (it holds the token).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <variant>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/net/connect_settings.hpp"
#include "setclickd/net/http_answer.hpp"
#include "setclickd/net/tls.hpp"

namespace setclick::net {

struct blocking_client_settings {
    open_settings open;
    milliseconds timeout{60s};  ///< from the request's first byte to the answer's last
    std::size_t most_body = std::size_t{8} << 20;  ///< of an answer, decoded
    std::atomic<bool> const* stop = nullptr;       ///< true: gives up soon, `errc::busy`
};

/// What a connection turned out to be, for people.
struct connection_facts {
    std::string address;      ///< of the other side: the server's, or the proxy's
    std::string tls;          ///< "TLSv1.3"
    std::string valid_until;  ///< of the server's certificate, "2027-03-01T12:00:00.000Z"
    chain_facts chain;
};

class blocking_client {
public:
    blocking_client(std::shared_ptr<tls_client> tls, blocking_client_settings settings);
    ~blocking_client();
    blocking_client(blocking_client const&) = delete;
    blocking_client& operator=(blocking_client const&) = delete;

    /// Opens the connection that the next `get` uses: no request, so that nothing counts. Errors as of `get`.
    result<connection_facts> connect();
    /// The same, with the kind of the failure.
    std::variant<connection_facts, open_failure> try_to_connect();
    /// Sends the whole request and waits for its answer. A connection that the server had closed meanwhile is opened anew, once: a
    /// GET may be repeated. Errors: `unreachable` (no connection, or it broke, or took too long), `invalid_data` (what came is no
    /// HTTP, too large, or wrongly encoded), `busy` (told to stop).
    result<http_answer> get(secret<std::string> const& request);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace setclick::net
