// The index against std::map, over rising, random and clustered keys.
#include "../../../src/ledger/sqlite/identity_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "../../../src/ledger/sqlite/schema.hpp"

namespace setclick::ledger {
namespace {

class identity_index_test : public testing::Test {
protected:
    std::int64_t blocks() {
        statement count(db_, "SELECT count(*) FROM identity");
        auto rows = count.rows();
        return rows.next() ? rows.integer(0) : 0;
    }

    /// Looks a chunk up, expects what the model says, then stores those that are new, or all.
    void put(std::vector<std::string> keys, bool take_over = false) {
        std::sort(keys.begin(), keys.end());
        std::vector<std::string_view> const views(keys.begin(), keys.end());
        auto const found = index_.find(views);
        ASSERT_EQ(found.size(), keys.size());
        std::vector<identity_entry> entries;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            auto const known = model_.find(keys[i]);
            ASSERT_EQ(found[i].event, known == model_.end() ? 0 : known->second.event);
            if (known != model_.end()) {
                ASSERT_EQ(found[i].content, known->second.content);
            }
            bool const repeated = i > 0 && keys[i] == keys[i - 1];
            if (repeated || (known != model_.end() && !take_over)) continue;
            auto const content = keys[i].starts_with('e') ? next_ * 31 : 0;
            entries.push_back({views[i], next_++, content});
        }
        index_.store(entries, views);
        for (auto const& e : entries)
            model_[std::string(e.key)] = {e.event, e.content};
    }
    void expect_all_found() {
        for (auto const& [key, holder] : model_) {
            auto const found = index_.find_one(key);
            ASSERT_EQ(found.event, holder.event) << key;
            ASSERT_EQ(found.content, holder.content) << key;
        }
    }

    struct fresh : connection {
        fresh() : connection(":memory:", mode::create) { migrate(*this); }
    };
    fresh db_;
    identity_index index_{db_};
    std::map<std::string, identity_holder> model_;
    std::uint64_t next_ = 1;
};

std::string numbered(char const* prefix, std::uint64_t n, int width) {
    auto digits = std::to_string(n);
    if (digits.size() < static_cast<std::size_t>(width))
        digits.insert(0, static_cast<std::size_t>(width) - digits.size(), '0');
    return prefix + digits;
}

TEST_F(identity_index_test, rising_keys_fill_their_blocks) {
    for (std::uint64_t chunk = 0; chunk < 20; ++chunk) {
        std::vector<std::string> keys;
        for (std::uint64_t i = 0; i < 500; ++i)
            keys.push_back(numbered("c", chunk * 500 + i, 16));
        put(keys);
    }
    expect_all_found();
    // 10,000 entries of 27 bytes, 146 to a full block.
    EXPECT_LE(blocks(), 10'000 / 146 + 2);
}

TEST_F(identity_index_test, random_keys_equal_a_map) {
    std::mt19937_64 random(5);
    for (int chunk = 0; chunk < 60; ++chunk) {
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < 1 + random() % 300; ++i)
            keys.push_back(numbered(random() % 2 == 0 ? "c" : "e", random() % 20'000, 16));
        put(keys, chunk % 7 == 0);
    }
    expect_all_found();
    EXPECT_EQ(index_.find_one("c-never").event, 0U);
    EXPECT_EQ(index_.find_one("\xff").event, 0U);
    EXPECT_EQ(index_.find_one("!").event, 0U);
}

TEST_F(identity_index_test, keys_of_very_different_lengths_equal_a_map) {
    std::mt19937_64 random(6);
    for (int chunk = 0; chunk < 40; ++chunk) {
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < 60; ++i)
            keys.push_back("e" +
                           std::string(random() % 500, static_cast<char>('a' + random() % 3)) +
                           std::to_string(random() % 50));
        put(keys);
    }
    expect_all_found();
}

TEST_F(identity_index_test, event_id_longer_than_a_key_is_still_told_from_its_neighbour) {
    std::string a;
    std::string b;
    append_event_identity(a, account_no{1}, std::string(5000, 'x') + "1");
    append_event_identity(b, account_no{1}, std::string(5000, 'x') + "2");
    EXPECT_NE(a, b);
    EXPECT_LT(a.size(), 1000U);
    put({a, b});
    expect_all_found();
}

TEST_F(identity_index_test, sweep_drops_what_is_not_kept_and_nothing_else) {
    std::vector<std::string> keys;
    for (std::uint64_t i = 0; i < 5000; ++i)
        keys.push_back(numbered("c", i, 16));
    put(keys);
    std::uint64_t dropped = 0;
    std::string at;
    int rounds = 0;
    do {
        at = index_.sweep(
            at, [](identity_entry const& e) { return e.event % 3 == 0; }, dropped);
        ++rounds;
    } while (!at.empty());
    EXPECT_GT(rounds, 5);
    std::erase_if(model_, [](auto const& entry) { return entry.second.event % 3 != 0; });
    EXPECT_EQ(dropped, 5000 - model_.size());
    expect_all_found();
    EXPECT_EQ(index_.find_one(keys[0]).event, 0U);
    // What was dropped can come again.
    put(keys);
    expect_all_found();
    at.clear();
    do
        at = index_.sweep(
            at, [](identity_entry const&) { return false; }, dropped);
    while (!at.empty());
    EXPECT_EQ(blocks(), 1);
    model_.clear();
    put(keys);
    expect_all_found();
}

}  // namespace
}  // namespace setclick::ledger
