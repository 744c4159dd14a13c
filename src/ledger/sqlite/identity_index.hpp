// Which event holds an identity: a sorted map from key to event, in blocks of about a page.
//
// One row a block instead of one a key: keys that follow time touch few blocks, so looking up and
// adding a chunk of thousands costs some dozen statements. Keys that are random cost a block each,
// as in any tree.
//
// An entry: length of the key (2 bytes), key, event (8), content (8, event_id identities only);
// little endian. Keys: core/identity_keys.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../core/identity_keys.hpp"
#include "setclickd/ledger/types.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

struct identity_entry {
    std::string_view key;
    std::uint64_t event = 0;
    std::uint64_t content = 0;
};

/// What a sorted list of keys met: `event` 0 for those that nobody holds. Kept for `store`.
struct identity_lookup {
    struct block_run {
        std::uint64_t block = 0;
        std::size_t begin = 0;  ///< keys [begin, end) belong to this block
        std::size_t end = 0;
    };
    std::vector<identity_holder> holders;  ///< one for each key
    std::vector<block_run> runs;
};

class identity_index {
public:
    explicit identity_index(connection& db);

    /// `keys` ascending; equal ones may repeat.
    identity_lookup find(std::vector<std::string_view> const& keys);

    /// Adds or takes over. `entries` ascending, no key twice; each lies among the keys of `found`,
    /// which must be newer than the last change.
    void store(std::vector<identity_entry> const& entries,
               std::vector<std::string_view> const& keys, identity_lookup const& found);

    /// The holder of one key, or event 0.
    identity_holder find_one(std::string_view key);

    /// Sweeps some blocks from a key on; drops the entries of which `keep` says no. Returns the key
    /// to go on with, empty at the end.
    template <class Keep>
    std::string sweep(std::string const& from, std::size_t blocks, Keep&& keep,
                      std::uint64_t& dropped);

private:
    void store_block(std::uint64_t block, std::vector<identity_entry> const& entries,
                     std::size_t begin, std::size_t end);
    void write_split(std::uint64_t block, std::vector<identity_entry> const& merged, bool append);
    void rewrite(std::uint64_t block, std::string_view entries);
    void drop(std::uint64_t block);

    statement select_at_;
    statement select_after_;
    statement select_block_;
    statement update_;
    statement insert_;
    statement erase_;
    std::string buffer_;
};

/// Takes a block apart; throws when it is damaged.
class identity_walk {
public:
    explicit identity_walk(std::string_view block) noexcept : rest_(block) {}
    bool next(identity_entry& out);

private:
    std::string_view rest_;
};
void append_entry(std::string& out, identity_entry const& entry);

template <class Keep>
std::string identity_index::sweep(std::string const& from, std::size_t blocks, Keep&& keep,
                                  std::uint64_t& dropped) {
    std::string at = from;
    for (; blocks > 0; --blocks) {
        std::uint64_t block = 0;
        std::string kept;
        std::uint64_t lost = 0;
        {
            auto rows = select_at_.rows(as_bytes(at));
            if (!rows.next()) return {};
            block = rows.number(0);
            identity_walk walk(rows.text(1));
            for (identity_entry e; walk.next(e);) {
                if (keep(e))
                    append_entry(kept, e);
                else
                    ++lost;
            }
        }
        if (lost > 0) {
            dropped += lost;
            // The first block stays: every key has a block before it.
            if (kept.empty() && block != 1)
                drop(block);
            else
                rewrite(block, kept);
        }
        auto rows = select_after_.rows(as_bytes(at));
        if (!rows.next()) return {};
        at = rows.text(0);
    }
    return at;
}

}  // namespace setclick::ledger
