// Several nodes on one ledger, as people see them: states, names, reasons, and what is stuck with its cure.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include <string>
#include <vector>

#include "setclickd/status_model/cluster.hpp"
#include "setclickd/status_model/cluster_json.hpp"
#include "setclickd/status_model/health.hpp"
#include "setclickd/status_model/outlook.hpp"
#include "setclickd/status_model/page.hpp"
#include "setclickd/status_model/status_json.hpp"

namespace setclick::status_model {
namespace {

using ledger::account_owner;
using ledger::move_how;
using ledger::node_state;
using ledger::node_view;
using weight = cluster_finding::weight;

constexpr account_no first{1}, second{2};

node_view living(int no, char const* name) {
    node_view n;
    n.no = no;
    n.name = name;
    n.machine = std::string("host-") + name;
    n.has_stopped = false;
    n.beat_age = milliseconds{2'000};
    n.willing = {first, second};
    return n;
}

/// Two nodes, an account each; this one is a.
cluster_report of_two() {
    cluster_report c;
    c.self = 1;
    c.seen.is_shared = true;
    c.seen.nodes = {living(1, "a"), living(2, "b")};
    c.seen.owners = {{first, "one", 1, 1, false}, {second, "two", 2, 1, false}};
    c.seen.server.wants_sync = "ANY 1 (*)";
    c.seen.server.standbys = {{"s1", "streaming", "quorum", 0, milliseconds{0}}};
    return c;
}

std::vector<std::string> keys_of(cluster_report const& c,
                                 std::vector<std::string> const& open = {}) {
    std::vector<std::string> out;
    for (auto const& f : findings_of(c, open))
        out.push_back((f.is == weight::stuck ? "stuck " : "risk ") + f.key);
    return out;
}

TEST(node_state, what_the_row_and_the_age_of_its_beat_say) {
    struct row {
        char const* name;
        void (*set)(node_view&);
        node_state state;
    };
    row const table[] = {
        {"beats", [](node_view&) {}, node_state::living},
        {"no beat for less than ten seconds",
         [](node_view& n) { n.beat_age = milliseconds{9'999}; }, node_state::living},
        {"no beat for ten seconds", [](node_view& n) { n.beat_age = milliseconds{10'000}; },
         node_state::silent},
        {"gives its accounts up", [](node_view& n) { n.leaves = true; }, node_state::leaving},
        {"gives them up, and is silent",
         [](node_view& n) {
             n.leaves = true;
             n.beat_age = milliseconds{12'000};
         },
         node_state::silent},
        {"stopped in an orderly way",
         [](node_view& n) {
             n.has_stopped = true;
             n.willing.clear();
         },
         node_state::stopped},
        {"deposed", [](node_view& n) { n.has_stopped = true; }, node_state::dead},
        {"given up by a person",
         [](node_view& n) {
             n.has_stopped = true;
             n.is_forgotten = true;
         },
         node_state::forgotten},
    };
    for (auto const& r : table) {
        auto n = living(1, "a");
        r.set(n);
        EXPECT_EQ(state_of(n), r.state) << r.name;
    }
}

TEST(cluster_findings, where_all_is_well_there_are_none) {
    EXPECT_EQ(keys_of(of_two(), {"one", "two"}), std::vector<std::string>{});
}

TEST(cluster_findings, each_trouble_has_its_key_its_weight_and_a_cure) {
    struct row {
        char const* name;
        void (*set)(cluster_report&);
        std::vector<std::string> keys;
        char const* text;
        char const* cure;
    };
    row const table[] = {
        {"silent",
         [](cluster_report& c) { c.seen.nodes[1].beat_age = milliseconds{14'300}; },
         {"stuck node 2 silent"},
         "node b is silent for 14 s",
         "host-b"},
        {"dead, with nothing left on it",
         [](cluster_report& c) {
             c.seen.nodes[1].has_stopped = true;
             c.seen.owners[1].node = 1;
         },
         {"risk node 2 dead"},
         "node b was taken for dead",
         "setclickd cluster forget b"},
        {"dead, with files",
         [](cluster_report& c) {
             c.seen.nodes[1].has_stopped = true;
             c.seen.nodes[1].unread_files = 2;
             c.seen.unread = {{file_no{7}, 2, "crm\n1.ndjson", 100, 10, {}}};
         },
         {"stuck node 2 unread"},
         "2 files that are not read to the end: crm\\n1.ndjson and 1 more",
         "on its spool again (host host-b)"},
        {"stopped, with a file",
         [](cluster_report& c) {
             c.seen.nodes[1].has_stopped = true;
             c.seen.nodes[1].willing.clear();
             c.seen.nodes[1].unread_files = 1;
         },
         {"risk node 2 unread"},
         "node b is stopped and has 1 file that is not read to the end: 1 more",
         "host-b"},
        {"an account that a node can take",
         [](cluster_report& c) {
             c.seen.owners[1] = {second, "two", 0, 0, true};
         },
         {"stuck two no owner"},
         "account two has no owner",
         "within seconds"},
        {"an account that no node can take",
         [](cluster_report& c) {
             c.seen.owners[1] = {second, "two", 0, 0, true};
             for (auto& n : c.seen.nodes)
                 n.willing = {first};
         },
         {"stuck two no owner"},
         "no node that lives has a token for it",
         "setclickd token two"},
        {"the synchronous standby is gone",
         [](cluster_report& c) { c.seen.server.standbys.clear(); },
         {"stuck server no standby"},
         "nothing can be committed",
         "synchronous_standby_names"},
        {"the same, and it cannot be seen",
         [](cluster_report& c) {
             c.seen.server.standbys.clear();
             c.seen.server.sees_all = false;
         },
         {},
         "",
         ""},
        {"asynchronous",
         [](cluster_report& c) { c.seen.server.wants_sync.clear(); },
         {"risk server asynchronous"},
         "loses what was acknowledged last",
         "ANY 1 (*)"},
        {"a slot that nobody uses",
         [](cluster_report& c) { c.seen.server.idle_slots = {"old"}; },
         {"risk slot old"},
         "until the disk is full",
         "pg_drop_replication_slot('old')"},
        {"a young transaction",
         [](cluster_report& c) {
             c.seen.server.holders = {{"pid 7", milliseconds{60'000}, 10}};
         },
         {},
         "",
         ""},
        {"an old transaction",
         [](cluster_report& c) {
             c.seen.server.holders = {{"pid 7", milliseconds{3'600'000}, 10}};
         },
         {"risk horizon"},
         "pid 7, for 1 h",
         "pg_terminate_backend"},
    };
    for (auto const& r : table) {
        auto c = of_two();
        r.set(c);
        EXPECT_EQ(keys_of(c, {"one", "two"}), r.keys) << r.name;
        auto const found = findings_of(c, {"one", "two"});
        if (found.empty()) continue;
        EXPECT_NE(found[0].text.find(r.text), std::string::npos) << r.name << ": " << found[0].text;
        EXPECT_NE(found[0].cure.find(r.cure), std::string::npos) << r.name << ": " << found[0].cure;
    }
}

TEST(cluster_findings, an_account_of_which_nothing_waits_needs_no_owner) {
    auto c = of_two();
    c.seen.owners[1] = {second, "two", 0, 0, true};
    EXPECT_EQ(keys_of(c, {"one"}), std::vector<std::string>{});
}

TEST(cluster_findings, what_is_stuck_comes_before_what_is_a_risk) {
    auto c = of_two();
    c.seen.server.idle_slots = {"old"};
    c.seen.nodes[1].beat_age = milliseconds{11'000};
    c.seen.owners[1].free = true;
    EXPECT_EQ(
        keys_of(c, {"two"}),
        (std::vector<std::string>{"stuck node 2 silent", "stuck two no owner", "risk slot old"}));
}

TEST(cluster_words, the_sum_of_it_in_a_line) {
    auto c = of_two();
    EXPECT_EQ(sum_text(c), "2 of 2 nodes live; 2 accounts, each with an owner");
    c.seen.nodes[1].has_stopped = true;
    c.seen.owners[1].free = true;
    EXPECT_EQ(sum_text(c), "1 of 2 nodes live (1 dead); 2 accounts, 1 without an owner");
    c.seen.nodes[1].is_forgotten = true;
    c.seen.owners.clear();
    EXPECT_EQ(sum_text(c), "1 of 1 node lives; 0 accounts");
}

TEST(cluster_words, two_nodes_of_the_same_name_are_told_apart) {
    auto c = of_two();
    EXPECT_EQ(name_of_node(c, 2), "b");
    c.seen.nodes[1].name = "a";
    EXPECT_EQ(name_of_node(c, 2), "a (node 2)");
    EXPECT_EQ(name_of_node(c, 0), "nobody");
    EXPECT_EQ(name_of_node(c, 9), "node 9");
}

TEST(cluster_words, why_an_account_moved) {
    auto const c = of_two();
    auto const why = [&](move_how how) { return why_text(c, {1, first, "one", 2, 1, how, 0, {}}); };
    EXPECT_EQ(why(move_how::free), "nobody had it");
    EXPECT_EQ(why(move_how::stopped), "b had stopped");
    EXPECT_EQ(why(move_how::dead), "b was silent for too long");
    EXPECT_EQ(why(move_how::given), "b gave it up");
    EXPECT_EQ(why(move_how::drained), "b is drained");
    EXPECT_NE(why(static_cast<move_how>(77)).find("does not know"), std::string::npos);
}

TEST(cluster_json, holds_names_that_scripts_rely_on_and_no_whole_spool_id) {
    auto c = of_two();
    c.seen.nodes[0].id = "0123456789abcdef";
    c.seen.moves = {
        {1, first, "one", 2, 1, move_how::dead, 5, wall_time{std::chrono::hours{1000}}}};
    auto const text = boost::json::serialize(to_json(c));
    EXPECT_NE(text.find(R"("spool_id":"01234567")"), std::string::npos) << text;
    EXPECT_EQ(text.find("0123456789"), std::string::npos);
    EXPECT_NE(text.find(R"("how":"dead","why":"b was silent for too long","in_doubt":5)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"("state":"living","is_self":true)"), std::string::npos) << text;
    EXPECT_EQ(boost::json::serialize(accounts_json(c)[1]),
              R"({"id":"two","owner":2,"owner_name":"b","can_be_taken":false})");
}

// ---- in the status ----

status_report shared() {
    status_report r;
    r.now = wall_time{std::chrono::hours{1000}};
    r.has_ledger = true;
    r.daemon.is_running = true;
    r.daemon.pid = 7;
    r.daemon.member = delivery::member_status{true, milliseconds{9'000}, milliseconds{4}, 0, 0, 0};
    r.cluster = of_two();
    for (auto const& o : r.cluster->seen.owners) {
        r.accounts.emplace_back().id = o.id;
        r.accounts.back().events.waiting = 3;
        r.accounts.back().owner = owner_of(*r.cluster, o);
    }
    r.events.waiting = 6;
    return r;
}

TEST(shared_ledger, an_account_of_another_node_is_judged_by_that_node) {
    auto r = shared();
    r.accounts[1].has_credential = false;  // on this one
    EXPECT_EQ(standing_of(r.accounts[1]), standing::delivering);
    health_limits strict;
    strict.are_parks_unwell = true;
    EXPECT_FALSE(unwell(r, strict)) << *unwell(r, strict);
    r.accounts[0].has_credential = false;
    EXPECT_EQ(standing_of(r.accounts[0]), standing::no_token);
    EXPECT_TRUE(unwell(r, strict));
}

TEST(shared_ledger, an_account_that_no_node_can_send_for_has_no_token) {
    auto r = shared();
    r.accounts[1].owner = owned_by{};
    EXPECT_EQ(standing_of(r.accounts[1]), standing::no_token);
    EXPECT_NE(outlook_of(r.accounts[1]).why.find("no node that lives"), std::string::npos);
    r.accounts[1].owner->can_be_taken = true;
    EXPECT_EQ(standing_of(r.accounts[1]), standing::delivering);
}

TEST(shared_ledger, a_lease_that_ended_is_told_unless_the_server_is_away_anyway) {
    auto r = shared();
    r.daemon.member->may_send = false;
    health_limits strict;
    strict.are_parks_unwell = true;
    EXPECT_EQ(findings_of(r, strict).at(0).key, "lease");
    EXPECT_EQ(outlook_of(r).headline, "No: this node's lease has ended");
    EXPECT_TRUE(unready(r.daemon));
    r.daemon.ledger_away = "no connection";
    auto const found = findings_of(r, strict);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, "ledger_away");
}

TEST(shared_ledger, a_dead_nodes_files_are_unwell_and_a_mere_risk_is_not) {
    auto r = shared();
    health_limits strict;
    strict.are_parks_unwell = true;
    auto& dead = r.cluster->seen.nodes[1];
    dead.has_stopped = true;
    EXPECT_FALSE(unwell(r, strict));
    dead.unread_files = 1;
    EXPECT_EQ(findings_of(r, strict).at(0).key, "node 2 unread");
}

// ---- while the server is away ----

TEST(last_counts, a_page_keeps_what_was_counted_and_says_from_when) {
    page_report before;
    before.status = shared();
    before.status.events.delivered = 40;
    before.status.accounts[0].events.delivered = 40;
    before.recent_files.emplace_back().no = 3;
    page_report away;
    away.status.now = before.status.now + std::chrono::minutes{2};
    away.status.daemon.is_running = true;
    away.status.daemon.ledger_away = "no connection";
    away.status.ledger_fault = "no connection";
    away.status.accounts.emplace_back().id = "one";  // of the configuration
    away.status.accounts.back().has_credential = false;

    auto const shown = with_last_counts(away, before);
    EXPECT_EQ(shown.status.counted_at, before.status.now);
    EXPECT_EQ(shown.status.events.delivered, 40U);
    EXPECT_EQ(shown.status.accounts[0].events.delivered, 40U);
    EXPECT_FALSE(shown.status.accounts[0].has_credential) << "the daemon's word is of now";
    EXPECT_EQ(shown.status.daemon.ledger_away, "no connection");
    EXPECT_EQ(shown.recent_files.size(), 1U);
    EXPECT_TRUE(shown.status.cluster);
    auto const json = to_json(shown.status);
    EXPECT_EQ(json.at("events").at("delivered").as_uint64(), 40U);
    EXPECT_EQ(json.at("counted_at").as_string(), wall_text(before.status.now));

    auto const later = with_last_counts(away, shown);
    EXPECT_EQ(later.status.counted_at, before.status.now) << "not from the look in between";
}

TEST(last_counts, without_a_look_before_or_with_a_ledger_that_answers_nothing_is_changed) {
    page_report away;
    away.status.ledger_fault = "no connection";
    EXPECT_FALSE(with_last_counts(away, page_report{}).status.counted_at);
    EXPECT_TRUE(to_json(with_last_counts(away, page_report{}).status).at("events").is_null());
    page_report before;
    before.status = shared();
    before.status.events.delivered = 40;
    page_report now;
    now.status = shared();
    EXPECT_EQ(with_last_counts(now, before).status.events.delivered, 0U);
}

}  // namespace
}  // namespace setclick::status_model
