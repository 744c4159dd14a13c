#include "tls_context.hpp"

#include <openssl/ssl.h>

#include <string_view>

namespace setclick::sandbox {
namespace {

int choose_protocol(SSL*, unsigned char const** out, unsigned char* out_size,
                    unsigned char const* offered, unsigned offered_size, void*) {
    static constexpr unsigned char http_1_1[] = "\x08http/1.1";
    auto const chosen = SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, http_1_1,
                                              sizeof http_1_1 - 1, offered, offered_size);
    return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

result<void> set_up_tls(boost::asio::ssl::context& tls, certificate_paths const& paths) {
    auto* const native = tls.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(native, TLS1_3_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_SERVER);
    static constexpr unsigned char session_context[] = "setclick-sandbox";
    SSL_CTX_set_session_id_context(native, session_context, sizeof session_context - 1);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    boost::system::error_code ec;
    tls.use_certificate_chain_file(paths.certificate, ec);
    if (ec)
        return fail(errc::io,
                    "cannot use the certificate " + paths.certificate + ": " + ec.message());
    tls.use_private_key_file(paths.key, boost::asio::ssl::context::pem, ec);
    if (ec) return fail(errc::io, "cannot use the key " + paths.key + ": " + ec.message());
    return {};
}

}  // namespace setclick::sandbox
