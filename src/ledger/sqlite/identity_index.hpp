// Which event holds an identity: a sorted map from key to event, in blocks of about a page.
//
// One row a block instead of one a key: keys that follow time touch few blocks, so looking up and
// adding a chunk of thousands costs some dozen statements. Keys that are random cost a block each,
// as in any tree.
//
// An entry: length of the key (2 bytes), key, event (8), content (8, event_id identities only);
// little endian.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "../core/identity_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class identity_index final : public identity_rows {
public:
    explicit identity_index(connection& db);

    std::vector<identity_holder> find(std::vector<std::string_view> const& keys) override;
    void store(std::vector<identity_entry> const& entries,
               std::vector<std::string_view> const& keys) override;
    identity_holder find_one(std::string_view key) override;
    std::string sweep(std::string const& from,
                      std::function<bool(identity_entry const&)> const& keep,
                      std::uint64_t& dropped) override;

private:
    /// Some of the keys of a `find`, by the block that they belong to.
    struct block_run {
        std::uint64_t block = 0;
        std::size_t begin = 0;  ///< keys [begin, end)
        std::size_t end = 0;
    };

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
    std::vector<block_run> runs_;  ///< of the last `find`, for `store`
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

}  // namespace setclick::ledger
