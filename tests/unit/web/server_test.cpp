// Against real sockets: a service with a daemon that the test plays.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "setclickd/base/unique_fd.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/web/service.hpp"
#include "support/temp_dir.hpp"

namespace setclick::web {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

steady_time now() {
    return std::chrono::steady_clock::now();
}

int free_port() {
    unique_fd const fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
}

class visitor {
public:
    explicit visitor(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<std::uint16_t>(port));
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_in_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    }
    explicit visitor(std::string const& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, path.data(), path.size());
        is_in_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    }
    bool is_in() const { return is_in_; }

    bool send(std::string_view text) {
        while (!text.empty()) {
            auto const n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    /// What comes until there are `answers` of them, the end, or the time is over.
    std::string receive(int answers = 1, milliseconds patience = 5s) {
        auto const end = now() + patience;
        std::string out;
        while (whole_answers(out) < answers) {
            pollfd waiting{fd_.get(), POLLIN, 0};
            auto const left = std::chrono::ceil<milliseconds>(end - now()).count();
            if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) break;
            char buffer[4096];
            auto const n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
            is_over_ = n <= 0;
            if (is_over_) break;
            out.append(buffer, static_cast<std::size_t>(n));
        }
        return out;
    }
    /// The server has closed it, in this time.
    bool is_closed_within(milliseconds patience) {
        receive(1'000'000, patience);
        return is_over_;
    }
    std::string ask(std::string_view request) {
        send(request);
        return receive();
    }

private:
    static int whole_answers(std::string_view text) {
        int n = 0;
        for (;;) {
            auto const end = text.find("\r\n\r\n");
            if (end == std::string_view::npos) return n;
            auto const head = text.substr(0, end);
            auto const at = head.find("Content-Length: ");
            std::size_t const length = at == std::string_view::npos
                                           ? 0
                                           : std::stoul(std::string(head.substr(at + 16, 12)));
            if (text.size() < end + 4 + length) return n;
            text.remove_prefix(end + 4 + length);
            ++n;
        }
    }
    unique_fd fd_;
    bool is_in_ = false;
    bool is_over_ = false;
};

std::string get(std::string_view path, std::string_view further = "",
                std::string_view method = "GET") {
    return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" +
           std::string(further) + "\r\n";
}

class WebService : public testing::Test {
protected:
    WebService() {
        settings_.spool.dir = dir_.file("spool");
        settings_.ledger.path = dir_.file("ledger.db");
        settings_.metrics.listen = "127.0.0.1:" + std::to_string(port_);
    }
    void write_password(std::string const& text) {
        settings_.metrics.password_file = dir_.file("web-password");
        std::ofstream(settings_.metrics.password_file) << text << "\n";
        ::chmod(settings_.metrics.password_file.c_str(), 0600);
    }
    void start() {
        ledger::options how;
        how.where.path = settings_.ledger.path;
        EXPECT_TRUE(ledger::store::open(how));
        service_wiring w;
        w.ask = [this](std::function<void(boost::json::object)> answer) {
            ++asked_;
            if (is_mute_) {
                std::lock_guard const lock(mutex_);
                kept_.push_back(std::move(answer));
                return;
            }
            boost::json::object o{{"pid", 7}, {"version", "test"}};
            o["ending"] = is_ending_.load();
            answer(std::move(o));
        };
        service_ = std::make_unique<service>(settings_, std::move(w));
    }

    test::temp_dir dir_;
    int port_ = free_port();
    settings::settings settings_;
    std::atomic<int> asked_{0};
    std::atomic<bool> is_mute_{false}, is_ending_{false};
    std::mutex mutex_;
    std::vector<std::function<void(boost::json::object)>> kept_;
    std::unique_ptr<service> service_;
};

TEST_F(WebService, EachPageAnswersAndTheConnectionGoesOn) {
    write_password("open, sesame!");
    start();
    visitor v(port_);
    ASSERT_TRUE(v.is_in());
    EXPECT_THAT(v.ask(get("/livez")),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\n\r\nalive\n")));
    EXPECT_THAT(v.ask(get("/readyz")), HasSubstr("\r\n\r\nready\n"));
    EXPECT_THAT(v.ask(get("/nothing")), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(v.ask(get("/status.json")), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(v.ask(get("/status.json", "Authorization: Basic dXNlcjpvcGVuLCBzZXNhbWUh\r\n")),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("application/json"),
                      HasSubstr("\"waiting\":0")));
    EXPECT_THAT(v.ask(get("/livez", "", "HEAD")),
                AllOf(HasSubstr("Content-Length: 6\r\n"), Not(HasSubstr("alive"))));
}

TEST_F(WebService, AGuesserHearsOfItLateAndTheOwnerIsLetInMeanwhile) {
    write_password("open, sesame!");
    start();
    auto const guess = get("/status.json", "Authorization: Basic dXNlcjpvcGVu\r\n");
    visitor first(port_);
    for (int n = 0; n < 5; ++n)
        EXPECT_THAT(first.ask(guess), StartsWith("HTTP/1.1 401 ")) << n;
    std::vector<std::unique_ptr<visitor>> guessers;
    auto const begin = now();
    for (int n = 0; n < 100; ++n) {
        guessers.push_back(std::make_unique<visitor>(port_));
        guessers.back()->send(guess);
    }
    EXPECT_THAT(visitor(port_).ask(
                    get("/status.json", "Authorization: Basic dXNlcjpvcGVuLCBzZXNhbWUh\r\n")),
                StartsWith("HTTP/1.1 200 "));
    EXPECT_LE(now() - begin, 1400ms);
    EXPECT_THAT(guessers.back()->receive(), StartsWith("HTTP/1.1 401 "));
    EXPECT_GE(now() - begin, 1400ms);
}

TEST_F(WebService, AShortPasswordClosesThePage) {
    write_password("sesame");
    start();
    EXPECT_THAT(
        visitor(port_).ask(get("/status.json", "Authorization: Basic dXNlcjpzZXNhbWU=\r\n")),
        StartsWith("HTTP/1.1 403 "));
}

TEST_F(WebService, ManyWhoAskCostOneQuestionASecond) {
    start();
    auto const begin = now();
    visitor v(port_);
    for (int n = 0; n < 200; ++n)
        ASSERT_THAT(v.ask(get("/livez")), StartsWith("HTTP/1.1 200"));
    auto const took = std::chrono::ceil<std::chrono::seconds>(now() - begin).count();
    EXPECT_LE(asked_, took + 1);
    EXPECT_GE(asked_, 1);
}

TEST_F(WebService, AMainLoopThatHangsIsSeenInTwoSecondsAndAskedOnce) {
    is_mute_ = true;
    start();
    auto const begin = now();
    visitor v(port_);
    EXPECT_THAT(v.ask(get("/livez")), StartsWith("HTTP/1.1 503 "));
    EXPECT_GE(now() - begin, 1900ms);
    EXPECT_THAT(v.ask(get("/readyz")), HasSubstr("not ready: the daemon does not answer"));
    std::this_thread::sleep_for(1100ms);
    EXPECT_THAT(v.ask(get("/livez")), StartsWith("HTTP/1.1 503 "));
    EXPECT_EQ(asked_, 1) << "a loop that hangs is not given more to do";
    is_mute_ = false;
    {
        std::lock_guard const lock(mutex_);
        kept_.front()({{"pid", 7}});
        kept_.clear();
    }
    std::this_thread::sleep_for(1100ms);
    EXPECT_THAT(v.ask(get("/livez")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebService, ADaemonThatEndsIsNotReady) {
    is_ending_ = true;
    start();
    visitor v(port_);
    EXPECT_THAT(v.ask(get("/livez")), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(v.ask(get("/readyz")), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("ends")));
}

TEST_F(WebService, WhatIsNoRequestIsAnsweredAndTheConnectionClosed) {
    start();
    std::string const large =
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + "\r\n\r\n";
    std::string many = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";
    for (int n = 0; n < 3000; ++n)
        many += "a:\r\n";
    struct row {
        std::string_view name;
        std::string text;
        std::string_view answer;
    };
    row const table[] = {
        {"garbage", "\x01\x02\x03\x04 garbage\r\n\r\n", "HTTP/1.1 400 "},
        {"TLS",
         std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(500, 'x'),
         "HTTP/1.1 400 "},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505 "},
        {"HTTP/0.9", "GET /livez\r\n\r\n", "HTTP/1.1 400 "},
        {"NUL", std::string("GET /livez\0 HTTP/1.1\r\nHost: localhost\r\n\r\n", 42),
         "HTTP/1.1 400 "},
        {"NUL in a field", std::string("GET /livez HTTP/1.1\r\nHost: local\0host\r\n\r\n", 42),
         "HTTP/1.1 400 "},
        {"a large field", large, "HTTP/1.1 431 "},
        {"many fields", many + "\r\n", "HTTP/1.1 431 "},
        {"a long target", "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 431 "},
        {"a body", get("/livez", "Content-Length: 5\r\n") + "hello", "HTTP/1.1 413 "},
        {"a huge body", get("/livez", "Content-Length: 99999999999\r\n"), "HTTP/1.1 413 "},
        {"chunks", get("/livez", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", "HTTP/1.1 413 "},
        {"two lengths", get("/livez", "Content-Length: 0\r\nContent-Length: 5\r\n"),
         "HTTP/1.1 400 "},
        {"length and chunks", get("/livez", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
         "HTTP/1.1 4"},
        {"POST", get("/livez", "", "POST"), "HTTP/1.1 405 "},
        {"no Host", "GET /livez HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
        {"no Host, HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n", "HTTP/1.1 400 "},
        {"two Hosts", get("/livez", "Host: localhost\r\n"), "HTTP/1.1 400 "},
        {"a foreign Host", "GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421 "},
        {"a whole URL", "GET http://localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
         "HTTP/1.1 400 "},
    };
    for (auto const& r : table) {
        visitor v(port_);
        v.send(r.text);
        auto const got = v.receive();
        EXPECT_THAT(got, StartsWith(r.answer)) << r.name;
        EXPECT_THAT(got, HasSubstr("nosniff")) << r.name;
        EXPECT_TRUE(v.is_closed_within(3s)) << r.name;
    }
    EXPECT_THAT(visitor(port_).ask(get("/livez")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebService, PipelinedRequestsAreAnsweredInTheirOrder) {
    start();
    visitor v(port_);
    std::string all;
    for (int n = 0; n < 50; ++n)
        all += get("/livez") + get("/nothing");
    ASSERT_TRUE(v.send(all));
    auto const got = v.receive(100);
    std::vector<std::string> codes;
    for (auto at = got.find("HTTP/1.1 "); at != std::string::npos;
         at = got.find("HTTP/1.1 ", at + 1))
        codes.push_back(got.substr(at + 9, 3));
    ASSERT_EQ(codes.size(), 100U);
    for (std::size_t n = 0; n < codes.size(); n += 2) {
        EXPECT_EQ(codes[n], "200");
        EXPECT_EQ(codes[n + 1], "404");
    }
}

TEST_F(WebService, WhoNeverFinishesARequestIsSentAway) {
    start();
    visitor slow(port_);
    slow.send("GET /livez HTTP/1.1\r\nHost: loc");
    auto const begin = now();
    EXPECT_TRUE(slow.is_closed_within(13s));
    EXPECT_GE(now() - begin, 9s);
}

TEST_F(WebService, AFullHouseHasRoomForOneMore) {
    start();
    std::vector<std::unique_ptr<visitor>> crowd;
    for (int n = 0; n < 300; ++n) {
        crowd.push_back(std::make_unique<visitor>(port_));
        ASSERT_TRUE(crowd.back()->is_in());
        if (n % 2 == 0) crowd.back()->send("GET /livez HT");
    }
    for (int n = 0; n < 20; ++n)
        EXPECT_THAT(visitor(port_).ask(get("/livez")), StartsWith("HTTP/1.1 200 ")) << n;
    EXPECT_TRUE(crowd.front()->is_closed_within(2s)) << "the first went for the later ones";
}

TEST_F(WebService, TheSocketIsForTheGroupAndGoesAtTheEnd) {
    auto const path = dir_.file("web.sock");
    settings_.metrics.listen = "unix:" + path;
    start();
    struct stat info {};
    ASSERT_EQ(::lstat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0660U);
    EXPECT_THAT(visitor(path).ask(get("/status.json")), StartsWith("HTTP/1.1 200 "))
        << "its mode is the password";
    service_->stop();
    EXPECT_NE(::lstat(path.c_str(), &info), 0);
}

TEST_F(WebService, AStaleSocketIsReplacedALiveOneNot) {
    auto const path = dir_.file("web.sock");
    settings_.metrics.listen = "unix:" + path;
    start();
    auto const first = std::move(service_);
    start();  // listens nowhere
    EXPECT_THAT(visitor(path).ask(get("/livez")), StartsWith("HTTP/1.1 200 "));
    service_.reset();
    EXPECT_THAT(visitor(path).ask(get("/livez")), StartsWith("HTTP/1.1 200 "))
        << "it is still the first one's";
    {
        unique_fd const dead{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        auto const stale = dir_.file("stale.sock");
        std::memcpy(at.sun_path, stale.data(), stale.size());
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    }
    settings_.metrics.listen = "unix:" + dir_.file("stale.sock");
    start();
    EXPECT_THAT(visitor(dir_.file("stale.sock")).ask(get("/livez")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebService, AReloadChangesAddressNamesAndPassword) {
    write_password("first");
    start();
    auto const other = free_port();
    write_password("open, sesame!");
    settings_.metrics.listen = "127.0.0.1:" + std::to_string(other);
    settings_.metrics.hosts = {"stats.example.com"};
    service_->configure(settings_);
    auto const deadline = now() + 5s;
    while (now() < deadline && !visitor(other).is_in())
        std::this_thread::sleep_for(5ms);
    EXPECT_FALSE(visitor(port_).is_in());
    visitor v(other);
    EXPECT_THAT(
        v.ask("GET /status.json HTTP/1.1\r\nHost: stats.example.com\r\nAuthorization: Basic "
              "dXNlcjpvcGVuLCBzZXNhbWUh\r\n\r\n"),
        StartsWith("HTTP/1.1 200 "));
    settings_.metrics.listen = "";
    service_->configure(settings_);
    EXPECT_TRUE(v.is_closed_within(5s));
}

TEST_F(WebService, APortInUseIsNoReasonToEnd) {
    start();
    auto const first = std::move(service_);
    start();
    EXPECT_THAT(visitor(port_).ask(get("/livez")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebService, ItEndsAtOnceWhateverItsClientsDo) {
    is_mute_ = true;
    start();
    visitor waits(port_);
    waits.send(get("/livez"));
    visitor half(port_);
    half.send("GET ");
    visitor idle(port_);
    std::this_thread::sleep_for(100ms);
    auto const begin = now();
    service_->stop();
    EXPECT_LE(now() - begin, 1500ms);
    EXPECT_FALSE(visitor(port_).is_in());
    std::lock_guard const lock(mutex_);
    for (auto const& answer : kept_)
        answer({{"pid", 7}});  // too late, and harmless
}

}  // namespace
}  // namespace setclick::web
