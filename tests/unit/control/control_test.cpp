// Server and client over a real socket.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include "protocol.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/control/server.hpp"
#include "support/temp_dir.hpp"

namespace setclick::control {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

unique_fd raw_client(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
}

/// Everything until the other end hangs up.
std::string read_all(int fd) {
    std::string all;
    char buffer[4096];
    for (;;) {
        auto const n = ::read(fd, buffer, sizeof buffer);
        if (n <= 0) return all;
        all.append(buffer, static_cast<std::size_t>(n));
    }
}

class control_socket : public testing::Test {
protected:
    void serve(handler h, server_limits limits = {}) {
        auto made = server::open(io_.get_executor(), path_, std::move(h), limits);
        ASSERT_TRUE(made) << made.error().message;
        server_ = std::move(*made);
        thread_ = std::jthread([this] { io_.run(); });
    }
    void stop() {
        server_.reset();
        work_.reset();
        if (thread_.joinable()) thread_.join();
    }
    void TearDown() override { stop(); }

    static void echo(json::object request, peer from, reply to) {
        request["uid"] = from.uid;
        to.result(std::move(request));
    }

    test::temp_dir dir_;
    std::string const path_ = dir_.file("c.sock");
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    std::unique_ptr<server> server_;
    std::jthread thread_;
};

TEST_F(control_socket, request_is_answered_and_names_the_peer) {
    serve(echo);
    auto c = client::connect(path_);
    ASSERT_TRUE(c) << c.error().message;
    for (int i = 0; i < 3; ++i) {
        auto const answer = c->call({{"cmd", "status"}, {"n", i}});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->at("cmd").as_string(), "status");
        EXPECT_EQ(answer->at("n").as_int64(), i);
        EXPECT_EQ(answer->at("uid").to_number<uid_t>(), ::geteuid());
    }
}

TEST_F(control_socket, progress_comes_in_order_and_the_answer_from_another_thread) {
    std::jthread worker;
    serve([&worker](json::object, peer, reply to) {
        worker = std::jthread([to] {
            for (int i = 0; i < 5; ++i)
                to.progress({{"done", i}});
            to.result(5);
            to.result(6);  // answered already
            to.progress({{"done", 7}});
        });
    });
    auto c = client::connect(path_);
    ASSERT_TRUE(c);
    std::vector<std::int64_t> steps;
    auto const answer = c->call({{"cmd", "x"}}, 60s, [&](json::object const& step) {
        steps.push_back(step.at("done").as_int64());
    });
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->as_int64(), 5);
    EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST_F(control_socket, error_keeps_its_code_and_message) {
    serve([](json::object, peer, reply to) { to.error(fail(errc::busy, "event 7 is in flight")); });
    auto const answer = client::connect(path_)->call({{"cmd", "x"}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::busy);
    EXPECT_EQ(answer.error().message, "event 7 is in flight");
}

TEST_F(control_socket, handler_that_forgets_its_reply_still_ends_the_request) {
    serve([](json::object, peer, reply) {});
    auto const answer = client::connect(path_)->call({{"cmd", "x"}}, 60s);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("did not answer this request"));
}

TEST_F(control_socket, without_a_daemon_the_call_is_unreachable) {
    EXPECT_EQ(client::connect(path_).error().code, errc::unreachable);
    // Left behind by a daemon that was killed.
    {
        unique_fd const fd{::socket(AF_UNIX, SOCK_STREAM, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    auto const refused = client::connect(path_);
    EXPECT_EQ(refused.error().code, errc::unreachable);
    EXPECT_THAT(refused.error().message, HasSubstr("does not run"));
    // And a new daemon takes its place.
    serve(echo);
    EXPECT_TRUE(client::connect(path_)->call({}));
}

TEST_F(control_socket, second_daemon_is_refused_and_the_first_goes_on) {
    serve(echo);
    auto const second = server::open(io_.get_executor(), path_, echo);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::busy);
    EXPECT_TRUE(client::connect(path_)->call({}));
}

TEST_F(control_socket, file_that_is_no_socket_stays) {
    std::ofstream(path_) << "precious";
    auto const refused = server::open(io_.get_executor(), path_, echo);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::io);
    EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
}

TEST_F(control_socket, mode_is_0660_whatever_the_umask) {
    auto const before = ::umask(0);
    serve(echo);
    ::umask(before);
    struct stat info {};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0660U);
    stop();
    EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(control_socket, another_user_is_sent_away_with_the_reason) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    serve(echo);
    ASSERT_EQ(::chmod(path_.c_str(), 0777), 0);
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
    auto const child = ::fork();
    if (child == 0) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0)
            ::_exit(9);
        auto c = client::connect(path_);
        if (!c) ::_exit(8);
        auto const answer = c->call({{"cmd", "x"}});
        ::_exit(!answer && answer.error().code == errc::refused ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(control_socket, what_is_no_request_is_answered_with_an_error) {
    serve(echo);
    auto const fd = raw_client(path_);
    for (std::string const text : {"nonsense\n", "[1]\n", "\n", "{\"a\":\n"}) {
        ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
        char buffer[1024];
        auto const n = ::read(fd.get(), buffer, sizeof buffer);
        ASSERT_GT(n, 0);
        auto const answer = json::parse(std::string(buffer, static_cast<std::size_t>(n)));
        EXPECT_EQ(answer.at("error").at("code").as_string(), "usage");
    }
}

TEST_F(control_socket, endless_line_is_refused_and_the_client_dropped) {
    serve(echo);
    auto const fd = raw_client(path_);
    std::string const endless(max_line + 10, 'x');
    ASSERT_EQ(::send(fd.get(), endless.data(), endless.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(endless.size()));
    EXPECT_THAT(read_all(fd.get()), HasSubstr("longer than"));
}

TEST_F(control_socket, one_client_too_many_is_told_to_try_again) {
    serve(echo, {.clients = 2});
    auto first = client::connect(path_);
    auto second = client::connect(path_);
    ASSERT_TRUE(first->call({}));
    ASSERT_TRUE(second->call({}));
    auto const third = client::connect(path_)->call({});
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, errc::busy);
    EXPECT_TRUE(first->call({}));
}

TEST_F(control_socket, silent_client_is_dropped_after_the_idle_time) {
    serve(echo, {.idle = 50ms});
    auto const fd = raw_client(path_);
    EXPECT_EQ(read_all(fd.get()), "");
}

TEST_F(control_socket, client_that_does_not_read_is_dropped_and_the_handler_goes_on) {
    serve(
        [](json::object, peer, reply to) {
            for (int i = 0; i < 5000; ++i)
                to.progress({{"text", std::string(1000, 'x')}});
            to.result(1);
        },
        {.unsent = 64 * 1024});
    auto const fd = raw_client(path_);
    ASSERT_EQ(::write(fd.get(), "{}\n", 3), 3);
    auto c = client::connect(path_);
    ASSERT_TRUE(c);
    // The other one gets progress and is dropped as well, or is answered; either way nothing hangs.
    (void)c->call({}, 60s);
    EXPECT_LT(read_all(fd.get()).size(), 5'000'000U);
}

TEST_F(control_socket, client_that_asks_and_never_reads_is_not_asked_for_more) {
    std::atomic<int> handled = 0;
    serve([&](json::object, peer, reply to) {
        ++handled;
        to.result(json::string(100'000, 'x'));
    });
    auto const fd = raw_client(path_);
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += "{}\n";
    ASSERT_EQ(::write(fd.get(), requests.data(), requests.size()),
              static_cast<ssize_t>(requests.size()));
    // Until nothing more happens: what the kernel takes, and one answer that waits.
    for (int before = -1; before != handled; std::this_thread::sleep_for(200ms))
        before = handled;
    EXPECT_GT(handled, 0);
    EXPECT_LT(handled, 50);
    // And no answer is lost to one that reads at last.
    ::shutdown(fd.get(), SHUT_WR);
    EXPECT_EQ(std::ranges::count(read_all(fd.get()), '\n'), 1000);
    EXPECT_EQ(handled, 1000);
}

TEST_F(control_socket, client_that_asks_again_and_again_gets_no_more_time_to_read) {
    serve([](json::object, peer, reply to) { to.result(json::string(100'000, 'x')); },
          {.idle = 200ms});
    auto const fd = raw_client(path_);
    bool is_dropped = false;
    for (int i = 0; i < 500 && !is_dropped; ++i) {
        is_dropped = ::send(fd.get(), "{}\n", 3, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE;
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_TRUE(is_dropped);
}

TEST_F(control_socket, slow_handler_is_not_mistaken_for_an_idle_client) {
    std::jthread worker;
    std::atomic<bool> asked = false;
    serve(
        [&](json::object, peer, reply to) {
            asked = true;
            worker = std::jthread([to] {
                std::this_thread::sleep_for(200ms);  // longer than the client may be silent
                to.result("late");
            });
        },
        {.idle = 50ms});
    // On a machine that stands still a client may be silent for too long before it has asked.
    for (int tries = 0; tries < 20; ++tries) {
        auto const answer = client::connect(path_)->call({}, 60s);
        if (!answer && !asked) continue;
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->as_string(), "late");
        return;
    }
    FAIL() << "no client could ask in time";
}

TEST_F(control_socket, patience_ends_when_no_answer_comes) {
    std::vector<reply> kept;
    serve([&kept](json::object, peer, reply to) { kept.push_back(std::move(to)); });
    auto const answer = client::connect(path_)->call({}, 50ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("did not answer within 50 ms"));
    stop();
}

TEST_F(control_socket, server_that_ends_hangs_up_on_its_clients) {
    serve(echo);
    auto c = client::connect(path_);
    ASSERT_TRUE(c->call({}));
    stop();
    auto const answer = c->call({}, 60s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, errc::unreachable);
}

TEST(control_protocol, every_error_code_comes_back_from_its_name) {
    for (auto const code :
         {errc::usage, errc::config, errc::io, errc::lost, errc::disk_full, errc::not_found,
          errc::busy, errc::unreachable, errc::refused, errc::invalid_data})
        EXPECT_EQ(errc_named(name_of(code)), code);
    EXPECT_EQ(errc_named("something new"), errc::io);
}

}  // namespace
}  // namespace setclick::control
