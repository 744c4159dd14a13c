// The names of the members of all open objects, to find those that appear twice in one object.
//
// A JSON parser keeps the last of two equal names in silence; here the event is refused. The first
// few names of an object are compared one by one as they come, which is all that an ordinary event
// needs; a larger object is sorted at its end, so that no object costs the square of its size.
//
// Promises: no allocation once the buffers have their size. The names' texts belong to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace setclick::event {

/// A member's name inside an object, for what must be unique.
struct member_name {
    std::uint64_t hash = 0;
    std::string_view text;  ///< as JSON, without quotes: equal exactly when the names are
};

class member_names {
public:
    member_names() { open_.reserve(64); }

    void clear() noexcept { open_.clear(); }

    /// Where the names of an object that opens now begin: what the other calls take as `first`.
    std::size_t size() const noexcept { return open_.size(); }

    /// Adds the next name of the object that opened last; false when one of its first few is equal.
    bool add(std::size_t first, std::uint64_t hash, std::string_view text) {
        bool is_new = true;
        if (open_.size() - first < few)
            for (auto i = first; i < open_.size() && is_new; ++i)
                is_new = open_[i].hash != hash || open_[i].text != text;
        // Member by member, as in event_builder: a temporary would be stored in small pieces and
        // loaded in large ones.
        auto& name = open_.emplace_back();
        name.hash = hash;
        name.text = text;
        return is_new;
    }

    /// The names of the object that opened last, in their order.
    std::span<member_name const> of(std::size_t first) const noexcept {
        return std::span(open_).subspan(first);
    }

    /// Whether the object that opened last has names that `add` did not compare.
    bool is_large(std::size_t first) const noexcept { return open_.size() - first > few; }

    /// At the object's end, if it is large: the names that repeat another one, beyond those that `add` reported.
    /// Valid until the next call.
    std::span<member_name const> late_doubles(std::size_t first);

    /// The object has closed.
    void drop(std::size_t first) { open_.resize(first); }

private:
    static constexpr std::size_t few = 12;

    std::vector<member_name> open_;  ///< of all open objects, outermost first
    std::vector<member_name> sorted_;
};

}  // namespace setclick::event
