// kill -9 at random moments, again and again, on one ledger: whatever was promised before is there
// afterwards.
//
// A child imports, claims and settles in a loop, and tells through a pipe what it is going to do
// and what it has done. The parent kills it, opens the ledger and compares: what was told as done
// is there; of what was only begun, each transaction is there whole or not at all.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <random>

#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

struct message {
    enum class kind : std::uint8_t { claimed, settling, settled, imported } what;
    std::uint64_t value;
};

class kill_test : public contract_test {
protected:
    void tell(message::kind what, std::uint64_t value) const {
        message const m{what, value};
        if (::write(pipe_[1], &m, sizeof m) != sizeof m) ::_exit(3);
    }

    [[noreturn]] void child(std::uint32_t seed) {
        ::close(pipe_[0]);
        std::mt19937 random(seed);
        auto opened = store::open(options_);
        if (!opened || !(*opened)->recover(now_)) ::_exit(4);
        store_ = std::move(*opened);
        auto const a = *store_->account("a");
        std::vector<event_no> flying;
        for (;;) {
            now_ += 5min;  // the history gets slots of many moments
            auto const n = 1 + random() % 60;
            std::vector<claimed_file> const files(1);
            auto const file = store_->import(files, {}, now_);
            if (!file) ::_exit(5);
            chunk_builder chunk(file->files.front());
            for (std::uint32_t i = 0; i < n; ++i)
                chunk.plain(a, std::string(100 + random() % 400, 'r'));
            auto const built = chunk.end().build();
            if (!store_->import({}, {&built, 1}, now_)) ::_exit(6);
            tell(message::kind::imported, n);

            cycle_request r;
            r.now = now_;
            std::shuffle(flying.begin(), flying.end(), random);
            for (auto i = random() % (flying.size() + 1); i > 0; --i) {
                r.delivered.push_back(flying.back());
                flying.pop_back();
            }
            for (auto const no : r.delivered)
                tell(message::kind::settling, no.value);
            r.wishes.push_back({a, static_cast<std::uint32_t>(random() % 80),
                                random() % 2 == 0 ? doubt_policy::hold : doubt_policy::resend});
            auto const done = store_->cycle(r);
            if (!done) ::_exit(7);
            for (auto const no : r.delivered)
                tell(message::kind::settled, no.value);
            for (auto const& batch : done->batches)
                for (auto const& e : batch.events) {
                    tell(message::kind::claimed, e.no.value);
                    flying.push_back(e.no);
                }
        }
    }

    void hear_all() {
        message m{};
        while (::read(pipe_[0], &m, sizeof m) == sizeof m)
            switch (m.what) {
                case message::kind::claimed:
                    known_[m.value] = in_flight;
                    break;
                case message::kind::settling:
                    begun_.push_back(m.value);
                    break;
                case message::kind::settled:
                    known_[m.value] = delivered;
                    break;
                case message::kind::imported:
                    imported_ += m.value;
                    break;
            }
        ::close(pipe_[0]);
    }

    int pipe_[2]{};
    std::map<std::uint64_t, event_state> known_;
    std::vector<std::uint64_t> begun_;
    std::uint64_t imported_ = 0;
};

LEDGER_CONTRACT(kill_test);

TEST_P(kill_test, twenty_five_kills_lose_nothing_and_forget_no_attempt) {
    account("a");
    store_.reset();
    std::mt19937 random(11);
    std::uint64_t in_doubt = 0;
    // A busy disk does less between two kills: a child that got nothing done makes the next one live longer.
    unsigned patience = 1;
    for (std::uint32_t kill = 0; kill < 25 || (imported_ <= 500 && kill < 1000); ++kill) {
        SCOPED_TRACE("kill " + std::to_string(kill));
        ASSERT_EQ(::pipe(pipe_), 0);
        auto const pid = ::fork();
        ASSERT_GE(pid, 0);
        if (pid == 0) child(1000 + kill);
        ::close(pipe_[1]);
        ::usleep(patience * (20'000 + random() % 60'000));
        ::kill(pid, SIGKILL);
        auto const before = imported_;
        hear_all();
        patience = imported_ == before ? std::min(patience * 2, 64U) : std::max(patience / 2, 1U);
        int status = 0;
        ::waitpid(pid, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status))
            << "the child ended by itself, exit " << WEXITSTATUS(status);

        auto opened = store::open(options_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
        auto const found = store_->recover(now_);
        ASSERT_TRUE(found) << found.error().message;
        in_doubt += found->in_doubt;
        expect_sound();
        if (HasFatalFailure()) return;

        auto const info = store_->accounts()->at(0);
        std::uint64_t events = 0;
        for (auto const n : info.counts)
            events += n;
        EXPECT_GE(events, imported_);
        imported_ = events;
        auto reading = look();
        history_counts history;
        for (auto const& slot : *reading->history())
            history += slot.counts;
        EXPECT_EQ(history.delivered, info.counts[static_cast<std::size_t>(delivered)]);
        EXPECT_EQ(history.in_doubt, info.in_doubt_ever);
        for (auto& [no, state] : known_) {
            auto const shown = reading->show(event_no{no});
            ASSERT_TRUE(shown) << shown.error().message;
            auto const now_is = shown->row.state;
            bool const settle_was_begun =
                std::find(begun_.begin(), begun_.end(), no) != begun_.end();
            if (state == delivered) {
                ASSERT_EQ(now_is, delivered) << no;
            } else if (state == in_flight) {
                // In doubt, by the policy of its claim; or the last settle had reached the disk.
                if (!(settle_was_begun && now_is == delivered)) {
                    ASSERT_TRUE(now_is == waiting || now_is == held) << no << name_of(now_is);
                    ASSERT_TRUE(shown->row.in_doubt_ever) << no;
                }
            }
        }
        known_.clear();
        begun_.clear();
        store_.reset();
    }
    EXPECT_GT(in_doubt, 0U);
    EXPECT_GT(imported_, 500U);
}

}  // namespace
}  // namespace setclick::ledger
