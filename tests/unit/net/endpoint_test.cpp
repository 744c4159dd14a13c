#include "setclickd/net/endpoint.hpp"

#include <gtest/gtest.h>

namespace setclick::net {
namespace {

TEST(endpoint, good_urls_are_taken_apart) {
    struct row {
        char const* url;
        char const* host;
        char const* port;
        char const* path;
        char const* header;
        bool address;
    };
    for (auto const& r :
         {row{"https://app.sealmetrics.com/api", "app.sealmetrics.com", "443", "/api",
              "app.sealmetrics.com", false},
          row{"https://localhost:8443/api/", "localhost", "8443", "/api", "localhost:8443", false},
          row{"https://127.0.0.1:9", "127.0.0.1", "9", "", "127.0.0.1:9", true},
          row{"https://[::1]:8443/a/b", "::1", "8443", "/a/b", "[::1]:8443", true}}) {
        auto const e = parse_endpoint(r.url);
        ASSERT_TRUE(e.has_value()) << r.url;
        EXPECT_EQ(e->host, r.host);
        EXPECT_EQ(e->port, r.port);
        EXPECT_EQ(e->path, r.path);
        EXPECT_EQ(e->host_header(), r.header);
        EXPECT_EQ(e->host_is_address, r.address);
    }
}

TEST(endpoint, urls_that_cannot_be_used_are_refused_with_the_reason) {
    struct row {
        char const* url;
        char const* reason;
    };
    for (auto const& r :
         {row{"http://host/api", "https://"}, row{"host/api", "write https://"},
          row{"https://user:pw@host/", "credentials"},
          row{"https://us er:pw@host/", "write https://"}, row{"user:pw@host", "https://"},
          row{"https://host/?a=b", "query"}, row{"https://host/#x", "fragment"},
          row{"https://host:0/", "port"}, row{"https://host:99999/", "port"},
          row{"https:///api", "host"}, row{"", "write"}}) {
        auto const e = parse_endpoint(r.url);
        ASSERT_TRUE(e.has_error()) << r.url;
        EXPECT_EQ(e.error().code, errc::config);
        EXPECT_NE(e.error().message.find(r.reason), std::string::npos) << e.error().message;
        EXPECT_EQ(e.error().message.find("pw@"), std::string::npos)
            << "credentials must not be repeated";
    }
}

TEST(proxy, the_port_defaults_to_3128) {
    EXPECT_EQ(parse_proxy("http://proxy.example")->port, "3128");
    EXPECT_TRUE(parse_proxy("https://proxy.example").has_error());
}

}  // namespace
}  // namespace setclick::net
