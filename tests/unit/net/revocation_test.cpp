// A certificate that its issuer has revoked, with and without `crl_file`.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <string>

#include "setclickd/net/pool.hpp"
#include "setclickd/net/tls.hpp"
#include "tls_peer.hpp"

namespace setclick::net {
namespace {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

file open_file(std::string const& path, char const* mode) {
    return {std::fopen(path.c_str(), mode), &std::fclose};
}

std::unique_ptr<X509, decltype(&X509_free)> certificate(std::string const& path) {
    return {PEM_read_X509(open_file(path, "r").get(), nullptr, nullptr, nullptr), &X509_free};
}

/// The list of the CA in `dir`, good until `ends_in` seconds from now.
std::string make_crl(std::string const& dir, bool revokes_server, long ends_in = 3600) {
    auto const ca = certificate(dir + "/ca.pem");
    auto const server = certificate(dir + "/server.pem");
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(
        PEM_read_PrivateKey(open_file(dir + "/ca.key", "r").get(), nullptr, nullptr, nullptr),
        &EVP_PKEY_free);
    std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> const list(X509_CRL_new(), &X509_CRL_free);
    std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> const begin(
        X509_gmtime_adj(nullptr, -7200), &ASN1_TIME_free);
    std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> const end(
        X509_gmtime_adj(nullptr, ends_in), &ASN1_TIME_free);
    X509_CRL_set_version(list.get(), 1);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(ca.get()));
    X509_CRL_set1_lastUpdate(list.get(), begin.get());
    X509_CRL_set1_nextUpdate(list.get(), end.get());
    if (revokes_server) {
        auto* const entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(server.get()));
        X509_REVOKED_set_revocationDate(entry, begin.get());
        X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_CRL_sort(list.get());
    EXPECT_GT(X509_CRL_sign(list.get(), key.get(), EVP_sha256()), 0);
    auto const path = dir + "/list.pem";
    PEM_write_X509_CRL(open_file(path, "w").get(), list.get());
    return path;
}

struct watcher final : work_source {
    std::size_t wanted(steady_time) override { return outcome.empty() ? 1 : 0; }
    bool take(steady_time, std::string&, std::uint64_t&) override { return false; }
    void ended(exchange_end const&) override {}
    void stray(std::uint64_t) override {}
    void opened(bool) override { outcome = "opened"; }
    void open_failed(open_failure const& failure) override { outcome = failure.text; }
    std::string outcome;
};

std::string outcome_of(tls_peer& peer, boost::asio::io_context& context,
                       std::string const& crl_file) {
    auto tls = tls_client::make(peer.ca(), crl_file);
    if (!tls) return tls.error().message;
    watcher seen;
    pool_settings settings;
    settings.open.to = *parse_endpoint("https://127.0.0.1:" + peer.port());
    auto const pool = make_pool(context, 1, *tls, settings, seen);
    pool->wake();
    auto const until = std::chrono::steady_clock::now() + 20s;
    while (seen.outcome.empty() && std::chrono::steady_clock::now() < until)
        context.run_one_for(10ms);
    pool->close_all();
    while (!pool->is_quiet() && std::chrono::steady_clock::now() < until)
        context.run_one_for(10ms);
    return seen.outcome;
}

TEST(net_revocation, a_listed_certificate_is_refused_and_every_reason_is_named) {
    boost::asio::io_context context;
    tls_peer peer(context, tls_peer::conduct::answers);
    auto const dir = peer.dir();
    EXPECT_EQ(outcome_of(peer, context, ""), "opened");
    EXPECT_EQ(outcome_of(peer, context, make_crl(dir, false)), "opened");
    auto const revoked = outcome_of(peer, context, make_crl(dir, true));
    EXPECT_NE(revoked.find("revoked it: the server's operator"), std::string::npos) << revoked;
    auto const stale = outcome_of(peer, context, make_crl(dir, false, -60));
    EXPECT_NE(stale.find("present list into endpoint.crl_file"), std::string::npos) << stale;
    auto const missing = outcome_of(peer, context, dir + "/none.pem");
    EXPECT_NE(missing.find("endpoint.crl_file: "), std::string::npos) << missing;
    auto const foreign = outcome_of(peer, context, peer.ca());
    EXPECT_NE(foreign.find("endpoint.crl_file: "), std::string::npos) << foreign;
}

}  // namespace
}  // namespace setclick::net
