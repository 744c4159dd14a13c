// Several nodes on one ledger in PostgreSQL, for tests: a store each, and what lies in the database.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../../../src/ledger/postgres/session.hpp"
#include "contract.hpp"

namespace setclick::ledger {

using postgres::parameters;
using postgres::session;

/// A node: a store of its own on the ledger that all share.
class node {
public:
    node(options common, std::string const& id) : options_(std::move(common)) {
        options_.where.node = id;
        options_.where.node_name = "host-" + id;
    }

    /// Connected, with no epoch begun yet.
    void open() {
        store_.reset();
        auto opened = store::open(options_);
        EXPECT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    recovery start(wall_time now, last_end const& end = {}) {
        open();
        auto found = store_->recover(now, end);
        EXPECT_TRUE(found) << found.error().message;
        return found ? *found : recovery{};
    }
    void kill() { store_.reset(); }
    bool lives() const { return store_ != nullptr; }
    store& ledger() { return *store_; }
    node_news poll(wall_time now = start_time) {
        auto news = store_->poll(now);
        EXPECT_TRUE(news) << news.error().message;
        return news ? *news : node_news{};
    }
    int number() { return poll().self; }
    taken_accounts take(std::vector<account_no> const& accounts, wall_time now = start_time) {
        auto taken = store_->take_over(accounts, now);
        EXPECT_TRUE(taken) << taken.error().message;
        return taken ? *taken : taken_accounts{};
    }
    std::set<account_no> owned() {
        auto const news = poll();
        std::set<account_no> out;
        for (auto const& o : news.owners)
            if (o.node == news.self && !o.free) out.insert(o.account);
        return out;
    }

    /// A file of this node's with these lines, to its end.
    import_answer import(std::string const& name, import_chunk chunk, wall_time now = start_time) {
        claimed_file f;
        f.name = name;
        f.work_name = "w-" + name;
        auto done = store_->import({&f, 1}, {&chunk, 1}, now);
        EXPECT_TRUE(done) << done.error().message;
        return done ? *done : import_answer{};
    }
    import_answer import_events(account_no account, std::uint32_t count, std::string const& name,
                                wall_time now = start_time) {
        chunk_builder chunk(file_no{});
        for (std::uint32_t i = 0; i < count; ++i)
            chunk.plain(account, "record " + std::to_string(i));
        return import(name, chunk.end().build(), now);
    }
    cycle_result cycle(cycle_request request, wall_time now = start_time) {
        request.now = now;
        auto done = store_->cycle(request);
        EXPECT_TRUE(done) << done.error().message;
        return done ? std::move(*done) : cycle_result{};
    }
    std::vector<event_no> claim(account_no account, std::uint32_t count,
                                doubt_policy policy = doubt_policy::resend,
                                wall_time now = start_time) {
        cycle_request r;
        r.wishes.push_back({account, count, policy});
        std::vector<event_no> out;
        for (auto const& b : cycle(r, now).batches)
            for (auto const& e : b.events)
                out.push_back(e.no);
        return out;
    }
    cycle_result deliver(std::vector<event_no> ids, wall_time now = start_time) {
        cycle_request r;
        r.delivered = std::move(ids);
        return cycle(r, now);
    }

private:
    options options_;
    std::unique_ptr<store> store_;
};

class nodes_test : public ledger_test {
protected:
    store_kind kind() const override { return postgres_kind; }

    void SetUp() override {
        ledger_test::SetUp();
        store_.reset();
        if (directory_.empty()) return;
        sql_ = std::make_unique<session>(options_.where.postgres, "test", milliseconds{5000});
        // What the fixture's own store made of the empty ledger is no node of these.
        sql_->ask("UPDATE node SET stopped = true", parameters());
    }
    void TearDown() override {
        if (sql_ && !HasFatalFailure()) expect_sound();
        sql_.reset();
        ledger_test::TearDown();
    }
    node make(std::string const& id) { return {options_, id}; }
    std::int64_t number(std::string const& sql) {
        auto row = sql_->ask(sql.c_str(), parameters());
        return row.next() ? row.integer(0) : -1;
    }
    /// As a watcher does it that saw no beat.
    void depose(int node) {
        sql_->ask(
            "WITH n AS (UPDATE node SET epoch = epoch + 1, stopped = true WHERE no = $1) UPDATE "
            "lane SET epoch = epoch + 1 WHERE node = $1",
            parameters(node));
    }
    std::uint64_t in(account_no account, event_state state) {
        return (*look()->accounts())[static_cast<std::size_t>(account) - 1]
            .counts[static_cast<std::size_t>(state)];
    }

    std::unique_ptr<session> sql_;
};

}  // namespace setclick::ledger
