// A blocking TLS client that knows as little HTTP as possible, so that the tests see what was
// really sent; and a running sandbox to talk to.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "sandbox/server.hpp"
#include "temporary_directory.hpp"

namespace setclick::sandbox {

struct response {
    int status = 0;  ///< 0: the connection ended before a whole answer
    std::string head;
    std::string body;
    std::string header(std::string const& name) const;
};

enum class end_of_stream { none, orderly, reset, timeout };

class tls_client {
public:
    tls_client(std::uint16_t port, std::string const& ca, SSL_SESSION* session = nullptr);
    tls_client(tls_client const&) = delete;
    tls_client& operator=(tls_client const&) = delete;
    ~tls_client();

    bool send(std::string const& bytes);
    response read_response();
    response exchange(std::string const& bytes) {
        return send(bytes) ? read_response() : response{};
    }
    /// What comes until the stream ends, or for `limit`.
    std::string read_rest(milliseconds limit);
    end_of_stream end() const noexcept { return end_; }
    SSL* ssl() const noexcept { return ssl_; }

private:
    bool read_more();

    int fd_ = -1;
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
    std::string buffer_;
    end_of_stream end_ = end_of_stream::none;
};

/// A server on its own thread until the end of the test.
class running_sandbox {
public:
    explicit running_sandbox(options o = {});
    ~running_sandbox();

    std::uint16_t port() const { return server_->port(); }
    std::string ca() const { return server_->certificate().ca; }
    std::unique_ptr<tls_client> connect() const {
        return std::make_unique<tls_client>(port(), ca());
    }
    /// One request on a connection of its own.
    response once(std::string const& bytes) const { return connect()->exchange(bytes); }
    std::string stats() const;
    /// Replaces the faults; the status of the answer.
    int set_faults(std::string const& json) const;
    std::string file(std::string const& name) const;
    server& get() const { return *server_; }
    void stop();
    temporary_directory const& directory() const noexcept { return dir_; }

private:
    temporary_directory dir_;
    std::unique_ptr<server> server_;
    std::thread thread_;
};

std::string get_request(std::string const& target, std::string const& headers = "");
std::string post_request(std::string const& target, std::string const& body,
                         std::string const& headers = "");
/// The vendor's example event, with a bearer token.
std::string set_click_request(std::string const& more_parameters = "");

}  // namespace setclick::sandbox
