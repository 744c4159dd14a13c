#include "known_events.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "setclickd/base/text.hpp"
#include "setclickd/setup/ledger.hpp"

namespace setclick::cli {
namespace {

constexpr std::size_t at_first = 1024;

/// FNV-1a with a last mixing, so that every bit of the result depends on every byte.
std::uint64_t hash_of(std::string_view text, std::uint64_t from) noexcept {
    for (char const c : text)
        from = (from ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    from ^= from >> 32U;
    from *= 0xD6E8FEB86659FD93ULL;
    from ^= from >> 32U;
    return from;
}

std::uint64_t word_of(event::content_key const& key, std::size_t at) noexcept {
    std::uint64_t out = 0;
    std::memcpy(&out, key.data() + at, sizeof out);
    return out;
}

}  // namespace

known_events::known_events(settings::settings const& s) : key_(s.dedupe.key), seen_(at_first) {
    // Producers may look at their files, too.
    if (s.ledger.postgres.empty() && ::access(s.ledger.path.c_str(), R_OK) != 0 &&
        errno == EACCES) {
        blindness_ = "the ledger is for root and the group setclickd";
        return;
    }
    auto opened = ledger::reader::open(setup::ledger_place_of(s));
    if (!opened) {
        if (opened.error().code != errc::not_found) blindness_ = opened.error().message;
        return;
    }
    auto const accounts = (*opened)->accounts();
    if (!accounts) {
        blindness_ = accounts.error().message;
        return;
    }
    from_ = std::move(*opened);
    for (auto const& a : *accounts)
        numbers_.emplace(a.id, a.no);
}

void known_events::begin_file() {
    if (count_ > 0 || forgot_) seen_.assign(at_first, entry{});
    count_ = 0;
    forgot_ = false;
}

known_events::answer known_events::of(event::outcome const& e, std::uint64_t line) {
    if (key_ == settings::dedupe_key::off) return {};
    bool const by_content = key_ == settings::dedupe_key::content || e.value.event_id.empty();
    if (by_content && key_ == settings::dedupe_key::event_id) return {};
    auto const known = in_ledger(e, by_content);
    return known.what == kind::is_new ? in_file(e, by_content, line) : known;
}

std::string known_events::refusal_of(event::outcome const& e, answer const& known) {
    return "event_id " + shown_value(e.value.event_id, 60) + " is used already, " +
           (known.line == 0 ? std::string("by an event") : "by line " + grouped(known.line)) +
           " with other content";
}

known_events::answer known_events::in_ledger(event::outcome const& e, bool by_content) {
    if (from_ == nullptr) return {};
    auto const account = numbers_.find(e.value.account_id);
    if (account == numbers_.end()) return {};
    auto const held = from_->find_identity(
        account->second, by_content ? std::string_view{} : e.value.event_id, e.content);
    if (!held || held->gives_way) return {};
    return {held->same_content ? kind::duplicate : kind::other_content, 0};
}

known_events::answer known_events::in_file(event::outcome const& e, bool by_content,
                                           std::uint64_t line) {
    auto identity = hash_of(e.value.account_id, 0xCBF29CE484222325ULL);
    identity = by_content ? identity ^ word_of(e.content, 0) : hash_of(e.value.event_id, ~identity);
    if (identity == 0) identity = 1;
    auto const content = static_cast<std::uint32_t>(word_of(e.content, 8));
    auto& at = place_of(identity);
    if (at.identity != 0)
        return {by_content || at.content == content ? kind::duplicate : kind::other_content,
                at.line};
    if (count_ == most) {
        forgot_ = true;
        return {};
    }
    at = {identity, content, static_cast<std::uint32_t>(std::min<std::uint64_t>(line, UINT32_MAX))};
    if (++count_ * 4 > seen_.size() * 3) grow();
    return {};
}

known_events::entry& known_events::place_of(std::uint64_t identity) {
    auto const mask = seen_.size() - 1;
    auto at = static_cast<std::size_t>(identity) & mask;
    while (seen_[at].identity != 0 && seen_[at].identity != identity)
        at = (at + 1) & mask;
    return seen_[at];
}

void known_events::grow() {
    auto const old = std::exchange(seen_, std::vector<entry>(seen_.size() * 2));
    for (auto const& e : old)
        if (e.identity != 0) place_of(e.identity) = e;
}

}  // namespace setclick::cli
