#include "setclickd/settings/listen_address.hpp"

#include <gtest/gtest.h>

namespace setclick::settings {
namespace {

using enum listen_address::kind;

TEST(ListenAddress, EachFormIsRead) {
    struct row {
        std::string text;
        listen_address is;
        bool is_of_this_machine;
    };
    row const table[] = {
        {"", {none, "", 0, ""}, true},
        {"127.0.0.1:9464", {tcp, "127.0.0.1", 9464, ""}, true},
        {"127.0.0.53:1", {tcp, "127.0.0.53", 1, ""}, true},
        {"[::1]:9464", {tcp, "::1", 9464, ""}, true},
        {"localhost:9464", {tcp, "localhost", 9464, ""}, true},
        {"0.0.0.0:9464", {tcp, "0.0.0.0", 9464, ""}, false},
        {"[::]:9464", {tcp, "::", 9464, ""}, false},
        {"10.1.2.3:65535", {tcp, "10.1.2.3", 65535, ""}, false},
        {"[2001:db8::7]:80", {tcp, "2001:db8::7", 80, ""}, false},
        {"node7.example.com:9464", {tcp, "node7.example.com", 9464, ""}, false},
        {"unix:/run/setclickd/web.sock", {unix_socket, "", 0, "/run/setclickd/web.sock"}, true},
        {"unix:/" + std::string(106, 'x'), {unix_socket, "", 0, "/" + std::string(106, 'x')}, true},
    };
    for (auto const& r : table) {
        auto const read = parse_listen(r.text);
        ASSERT_TRUE(read) << r.text << ": " << read.error().message;
        EXPECT_EQ(*read, r.is) << r.text;
        EXPECT_EQ(is_of_this_machine(*read), r.is_of_this_machine) << r.text;
    }
}

TEST(ListenAddress, WhatIsNoneIsNamedWithWhatMayBeWritten) {
    for (std::string const text : {"9464",
                                   ":9464",
                                   "127.0.0.1",
                                   "127.0.0.1:",
                                   "127.0.0.1:0",
                                   "127.0.0.1:65536",
                                   "127.0.0.1:x",
                                   "::1:9464",
                                   "[::1]",
                                   "[::1:9464",
                                   "http://127.0.0.1:9464",
                                   "127.0.0.1:9464/metrics",
                                   "127.0.0.1:9464?x",
                                   "a b:9464",
                                   "user@localhost:9464",
                                   "*:9464",
                                   "b\xc3\xbc"
                                   "cher.example:9464",
                                   "unix:",
                                   "unix:web.sock",
                                   "unix:/run/",
                                   "unix:@abstract",
                                   " 127.0.0.1:9464"})
        EXPECT_FALSE(parse_listen(text)) << text;
    EXPECT_FALSE(parse_listen("unix:/" + std::string(107, 'x')));
    EXPECT_FALSE(parse_listen(std::string("unix:/run\0/x", 12)));
}

}  // namespace
}  // namespace setclick::settings
