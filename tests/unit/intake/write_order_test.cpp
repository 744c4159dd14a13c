// The order of our writes: after each durable step of a file's whole way, every state that a power
// cut may leave behind is built, the real recovery runs on it, and everything must come to its end
// once. A child process records (the fault layer is set up before main) and then tries the states;
// then once more without one of the syncs, which must be noticed.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "intake_fixture.hpp"
#include "setclickd/fault/fault.hpp"
#include "write_order_recorder.hpp"

namespace setclick::intake {
namespace {

namespace fs = std::filesystem;

constexpr char const* dir_variable = "SETCLICKD_WRITE_ORDER_DIR";
constexpr int good_events = 6;
constexpr unsigned threads = 8;  // they mostly wait

/// One life of spool, ledger and intake in a given directory.
class life : public intake_test {
public:
    explicit life(std::string where) { base = std::move(where); }
    void TestBody() override {}

    /// What the daemon does at its start, then all the work. Empty, or what went wrong.
    std::string work() {
        auto opened = spool::directory::open(path());
        if (!opened) return opened.error().message;
        spool.emplace(std::move(*opened));
        {
            auto store = ledger::store::open({.where = ledger_path(), .sqlite = {.reserve = 0}});
            if (!store) return store.error().message;
            if (auto const recovered = (*store)->recover(wall()); !recovered)
                return recovered.error().message;
            if (auto const known = spool->check_identity((*store)->id(), (*store)->run()); !known)
                return known.error().message;
        }
        start();
        run_to_end({"e-3"});
        auto const why = failed() ? fatal : std::string{};
        stop();
        return why;
    }

    /// Everything final and counted once, every file where it belongs. Empty, or what is not so.
    std::string verdict() {
        std::string out;
        auto const expect = [&](bool good, std::string const& what) {
            if (!good) out += what + "; ";
        };
        auto opened = ledger::reader::open(ledger_path());
        if (!opened) return opened.error().message;
        auto* const reader = opened->get();
        auto const found = reader->totals();
        if (!found) return found.error().message;
        auto const& t = *found;
        auto const in_state = [&](ledger::event_state s) {
            return t.counts[static_cast<std::size_t>(s)];
        };
        auto const delivered = in_state(ledger::event_state::delivered);
        expect(delivered == good_events, std::to_string(delivered) + " delivered");
        expect(in_state(ledger::event_state::rejected) == 1, "not 1 rejected by the server");
        expect(t.duplicate == 0, std::to_string(t.duplicate) + " imported twice");
        expect(t.files_open == 0, std::to_string(t.files_open) + " files not finished");
        using list = std::vector<std::string>;
        for (auto const* folder : {"incoming", "work"})
            expect(names(folder).empty(), std::string("something is left in ") + folder);
        expect(names("rejected") == list{"many.ndjson", "many.rejected-by-server.ndjson"},
               "rejected/ is wrong");
        auto done = names("done");
        std::erase_if(done, [](auto const& n) { return n.starts_with("results-"); });
        expect(done == list{"many.ndjson", "many.ndjson.result.json", "one.json"},
               "done/ is wrong");
        expect(lines_in(result_lines()) == 1, "results-*.ndjson has not one line");
        return out;
    }
};

/// Lays out a state in a directory. A claimed file is a link to the recorded one: the ledger knows
/// its inode.
void build(crash_state const& state, write_order_recorder const& recorded,
           std::map<inode_no, std::string> const& originals, std::string const& where) {
    ASSERT_TRUE(spool::create_directories(where + "/spool"));
    for (auto const& [name, inode] : state.spool.names) {
        auto const to = where + "/spool/" + name;
        if (auto const original = originals.find(inode);
            original != originals.end() && !name.starts_with("incoming/")) {
            fs::create_hard_link(original->second, to);
            continue;
        }
        auto const content = state.spool.contents.find(inode);
        std::ofstream(to, std::ios::binary)
            << (content == state.spool.contents.end() ? "" : content->second);
    }
    if (state.ledger >= 0)
        for (auto const& e : fs::directory_iterator(recorded.copy(state.ledger)))
            fs::copy_file(e.path(), where + "/" + e.path().filename().string());
}

struct trial {
    std::uint64_t tried = 0;
    std::size_t different = 0;
    std::vector<std::string> bad;
};

class write_order_child : public ::testing::Test {
protected:
    static void hear(std::size_t index, bool behind) { recorder_->hear(index, behind); }

    void record() {
        base_ = std::string(std::getenv(dir_variable)) + "/recorded";
        ASSERT_TRUE(spool::create_directories(base_ + "/spool"));
        auto const put = [&](std::string const& name, std::string const& text) {
            std::ofstream(base_ + "/spool/incoming/" + name, std::ios::binary) << text;
        };
        put("many.ndjson", events_text(0, good_events) + "bad\n");
        put("one.json", event_json(100));
        recorder_ = std::make_unique<write_order_recorder>(base_, base_ + "/copies");
        recorder_->begin();
        observe_faults(hear);
        life first(base_);
        auto const went_wrong = first.work();
        observe_faults(nullptr);
        ASSERT_EQ(went_wrong + first.verdict(), "");
        for (auto const& [name, inode] : recorder_->start().names)
            originals_[inode] = base_ + "/spool/done/" + name.substr(name.find('/') + 1);
    }

    trial try_all(unsigned random, std::string const& left_out, std::size_t enough) {
        trial out;
        auto const states = crash_states(*recorder_, random, left_out, out.tried);
        out.different = states.size();
        std::atomic<std::size_t> next{0};
        std::mutex mutex;
        std::vector<std::jthread> pool;
        for (unsigned t = 0; t < threads; ++t)
            pool.emplace_back([&] {
                for (;;) {
                    auto const i = next++;
                    if (i >= states.size()) return;
                    test::temp_dir dir;
                    build(states[i], *recorder_, originals_, dir.path());
                    std::string wrong;
                    // A test of GoogleTest saves and restores its flags: one at a time.
                    auto const made = [&] {
                        std::lock_guard const lock(mutex);
                        return std::make_unique<life>(dir.path());
                    };
                    auto again = made();
                    wrong = again->work();
                    wrong += again->verdict();
                    std::lock_guard const lock(mutex);
                    again.reset();
                    if (!wrong.empty())
                        out.bad.push_back("behind " + states[i].behind + ": " + wrong);
                    if (out.bad.size() >= enough) next = states.size();
                }
            });
        pool.clear();
        return out;
    }

    static std::unique_ptr<write_order_recorder> recorder_;
    std::string base_;
    std::map<inode_no, std::string> originals_;
};

std::unique_ptr<write_order_recorder> write_order_child::recorder_;

TEST_F(write_order_child, tries_the_states) {
    if (std::getenv(dir_variable) == nullptr) GTEST_SKIP() << "only as a child of the test below";
    ASSERT_NO_FATAL_FAILURE(record());
    auto const sound = try_all(200, "", 5);
    std::printf("  %zu steps, %llu states tried, %zu of them different, %zu bad\n",
                recorder_->steps().size(), static_cast<unsigned long long>(sound.tried),
                sound.different, sound.bad.size());
    for (auto const& b : sound.bad)
        ADD_FAILURE() << b;

    // A planted fault: the same code without one of its syncs.
    for (std::string const left_out : {"spool.claim.sync_work", "spool.claim.sync_incoming",
                                       "spool.publish.sync", "spool.done.sync_work"}) {
        auto const planted = try_all(0, left_out, 1);
        std::printf("  without %-26s %s\n", left_out.c_str(),
                    planted.bad.empty() ? "NOT FOUND" : planted.bad[0].c_str());
        EXPECT_FALSE(planted.bad.empty()) << "nobody notices that " << left_out << " is missing";
    }
}

TEST(write_order,
     every_state_that_a_power_cut_may_leave_comes_to_its_end_once_and_a_missing_sync_is_found) {
    test::temp_dir dir;
    std::fflush(nullptr);
    auto const pid = ::fork();
    if (pid == 0) {
        ::setenv(dir_variable, dir.path().c_str(), 1);
        ::setenv("SETCLICKD_FAULT", "observe", 1);
        [[maybe_unused]] auto const* a = std::freopen((dir.path() + "/out").c_str(), "w", stdout);
        [[maybe_unused]] auto const* b = std::freopen((dir.path() + "/err").c_str(), "w", stderr);
        ::execl("/proc/self/exe", "write_order", "--gtest_filter=write_order_child.*", nullptr);
        std::_Exit(99);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    std::ifstream out(dir.path() + "/out");
    for (std::string line; std::getline(out, line);)
        if (line.starts_with("  ") || status != 0) std::printf("%s\n", line.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace setclick::intake
