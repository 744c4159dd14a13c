#include "sandbox/certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "temporary_directory.hpp"

namespace setclick::sandbox {
namespace {

using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

certificate_ptr load(std::string const& path) {
    auto* const file = std::fopen(path.c_str(), "r");
    if (file == nullptr) return {nullptr, X509_free};
    certificate_ptr out(PEM_read_X509(file, nullptr, nullptr, nullptr), X509_free);
    std::fclose(file);
    return out;
}

std::string content(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool verifies(X509* certificate, X509* ca) {
    std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> const store(X509_STORE_new(),
                                                                        X509_STORE_free);
    X509_STORE_add_cert(store.get(), ca);
    std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> const context(
        X509_STORE_CTX_new(), X509_STORE_CTX_free);
    X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr);
    X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
    return X509_verify_cert(context.get()) == 1;
}

bool has_host(X509* certificate, std::string const& name) {
    return X509_check_host(certificate, name.c_str(), name.size(),
                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

TEST(ensure_certificate, a_new_directory_gets_a_chain_that_verifies_strictly) {
    temporary_directory const dir;
    auto const paths = ensure_certificate(dir.path(), {"sandbox.example", "10.1.2.3"});
    ASSERT_TRUE(paths) << paths.error().message;
    auto const ca = load(paths->ca);
    auto const server = load(paths->certificate);
    ASSERT_TRUE(ca && server);
    EXPECT_TRUE(verifies(server.get(), ca.get()));
    EXPECT_TRUE(has_host(server.get(), "localhost"));
    EXPECT_TRUE(has_host(server.get(), "sandbox.example"));
    EXPECT_FALSE(has_host(server.get(), "example.com"));
    for (auto const* address : {"127.0.0.1", "::1", "10.1.2.3"})
        EXPECT_EQ(X509_check_ip_asc(server.get(), address, 0), 1) << address;
    for (auto const* key : {"ca.key", "server.key"}) {
        struct stat info {};
        ASSERT_EQ(::stat((dir / key).c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777U, 0600U);
    }
}

TEST(ensure_certificate, the_next_start_uses_the_same_files) {
    temporary_directory const dir;
    auto const paths = ensure_certificate(dir.path(), {"a.example"});
    ASSERT_TRUE(paths);
    auto const ca = content(paths->ca);
    auto const server = content(paths->certificate);
    ASSERT_TRUE(ensure_certificate(dir.path(), {}));
    EXPECT_EQ(content(paths->ca), ca);
    EXPECT_EQ(content(paths->certificate), server);
}

TEST(ensure_certificate, a_new_name_makes_a_new_certificate_of_the_same_ca) {
    temporary_directory const dir;
    auto const paths = ensure_certificate(dir.path(), {});
    ASSERT_TRUE(paths);
    auto const ca = content(paths->ca);
    ASSERT_TRUE(ensure_certificate(dir.path(), {"b.example"}));
    EXPECT_EQ(content(paths->ca), ca);
    EXPECT_TRUE(has_host(load(paths->certificate).get(), "b.example"));
}

TEST(ensure_certificate, broken_or_foreign_files_are_made_anew) {
    temporary_directory const dir;
    auto const paths = ensure_certificate(dir.path(), {});
    ASSERT_TRUE(paths);
    std::ofstream(paths->certificate) << "no certificate";
    ASSERT_TRUE(ensure_certificate(dir.path(), {}));
    EXPECT_TRUE(verifies(load(paths->certificate).get(), load(paths->ca).get()));
    // A CA without its key cannot sign: both are made anew, and the server's with them.
    std::filesystem::remove(dir / "ca.key");
    ASSERT_TRUE(ensure_certificate(dir.path(), {}));
    EXPECT_TRUE(verifies(load(paths->certificate).get(), load(paths->ca).get()));
}

TEST(ensure_certificate, bad_names_and_directories_are_refused) {
    temporary_directory const dir;
    EXPECT_FALSE(ensure_certificate(dir.path(), {"a,DNS:evil.example"}));
    EXPECT_FALSE(ensure_certificate(dir.path(), {""}));
    EXPECT_FALSE(ensure_certificate(dir / "missing", {}));
}

}  // namespace
}  // namespace setclick::sandbox
