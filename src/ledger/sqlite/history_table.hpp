// The table `history`: how many events became what in each quarter of an hour, the newest slots only.
//
// The slot in progress lies in `meta`, on a page that each transaction writes anyway, and is written
// with the events that it counts: no event is counted twice or forgotten, whatever ends the daemon.
// What falls out of the table is kept as one sum, so that all slots together are every event since the
// ledger began.
#pragma once

#include <cstdint>
#include <vector>

#include "../core/history.hpp"
#include "meta_table.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

/// So many slots are kept beside the one in progress: 31 days and a bit.
inline constexpr std::int64_t most_history_slots = 32 * 96;
/// In `meta`: the slot in progress, and the sum of what is no slot any more.
inline constexpr std::string_view open_slot_key = "history";
inline constexpr std::string_view before_history_key = "history_before";

class history_table final : public history_rows {
public:
    history_table(connection& db, meta_table& meta);

    void count(history_counts const& counts, wall_time now) override;
    void reload() override;

private:
    void keep(history_slot const& over);

    meta_table& meta_;
    statement keep_;
    statement dropped_;
    statement drop_;
    open_slot open_;
};

/// For readers, inside a read transaction: all slots by number, the one in progress among them.
std::vector<history_slot> history_of(connection& db);

}  // namespace setclick::ledger
