// The accounts, all of them in memory, written through to the rows of a store.
//
// Keeps true: a counter changes only together with what it counts, in the same transaction, and what
// came of a transaction is handed to the history once.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

struct account_row {
    account_no no{};
    std::string id;
    std::uint64_t next_sequence = 1;
    std::array<std::uint64_t, event_state_count> counts{};
    std::uint64_t duplicate = 0;
    std::uint64_t refused = 0;
    std::uint64_t in_doubt_ever = 0;
    std::int64_t last_delivered = 0;
    /// As in account_info.
    std::array<std::uint64_t, event_state_count> taken_back{};
    bool is_taken_back_dirty = false;
    std::int64_t mark_day = -1;  ///< of its newest row in `mark`; -1: not looked up yet
    /// This node's: what is cached of its events is what is stored. Of another node's account only imports
    /// change anything, and what is known of its states is as old as the last look.
    bool is_owned = true;
    bool dirty = false;

    std::uint64_t& count(event_state s) noexcept { return counts[static_cast<std::size_t>(s)]; }
    std::uint64_t first_id() const noexcept { return event_no::of(no, 1).value; }
    std::uint64_t next_id() const noexcept { return event_no::of(no, next_sequence).value; }
    std::uint64_t end_id() const noexcept {
        return (static_cast<std::uint64_t>(no) + 1) << event_no::sequence_bits;
    }
};

/// The numbers of the final states, in the order of event_state, with blanks between, as a store keeps
/// what was taken back.
std::string text_of_taken_back(std::array<std::uint64_t, event_state_count> const& counts);
void read_taken_back(std::string_view text, std::array<std::uint64_t, event_state_count>& out);

/// Where accounts are kept: a store implements this over its table.
class account_rows {
public:
    virtual ~account_rows() = default;

    /// By number, which has no gap.
    virtual std::vector<account_row> all() = 0;
    virtual void insert(account_no no, std::string_view id) = 0;
    /// `is_taken_back_dirty`: that is to be written, too.
    virtual void update(account_row const& row) = 0;
};

class account_map {
public:
    /// `stored` outlives the map.
    explicit account_map(account_rows& stored) : stored_(&stored) { reload(); }

    account_row* named(std::string_view id);
    account_row& at(account_no no);  ///< throws `not_found`
    account_row& add(std::string_view id);
    std::deque<account_row>& all() noexcept { return rows_; }

    // Written at the next flush.
    /// Moves events of an account between states.
    void move(account_row& a, event_state from, event_state to, std::uint64_t count);
    /// Attempts of the account may have been received.
    void doubt(account_row& a, std::uint64_t count);
    /// Lines that never became events; no account where it is not known.
    void refuse(account_row* a, std::uint64_t count);
    void repeat(account_row& a, std::uint64_t count);
    void touch(account_row& a);
    void flush();

    /// What came of all that since it was asked last.
    history_counts take_news() noexcept { return std::exchange(news_, {}); }
    /// Reads everything again, after a transaction that failed.
    void reload();
    /// Takes what others changed of an account that is known: of an owned one what imports write, of any
    /// other all of it. Where its numbers ended before, if they end elsewhere now.
    std::optional<std::uint64_t> renew(account_row const& stored);

private:
    account_rows* stored_;
    std::deque<account_row> rows_;  // row of number n at n - 1; numbers are dense
    std::map<std::string, account_no, std::less<>> names_;
    std::vector<account_no> dirty_;
    history_counts news_;
};

}  // namespace setclick::ledger
