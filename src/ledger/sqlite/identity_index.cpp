#include "identity_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace setclick::ledger {
namespace {

/// So that a block and its row's head fill one page of 4096 bytes less its checksum, and none spills
/// over.
constexpr std::size_t block_bytes = 3940;
constexpr std::size_t blocks_a_slice = 6;  // of a sweep

void append_le(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i));
}

std::uint64_t take_le(std::string_view& rest, std::size_t bytes) {
    std::uint64_t value = 0;
    if (std::endian::native == std::endian::little && bytes == sizeof value)
        std::memcpy(&value, rest.data(), sizeof value);
    else
        for (std::size_t i = 0; i < bytes; ++i)
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
    rest.remove_prefix(bytes);
    return value;
}

std::size_t size_of(identity_entry const& e) noexcept {
    return 2 + e.key.size() + (holds_content(e.key) ? 16 : 8);
}

[[noreturn]] void damaged() {
    throw failure(
        fail(errc::io, "an identity block of the ledger is damaged; run `setclickd ledger check`"));
}

}  // namespace

bool identity_walk::next(identity_entry& out) {
    if (rest_.empty()) return false;
    if (rest_.size() < 2) damaged();
    auto const length = take_le(rest_, 2);
    if (length == 0 || rest_.size() < length + 8) damaged();
    out.key = rest_.substr(0, length);
    rest_.remove_prefix(length);
    out.event = take_le(rest_, 8);
    out.content = 0;
    if (holds_content(out.key)) {
        if (rest_.size() < 8) damaged();
        out.content = take_le(rest_, 8);
    }
    return true;
}

void append_entry(std::string& out, identity_entry const& entry) {
    append_le(out, entry.key.size(), 2);
    out += entry.key;
    append_le(out, entry.event, 8);
    if (holds_content(entry.key)) append_le(out, entry.content, 8);
}

identity_index::identity_index(connection& db)
    : select_at_(
          db, "SELECT block, entries FROM identity WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      select_after_(db, "SELECT first FROM identity WHERE first > ? ORDER BY first LIMIT 1"),
      select_block_(db, "SELECT entries FROM identity WHERE block = ?"),
      update_(db, "UPDATE identity SET entries = ?2 WHERE block = ?1"),
      insert_(db, "INSERT INTO identity(first, entries) VALUES(?, ?)"),
      erase_(db, "DELETE FROM identity WHERE block = ?") {}

std::vector<identity_holder> identity_index::find(std::vector<std::string_view> const& keys) {
    std::vector<identity_holder> out(keys.size());
    runs_.clear();
    for (std::size_t i = 0; i < keys.size();) {
        auto rows = select_at_.rows(as_bytes(keys[i]));
        if (!rows.next()) damaged();
        auto& run = runs_.emplace_back(block_run{rows.number(0), i, i});
        // The keys up to the last entry are answered by this block …
        identity_walk walk(rows.text(1));
        identity_entry e;
        bool more = walk.next(e);
        while (i < keys.size()) {
            while (more && e.key < keys[i])
                more = walk.next(e);
            if (!more) break;
            if (e.key == keys[i]) out[i] = {e.event, e.content};
            ++i;
        }
        // … and those behind it up to where the next one begins are nobody's.
        if (i < keys.size()) {
            auto after = select_after_.rows(as_bytes(keys[run.begin]));
            if (after.next()) {
                auto const next = after.text(0);
                while (i < keys.size() && keys[i] < next)
                    ++i;
            } else {
                i = keys.size();
            }
        }
        run.end = i;
    }
    return out;
}

identity_holder identity_index::find_one(std::string_view key) {
    return find({key}).front();
}

void identity_index::store(std::vector<identity_entry> const& entries,
                           std::vector<std::string_view> const& keys) {
    std::size_t begin = 0;
    for (auto const& run : runs_) {
        auto const& last_key = keys[run.end - 1];
        auto end = begin;
        while (end < entries.size() && entries[end].key <= last_key)
            ++end;
        if (end > begin) store_block(run.block, entries, begin, end);
        begin = end;
    }
}

void identity_index::store_block(std::uint64_t block, std::vector<identity_entry> const& entries,
                                 std::size_t begin, std::size_t end) {
    std::string old;
    {
        auto rows = select_block_.rows(block);
        if (!rows.next()) damaged();
        old = rows.text(0);
    }
    std::vector<identity_entry> merged;
    merged.reserve(old.size() / 26 + (end - begin) + 1);
    identity_walk walk(old);
    identity_entry e;
    bool more = walk.next(e);
    for (auto i = begin; i < end; ++i) {
        while (more && e.key < entries[i].key) {
            merged.push_back(e);
            more = walk.next(e);
        }
        if (more && e.key == entries[i].key) more = walk.next(e);
        merged.push_back(entries[i]);
    }
    bool const append = !more;
    while (more) {
        merged.push_back(e);
        more = walk.next(e);
    }
    write_split(block, merged, append);
}

void identity_index::write_split(std::uint64_t block, std::vector<identity_entry> const& merged,
                                 bool append) {
    std::size_t total = 0;
    for (auto const& e : merged)
        total += size_of(e);
    // Keys that rise leave full blocks behind; those that fall in between leave room in each.
    auto limit = block_bytes;
    if (!append && total > block_bytes) {
        auto const parts = total * 4 / (block_bytes * 3) + 1;
        limit = std::max<std::size_t>(total / parts + 1, 64);
    }
    bool is_first = true;
    for (std::size_t i = 0; i < merged.size();) {
        buffer_.clear();
        auto const first = merged[i].key;
        do
            append_entry(buffer_, merged[i++]);
        while (i < merged.size() && buffer_.size() + size_of(merged[i]) <= limit);
        if (is_first)
            rewrite(block, buffer_);
        else
            insert_.run(as_bytes(first), as_bytes(buffer_));
        is_first = false;
    }
}

void identity_index::rewrite(std::uint64_t block, std::string_view entries) {
    update_.run(block, as_bytes(entries));
}

void identity_index::drop(std::uint64_t block) {
    erase_.run(block);
}

std::string identity_index::sweep(std::string const& from,
                                  std::function<bool(identity_entry const&)> const& keep,
                                  std::uint64_t& dropped) {
    std::string at = from;
    for (auto blocks = blocks_a_slice; blocks > 0; --blocks) {
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
