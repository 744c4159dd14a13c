#include "setclickd/net/tls.hpp"

#include <array>
#include <ctime>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "opening_memory.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::net {

namespace {

/// Where a context keeps its tls_client. Not the app data: Asio keeps its own there, and deletes
/// it.
int client_index() {
    static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

tls_client::tls_client()
    : context_(boost::asio::ssl::context::tls_client),
      memory_(std::make_unique<opening_memory>()) {}

tls_client::~tls_client() {
    if (session_ != nullptr) SSL_SESSION_free(session_);
}

result<std::shared_ptr<tls_client>> tls_client::make(std::string const& ca_file,
                                                     std::string const& crl_file) {
    std::shared_ptr<tls_client> client(new tls_client);
    auto* const native = client->context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(native, &tls_client::on_new_session);
    SSL_CTX_set_ex_data(native, client_index(), client.get());
    // A missing system store is no error of its own: ca_file may be all there is.
    SSL_CTX_set_default_verify_paths(native);
    if (!ca_file.empty() && SSL_CTX_load_verify_locations(native, ca_file.c_str(), nullptr) != 1) {
        ERR_clear_error();
        return fail(errc::config, "endpoint.ca_file: " + ca_file +
                                      " holds no certificate that can be read; it must be a PEM "
                                      "file that the daemon's user may read");
    }
    if (!crl_file.empty()) {
        auto* const store = SSL_CTX_get_cert_store(native);
        auto* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
        if (lookup == nullptr ||
            X509_load_crl_file(lookup, crl_file.c_str(), X509_FILETYPE_PEM) < 1) {
            ERR_clear_error();
            return fail(errc::config, "endpoint.crl_file: " + crl_file +
                                          " holds no list of revoked certificates that can be "
                                          "read; it must be a PEM file that the daemon's user may "
                                          "read");
        }
        // The server's own certificate; that its issuer was not revoked is the trust store's business.
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    }
    ERR_clear_error();
    return client;
}

int tls_client::on_new_session(SSL* ssl, SSL_SESSION* session) {
    auto* const self =
        static_cast<tls_client*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), client_index()));
    std::lock_guard const lock(self->mutex_);
    if (self->session_ != nullptr) SSL_SESSION_free(self->session_);
    self->session_ = session;
    return 1;  // the reference is ours now
}

result<bool> tls_client::prepare(SSL* ssl, endpoint const& to, bool may_offer_session) {
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    bool ok = true;
    if (to.host_is_address) {
        ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), to.host.c_str()) == 1;
    } else {
        ok = SSL_set1_host(ssl, to.host.c_str()) == 1 &&
             SSL_set_tlsext_host_name(ssl, to.host.c_str()) == 1;
    }
    if (!ok) return fail(errc::config, "\"" + to.host + "\" cannot be used as a host name");
    std::lock_guard const lock(mutex_);
    return may_offer_session && session_ != nullptr && SSL_SESSION_is_resumable(session_) == 1 &&
           SSL_set_session(ssl, session_) == 1;
}

std::string certificate_end(SSL const* ssl) {
    auto* const certificate = SSL_get0_peer_certificate(ssl);
    std::tm end{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
        return {};
    return wall_text(from_ms(std::int64_t{::timegm(&end)} * 1000));
}

namespace {

/// "R11, Let's Encrypt": the common name, and who that is.
std::string name_text(X509_NAME const* name) {
    std::string out;
    for (int const part : {NID_commonName, NID_organizationName}) {
        auto const at = X509_NAME_get_index_by_NID(name, part, -1);
        if (at < 0) continue;
        unsigned char* text = nullptr;
        auto const length =
            ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (length <= 0) continue;
        out +=
            (out.empty() ? "" : ", ") +
            printable({reinterpret_cast<char const*>(text), static_cast<std::size_t>(length)}, 100);
        OPENSSL_free(text);
    }
    return out;
}

std::string sha256_of(X509 const* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    std::string out;
    for (unsigned n = 0; n < size; ++n) {
        constexpr char digits[] = "0123456789abcdef";
        out += digits[digest[n] >> 4U];
        out += digits[digest[n] & 15U];
    }
    return out;
}

}  // namespace

chain_facts chain_of(SSL const* ssl) {
    chain_facts out;
    auto* const chain = SSL_get0_verified_chain(ssl);
    auto const count = chain == nullptr ? 0 : sk_X509_num(chain);
    if (count == 0) return out;
    auto* const own = sk_X509_value(chain, 0);
    out.issuer = name_text(X509_get_issuer_name(own));
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(own), &end) == 1)
        out.ends = from_ms(std::int64_t{::timegm(&end)} * 1000);
    auto* const anchor = sk_X509_value(chain, count - 1);
    out.anchor = name_text(X509_get_subject_name(anchor));
    out.anchor_sha256 = sha256_of(anchor);
    return out;
}

bool holds_certificate(std::string const& pem_file, std::string const& sha256) {
    auto* const in = BIO_new_file(pem_file.c_str(), "r");
    if (in == nullptr) {
        ERR_clear_error();
        return false;
    }
    bool is_found = false;
    while (auto* const certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr)) {
        is_found = is_found || sha256_of(certificate) == sha256;
        X509_free(certificate);
    }
    BIO_free(in);
    ERR_clear_error();
    return is_found && !sha256.empty();
}

bool is_certificate_failure(SSL const* ssl) noexcept {
    return SSL_get_verify_result(ssl) != X509_V_OK;
}

namespace {

std::string certificate_cure(long code) {
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "if this machine's clock is right, the server's operator must renew it";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "check endpoint.base_url: the certificate's subjectAltName does not name this "
                   "host";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "if the issuer is one that you trust, put its certificate into "
                   "endpoint.ca_file; "
                   "else install ca-certificates, or ask who answers in the server's place";
        case X509_V_ERR_CERT_REVOKED:
            return "its issuer has revoked it: the server's operator must replace it";
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return "endpoint.crl_file holds no list of its issuer";
        case X509_V_ERR_CRL_HAS_EXPIRED:
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
            return "put the issuer's present list into endpoint.crl_file";
        default:
            return "ask the server's operator";
    }
}

}  // namespace

std::string tls_failure_text(SSL const* ssl, boost::system::error_code ec,
                             std::string const& peer) {
    auto const where = "TLS to " + peer + ": ";
    if (auto const code = SSL_get_verify_result(ssl); code != X509_V_OK)
        return where + "the certificate was refused (" + X509_verify_cert_error_string(code) +
               "); " + certificate_cure(code);
    if (ec == boost::asio::ssl::error::stream_truncated || ec == boost::asio::error::eof)
        return where + "the server closed the connection during the handshake; is it a TLS port?";
    if (ec == boost::asio::error::connection_reset || ec == boost::asio::error::broken_pipe)
        return where +
               "the connection was reset during the handshake; is it a TLS port, and does a "
               "firewall stand in between?";
    if (ec.category() == boost::asio::error::get_ssl_category()) {
        auto const reason = ERR_GET_REASON(static_cast<unsigned long>(ec.value()));
        if (reason == SSL_R_WRONG_VERSION_NUMBER)
            return where +
                   "the server does not speak TLS there; check the port in endpoint.base_url";
        if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL)
            return where + "the server offers only versions older than TLS 1.2; it must be updated";
        if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE)
            return where +
                   "no cipher or version in common (handshake failure); the server must be updated";
    }
    return where + ec.message() + "; check host and port in endpoint.base_url";
}

}  // namespace setclick::net
