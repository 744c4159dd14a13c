// TLS as a client: whom we trust, how the other side is checked, and what to tell a person when the
// check fails.
//
// TLS 1.2 or newer. The chain must end in the system's trust store or in `ca_file`; the host name
// must stand in the certificate's subjectAltName (a common name alone is not enough: RFC 9525).
// Never switched off. A revoked certificate is refused only where `crl_file` lists it; OCSP is not asked.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/net/endpoint.hpp"

namespace setclick::net {

class opening_memory;

/// Shared by all connections of a pool, on any thread; remembers the last session, so that a new
/// connection resumes it, and what earlier openings met.
class tls_client {
public:
    /// Both are PEM files; empty for none. Errors: `errc::config`, one of them cannot be read.
    static result<std::shared_ptr<tls_client>> make(std::string const& ca_file,
                                                    std::string const& crl_file = {});
    ~tls_client();
    tls_client(tls_client const&) = delete;
    tls_client& operator=(tls_client const&) = delete;

    boost::asio::ssl::context& context() noexcept { return context_; }

    /// Sets name checks, SNI and the remembered session on a new connection's SSL object; whether a
    /// session is offered.
    result<bool> prepare(SSL* ssl, endpoint const& to, bool may_offer_session);

    opening_memory& memory() noexcept { return *memory_; }

private:
    tls_client();
    static int on_new_session(SSL* ssl, SSL_SESSION* session);

    boost::asio::ssl::context context_;
    std::mutex mutex_;
    SSL_SESSION* session_ = nullptr;  // the last one
    std::unique_ptr<opening_memory> memory_;
};

/// Why a handshake with `peer` ("host:443 at 192.0.2.1") failed, in words, with the cure: from the SSL object's verify result and
/// the error.
std::string tls_failure_text(SSL const* ssl, boost::system::error_code ec, std::string const& peer);
/// Until when the other side's certificate is valid; empty where there is none.
std::string certificate_end(SSL const* ssl);

/// The chain that was verified, for people.
struct chain_facts {
    std::string issuer;  ///< of the server's certificate: its name, with the organisation
    std::string anchor;  ///< the certificate that it ends in, which is trusted
    std::optional<wall_time> ends;  ///< of the server's certificate
    std::string anchor_sha256;      ///< in hexadecimal digits, to find its file
};
/// All empty where there is no verified chain.
chain_facts chain_of(SSL const* ssl);
/// Whether a file of certificates (PEM) holds that one; false where it cannot be read.
bool holds_certificate(std::string const& pem_file, std::string const& sha256);

/// True when the certificate (not the protocol) was the reason.
bool is_certificate_failure(SSL const* ssl) noexcept;

}  // namespace setclick::net
