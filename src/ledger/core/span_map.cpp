#include "span_map.hpp"

#include <algorithm>
#include <utility>

#include "failure.hpp"

namespace setclick::ledger {
namespace {

constexpr std::size_t cache_limit = 8192;

void set_bit(span_row& row, std::uint64_t id) {
    if (row.settled.empty()) row.settled.resize((row.size() + 63) / 64);
    auto const bit = id - row.first;
    row.settled[bit / 64] |= std::uint64_t{1} << (bit % 64);
    ++row.settled_count;
}

[[noreturn]] void refuse(std::uint64_t id, std::string_view wanted, event_state found) {
    throw failure(fail(errc::invalid_data, "event " + std::to_string(id) + " should be " +
                                               std::string(wanted) + ", is " +
                                               std::string(name_of(found))));
}

}  // namespace

span_map::cache::iterator span_map::cached(std::uint64_t id) {
    auto it = cache_.upper_bound(id);
    while (it != cache_.begin()) {
        --it;
        if (it->second.erased) continue;
        return it->second.row.last >= id ? it : cache_.end();
    }
    return cache_.end();
}

span_map::cache::iterator span_map::load(std::uint64_t id) {
    auto found = stored_->at_or_before(id);
    if (!found || id > found->last) return cache_.end();
    auto& row = *found;
    auto const first = row.first;
    entry loaded;
    loaded.stored = true;
    loaded.stored_key = {row.is.state, row.is.due};
    loaded.row = std::move(row);
    return cache_.insert_or_assign(first, std::move(loaded)).first;
}

span_map::cache::iterator span_map::locate(std::uint64_t id) {
    auto it = cached(id);
    return it != cache_.end() ? it : load(id);
}

span_row const& span_map::find(std::uint64_t id) {
    auto const it = locate(id);
    if (it == cache_.end())
        throw failure(fail(errc::invalid_data, "there is no event " + std::to_string(id)));
    return it->second.row;
}

void span_map::touch(cache::iterator it) {
    if (it->second.dirty) return;
    it->second.dirty = true;
    dirty_.push_back(it->first);
}

void span_map::drop(cache::iterator it) {
    it->second.erased = true;
    touch(it);
}

span_map::cache::iterator span_map::put(span_row row) {
    auto const first = row.first;
    auto const [it, is_new] = cache_.try_emplace(first);
    it->second.row = std::move(row);
    it->second.erased = false;
    touch(it);
    return it;
}

/// Merges the two spans that meet before `id`, if they are equal. A claim stays by itself: its bits
/// count from its own first id.
void span_map::join(std::uint64_t id) {
    if (event_no{id}.sequence() <= 1) return;
    auto const right = locate(id);
    if (right == cache_.end() || right->second.row.is.state == event_state::in_flight) return;
    auto const left = locate(id - 1);
    if (left == cache_.end() || left == right || left->second.row.is != right->second.row.is)
        return;
    left->second.row.last = right->second.row.last;
    touch(left);
    drop(right);
}

void span_map::forget_end(std::uint64_t id) noexcept {
    auto const it = cached(id);
    if (it != cache_.end() && !it->second.dirty) cache_.erase(it);
}

void span_map::append(std::uint64_t first, std::uint64_t last, span_state const& is) {
    if (stored_->is_end_without_row()) return forget_end(first - 1);
    if (event_no{first}.sequence() > 1) {
        auto const left = locate(first - 1);
        if (left == cache_.end() || left->second.row.last != first - 1)
            throw failure(fail(errc::io, "the ledger's spans do not end before event " +
                                             std::to_string(first) +
                                             "; run `setclickd ledger check`"));
        if (left->second.row.is == is) {
            left->second.row.last = last;
            touch(left);
            return;
        }
    }
    put(span_row{first, last, is, {}, 0});
}

/// What is left of a span beside a part that was carved out. A claim keeps its bits, and is
/// delivered when all are set.
void span_map::put_remainder(span_row const& old, std::uint64_t first, std::uint64_t last,
                             std::int64_t now) {
    span_row rest{first, last, old.is, {}, 0};
    if (!old.settled.empty())
        for (auto id = first; id <= last; ++id)
            if (old.is_settled(id)) set_bit(rest, id);
    if (rest.settled_count == rest.size()) rest = {first, last, delivered_at(now), {}, 0};
    put(std::move(rest));
}

void span_map::carve_within(cache::iterator it, std::uint64_t first, std::uint64_t last,
                            span_state const& to, std::int64_t now) {
    // All pieces first, then the joints: no id may be without a cached span in between, or it would
    // be read from the table again, as it was.
    auto const old = it->second.row;
    put(span_row{first, last, to, {}, 0});
    if (old.first < first) put_remainder(old, old.first, first - 1, now);
    if (last < old.last) put_remainder(old, last + 1, old.last, now);
    join(old.first);
    if (old.first < first) join(first);
    if (last < old.last) join(last + 1);
    join(old.last + 1);
}

void span_map::carve(std::uint64_t first, std::uint64_t last, event_state from,
                     span_state const& to, std::int64_t now) {
    for (auto id = first; id <= last;) {
        auto const it = locate(id);
        if (it == cache_.end())
            throw failure(fail(errc::invalid_data, "there is no event " + std::to_string(id)));
        auto const& row = it->second.row;
        auto const end = std::min(last, row.last);
        if (row.is.state != from) refuse(id, name_of(from), row.is.state);
        if (!row.settled.empty())
            for (auto part = id; part <= end; ++part)
                if (row.is_settled(part)) refuse(part, "in flight", event_state::delivered);
        carve_within(it, id, end, to, now);
        id = end + 1;
    }
}

void span_map::settle(std::uint64_t id, span_state const& delivered) {
    auto const it = locate(id);
    if (it == cache_.end())
        throw failure(fail(errc::invalid_data, "there is no event " + std::to_string(id)));
    auto& row = it->second.row;
    if (row.is.state != event_state::in_flight || row.is_settled(id))
        refuse(id, "in flight", row.state_of(id));
    set_bit(row, id);
    touch(it);
    if (row.settled_count < row.size()) return;
    auto const first = row.first;
    auto const last = row.last;
    row.is = delivered;
    row.settled.clear();
    row.settled_count = 0;
    join(first);
    join(last + 1);
}

void span_map::write(entry& e) {
    auto const& r = e.row;
    if (e.erased) {
        if (e.stored) stored_->erase(r.first, e.stored_key.state);
        return;
    }
    if (e.stored)
        stored_->update(r, e.stored_key);
    else
        stored_->insert(r);
    e.stored = true;
    e.stored_key = {r.is.state, r.is.due};
}

void span_map::flush() {
    for (auto const first : dirty_) {
        auto const it = cache_.find(first);
        auto& e = it->second;
        e.dirty = false;
        write(e);
        if (e.erased) cache_.erase(it);
    }
    dirty_.clear();
}

void span_map::forget() noexcept {
    cache_.clear();
    dirty_.clear();
}

void span_map::trim() noexcept {
    if (cache_.size() > cache_limit) forget();
}

}  // namespace setclick::ledger
