// Rows that nearly every transaction of this node writes anew, reached where they lie.
//
// As long as an old transaction is open somewhere in the database, no former version of a row can be taken away,
// and whoever comes by an index meets all of them: after 15,000 commits each one costs twice as much. Once rows are
// seen to drift over their pages, the place (ctid) that the last write answered is given to the next one. It is a
// guess: the key is looked at, too, and where the row is not there any more the same statement goes by the key. That
// statement costs a tenth more than the plain one, which is used until then.
//
// Trap: what follows a write in the same round trip cannot know the new place yet, and goes by the key.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "row_drift.hpp"
#include "session.hpp"

namespace setclick::ledger::postgres {

class hot_rows final : public row_watch {
public:
    /// What a hot statement says. Its parameters are the values of `write`.
    struct write_sql {
        std::string table{};
        std::string set{};    ///< of the UPDATE, by place and by key
        std::string where{};  ///< the key, and what else has to hold
        /// Of an INSERT, instead of the UPDATE by key: "(a, b) SELECT $1, $2"; and its ON CONFLICT.
        std::string insert{};
        std::string on_conflict{};
        std::string result{};   ///< what follows the place: an aggregate over what was written
        std::string columns{};  ///< that the write returns for `result`
    };
    /// Called with the key and what follows the place.
    using seen_fn = std::function<void(std::int64_t key, rows const& found)>;
    hot_rows(session& db, write_sql const& sql, seen_fn seen = {});

    /// Queued. `key`: of the row; `values`: the parameters.
    template <class... Values>
    void write(std::int64_t key, Values const&... values) {
        if (drift_.drifts() || always_by_place_)
            by_place_.run(values..., std::string_view(place_of(key)));
        else
            by_key_.run(values...);
        queued_.push_back(key);
    }

private:
    static constexpr std::size_t most_places = 4096;

    static std::string by_key_text(write_sql const& sql);
    static std::string by_place_text(write_sql const& sql);
    std::string place_of(std::int64_t key) const;
    void came(rows& found) override;
    void undone() noexcept override;

    seen_fn seen_;
    bool always_by_place_;
    row_drift drift_;
    std::unordered_map<std::int64_t, std::uint64_t> places_;  ///< block and number of the row in it
    std::deque<std::int64_t> queued_;                         ///< of both statements, in order
    statement by_key_;
    statement by_place_;
};

}  // namespace setclick::ledger::postgres
