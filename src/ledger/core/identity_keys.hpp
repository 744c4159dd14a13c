// The keys under which a store keeps what is known already: an event's content, or the producer's
// event_id. Pure; bytes that are compared as such.
//
//     'c', content key (16 bytes)
//     'e', account (4, big endian), event_id: as it is up to 480 bytes, else its first 480 bytes and
//          two hashes of the whole (8 each), so that order stays and rows stay short
//
// What has been written once is looked up for ever: a change of these bytes is a change of every
// ledger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

void append_content_identity(std::string& out, content_key const& key);
void append_event_identity(std::string& out, account_no account, std::string_view event_id);
/// What of the content stands beside an event_id identity.
std::uint64_t content_part(content_key const& key) noexcept;
/// Whether a key is of the second kind, which keeps a part of the content.
inline bool holds_content(std::string_view key) noexcept {
    return key.starts_with('e');
}

/// An identity and who has it.
struct identity_entry {
    std::string_view key;
    std::uint64_t event = 0;
    std::uint64_t content = 0;
};

/// Who has an identity; `event` 0: nobody.
struct identity_holder {
    std::uint64_t event = 0;
    std::uint64_t content = 0;
};

}  // namespace setclick::ledger
