#include "web/host_names.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace setclick::web {
namespace {

using settings::listen_address;

listen_address tcp(std::string host) {
    return {listen_address::kind::tcp, std::move(host), 9464, {}};
}

struct row {
    std::vector<std::string_view> given;
    host_verdict verdict;
};

void expect(host_names const& names, std::vector<row> const& table) {
    for (auto const& r : table)
        EXPECT_EQ(names.verdict(r.given), r.verdict)
            << (r.given.empty() ? "none" : r.given.front());
}

TEST(HostNames, AnAddressLocalhostAndWhatIsConfiguredAreRight) {
    host_names const names(tcp("127.0.0.1"), {"stats.example.com", "other.example.com:8443"});
    using enum host_verdict;
    expect(names, {
                      {{"127.0.0.1:9464"}, right},
                      {{"127.0.0.1"}, right},
                      {{"127.0.0.1:18080"}, right},  // a tunnel's port
                      {{"localhost:9464"}, right},
                      {{"LocalHost"}, right},
                      {{"localhost."}, right},
                      {{"setclickd.localhost:9464"}, right},
                      {{"[::1]:9464"}, right},
                      {{"[::1]"}, right},
                      {{"10.0.0.7:9464"}, right},  // an address cannot be bent
                      {{"[2001:db8::7]:9464"}, right},
                      {{"stats.example.com"}, right},
                      {{"STATS.example.com:443"}, right},
                      {{"other.example.com"}, right},
                  });
}

TEST(HostNames, EveryOtherNameIsForeignWhateverItLooksLike) {
    host_names const names(tcp("127.0.0.1"), {"stats.example.com"});
    using enum host_verdict;
    expect(names, {
                      {{"evil.example"}, foreign},
                      {{"evil.example:9464"}, foreign},
                      {{"127.0.0.1.evil.example"}, foreign},
                      {{"localhost.evil.example"}, foreign},
                      {{"notlocalhost"}, foreign},
                      {{"xlocalhost:9464"}, foreign},
                      {{"x.stats.example.com"}, foreign},
                      {{"example.com"}, foreign},
                      {{"2130706433"}, foreign},  // 127.0.0.1 to some programs
                      {{"0x7f.1"}, foreign},
                      {{"127.1"}, foreign},
                      {{"127.0.0.01"}, foreign},
                  });
}

TEST(HostNames, NoneTwoAndBrokenOnesAreTold) {
    host_names const names(tcp("127.0.0.1"), {});
    using enum host_verdict;
    expect(names, {
                      {{}, missing},
                      {{"localhost", "localhost"}, doubled},
                      {{""}, malformed},
                      {{"."}, malformed},
                      {{":9464"}, malformed},
                      {{"localhost:"}, right},  // RFC 3986: the port may be empty
                      {{"localhost:94640"}, right},
                      {{"localhost:946400"}, malformed},
                      {{"localhost:x"}, malformed},
                      {{"localhost:1:2"}, malformed},
                      {{"user@localhost"}, malformed},
                      {{"local host"}, malformed},
                      {{"localhost/x"}, malformed},
                      {{"localhost, evil.example"}, malformed},
                      {{"localh\xc3\xb6st"}, malformed},
                      {{"%6cocalhost"}, malformed},
                      {{"[::1"}, malformed},
                      {{"[::1]x"}, malformed},
                      {{"[localhost]"}, malformed},
                      {{"[]:9464"}, malformed},
                      {{std::string_view("localhost\0", 10)}, malformed},
                  });
}

TEST(HostNames, ANameThatIsListenedOnIsRight) {
    host_names const names(tcp("node7.example.com"), {});
    expect(names, {{{"node7.example.com:9464"}, host_verdict::right},
                   {{"node8.example.com:9464"}, host_verdict::foreign}});
}

TEST(HostNames, OnAUnixSocketEveryNameIsRightButThereMustBeOne) {
    host_names const names({listen_address::kind::unix_socket, {}, 0, "/run/web.sock"}, {});
    using enum host_verdict;
    expect(names, {{{"evil.example"}, right}, {{}, missing}, {{"a", "a"}, doubled}});
}

}  // namespace
}  // namespace setclick::web
