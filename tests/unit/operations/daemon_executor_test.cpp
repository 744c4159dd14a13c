// A daemon that hangs up between the requests of one command, or in the middle of one.
#include "setclickd/operations/command_executor.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/json/serialize.hpp>
#include <thread>

#include "setclickd/base/unique_fd.hpp"
#include "setclickd/control/messages.hpp"
#include "support/ledger_test.hpp"

namespace setclick::operations {
namespace {

using test::account_id;
using test::fake_daemon;
using testing::HasSubstr;

constexpr milliseconds idle{200};
constexpr milliseconds longer_than_idle{600};

/// Hangs up on its first clients, each after its request and without a word; answers the others.
class rude_daemon {
public:
    rude_daemon(std::string const& path, int hang_ups, boost::json::value answer)
        : hang_ups_(hang_ups), answer_(std::move(answer)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        listener_ = unique_fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(::listen(listener_.get(), 16), 0);
        thread_ = std::jthread([this] { serve(); });
    }
    ~rude_daemon() { ::shutdown(listener_.get(), SHUT_RDWR); }

    int requests() const { return requests_; }

private:
    static bool read_request(int fd) {
        for (char c = 0; c != '\n';)
            if (::read(fd, &c, 1) != 1) return false;
        return true;
    }
    void serve() {
        for (;;) {
            unique_fd const client{::accept(listener_.get(), nullptr, nullptr)};
            if (!client) return;
            while (read_request(client.get())) {
                if (++requests_ <= hang_ups_) break;
                auto const line =
                    boost::json::serialize(boost::json::object{{"result", answer_}}) + "\n";
                if (::send(client.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) break;
            }
        }
    }

    int const hang_ups_;
    boost::json::value const answer_;
    std::atomic<int> requests_ = 0;
    unique_fd listener_;
    std::jthread thread_;
};

class daemon_commands : public test::ledger_test {
protected:
    daemon_commands() {
        settings_.control_socket = socket();
        settings_.ledger.path = dir.file("ledger.db");
    }
    settings::settings settings_;
    static ledger::operation hold(bool dry_run) {
        ledger::operation what;
        what.verb = ledger::operator_verb::hold;
        what.dry_run = dry_run;
        return what;
    }
    static boost::json::value five() { return control::counts_message({5, 0, 0, 0, 0, 0}); }
};

TEST_F(daemon_commands, connection_that_was_idle_for_too_long_is_made_again) {
    fake_daemon daemon(
        socket(), [](boost::json::object const&) -> result<boost::json::value> { return five(); },
        {.idle = idle});
    auto const found = find_executor(settings_);
    ASSERT_TRUE(found) << found.error().message;
    auto& by = **found;
    EXPECT_TRUE(by.pass_read(account_id));
    std::this_thread::sleep_for(longer_than_idle);
    EXPECT_TRUE(by.read_answered(account_id, {}, 5s));
    std::this_thread::sleep_for(longer_than_idle);
    EXPECT_TRUE(by.keep_verdict(account_id, "{}"));
    std::this_thread::sleep_for(longer_than_idle);
    auto const done = by.operate(hold(false), {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->touched, 5U);
    EXPECT_EQ(daemon.requests().size(), 4U);
}

TEST_F(daemon_commands, request_that_may_be_repeated_is_sent_again_where_the_daemon_hung_up_on_it) {
    rude_daemon const daemon(socket(), 1, {{"wait_ms", 7}});
    auto const found = find_executor(settings_);
    ASSERT_TRUE(found);
    auto const turn = (*found)->pass_read(account_id);
    ASSERT_TRUE(turn) << turn.error().message;
    EXPECT_EQ(turn->wait, 7ms);
    EXPECT_EQ(daemon.requests(), 2);
}

TEST_F(daemon_commands, dry_run_may_be_repeated) {
    rude_daemon const daemon(socket(), 1, five());
    auto const found = find_executor(settings_);
    ASSERT_TRUE(found);
    auto const done = (*found)->operate(hold(true), {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->touched, 5U);
}

TEST_F(daemon_commands, operation_that_may_have_begun_is_never_sent_again) {
    rude_daemon const daemon(socket(), 1, five());
    auto const found = find_executor(settings_);
    ASSERT_TRUE(found);
    auto const done = (*found)->operate(hold(false), {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::unreachable);
    EXPECT_THAT(done.error().message, HasSubstr("hung up"));
    EXPECT_EQ(daemon.requests(), 1);
}

TEST_F(daemon_commands, daemon_that_hangs_up_on_everything_is_asked_no_third_time) {
    rude_daemon const daemon(socket(), 99, five());
    auto const found = find_executor(settings_);
    ASSERT_TRUE(found);
    auto const turn = (*found)->pass_read(account_id);
    ASSERT_FALSE(turn);
    EXPECT_EQ(turn.error().code, errc::unreachable);
    EXPECT_EQ(daemon.requests(), 2);
}

TEST_F(daemon_commands, error_of_the_daemons_own_is_not_asked_for_twice) {
    fake_daemon daemon(socket(), [](boost::json::object const&) -> result<boost::json::value> {
        return fail(errc::unreachable, "the login did not answer");
    });
    auto const found = find_executor(settings_);
    ASSERT_TRUE(found);
    auto const token = (*found)->token(account_id, 3);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().message, "the login did not answer");
    EXPECT_EQ(daemon.requests().size(), 1U);
}

}  // namespace
}  // namespace setclick::operations
