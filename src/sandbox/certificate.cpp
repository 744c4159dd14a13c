#include "certificate.hpp"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

namespace setclick::sandbox {
namespace {

template <auto free_function>
struct freed_by {
    template <class T>
    void operator()(T* object) const noexcept {
        free_function(object);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using file_ptr = std::unique_ptr<std::FILE, freed_by<std::fclose>>;

constexpr long day_seconds = 86'400;
constexpr long ca_days = 3650;
constexpr long server_days = 730;
constexpr long renew_days = 30;

struct pair_of_files {
    key_ptr key;
    certificate_ptr certificate;
    explicit operator bool() const noexcept { return key && certificate; }
};

error openssl_error(std::string const& what) {
    char text[256] = "unknown reason";
    if (auto const code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return fail(errc::io, what + ": " + text);
}

bool is_address(std::string const& name) {
    unsigned char bytes[16];
    return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
           inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int nid, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    extension_ptr const extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509* certificate) {
    std::unique_ptr<BIGNUM, freed_by<BN_free>> const number(BN_new());
    return number && BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

/// A certificate for `key` with everything but its extensions and its signature.
certificate_ptr blank_certificate(EVP_PKEY* key, char const* name, long days) {
    certificate_ptr c(X509_new());
    if (!c || X509_set_version(c.get(), X509_VERSION_3) != 1 || !set_random_serial(c.get()))
        return {};
    // An hour back, for clients whose clock is a little behind.
    X509_gmtime_adj(X509_getm_notBefore(c.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c.get()), days * day_seconds);
    X509_set_pubkey(c.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<unsigned char const*>(name), -1, -1, 0);
    return c;
}

pair_of_files make_ca() {
    pair_of_files ca;
    ca.key.reset(EVP_EC_gen("P-256"));
    if (!ca.key) return {};
    ca.certificate = blank_certificate(ca.key.get(), "setclick-sandbox CA", ca_days);
    auto* const c = ca.certificate.get();
    if (c == nullptr || X509_set_issuer_name(c, X509_get_subject_name(c)) != 1) return {};
    auto const is_made = add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                         add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                         add_extension(c, c, NID_subject_key_identifier, "hash") &&
                         X509_sign(c, ca.key.get(), EVP_sha256()) > 0;
    return is_made ? std::move(ca) : pair_of_files{};
}

pair_of_files make_server(pair_of_files const& ca, std::vector<std::string> const& names) {
    pair_of_files server;
    server.key.reset(EVP_EC_gen("P-256"));
    if (!server.key) return {};
    server.certificate = blank_certificate(server.key.get(), "setclick-sandbox", server_days);
    auto* const c = server.certificate.get();
    auto* const issuer = ca.certificate.get();
    if (c == nullptr || X509_set_issuer_name(c, X509_get_subject_name(issuer)) != 1) return {};
    std::string all;
    for (auto const& name : names)
        all.append(all.empty() ? "" : ",").append(is_address(name) ? "IP:" : "DNS:").append(name);
    auto const is_made = add_extension(c, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                         add_extension(c, issuer, NID_key_usage, "critical,digitalSignature") &&
                         add_extension(c, issuer, NID_ext_key_usage, "serverAuth") &&
                         add_extension(c, issuer, NID_subject_alt_name, all) &&
                         add_extension(c, issuer, NID_subject_key_identifier, "hash") &&
                         add_extension(c, issuer, NID_authority_key_identifier, "keyid:always") &&
                         X509_sign(c, ca.key.get(), EVP_sha256()) > 0;
    return is_made ? std::move(server) : pair_of_files{};
}

pair_of_files load(std::string const& certificate_path, std::string const& key_path) {
    pair_of_files out;
    if (file_ptr const file(std::fopen(certificate_path.c_str(), "re")); file)
        out.certificate.reset(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
    if (file_ptr const file(std::fopen(key_path.c_str(), "re")); file)
        out.key.reset(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!out || X509_check_private_key(out.certificate.get(), out.key.get()) != 1) return {};
    return out;
}

/// Through another name in the same directory, so that nobody ever reads half a file.
template <class Write>
result<void> publish(std::string const& path, unsigned mode, Write write) {
    auto const temporary = path + ".new";
    ::unlink(temporary.c_str());
    auto const fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return errno_error(errno, "create", temporary);
    file_ptr file(::fdopen(fd, "w"));
    auto const is_written = write(file.get()) == 1 && std::fflush(file.get()) == 0;
    file.reset();
    if (!is_written) return openssl_error("cannot write " + temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0)
        return errno_error(errno, "rename", temporary);
    return {};
}

result<void> save(pair_of_files const& files, std::string const& certificate_path,
                  std::string const& key_path) {
    auto const done = publish(key_path, 0600, [&](std::FILE* file) {
        return PEM_write_PrivateKey(file, files.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    if (!done) return done;
    return publish(certificate_path, 0644,
                   [&](std::FILE* file) { return PEM_write_X509(file, files.certificate.get()); });
}

bool lasts(X509* certificate) {
    auto until = std::time(nullptr) + renew_days * day_seconds;
    return X509_cmp_time(X509_get0_notAfter(certificate), &until) > 0;
}

bool is_good(pair_of_files const& server, pair_of_files const& ca,
             std::vector<std::string> const& names) {
    if (!server || !lasts(server.certificate.get())) return false;
    if (X509_verify(server.certificate.get(), ca.key.get()) != 1) {
        ERR_clear_error();
        return false;
    }
    return std::all_of(names.begin(), names.end(), [&](std::string const& name) {
        auto* const c = server.certificate.get();
        return is_address(name)
                   ? X509_check_ip_asc(c, name.c_str(), 0) == 1
                   : X509_check_host(c, name.c_str(), name.size(),
                                     X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
    });
}

}  // namespace

result<certificate_paths> ensure_certificate(std::string const& dir,
                                             std::vector<std::string> const& names) {
    certificate_paths const paths{dir + "/ca.pem", dir + "/server.pem", dir + "/server.key"};
    auto const ca_key = dir + "/ca.key";
    std::vector<std::string> all{"localhost", "127.0.0.1", "::1"};
    for (auto const& name : names) {
        if (name.empty() || name.find_first_of(",: \n") != std::string::npos) {
            if (!is_address(name))
                return fail(errc::usage, "\"" + name + "\" is not a host name or an address");
        }
        all.push_back(name);
    }
    auto ca = load(paths.ca, ca_key);
    if (!ca || !lasts(ca.certificate.get())) {
        ca = make_ca();
        if (!ca) return openssl_error("cannot make a certification authority");
        if (auto const done = save(ca, paths.ca, ca_key); !done) return done.error();
    }
    if (is_good(load(paths.certificate, paths.key), ca, all)) return paths;
    auto const server = make_server(ca, all);
    if (!server) return openssl_error("cannot make a server certificate");
    if (auto const done = save(server, paths.certificate, paths.key); !done) return done.error();
    return paths;
}

}  // namespace setclick::sandbox
