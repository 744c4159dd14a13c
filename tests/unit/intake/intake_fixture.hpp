// An intake on a real spool and a real ledger in a temporary directory; the test plays the
// delivery.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "setclickd/intake/service.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/read_lease.hpp"
#include "support/temp_dir.hpp"

namespace setclick::intake {

inline std::string event_json(int n, std::string const& account = "acc-1") {
    return R"({"event_id":"e-)" + std::to_string(n) + R"(","account_id":")" + account +
           R"(","click_time":1634707888000,"url_parameters":{"utm_medium":"m","utm_source":"s"},)" +
           R"("settings":{"email":"user@example.com"}})";
}

inline std::string events_text(int from, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += event_json(from + i) + "\n";
    return out;
}

inline std::ptrdiff_t lines_in(std::string const& text) {
    return std::count(text.begin(), text.end(), '\n');
}

class intake_test : public ::testing::Test {
protected:
    ~intake_test() override { stop(); }

    /// The intake has been made, and its thread has not begun.
    std::function<void()> before_thread;

    struct settings_of_test {
        bool once = true;
        bool inotify = false;
        milliseconds settle{0};
        milliseconds scan_every{20};
        std::uint64_t max_line = 4096;
        milliseconds try_again_after{5000};
        milliseconds patience{120'000};
    };

    void start(settings_of_test s) {
        if (!spool) {
            auto opened = spool::directory::open(path());
            ASSERT_TRUE(opened) << opened.error().message;
            spool.emplace(std::move(*opened));
        }
        auto store = ledger::store::open({.where = ledger_path()});
        ASSERT_TRUE(store) << store.error().message;
        auto found = (*store)->recover(wall());
        ASSERT_TRUE(found) << found.error().message;
        accounts.clear();
        for (auto const* id : {"acc-1", "acc-2"})
            accounts.push_back(*(*store)->account(id));
        options = {};
        auto& o = options;
        o.spool.settle = s.settle;
        o.spool.patience = s.patience;
        o.spool.scan_every = s.scan_every;
        o.spool.inotify = s.inotify;
        o.spool.max_line = s.max_line;
        o.rules.accounts = {"acc-1", "acc-2"};
        o.accounts = accounts;
        o.run = (*store)->run();
        o.ledger = ledger_path();
        o.once = s.once;
        o.try_again_after = s.try_again_after;
        writer = std::make_unique<ledger::writer>(std::move(*store));
        begin_intake(found->files);
    }
    void start() { start(settings_of_test{}); }

    /// Another intake in the same run, as after a reload.
    void take_over() {
        in->stop();
        options.after = in->last_sequence();
        std::promise<std::vector<ledger::file_info>> files;
        writer->post(ledger::writer::priority::delivery,
                     [&](ledger::store& store) { files.set_value(*store.unfinished_files()); });
        auto const unfinished = files.get_future().get();
        auto completes = in->left_over();
        begin_intake(unfinished);
        in->complete(std::move(completes));
    }

    void begin_intake(std::vector<ledger::file_info> const& unfinished) {
        service_wiring w;
        w.spool = &*spool;
        w.writer = writer.get();
        w.imported = [this](std::vector<account_no>, std::uint64_t n) { imported += n; };
        w.fatal = [this](error e) {
            std::lock_guard const lock(mutex);
            fatal = e.message;
            has_failed = true;
        };
        in.emplace(options, w);
        if (before_thread) before_thread();
        in->start(unfinished);
    }

    void stop() {
        in.reset();
        writer.reset();
    }

    /// One cycle: claims up to `count` of each account; `reject` names events (by event_id) that
    /// the server rejects.
    /// `complete` is given the files that are complete with it (the intake, if nobody else).
    using on_complete = std::function<void(std::vector<ledger::file_info>)>;
    std::size_t deliver(std::uint32_t count = 4096, std::set<std::string> const& reject = {},
                        on_complete const& complete = {}) {
        std::promise<std::size_t> done;
        std::vector<ledger::file_info> files;
        writer->post(ledger::writer::priority::delivery, [&](ledger::store& store) {
            ledger::cycle_request claim;
            claim.now = wall();
            for (auto const account : accounts)
                claim.wishes.push_back({account, count, doubt_policy::resend});
            auto claimed = store.cycle(claim);
            if (!claimed) {
                ADD_FAILURE() << claimed.error().message;
                done.set_value(0);
                return;
            }
            ledger::cycle_request settle;
            settle.now = wall();
            std::size_t events = 0;
            for (auto const& batch : claimed->batches)
                for (auto const& e : batch.events) {
                    ++events;
                    auto const record = batch.text(e.record);
                    ledger::settlement s;
                    auto const id = std::string(record.substr(record.rfind('\n') + 1));
                    delivered_ids.push_back(id);
                    if (!reject.contains(id)) {
                        settle.delivered.push_back(e.no);
                        continue;
                    }
                    s.no = e.no;
                    s.state = ledger::event_state::rejected;
                    s.at = settle.now;
                    s.status = 400;
                    s.reason = "http-400";
                    s.excerpt = "no such thing";
                    settle.settlements.push_back(s);
                }
            auto settled = store.cycle(settle);
            if (!settled) ADD_FAILURE() << settled.error().message;
            if (settled && !complete) in->complete(std::move(settled->complete_files));
            if (settled && complete) files = std::move(settled->complete_files);
            done.set_value(events);
        });
        auto const events = done.get_future().get();
        if (complete) complete(std::move(files));
        return events;
    }

    /// What was dropped is imported and delivered, but the intake hears nothing of the delivery: as
    /// if it had been killed.
    void deliver_unheard(std::size_t events) {
        start();
        ASSERT_TRUE(eventually([&] { return in->idle(); }));
        in->stop();
        EXPECT_EQ(deliver(), events);
        stop();
    }

    /// Delivers until the intake is idle.
    void run_to_end(std::set<std::string> const& reject = {}, std::chrono::seconds at_most = 60s) {
        auto const until = std::chrono::steady_clock::now() + at_most;
        for (;;) {
            bool const was_idle = in->idle();
            auto const sent = deliver(4096, reject);
            if (was_idle && sent == 0 && in->idle()) return;
            if (failed()) return;
            if (std::chrono::steady_clock::now() > until) {
                ADD_FAILURE() << "not idle after " << at_most.count() << " s";
                return;
            }
            if (sent == 0) std::this_thread::sleep_for(2ms);
        }
    }
    /// A person's `retry --all`; how many it touched.
    std::uint64_t retry() {
        std::promise<std::uint64_t> done;
        writer->post(ledger::writer::priority::delivery, [&](ledger::store& store) {
            ledger::operation again;
            again.verb = ledger::operator_verb::retry;
            auto const counts = ledger::operate_all(store, again, wall());
            if (!counts) ADD_FAILURE() << counts.error().message;
            done.set_value(counts ? counts->counts.touched : 0);
        });
        return done.get_future().get();
    }

    /// A sweep of the ledger's broom, `elapsed` later, as the daemon makes it; until done/ is as it
    /// is to be.
    void sweep(std::chrono::days elapsed, ledger::retention const& keep) {
        std::promise<void> done;
        writer->post(ledger::writer::priority::import, [&](ledger::store& store) {
            for (milliseconds more = elapsed;; more = 0ms) {
                auto slice = store.prune(keep, wall(), more);
                if (!slice) {
                    ADD_FAILURE() << slice.error().message;
                    break;
                }
                in->expire(std::move(slice->expired), slice->oldest_kept);
                if (!slice->more) break;
            }
            done.set_value();
        });
        done.get_future().get();
        EXPECT_TRUE(eventually([&] { return in->idle(); }));
    }
    bool failed() {
        std::lock_guard const lock(mutex);
        return has_failed;
    }
    template <class Condition>
    bool eventually(Condition holds, milliseconds limit = 60s) {
        auto const until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            if (holds()) return true;
            std::this_thread::sleep_for(2ms);
        }
        return holds();
    }

    static wall_time wall() {
        return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    }
    std::string path() const { return base + "/spool"; }
    std::string ledger_path() const { return base + "/ledger.db"; }
    std::string file(std::string const& place, std::string const& name) const {
        return path() + "/" + place + "/" + name;
    }

    /// As a careful producer does it: with no time to settle a file is taken as it lies there, and
    /// one that has just been created is empty.
    void drop(std::string const& name, std::string const& content) const {
        write(".dropping", content);
        std::filesystem::rename(file("incoming", ".dropping"), file("incoming", name));
    }
    void write(std::string const& name, std::string const& content) const {
        std::filesystem::create_directories(path() + "/incoming");
        std::ofstream(file("incoming", name), std::ios::binary) << content;
    }
    std::string content(std::string const& place, std::string const& name) const {
        std::ifstream f(file(place, name), std::ios::binary);
        return {std::istreambuf_iterator<char>(f), {}};
    }
    std::vector<std::string> names(std::string const& place) const {
        std::vector<std::string> out;
        for (auto const& e : std::filesystem::directory_iterator(path() + "/" + place))
            if (auto n = e.path().filename().string(); n[0] != '.') out.push_back(n);
        std::sort(out.begin(), out.end());
        return out;
    }
    /// The whole of results-*.ndjson.
    std::string result_lines() const {
        std::string out;
        for (auto const& n : names("done"))
            if (n.starts_with("results-")) out += content("done", n);
        return out;
    }
    ledger::ledger_totals totals() const {
        auto r = ledger::reader::open(ledger_path());
        EXPECT_TRUE(r) << r.error().message;
        auto t = (*r)->totals();
        EXPECT_TRUE(t);
        return *t;
    }
    std::uint64_t count(ledger::event_state s) const {
        return totals().counts[static_cast<std::size_t>(s)];
    }

    test::temp_dir dir;
    std::string base = dir.path();
    std::optional<spool::directory> spool;
    std::vector<account_no> accounts;
    std::unique_ptr<ledger::writer> writer;
    service_options options;
    std::optional<service> in;
    std::atomic<std::uint64_t> imported{0};
    std::vector<std::string> delivered_ids;
    std::mutex mutex;
    std::string fatal;
    bool has_failed = false;
};

}  // namespace setclick::intake
