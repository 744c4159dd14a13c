#include "identity_keys.hpp"

#include <cstring>

namespace setclick::ledger {
namespace {

constexpr std::size_t longest_plain_id = 480;

/// FNV-1a. Not replaceable: ledgers hold keys that were made with it.
std::uint64_t fnv(std::string_view text, std::uint64_t hash) noexcept {
    for (unsigned char const c : text)
        hash = (hash ^ c) * 0x100000001b3U;
    return hash;
}

void append_le(std::string& out, std::uint64_t value) {
    for (int i = 0; i < 8; ++i)
        out += static_cast<char>(value >> (8 * i));
}

}  // namespace

void append_content_identity(std::string& out, content_key const& key) {
    out += 'c';
    out.append(reinterpret_cast<char const*>(key.data()), key.size());
}

void append_event_identity(std::string& out, account_no account, std::string_view event_id) {
    out += 'e';
    auto const no = static_cast<std::uint32_t>(account);
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(no >> shift);
    out += event_id.substr(0, longest_plain_id);
    if (event_id.size() <= longest_plain_id) return;
    append_le(out, fnv(event_id, 0xcbf29ce484222325U));
    append_le(out, fnv(event_id, 0x9ae16a3b2f90404fU));
}

std::uint64_t content_part(content_key const& key) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, key.data() + 8, sizeof value);
    return value;
}

}  // namespace setclick::ledger
