#include "account_map.hpp"

#include <charconv>
#include <system_error>

#include "failure.hpp"
#include "span.hpp"

namespace setclick::ledger {

std::string text_of_taken_back(std::array<std::uint64_t, event_state_count> const& counts) {
    std::string out;
    for (std::size_t i = 0; i < event_state_count; ++i)
        if (is_final(static_cast<event_state>(i)))
            out += (out.empty() ? "" : " ") + std::to_string(counts[i]);
    return out;
}

void read_taken_back(std::string_view text, std::array<std::uint64_t, event_state_count>& out) {
    for (std::size_t i = 0; i < event_state_count; ++i) {
        if (!is_final(static_cast<event_state>(i))) continue;
        while (text.starts_with(' '))
            text.remove_prefix(1);
        auto const* const end = text.data() + text.size();
        auto const read = std::from_chars(text.data(), end, out[i]);
        if (read.ec != std::errc{}) return;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    }
}

void account_map::reload() {
    rows_.clear();
    names_.clear();
    dirty_.clear();
    news_ = {};
    for (auto& a : stored_->all()) {
        if (static_cast<std::size_t>(a.no) != rows_.size() + 1)
            throw failure(
                fail(errc::io, "the ledger's accounts are damaged; run `setclickd ledger check`"));
        names_.emplace(a.id, a.no);
        rows_.push_back(std::move(a));
    }
}

std::optional<std::uint64_t> account_map::renew(account_row const& stored) {
    auto& a = at(stored.no);
    auto const end = a.next_id();
    auto const grown = stored.next_sequence - a.next_sequence;
    if (a.is_owned && stored.is_owned) {
        a.next_sequence = stored.next_sequence;
        a.duplicate = stored.duplicate;
        a.refused = stored.refused;
        a.count(event_state::waiting) += grown;
    } else {
        auto const mark_day = a.mark_day;
        a = stored;
        a.mark_day = mark_day;
    }
    return grown == 0 ? std::nullopt : std::optional(end);
}

account_row* account_map::named(std::string_view id) {
    auto const it = names_.find(id);
    return it == names_.end() ? nullptr : &at(it->second);
}

account_row& account_map::at(account_no no) {
    auto const index = static_cast<std::size_t>(no);
    if (index == 0 || index > rows_.size())
        throw failure(fail(errc::not_found, "the ledger has no account " + std::to_string(index)));
    return rows_[index - 1];
}

account_row& account_map::add(std::string_view id) {
    account_row a;
    a.no = static_cast<account_no>(rows_.size() + 1);
    a.id = id;
    stored_->insert(a.no, id);
    names_.emplace(a.id, a.no);
    return rows_.emplace_back(std::move(a));
}

void account_map::move(account_row& a, event_state from, event_state to, std::uint64_t count) {
    a.count(from) -= count;
    a.count(to) += count;
    if (to == event_state::delivered) news_.delivered += count;
    if (to == event_state::rejected) news_.rejected += count;
    if (to == event_state::deferred) news_.deferred += count;
    if (to == event_state::discarded) news_.discarded += count;
    if (is_final(from)) {
        a.taken_back[static_cast<std::size_t>(from)] += count;
        a.is_taken_back_dirty = true;
    }
    touch(a);
}

void account_map::doubt(account_row& a, std::uint64_t count) {
    a.in_doubt_ever += count;
    news_.in_doubt += count;
    touch(a);
}

void account_map::refuse(account_row* a, std::uint64_t count) {
    news_.rejected += count;
    if (a == nullptr) return;
    a->refused += count;
    touch(*a);
}

void account_map::repeat(account_row& a, std::uint64_t count) {
    a.duplicate += count;
    news_.duplicate += count;
    touch(a);
}

void account_map::touch(account_row& a) {
    if (a.dirty) return;
    a.dirty = true;
    dirty_.push_back(a.no);
}

void account_map::flush() {
    for (auto const no : dirty_) {
        auto& a = at(no);
        a.dirty = false;
        stored_->update(a);
        a.is_taken_back_dirty = false;
    }
    dirty_.clear();
}

}  // namespace setclick::ledger
