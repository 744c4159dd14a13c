// Which event holds an identity: where that is kept. A store implements this over its table. Keys:
// identity_keys.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "identity_keys.hpp"

namespace setclick::ledger {

class identity_rows {
public:
    virtual ~identity_rows() = default;

    /// One holder for each key. `keys` ascending; equal ones may repeat.
    virtual std::vector<identity_holder> find(std::vector<std::string_view> const& keys) = 0;
    /// Adds or takes over. `entries` ascending, no key twice; each lies among the keys of the last
    /// `find`, which is newer than the last change. `keys`: that call's.
    virtual void store(std::vector<identity_entry> const& entries,
                       std::vector<std::string_view> const& keys) = 0;
    /// The holder of one key, or event 0.
    virtual identity_holder find_one(std::string_view key) = 0;

    /// Until the transaction ends nobody else gives the identity of this event, which is at rest, to another
    /// one, or sends it again. What was known of it before is to be looked at again.
    virtual void hold(std::uint64_t event) { static_cast<void>(event); }

    /// A slice of them from a key on: drops those of which `keep` says no. The key to go on with, empty
    /// at the end.
    virtual std::string sweep(std::string const& from,
                              std::function<bool(identity_entry const&)> const& keep,
                              std::uint64_t& dropped) = 0;
};

}  // namespace setclick::ledger
