// Which node takes and gives which account: timelines of nodes that come, go, and lack a credential.
#include "setclickd/delivery/ownership.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace setclick::delivery {
namespace {

constexpr steady_time start{std::chrono::hours{5}};

std::vector<account_no> numbers(int count) {
    std::vector<account_no> out;
    for (int i = 1; i <= count; ++i)
        out.push_back(static_cast<account_no>(i));
    return out;
}

/// Several nodes over one ledger, each with a decision of its own; who asks first has it.
struct cluster {
    struct member {
        ownership rule;
        live_node as;
        bool lives = true;
    };
    std::map<int, member> nodes;
    std::map<account_no, int> owners;
    steady_time now = start;
    std::size_t moved = 0;

    void add(int no, std::vector<account_no> willing) {
        nodes.insert_or_assign(no, member{ownership(no), {no, std::move(willing), false}, true});
    }
    std::vector<live_node> live() const {
        std::vector<live_node> out;
        for (auto const& [no, n] : nodes)
            if (n.lives) out.push_back(n.as);
        return out;
    }
    std::vector<owned_account> owned() const {
        std::vector<owned_account> out;
        for (auto const& [a, owner] : owners)
            out.push_back({a, owner});
        return out;
    }
    int count(int no) const {
        return static_cast<int>(
            std::ranges::count_if(owners, [&](auto const& o) { return o.second == no; }));
    }
    void kill(int no) {
        nodes.at(no).lives = false;
        for (auto& [a, owner] : owners)
            if (owner == no) owner = 0;
    }
    void step() {
        for (auto& [no, n] : nodes) {
            if (!n.lives) continue;
            auto const moves = n.rule.decide(now, live(), owned());
            for (auto const a : moves.take) {
                EXPECT_EQ(owners.at(a), 0) << "taken from an owner that lives";
                if (owners.at(a) == 0) owners.at(a) = no;
            }
            for (auto const a : moves.give) {
                EXPECT_EQ(owners.at(a), no);
                owners.at(a) = 0;
                ++moved;
            }
        }
        now += 1s;
    }
    void run(int seconds) {
        for (int i = 0; i < seconds; ++i)
            step();
    }
};

TEST(ownership, free_accounts_are_shared_out_at_once_and_evenly) {
    cluster c;
    for (auto const a : numbers(300))
        c.owners[a] = 0;
    for (int no = 1; no <= 3; ++no)
        c.add(no, numbers(300));
    c.run(1);
    for (int no = 1; no <= 3; ++no) {
        EXPECT_GT(c.count(no), 70);
        EXPECT_LT(c.count(no), 130);
    }
    c.run(200);
    EXPECT_EQ(c.moved, 0U) << "nothing moves where each is at its home";
}

TEST(ownership, only_a_dead_nodes_accounts_move_and_come_back_slowly) {
    cluster c;
    for (auto const a : numbers(60))
        c.owners[a] = 0;
    for (int no = 1; no <= 3; ++no)
        c.add(no, numbers(60));
    c.run(60);
    auto const before = c.owners;
    auto const share = c.count(2);
    c.kill(2);
    c.run(1);
    for (auto const& [a, owner] : c.owners) {
        EXPECT_NE(owner, 0);
        if (before.at(a) != 2) {
            EXPECT_EQ(owner, before.at(a));
        }
    }
    c.add(2, numbers(60));
    c.run(29);
    EXPECT_EQ(c.count(2), 0) << "not before it has lived for 30 s";
    c.run(10);
    auto const first = c.count(2);
    EXPECT_GE(first, 2);
    EXPECT_LE(first, 8) << "a tenth of each owner's";
    c.run(55);
    EXPECT_LE(c.count(2), 2 * 8);
    c.run(20 * 60);
    EXPECT_EQ(c.count(2), share) << "in the end it has what is at home there";
}

TEST(ownership, a_node_that_comes_and_goes_moves_nothing_from_those_that_live) {
    cluster c;
    for (auto const a : numbers(40))
        c.owners[a] = 0;
    c.add(1, numbers(40));
    c.run(60);
    for (int i = 0; i < 10; ++i) {
        c.add(2, numbers(40));
        c.run(25);
        c.kill(2);
        c.run(5);
    }
    EXPECT_EQ(c.count(1), 40);
    EXPECT_EQ(c.moved, 0U);
}

TEST(ownership, without_a_credential_a_node_takes_nothing_and_gives_what_it_has) {
    cluster c;
    for (auto const a : numbers(20))
        c.owners[a] = 0;
    c.add(1, {});
    c.run(20);
    EXPECT_EQ(c.count(0), 20) << "nobody can send: they wait, without an owner";
    c.add(2, numbers(10));
    c.run(1);
    EXPECT_EQ(c.count(2), 10);
    c.nodes.at(1).as.willing = numbers(20);
    c.run(1);
    EXPECT_EQ(c.count(1), 10) << "those that nobody else can send";
    // Its tokens are taken away: the other one has those that it can send for, at once.
    c.nodes.at(2).as.willing = numbers(20);
    c.nodes.at(1).as.willing = {};
    c.run(2);
    EXPECT_EQ(c.count(2), 20);
    // Nobody else is willing: it keeps them, to be mended here.
    c.nodes.at(2).as.willing = {};
    c.run(100);
    EXPECT_EQ(c.count(2), 20);
}

TEST(ownership, a_node_that_leaves_gives_everything_at_once) {
    cluster c;
    for (auto const a : numbers(20))
        c.owners[a] = 0;
    c.add(1, numbers(20));
    c.add(2, numbers(20));
    c.run(5);
    ASSERT_GT(c.count(1), 0);
    c.nodes.at(1).as.leaves = true;
    c.run(2);
    EXPECT_EQ(c.count(2), 20);
    c.kill(2);
    c.run(20);
    EXPECT_EQ(c.count(0), 20) << "one that leaves takes nothing";
}

TEST(ownership, where_the_home_does_not_take_it_the_next_one_does) {
    auto const all = numbers(1);
    std::vector<live_node> const nodes{{1, all, false}, {2, all, false}, {3, all, false}};
    std::vector<owned_account> const free{{all[0], 0}};
    std::vector<int> order{1, 2, 3};
    std::ranges::sort(order, std::greater{}, [&](int no) { return ownership::score(no, all[0]); });
    for (int place = 0; place < 3; ++place) {
        ownership rule(order[static_cast<std::size_t>(place)]);
        for (int second = 0; second < 10; ++second) {
            auto const takes =
                !rule.decide(start + std::chrono::seconds{second}, nodes, free).take.empty();
            EXPECT_EQ(takes, second >= 3 * place) << place << " at " << second;
        }
    }
}

TEST(ownership, what_is_given_is_named_once) {
    auto const all = numbers(1);
    int const home = ownership::score(1, all[0]) > ownership::score(2, all[0]) ? 1 : 2;
    int const self = 3 - home;
    std::vector<live_node> const nodes{{1, all, false}, {2, all, false}};
    std::vector<owned_account> const mine{{all[0], self}};
    ownership rule(self);
    std::size_t given = 0;
    for (int second = 0; second < 300; ++second)
        given += rule.decide(start + std::chrono::seconds{second}, nodes, mine).give.size();
    EXPECT_EQ(given, 1U);
}

TEST(ownership, whoever_is_not_seen_as_alive_moves_nothing) {
    auto const all = numbers(3);
    ownership rule(1);
    auto const moves = rule.decide(start, std::vector<live_node>{{2, all, false}},
                                   std::vector<owned_account>{{all[0], 0}, {all[1], 1}});
    EXPECT_TRUE(moves.take.empty());
    EXPECT_TRUE(moves.give.empty());
}

TEST(ownership, whatever_happens_each_account_that_somebody_can_send_has_an_owner_soon) {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        auto const chance = [&](int of) {
            return static_cast<int>(random() % static_cast<unsigned>(of));
        };
        cluster c;
        for (auto const a : numbers(30))
            c.owners[a] = 0;
        for (int i = 0; i < 400; ++i) {
            int const no = 1 + chance(4);
            bool const lives = c.nodes.contains(no) && c.nodes.at(no).lives;
            switch (chance(30)) {
                case 0:
                    if (lives) c.kill(no);
                    break;
                case 1:
                    if (!lives) c.add(no, numbers(chance(31)));
                    break;
                case 2:
                    if (lives) c.nodes.at(no).as.willing = numbers(chance(31));
                    break;
                default:
                    break;
            }
            c.step();
        }
        c.run(15);
        for (auto const& [a, owner] : c.owners) {
            bool const somebody = std::ranges::any_of(c.live(), [&, a = a](auto const& n) {
                return std::ranges::binary_search(n.willing, a);
            });
            if (somebody) {
                EXPECT_NE(owner, 0) << "account " << static_cast<int>(a) << ", seed " << seed;
            }
        }
    }
}

}  // namespace
}  // namespace setclick::delivery
