// Several nodes on one ledger: one sender an account, whoever imported; what moves when a node goes.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nodes_fixture.hpp"

namespace setclick::ledger {
namespace {

TEST_F(nodes_test, a_node_alone_owns_everything_and_a_second_one_what_is_free) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    auto const two = *a.ledger().account("two");
    EXPECT_EQ(a.owned(), (std::set{one, two}));
    auto b = make("b");
    auto const found = b.start(now_);
    EXPECT_EQ(b.owned(), std::set<account_no>{});
    ASSERT_EQ(found.accounts.size(), 2U);
    EXPECT_FALSE(found.accounts[0].owned);
    EXPECT_EQ(*b.ledger().account("two"), two) << "the same number for all";
    ASSERT_TRUE(a.ledger().give_up(std::vector{two}));
    EXPECT_EQ(a.owned(), std::set{one});
    EXPECT_EQ(a.poll().lost, std::vector<account_no>{}) << "it was given, not lost";
    auto const taken = b.take({one, two});
    ASSERT_EQ(taken.accounts.size(), 1U);
    EXPECT_EQ(taken.accounts[0].no, two);
    EXPECT_EQ(taken.refused, std::vector{one});
    EXPECT_EQ(b.owned(), std::set{two});
    auto const news = b.poll();
    ASSERT_EQ(news.nodes.size(), 3U);
    EXPECT_EQ(news.nodes[2].id, "b");
    EXPECT_EQ(news.nodes[2].name, "host-b");
    EXPECT_FALSE(news.nodes[2].stopped);
    ASSERT_EQ(news.owners.size(), 2U);
    EXPECT_EQ(news.owners[0].id, "one");
}

TEST_F(nodes_test, what_any_node_imports_its_owner_claims_and_settles) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    auto b = make("b");
    b.start(now_);
    auto const file = b.import_events(one, 10, "from-b").files.front();
    a.import_events(one, 5, "from-a");
    auto const news = a.poll();
    EXPECT_TRUE(news.depths.empty()) << "its own import has seen them";
    auto ids = a.claim(one, 100);
    ASSERT_EQ(ids.size(), 15U);
    b.import_events(one, 3, "again-b");
    ASSERT_EQ(a.poll().depths.size(), 1U);
    EXPECT_TRUE(a.poll().depths.empty()) << "once";
    auto const more = a.claim(one, 100);
    EXPECT_EQ(more.size(), 3U);
    // The file is b's: a is not told, b is, once.
    EXPECT_TRUE(a.deliver({ids.begin(), ids.begin() + 9}).complete_files.empty());
    EXPECT_TRUE(b.poll().complete_files.empty());
    EXPECT_EQ(a.deliver({ids.begin() + 9, ids.end()}).complete_files.size(), 1U) << "from-a only";
    auto const complete = b.poll().complete_files;
    ASSERT_EQ(complete.size(), 1U);
    EXPECT_EQ(complete[0].no, file);
    EXPECT_EQ(complete[0].delivered, 10U);
    EXPECT_EQ(complete[0].node, "host-b");
    EXPECT_EQ(look()->show(ids[0])->row.file_node, "host-b");
    EXPECT_TRUE(b.poll().complete_files.empty());
    done_file done;
    done.no = file;
    done.name = "from-b";
    ASSERT_TRUE(b.ledger().files_done(std::vector{done}, now_));
    // Its owner opens an event of a finished file again: the file's node learns that it is complete anew.
    operation what;
    what.verb = operator_verb::retry;
    what.filter.event = ids[0];
    what.force = true;
    auto const operated = operate_all(a.ledger(), what, now_);
    ASSERT_TRUE(operated) << operated.error().message;
    EXPECT_EQ(operated->counts.touched, 1U);
    EXPECT_EQ(operated->reopened, std::vector{file});
    EXPECT_FALSE(b.ledger().files_done(std::vector{done}, now_)) << "it is open";
    a.deliver(a.claim(one, 1), now_ + 5s);
    EXPECT_EQ(b.poll().complete_files.size(), 1U);
    a.deliver(more);
}

TEST_F(nodes_test, events_of_another_node_are_told_though_an_import_of_their_duplicates_met_them) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    auto b = make("b");
    b.start(now_);
    auto const export_of = [&] {
        return chunk_builder(file_no{})
            .with_id(one, "id-1", "record 1")
            .with_id(one, "id-2", "record 2")
            .end()
            .build();
    };
    EXPECT_TRUE(a.poll().depths.empty());
    EXPECT_EQ(b.import("export", export_of()).chunks.front().accepted, 2U);
    EXPECT_EQ(a.import("export", export_of()).chunks.front().duplicates, 2U);
    auto const depths = a.poll().depths;
    ASSERT_EQ(depths.size(), 1U);
    EXPECT_EQ(depths.front().waiting, 2U);
    EXPECT_TRUE(a.poll().depths.empty()) << "once";
}

TEST_F(nodes_test, events_of_another_node_are_told_though_a_look_met_them_first) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    auto b = make("b");
    b.start(now_);
    EXPECT_TRUE(a.poll().depths.empty());
    b.import_events(one, 2, "export");
    EXPECT_EQ(a.ledger().accounts()->size(), 1U);
    EXPECT_EQ(a.poll().depths.size(), 1U);
    b.import_events(one, 2, "more");
    EXPECT_TRUE(a.ledger().account("two")) << "the accounts are read anew for it";
    EXPECT_EQ(a.poll().depths.size(), 1U);
}

TEST_F(nodes_test, who_does_not_own_an_account_does_nothing_of_it_but_import) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    auto b = make("b");
    b.start(now_);
    auto const two = *b.ledger().account("two");
    a.import_events(one, 10, "x");
    b.import_events(two, 10, "y");
    cycle_request r;
    r.wishes.push_back({one, 5});
    r.wishes.push_back({two, 5});
    auto const done = b.cycle(r);
    EXPECT_EQ(done.lost, std::vector{one});
    ASSERT_EQ(done.batches.size(), 1U) << "the others go on";
    EXPECT_EQ(done.batches[0].account, two);
    operation what;
    what.verb = operator_verb::hold;
    what.who = "test";
    auto const held = operate_all(b.ledger(), what, now_);
    ASSERT_TRUE(held) << held.error().message;
    EXPECT_EQ(held->counts.touched, 5U);
    EXPECT_EQ(held->elsewhere, std::vector{one});
    what.dry_run = true;
    auto const counted = operate_all(b.ledger(), what, now_);
    EXPECT_EQ(counted->counts.touched, 10U) << "counting looks everywhere";
    EXPECT_FALSE(b.ledger().give_up(std::vector{one}));
    EXPECT_FALSE(b.ledger().give_up(std::vector{two})) << "it has events in flight";
    EXPECT_EQ(in(one, event_state::waiting), 10U);
}

TEST_F(nodes_test, accounts_of_a_node_that_was_deposed_are_taken_with_their_claims_in_doubt) {
    auto a = make("a");
    a.start(now_);
    auto const resent = *a.ledger().account("resent");
    auto const held = *a.ledger().account("held");
    a.import_events(resent, 10, "x");
    auto const file = a.import_events(held, 10, "y").files.front();
    auto const of_resent = a.claim(resent, 6);
    auto const of_held = a.claim(held, 6, doubt_policy::hold);
    a.deliver({of_held[0], of_held[3]});
    auto b = make("b");
    b.start(now_);
    auto taken = b.take({resent, held});
    EXPECT_EQ(taken.refused.size(), 2U) << "their owner lives";
    depose(a.number());
    EXPECT_EQ(b.poll().owners[0].free, true);
    taken = b.take({resent, held});
    EXPECT_EQ(taken.accounts.size(), 2U);
    EXPECT_EQ(taken.in_doubt, 10U);
    EXPECT_EQ(taken.resent, 6U);
    EXPECT_EQ(taken.held, 4U);
    EXPECT_EQ(taken.in_doubt_of,
              (std::vector<std::pair<account_no, std::uint64_t>>{{resent, 6}, {held, 4}}));
    expect_sound();
    // The deposed one goes on, and writes nothing.
    cycle_request r;
    r.now = now_;
    r.delivered = of_resent;
    auto const late = a.ledger().cycle(r);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::refused);
    EXPECT_FALSE(a.ledger().import({}, {}, now_));
    EXPECT_EQ(in(resent, event_state::waiting), 10U);
    EXPECT_EQ(in(held, event_state::held), 4U);
    EXPECT_EQ(in(held, event_state::delivered), 2U);
    // It comes back as another epoch, with its files and without its accounts.
    auto const found = a.start(now_);
    EXPECT_EQ(found.in_doubt, 0U);
    EXPECT_EQ(found.files.size(), 2U);
    EXPECT_EQ(a.owned(), std::set<account_no>{});
    auto const ids = b.claim(resent, 100);
    EXPECT_EQ(ids.size(), 10U);
    b.deliver(ids);
    EXPECT_EQ(a.poll().complete_files.size(), 1U);
    auto const y = a.ledger().file(file);
    EXPECT_EQ(y->held, 4U);
    EXPECT_EQ(y->delivered, 2U);
    // Held by one node, released by another: the sums are right.
    operation what;
    what.verb = operator_verb::release;
    what.filter.account = held;
    ASSERT_TRUE(operate_all(b.ledger(), what, now_));
    b.deliver(b.claim(held, 100));
    EXPECT_EQ(a.ledger().file(file)->held, 0U);
    EXPECT_EQ(a.poll().complete_files.size(), 1U);
}

TEST_F(nodes_test, node_that_starts_again_at_once_ends_only_what_was_its_own) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    a.import_events(one, 10, "x");
    a.claim(one, 4);
    auto b = make("b");
    b.start(now_);
    auto const two = *b.ledger().account("two");
    b.import_events(two, 10, "y");
    b.claim(two, 3);
    auto const found = a.start(now_);
    EXPECT_EQ(found.in_doubt, 4U);
    EXPECT_EQ(found.files.size(), 1U) << "its own only";
    EXPECT_EQ(a.owned(), std::set{one});
    EXPECT_EQ(in(two, event_state::in_flight), 3U);
    // One that was deposed while it was down, and nobody took its accounts: they are its own again.
    b.kill();
    depose(number("SELECT no FROM node WHERE id = 'b'"));
    EXPECT_EQ(b.start(now_).in_doubt, 3U);
    EXPECT_EQ(b.owned(), std::set{two});
    // A node that stopped in order leaves what it has to the next one that starts.
    b.kill();
    sql_->ask("UPDATE node SET stopped = true WHERE id = 'b'", parameters());
    a.start(now_);
    EXPECT_EQ(a.owned(), (std::set{one, two}));
}

TEST_F(nodes_test, only_one_of_many_gets_an_account) {
    auto a = make("a");
    a.start(now_);
    std::vector<account_no> all;
    for (int i = 0; i < 12; ++i)
        all.push_back(*a.ledger().account("account-" + std::to_string(i)));
    for (auto const no : all) {
        a.import_events(no, 20, "f" + std::to_string(static_cast<int>(no)));
        a.claim(no, 5);
    }
    std::vector<std::unique_ptr<node>> others;
    for (auto const* id : {"b", "c", "d"}) {
        others.push_back(std::make_unique<node>(make(id)));
        others.back()->start(now_);
    }
    depose(a.number());
    std::atomic<int> ready{0};
    std::vector<taken_accounts> taken(others.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < others.size(); ++i)
        threads.emplace_back([&, i] {
            std::mt19937 random(static_cast<unsigned>(i));
            auto order = all;
            std::shuffle(order.begin(), order.end(), random);
            ++ready;
            while (ready < static_cast<int>(others.size()))
                std::this_thread::yield();
            for (auto const no : order) {
                auto const part = others[i]->take({no});
                taken[i].in_doubt += part.in_doubt;
                taken[i].accounts.insert(taken[i].accounts.end(), part.accounts.begin(),
                                         part.accounts.end());
            }
        });
    for (auto& t : threads)
        t.join();
    std::set<account_no> seen;
    std::uint64_t doubts = 0;
    for (auto const& t : taken) {
        doubts += t.in_doubt;
        for (auto const& info : t.accounts)
            EXPECT_TRUE(seen.insert(info.no).second) << "taken twice";
    }
    EXPECT_EQ(seen.size(), all.size());
    EXPECT_EQ(doubts, 5 * all.size()) << "each attempt once";
}

TEST_F(nodes_test, nodes_that_start_at_once_do_not_end_each_other) {
    std::vector<std::unique_ptr<node>> all;
    for (auto const* id : {"a", "b", "c"})
        all.push_back(std::make_unique<node>(make(id)));
    for (int round = 0; round < 4; ++round) {
        std::vector<std::thread> threads;
        for (auto& n : all)
            threads.emplace_back([&] {
                n->start(now_);
                EXPECT_TRUE(n->ledger().account("account-" + std::to_string(round)));
            });
        for (auto& t : threads)
            t.join();
        std::size_t owned = 0;
        for (auto& n : all)
            owned += n->owned().size();
        EXPECT_EQ(owned, static_cast<std::size_t>(round) + 1);
        for (auto& n : all)
            n->kill();
        sql_->ask("UPDATE node SET stopped = true", parameters());
    }
}

/// Its row still says that it is stopped, or was deposed, until it has begun its epoch.
TEST_F(nodes_test, connection_of_a_node_that_starts_again_is_not_ended_by_another_that_starts) {
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    EXPECT_TRUE(a.ledger().account("one"));
    auto const of_a = a.number();
    sql_->ask("UPDATE node SET beat_at = clock_timestamp() WHERE no = $1", parameters(of_a));
    a.kill();
    depose(of_a);
    a.open();
    auto const connections = [&] {
        return number(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = "
            "7234792 AND objid::bigint = " +
            std::to_string(of_a));
    };
    ASSERT_EQ(connections(), 1);
    b.start(now_);
    EXPECT_EQ(b.owned().size(), 1U);
    EXPECT_EQ(connections(), 1);
}

TEST_F(nodes_test, accounts_that_nodes_make_at_once_have_one_number_each) {
    std::vector<std::unique_ptr<node>> all;
    for (auto const* id : {"a", "b", "c"}) {
        all.push_back(std::make_unique<node>(make(id)));
        all.back()->start(now_);
    }
    std::vector<std::vector<account_no>> numbers(all.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < all.size(); ++i)
        threads.emplace_back([&, i] {
            for (int n = 0; n < 20; ++n) {
                auto const made = all[i]->ledger().account("account-" + std::to_string(n));
                EXPECT_TRUE(made) << made.error().message;
                numbers[i].push_back(made ? *made : account_no{});
            }
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(numbers[0], numbers[1]);
    EXPECT_EQ(numbers[0], numbers[2]);
    EXPECT_EQ(std::set(numbers[0].begin(), numbers[0].end()).size(), 20U);
    std::size_t owned = 0;
    for (auto& n : all)
        owned += n->owned().size();
    EXPECT_EQ(owned, 20U);
}

/// An account that another node made: the events of a file that names it, and its refused lines.
TEST_F(nodes_test, import_knows_an_account_that_another_node_has_made_since) {
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    b.start(now_);
    auto const one = *a.ledger().account("one");
    auto const answer =
        b.import("x", chunk_builder({}).refused("bad", "one").plain(one, "r").end().build());
    EXPECT_EQ(answer.chunks.at(0).accepted, 1U);
    b.import("y", chunk_builder({}).refused("bad", "nobody").end().build());
    a.import("z", chunk_builder({}).refused("bad", "somebody").end().build());
    EXPECT_EQ(look()->accounts()->at(0).refused, 1U);
    EXPECT_EQ(look()->totals()->refused, 3U);
}

/// Must show 5 of the issue, at the store.
TEST_F(nodes_test, the_same_export_on_two_nodes_at_once_becomes_each_event_once) {
    constexpr int lines = 100'000;
    constexpr int chunk_lines = 4096;
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    auto const two = *a.ledger().account("two");
    b.start(now_);
    std::array<std::uint64_t, 2> accepted{};
    std::array<std::uint64_t, 2> duplicates{};
    std::array<file_no, 2> files{};
    std::array<node*, 2> const nodes{&a, &b};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        threads.emplace_back([&, i] {
            for (int from = 0; from < lines; from += chunk_lines) {
                chunk_builder chunk(files[i], static_cast<std::uint64_t>(from) + 1);
                for (int n = from; n < std::min(lines, from + chunk_lines); ++n)
                    if (n % 3 == 0)
                        chunk.with_id(two, "id-" + std::to_string(n), "c");
                    else
                        chunk.content(one, "record", "content " + std::to_string(n));
                if (from + chunk_lines >= lines) chunk.end();
                auto const built = chunk.build();
                claimed_file f;
                f.name = f.work_name = "export.ndjson";
                std::span<claimed_file const> const fresh(&f, from == 0 ? 1 : 0);
                auto done = nodes[i]->ledger().import(fresh, {&built, 1}, now_);
                // On a slow machine the one waits for the other for longer than a server may be silent.
                for (int tries = 0; tries < 20 && !done; ++tries) {
                    auto const code = done.error().code;
                    ASSERT_TRUE(code == errc::unreachable || code == errc::busy)
                        << done.error().message;
                    done = nodes[i]->ledger().import(fresh, {&built, 1}, now_);
                }
                ASSERT_TRUE(done) << done.error().message;
                if (from == 0) files[i] = done->files.at(0);
                accepted[i] += done->chunks.at(0).accepted;
                duplicates[i] += done->chunks.at(0).duplicates;
            }
        });
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(accepted[0] + accepted[1], static_cast<std::uint64_t>(lines));
    EXPECT_EQ(duplicates[0] + duplicates[1], static_cast<std::uint64_t>(lines));
    EXPECT_EQ(number("SELECT sum(next_sequence - 1)::bigint FROM account"), lines);
    EXPECT_EQ(number("SELECT count(*) FROM identity"), lines);
    EXPECT_EQ(number("SELECT sum(count)::bigint FROM duplicate"), lines) << "each has its receipt";
    // Each duplicate names the event that has its line's identity.
    auto const from_a = look()->duplicates(files[0], 0, 10);
    auto const from_b = look()->duplicates(files[1], 0, 10);
    ASSERT_TRUE(from_a && from_b);
    EXPECT_FALSE(from_a->empty() && from_b->empty());
}

TEST_F(nodes_test, imports_of_one_node_and_cycles_of_another_go_on_at_once) {
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    b.start(now_);
    auto const one = *a.ledger().account("one");
    constexpr int files = 120;
    constexpr std::uint64_t a_file = 50;
    std::atomic<bool> is_over{false};
    std::thread importing([&] {
        for (int i = 0; i < files; ++i)
            b.import_events(one, a_file, "f" + std::to_string(i));
        is_over = true;
    });
    std::set<std::uint64_t> delivered;
    std::vector<event_no> flying;
    int idle = 0;
    std::mt19937 random(16);
    for (wall_time now = now_; idle < 3 && !HasFailure(); now += 1s) {
        cycle_request r;
        std::vector<event_no> settled;
        for (auto const no : std::exchange(flying, {})) {
            // Some go back, so that spans with rows of their own come and go at the end.
            if (random() % 5 == 0) {
                settlement s;
                s.no = no;
                s.attempted = no.value % 2 == 0;
                s.state = no.value % 4 == 0 ? event_state::deferred : event_state::waiting;
                s.at = now;
                s.due = now;
                s.reason = "http-503";
                r.settlements.push_back(s);
                continue;
            }
            EXPECT_TRUE(delivered.insert(no.value).second) << "delivered twice";
            r.delivered.push_back(no);
        }
        r.wishes.push_back({one, 33});
        bool const was_over = is_over;
        for (auto const& batch : a.cycle(r, now).batches)
            for (auto const& e : batch.events)
                flying.push_back(e.no);
        if (flying.empty()) a.poll();
        idle = was_over && flying.empty() ? idle + 1 : 0;
    }
    importing.join();
    EXPECT_EQ(delivered.size(), files * a_file);
    EXPECT_EQ(in(one, event_state::delivered), files * a_file);
    EXPECT_EQ(b.poll().complete_files.size(), static_cast<std::size_t>(files));
}

/// As SIGSTOP in the middle of a transaction: what the stopped process has locked is not waited for.
TEST_F(nodes_test, node_that_was_stopped_inside_a_transaction_holds_up_nobody) {
    auto a = make("a");
    a.start(now_);
    auto const one = *a.ledger().account("one");
    a.import_events(one, 10, "x");
    a.claim(one, 3);
    auto const of_a = a.number();
    a.kill();
    session stopped(options_.where.postgres, "setclickd/a", milliseconds{5000});
    stopped.ask("SELECT pg_advisory_lock(7234792, $1::bigint::int)", parameters(of_a));
    stopped.begin();
    stopped.ask("SELECT 1 FROM account_run FOR UPDATE", parameters());
    stopped.ask("SELECT 1 FROM account FOR UPDATE", parameters());
    sql_->ask("UPDATE node SET beat_at = clock_timestamp() WHERE no = $1", parameters(of_a));
    auto b = make("b");
    depose(of_a);
    b.start(now_);
    auto const taken = b.take({one});
    EXPECT_EQ(taken.accounts.size(), 1U);
    EXPECT_EQ(b.import_events(one, 5, "y").chunks.at(0).accepted, 5U);
    EXPECT_EQ(b.claim(one, 100).size(), 15U);
    EXPECT_THROW(stopped.ask("SELECT 1", parameters()), failure);
}

/// The line that was rejected is dropped again on one node while a person sends it again on the other:
/// one of them wins.
TEST_F(nodes_test, a_mended_line_and_a_retry_do_not_both_send) {
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    b.start(now_);
    auto const one = *a.ledger().account("one");
    int retried = 0;
    int replaced = 0;
    for (int round = 0; round < 25 && !HasFailure(); ++round) {
        auto const id = "id-" + std::to_string(round);
        a.import("bad-" + id, chunk_builder({}).with_id(one, id, "bad").end().build());
        auto const ids = a.claim(one, 1);
        ASSERT_EQ(ids.size(), 1U);
        settlement s;
        s.no = ids[0];
        s.state = event_state::rejected;
        s.reason = "http-422";
        s.at = now_;
        cycle_request r;
        r.settlements.push_back(s);
        a.cycle(r);
        std::uint64_t again = 0;
        std::thread mending([&] {
            auto const done =
                b.import("good-" + id, chunk_builder({}).with_id(one, id, "good").end().build());
            again = done.chunks.at(0).accepted;
        });
        operation what;
        what.verb = operator_verb::retry;
        what.filter.event = ids[0];
        auto const done = operate_all(a.ledger(), what, now_);
        mending.join();
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_EQ(done->counts.touched + again, 1U) << "round " << round;
        retried += static_cast<int>(done->counts.touched);
        replaced += static_cast<int>(again);
        a.poll();
        a.deliver(a.claim(one, 10));
        EXPECT_EQ(in(one, event_state::waiting), 0U);
    }
    EXPECT_GT(retried + replaced, 0);
}

TEST_F(nodes_test, each_node_prunes_its_own) {
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    b.start(now_);
    auto const one = *a.ledger().account("one");
    auto const two = *b.ledger().account("two");
    auto const of_a = a.import_events(two, 10, "of-a").files.front();
    auto const of_b = b.import_events(one, 10, "of-b").files.front();
    a.poll();
    b.poll();
    a.deliver(a.claim(one, 10));
    b.deliver(b.claim(two, 10));
    done_file done;
    done.no = of_a;
    done.name = "of-a";
    ASSERT_TRUE(a.ledger().files_done(std::vector{done}, now_));
    done.no = of_b;
    done.name = "of-b";
    ASSERT_TRUE(b.ledger().files_done(std::vector{done}, now_));
    retention keep;
    keep.receipt_days = 1;
    keep.file_days = 1;
    keep.done_days = 1;
    auto const sweep = [&](node& n, milliseconds elapsed) {
        prune_slice all;
        for (bool more = true; more; elapsed = milliseconds{0}) {
            auto const slice = n.ledger().prune(keep, now_, elapsed);
            EXPECT_TRUE(slice) << slice.error().message;
            if (!slice) break;
            all.events += slice->events;
            all.expired.insert(all.expired.end(), slice->expired.begin(), slice->expired.end());
            more = slice->more;
        }
        return all;
    };
    sweep(a, milliseconds{0});
    sweep(b, milliseconds{0});
    auto const days = std::chrono::hours{24 * 5};
    auto const from_a = sweep(a, days);
    EXPECT_EQ(from_a.events, 10U) << "of the account that it owns";
    ASSERT_EQ(from_a.expired.size(), 1U) << "of its own done/";
    EXPECT_EQ(from_a.expired[0].no, of_a);
    auto const from_b = sweep(b, days);
    EXPECT_EQ(from_b.events, 10U);
    ASSERT_EQ(from_b.expired.size(), 1U);
    EXPECT_EQ(from_b.expired[0].no, of_b);
    EXPECT_LT(number("SELECT number FROM meta WHERE key = 'age_ms'"), 6 * 86'400'000LL)
        << "both measured the same five days";
}

/// What only one node may know of itself: its park of the endpoint, the line at which it broke.
TEST_F(nodes_test, notes_of_the_endpoint_and_crash_lines_are_each_nodes_own) {
    auto a = make("a");
    auto b = make("b");
    a.start(now_);
    b.start(now_);
    cycle_request r;
    r.notes.push_back({endpoint_account, "of a"});
    a.cycle(r);
    r.notes[0].state = "of b";
    b.cycle(r);
    last_end end;
    end.aborted = true;
    end.reading = reading_place{"w-x", 100, false};
    for (int i = 0; i < 2; ++i)
        a.start(now_, end);
    EXPECT_TRUE(b.start(now_, end).crash_lines.empty()) << "the first time here";
    auto const found = a.start(now_, end);
    EXPECT_EQ(found.crash_lines.size(), 1U);
    EXPECT_EQ(found.endpoint_note, "of a");
    EXPECT_EQ(b.start(now_).endpoint_note, "of b");
}

/// Three nodes do everything at random, die, are deposed, take and give: every event is delivered once or
/// known to be in doubt, nothing is lost, and what the ledger counts is what happened.
TEST_F(nodes_test, nodes_that_come_and_go_lose_nothing_and_repeat_only_what_is_in_doubt) {
    std::mt19937 random(20261129);
    auto const pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    std::vector<std::unique_ptr<node>> nodes;
    for (auto const* id : {"a", "b", "c"}) {
        nodes.push_back(std::make_unique<node>(make(id)));
        nodes.back()->start(now_);
    }
    std::vector<account_no> accounts;
    for (int i = 0; i < 5; ++i)
        accounts.push_back(*nodes[pick(3)]->ledger().account("account-" + std::to_string(i)));
    std::vector<std::map<account_no, std::vector<event_no>>> flying(3);
    std::set<std::uint64_t> delivered;
    std::uint64_t imported = 0;
    std::uint64_t in_doubt = 0;
    auto const node_number = [&](std::size_t i) {
        return static_cast<int>(number(std::string("SELECT no FROM node WHERE id = '") +
                                       static_cast<char>('a' + i) + "'"));
    };
    auto const start = [&](std::size_t i) {
        in_doubt += nodes[i]->start(now_).in_doubt;
        flying[i].clear();
    };
    for (int turn = 0; turn < 400 && !HasFailure(); ++turn) {
        now_ += 1s;
        auto const i = pick(3);
        auto& n = *nodes[i];
        auto const what = pick(20);
        if (!n.lives()) {
            if (what < 8) start(i);
            continue;
        }
        if (what < 5) {
            auto const count = static_cast<std::uint32_t>(1 + pick(90));
            n.import_events(accounts[pick(accounts.size())], count, "f" + std::to_string(turn),
                            now_);
            imported += count;
        } else if (what < 14) {
            cycle_request r;
            auto const owned = n.owned();
            for (auto const no : accounts) {
                auto& mine = flying[i][no];
                auto const part = pick(mine.size() + 1);
                for (std::size_t k = 0; k < part; ++k) {
                    if (pick(6) == 0) {
                        settlement s;
                        s.no = mine[k];
                        s.state = pick(2) == 0 ? event_state::deferred : event_state::waiting;
                        s.attempted = s.state == event_state::deferred || pick(2) == 0;
                        s.at = s.due = now_;
                        s.reason = "http-503";
                        r.settlements.push_back(s);
                    } else {
                        delivered.insert(mine[k].value);
                        r.delivered.push_back(mine[k]);
                    }
                }
                mine.erase(mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(part));
                if (owned.contains(no) && pick(3) > 0)
                    r.wishes.push_back({no, static_cast<std::uint32_t>(1 + pick(60)),
                                        pick(2) == 0 ? doubt_policy::hold : doubt_policy::resend});
            }
            auto const done = n.cycle(r, now_);
            EXPECT_TRUE(done.lost.empty());
            for (auto const& batch : done.batches)
                for (auto const& e : batch.events) {
                    EXPECT_FALSE(delivered.contains(e.no.value)) << "delivered events come again";
                    flying[i][batch.account].push_back(e.no);
                }
        } else if (what < 16) {
            std::vector<account_no> idle;
            for (auto const no : n.owned())
                if (flying[i][no].empty() && pick(2) == 0) idle.push_back(no);
            EXPECT_TRUE(n.ledger().give_up(idle));
        } else if (what < 18) {
            std::vector<account_no> free;
            for (auto const& o : n.poll().owners)
                if (o.free) free.push_back(o.account);
            in_doubt += n.take(free, now_).in_doubt;
        } else if (what == 18) {
            n.kill();
        } else {
            // It hangs: it is deposed, goes on, and is refused.
            depose(node_number(i));
            cycle_request r;
            r.now = now_;
            for (auto const& [_, ids] : flying[i])
                r.delivered.insert(r.delivered.end(), ids.begin(), ids.end());
            r.notes.push_back({endpoint_account, "late"});
            auto const refused = n.ledger().cycle(r);
            EXPECT_FALSE(refused);
            n.kill();
        }
        if (turn % 50 == 49) expect_sound();
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i]->lives()) nodes[i]->kill();
    for (std::size_t i = 0; i < nodes.size(); ++i)
        depose(node_number(i));
    start(0);
    EXPECT_EQ(nodes[0]->owned().size(), accounts.size());
    operation release;
    release.verb = operator_verb::release;
    ASSERT_TRUE(operate_all(nodes[0]->ledger(), release, now_));
    now_ += 1h;
    for (bool more = true; more && !HasFailure();) {
        more = false;
        for (auto const no : accounts) {
            auto const ids = nodes[0]->claim(no, 1000, doubt_policy::resend, now_);
            for (auto const id : ids)
                EXPECT_TRUE(delivered.insert(id.value).second) << "delivered events come again";
            if (!ids.empty()) nodes[0]->deliver(ids, now_);
            more = more || !ids.empty();
        }
    }
    EXPECT_EQ(delivered.size(), imported);
    std::uint64_t told = 0;
    std::uint64_t doubts = 0;
    for (auto const& a : *look()->accounts()) {
        told += a.counts[static_cast<std::size_t>(event_state::delivered)];
        doubts += a.in_doubt_ever;
    }
    EXPECT_EQ(told, imported);
    EXPECT_EQ(doubts, in_doubt);
    EXPECT_GT(in_doubt, 0U);
    for (auto& n : nodes)
        n->start(now_);
    EXPECT_EQ(number("SELECT count(*) FROM file f WHERE accepted <> (SELECT "
                     "sum(delivered) FROM file_count WHERE file = f.no)"),
              0);
}

}  // namespace
}  // namespace setclick::ledger
