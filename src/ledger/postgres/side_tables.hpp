// The small tables `meta`, `account_note`, `refused`, `duplicate`, `mark` and `history` over PostgreSQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../core/side_rows.hpp"
#include "hot_rows.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

/// In `meta`: the sum of what is no slot any more, of each node.
inline constexpr std::string_view before_history_key = "history_before";

/// What is a node's own (its files, its crashes, its part of the history) lies under KEY/NODE.
class meta_table final : public meta_rows {
public:
    explicit meta_table(session& db);
    void know_node(std::int64_t node) noexcept { node_ = node; }

    std::int64_t number(std::string_view key) override;
    std::string text(std::string_view key) override;
    void set(std::string_view key, std::int64_t value) override {
        set_number_.run(std::string_view(stored_key(key)), value);
    }
    void set(std::string_view key, std::string_view value) override {
        set_value_.run(std::string_view(stored_key(key)), bytes{value});
    }
    /// Whatever others add at the same time.
    void add(std::string_view key, std::int64_t more) override {
        add_number_.run(std::string_view(stored_key(key)), more);
    }
    /// What each node has under a key of its own.
    std::vector<std::string> texts_of_nodes(std::string_view key);

private:
    std::string stored_key(std::string_view key) const;

    std::int64_t node_ = 0;
    statement select_;
    statement select_all_;
    statement add_number_;
    statement set_number_;
    statement set_value_;
};

/// What all accounts share, account 0's, is each node's own: under the node's number, negative.
class note_table final : public note_rows {
public:
    explicit note_table(session& db);
    void know_node(std::int64_t node) noexcept { node_ = node; }
    kept_note of(account_no account) override;
    void replace(account_no account, std::string_view text) override {
        auto const number = stored_number(account);
        replace_.write(number, number, text);
    }

private:
    std::int64_t stored_number(account_no account) const noexcept {
        return account == endpoint_account ? -node_ : static_cast<std::int64_t>(account);
    }

    std::int64_t node_ = 0;
    statement select_;
    hot_rows replace_;
};

class line_table final : public line_rows {
public:
    explicit line_table(session& db);
    void add_refused(file_no file, std::uint64_t line, std::uint64_t offset, std::uint64_t length,
                     std::string_view reason) override {
        refuse_.run(file, line, offset, length, reason);
    }
    void name_successor(file_no file, std::uint64_t line, std::uint64_t as) override;
    void add_duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                        std::uint64_t event) override {
        repeat_.run(file, line, count, event);
    }
    std::uint64_t drop_refused(file_no file, std::uint64_t most) override {
        return static_cast<std::uint64_t>(drop_refused_.write(file, most).changed());
    }
    std::uint64_t drop_duplicates(file_no file, std::uint64_t most) override {
        return static_cast<std::uint64_t>(drop_duplicates_.write(file, most).changed());
    }

private:
    statement refuse_;
    statement succeed_;
    statement repeat_;
    statement drop_refused_;
    statement drop_duplicates_;
};

class mark_table final : public mark_rows {
public:
    explicit mark_table(session& db);
    std::optional<std::uint64_t> first_after(account_no account, std::int64_t day) override;
    void add(account_no account, std::int64_t day, std::uint64_t first) override {
        insert_.run(account, day, first);
    }

private:
    statement select_;
    statement insert_;
};

/// So many slots are kept of a node.
inline constexpr std::int64_t most_history_slots = 32 * 96;
/// A slot is one row of this node, counted up in the transaction of the events that it counts.
class history_table final : public history_rows {
public:
    history_table(session& db, meta_table& meta);
    void know_node(std::int64_t node) noexcept { node_ = node; }
    void count(history_counts const& counts, wall_time now) override;
    void reload() override { newest_ = -1; }

private:
    void drop_old();

    meta_table& meta_;
    std::int64_t node_ = 0;
    std::int64_t newest_ = -1;
    hot_rows add_;
    statement drop_;
};

/// All nodes together, by number.
std::vector<history_slot> history_of(session& db);

}  // namespace setclick::ledger::postgres
