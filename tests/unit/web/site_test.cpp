#include "web/site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace setclick::web {
namespace {

using settings::listen_address;
using testing::HasSubstr;

constexpr std::string_view right_one = "Basic dXNlcjpzZXNhbWU=";  // user:sesame
constexpr std::string_view wrong_one = "Basic dXNlcjpvcGVu";

site::setup by_tcp(bool has_password = true) {
    site::setup s;
    s.at = {listen_address::kind::tcp, "127.0.0.1", 9464, {}};
    if (has_password) s.password = secret<std::string>("sesame");
    return s;
}

site::setup by_socket(bool has_password = false) {
    auto s = by_tcp(has_password);
    s.at = {listen_address::kind::unix_socket, {}, 0, "/run/web.sock"};
    return s;
}

struct request {
    std::string method = "GET";
    std::string target = "/livez";
    std::vector<std::string_view> hosts{"127.0.0.1:9464"};
    std::vector<std::string_view> authorization{};
    bool has_body = false;
    bool is_by_script = false;
};

site::decision decide(site::setup const& setup, request const& r) {
    site s(setup);
    request_head head;
    head.method = r.method;
    head.target = r.target;
    head.hosts = r.hosts;
    head.authorization = r.authorization;
    head.has_body = r.has_body;
    head.is_by_script = r.is_by_script;
    bool const is_by_socket = setup.at.what == listen_address::kind::unix_socket;
    return s.decide(head, {"10.0.0.1", is_by_socket}, steady_time{std::chrono::hours{5}});
}

/// 0: a page is made.
unsigned status_of(site::setup const& setup, request const& r) {
    auto const decided = decide(setup, r);
    EXPECT_EQ(decided.refusal.has_value(), decided.page == nullptr) << r.target;
    return decided.refusal ? decided.refusal->status : 0;
}

TEST(Site, EveryPageIsInTheTableOnceAndHasWhatItNeeds) {
    for (auto const& p : pages()) {
        EXPECT_EQ(page_of(p.path), &p) << p.path;
        EXPECT_TRUE(p.path.starts_with('/'));
        EXPECT_NE(p.make, nullptr);
        EXPECT_FALSE(p.type.empty());
    }
    for (std::string_view const open : {"/livez", "/readyz"})
        EXPECT_EQ(page_of(open)->readers, page_readers::everybody) << open;
    EXPECT_EQ(page_of("/status.json")->readers, page_readers::owner);
}

TEST(Site, OnlyTheWholePathIsAPage) {
    for (std::string const target : {"/livez/",
                                     "//livez",
                                     "/./livez",
                                     "/../livez",
                                     "/livez/../status.json",
                                     "/LIVEZ",
                                     "/livez%00",
                                     "/%6civez",
                                     "/livez;x",
                                     "/etc/passwd",
                                     "/../../etc/passwd",
                                     "/..%2f..%2fetc/passwd",
                                     "/%2e%2e/%2e%2e/etc/passwd",
                                     "/....//etc/passwd",
                                     "/status.json/",
                                     "/status.json.bak",
                                     "/setclickd.toml",
                                     "/.git/config",
                                     "/token",
                                     "/\\..\\..",
                                     "/livez#x"})
        EXPECT_EQ(status_of(by_tcp(), {.target = target}), 404U) << target;
    for (std::string const target :
         {"", "livez", "*", "http://127.0.0.1:9464/livez", "http://evil.example/livez",
          "127.0.0.1:443", "\\livez", "file:///etc/passwd"})
        EXPECT_EQ(status_of(by_tcp(), {.target = target}), 400U) << target;
    EXPECT_EQ(status_of(by_tcp(), {.target = "/livez?"}), 0U);
    EXPECT_EQ(status_of(by_tcp(), {.target = "/livez?x=/../y"}), 0U);
}

TEST(Site, OnlyGetAndHeadAndNoBody) {
    for (std::string const method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT",
                                     "PATCH", "PROPFIND", "get", "GETX", ""}) {
        auto const decided = decide(by_tcp(), {.method = method});
        ASSERT_TRUE(decided.refusal) << method;
        EXPECT_EQ(decided.refusal->status, 405U) << method;
        EXPECT_THAT(decided.refusal->further, HasSubstr("Allow: GET, HEAD\r\n"));
        EXPECT_TRUE(decided.refusal->closes) << "its body is not read";
    }
    EXPECT_EQ(status_of(by_tcp(), {.method = "HEAD"}), 0U);
    EXPECT_EQ(status_of(by_tcp(), {.has_body = true}), 413U);
}

TEST(Site, TheHostIsLookedAtBeforeAnything) {
    for (std::string const target : {"/livez", "/status.json", "/nothing"}) {
        EXPECT_EQ(status_of(by_tcp(), {.target = target, .hosts = {"evil.example"}}), 421U)
            << target;
        EXPECT_EQ(status_of(by_tcp(), {.target = target, .hosts = {}}), 400U) << target;
        EXPECT_EQ(status_of(by_tcp(), {.target = target, .hosts = {"localhost", "localhost"}}),
                  400U)
            << target;
    }
    EXPECT_EQ(status_of(by_tcp(), {.target = "/status.json",
                                   .hosts = {"evil.example"},
                                   .authorization = {right_one}}),
              421U);
}

TEST(Site, ThePageIsForItsOwnerTheHealthForEverybody) {
    struct row {
        site::setup setup;
        std::vector<std::string_view> authorization;
        unsigned health, page;
        std::string_view text;
    };
    auto lost = by_tcp(false);
    lost.is_password_lost = true;
    auto lost_on_socket = by_socket();
    lost_on_socket.is_password_lost = true;
    row const table[] = {
        {by_tcp(false), {}, 0, 403, "web-password"},
        {by_tcp(false), {right_one}, 0, 403, "web-password"},
        {by_tcp(true), {}, 0, 401, "password"},
        {by_tcp(true), {wrong_one}, 0, 401, "not the password"},
        {by_tcp(true), {right_one, right_one}, 0, 401, "not the password"},
        {by_tcp(true), {right_one}, 0, 0, ""},
        {by_socket(false), {}, 0, 0, ""},
        {by_socket(true), {}, 0, 401, "password"},
        {by_socket(true), {right_one}, 0, 0, ""},
        {lost, {right_one}, 0, 403, "cannot be read"},
        {lost_on_socket, {}, 0, 403, "cannot be read"},
    };
    for (auto const& r : table) {
        EXPECT_EQ(status_of(r.setup, {.authorization = r.authorization}), r.health);
        auto const page =
            decide(r.setup, {.target = "/status.json", .authorization = r.authorization});
        EXPECT_EQ(page.refusal ? page.refusal->status : 0, r.page);
        if (page.refusal) {
            EXPECT_THAT(*page.refusal->body, HasSubstr(r.text));
        }
        if (r.page == 401) {
            EXPECT_THAT(page.refusal->further, HasSubstr("WWW-Authenticate: Basic realm="));
        }
    }
}

TEST(Site, OnlyWhoOpensAPageIsAskedForThePasswordByTheBrowser) {
    request r;
    r.target = "/status.json";
    for (std::string_view const given : {std::string_view{}, wrong_one}) {
        r.authorization.clear();
        if (!given.empty()) r.authorization.push_back(given);
        r.is_by_script = false;
        EXPECT_THAT(decide(by_tcp(), r).refusal->further, HasSubstr("Basic realm"));
        r.is_by_script = true;
        EXPECT_EQ(decide(by_tcp(), r).refusal->status, 401U);
        EXPECT_THAT(decide(by_tcp(), r).refusal->further, testing::Not(HasSubstr("Basic")));
    }
}

}  // namespace
}  // namespace setclick::web
